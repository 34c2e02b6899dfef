"""The handling score of one side (D31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.mapping.models import Handling
from agent.model import Milestone, MilestoneKind, MilestoneState, Side
from agent.quality.handling import Check, CheckName, HandlingFacts, HandlingScore, handling_score

START = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN_DUE = START + 24 * HOUR
CHATTER_DUE = START + 168 * HOUR
RESOLUTION_DUE = datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AFTER_ALL = RESOLUTION_DUE + SECOND
CONTACT_DUE = datetime(2026, 6, 16, 4, 59, 59, tzinfo=UTC)
RESOLVED_AT = START + 20 * 24 * HOUR
MET, LATE, OPEN = MilestoneState.MET, MilestoneState.MET_LATE, MilestoneState.OPEN
VIOLATED, UNKNOWN, CANCELLED = (
    MilestoneState.VIOLATED,
    MilestoneState.MET_TIME_UNKNOWN,
    MilestoneState.CANCELLED,
)


def milestones(plan: MilestoneState, resolution: MilestoneState, side: Side = Side.CLIENT) -> list[Milestone]:
    return [
        Milestone(side, MilestoneKind.PLAN, plan, "", START, PLAN_DUE),
        Milestone(side, MilestoneKind.RESOLUTION, resolution, "", START - 9 * HOUR, RESOLUTION_DUE),
    ]


def score(
    plan: MilestoneState = MET,
    resolution: MilestoneState = MET,
    *,
    colour_set_at: datetime | None = START,
    chatter: Sequence[datetime] | None = (START + HOUR,),
    through: datetime = AFTER_ALL,
) -> HandlingScore:
    facts = HandlingFacts(Side.CLIENT, milestones(plan, resolution), colour_set_at, chatter, through)
    return handling_score(facts, Handling())


def test_four_checks_passed_are_a_hundred() -> None:
    assert score() == HandlingScore(
        100.0,
        (
            Check(CheckName.PLAN, PLAN_DUE, True, "Done in time."),
            Check(CheckName.COLOUR, PLAN_DUE, True, "Set in time."),
            Check(CheckName.CHATTER, CHATTER_DUE, True, "Somebody wrote in Chatter in time."),
            Check(CheckName.RESOLUTION, RESOLUTION_DUE, True, "Done in time."),
        ),
    )


@pytest.mark.parametrize(
    ("plan", "resolution", "chatter", "expected"),
    [
        (LATE, MET, (START,), 75.0),
        (VIOLATED, VIOLATED, (START,), 50.0),
        (VIOLATED, VIOLATED, (), 25.0),
        (UNKNOWN, UNKNOWN, (), 75.0),
        (MET, LATE, None, 66.67),
        (LATE, LATE, None, 33.33),
    ],
)
def test_late_and_missing_fail_and_an_unknown_time_passes(
    plan: MilestoneState, resolution: MilestoneState, chatter: Sequence[datetime] | None, expected: float
) -> None:
    assert score(plan, resolution, chatter=chatter).score == expected


def test_nothing_passed_is_zero_and_nothing_due_is_none() -> None:
    none_passed = score(VIOLATED, VIOLATED, colour_set_at=None, chatter=())
    none_due = score(MET, OPEN, through=PLAN_DUE)

    assert none_passed.score == 0.0
    assert none_due.score is None
    assert [check.passed for check in none_due.checks] == [None] * 4


@pytest.mark.parametrize(
    ("through", "counted"),
    [
        (PLAN_DUE, []),
        (PLAN_DUE + SECOND, [CheckName.PLAN, CheckName.COLOUR]),
        (CHATTER_DUE + SECOND, [CheckName.PLAN, CheckName.COLOUR, CheckName.CHATTER]),
        (AFTER_ALL, [CheckName.PLAN, CheckName.COLOUR, CheckName.CHATTER, CheckName.RESOLUTION]),
    ],
)
def test_only_checks_already_due_count_even_when_passed_before(
    through: datetime, counted: list[CheckName]
) -> None:
    checks = score(through=through).checks

    assert [check.name for check in checks if check.passed is not None] == counted


@pytest.mark.parametrize(("late_by", "passed"), [(0 * SECOND, True), (SECOND, False)])
def test_a_colour_set_after_24_hours_is_late(late_by: timedelta, passed: bool) -> None:
    check = score(colour_set_at=PLAN_DUE + late_by).checks[1]

    assert (check.name, check.passed) == (CheckName.COLOUR, passed)


@pytest.mark.parametrize(
    ("written", "passed"),
    [
        (START - SECOND, False),
        (START, True),
        (CHATTER_DUE, True),
        (CHATTER_DUE + SECOND, False),
    ],
)
def test_chatter_counts_from_the_start_of_the_clock_through_seven_days(
    written: datetime, passed: bool
) -> None:
    assert score(chatter=[written]).checks[2].passed is passed


def test_without_a_feed_the_chatter_check_drops_out() -> None:
    assert [check.name for check in score(chatter=None).checks] == [
        CheckName.PLAN,
        CheckName.COLOUR,
        CheckName.RESOLUTION,
    ]


def test_a_milestone_still_open_does_not_count_whatever_the_feed_has_reached() -> None:
    assert score(OPEN, OPEN).checks[0].passed is None


def test_a_cancelled_or_missing_side_has_no_score() -> None:
    other = HandlingFacts(Side.REFERRAL, milestones(MET, MET), START, (), AFTER_ALL)

    assert score(CANCELLED, CANCELLED) == HandlingScore(None, ())
    assert handling_score(other, Handling()) == HandlingScore(None, ())


def test_the_hours_come_from_the_mapping() -> None:
    facts = HandlingFacts(Side.CLIENT, milestones(MET, MET), START + 2 * HOUR, [START + 3 * HOUR], AFTER_ALL)

    strict = handling_score(facts, Handling(colour_hours=1, chatter_hours=2))

    assert strict.score == 50.0
    assert [check.due for check in strict.checks[1:3]] == [START + HOUR, START + 2 * HOUR]


def scored_with(
    contact: MilestoneState | None = None,
    steps: Sequence[bool] = (),
    *,
    resolution: MilestoneState = MET,
    through: datetime = AFTER_ALL,
) -> HandlingScore:
    """All else is done in time; resolved on the twentieth day."""
    plan, end = milestones(MET, resolution)
    found = [plan, replace(end, met_at=RESOLVED_AT if resolution.is_met else None)]
    if contact is not None:
        found.append(Milestone(Side.CLIENT, MilestoneKind.CONTACT, contact, "", START, CONTACT_DUE))
    facts = HandlingFacts(Side.CLIENT, found, START, [START], through, steps)
    return handling_score(facts, Handling())


@pytest.mark.parametrize(
    ("contact", "expected"), [(MET, 100.0), (LATE, 80.0), (VIOLATED, 80.0), (CANCELLED, 100.0), (None, 100.0)]
)
def test_the_14_day_contact_counts_while_it_is_asked_for(
    contact: MilestoneState | None, expected: float
) -> None:
    """Nobody asks for it after Red, without a plan, or where nothing could show it."""
    assert scored_with(contact).score == expected


def test_the_contact_counts_from_its_own_due_time_on() -> None:
    def passed(through: datetime) -> bool | None:
        found = {check.name: check.passed for check in scored_with(MET, through=through).checks}
        return found[CheckName.CONTACT]

    assert (passed(CONTACT_DUE), passed(CONTACT_DUE + SECOND)) == (None, True)


@pytest.mark.parametrize(
    ("steps", "expected"), [((True,) * 6, 100.0), ((True,) * 5 + (False,), 80.0), ((), 100.0)]
)
def test_the_recovery_steps_count_at_resolution_and_drop_out_where_none_are_mapped(
    steps: Sequence[bool], expected: float
) -> None:
    assert scored_with(steps=steps).score == expected


def test_the_recovery_steps_are_due_when_the_side_was_resolved() -> None:
    before, after = (scored_with(steps=[False], through=RESOLVED_AT + n * SECOND).checks for n in (0, 1))

    assert (before[3].name, before[3].due, before[3].passed) == (CheckName.STEPS, RESOLVED_AT, None)
    assert after[3].passed is False
    assert after[3].why == "0 of 1 steps of the recovery are complete."


def test_the_recovery_steps_are_no_check_of_a_side_that_is_not_resolved() -> None:
    names = {check.name for check in scored_with(steps=[False], resolution=VIOLATED).checks}

    assert CheckName.STEPS not in names
