"""The company's objects: service level interventions and what they hang on."""

from __future__ import annotations

from agent.sandbox.catalogue.fields import (
    checkbox,
    custom_object,
    date,
    datetime,
    long_text,
    lookup,
    number,
    picklist,
    rich_text,
    text,
)
from agent.sandbox.schema import Field, ObjectSchema

SLI = "Service_Level_Intervention__c"

INCIDENT_TYPES = (
    "No Call No Show",
    "Late Caregiver",
    "Communication Lapse",
    "Missed Visits",
    "Unstaffed Start of Care",
    "Care Plan Gap",
    "Caregiver Performance",
    "Caregiver Conduct",
    "Billing Experience",
    "Paperwork Delay",
    "Hospital Stay",
    "Supplemental Staffing",
    "Service Failure",
)
NOT_APPLICABLE = "N/A"
CLIENT_COLOURS = ("Green", "Yellow", "Orange", "Red", NOT_APPLICABLE)
REFERRAL_COLOURS = ("Green", "Orange", "Red", NOT_APPLICABLE)
"""The referral side has no Yellow (S5)."""


def business_objects() -> tuple[ObjectSchema, ...]:
    return (_intervention(), _office(), _region(), _client())


def _intervention() -> ObjectSchema:
    fields = [*_submitted_fields(), *_side_fields(), *_recovery_fields(), *_written_by_the_agent()]
    children = {
        "Tasks": ("Task", "WhatId"),
        "Events": ("Event", "WhatId"),
        "SLI_Agent_Notices__r": ("SLI_Agent_Notice__c", "Intervention__c"),
    }
    return custom_object(SLI, "a01", fields, feed=True, history=True, child_relationships=children)


def _submitted_fields() -> list[Field]:
    return [
        text("Name", 80, label="SLI Name"),
        text(
            "SLI_Number__c",
            30,
            auto_number="SLI-{0:05d}",
            nillable=False,
            createable=False,
            updateable=False,
        ),
        date("SLI_Created_Date__c"),
        date("Incident_Date__c", tracked=True),
        picklist("Service_Incident_Type__c", *INCIDENT_TYPES, restricted=False),
        long_text("Description__c"),
        lookup("Office__c", "Office__c", tracked=True),
        lookup("Client__c", "Client__c"),
        lookup("Referral_Account__c", "Account"),
    ]


def _side_fields() -> list[Field]:
    # The picklists are not restricted, so that the nonsense real orgs hold can be stored here too.
    return [
        picklist("Client_Status__c", *CLIENT_COLOURS, restricted=False, tracked=True),
        picklist("Referral_Status__c", *REFERRAL_COLOURS, restricted=False, tracked=True),
        rich_text("Client_Intervention_Plan__c", tracked=True),
        rich_text("Referral_Intervention_Plan__c", tracked=True),
        date("Client_Exception_Until__c", tracked=True),
        date("Referral_Exception_Until__c", tracked=True),
        text("Client_Exception_Reason__c", tracked=True),
        text("Referral_Exception_Reason__c", tracked=True),
        checkbox("Client_Second_Follow_Up__c"),
        checkbox("Referral_Second_Follow_Up__c"),
    ]


def _recovery_fields() -> list[Field]:
    steps = [checkbox(f"Recovery_Step_{n}__c") for n in range(1, 7)]
    return [*steps, *(checkbox(f"{who}_Aligned__c") for who in ("RD", "RSM", "RSC"))]


def _written_by_the_agent() -> list[Field]:
    return [
        *(datetime(f"{side}_{clock}_Due__c") for side in _SIDES for clock in _CLOCKS),
        *(text(f"{side}_{clock}_State__c", 40) for side in _SIDES for clock in _CLOCKS),
        datetime("Last_Alert_At__c"),
        *(number(f"{side}_Handling_Score__c", 2) for side in _SIDES),
    ]


_SIDES = ("Client", "Referral")
_CLOCKS = ("Plan", "Resolution")


def _office() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Office Name"),
        text("Time_Zone__c", 60),
        lookup("Region__c", "Region__c"),
        lookup("Regional_Director__c", "User"),
        lookup("Regional_CSM__c", "User"),
    ]
    children = {
        "Service_Level_Interventions__r": (SLI, "Office__c"),
        "Clients__r": ("Client__c", "Office__c"),
        "Accounts__r": ("Account", "CC_Location__c"),
    }
    return custom_object("Office__c", "a02", fields, child_relationships=children)


def _region() -> ObjectSchema:
    fields = [text("Name", 80, label="Region Name"), lookup("Division_Head__c", "User")]
    return custom_object(
        "Region__c", "a03", fields, child_relationships={"Offices__r": ("Office__c", "Region__c")}
    )


def _client() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Client Name"),
        lookup("Office__c", "Office__c"),
        lookup("CSM__c", "User", tracked=True),
        date("Start_of_Care__c"),
    ]
    children = {
        "Service_Level_Interventions__r": (SLI, "Client__c"),
        "Starts_Of_Care__r": ("Start_Of_Care__c", "Client__c"),
        "Billing_Lines__r": ("Billing_Line__c", "Client__c"),
        "Tasks": ("Task", "WhatId"),
        "Events": ("Event", "WhatId"),
    }
    return custom_object("Client__c", "a04", fields, history=True, child_relationships=children)
