"""Definitions that follow one another: what an older one counted stays as it was, and nothing is lost (I5, D25)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.mapping.definitions import Anchor, Definition, Edge, Excluded
from agent.quality.episodes import Assignment, Contact, Episode
from agent.quality.touch_points import State, TouchPoint, next_change
from tests.quality.quality_cases import (
    CSM,
    DAY_1,
    DAY_7,
    DAY_14,
    INTRODUCTION,
    LATER,
    definition,
    episode,
    judged,
    rules,
)
from tests.quality.random_care import FIRST_START, Care, half_days, some_care

SURVEY = "survey"
LATE_MAY = datetime(2026, 5, 23, 15, tzinfo=UTC)
"""Its introduction, 24-hour and 7-day check-in close in May, its 14-day one in June."""


def began(start: datetime, **traits: object) -> Episode:
    return episode(first_shift_start=start, first_shift_end=start + timedelta(hours=4), **traits)


def june(**traits: object) -> Definition:
    """As before, and a survey within 20 days for whoever starts from June on."""
    survey = rules()[-1].model_copy(
        update={
            "activity": SURVEY,
            "since": date(2026, 6, 1),
            "closes": Edge(anchor=Anchor.FIRST_SHIFT_START, days=20),
        }
    )
    given_or_usual = {"touch_points": [*rules(), survey], **traits}
    return definition(version="v2026_06", first_month="2026-06", **given_or_usual)


def with_seventh_day(days: int) -> Definition:
    """From June on the 7-day check-in may take so many days."""
    moved = [
        rule.model_copy(update={"closes": Edge(anchor=Anchor.FIRST_SHIFT_START, days=days)})
        if rule.activity == DAY_7
        else rule
        for rule in rules()
    ]
    return june(touch_points=moved)


def versions_of(points: list[TouchPoint]) -> dict[str, tuple[str, str]]:
    return {p.activity: (p.version, p.month) for p in points}


def test_each_touch_point_belongs_to_the_version_in_force_when_it_closes() -> None:
    assert versions_of(judged(began(LATE_MAY), [], definition(), june())) == {
        INTRODUCTION: ("v2026_02", "2026-05"),
        DAY_1: ("v2026_02", "2026-05"),
        DAY_7: ("v2026_02", "2026-05"),
        DAY_14: ("v2026_06", "2026-06"),
        SURVEY: ("v2026_06", "2026-06"),
    }


def test_a_touch_point_added_in_june_is_not_due_from_who_started_in_may() -> None:
    [survey] = [p for p in judged(began(LATE_MAY), [], definition(), june()) if p.activity == SURVEY]
    assert (survey.state, survey.why) == (State.EXCLUDED, Excluded.BEFORE_ITS_DATE.value)


def test_what_the_new_version_would_close_in_may_stays_with_the_old_one() -> None:
    start = LATE_MAY + timedelta(days=2)
    shorter = judged(began(start), [], definition(), with_seventh_day(5))
    assert versions_of(judged(began(start)))[DAY_7] == ("v2026_02", "2026-06")
    assert versions_of(shorter)[DAY_7] == ("v2026_02", "2026-06")


def test_what_the_old_version_closed_in_may_is_not_put_off_to_june_by_the_new_one() -> None:
    longer = judged(began(LATE_MAY), [], definition(), with_seventh_day(12))
    assert versions_of(longer)[DAY_7] == ("v2026_02", "2026-05")


def test_a_version_for_new_starts_of_care_leaves_the_old_ones_with_the_version_before() -> None:
    later = june(starts_from=date(2026, 6, 1))
    assert {p.version for p in judged(began(LATE_MAY), [], definition(), later)} == {"v2026_02"}
    from_june = judged(began(datetime(2026, 6, 1, 15, tzinfo=UTC)), [], definition(), later)
    assert {p.version for p in from_june} == {"v2026_06"}


def test_the_first_day_of_a_version_is_a_day_on_the_offices_clock() -> None:
    later = june(starts_from=date(2026, 6, 1))
    evening_of_may_31 = judged(began(datetime(2026, 6, 1, 4, tzinfo=UTC)), [], definition(), later)
    assert {p.version for p in evening_of_may_31} == {"v2026_02"}


def test_what_a_version_no_longer_asks_for_ends_with_its_first_month() -> None:
    fewer = june(touch_points=[rule for rule in rules() if rule.activity not in {DAY_7, DAY_14}])
    assert set(versions_of(judged(began(LATE_MAY), [], definition(), fewer))) == {INTRODUCTION, DAY_1, DAY_7}


def test_what_closes_before_the_first_version_is_in_force_is_no_touch_point() -> None:
    start = datetime(2026, 1, 24, 15, tzinfo=UTC)
    points = judged(began(start))
    assert {p.activity: p.why for p in points} == {DAY_14: Excluded.BEFORE_ITS_DATE.value}
    assert judged(began(start - timedelta(days=30))) == []


def test_a_contact_spent_in_may_is_not_spent_again_on_a_touch_point_added_in_june() -> None:
    survey = (
        june()
        .touch_points[-1]
        .model_copy(update={"since": date(2026, 5, 1), "opens": Edge(anchor=Anchor.FIRST_SHIFT_START)})
    )
    only = [Contact("one", LATE_MAY + timedelta(days=3), CSM, frozenset({DAY_7, SURVEY}))]
    points = judged(began(LATE_MAY), only, definition(), june(touch_points=[*rules(), survey]))
    assert {p.activity: p.contact for p in points if p.contact} == {DAY_7: "one"}


def test_a_late_call_that_may_was_shown_stays_mays_though_june_asks_for_one_more() -> None:
    """Else a definition of June would turn a late check-in of May into a missed one."""
    survey = june().touch_points[-1].model_copy(update={"since": date(2026, 5, 1)})
    call = [Contact("call", LATE_MAY + timedelta(days=17), CSM, frozenset({DAY_7, SURVEY}))]
    by_both = judged(began(LATE_MAY), call, definition(), june(touch_points=[*rules(), survey]))
    by_old = judged(began(LATE_MAY), call)
    assert by_both[:3] == by_old[:3]
    assert by_old[2].state is State.LATE


@given(some_care(versions=2))
def test_a_new_version_leaves_every_month_before_its_first_as_it_was(care: Care) -> None:
    newest = care.versions[-1].first_month
    older = care._replace(versions=care.versions[:-1])
    before, after = ([p for p in one.judged() if p.month < newest] for one in (older, care))
    assert after == before


@given(some_care(versions=2))
def test_no_touch_point_is_lost_or_doubled_between_versions(care: Care) -> None:
    points, older = care.judged(), care._replace(versions=care.versions[:-1]).judged()
    asked = {rule.activity for rule in care.versions[-1].touch_points}
    first = {d.version: d.first_month for d in care.versions}
    keys = [p.key for p in points]
    assert len(set(keys)) == len(keys)
    assert {p.key for p in older if p.activity in asked} <= set(keys)
    assert all(p.month >= first[p.version] for p in points)


@given(some_care(), st.integers(0, 90))
def test_a_transfer_moves_touch_points_and_loses_none(care: Care, after: int) -> None:
    since = care.episode.assignments[-1].since + timedelta(hours=12 * after)
    moved = replace(care.episode, assignments=(*care.episode.assignments, Assignment(since, "005NEW")))
    before, then = care.judged(), care._replace(episode=moved).judged()
    assert [p.key for p in then] == [p.key for p in before]
    assert [p.csm for p in then] == ["005NEW" if p.closes >= since else p.csm for p in before]


@given(some_care(), half_days, st.integers(0, 60))
def test_nothing_changes_by_itself_before_the_next_change(care: Care, at: int, more: int) -> None:
    through = FIRST_START + timedelta(hours=12 * at)
    points = care.judged(through)
    change = next_change(points, care.contacts, through) or LATER
    later = max(through, min(through + timedelta(hours=12 * more), change - timedelta(seconds=1)))
    assert care.judged(later) == points
