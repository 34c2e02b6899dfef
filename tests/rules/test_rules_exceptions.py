"""Exceptions to the 30 days: who may set them, and what they move (D6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rules_cases import (
    CLIENT,
    CREATED,
    DAY,
    DELEGATE,
    DIRECTOR,
    MAPPING,
    RESOLUTION,
    SECOND,
    SOMEBODY,
    SUBMITTER,
    context,
    exception_row,
    facts,
    milestone,
    sli,
    tracked,
)

from agent.model import FieldChange, Finding, Intervention, Judgement, MilestoneState, Side
from agent.rules.exceptions import as_day
from agent.rules.judge import Context, judge

UNTIL = date(2026, 8, 15)
REGULAR_DUE = datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)
EXTENDED_DUE = datetime(2026, 8, 16, 4, 59, 59, tzinfo=UTC)
SET_AT = CREATED + 20 * DAY
FIELD = "Client_Exception_Until__c"
HERE = context(CREATED)
DELEGATING = MAPPING.model_copy(
    update={"recipients": MAPPING.recipients.model_copy(update={"exception_delegates": [DELEGATE]})}
)


def excepted(
    until: date = UNTIL, reason: str | None = "Hospital stay", *, modified: datetime = SET_AT
) -> Intervention:
    return sli(facts("Orange", exception_until=until, exception_reason=reason), modified=modified)


def judged(record: Intervention, *history: FieldChange, where: Context = HERE) -> Judgement:
    return judge(record, history, {}, where)


def refused(judgement: Judgement) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.code == "exception_refused"]


def test_an_exception_by_the_regional_director_moves_the_due_time() -> None:
    found = judged(excepted(), exception_row(SET_AT, "2026-08-15"))

    assert (milestone(found, RESOLUTION).due, refused(found)) == (EXTENDED_DUE, [])
    assert milestone(found, RESOLUTION).inputs["exception"] == {
        "until": "2026-08-15",
        "set_by": DIRECTOR,
        "granted": True,
        "refused_because": [],
    }


def test_a_named_delegate_may_set_it() -> None:
    found = judged(excepted(), exception_row(SET_AT, UNTIL, by=DELEGATE), where=context(mapping=DELEGATING))

    assert milestone(found, RESOLUTION).due == EXTENDED_DUE


@pytest.mark.parametrize(
    ("record", "history", "why"),
    [
        (excepted(), [exception_row(SET_AT, UNTIL, by=SOMEBODY)], "not_the_regional_director"),
        (excepted(), [exception_row(SET_AT, UNTIL, by="005OTHER_RD")], "not_the_regional_director"),
        (excepted(reason=None), [exception_row(SET_AT, UNTIL)], "no_reason"),
        (excepted(reason=" \n"), [exception_row(SET_AT, UNTIL)], "no_reason"),
        (excepted(date(2026, 6, 30)), [exception_row(SET_AT, date(2026, 6, 30))], "not_later"),
        (excepted(), [], "unknown_who"),
        (excepted(), [exception_row(SET_AT, "2026-08-14")], "unknown_who"),
        (
            excepted(reason=""),
            [exception_row(SET_AT, UNTIL, by=SOMEBODY)],
            "not_the_regional_director, no_reason",
        ),
    ],
)
def test_anything_less_is_refused_and_says_why(
    record: Intervention, history: list[FieldChange], why: str
) -> None:
    found = judged(record, *history)

    since = None if why == "unknown_who" else SET_AT
    assert refused(found) == [Finding("exception_refused", Side.CLIENT, why, since)]
    assert milestone(found, RESOLUTION).due == REGULAR_DUE


def test_the_regular_day_itself_is_not_refused() -> None:
    regular_day = date(2026, 7, 1)

    found = judged(excepted(regular_day), exception_row(SET_AT, regular_day))

    assert (milestone(found, RESOLUTION).due, refused(found)) == (REGULAR_DUE, [])


def test_whoever_set_the_present_date_counts_and_not_whoever_set_an_earlier_one() -> None:
    first, then = exception_row(SET_AT, "2026-07-30"), exception_row(SET_AT + DAY, UNTIL, by=SOMEBODY)

    assert refused(judged(excepted(), then, first))[0].detail == "not_the_regional_director"


def test_the_director_who_sets_the_same_date_again_takes_it_over() -> None:
    rows = [
        exception_row(SET_AT, UNTIL, by=SOMEBODY),
        exception_row(SET_AT + DAY, None),
        exception_row(SET_AT + 2 * DAY, UNTIL),
    ]

    assert milestone(judged(excepted(), *rows), RESOLUTION).due == EXTENDED_DUE


@pytest.mark.parametrize("field_is_tracked", [True, False])
def test_an_exception_there_at_submission_was_set_by_the_creator(field_is_tracked: bool) -> None:
    record = excepted(modified=SET_AT if field_is_tracked else CREATED)
    where = context(tracked=tracked(FIELD) if field_is_tracked else None)

    found = judged(record, where=where)

    assert milestone(found, RESOLUTION).inputs["exception"]["set_by"] == SUBMITTER
    assert refused(found)[0].detail == "not_the_regional_director"


def test_a_date_that_history_does_not_lead_to_was_set_by_nobody_knows_whom() -> None:
    found = judged(excepted(), exception_row(SET_AT, "2026-08-14"), where=context(tracked=tracked(FIELD)))

    assert refused(found)[0].detail == "unknown_who"


def test_when_the_exception_ends_the_clock_goes_on() -> None:
    rows = [exception_row(SET_AT, UNTIL)]
    during = judged(excepted(), *rows, where=context(EXTENDED_DUE))
    after = judged(excepted(), *rows, where=context(EXTENDED_DUE + SECOND))

    assert milestone(during, RESOLUTION).state is MilestoneState.OPEN
    assert milestone(after, RESOLUTION).state is MilestoneState.VIOLATED


def test_an_exception_of_one_side_leaves_the_other_alone() -> None:
    own = excepted().sides[Side.CLIENT]

    found = judged(sli(own, facts("Orange"), modified=SET_AT), exception_row(SET_AT, UNTIL))

    assert milestone(found, RESOLUTION, side=Side.REFERRAL).due == REGULAR_DUE


def test_an_exception_in_a_field_the_mapping_does_not_name_is_none() -> None:
    client = MAPPING.intervention.sides[Side.CLIENT].model_copy(update={"exception_until": None})
    sides = {Side.CLIENT: client, Side.REFERRAL: MAPPING.intervention.sides[Side.REFERRAL]}
    mapping = MAPPING.model_copy(
        update={"intervention": MAPPING.intervention.model_copy(update={"sides": sides})}
    )

    found = judged(excepted(), exception_row(SET_AT, UNTIL), where=context(mapping=mapping))

    assert (milestone(found, RESOLUTION).due, refused(found)) == (REGULAR_DUE, [])


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (UNTIL, UNTIL),
        (datetime(2026, 8, 15, 9, tzinfo=UTC), UNTIL),
        ("2026-08-15", UNTIL),
        ("2026-08-15T00:00:00.000+0000", UNTIL),
        ("next summer", None),
        (None, None),
        (7, None),
    ],
)
def test_a_date_is_read_in_every_form_history_has_for_it(value: object, day: date | None) -> None:
    assert as_day(value) == day


def test_an_exception_once_granted_stays_when_the_office_gets_another_director() -> None:
    late = date(2026, 7, 20)
    record = sli(facts("Orange", exception_until=late, exception_reason="Rehabilitation"))
    history = [exception_row(CREATED + DAY, late.isoformat())]
    memory = judge(record, history, {}, context(CREATED + 2 * DAY)).memory
    other = replace(context(CREATED + 40 * DAY), directors={CLIENT: frozenset({"005NEW"})})

    kept = judge(record, history, memory, other).milestones[1]
    unknown = judge(record, history, {}, other).milestones[1]
    assert (kept.state, unknown.state) == ("open", "violated")
