"""The agent's own objects: what was told, what people decided, its settings, and the quality scores."""

from __future__ import annotations

from agent.sandbox.catalogue.business import SLI
from agent.sandbox.catalogue.fields import (
    checkbox,
    custom_object,
    datetime,
    long_text,
    lookup,
    number,
    text,
)
from agent.sandbox.schema import Field, ObjectSchema

SCORE = "CSM_Quality_Score__c"
TOUCH_POINT = "CSM_Touch_Point__c"
REVISION = "CSM_Quality_Revision__c"


def agent_objects() -> tuple[ObjectSchema, ...]:
    return (_notice(), _decision(), _settings(), _score(), _touch_point(), _revision())


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


def _score() -> ObjectSchema:
    shares = ("Score", "With_Exceptions", "Clients_With_All", "Dashboard_Score", "Difference")
    counts = ("Due", "Done", "Late", "Missed", "Pending", "Excluded", "Exceptions", "Latest_Revision")
    fields = [
        text("Name", 80, label="CSM Quality Score Name"),
        _key(),
        lookup("CSM__c", "User"),
        text("Month__c", 7),
        *(number(f"{share}__c", 2) for share in shares),
        *(number(f"{count}__c") for count in counts),
        text("Method__c", 40),
        checkbox("Low_Volume__c"),
        text("Definition__c", 80),
        text("State__c", 40),
    ]
    children = {
        "CSM_Touch_Points__r": (TOUCH_POINT, "Quality_Score__c"),
        "CSM_Quality_Revisions__r": (REVISION, "Quality_Score__c"),
    }
    return custom_object(SCORE, "a0B", fields, child_relationships=children)


def _touch_point() -> ObjectSchema:
    fields = [
        text("Name", 80, label="CSM Touch Point Name"),
        _key(),
        lookup("Quality_Score__c", SCORE),
        lookup("CSM__c", "User"),
        lookup("Client__c", "Client__c"),
        text("Activity__c", 80),
        text("Month__c", 7),
        datetime("Opens__c"),
        datetime("Due__c"),
        text("State__c", 40),
        text("Reason__c"),
        text("Evidence__c", 18),
        datetime("Done_At__c"),
        text("Locked_As__c", 80),
    ]
    return custom_object(TOUCH_POINT, "a0C", fields)


def _revision() -> ObjectSchema:
    fields = [
        text("Name", 80, label="CSM Quality Score Revision Name"),
        _key(),
        lookup("Quality_Score__c", SCORE),
        lookup("CSM__c", "User"),
        text("Month__c", 7),
        number("Number__c"),
        number("Score__c", 2),
        number("Before__c", 2),
        text("Why__c"),
        datetime("At__c"),
    ]
    return custom_object(REVISION, "a0D", fields)
