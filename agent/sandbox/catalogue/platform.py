"""Salesforce's own objects, with the fields that a home-care org uses."""

from __future__ import annotations

from agent.sandbox.catalogue.fields import (
    READ_ONLY,
    audit_fields,
    checkbox,
    date,
    datetime,
    field,
    is_deleted,
    long_text,
    lookup,
    owner,
    picklist,
    record_id,
    system_object,
    text,
)
from agent.sandbox.schema import Field, ObjectSchema


def platform_objects() -> tuple[ObjectSchema, ...]:
    return (_user(), _group(), _organization(), _account(), _task(), _event())


# User, Group and Organization have no IsDeleted: they are deactivated, not deleted (platform fact).


def _user() -> ObjectSchema:
    fields = [
        record_id(),
        text("Username", 80, nillable=False, unique=True),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        text("Name", 121, label="Full Name", nillable=False, **READ_ONLY),
        field("Email", "email", length=128),
        text("Title", 80),
        text("EmployeeNumber", 20, label="Employee Number"),
        checkbox("IsActive", label="Active"),
        lookup("ManagerId", "User", label="Manager ID"),
        text("TimeZoneSidKey", 40, label="Time Zone", nillable=False),
        picklist("UserType", "Standard", "Guest", **READ_ONLY),
        *audit_fields(),
    ]
    return system_object("User", "005", fields, deletable=False)


def _group() -> ObjectSchema:
    fields = [
        record_id(),
        text("Name", 40, nillable=False),
        picklist("Type", "Regular", "Queue", updateable=False),
        *audit_fields(),
    ]
    return system_object("Group", "00G", fields)


def _organization() -> ObjectSchema:
    fields = [
        record_id(),
        text("Name", 80, nillable=False),
        checkbox("IsSandbox", label="Is Sandbox", **READ_ONLY),
        *audit_fields(),
    ]
    return system_object("Organization", "00D", fields, createable=False, deletable=False)


def _account() -> ObjectSchema:
    fields = [
        record_id(),
        is_deleted(),
        text("Name", 255, label="Account Name", nillable=False),
        picklist(
            "Type",
            "Hospital",
            "Senior Living",
            "Care Manager",
            "Skilled Nursing",
            "Hospice",
            restricted=False,
        ),
        owner("User"),
        lookup("CC_Location__c", "Office__c", label="CC Location"),
        *audit_fields(),
    ]
    children = {
        "Service_Level_Interventions__r": ("Service_Level_Intervention__c", "Referral_Account__c"),
        "Tasks": ("Task", "WhatId"),
        "Events": ("Event", "WhatId"),
    }
    return system_object("Account", "001", fields, child_relationships=children)


def _related_to() -> Field:
    targets = ("Account", "Client__c", "Service_Level_Intervention__c", "Start_Of_Care__c")
    return lookup("WhatId", *targets, label="Related To ID")


def _task() -> ObjectSchema:
    fields = [
        record_id(),
        is_deleted(),
        text("Subject"),
        _related_to(),
        owner("Group", "User"),
        date("ActivityDate", label="Due Date Only"),
        picklist("Status", "Not Started", "In Progress", "Completed", restricted=False, nillable=False),
        picklist("Type", "Call", "Meeting", "Email", "Other", restricted=False),
        long_text("Description", 32_000),
        datetime("CompletedDateTime", label="Completed Date", **READ_ONLY),
        *audit_fields(),
    ]
    return system_object("Task", "00T", fields)


def _event() -> ObjectSchema:
    """A visit or a meeting; it has no status: it was done when its time is over."""
    fields = [
        record_id(),
        is_deleted(),
        text("Subject"),
        _related_to(),
        owner("Group", "User"),
        datetime("StartDateTime", label="Start Date Time"),
        datetime("EndDateTime", label="End Date Time"),
        checkbox("IsAllDayEvent", label="All-Day Event"),
        picklist("Type", "Call", "Meeting", "Introduction", "Check-in visit", "Other", restricted=False),
        long_text("Description", 32_000),
        *audit_fields(),
    ]
    return system_object("Event", "00U", fields)
