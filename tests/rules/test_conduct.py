"""How a record is kept (S6, S7, S8, S16; D12, D13, D17): findings with the instant they hold from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from rules_cases import (
    CLIENT,
    CREATED,
    DAY,
    GOOD_PLAN,
    HOUR,
    MAPPING,
    REFERRAL,
    SECOND,
    SOMEBODY,
    codes,
    colour_row,
    context,
    exception_row,
    facts,
    plan_row,
    sli,
    tracked,
)

from agent.model import FieldChange, Finding, Intervention, Judgement, Side
from agent.rules.judge import Heard, judge

MOVED = CREATED + 3 * DAY
AGENT = "005AGENT"
LATER = CREATED + 10 * DAY
COLOUR, PLAN_FIELD = (MAPPING.intervention.sides[CLIENT].colour, MAPPING.intervention.sides[CLIENT].plan)
SILENT = Heard(chatter=())


def judged(
    record: Intervention,
    *history: FieldChange,
    heard: Heard = SILENT,
    through: datetime = LATER,
) -> Judgement:
    around = context(through, tracked=tracked(COLOUR, PLAN_FIELD, "Referral_Status__c"))
    return judge(record, list(history), {}, replace(around, agent_id=AGENT), heard)


def found(judgement: Judgement, code: str) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.code == code]


def moved(new: str = "Yellow", old: str = "Orange") -> tuple[Intervention, FieldChange]:
    return sli(facts(new, GOOD_PLAN), modified=MOVED), colour_row(MOVED, old, new)


# A colour that moved (S6).


def test_a_colour_that_moved_without_a_word_is_found_24_hours_later() -> None:
    record, row = moved()
    told_of = Finding("colour_without_chatter", CLIENT, since=MOVED + DAY)

    assert found(judged(record, row, through=MOVED + DAY), told_of.code) == []
    assert found(judged(record, row, through=MOVED + DAY + SECOND), told_of.code) == [told_of]
    assert judged(record, row, through=MOVED + HOUR).again_at == MOVED + DAY


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (MOVED - HOUR - SECOND, 1),
        (MOVED - HOUR, 0),
        (MOVED + DAY, 0),
        (MOVED + 3 * DAY, 0),
    ],
)
def test_a_word_from_an_hour_before_the_move_on_tells_of_it_and_a_late_one_mends_it(
    written: datetime, expected: int
) -> None:
    record, row = moved()

    assert len(found(judged(record, row, heard=Heard([written])), "colour_without_chatter")) == expected


def test_only_the_latest_move_of_a_side_counts() -> None:
    record, row = moved("Yellow", "Red")
    earlier = colour_row(MOVED - DAY, "Orange", "Red")

    (finding,) = found(judged(record, earlier, row), "colour_without_chatter")

    assert finding.since == MOVED + DAY


def test_each_side_that_moved_has_its_own_finding() -> None:
    record = sli(facts("Yellow"), facts("Green"), modified=MOVED + HOUR)
    rows = colour_row(MOVED, "Orange", "Yellow"), colour_row(MOVED + HOUR, "Orange", "Green", side=REFERRAL)

    told = found(judged(record, *rows), "colour_without_chatter")

    assert {(f.side, f.since) for f in told} == {
        (CLIENT, MOVED + DAY),
        (REFERRAL, MOVED + HOUR + DAY),
    }


def test_a_colour_set_at_submission_or_moved_by_the_agents_own_user_is_no_move() -> None:
    record, row = moved()

    assert found(judged(sli(facts("Orange"))), "colour_without_chatter") == []
    assert found(judged(record, replace(row, by=AGENT)), "colour_without_chatter") == []


def test_without_a_feed_nobody_is_blamed_for_not_writing() -> None:
    record, row = moved()

    assert not {"colour_without_chatter", "chatter_silent"} & set(
        codes(judged(record, row, heard=Heard(), through=CREATED + 90 * DAY))
    )


# Chatter that is silent (S6).


def silence(*words: datetime, through: datetime, colour: str = "Orange") -> list[Finding]:
    record = sli(facts(colour, GOOD_PLAN))
    return found(judged(record, heard=Heard(words), through=through), "chatter_silent")


def test_an_open_sli_without_a_word_for_14_days_is_found_silent() -> None:
    end = CREATED + 14 * DAY

    assert silence(through=end) == []
    assert silence(through=end + SECOND) == [Finding("chatter_silent", since=end)]
    assert judged(sli(facts("Orange")), through=CREATED + 8 * DAY).again_at == end


def test_a_word_ends_the_silence_and_a_later_one_is_another() -> None:
    spoke, long_after = CREATED + 20 * DAY, CREATED + 60 * DAY

    assert silence(spoke, through=spoke + DAY) == []
    assert silence(spoke, CREATED, through=long_after) == [Finding("chatter_silent", since=spoke + 14 * DAY)]


def test_nobody_need_write_about_an_sli_that_is_resolved() -> None:
    assert silence(through=CREATED + 60 * DAY, colour="Green") == []


# The form of the record (S7, S8).


@pytest.mark.parametrize(
    ("name", "is_of_the_form"),
    [
        ("Jane Sample - No Call No Show", True),
        ("Ann-Marie Sample - Late - again", True),
        ("Jane Sample", False),
        ("Jane Sample-No Call No Show", False),
        (" - No Call No Show", False),
        ("Jane Sample - ", False),
        ("", False),
    ],
)
def test_a_name_tells_the_client_and_the_incident(name: str, is_of_the_form: bool) -> None:
    told = found(judged(replace(sli(facts("Orange")), name=name)), "name_form")

    assert told == ([] if is_of_the_form else [Finding("name_form", since=CREATED)])


def test_no_finding_holds_the_records_name() -> None:
    judgement = judged(replace(sli(facts("Green")), name="Jane Sample", steps=(False,)))

    assert codes(judgement)
    assert "Jane" not in repr(judgement.findings)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 6, 1), []),
        (date(2026, 6, 2), ["created_date_differs"]),
        (date(2026, 5, 31), ["created_date_differs"]),
        (None, []),
    ],
)
def test_the_created_date_is_the_offices_local_day_of_the_submission(
    day: date | None, expected: list[str]
) -> None:
    in_the_evening = datetime.fromisoformat("2026-06-02T02:00:00+00:00")  # June 1 in Chicago
    record = replace(sli(facts("Orange"), created=in_the_evening), created_date=day)

    assert [f.code for f in found(judged(record), "created_date_differs")] == expected


# The end of the recovery (D13, S16).


def recovered(**more: Any) -> tuple[Intervention, FieldChange]:
    record, row = moved("Green")
    return replace(record, **more), row


def test_steps_still_open_at_green_are_found_from_the_instant_it_became_green() -> None:
    record, row = recovered(steps=(True, True, False, True, False, False))

    assert found(judged(record, row), "steps_incomplete") == [
        Finding("steps_incomplete", CLIENT, "3 of 6 are complete.", MOVED)
    ]


@pytest.mark.parametrize(("colour", "steps"), [("Green", (True,) * 6), ("Green", ()), ("Red", (False,) * 6)])
def test_steps_that_are_complete_not_mapped_or_of_a_lost_side_are_no_finding(
    colour: str, steps: tuple[bool, ...]
) -> None:
    record, row = moved(colour)

    assert found(judged(replace(record, steps=steps), row), "steps_incomplete") == []


def test_a_green_that_nothing_tells_the_time_of_is_shown_and_not_told() -> None:
    record = replace(sli(facts("Green"), modified=MOVED), steps=(False,))

    (finding,) = judge(record, [], {}, context(LATER)).findings

    assert (finding.code, finding.since) == ("steps_incomplete", None)


def test_who_has_not_agreed_at_green_is_named_in_one_finding() -> None:
    agreed = {"regional_director": True, "regional_csm": False, "sales_coach": False}
    record, row = recovered(aligned=agreed)
    both = replace(record, sides={CLIENT: facts("Green"), REFERRAL: facts("Green")})

    for asked in (record, both):
        told = found(judged(asked, row), "alignment_missing")
        names = "Regional Client Success Manager, Regional Sales Coach"
        assert [(f.side, f.detail) for f in told] == [(None, names)]
    assert found(judged(record, row), "alignment_missing")[0].since == MOVED


def test_alignment_is_not_asked_for_before_green_or_where_no_checkbox_is_mapped() -> None:
    nobody = {"regional_director": False}
    open_still = replace(sli(facts("Orange")), aligned=nobody)

    assert found(judged(open_still), "alignment_missing") == []
    assert found(judged(recovered()[0], recovered()[1]), "alignment_missing") == []


# Since when older findings hold: the owner hears of those that a fact dates (D16).


def since_of(code: str, judgement: Judgement, side: Side = CLIENT) -> datetime | None:
    (finding,) = [f for f in judgement.findings if f.code == code and f.side is side]
    return finding.since


def test_a_colour_the_side_does_not_have_holds_from_when_it_was_set() -> None:
    code, at_submission = "colour_not_for_side", sli(None, facts("Yellow"))
    later = sli(None, facts("Yellow"), modified=MOVED)

    assert since_of(code, judged(at_submission), REFERRAL) == CREATED
    row = colour_row(MOVED, "Orange", "Yellow", side=REFERRAL)
    assert since_of(code, judged(later, row), REFERRAL) == MOVED
    assert since_of(code, judge(later, [], {}, context(LATER)), REFERRAL) is None


def test_a_reopened_side_is_open_since_it_left_its_resolution() -> None:
    record = sli(facts("Yellow", GOOD_PLAN), modified=MOVED + DAY)
    rows = (
        colour_row(CREATED + DAY, "Orange", "Green"),
        colour_row(MOVED, "Green", "Orange"),
        colour_row(MOVED + DAY, "Orange", "Yellow"),
    )

    assert since_of("reopened", judged(record, *rows)) == MOVED


def test_a_reopening_that_no_history_tells_is_shown_and_not_told() -> None:
    green, open_again = sli(facts("Green", GOOD_PLAN)), sli(facts("Orange", GOOD_PLAN), modified=MOVED)
    first = judge(green, [], {}, context(CREATED + HOUR))

    assert since_of("reopened", judge(open_again, [], first.memory, context(LATER))) is None


def test_a_cleared_plan_and_a_placeholder_hold_from_the_plans_last_change() -> None:
    first = judged(sli(facts("Orange", GOOD_PLAN)), through=CREATED + HOUR)
    for left, code in ((None, "plan_cleared"), ("TBD", "plan_placeholder")):
        record = sli(facts("Orange", left), modified=MOVED)

        now = judge(record, [plan_row(MOVED)], first.memory, context(LATER))

        assert since_of(code, now) == MOVED


def test_a_refused_exception_holds_from_when_it_was_set() -> None:
    until = date(2026, 8, 14)
    record = sli(facts("Orange", exception_until=until, exception_reason="travels"), modified=MOVED)

    assert since_of("exception_refused", judged(record, exception_row(MOVED, until, by=SOMEBODY))) == MOVED
    assert since_of("exception_refused", judged(record)) is None


def test_a_deleted_record_has_no_findings_at_all() -> None:
    record = replace(sli(facts("Yellow"), facts("Yellow"), deleted=True), name="?", steps=(False,))

    assert judged(record, through=CREATED + 90 * DAY).findings == ()
