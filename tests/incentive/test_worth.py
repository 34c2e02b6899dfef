"""What one more is worth: by the table itself, never less than nothing where the table rises, and no guess (D30)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from agent.incentive.metrics import Hours
from agent.incentive.statement import OneMore
from agent.incentive.worth import hours_pay, one_more_hour, one_more_start
from agent.mapping.payout import Table

BASELINE = Fraction(2500)


def table(**given: Any) -> Table:
    found: Table = TypeAdapter(Table).validate_python(given)
    return found


def steps(*bounds: str) -> dict[str, Any]:
    """Rising by $100 at each bound."""
    between = enumerate(pairwise(bounds), start=1)
    rising = [{"at_least": at, "below": to, "pays": str(100 * n)} for n, (at, to) in between]
    return {
        "kind": "step",
        "steps": [
            {"below": bounds[0], "pays": "0"},
            *rising,
            {"at_least": bounds[-1], "pays": str(100 * len(bounds))},
        ],
    }


STEPS = table(**steps("1", "3", "4"))
GRID = table(
    kind="grid",
    rows=[
        {"below": "2000", "cells": [{"pays": "0"}]},
        {"at_least": "2000", "cells": [{"below": "5", "pays": "100"}, {"at_least": "5", "pays": "350"}]},
    ],
)
LINEAR = table(
    kind="linear",
    lines=[{"at_least": "0", "below": "4000", "pays_from": "0", "pays_to": "400"}],
    pays_beyond="400",
)


def hours(total: Any, baseline: Fraction | None = BASELINE) -> Hours:
    return Hours(Fraction(total), baseline, 31, Fraction(92, 3))


@pytest.mark.parametrize(("starts", "worth"), [(0, 100), (1, 0), (2, 100), (3, 100), (4, 0)])
def test_one_more_quality_start_is_worth_what_the_table_says(starts: int, worth: int) -> None:
    assert one_more_start(STEPS, starts) == OneMore("One more Quality Start", Decimal(worth))


def test_without_a_table_one_more_is_worth_nobody_knows_what() -> None:
    assert one_more_start(None, 3).worth is None
    assert [more.worth for more in one_more_hour(None, hours(2400))] == [None]


def test_the_next_step_of_a_grid_may_be_a_growth_in_percent_of_the_baseline() -> None:
    assert one_more_hour(GRID, hours("2600.5")) == (
        OneMore("One more billed hour", Decimal(0)),
        OneMore("The next step of the table: 24.50 more billed hours", Decimal(250)),
    )


def test_hours_to_the_next_step_are_rounded_up_so_that_they_reach_it() -> None:
    _, step = one_more_hour(GRID, Hours(Fraction(2000), Fraction(6401, 3), 31, Fraction(92, 3)))
    assert step.what == "The next step of the table: 240.35 more billed hours"
    assert step.worth == 250


def test_an_hour_that_reaches_the_step_itself_is_told_once_as_an_hour_and_once_as_a_step() -> None:
    assert [more.worth for more in one_more_hour(GRID, hours(2624))] == [250, 250]


def test_a_step_that_pays_no_more_is_passed_over() -> None:
    flat = table(
        kind="step",
        steps=[
            {"below": "100", "pays": "0"},
            {"at_least": "100", "below": "200", "pays": "0"},
            {"at_least": "200", "pays": "50"},
        ],
    )
    step = one_more_hour(flat, hours(50))[1]
    assert step == OneMore("The next step of the table: 150.00 more billed hours", Decimal(50))


def test_on_the_highest_step_there_is_no_next_one() -> None:
    assert one_more_hour(GRID, hours(3000)) == (OneMore("One more billed hour", Decimal(0)),)


def test_a_line_pays_each_hour_to_the_cent() -> None:
    assert one_more_hour(LINEAR, hours(1000))[0].worth == Decimal("0.10")


def test_without_a_baseline_a_grid_cannot_say_what_an_hour_is_worth() -> None:
    assert [more.worth for more in one_more_hour(GRID, hours(2600, None))] == [None]


@given(st.fractions(0, 5000, max_denominator=100), st.sampled_from([STEPS, GRID, LINEAR]))
def test_one_more_is_never_worth_less_than_nothing_where_the_table_rises(
    total: Fraction, rising: Table
) -> None:
    assert all(more.worth is not None and more.worth >= 0 for more in one_more_hour(rising, hours(total)))
    start = one_more_start(STEPS, int(total) % 7).worth
    assert start is not None
    assert start >= 0


@given(st.fractions(0, 5000, max_denominator=100), st.sampled_from([STEPS, GRID, LINEAR]))
def test_the_next_step_is_reached_by_its_hours_and_not_by_two_hundredths_less(
    total: Fraction, rising: Table
) -> None:
    now = hours(total)
    for more in one_more_hour(rising, now)[1:]:
        away = Fraction(more.what.split(": ")[1].split()[0].replace(",", ""))
        here, there = hours_pay(rising, now, Fraction(0)), hours_pay(rising, now, away)
        assert here is not None
        assert there is not None
        assert there - here == more.worth
        if rising is not LINEAR:
            assert hours_pay(rising, now, away - Fraction(1, 50)) == here
