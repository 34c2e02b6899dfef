"""The agent's own objects: what was told, what people decided, and the settings that outlive its disk."""

from __future__ import annotations

from agent.sandbox.catalogue.business import SLI
from agent.sandbox.catalogue.fields import custom_object, datetime, long_text, lookup, text
from agent.sandbox.schema import Field, ObjectSchema


def agent_objects() -> tuple[ObjectSchema, ...]:
    return (_notice(), _decision(), _settings())


def _key() -> Field:
    """Upserts go by this key; a second create with it answers `DUPLICATE_VALUE`."""
    return text("Key__c", unique=True, external_id=True, nillable=False)


def _notice() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Notice Name"),
        _key(),
        lookup("Intervention__c", SLI),
        text("Rule__c", 40),
        text("Side__c", 40),
        datetime("Due__c"),
        text("Stage__c", 40),
        text("Claimed_By__c", 80),
        text("Outcome__c", 40),
        text("Reason__c"),
        datetime("Told_At__c"),
        long_text("Told__c"),
    ]
    return custom_object("SLI_Agent_Notice__c", "a05", fields)


def _decision() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Decision Name"),
        _key(),
        text("Kind__c", 40),
        text("About__c"),
        text("By__c", 80),
        long_text("Reason__c"),
        datetime("At__c"),
        datetime("Until__c"),
        long_text("Data__c"),
    ]
    return custom_object("SLI_Agent_Decision__c", "a07", fields)


def _settings() -> ObjectSchema:
    fields = [
        text("Name", 80, label="Settings Name"),
        _key(),
        text("Org_Id__c", 18),
        datetime("Go_Live__c"),
        long_text("Rules_Effective__c"),
        text("Epoch__c", 80),
    ]
    return custom_object("SLI_Agent_Settings__c", "a06", fields)
