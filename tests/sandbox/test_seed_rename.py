"""The same org under other names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.sandbox.catalogue import feed_name, history_name, standard_objects, with_system_objects
from agent.sandbox.org import SandboxOrg
from agent.sandbox.rename import Names, Renames, renamed
from agent.sandbox.seed import seed
from tests.acceptance.naive import Alert, expected_alerts

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
SLI = "Service_Level_Intervention__c"
RENAMES: dict[str, Renames] = {
    SLI: {
        "object": "Rescue__c",
        "fields": {
            "Client_Status__c": "Family_Light__c",
            "Referral_Status__c": "Partner_Light__c",
            "Client_Intervention_Plan__c": "Family_Plan__c",
            "Incident_Date__c": "Happened_On__c",
            "Client_Exception_Until__c": "Family_Extension__c",
            "Office__c": "Branch__c",
            "Referral_Account__c": "Source__c",
        },
        "values": {
            "Client_Status__c": {"Green": "Saved", "Red": "Lost", "N/A": "Not involved", "Yellow": "Act now"},
            "Referral_Status__c": {"Green": "Saved", "Red": "Lost", "N/A": "Not involved"},
        },
    },
    "Office__c": {
        "object": "Branch__c",
        "fields": {"Regional_Director__c": "Leader__c", "Region__c": "Area__c"},
    },
    "Region__c": {"object": "Area__c", "fields": {"Division_Head__c": "Chief__c"}},
    "Account": {"fields": {"CC_Location__c": "Nearest_Branch__c"}},
    "SLI_Agent_Settings__c": {"object": "Robot_Settings__c", "fields": {"Go_Live__c": "Awake_Since__c"}},
}


def test_feed_and_history_are_named_as_salesforce_names_them() -> None:
    assert (feed_name("Office__c"), history_name("Office__c")) == ("Office__Feed", "Office__History")
    assert (feed_name("Account"), history_name("Account")) == ("AccountFeed", "AccountHistory")


def test_system_objects_are_derived_once() -> None:
    objects = standard_objects()
    assert with_system_objects(objects) == objects
    assert objects["Service_Level_Intervention__Feed"].fields["ParentId"].reference_to == (SLI,)
    assert "SystemModstamp" not in objects["Service_Level_Intervention__History"].fields


def test_twenty_fields_at_most_are_tracked() -> None:
    assert 0 < sum(f.tracked for f in standard_objects()[SLI].fields.values()) <= 20


@pytest.mark.parametrize("name", sorted(standard_objects()))
def test_every_lookup_and_child_relationship_leads_somewhere(name: str) -> None:
    for objects in (standard_objects(), renamed(standard_objects(), RENAMES)):
        schema = objects.get(Names(RENAMES).object(name), objects.get(name))
        if schema is None:
            continue
        assert {target for f in schema.fields.values() for target in f.reference_to} <= set(objects)
        for child, lookup in schema.child_relationships.values():
            assert schema.name in objects[child].fields[lookup].reference_to or child == "FeedComment"


def test_relationships_lookups_feed_and_history_follow_a_new_name() -> None:
    objects = renamed(standard_objects(), RENAMES)
    rescue = objects["Rescue__c"]
    assert rescue.fields["Branch__c"].relationship == "Branch__r"
    assert rescue.fields["Branch__c"].reference_to == ("Branch__c",)
    assert rescue.child_relationships["Feeds"] == ("Rescue__Feed", "ParentId")
    assert "Family_Light__c" in objects["Rescue__History"].fields["Field"].picklist
    assert objects["Task"].fields["WhatId"].reference_to == (
        *("Account", "Client__c", "Rescue__c", "Start_Of_Care__c"),
    )
    assert rescue.fields["Family_Light__c"].picklist == ("Saved", "Act now", "Orange", "Lost", "Not involved")
    assert not [name for name in objects if name.startswith("Service_Level_Intervention")]


def test_without_renames_nothing_changes() -> None:
    assert renamed(standard_objects(), {}) == standard_objects()


def test_a_renamed_org_owes_the_same_alerts() -> None:
    plain, other = seed(NOW, size=90), seed(NOW, size=90, renames=RENAMES)

    def owed(org: SandboxOrg, names: Names | None) -> set[Alert]:
        return expected_alerts(org, NOW, fallback="admin@example.com", names=names)

    assert owed(other.org, other.names) == owed(plain.org, None)
    assert len(owed(plain.org, None)) > 40
    stored = {row["Family_Light__c"] for row in other.org.rows("Rescue__c", NOW)}
    assert {"Saved", "Lost"} <= stored
    assert not {"Green", "Red"} & stored
