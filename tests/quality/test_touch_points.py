"""Windows, evidence, exclusions and exceptions of the touch points (D21 to D23, D25)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from agent.mapping.definitions import Anchor, Definitions, Edge, Excluded
from agent.quality.episodes import Assignment, Contact
from agent.quality.touch_points import State, TouchPoint, next_change, touch_points
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
    judged,
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
        p for p in judged(episode(first_shift_start=night, first_shift_end=night)) if p.activity == DAY_1
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
    points = judged(episode(), [*made, contact(DAY_1, at)])
    # A second later the call falls into the seven days' window, whose own call was made; it is only late.
    assert states(points)[DAY_1] is state


def test_one_call_on_the_first_day_does_not_satisfy_three_check_ins() -> None:
    points = judged(episode(), [contact(DAY_1, START + timedelta(hours=2))])
    assert states(points) == {
        INTRODUCTION: State.MISSED,
        DAY_1: State.MET,
        DAY_7: State.MISSED,
        DAY_14: State.MISSED,
    }


def test_a_contact_that_is_needed_in_time_is_not_spent_on_a_late_one() -> None:
    points = judged(episode(), [contact(DAY_7, START + timedelta(days=3))])
    assert states(points)[DAY_1] is State.MISSED
    assert states(points)[DAY_7] is State.MET


def test_the_month_is_that_of_the_windows_end_on_the_offices_clock() -> None:
    start = datetime(2026, 3, 18, 3, tzinfo=UTC)  # the evening of the 17th in Chicago
    points = judged(episode(first_shift_start=start, first_shift_end=start))
    assert {p.activity: p.month for p in points}[DAY_14] == "2026-03"
    start = datetime(2026, 3, 18, 6, tzinfo=UTC)
    points = judged(episode(first_shift_start=start, first_shift_end=start))
    assert {p.activity: p.month for p in points}[DAY_14] == "2026-04"


def test_a_window_that_is_not_over_is_pending_and_what_was_done_in_it_is_met() -> None:
    through = START + timedelta(days=3)
    made = [contact(name, IN_TIME[name]) for name in (INTRODUCTION, DAY_1)]
    points = judged(episode(), made, through=through)
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
    assert set(states(judged(episode(), made)).values()) == {State.MISSED}
    covered = judged(episode(), made, definition(credit_cover=True))
    assert set(states(covered).values()) == {State.MET}


def test_a_transfer_moves_the_touch_points_that_close_after_it_and_loses_none() -> None:
    moved = (Assignment(START - timedelta(days=30), CSM), Assignment(START + timedelta(days=2), "005NEW"))
    points = judged(episode(assignments=moved))
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
    point = judged(own, exceptions=approved)[2]
    assert (point.state, point.stands, point.why) == (State.EXCEPTION, State.MISSED, "hospital")
    pending = judged(own, through=START, exceptions=approved)[2]
    assert pending.state is State.PENDING


def test_a_touch_point_added_in_june_applies_to_starts_of_care_from_then_on() -> None:
    added = rules()[-1].model_copy(update={"activity": "survey", "since": date(2026, 6, 1)})
    extended = definition(touch_points=[*rules(), added])
    points = judged(episode(), [], extended)
    assert points[:4] == judged(episode())
    assert points[4].why == Excluded.BEFORE_ITS_DATE.value


def test_contacts_for_another_activity_serve_nothing() -> None:
    stray = Contact("x", IN_TIME[DAY_1], CSM, frozenset({"birthday_card"}))
    assert set(states(judged(episode(), [stray])).values()) == {State.MISSED}
    assert frozenset(ALL) > CHECK_INS


def test_an_episode_without_any_start_is_refused_with_what_to_mend() -> None:
    with pytest.raises(ValueError, match="neither a first shift nor an expected one"):
        judged(episode(first_shift_start=None))


@pytest.mark.parametrize(
    ("traits", "reason"),
    [
        ({"ended_at": START + timedelta(hours=1)}, Excluded.SERVICE_ENDED),
        ({"duplicate_of": "e-other"}, Excluded.DUPLICATE),
        ({"first_shift_start": datetime(2026, 1, 31, 15, tzinfo=UTC)}, Excluded.BEFORE_ITS_DATE),
    ],
)
def test_a_reason_that_the_definition_does_not_list_excludes_nothing(
    traits: dict[str, object], reason: Excluded
) -> None:
    unlisted = definition(exclusions=[other for other in Excluded if other is not reason])
    assert set(states(judged(episode(**traits), [], unlisted)).values()) == {State.MISSED}


def test_a_reason_that_is_not_listed_makes_room_for_the_next_that_is() -> None:
    unlisted = definition(exclusions=[Excluded.SERVICE_ENDED])
    both = episode(duplicate_of="e-other", ended_at=START)
    assert {p.why for p in judged(both, [], unlisted)} == {Excluded.SERVICE_ENDED.value}


def test_who_never_started_is_due_by_the_expected_start_where_the_definition_says_so() -> None:
    strict = definition(exclusions=[])
    never = episode(first_shift_start=None, first_shift_end=None, expected_start=START)
    soon, later = (judged(never, [], strict, through=at) for at in (START + timedelta(hours=30), LATER))
    assert states(soon) == {
        INTRODUCTION: State.MISSED,
        DAY_1: State.MISSED,
        DAY_7: State.PENDING,
        DAY_14: State.PENDING,
    }
    assert set(states(later).values()) == {State.MISSED}


def test_an_exception_that_is_not_among_the_definitions_has_no_effect_and_says_so() -> None:
    own = episode()
    point = judged(own, exceptions={(own.id, DAY_7): "holiday"})[2]
    assert (point.state, point.stands) == (State.MISSED, State.MISSED)
    assert point.why == "exception holiday is not among the definition's (v2026_02): it has no effect"


def test_an_exception_concerns_its_own_touch_point_and_excuses_no_exclusion() -> None:
    own = episode(ended_at=START + timedelta(days=2))
    points = judged(own, exceptions={(own.id, DAY_7): "hospital", ("e-other", DAY_1): "hospital"})
    assert states(points)[DAY_1] is State.MISSED
    assert (points[2].state, points[2].why) == (State.EXCLUDED, Excluded.SERVICE_ENDED.value)


def test_a_planned_contact_does_not_count_before_its_hour() -> None:
    planned = [contact(DAY_7, IN_TIME[DAY_7])]
    before, at = (
        judged(episode(), planned, through=IN_TIME[DAY_7] - early) for early in (SECOND, timedelta(0))
    )
    assert (states(before)[DAY_7], before[2].contact) == (State.PENDING, None)
    assert states(at)[DAY_7] is State.MET


def test_the_next_change_is_a_pending_windows_end_or_a_planned_contact() -> None:
    through = START + timedelta(hours=30)
    planned = [contact(DAY_7, IN_TIME[DAY_7])]
    points = judged(episode(), planned, through=through)
    assert next_change(points, [*planned, contact(DAY_1, START)], through) == IN_TIME[DAY_7]
    assert next_change(points, [], through) == points[2].closes
    done = judged(episode(), [])
    assert next_change(done, [], LATER) is None


def test_a_window_counts_as_open_until_the_evidence_is_complete_beyond_its_end() -> None:
    end = START + timedelta(hours=24)
    at, beyond = (states(judged(episode(), through=end + later))[DAY_1] for later in (timedelta(0), SECOND))
    assert (at, beyond) == (State.PENDING, State.MISSED)


def test_a_window_opens_with_its_first_second() -> None:
    opens = START - timedelta(days=14)
    early, at = (
        states(judged(episode(), [contact(INTRODUCTION, when)]))[INTRODUCTION]
        for when in (opens - SECOND, opens)
    )
    assert (early, at) == (State.MISSED, State.MET)


def test_an_opening_in_days_keeps_the_time_of_day_across_a_daylight_saving_night() -> None:
    start = datetime(2026, 3, 10, 22, tzinfo=ZONE)  # the 11th already by UTC
    [introduction, *_] = judged(episode(first_shift_start=start, first_shift_end=start))
    assert introduction.opens.astimezone(ZONE).replace(tzinfo=None) == datetime(2026, 2, 24, 22)  # noqa: DTZ001
    assert introduction.opens.tzinfo is UTC


def test_a_day_ends_on_the_offices_clock_on_the_nights_it_changes() -> None:
    for start, last in (
        (datetime(2026, 3, 1, 9, tzinfo=ZONE), datetime(2026, 3, 8, 23, 59, 59, tzinfo=ZONE)),
        (datetime(2026, 10, 25, 9, tzinfo=ZONE), datetime(2026, 11, 1, 23, 59, 59, tzinfo=ZONE)),
    ):
        points = judged(episode(first_shift_start=start, first_shift_end=start))
        assert points[2].closes == last.astimezone(UTC)


def test_a_window_that_would_close_before_it_opens_is_one_instant() -> None:
    soon = (
        definition()
        .touch_points[1]
        .model_copy(
            update={
                "opens": Edge(anchor=Anchor.FIRST_SHIFT_START, hours=24),
                "closes": Edge(anchor=Anchor.FIRST_SHIFT_END),
            }
        )
    )
    [point] = judged(episode(), [], definition(touch_points=[soon]))
    assert point.opens == point.closes == START + timedelta(hours=24)


@pytest.mark.parametrize("end", [None, START - timedelta(hours=7)])
def test_without_an_end_of_the_first_shift_that_can_be_the_introduction_closes_as_it_starts(
    end: datetime | None,
) -> None:
    """A night's shift is easily entered with its end on the morning before."""
    assert judged(episode(first_shift_end=end))[0].closes == START


def test_of_two_assignments_at_one_instant_the_later_in_order_counts() -> None:
    twice = (Assignment(START, CSM), Assignment(START, "005NEW"))
    assert {p.csm for p in judged(episode(assignments=twice))} == {"005NEW"}
    assert {p.csm for p in judged(episode(assignments=twice[::-1]))} == {CSM}


def test_contacts_may_come_from_anywhere_once() -> None:
    made = (contact(name, IN_TIME[name]) for name in ALL)
    points = touch_points(episode(), made, Definitions(definitions=[definition()]), LATER)
    assert set(states(points).values()) == {State.MET}


def test_a_first_touch_point_has_none_before_it_to_be_reckoned_from() -> None:
    first, *others = rules()
    for edge in ("opens", "closes"):
        wrong = first.model_copy(update={edge: Edge(anchor=Anchor.PREVIOUS_CLOSES)})
        with pytest.raises(ValueError, match="introduction: the first touch point has none before it"):
            definition(touch_points=[wrong, *others])
