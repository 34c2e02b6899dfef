"""The objects of care as it begins: starts of care, what was billed, and the org's own quality figures."""

from __future__ import annotations

from agent.sandbox.catalogue.fields import (
    custom_object,
    date,
    datetime,
    lookup,
    number,
    text,
)
from agent.sandbox.schema import ObjectSchema

START_OF_CARE = "Start_Of_Care__c"
BILLING_LINE = "Billing_Line__c"
DASHBOARD = "Quality_Dashboard__c"


def care_objects() -> tuple[ObjectSchema, ...]:
    return (_start_of_care(), _billing_line(), _dashboard())


def _start_of_care() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Start of Care Name"),
        lookup("Client__c", "Client__c"),
        lookup("Office__c", "Office__c"),
        datetime("First_Shift_Start__c"),
        datetime("First_Shift_End__c"),
        datetime("Expected_Start__c"),
        date("Ended_On__c"),
        lookup("Duplicate_Of__c", START_OF_CARE),
        lookup("Sales_Rep__c", "User"),
        number("First_Week_Hours__c", 2),
    ]
    children = {"Tasks": ("Task", "WhatId"), "Events": ("Event", "WhatId")}
    return custom_object(START_OF_CARE, "a08", fields, child_relationships=children)


def _billing_line() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Billing Line Name"),
        lookup("Client__c", "Client__c"),
        date("Service_Date__c"),
        number("Revenue__c", 2),
        number("Billed_Hours__c", 2),
        number("Billable_Hours__c", 2),
        text("Currency__c", 3),
    ]
    return custom_object(BILLING_LINE, "a09", fields)


def _dashboard() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Quality Dashboard Name"),
        lookup("CSM__c", "User"),
        date("Month__c"),
        number("Score__c", 2),
    ]
    return custom_object(DASHBOARD, "a0A", fields)
