"""Windows, evidence, exclusions and exceptions of the touch points (D21 to D23, D25)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from agent.quality.touch_points import Assignment, Contact, Excluded, State, TouchPoint, touch_points
from tests.quality.quality_cases import (
    ALL,
    CHECK_INS,
    CSM,
    DAY_1,
    DAY_7,
    DAY_14,
    IN_TIME,
    INTRODUCTION,
    LATER,
    START,
    ZONE,
    contact,
    definition,
    episode,
    points_of,
    rules,
)

SECOND = timedelta(seconds=1)


def states(points: list[TouchPoint]) -> dict[str, State]:
    return {p.activity: p.state for p in points}


def test_the_windows_open_and_close_as_the_company_says() -> None:
    windows = {p.activity: (p.opens, p.closes) for p in points_of("a")}
    end_of_day_7 = datetime(2026, 3, 9, 23, 59, 59, tzinfo=ZONE).astimezone(UTC)
    end_of_day_14 = datetime(2026, 3, 16, 23, 59, 59, tzinfo=ZONE).astimezone(UTC)
    assert windows == {
        INTRODUCTION: (START - timedelta(days=14), START + timedelta(hours=4)),
        DAY_1: (START, START + timedelta(hours=24)),
        DAY_7: (START + timedelta(hours=24), end_of_day_7),
        DAY_14: (end_of_day_7, end_of_day_14),
    }


def test_24_hours_elapse_across_a_daylight_saving_night() -> None:
    night = datetime(2026, 3, 7, 22, tzinfo=ZONE)
    [point] = [
        p
        for p in touch_points(
            episode(first_shift_start=night, first_shift_end=night), [], definition(), LATER
        )
        if p.activity == DAY_1
    ]
    assert point.closes - point.opens == timedelta(hours=24)
    assert point.closes.astimezone(ZONE).hour == 23


@pytest.mark.parametrize(
    ("late_by", "state"), [(timedelta(0), State.MET), (SECOND, State.LATE)], ids=["at", "after"]
)
def test_a_contact_at_the_closing_second_is_in_time(late_by: timedelta, state: State) -> None:
    at = START + timedelta(hours=24) + late_by
    made = [
        contact(INTRODUCTION, IN_TIME[INTRODUCTION]),
        contact(DAY_7, IN_TIME[DAY_7]),
        contact(DAY_14, IN_TIME[DAY_14]),
    ]
    points = touch_points(episode(), [*made, contact(DAY_1, at)], definition(), LATER)
    # A second later the call falls into the seven days' window, whose own call was made; it is only late.
    assert states(points)[DAY_1] is state


def test_one_call_on_the_first_day_does_not_satisfy_three_check_ins() -> None:
    points = touch_points(episode(), [contact(DAY_1, START + timedelta(hours=2))], definition(), LATER)
    assert states(points) == {
        INTRODUCTION: State.MISSED,
        DAY_1: State.MET,
        DAY_7: State.MISSED,
        DAY_14: State.MISSED,
    }


def test_a_contact_that_is_needed_in_time_is_not_spent_on_a_late_one() -> None:
    points = touch_points(episode(), [contact(DAY_7, START + timedelta(days=3))], definition(), LATER)
    assert states(points)[DAY_1] is State.MISSED
    assert states(points)[DAY_7] is State.MET


def test_the_month_is_that_of_the_windows_end_on_the_offices_clock() -> None:
    start = datetime(2026, 3, 18, 3, tzinfo=UTC)  # the evening of the 17th in Chicago
    points = touch_points(episode(first_shift_start=start, first_shift_end=start), [], definition(), LATER)
    assert {p.activity: p.month for p in points}[DAY_14] == "2026-03"
    start = datetime(2026, 3, 18, 6, tzinfo=UTC)
    points = touch_points(episode(first_shift_start=start, first_shift_end=start), [], definition(), LATER)
    assert {p.activity: p.month for p in points}[DAY_14] == "2026-04"


def test_a_window_that_is_not_over_is_pending_and_what_was_done_in_it_is_met() -> None:
    through = START + timedelta(days=3)
    points = touch_points(
        episode(), [contact(name, IN_TIME[name]) for name in (INTRODUCTION, DAY_1)], definition(), through
    )
    assert states(points) == {
        INTRODUCTION: State.MET,
        DAY_1: State.MET,
        DAY_7: State.PENDING,
        DAY_14: State.PENDING,
    }


@pytest.mark.parametrize(
    ("traits", "why"),
    [
        ({"first_shift_start": None, "expected_start": START}, Excluded.NEVER_STARTED),
        ({"ended_at": START + timedelta(hours=1)}, Excluded.SERVICE_ENDED),
        ({"duplicate_of": "e-other"}, Excluded.DUPLICATE),
        (
            {
                "first_shift_start": datetime(2026, 1, 31, 15, tzinfo=UTC),
                "first_shift_end": datetime(2026, 1, 31, 19, tzinfo=UTC),
            },
            Excluded.BEFORE_ITS_DATE,
        ),
    ],
)
def test_what_never_counts_is_excluded_with_its_reason(traits: dict[str, object], why: Excluded) -> None:
    points = points_of("a", (), **traits)
    assert {(p.state, p.why) for p in points} == {(State.EXCLUDED, why.value)}


def test_service_that_ends_on_day_5_leaves_the_later_ones_never_due() -> None:
    points = points_of("c", (INTRODUCTION,), ended_at=START + timedelta(days=5))
    assert states(points) == {
        INTRODUCTION: State.MET,
        DAY_1: State.MISSED,
        DAY_7: State.EXCLUDED,
        DAY_14: State.EXCLUDED,
    }


def test_a_colleagues_contact_counts_only_where_the_definition_says_so() -> None:
    made = [contact(name, IN_TIME[name], by="005COLLEAGUE") for name in ALL]
    assert set(states(touch_points(episode(), made, definition(), LATER)).values()) == {State.MISSED}
    covered = touch_points(episode(), made, definition(credit_cover=True), LATER)
    assert set(states(covered).values()) == {State.MET}


def test_a_transfer_moves_the_touch_points_that_close_after_it_and_loses_none() -> None:
    moved = (Assignment(START - timedelta(days=30), CSM), Assignment(START + timedelta(days=2), "005NEW"))
    points = touch_points(episode(assignments=moved), [], definition(), LATER)
    assert {p.activity: p.csm for p in points} == {
        INTRODUCTION: CSM,
        DAY_1: CSM,
        DAY_7: "005NEW",
        DAY_14: "005NEW",
    }
    assert {p.key for p in points} == {p.key for p in points_of("c1", ())}


def test_a_client_nobody_was_assigned_to_has_no_csm() -> None:
    assert {p.csm for p in points_of("a", assignments=())} == {None}


def test_an_approved_exception_keeps_what_the_evidence_says_beside_it() -> None:
    own = episode()
    approved = {(own.id, DAY_7): "hospital"}
    point = touch_points(own, [], definition(), LATER, approved)[2]
    assert (point.state, point.stands, point.why) == (State.EXCEPTION, State.MISSED, "hospital")
    pending = touch_points(own, [], definition(), START, approved)[2]
    assert pending.state is State.PENDING


def test_a_touch_point_added_in_june_applies_to_starts_of_care_from_then_on() -> None:
    added = rules()[-1].model_copy(update={"activity": "survey", "since": date(2026, 6, 1)})
    extended = definition(touch_points=[*rules(), added])
    points = touch_points(episode(), [], extended, LATER)
    assert points[:4] == touch_points(episode(), [], definition(), LATER)
    assert points[4].why == Excluded.BEFORE_ITS_DATE.value


def test_contacts_for_another_activity_serve_nothing() -> None:
    stray = Contact("x", IN_TIME[DAY_1], CSM, frozenset({"birthday_card"}))
    assert set(states(touch_points(episode(), [stray], definition(), LATER)).values()) == {State.MISSED}
    assert frozenset(ALL) > CHECK_INS


def test_an_episode_without_any_start_is_refused_with_what_to_mend() -> None:
    with pytest.raises(ValueError, match="neither a first shift nor an expected one"):
        touch_points(episode(first_shift_start=None), [], definition(), LATER)
