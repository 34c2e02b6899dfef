"""Which contact serves which touch point: never one for two, and as many as can be (D21, D22)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.mapping.definitions import Definition
from agent.quality.episodes import Contact
from agent.quality.touch_points import State, TouchPoint
from tests.quality.quality_cases import (
    ALL,
    CHECK_INS,
    CSM,
    DAY_1,
    DAY_7,
    DAY_14,
    IN_TIME,
    INTRODUCTION,
    START,
    contact,
    definition,
    episode,
    judged,
)
from tests.quality.random_care import COLLEAGUE, Care, crowded, some_care

WORTH = {State.MISSED: 0, State.PENDING: 0, State.LATE: 1, State.MET: 2}


def states(points: Sequence[TouchPoint]) -> dict[str, State]:
    return {p.activity: p.state for p in points}


def test_a_contact_that_only_fits_one_leaves_the_other_to_what_fits_both() -> None:
    """Whoever chose the first that fits would leave the check-in without any."""
    both = Contact("both", START + timedelta(hours=1), CSM, frozenset(ALL))
    introduced = contact(INTRODUCTION, START + timedelta(hours=2))
    served = {p.activity: p.contact for p in judged(episode(), [both, introduced])}
    assert (served[INTRODUCTION], served[DAY_1]) == (introduced.id, both.id)


def test_a_contact_at_the_instant_two_windows_share_serves_the_first() -> None:
    edge = START + timedelta(hours=24)
    once = judged(episode(), [Contact("edge", edge, CSM, CHECK_INS)])
    assert (states(once)[DAY_1], states(once)[DAY_7]) == (State.MET, State.MISSED)


def test_at_that_instant_it_serves_the_second_if_the_first_has_another() -> None:
    edge = START + timedelta(hours=24)
    made = [Contact("edge", edge, CSM, CHECK_INS), contact(DAY_1, IN_TIME[DAY_1])]
    assert {p.activity: p.contact for p in judged(episode(), made)}[DAY_7] == "edge"


def test_of_windows_that_coincide_each_needs_a_contact_of_its_own() -> None:
    same = definition().touch_points[1]
    twins = [same, same.model_copy(update={"activity": DAY_7})]
    made = [Contact(f"t{n}", START + timedelta(hours=n), CSM, CHECK_INS) for n in (1, 2)]
    one, two = (states(judged(episode(), made[:n], definition(touch_points=twins))) for n in (1, 2))
    assert sorted(one.values()) == [State.MET, State.MISSED]
    assert set(two.values()) == {State.MET}


def test_what_is_excluded_needs_no_contact_and_takes_none() -> None:
    later = definition().touch_points[1].model_copy(update={"activity": DAY_14, "since": START.date()})
    wanted = definition().touch_points[1].model_copy(update={"activity": "zz_survey"})
    excluded = later.model_copy(update={"since": (START + timedelta(days=9)).date()})
    only = [Contact("one", START + timedelta(hours=1), CSM, frozenset({DAY_14, "zz_survey"}))]
    served = judged(episode(), only, definition(touch_points=[excluded, wanted]))
    assert {p.activity: (p.state, p.contact) for p in served} == {
        DAY_14: (State.EXCLUDED, None),
        "zz_survey": (State.MET, "one"),
    }


@given(crowded())
def test_nobody_could_serve_more_with_the_same_contacts(crowd: tuple[Definition, list[Contact]]) -> None:
    terms, contacts = crowd
    points = judged(episode(), contacts, terms)
    best = max(ways(points, contacts, terms), key=order_of)
    assert [WORTH[p.state] for p in points] == best


def ways(points: list[TouchPoint], contacts: list[Contact], terms: Definition) -> Iterator[list[int]]:
    """Every way to give the contacts out, as what each touch point comes to: naively, one by one."""
    if not points:
        yield []
        return
    first, rest = points[0], points[1:]
    for worth in ways(rest, contacts, terms):
        yield [0, *worth]
    for n, one in enumerate(contacts):
        may = first.activity in one.activities and (one.by == first.csm or terms.credit_cover)
        worth_of_it = 1 if one.at > first.closes else 2 if one.at >= first.opens else 0
        if may and worth_of_it:
            for worth in ways(rest, contacts[:n] + contacts[n + 1 :], terms):
                yield [worth_of_it, *worth]


def order_of(way: list[int]) -> tuple[int, list[bool], int, list[bool]]:
    """Most in time, of those the ones that close first; then most late, of those the same."""
    in_time, late = [worth == 2 for worth in way], [worth == 1 for worth in way]
    return sum(in_time), in_time, sum(late), late


@given(some_care(), st.randoms(use_true_random=False))
def test_no_contact_serves_two_and_their_order_changes_nothing(care: Care, rng: random.Random) -> None:
    points = care.judged()
    served = [p.contact for p in points if p.contact is not None]
    shuffled = care.contacts[:]
    rng.shuffle(shuffled)
    assert len(served) == len(set(served))
    assert care._replace(contacts=shuffled).judged() == points


@given(crowded(), st.integers(0, 8), st.sets(st.sampled_from(ALL)), st.sampled_from([CSM, COLLEAGUE]))
def test_one_more_contact_makes_no_touch_point_worse(
    crowd: tuple[Definition, list[Contact]], at: int, names: set[str], by: str
) -> None:
    terms, contacts = crowd
    more = Contact("t9", START + timedelta(hours=at), by, frozenset(names))
    before, after = (states(judged(episode(), made, terms)) for made in (contacts, [*contacts, more]))
    assert all(WORTH[after[name]] >= WORTH[state] for name, state in before.items())
