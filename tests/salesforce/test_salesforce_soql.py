"""Literals, conditions, ids and datetimes as Salesforce reads and writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from agent.salesforce import soql, wire

MOMENT = datetime(2026, 11, 21, 19, 1, 0, 999_999, tzinfo=UTC)
PACIFIC = timezone(timedelta(hours=-8))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MOMENT, "2026-11-21T19:01:00Z"),
        (MOMENT.astimezone(PACIFIC), "2026-11-21T19:01:00Z"),
        (date(2026, 11, 21), "2026-11-21"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (7, "7"),
        (Decimal("0.95"), "0.95"),
        ("Reno", "'Reno'"),
        ("O'Hara \\ 2\n", r"'O\'Hara \\ 2\n'"),
    ],
)
def test_a_literal_is_written_as_soql_reads_it(value: Any, text: str) -> None:
    assert soql.literal(value) == text


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        soql.literal(datetime(2026, 11, 21, 19, 1))  # noqa: DTZ001 - the fault under test
    with pytest.raises(ValueError, match="no UTC offset"):
        wire.parse_datetime("2026-11-21T19:01:00")


@pytest.mark.parametrize(
    "text",
    ["O'Hara", "back\\slash", "it's \\' both", "tab\there", "\U0001f600 <b>", "x' OR Name != '"],
)
def test_a_text_finds_itself_and_nothing_else_in_a_query(world: Any, text: str) -> None:
    mine = world.intervention(Service_Incident_Type__c=text)
    world.intervention(Service_Incident_Type__c="Late Caregiver")
    where = f"Service_Incident_Type__c = {soql.literal(text)}"
    page = world.door().query(soql.select("Service_Level_Intervention__c", ["Id"], where))
    assert [row["Id"] for row in page.records] == [mine]


def test_a_thousand_ids_fit_into_conditions_that_leave_room_in_a_where() -> None:
    ids = [f"a01SX0{number:09d}" for number in range(1_000)]
    conditions = soql.ids_in("Some__r.Quite_Long_Path__r.Id", ids)
    assert max(map(len, conditions)) < soql.LONGEST_WHERE - 500
    assert sum(condition.count("'a01") for condition in conditions) == 1_000
    assert soql.ids_in("Id", []) == []


def test_an_id_in_both_lengths_is_asked_for_once() -> None:
    assert soql.ids_in("Id", ["a01SX0000000001", wire.to18("a01SX0000000001")]) == [
        f"Id IN ('{wire.to18('a01SX0000000001')}')"
    ]


def test_what_is_not_an_id_does_not_get_into_a_query() -> None:
    with pytest.raises(ValueError, match="not a Salesforce id"):
        soql.ids_in("Id", ["a01') OR (Id != '"])
    with pytest.raises(ValueError, match="not a Salesforce id"):
        soql.keyset("SystemModstamp", MOMENT, "x' OR Id > '")


def test_a_keyset_goes_on_after_the_last_row_among_equal_stamps() -> None:
    last = wire.to18("a01SX0000000001")
    assert soql.keyset("SystemModstamp", MOMENT, last) == (
        "((SystemModstamp > 2026-11-21T19:01:00Z) OR "
        f"(SystemModstamp = 2026-11-21T19:01:00Z AND Id > '{last}'))"
    )
    assert soql.keyset("SystemModstamp", MOMENT) == "SystemModstamp >= 2026-11-21T19:01:00Z"


def test_a_query_has_only_the_clauses_it_was_given() -> None:
    assert soql.select("User", ["Id"]) == "SELECT Id FROM User"
    full = soql.select("User", ["Id", "Name"], "IsActive = true", "Name, Id", 0)
    assert full == "SELECT Id, Name FROM User WHERE IsActive = true ORDER BY Name, Id LIMIT 0"


def test_a_where_longer_than_salesforce_takes_is_refused_here() -> None:
    assert soql.select("User", ["Id"], "x" * 4_000)
    with pytest.raises(ValueError, match=r"4000 characters.*User has 4001"):
        soql.select("User", ["Id"], "x" * 4_001)


def test_a_datetime_from_salesforce_is_utc_in_whole_seconds() -> None:
    expected = datetime(2026, 11, 21, 19, 1, tzinfo=UTC)
    assert wire.parse_datetime("2026-11-21T19:01:00.000+0000") == expected
    assert wire.parse_datetime("2026-11-21T11:01:00.999-0800") == expected
    assert wire.parse_datetime("2026-11-21T19:01:00Z").tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "on_the_wire"),
    [
        (MOMENT.astimezone(PACIFIC), "2026-11-21T19:01:00.000+0000"),
        (date(2026, 11, 21), "2026-11-21"),
        (Decimal("0.95"), 0.95),
        (None, None),
        (True, True),
        ("text", "text"),
    ],
)
def test_a_value_is_sent_as_salesforce_writes_it(value: Any, on_the_wire: Any) -> None:
    assert wire.to_wire(value) == on_the_wire


@pytest.mark.parametrize(
    ("short", "long"),
    [
        # Both forms as Salesforce's own documents and answers show them.
        ("001D000000IRFma", "001D000000IRFmaIAH"),
        ("005R0000000UyrW", "005R0000000UyrWIAS"),
        ("0D7aj0000005TbE", "0D7aj0000005TbECAU"),
    ],
)
def test_an_id_of_15_characters_gets_the_checksum_salesforce_gives(short: str, long: str) -> None:
    assert wire.to18(short) == long
    assert wire.to18(long) == long


@pytest.mark.parametrize("text", ["", "001D000000IRFm", "001D000000IRFm é", "001D000000IRFmaIAH0"])
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Salesforce id"):
        wire.to18(text)
