"""Which fields drifted, where the mapping names them, and what can be read without them. Pure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.alerts.recipients import soql_fields
from agent.mapping import load
from agent.store.mapped_fields import MappedField
from agent.sync import drift
from agent.sync.drift import Drift
from agent.sync.streams import SYSTEM, streams

MAPPING = load(Path("mappings/sandbox"))
STREAMS = {stream.name: stream for stream in streams(MAPPING)}
NOW, THROUGH, EARLIER = "2026-11-21T19:01:00Z", "2026-11-21T18:50:00Z", "2026-11-20T08:00:00Z"
REGION = STREAMS["region"]


def described(*without: str, **types: str) -> dict[str, dict[str, Any]]:
    """A describe of the region."""
    return {f: {"type": types.get(f, "string")} for f in REGION.fields if f not in without}


def known(*missing: str) -> dict[str, MappedField]:
    fields = [MappedField("region", name, "string") for name in REGION.fields]
    return {f.field: replace(f, missing_since=EARLIER) if f.field in missing else f for f in fields}


@pytest.mark.parametrize(
    ("before", "found", "drifted"),
    [
        (known(), described(), Drift()),
        ({}, described(), Drift()),
        (known(), described("Name"), Drift(vanished=("Name",))),
        ({}, described("Name"), Drift(vanished=("Name",))),
        (known("Name"), described("Name"), Drift()),
        (known("Name"), described(), Drift(returned=("Name",))),
        (known(), described(Name="picklist"), Drift(retyped=(("Name", "string", "picklist"),))),
        (known("Name"), described(Name="picklist"), Drift((), ("Name",), (("Name", "string", "picklist"),))),
    ],
)
def test_a_describe_tells_what_vanished_returned_and_changed_its_type(
    before: dict[str, MappedField], found: dict[str, dict[str, Any]], drifted: Drift
) -> None:
    assert drift.compare(REGION, before, found) == drifted


def test_a_field_in_another_letter_case_is_there() -> None:
    found = {name.upper(): kind for name, kind in described().items()}
    assert drift.compare(REGION, known(), found) == Drift()


def test_a_field_is_missing_since_it_was_first_missed_and_keeps_its_type() -> None:
    [name] = [f for f in drift.after(REGION, known("Name"), described("Name"), frozenset(), NOW, None)
              if f.field == "Name"]  # fmt: skip
    assert name == MappedField("region", "Name", "string", missing_since=EARLIER)


def test_deadlines_stop_where_a_field_they_stand_on_was_last_known() -> None:
    sli = STREAMS["intervention"]
    fields = drift.after(sli, {}, {}, drift.deadline_fields(MAPPING), NOW, THROUGH)
    stopped = {field.field for field in fields if field.known_through == THROUGH}
    assert stopped == drift.deadline_fields(MAPPING)
    assert {"Client_Status__c", "Referral_Intervention_Plan__c", "Incident_Date__c", "Office__c"} <= stopped
    assert "Service_Incident_Type__c" not in stopped


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_no_stream_is_read_without_its_id_its_stamp_and_its_parent(name: str) -> None:
    stream = STREAMS[name]
    vital = {*SYSTEM, stream.stamp, "ParentId", "WhatId", "Field", "Key__c"} & set(stream.fields)
    assert vital
    assert not vital & drift.dispensable(MAPPING, stream)


@pytest.mark.parametrize(
    ("stream", "field", "places"),
    [
        ("intervention", "Client_Intervention_Plan__c", ["intervention.toml: sides.client.plan"]),
        (
            "intervention",
            "Client__c",
            ["intervention.toml: client", "intervention.toml: sides.client.lookup"],
        ),
        ("intervention", "Last_Alert_At__c", ["write_back.toml: last_alert_at.field"]),
        (
            "office",
            "Region__c",
            ["reference.toml: office.region", "reference.toml: office.lookups.Region__c"],
        ),
        ("activity", "Subject", ["chatter.toml: activities.subject"]),
        ("feed", "Body", []),
    ],
)
def test_every_place_in_the_mapping_that_names_a_field_is_told(
    stream: str, field: str, places: list[str]
) -> None:
    assert drift.named_at(MAPPING, stream, field) == places


@pytest.mark.parametrize(
    ("stream", "field", "left"),
    [
        ("person", "Email", 21),  # An address for each of seven roles is gone, of four columns.
        ("account", "OwnerId", 20),  # The owner's and the manager's columns.
        ("intervention", "Office__c", 20),
        ("client", "Name", 28),
    ],
)
def test_a_path_that_meets_a_missing_field_is_not_asked_for(stream: str, field: str, left: int) -> None:
    missing = [MappedField(stream, field, "", missing_since=NOW)]
    assert len(drift.paths_without(MAPPING, soql_fields(MAPPING), missing)) == left
