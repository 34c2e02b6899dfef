"""Contact after a plan (S17, D12): when it is due, and what shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from rules_cases import (
    CHICAGO,
    CLIENT,
    CREATED,
    DAY,
    GOOD_PLAN,
    HOUR,
    PLAN,
    REFERRAL,
    SECOND,
    codes,
    colour_row,
    context,
    facts,
    milestone,
    plan_row,
    sli,
    tracked,
)

from agent.days import end_of_day, start_of_day
from agent.model import Intervention, Judgement, Milestone, MilestoneKind, MilestoneState, SideFacts
from agent.rules.judge import Heard, judge
from agent.rules.verify import differences

CONTACT, SECOND_CONTACT = MilestoneKind.CONTACT, MilestoneKind.SECOND_CONTACT
OPENS = start_of_day(date(2026, 6, 8), CHICAGO)
"""The plan was there at submission, on June 1; talk before this belongs to the plan itself."""
DUE = end_of_day(date(2026, 6, 15), CHICAGO)
SECOND_DUE = end_of_day(date(2026, 7, 1), CHICAGO)
LONG_AFTER = CREATED + 60 * DAY
QUIET = Heard(chatter=(), activities=())
TRACKED = ("Client_Status__c", "Client_Intervention_Plan__c")
OPEN, MET, LATE, VIOLATED, CANCELLED = (
    MilestoneState.OPEN,
    MilestoneState.MET,
    MilestoneState.MET_LATE,
    MilestoneState.VIOLATED,
    MilestoneState.CANCELLED,
)


def planned(colour: str = "Orange", **more: object) -> SideFacts:
    return facts(colour, GOOD_PLAN, **more)


def judged(
    heard: Heard = QUIET,
    *,
    through: datetime = LONG_AFTER,
    client: SideFacts | None = None,
    zone: ZoneInfo = CHICAGO,
) -> Judgement:
    return judge(sli(client or planned()), [], {}, context(through, zone=zone), heard)


def contact(heard: Heard = QUIET, kind: MilestoneKind = CONTACT, **more: object) -> Milestone:
    return milestone(judged(heard, **more), kind)  # type: ignore[arg-type]


def kinds(found: Judgement) -> list[MilestoneKind]:
    return [m.kind for m in found.milestones]


def test_a_contact_is_due_at_the_end_of_the_offices_day_14_days_after_the_plan() -> None:
    assert (contact().due, contact().clock_start) == (DUE, CREATED)
    honolulu = ZoneInfo("Pacific/Honolulu")
    assert contact(zone=honolulu).due == end_of_day(date(2026, 6, 15), honolulu)


def test_the_14_days_count_from_the_local_day_the_plan_was_written_on() -> None:
    late_that_evening = datetime.fromisoformat("2026-06-04T02:00:00+00:00")  # June 3 in Chicago
    record = sli(planned(), modified=late_that_evening)

    found = judge(
        record,
        [plan_row(late_that_evening, "TBD", GOOD_PLAN)],
        {},
        context(LONG_AFTER),
        QUIET,
    )

    assert milestone(found, CONTACT).due == end_of_day(date(2026, 6, 17), CHICAGO)


@pytest.mark.parametrize("seen", [CREATED + 3 * HOUR, CREATED + 3 * DAY])
def test_a_plan_whose_time_no_fact_tells_counts_from_when_it_was_due(seen: datetime) -> None:
    """When the agent first saw it is lost with its disk, and when the record was last saved moves on."""
    found = judge(sli(planned(), modified=seen), [], {}, context(LONG_AFTER), QUIET)

    assert milestone(found, PLAN).met_at == seen
    assert milestone(found, CONTACT).due == end_of_day(date(2026, 6, 16), CHICAGO)
    assert milestone(found, CONTACT).clock_start == CREATED + 24 * HOUR


def test_the_date_that_the_step_records_counts_in_place_of_the_plans() -> None:
    found = contact(client=planned(follow_up_from=date(2026, 6, 10)))

    assert found.due == end_of_day(date(2026, 6, 24), CHICAGO)
    assert found.clock_start == start_of_day(date(2026, 6, 10), CHICAGO)
    assert found.inputs["counted_from_source"] == "recorded"


def test_without_a_plan_no_contact_is_asked_for() -> None:
    assert CONTACT not in kinds(judged(client=facts("Orange", "TBD")))


def test_a_plan_that_is_cleared_again_leaves_the_contact_due() -> None:
    first = judged(through=CREATED + DAY)
    cleared = sli(facts("Orange", None), modified=CREATED + 2 * DAY)
    rows = [plan_row(CREATED + 2 * DAY)]

    found = judge(cleared, rows, first.memory, context(LONG_AFTER), QUIET)

    assert milestone(found, CONTACT).due == DUE


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (OPENS - SECOND, VIOLATED),
        (OPENS, MET),
        (DUE, MET),
        (DUE + SECOND, LATE),
    ],
)
@pytest.mark.parametrize("source", ["chatter", "activity"])
def test_a_word_in_chatter_or_an_activity_shows_the_contact(
    source: str, at: datetime, state: MilestoneState
) -> None:
    heard = Heard([at], ()) if source == "chatter" else Heard((), [at])

    found = contact(heard)

    assert found.state is state
    assert found.met_at == (at if state.is_met else None)
    assert state is VIOLATED or found.inputs["evidence"]["source"] == source


def test_the_first_word_counts_whatever_shows_it() -> None:
    found = contact(Heard([DUE + DAY], [DUE - DAY, DUE + 2 * DAY]))

    assert (found.state, found.met_at) == (MET, DUE - DAY)


def test_an_org_without_activities_is_judged_by_its_chatter_and_one_without_either_not_at_all() -> None:
    assert contact(Heard(chatter=[DUE])).state is MET
    assert contact(Heard(activities=[DUE])).state is MET
    assert kinds(judged(Heard())) == [PLAN, MilestoneKind.RESOLUTION]


def test_no_contact_is_missed_before_the_mirror_has_passed_its_due_time() -> None:
    assert contact(through=DUE).state is OPEN
    assert contact(through=DUE + SECOND).state is VIOLATED


def test_no_contact_is_missed_before_the_activities_are_known_through_its_due_time() -> None:
    """Other streams are read at every poll, activities take turns."""
    behind = judged(Heard((), (), activities_through=DUE), through=DUE + HOUR)
    caught_up = judged(Heard((), (), activities_through=DUE + SECOND), through=DUE + HOUR)

    assert milestone(behind, CONTACT).state is OPEN
    assert behind.again_at == DUE + HOUR
    assert milestone(caught_up, CONTACT).state is VIOLATED


def test_a_contact_is_asked_again_about_when_it_is_due() -> None:
    resolved = replace(planned(), raw_colour="Green")

    assert judged(through=DUE - HOUR, client=resolved).again_at == DUE


def test_a_second_contact_is_asked_for_where_it_was_added() -> None:
    assert SECOND_CONTACT not in kinds(judged())

    found = contact(kind=SECOND_CONTACT, client=planned(second_follow_up=True))

    assert (found.due, found.state) == (SECOND_DUE, VIOLATED)


@pytest.mark.parametrize(
    ("talk", "first", "second"),
    [
        ([DUE], MET, VIOLATED),
        ([DUE, DUE + SECOND], MET, MET),
        ([DUE, SECOND_DUE], MET, MET),
        ([DUE, SECOND_DUE + SECOND], MET, LATE),
        ([DUE + DAY], LATE, MET),
    ],
)
def test_the_second_contact_is_shown_by_talk_after_the_first_was_due(
    talk: list[datetime], first: MilestoneState, second: MilestoneState
) -> None:
    found = judged(Heard(talk, ()), client=planned(second_follow_up=True))

    assert [milestone(found, kind).state for kind in (CONTACT, SECOND_CONTACT)] == [first, second]


def test_after_red_no_contact_is_asked_for() -> None:
    found = contact(client=planned("Red"))

    assert (found.state, found.reason, found.due) == (CANCELLED, "side_lost", DUE)


def test_after_green_the_contact_is_still_asked_for() -> None:
    assert contact(client=planned("Green")).state is VIOLATED


def test_each_side_owes_its_own_contact() -> None:
    record = sli(planned(), planned("Red"))

    found = judge(record, [], {}, context(LONG_AFTER), QUIET)

    assert [milestone(found, CONTACT, side=side).state for side in (CLIENT, REFERRAL)] == [
        VIOLATED,
        CANCELLED,
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"deleted": True}, "record_deleted"), ({"sides": {CLIENT: facts("N/A")}}, "side_no_longer_applies")],
)
def test_a_contact_is_cancelled_with_its_side(change: dict, reason: str) -> None:
    record = sli(planned(), modified=CREATED + 2 * DAY)
    first = judge(record, [], {}, context(CREATED + DAY, tracked=tracked(*TRACKED)), QUIET)
    assert milestone(first, CONTACT).state is OPEN

    later = replace(record, **change)
    rows = [colour_row(CREATED + 2 * DAY, "Orange", "N/A")] if "sides" in change else []
    found = judge(later, rows, first.memory, context(LONG_AFTER, tracked=tracked(*TRACKED)), QUIET)

    assert [(m.state, m.reason) for m in found.milestones if m.kind is CONTACT] == [(CANCELLED, reason)]


def test_a_contact_due_after_the_resolution_asks_for_an_exception() -> None:
    """D12: the plan was written on day 20 after the incident, so the contact is due on day 34."""
    record = sli(planned(), incident=date(2026, 5, 12))
    found = judge(record, [], {}, context(CREATED + DAY), QUIET)

    (asked,) = [f for f in found.findings if f.code == "contact_after_due"]
    assert (asked.side, asked.detail, asked.since) == (CLIENT, "follow-up", CREATED)


def test_no_exception_is_asked_for_once_it_is_granted_the_side_resolved_or_the_contact_made() -> None:
    record = sli(planned(), incident=date(2026, 5, 12))

    def asks(record: Intervention, heard: Heard = QUIET) -> bool:
        return "contact_after_due" in codes(judge(record, [], {}, context(CREATED + DAY), heard))

    assert asks(record)
    assert not asks(replace(record, incident_date=date(2026, 6, 1)))
    assert not asks(replace(record, sides={CLIENT: planned("Green")}))
    assert not asks(record, Heard([OPENS], ()))


@pytest.mark.parametrize(
    "client",
    [planned(), planned(second_follow_up=True), planned("Red"), planned(follow_up_from=date(2026, 6, 10))],
)
@pytest.mark.parametrize("talk", [(), (DUE,), (DUE + DAY,)])
def test_an_audit_judges_a_contact_again_from_its_stored_inputs(
    client: SideFacts, talk: tuple[datetime, ...]
) -> None:
    for found in judged(Heard(talk, (), DUE + HOUR), client=client).milestones:
        stored = replace(found, inputs=json.loads(json.dumps(dict(found.inputs))))

        assert differences(stored) == []
