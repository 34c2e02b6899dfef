"""The life of an intervention: edges of its clocks, and what its people change on the way (D1-D6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rules_cases import (
    CLIENT,
    CREATED,
    DAY,
    DELEGATE,
    DIRECTOR,
    GOOD_PLAN,
    HOUR,
    MAPPING,
    PLAN,
    REFERRAL,
    RESOLUTION,
    SECOND,
    SOMEBODY,
    codes,
    colour_row,
    context,
    exception_row,
    facts,
    milestone,
    plan_row,
    sli,
    tracked,
)

from agent.model import FieldChange, Intervention, Judgement, MilestoneState, SideFacts
from agent.rules.judge import judge

OPEN, MET, LATE, VIOLATED, CANCELLED = (
    MilestoneState.OPEN,
    MilestoneState.MET,
    MilestoneState.MET_LATE,
    MilestoneState.VIOLATED,
    MilestoneState.CANCELLED,
)
CLIENT_COLOUR, REFERRAL_COLOUR = (MAPPING.intervention.sides[side].colour for side in (CLIENT, REFERRAL))
PLAN_FIELD = MAPPING.intervention.sides[CLIENT].plan
TRACKED = tracked(CLIENT_COLOUR, REFERRAL_COLOUR, PLAN_FIELD)
RESOLUTION_DUE = datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)
UNTIL = date(2026, 8, 14)
EXCEPTION_DUE = datetime(2026, 8, 15, 4, 59, 59, tzinfo=UTC)


def on(
    record: Intervention, *history: FieldChange, through: datetime, memory: dict | None = None
) -> Judgement:
    return judge(record, list(history), memory or {}, context(through, tracked=TRACKED))


# The two clocks to the second.


@pytest.mark.parametrize(
    "submitted",
    [
        datetime(2026, 3, 7, 22, 0, tzinfo=UTC),  # Clocks go forward in that night ...
        datetime(2026, 10, 31, 22, 0, tzinfo=UTC),  # ... and back in this one.
    ],
)
@pytest.mark.parametrize(("after", "state"), [(24 * HOUR, MET), (24 * HOUR + SECOND, LATE)])
def test_24_00_00_is_in_time_and_24_00_01_late_on_both_daylight_saving_nights(
    submitted: datetime, after: timedelta, state: MilestoneState
) -> None:
    done = submitted + after
    record = sli(facts("Orange", GOOD_PLAN), created=submitted, modified=done, incident=submitted.date())

    found = on(record, plan_row(done, "TBD", GOOD_PLAN), through=done + HOUR)

    assert milestone(found, PLAN).state is state
    assert milestone(found, PLAN).due == submitted + 24 * HOUR


@pytest.mark.parametrize(
    ("zone", "incident", "last_second"),
    [
        ("America/New_York", date(2026, 6, 1), "2026-07-01T23:59:59-04:00"),
        ("America/Chicago", date(2026, 6, 1), "2026-07-01T23:59:59-05:00"),
        ("America/Phoenix", date(2026, 6, 1), "2026-07-01T23:59:59-07:00"),
        ("Pacific/Honolulu", date(2026, 6, 1), "2026-07-01T23:59:59-10:00"),
        ("America/Chicago", date(2028, 1, 30), "2028-02-29T23:59:59-06:00"),  # the leap day
        ("America/Chicago", date(2026, 10, 2), "2026-11-01T23:59:59-06:00"),  # the day of 25 hours
        ("America/Chicago", date(2026, 2, 6), "2026-03-08T23:59:59-05:00"),  # the day of 23 hours
    ],
)
@pytest.mark.parametrize(("after", "state"), [(0 * SECOND, MET), (SECOND, LATE)])
def test_the_30_days_end_with_the_last_second_of_the_offices_day_for_an_incident_that_is_only_a_date(
    zone: str, incident: date, last_second: str, after: timedelta, state: MilestoneState
) -> None:
    due = datetime.fromisoformat(last_second).astimezone(UTC)
    submitted, resolved = due - 20 * DAY, due + after
    record = sli(facts("Green", GOOD_PLAN), created=submitted, modified=resolved, incident=incident)
    around = context(due + DAY, zone=ZoneInfo(zone), tracked=TRACKED)

    found = judge(record, [colour_row(resolved, "Orange", "Green")], {}, around)

    assert milestone(found, RESOLUTION).due == due
    assert milestone(found, RESOLUTION).state is state


# Sides that appear and vanish.


def test_a_side_that_appears_on_day_3_has_its_own_24_hours_and_the_same_30_days() -> None:
    appeared = CREATED + 3 * DAY
    record = sli(facts("Orange", GOOD_PLAN), facts("Orange"), modified=appeared)

    found = on(record, colour_row(appeared, None, "Orange", side=REFERRAL), through=appeared + 25 * HOUR)

    client, referral = (milestone(found, PLAN, side=side) for side in (CLIENT, REFERRAL))
    assert (client.due, client.state) == (CREATED + 24 * HOUR, MET)
    assert (referral.clock_start, referral.due, referral.state) == (appeared, appeared + 24 * HOUR, VIOLATED)
    assert {milestone(found, RESOLUTION, side=side).due for side in (CLIENT, REFERRAL)} == {RESOLUTION_DUE}


def test_a_side_that_vanishes_is_cancelled_with_the_reason_and_keeps_the_other_sides_clock() -> None:
    gone = CREATED + 2 * DAY
    record = sli(facts("Orange"), facts("N/A"), modified=gone)

    found = on(record, colour_row(gone, "Orange", "N/A", side=REFERRAL), through=CREATED + 40 * DAY)

    for kind in (PLAN, RESOLUTION):
        vanished = milestone(found, kind, side=REFERRAL)
        assert (vanished.state, vanished.reason) == (CANCELLED, "side_no_longer_applies")
        assert milestone(found, kind).state is VIOLATED


# A plan written and cleared again.


def test_a_plan_cleared_and_rewritten_was_documented_when_it_was_first() -> None:
    written, cleared, again = (CREATED + n * HOUR for n in (5, 30, 50))
    rows = [plan_row(written, None, "Call the family"), plan_row(cleared, "Call the family", None)]
    record = sli(facts("Orange"), modified=cleared)

    empty = on(record, *rows, through=cleared + HOUR)
    rewritten = on(
        sli(facts("Orange", "Visit them"), modified=again),
        *rows,
        plan_row(again, None, "Visit them"),
        through=again + HOUR,
        memory=dict(empty.memory),
    )

    for found in (empty, rewritten):
        assert (milestone(found, PLAN).state, milestone(found, PLAN).met_at) == (MET, written)
    assert "plan_cleared" in codes(empty)
    assert "plan_cleared" not in codes(rewritten)


# Colours that move back.


def test_a_colour_moving_back_opens_the_sli_and_restarts_nothing() -> None:
    green, back = CREATED + 5 * DAY, CREATED + 40 * DAY
    rows = [colour_row(green, "Orange", "Green"), colour_row(back, "Green", "Yellow")]
    record = sli(facts("Yellow", GOOD_PLAN), modified=back)

    found = on(record, *rows, through=back + DAY)

    resolution = milestone(found, RESOLUTION)
    assert (resolution.state, resolution.met_at, resolution.due) == (MET, green, RESOLUTION_DUE)
    assert milestone(found, PLAN).clock_start == CREATED
    assert found.open
    assert "reopened" in codes(found)


# An incident date that is edited.


def test_an_edited_incident_date_makes_a_new_deadline_as_long_as_the_side_is_not_resolved() -> None:
    record = sli(facts("Orange", GOOD_PLAN), incident=date(2026, 5, 20))
    through = CREATED + 25 * DAY
    overdue = on(record, through=through)
    edited = on(replace(record, incident_date=date(2026, 6, 1)), through=through, memory=dict(overdue.memory))

    assert milestone(overdue, RESOLUTION).state is VIOLATED
    assert (milestone(edited, RESOLUTION).due, milestone(edited, RESOLUTION).state) == (RESOLUTION_DUE, OPEN)
    assert milestone(edited, PLAN) == milestone(overdue, PLAN)


# Another office, another referral account.


def test_another_office_ends_the_30th_day_in_its_own_zone_and_leaves_the_24_hours_alone() -> None:
    record = sli(facts("Orange"))
    chicago, honolulu = (
        judge(record, [], {}, context(CREATED, zone=ZoneInfo(name)))
        for name in ("America/Chicago", "Pacific/Honolulu")
    )

    assert milestone(honolulu, RESOLUTION).due == milestone(chicago, RESOLUTION).due + 5 * HOUR
    assert milestone(honolulu, PLAN).due == milestone(chicago, PLAN).due


def test_another_referral_account_brings_another_director_for_exceptions_to_come() -> None:
    rows = [
        replace(exception_row(CREATED + DAY, UNTIL, by="005OTHER_RD"), field="Referral_Exception_Until__c")
    ]
    record = sli(None, excepted(), modified=CREATED + DAY)
    before = judge(record, rows, {}, context(CREATED + 2 * DAY))
    moved = replace(context(CREATED + 3 * DAY), directors={REFERRAL: frozenset({"005THIRD_RD"})})

    granted_before = judge(record, rows, before.memory, moved)
    set_afterwards = judge(record, rows, {}, moved)

    for found in (before, granted_before):
        assert milestone(found, RESOLUTION, side=REFERRAL).due == EXCEPTION_DUE
    assert milestone(set_afterwards, RESOLUTION, side=REFERRAL).due == RESOLUTION_DUE


# Deleted and restored.


def test_a_deleted_sli_is_asked_for_nothing_and_a_restored_one_for_all_it_was_asked_before() -> None:
    record = sli(facts("Orange"), modified=CREATED)
    first = on(record, through=CREATED + HOUR)
    deleted = on(replace(record, deleted=True), through=CREATED + 2 * DAY, memory=dict(first.memory))
    restored = on(record, through=CREATED + 3 * DAY, memory=dict(deleted.memory))

    assert {(m.state, m.reason) for m in deleted.milestones} == {(CANCELLED, "record_deleted")}
    assert (deleted.again_at, deleted.open, deleted.findings) == (None, False, ())
    assert [(m.kind, m.due, m.clock_start) for m in restored.milestones] == [
        (m.kind, m.due, m.clock_start) for m in first.milestones
    ]
    assert milestone(restored, PLAN).state is VIOLATED


def test_what_was_met_before_a_deletion_is_met_after_the_restoration() -> None:
    met = on(sli(facts("Orange", GOOD_PLAN)), through=CREATED + HOUR)
    cleared = sli(facts("Orange"), modified=CREATED + DAY)
    deleted = on(replace(cleared, deleted=True), through=CREATED + 2 * DAY, memory=dict(met.memory))

    restored = on(cleared, plan_row(CREATED + DAY), through=CREATED + 3 * DAY, memory=dict(deleted.memory))

    assert milestone(restored, PLAN) == milestone(met, PLAN)


# Exceptions.


def excepted(until: date = UNTIL, reason: str | None = "The family travels.") -> SideFacts:
    return facts("Orange", GOOD_PLAN, exception_until=until, exception_reason=reason)


def test_an_exception_by_someone_who_merely_names_the_director_is_refused() -> None:
    record = sli(excepted(reason=f"Granted by {DIRECTOR}, the Regional Director"), modified=CREATED + DAY)

    found = on(record, exception_row(CREATED + DAY, UNTIL, by=SOMEBODY), through=CREATED + 2 * DAY)

    assert milestone(found, RESOLUTION).due == RESOLUTION_DUE
    assert [(f.side, f.detail) for f in found.findings if f.code == "exception_refused"] == [
        (CLIENT, "not_the_regional_director")
    ]


@pytest.mark.parametrize("by", [DIRECTOR, DELEGATE])
def test_an_exception_by_the_director_or_a_delegate_moves_the_deadline_and_when_it_ends_the_clock_goes_on(
    by: str,
) -> None:
    recipients = MAPPING.recipients.model_copy(update={"exception_delegates": [DELEGATE]})
    mapping = MAPPING.model_copy(update={"recipients": recipients})
    record = sli(excepted(), modified=CREATED + 20 * DAY)
    rows = [exception_row(CREATED + 20 * DAY, UNTIL, by=by)]

    for through, state in ((EXCEPTION_DUE, OPEN), (EXCEPTION_DUE + SECOND, VIOLATED)):
        resolution = milestone(judge(record, rows, {}, context(through, mapping=mapping)), RESOLUTION)
        assert (resolution.due, resolution.state) == (EXCEPTION_DUE, state)


def test_each_sides_exception_needs_that_sides_own_director() -> None:
    record = sli(excepted(), excepted(), modified=CREATED + DAY)

    def due_of(side: object, by: str) -> datetime:
        field = MAPPING.intervention.sides[side].exception_until  # type: ignore[index]
        row = replace(exception_row(CREATED + DAY, UNTIL, by=by), field=field)
        return milestone(on(record, row, through=CREATED + 2 * DAY), RESOLUTION, side=side).due

    assert due_of(CLIENT, DIRECTOR) == due_of(REFERRAL, "005OTHER_RD") == EXCEPTION_DUE
    assert due_of(CLIENT, "005OTHER_RD") == due_of(REFERRAL, DIRECTOR) == RESOLUTION_DUE


def test_an_exception_never_hides_an_sli() -> None:
    found = on(
        sli(excepted(), modified=CREATED + DAY),
        exception_row(CREATED + DAY, UNTIL),
        through=RESOLUTION_DUE + DAY,
    )

    assert found.open
    assert milestone(found, RESOLUTION).state is OPEN


def test_an_exception_that_is_taken_back_brings_the_regular_deadline_back() -> None:
    set_at, back_at = CREATED + DAY, RESOLUTION_DUE + DAY
    rows = [exception_row(set_at, UNTIL)]
    granted = on(sli(excepted(), modified=set_at), *rows, through=RESOLUTION_DUE + HOUR)
    rows.append(FieldChange("Client_Exception_Until__c", back_at, SOMEBODY, UNTIL, None))

    taken_back = on(
        sli(facts("Orange", GOOD_PLAN), modified=back_at),
        *rows,
        through=back_at + HOUR,
        memory=dict(granted.memory),
    )

    assert milestone(granted, RESOLUTION).state is OPEN
    assert (milestone(taken_back, RESOLUTION).due, milestone(taken_back, RESOLUTION).state) == (
        RESOLUTION_DUE,
        VIOLATED,
    )
