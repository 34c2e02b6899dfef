"""The objects that quality scores need: what the sample mapping names is there, and of the right type."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.sandbox.catalogue import standard_objects
from tests.sandbox.small_org import NOW, SmallOrg

TYPES = {
    "datetime": "datetime",
    "text": "string",
    "number": "double",
    "checkbox": "boolean",
    "lookup": "reference",
}


def mapping(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(f"mappings/sandbox/{name}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("table", ["quality_score", "touch_point", "quality_revision"])
def test_every_written_field_is_there_and_can_be_written(table: str) -> None:
    written = mapping("write_back")[table]
    schema = standard_objects()[written["object"]]
    key = schema.fields[written["key"]]
    assert (key.unique, key.external_id, key.length) == (True, True, 255)
    for entry in written["fields"].values():
        field = schema.fields[entry["field"]]
        assert (field.type, field.createable, field.updateable) == (TYPES[entry["type"]], True, True)
    assert schema.fields["OwnerId"].updateable
    named = {entry["field"] for entry in written["fields"].values()} | {written["key"], "Name"}
    system = {"Id", "OwnerId", "IsDeleted", "SystemModstamp"}
    audit = {"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"}
    assert set(schema.fields) == named | system | audit


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("touchpoints", "start_of_care"),
        ("touchpoints", "dashboard"),
        ("incentive", "revenue"),
        ("incentive", "hours"),
        ("incentive", "admissions"),
    ],
)
def test_every_field_that_is_read_is_there(file: str, table: str) -> None:
    read = mapping(file)
    entry = read.get("sources", read)[table]
    fields = standard_objects()[entry["object"]].fields
    assert set(entry.values()) - {entry["object"]} <= set(fields)


def test_contacts_and_assignments_are_there_too() -> None:
    objects, read = standard_objects(), mapping("touchpoints")
    for source in read["contacts"]:
        named = {source["client"], source["by"], source["at"], *(m["field"] for m in source["matching"])}
        assert named <= set(objects[source["object"]].fields)
        targets = objects[source["object"]].fields[source["client"]].reference_to
        assert {"Client__c", "Start_Of_Care__c"} <= set(targets)
    history = read["assignments"]
    assert {history["client"], history["csm"], history["before"]} <= set(objects[history["object"]].fields)
    assert history["field"] in objects[history["object"]].fields["Field"].picklist
    assert mapping("reference")["person"]["employee"] in objects["User"].fields


def test_visits_are_queried_by_what_they_are_about() -> None:
    small = SmallOrg()
    client = small.org.insert("Client__c", {"Name": "A"}, at=NOW, by=small.colleague)
    start = small.org.insert("Start_Of_Care__c", {"Client__c": client}, at=NOW, by=small.colleague)
    for what in (start, client):
        visit = {"WhatId": what, "Type": "Check-in visit", "EndDateTime": NOW + timedelta(hours=1)}
        small.org.insert("Event", visit, at=NOW, by=small.colleague)
    wanted = "SELECT What.Name, What.Type, EndDateTime, IsDeleted, Owner.Name FROM Event"
    [record] = small.query(f"{wanted} WHERE What.Type = 'Start_Of_Care__c'")["records"]
    assert record["What"]["Type"] == "Start_Of_Care__c"
    assert record["EndDateTime"] == "2026-11-20T18:00:30.000+0000"
    assert small.query("SELECT COUNT() FROM Event WHERE Type = 'Check-in visit'")["totalSize"] == 2
    [with_visits] = small.query("SELECT Name, (SELECT Id FROM Events) FROM Client__c")["records"]
    assert with_visits["Events"]["totalSize"] == 1
