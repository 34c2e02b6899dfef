"""Working hours: reminders reach people while they work, in every zone and on every night of the year."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.alerts.hours import WEEKDAYS, next_start, next_working
from agent.mapping.alerts import WorkingHours

HOURS = WorkingHours()
BOSTON = ZoneInfo("America/New_York")
ZONES = [
    ZoneInfo(name) for name in ("America/New_York", "America/Phoenix", "Pacific/Honolulu", "Asia/Kathmandu")
]
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def local(text: str, zone: ZoneInfo = BOSTON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("instant", "reached"),
    [
        ("2026-11-18T10:30", "2026-11-18T10:30"),  # a Wednesday morning: at once
        ("2026-11-18T08:00", "2026-11-18T08:00"),
        ("2026-11-18T07:59:59", "2026-11-18T08:00"),
        ("2026-11-18T18:00", "2026-11-19T08:00"),  # the hour of the end is no working hour
        ("2026-11-20T18:30", "2026-11-23T08:00"),  # Friday evening: on Monday
        ("2026-11-22T12:00", "2026-11-23T08:00"),
    ],
)
def test_a_reminder_waits_for_the_next_working_hour(instant: str, reached: str) -> None:
    assert next_working(local(instant), BOSTON, HOURS) == local(reached)


@pytest.mark.parametrize(
    ("instant", "begins"),
    [
        ("2026-11-18T07:59:59", "2026-11-18T08:00"),
        ("2026-11-18T08:00", "2026-11-19T08:00"),
        ("2026-11-18T10:30", "2026-11-19T08:00"),
        ("2026-11-20T10:30", "2026-11-23T08:00"),
    ],
)
def test_a_digest_waits_for_the_beginning_of_a_working_day(instant: str, begins: str) -> None:
    assert next_start(local(instant), BOSTON, HOURS) == local(begins)


@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_a_night_in_which_the_clock_moves_begins_the_day_once(day: str, start: int) -> None:
    hours = WorkingHours(start=start, end=9, days=list(WEEKDAYS))  # type: ignore[arg-type]
    before = local(f"{day}T00:00")
    begins = next_start(before, BOSTON, hours)
    assert begins.astimezone(BOSTON).hour in {start, start + 1}
    assert next_working(begins, BOSTON, hours) == begins
    assert next_start(begins, BOSTON, hours) > begins + timedelta(hours=20)


def test_an_hour_that_the_clock_leaps_over_makes_no_working_day() -> None:
    hours = WorkingHours(start=2, end=3, days=["sun"])
    assert next_start(local("2026-03-07T12:00"), BOSTON, hours) == local("2026-03-15T02:00")


@given(
    st.integers(0, 15 * 365 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds)),
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
)
def test_whatever_the_hours_it_is_reached_within_them_and_not_a_second_later_than_they_begin(
    instant: datetime, zone: ZoneInfo, start: int, days: set[str]
) -> None:
    hours = WorkingHours(start=start, end=start + 1, days=sorted(days))  # type: ignore[arg-type]
    reached = next_working(instant, zone, hours)
    assert reached >= instant
    assert WEEKDAYS[reached.astimezone(zone).weekday()] in days
    assert next_working(reached, zone, hours) == reached
    if reached > instant:
        assert reached == next_start(instant, zone, hours)
        assert reached.astimezone(zone).time() >= time(start)


@pytest.mark.parametrize(("start", "end"), [(18, 8), (9, 9)])
def test_hours_that_end_before_they_begin_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValidationError, match="later hour"):
        WorkingHours(start=start, end=end)
