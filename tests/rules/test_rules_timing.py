"""When a thing was done, from history, versions and memory; late only when certain (D4, D5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from rules_cases import (
    CLIENT,
    CREATED,
    DAY,
    GOOD_PLAN,
    HOUR,
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
    tracked,
    verdict_on,
)

from agent.model import FieldChange, Intervention, Memory, Milestone, MilestoneState
from agent.rules.judge import judge

PLAN_FIELD = MAPPING.intervention.sides[CLIENT].plan
DUE = CREATED + 24 * HOUR
LONG_AFTER = CREATED + 90 * DAY


def documented(modified: datetime) -> Intervention:
    return sli(facts("Yellow", GOOD_PLAN), modified=modified)


def plan_of(record: Intervention, memory: Memory, *history: FieldChange) -> Milestone:
    return milestone(judge(record, history, {(CLIENT, PLAN): memory}, context(LONG_AFTER)), PLAN)


def outcome(found: Milestone) -> tuple[str, str, datetime | None]:
    return found.state.value, found.reason, found.met_at


def test_a_plan_on_a_record_never_modified_was_there_at_submission() -> None:
    assert outcome(verdict_on(documented(CREATED), [], LONG_AFTER)) == ("met", "done_at_submission", CREATED)


def test_a_tracked_plan_without_history_rows_was_there_at_submission() -> None:
    found = verdict_on(documented(CREATED + 9 * DAY), [], LONG_AFTER, tracked=tracked(PLAN_FIELD))

    assert outcome(found) == ("met", "done_at_submission", CREATED)


def test_tracking_switched_on_after_the_submission_says_nothing_about_it() -> None:
    found = verdict_on(documented(CREATED + 9 * DAY), [], LONG_AFTER, tracked={PLAN_FIELD: CREATED + SECOND})

    assert outcome(found) == ("met_time_unknown", "time_unknown", CREATED + 9 * DAY)


def test_an_untracked_plan_last_modified_before_the_due_time_is_in_time_at_the_latest() -> None:
    found = verdict_on(documented(CREATED + 3 * HOUR), [], LONG_AFTER)

    assert outcome(found) == ("met", "in_time_at_the_latest", CREATED + 3 * HOUR)


def test_an_untracked_plan_first_seen_in_time_stays_in_time_when_the_record_changes_later() -> None:
    found = plan_of(documented(LONG_AFTER), Memory(done_by=CREATED + HOUR))

    assert outcome(found) == ("met", "in_time_at_the_latest", CREATED + HOUR)


def test_an_untracked_plan_that_was_missing_past_its_due_time_is_late() -> None:
    found = plan_of(documented(CREATED + 3 * DAY), Memory(undone_through=DUE + SECOND))

    assert outcome(found) == ("met_late", "late_at_the_earliest", CREATED + 3 * DAY)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([5 * HOUR], ("met", "in_time_at_the_latest", CREATED + 5 * HOUR)),
        ([5 * HOUR, 50 * HOUR], ("met_time_unknown", "time_unknown", CREATED + 50 * HOUR)),
        ([50 * HOUR], ("met_time_unknown", "time_unknown", CREATED + 50 * HOUR)),
    ],
)
def test_long_text_without_values_and_without_memory_may_have_been_there_from_the_start(
    rows: list, expected: tuple
) -> None:
    history = [plan_row(CREATED + after) for after in rows]

    assert outcome(verdict_on(documented(CREATED + rows[-1]), history, LONG_AFTER)) == expected


@pytest.mark.parametrize(
    ("undone_through", "done_by", "rows", "expected"),
    [
        # Seen missing after the due time: the first row after that is the earliest chance.
        (25 * HOUR, 30 * HOUR, [30 * HOUR], ("met_late", "done_late", CREATED + 30 * HOUR)),
        (
            25 * HOUR,
            40 * HOUR,
            [30 * HOUR, 40 * HOUR],
            ("met_late", "late_at_the_earliest", CREATED + 40 * HOUR),
        ),
        # Seen missing before it: the rows between decide.
        (2 * HOUR, 30 * HOUR, [30 * HOUR], ("met_late", "done_late", CREATED + 30 * HOUR)),
        (
            2 * HOUR,
            30 * HOUR,
            [5 * HOUR, 30 * HOUR],
            ("met_time_unknown", "time_unknown", CREATED + 30 * HOUR),
        ),
        (6 * HOUR, 30 * HOUR, [5 * HOUR, 30 * HOUR], ("met_late", "done_late", CREATED + 30 * HOUR)),
        (5 * HOUR, 30 * HOUR, [5 * HOUR, 30 * HOUR], ("met_late", "done_late", CREATED + 30 * HOUR)),
        # Seen done early: what was edited later does not matter.
        (None, 5 * HOUR, [5 * HOUR, 30 * HOUR], ("met", "in_time_at_the_latest", CREATED + 5 * HOUR)),
    ],
)
def test_long_text_without_values_is_timed_by_what_was_seen_when(
    undone_through: object, done_by: object, rows: list, expected: tuple
) -> None:
    memory = Memory(
        done_by=CREATED + done_by,
        undone_through=None if undone_through is None else CREATED + undone_through,
    )
    history = [plan_row(CREATED + after) for after in rows]

    assert outcome(plan_of(documented(CREATED + rows[-1]), memory, *history)) == expected


def test_a_short_text_logged_with_values_is_timed_exactly() -> None:
    history = [plan_row(CREATED + HOUR, "", "TBD"), plan_row(CREATED + 30 * HOUR, "TBD", GOOD_PLAN)]

    found = verdict_on(documented(CREATED + 30 * HOUR), history, LONG_AFTER)

    assert outcome(found) == ("met_late", "done_late", CREATED + 30 * HOUR)


def test_a_long_text_between_logged_values_is_never_called_late() -> None:
    # The first row comes without values because its text was long; it may well have been the plan.
    history = [plan_row(CREATED + HOUR), plan_row(CREATED + 30 * HOUR, None, GOOD_PLAN)]

    found = verdict_on(documented(CREATED + 30 * HOUR), history, LONG_AFTER)

    assert found.state is MilestoneState.MET_TIME_UNKNOWN


def test_a_change_that_no_history_row_tells_happened_before_the_last_modification() -> None:
    record = sli(facts("Green"), modified=CREATED + 40 * DAY)

    found = verdict_on(record, [colour_row(CREATED + DAY, "Yellow", "Orange")], LONG_AFTER, RESOLUTION)

    assert outcome(found) == ("met_time_unknown", "time_unknown", CREATED + 40 * DAY)
    assert found.inputs["evidence"]["earliest"] == "2026-06-02T14:00:00Z"


def test_a_plan_written_before_its_side_applied_counts_from_the_start_of_its_clock() -> None:
    start = CREATED + 3 * DAY
    record = sli(facts("Yellow", GOOD_PLAN), facts("Orange"), modified=start)

    found = verdict_on(record, [colour_row(start, None, "Yellow")], LONG_AFTER, tracked=tracked(PLAN_FIELD))

    assert outcome(found) == ("met", "done_in_time", start)


def test_a_plan_seen_missing_was_not_there_at_submission_whatever_the_tracking_says() -> None:
    memory = {(CLIENT, PLAN): Memory(undone_through=DUE + SECOND)}
    where = context(LONG_AFTER, tracked=tracked(PLAN_FIELD))

    found = milestone(judge(documented(CREATED + 3 * DAY), [], memory, where), PLAN)

    assert outcome(found) == ("met_late", "late_at_the_earliest", CREATED + 3 * DAY)


def test_a_plan_cleared_before_its_side_applied_does_not_count() -> None:
    start, again = CREATED + 3 * DAY, CREATED + 6 * DAY
    record = sli(facts("Yellow", GOOD_PLAN), facts("Orange"), modified=again)
    history = [
        plan_row(CREATED + DAY, None, GOOD_PLAN),
        plan_row(CREATED + 2 * DAY, GOOD_PLAN, None),
        colour_row(start, None, "Yellow"),
        plan_row(again, None, GOOD_PLAN),
    ]

    assert outcome(verdict_on(record, history, LONG_AFTER)) == ("met_late", "done_late", again)


def test_a_resolution_met_stays_met_when_the_incident_date_is_corrected_afterwards() -> None:
    green, yellow = CREATED + 5 * DAY, CREATED + 6 * DAY
    wrong_day = CREATED.date() - 10 * DAY
    first = judge(sli(facts("Green"), modified=green, incident=wrong_day), [], {}, context(green))

    judged = judge(sli(facts("Yellow"), modified=yellow), [], first.memory, context(LONG_AFTER))

    assert milestone(judged, RESOLUTION) == milestone(first, RESOLUTION)


def test_a_milestone_met_once_stays_met_when_the_plan_is_cleared() -> None:
    first = judge(documented(CREATED + HOUR), [plan_row(CREATED + HOUR)], {}, context(LONG_AFTER))
    cleared = sli(facts("Yellow", "<p></p>"), modified=CREATED + 2 * DAY)
    rows = [plan_row(CREATED + HOUR), plan_row(CREATED + 2 * DAY)]

    again = judge(cleared, rows, first.memory, context(LONG_AFTER))

    assert milestone(again, PLAN) == milestone(first, PLAN)
    assert codes(again) == ["plan_markup_only", "plan_cleared"]


def test_a_plan_written_again_after_it_was_cleared_does_not_become_late() -> None:
    steps = [
        (documented(CREATED + HOUR), [CREATED + HOUR], CREATED + HOUR),
        (
            sli(facts("Yellow"), modified=CREATED + 2 * HOUR),
            [CREATED + HOUR, CREATED + 2 * HOUR],
            CREATED + DAY,
        ),
        (documented(LONG_AFTER), [CREATED + HOUR, CREATED + 2 * HOUR, LONG_AFTER], LONG_AFTER),
    ]
    memory = {}
    for record, rows, through in steps:
        judged = judge(record, [plan_row(at) for at in rows], memory, context(through))
        memory = judged.memory

    assert outcome(milestone(judged, PLAN)) == ("met", "in_time_at_the_latest", CREATED + HOUR)


def test_history_shows_a_resolution_that_was_reopened_before_anybody_looked() -> None:
    green, yellow = CREATED + 5 * DAY, CREATED + 6 * DAY
    record = sli(facts("Yellow"), modified=yellow)
    history = [colour_row(green, "Yellow", "Green"), colour_row(yellow, "Green", "Yellow")]

    judged = judge(record, history, {}, context(LONG_AFTER))

    assert outcome(milestone(judged, RESOLUTION)) == ("met", "done_in_time", green)
    assert (codes(judged), judged.open) == (["reopened"], True)


def test_a_resolution_left_and_entered_again_is_still_the_first_one() -> None:
    record = sli(facts("Orange"), modified=CREATED + 20 * DAY)
    history = [
        colour_row(CREATED + 5 * DAY, "Yellow", "Red"),
        colour_row(CREATED + 6 * DAY, "Red", "N/A"),
        colour_row(CREATED + 20 * DAY, "N/A", "Orange"),
    ]

    found = verdict_on(record, history, LONG_AFTER, RESOLUTION)

    assert outcome(found) == ("met", "done_in_time", CREATED + 5 * DAY)


def test_what_was_known_stays_known_when_history_rows_expire() -> None:
    done = CREATED + 5 * DAY
    record = sli(facts("Green"), modified=CREATED + 60 * DAY)
    rows = [colour_row(done, "Yellow", "Green")]
    first = judge(record, rows, {}, context(LONG_AFTER))
    forgetful = {key: replace(kept, done_by=None) for key, kept in first.memory.items()}

    again = judge(record, [], forgetful, context(LONG_AFTER))

    assert outcome(milestone(again, RESOLUTION)) == ("met", "done_in_time", done)


def test_the_first_version_seen_done_is_remembered_and_a_later_one_changes_nothing() -> None:
    first = judge(documented(CREATED + HOUR), [], {}, context())
    later = judge(documented(CREATED + 9 * HOUR), [], first.memory, context())

    assert first.memory[CLIENT, PLAN].done_by == CREATED + HOUR
    assert later.memory[CLIENT, PLAN].done_by == CREATED + HOUR


@pytest.mark.parametrize(
    ("through", "remembered"),
    [
        (CREATED + HOUR - SECOND, None),
        (CREATED + HOUR, CREATED + HOUR),
        (CREATED + 5 * HOUR, CREATED + 5 * HOUR),
    ],
)
def test_a_missing_plan_is_remembered_only_as_far_as_the_mirror_is_complete(
    through: datetime, remembered: datetime | None
) -> None:
    record = sli(facts("Yellow"), modified=CREATED + HOUR)

    assert judge(record, [], {}, context(through)).memory[CLIENT, PLAN].undone_through == remembered


def test_a_back_dated_modification_proves_nothing_before_its_stamp() -> None:
    record = replace(sli(facts("Yellow"), modified=CREATED + HOUR), stamp=CREATED + 9 * HOUR)

    judged = judge(record, [], {}, context(CREATED + 5 * HOUR))

    assert judged.memory[CLIENT, PLAN].undone_through is None


def test_what_was_remembered_missing_is_never_taken_back_by_a_mirror_that_fell_behind() -> None:
    memory = {(CLIENT, PLAN): Memory(undone_through=CREATED + 9 * HOUR)}

    judged = judge(sli(facts("Yellow")), [], memory, context(CREATED + 5 * HOUR))

    assert judged.memory[CLIENT, PLAN].undone_through == CREATED + 9 * HOUR
