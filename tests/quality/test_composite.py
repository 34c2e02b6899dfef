"""The composite by all four methods, to the figures of the documents (D20, D22 to D24, D28)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mapping.definitions import Definition, Definitions, Method, NoDefinition
from agent.quality.composite import composite, percent, segments, weighted_mean
from agent.quality.explain import one_more
from agent.quality.touch_points import State, TouchPoint
from tests.quality.quality_cases import (
    ALL,
    DAY_1,
    DAY_7,
    INTRODUCTION,
    START,
    definition,
    points_of,
    rules,
)

METHODS = (Method.MEAN_OF_RATES, Method.OPPORTUNITY, Method.PATIENT_AVERAGE, Method.ALL_OR_NONE)


def three_clients() -> list[TouchPoint]:
    return [
        *points_of("a"),
        *points_of("b", (INTRODUCTION, DAY_1, DAY_7)),
        *points_of("c", (INTRODUCTION,), ended_at=START + timedelta(days=5)),
    ]


def by_each_method(points: list[TouchPoint]) -> list[Decimal | None]:
    return [composite(points, definition(method)).percent for method in METHODS]


def test_three_clients_score_79_17_80_75_and_33_33() -> None:
    assert by_each_method(three_clients()) == [Decimal(x) for x in ("79.17", "80.00", "75.00", "33.33")]


def test_ten_clients_with_one_miss_an_activity_score_90_against_60_all_or_none() -> None:
    missing = [*ALL, *(6 * [None])]
    points = [
        p
        for n, missed in enumerate(missing)
        for p in points_of(f"c{n}", tuple(name for name in ALL if name != missed))
    ]
    assert composite(points, definition()).percent == Decimal("90.00")
    assert composite(points, definition(Method.ALL_OR_NONE)).percent == Decimal("60.00")


def test_nothing_due_is_no_score_and_neither_0_nor_100() -> None:
    assert by_each_method([]) == [None] * 4
    never = points_of("n", (), first_shift_start=None, first_shift_end=None, expected_start=START)
    assert by_each_method(never) == [None] * 4
    assert composite(never, definition()).low_volume


def test_an_exception_leaves_the_count_and_the_other_figure_stands_beside_it() -> None:
    points = points_of("a", (INTRODUCTION, DAY_1, DAY_7))
    points[3] = replace(points[3], state=State.EXCEPTION, why="hospital")
    found = composite(points, definition(Method.OPPORTUNITY))
    assert (found.percent, found.figures.due) == (Decimal("100.00"), 3)
    assert found.with_exceptions.of(Method.OPPORTUNITY) == Fraction(3, 4)
    assert found.counts == {State.MET: 3, State.EXCEPTION: 1}


def test_late_is_credited_only_where_the_definition_says_so() -> None:
    points = [replace(p, state=State.LATE, stands=State.LATE) for p in points_of("a")]
    assert composite(points, definition()).percent == Decimal("0.00")
    assert composite(points, definition(credit_late=True)).percent == Decimal("100.00")


def test_pending_and_excluded_touch_points_do_not_count() -> None:
    points = points_of("a")
    points[1] = replace(points[1], state=State.PENDING, stands=State.PENDING)
    points[2] = replace(points[2], state=State.EXCLUDED, stands=State.EXCLUDED)
    assert composite(points, definition()).figures.due == 2


def test_few_due_touch_points_are_flagged() -> None:
    assert composite(points_of("a"), definition()).low_volume
    assert not composite([*points_of("a"), *points_of("b")], definition()).low_volume


@pytest.mark.parametrize(
    ("exact", "shown"), [("0.791665", "79.17"), ("0.791664", "79.17"), ("0.79165", "79.17"), ("1", "100.00")]
)
def test_a_score_is_rounded_half_up_once(exact: str, shown: str) -> None:
    assert percent(Fraction(exact), 2) == Decimal(shown)


def test_a_weighted_sum_that_floats_miss_is_exactly_80() -> None:
    assert 0.30 * 3 + 0.35 * 136 + 0.35 * 90 != 80
    rates = {"a": Fraction(3, 100), "b": Fraction(136, 100), "c": Fraction(90, 100)}
    weighed = weighted_mean(rates, {"a": 30, "b": 35, "c": 35})
    assert weighed == Fraction(80, 100)
    assert percent(weighed, 2) == Decimal("80.00")


@st.composite
def some_points(draw: st.DrawFn) -> list[TouchPoint]:
    """Of clients served well and badly, by two versions, the older with weights of its own."""
    clients = draw(st.lists(st.sets(st.sampled_from(ALL)), min_size=1, max_size=8))
    version = st.sampled_from([("v2026_02", 1), ("v1", 5)])
    found = []
    for n, done in enumerate(clients):
        name, weight = draw(version)
        found += [replace(p, version=name, weight=weight) for p in points_of(f"c{n}", tuple(sorted(done)))]
    return found


@st.composite
def some_definitions(draw: st.DrawFn) -> Definition:
    """By any method, with weights, and without some of the activities."""
    left = draw(st.sets(st.sampled_from(ALL), min_size=1))
    weighed = [
        r.model_copy(update={"weight": draw(st.integers(1, 9))}) for r in rules() if r.activity in left
    ]
    first = weighed[0].model_copy(update={"opens": rules()[0].opens})
    return definition(draw(st.sampled_from(METHODS)), touch_points=[first, *weighed[1:]])


@given(some_points(), some_definitions(), st.randoms(use_true_random=False))
def test_the_order_of_clients_changes_nothing(
    points: list[TouchPoint], terms: Definition, rng: random.Random
) -> None:
    shuffled = points[:]
    rng.shuffle(shuffled)
    assert composite(shuffled, terms) == composite(points, terms)
    assert segments(shuffled, terms) == segments(points, terms)
    assert one_more(shuffled, terms) == one_more(points, terms)


@given(some_points(), some_definitions(), st.data())
def test_one_more_met_never_lowers_a_score(
    points: list[TouchPoint], terms: Definition, data: st.DataObject
) -> None:
    n = data.draw(st.integers(0, len(points) - 1))
    better = [*points[:n], replace(points[n], state=State.MET, stands=State.MET), *points[n + 1 :]]
    before, after = (composite(p, terms).figures.of(terms.method) for p in (points, better))
    assert before is not None
    assert after is not None
    assert after >= before


def test_a_month_without_a_definition_says_from_when_on_there_is_one() -> None:
    known = Definitions(definitions=[definition()])
    assert known.of("2026-02") == known.of("2027-01") == definition()
    with pytest.raises(NoDefinition, match=r"in force in 2026-01.*from 2026-02 on"):
        known.of("2026-01")


def test_a_definitions_hash_changes_with_anything_in_it() -> None:
    assert definition().hash == definition().hash
    others = [definition(Method.OPPORTUNITY), definition(credit_late=True), definition(low_volume=4)]
    assert len({definition().hash, *(other.hash for other in others)}) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"touch_points": []}, "at least 1"),
        ({"first_month": "2026-13"}, "should match"),
        ({"method": "best_of"}, "mean_of_rates"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Definition.model_validate({**definition().model_dump(), **change})


def test_definitions_stand_oldest_first_and_apart() -> None:
    later = definition(version="v2", first_month="2026-06")
    assert Definitions(definitions=[definition(), later]).of("2026-06") == later
    with pytest.raises(ValueError, match="oldest first"):
        Definitions(definitions=[later, definition()])
    with pytest.raises(ValueError, match="name of its own"):
        Definitions(definitions=[definition(), definition(first_month="2026-06")])


def test_an_activity_weighs_what_the_definition_in_force_says() -> None:
    heavy = [rule.model_copy(update={"weight": 3 if rule.activity == DAY_1 else 1}) for rule in rules()]
    points = points_of("a", (INTRODUCTION, DAY_7))
    assert composite(points, definition(touch_points=heavy)).figures.of(Method.MEAN_OF_RATES) == Fraction(
        2, 6
    )


def test_an_activity_the_definition_no_longer_has_keeps_the_weight_of_its_own_version() -> None:
    points = [replace(p, weight=7 if p.activity == DAY_1 else 5) for p in points_of("a", (DAY_1,))]
    fewer = definition(touch_points=[rule for rule in rules() if rule.activity != DAY_1])
    assert composite(points, fewer).figures.of(Method.MEAN_OF_RATES) == Fraction(7, 10)
    two_versions = [*points, *(replace(p, weight=2, client="b") for p in points)]
    backwards = two_versions[::-1]
    for order in (two_versions, backwards):
        assert composite(order, fewer).figures.of(Method.MEAN_OF_RATES) == Fraction(7, 10)


def test_segments_tell_the_versions_of_a_month_apart() -> None:
    old, new = points_of("a"), [replace(p, version="v2") for p in points_of("b", (INTRODUCTION,))]
    found = segments([*old, *new], definition())
    assert {version: (f.done, f.due) for version, f in found.items()} == {"v2": (1, 4), "v2026_02": (4, 4)}


def test_a_month_of_one_version_has_no_segments_nor_one_where_the_other_never_counts() -> None:
    excluded = [replace(p, version="v2", state=State.EXCLUDED) for p in points_of("b")]
    assert segments(points_of("a"), definition()) == {}
    assert segments([*points_of("a"), *excluded], definition()) == {}


def test_an_office_is_scored_by_the_same_function_as_a_csm() -> None:
    csms = [replace(p, csm=f"005{n}") for n in range(2) for p in points_of(f"c{n}", ALL[: 4 - n])]
    assert composite(csms, definition()).percent == Decimal("87.50")
