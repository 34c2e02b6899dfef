"""What one more would have been worth (D30)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from agent.mapping.definitions import Method
from agent.quality.composite import composite
from agent.quality.explain import one_more
from agent.quality.touch_points import State
from tests.quality.quality_cases import ALL, DAY_1, DAY_7, DAY_14, INTRODUCTION, definition, points_of, rules


def test_one_more_is_the_score_that_would_have_been() -> None:
    points = [*points_of("a"), *points_of("b", (INTRODUCTION, DAY_1, DAY_7))]
    [more] = one_more(points, definition())
    assert (more.point.client, more.point.activity) == ("b", DAY_14)
    assert (more.exact, more.gain, more.percent) == (Fraction(1), Fraction(1, 8), Decimal("100.00"))


def test_the_most_valuable_comes_first_and_equals_come_by_time() -> None:
    heavy = [rule.model_copy(update={"weight": 2 if rule.activity == DAY_7 else 1}) for rule in rules()]
    points = [*points_of("a", (INTRODUCTION,)), *points_of("b")]
    found = one_more(points, definition(touch_points=heavy))
    assert [(m.point.activity, m.percent) for m in found] == [
        (DAY_7, Decimal("80.00")),
        (DAY_1, Decimal("70.00")),
        (DAY_14, Decimal("70.00")),
    ]


@pytest.mark.parametrize("method", list(Method))
def test_each_is_what_the_composite_says_of_that_month(method: Method) -> None:
    points = [*points_of("a", ALL[:2]), *points_of("b", ALL[:3]), *points_of("c")]
    terms = definition(method)
    for more in one_more(points, terms):
        better = [replace(p, state=State.MET) if p.key == more.point.key else p for p in points]
        made = composite(better, terms)
        assert (more.exact, more.percent) == (made.figures.of(method), made.percent)


def test_a_client_with_two_misses_gains_nothing_from_one_where_all_or_none_counts() -> None:
    points = [*points_of("a", ALL[:2]), *points_of("b", ALL[:3])]
    found = one_more(points, definition(Method.ALL_OR_NONE))
    assert [(m.point.client, m.gain) for m in found] == [("b", Fraction(1, 2)), ("a", 0), ("a", 0)]


def test_what_was_late_is_worth_something_only_where_it_was_not_credited() -> None:
    points = [replace(p, state=State.LATE, stands=State.LATE) for p in points_of("a")]
    assert [m.percent for m in one_more(points, definition())] == [Decimal("25.00")] * 4
    assert one_more(points, definition(credit_late=True)) == []


def test_what_does_not_count_is_worth_nothing() -> None:
    uncounted = (State.PENDING, State.EXCLUDED, State.EXCEPTION)
    points = [
        replace(p, state=state, stands=State.MISSED)
        for p, state in zip(points_of("a", ()), uncounted, strict=False)
    ]
    assert one_more(points, definition()) == []
