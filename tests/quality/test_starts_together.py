"""Starts of care of one client that overlap share what was done for the client: one contact, one touch point (D21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.mapping.definitions import Definition, Definitions
from agent.quality.episodes import Contact, Episode
from agent.quality.touch_points import State, TouchPoint, touch_points
from tests.quality.quality_cases import (
    ALL,
    CHECK_INS,
    CSM,
    DAY_1,
    DAY_7,
    DAY_14,
    IN_TIME,
    LATER,
    START,
    contact,
    definition,
    episode,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def together(
    cares: Sequence[Episode], contacts: Sequence[Contact], terms: Definition | None = None
) -> dict[tuple[str, str], TouchPoint]:
    """Each start of care judged by itself, as the agent does, beside the client's others."""
    known = Definitions(definitions=[terms or definition()])
    judged = (
        touch_points(own, contacts, known, LATER, None, [other for other in cares if other is not own])
        for own in cares
    )
    return {point.key: point for points in judged for point in points}


def begun(name: str, start: datetime, **traits: object) -> Episode:
    return episode(name, first_shift_start=start, first_shift_end=start + 4 * HOUR, **traits)


def test_a_start_of_care_three_weeks_later_takes_no_contact_it_cannot_use() -> None:
    first, second = begun("1", START, followed_at=START + 4 * DAY), begun("2", START + 18 * DAY)
    found = together([first, second], [contact(name, IN_TIME[name]) for name in ALL])
    assert {found["e-1", name].state for name in ALL} == {State.MET}
    assert {found["e-2", name].state for name in ALL} == {State.MISSED}


def test_a_contact_in_the_windows_of_two_serves_the_one_that_closes_first() -> None:
    cares = [begun("1", START), begun("2", START + 10 * DAY)]
    [call] = calls = [contact(DAY_1, START + 10 * DAY + 5 * HOUR)]
    for order in (cares, cares[::-1]):
        found = together(order, calls)
        assert {key: p.contact for key, p in found.items() if p.contact} == {("e-2", DAY_1): call.id}


def test_a_second_contact_there_serves_the_other_one_too() -> None:
    cares = [begun("1", START), begun("2", START + 10 * DAY)]
    calls = [contact(DAY_1, START + 10 * DAY + hours * HOUR) for hours in (5, 6)]
    found = together(cares, calls)
    assert {key for key, p in found.items() if p.state is State.MET} == {("e-2", DAY_1), ("e-1", DAY_14)}


def test_what_is_about_one_start_of_care_serves_no_other() -> None:
    own = Contact("own", START + 10 * DAY + 5 * HOUR, CSM, CHECK_INS, "e-1")
    found = together([begun("1", START), begun("2", START + 10 * DAY)], [own])
    assert {key: p.contact for key, p in found.items() if p.contact} == {("e-1", DAY_14): "own"}


def test_what_came_after_the_next_start_of_care_is_late_for_that_one_alone() -> None:
    came = START + 40 * DAY
    cares = [begun("1", START, followed_at=came), begun("2", came + 14 * DAY)]
    late = [contact(DAY_7, came - HOUR), contact(DAY_14, came + 40 * DAY)]
    found = together(cares, late)
    assert {key for key, p in found.items() if p.state is State.LATE} == {("e-1", DAY_1), ("e-2", DAY_1)}


def test_a_duplicate_that_the_definition_counts_shares_with_its_original() -> None:
    cares = [begun("1", START), begun("2", START, duplicate_of="e-1")]
    found = together(cares, [contact(DAY_1, IN_TIME[DAY_1])], definition(exclusions=[]))
    assert [key for key, p in found.items() if p.contact] == [("e-1", DAY_1)]


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=3),
    st.lists(st.integers(-10, 60), max_size=7),
)
def test_whoever_is_judged_none_is_served_twice_and_as_many_as_can_be(
    starts: list[int], calls: list[int]
) -> None:
    cares = [begun(str(n), START + day * DAY) for n, day in enumerate(starts)]
    made = [Contact(f"t{n}", START + at * DAY + HOUR, CSM, CHECK_INS) for n, at in enumerate(calls)]
    found = together(cares, made)
    used = [p.contact for p in found.values() if p.contact]
    assert len(used) == len(set(used))
    windows = [p for p in found.values() if p.activity in CHECK_INS]
    met = sum(p.state is State.MET for p in windows)
    assert met == _most([[c.id for c in made if w.opens <= c.at <= w.closes] for w in windows], frozenset())


def _most(fits: list[list[str]], spent: frozenset[str]) -> int:
    """The most that can be served, by trying everything; each of these alike is tried once."""
    if not fits:
        return 0
    first, *rest = fits
    free = [one for one in first if one not in spent]
    return max([_most(rest, spent), *(1 + _most(rest, spent | {one}) for one in free)])
