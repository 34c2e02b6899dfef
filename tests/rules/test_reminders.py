"""When reminders fall due (D16): the same instants for whoever waits for them and whoever tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.mapping.alerts import Alerts, PlanDueSoon, ResolutionDueSoon, StillOpen
from agent.model import Milestone, MilestoneKind, MilestoneState, Side
from agent.reminders import Weekly, warnings, weekly

CHICAGO = ZoneInfo("America/Chicago")
START = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
RESOLUTION_DUE = datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
ALERTS = Alerts()


def plan(start: datetime = START) -> Milestone:
    due = start + 24 * HOUR
    return Milestone(Side.CLIENT, MilestoneKind.PLAN, MilestoneState.OPEN, "not_due_yet", start, due)


def resolution(due: datetime = RESOLUTION_DUE) -> Milestone:
    start = due - 31 * DAY + SECOND
    return Milestone(Side.CLIENT, MilestoneKind.RESOLUTION, MilestoneState.OPEN, "not_due_yet", start, due)


def test_a_plan_is_warned_of_two_hours_before_and_a_resolution_seven_days_and_one_day_before() -> None:
    assert warnings(plan(), ALERTS, START) == [START + 22 * HOUR]
    assert warnings(resolution(), ALERTS, START) == [RESOLUTION_DUE - 7 * DAY, RESOLUTION_DUE - DAY]


def test_nobody_is_warned_of_a_follow_up() -> None:
    contact = Milestone(Side.CLIENT, MilestoneKind.CONTACT, MilestoneState.OPEN, "", START, START + 14 * DAY)

    assert warnings(contact, ALERTS, START) == []


def test_a_warning_from_before_the_submission_is_none() -> None:
    submitted_late = RESOLUTION_DUE - 3 * DAY

    assert warnings(resolution(), ALERTS, submitted_late) == [RESOLUTION_DUE - DAY]
    assert warnings(resolution(), ALERTS, RESOLUTION_DUE - DAY) == []


def test_a_warning_from_before_the_sides_own_clock_is_none() -> None:
    long = Alerts(plan_due_soon=PlanDueSoon(hours_before=[48, 2]))

    assert warnings(plan(START + 3 * DAY), long, START) == [START + 3 * DAY + 22 * HOUR]


def test_warnings_come_in_the_order_of_time_whatever_the_order_of_the_mapping() -> None:
    mixed = Alerts(resolution_due_soon=ResolutionDueSoon(days_before=[1, 14, 7, 7]))

    assert warnings(resolution(), mixed, START) == [RESOLUTION_DUE - n * DAY for n in (14, 7, 1)]


@pytest.mark.parametrize(
    ("through", "latest"),
    [
        (RESOLUTION_DUE + SECOND, None),
        (RESOLUTION_DUE + 7 * DAY, None),
        (RESOLUTION_DUE + 7 * DAY + SECOND, (1, RESOLUTION_DUE + 7 * DAY)),
        (RESOLUTION_DUE + 21 * DAY, (2, RESOLUTION_DUE + 14 * DAY)),
        (RESOLUTION_DUE + 21 * DAY + HOUR, (3, RESOLUTION_DUE + 21 * DAY)),
    ],
)
def test_a_weekly_reminder_is_the_newest_one_that_has_been_passed(
    through: datetime, latest: tuple[int, datetime] | None
) -> None:
    assert weekly(resolution(), ALERTS, CHICAGO).latest(through) == latest


def test_weekly_reminders_keep_to_the_end_of_the_offices_day_when_the_clocks_change() -> None:
    due = datetime(
        2026, 10, 30, 4, 59, 59, tzinfo=UTC
    )  # 23:59:59 of October 29; clocks go back on November 1.

    assert weekly(resolution(due), ALERTS, CHICAGO).at(1) == datetime(2026, 11, 6, 5, 59, 59, tzinfo=UTC)


def test_the_step_comes_from_the_mapping() -> None:
    every_third_day = Alerts(still_open=StillOpen(every_days=3))

    assert weekly(resolution(), every_third_day, CHICAGO).at(2) == RESOLUTION_DUE + 6 * DAY


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.integers(0, 400 * 24 * 60),
    st.integers(1, 30),
    st.sampled_from(["America/Chicago", "America/Phoenix", "Pacific/Honolulu", "Pacific/Kiritimati"]),
)
def test_what_is_waited_for_is_what_is_told_next(minutes: int, every: int, zone: str) -> None:
    steps = Weekly(RESOLUTION_DUE, every, ZoneInfo(zone))
    through = RESOLUTION_DUE + timedelta(minutes=minutes)
    awaited, latest = steps.following(through), steps.latest(through)

    assert awaited >= through
    assert latest is None or latest[1] < through
    assert steps.latest(awaited + SECOND) == ((latest[0] if latest else 0) + 1, awaited)
