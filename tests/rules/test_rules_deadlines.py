"""Due times, on the nights where they go wrong (D1, D2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rules_cases import (
    CREATED,
    GOOD_PLAN,
    MAPPING,
    PLAN,
    RESOLUTION,
    SECOND,
    codes,
    colour_row,
    context,
    facts,
    milestone,
    plan_row,
    sli,
    verdict_on,
)

from agent.days import end_of_day, start_of_day
from agent.model import MilestoneState
from agent.rules.deadlines import plan_due
from agent.rules.judge import judge


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-06-01T14:00:00", "2026-06-02T14:00:00"),
        # The clocks of Chicago go forward on 2026-03-08 and back on 2026-11-01.
        ("2026-03-07T16:00:00", "2026-03-08T16:00:00"),
        ("2026-10-31T15:00:00", "2026-11-01T15:00:00"),
        ("2028-02-28T12:00:00", "2028-02-29T12:00:00"),
    ],
)
def test_a_plan_is_due_after_24_elapsed_hours(start: str, due: str) -> None:
    begins, ends = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, due))

    assert plan_due(begins, 24) == ends
    assert plan_due(begins.astimezone(ZoneInfo("America/Chicago")), 24) == ends


@pytest.mark.parametrize(
    ("incident", "zone", "due"),
    [
        (date(2026, 6, 1), "America/Chicago", "2026-07-02T04:59:59"),
        (date(2026, 2, 6), "America/Chicago", "2026-03-09T04:59:59"),  # due on the short day, 2026-03-08
        (date(2026, 2, 5), "America/Chicago", "2026-03-08T05:59:59"),  # due the day before it
        (date(2026, 10, 2), "America/Chicago", "2026-11-02T05:59:59"),  # due on the long day, 2026-11-01
        (date(2026, 10, 1), "America/Chicago", "2026-11-01T04:59:59"),  # due the day before it
        (date(2026, 2, 6), "America/Phoenix", "2026-03-09T06:59:59"),
        (date(2026, 10, 2), "America/Phoenix", "2026-11-02T06:59:59"),
        (date(2028, 1, 30), "America/New_York", "2028-03-01T04:59:59"),  # the leap day itself
        (date(2026, 1, 30), "America/New_York", "2026-03-02T04:59:59"),
        (date(2026, 6, 1), "Pacific/Honolulu", "2026-07-02T09:59:59"),
    ],
)
def test_a_resolution_is_due_at_the_end_of_the_offices_local_day(incident: date, zone: str, due: str) -> None:
    assert end_of_day(incident + timedelta(days=30), ZoneInfo(zone)) == datetime.fromisoformat(due).replace(
        tzinfo=UTC
    )


def test_a_day_that_ends_twice_ends_the_second_time() -> None:
    # Asuncion went back from midnight to 23:00 on 2024-03-24, so 23:59:59 of the 23rd came twice.
    assert end_of_day(date(2024, 3, 23), ZoneInfo("America/Asuncion")) == datetime(
        2024, 3, 24, 3, 59, 59, tzinfo=UTC
    )


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
def test_a_typing_error_at_the_edge_of_the_calendar_has_an_instant(day: date, zone: str) -> None:
    assert start_of_day(day, ZoneInfo(zone)) <= end_of_day(day, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("late_by", "state"),
    [(-1, MilestoneState.MET), (0, MilestoneState.MET), (1, MilestoneState.MET_LATE)],
)
def test_documented_at_24_00_00_is_in_time_and_at_24_00_01_late(late_by: int, state: MilestoneState) -> None:
    done = CREATED + timedelta(hours=24, seconds=late_by)
    record = sli(facts("Yellow", GOOD_PLAN), modified=done)

    judged = verdict_on(record, [plan_row(done, "", GOOD_PLAN)], done + timedelta(days=1))

    assert (judged.state, judged.met_at) == (state, done)


@pytest.mark.parametrize(("late_by", "state"), [(0, MilestoneState.MET), (1, MilestoneState.MET_LATE)])
def test_resolved_in_the_last_second_of_day_30_is_in_time(late_by: int, state: MilestoneState) -> None:
    done = datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC) + timedelta(seconds=late_by)
    record = sli(facts("Green"), modified=done)

    judged = verdict_on(record, [colour_row(done, "Yellow", "Green")], done + timedelta(days=1), RESOLUTION)

    assert (judged.state, judged.met_at) == (state, done)


@pytest.mark.parametrize("kind", [PLAN, RESOLUTION])
def test_nothing_is_violated_before_the_mirror_has_passed_the_due_time(kind: object) -> None:
    record = sli(facts("Yellow"))
    due = verdict_on(record, [], CREATED, kind).due

    assert verdict_on(record, [], due, kind).state is MilestoneState.OPEN
    assert verdict_on(record, [], due + SECOND, kind).state is MilestoneState.VIOLATED


def test_without_an_incident_date_the_local_day_of_creation_counts_and_is_marked() -> None:
    late_evening = datetime(2026, 6, 2, 3, 0, tzinfo=UTC)  # 22:00 on June 1 in Chicago
    judged = judge(sli(facts("Yellow"), created=late_evening, incident=None), [], {}, context())

    assert milestone(judged, RESOLUTION).due == datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)
    assert milestone(judged, RESOLUTION).inputs["day_zero_from"] == "created_at"
    assert codes(judged) == ["incident_date_missing"]


def test_an_incident_date_that_the_mapping_does_not_name_is_missing() -> None:
    unmapped = MAPPING.model_copy(
        update={"intervention": MAPPING.intervention.model_copy(update={"incident_date": None})}
    )

    judged = judge(sli(facts("Yellow"), incident=date(2026, 5, 1)), [], {}, context(mapping=unmapped))

    assert milestone(judged, RESOLUTION).inputs["day_zero"] == "2026-06-01"
    assert codes(judged) == ["incident_date_missing"]


def test_an_incident_after_the_submission_is_reported_and_not_trusted() -> None:
    judged = judge(sli(facts("Yellow"), incident=date(2026, 6, 2)), [], {}, context())

    assert milestone(judged, RESOLUTION).due == datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)
    assert codes(judged) == ["incident_after_submission"]


def test_an_incident_on_the_local_day_of_submission_is_trusted() -> None:
    # 03:00 UTC on June 2 is still June 1 at the office.
    record = sli(facts("Yellow"), created=datetime(2026, 6, 2, 3, tzinfo=UTC), incident=date(2026, 6, 1))

    assert codes(judge(record, [], {}, context())) == []


def test_the_clock_of_the_resolution_starts_with_the_local_day_of_the_incident() -> None:
    judged = verdict_on(sli(facts("Yellow"), incident=date(2026, 5, 20)), [], CREATED, RESOLUTION)

    assert judged.clock_start == datetime(2026, 5, 20, 5, tzinfo=UTC)
