"""Payout tables: half-open bands without gap or overlap, and nothing beyond them (I6)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from agent.mapping.payout import OutsideTheTable, Table

TABLES: TypeAdapter[Any] = TypeAdapter(Table)


def table(**given: Any) -> Any:
    return TABLES.validate_python(given)


def steps(*bounds: tuple[str | None, str | None, int]) -> Any:
    bands = [
        {"pays": pays, **({"at_least": low} if low else {}), **({"below": high} if high else {})}
        for low, high, pays in bounds
    ]
    return table(kind="step", steps=bands)


@pytest.mark.parametrize(
    ("result", "pays"), [(0, 0), ("79.999", 0), (80, 100), ("89.99", 100), (90, 300), (500, 300)]
)
def test_a_step_begins_with_its_lower_bound_and_ends_before_its_upper_one(result: Any, pays: int) -> None:
    assert steps((None, "80", 0), ("80", "90", 100), ("90", None, 300)).pay(Fraction(result)) == pays


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ([("0", "80", 0), ("81", None, 1)], "1 and 2 leave a gap from 80 to 81"),
        ([("0", "80", 0), ("79", None, 1)], "1 and 2 overlap from 79 to 80"),
        ([("0", None, 0), ("80", None, 1)], "only the first and the last may be open"),
        ([("80", "80", 0)], "holds nothing"),
    ],
)
def test_gaps_and_overlaps_are_refused_by_their_place(bounds: list[Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        steps(*bounds)


def test_a_result_outside_the_table_pays_nothing_anybody_may_guess() -> None:
    with pytest.raises(OutsideTheTable, match="runs from 80 to below 90"):
        steps(("80", "90", 100)).pay(79)


def test_a_line_pays_what_lies_between_and_something_fixed_beyond() -> None:
    line = {"at_least": "80", "below": "100", "pays_from": "100", "pays_to": "300"}
    linear = table(kind="linear", lines=[line], pays_beyond="300")
    assert [linear.pay(x) for x in (80, 90, Fraction("99.9"), 100, 400)] == [100, 200, 299, 300, 300]
    with pytest.raises(OutsideTheTable):
        table(kind="linear", lines=[line]).pay(100)


def grid() -> Any:
    def row(low: str | None, high: str | None, *pays: int) -> dict[str, Any]:
        bounds = [(None, "0"), ("0", "5"), ("5", None)]
        cells = [
            {"pays": p, **({"at_least": a} if a else {}), **({"below": b} if b else {})}
            for (a, b), p in zip(bounds, pays, strict=True)
        ]
        return {"cells": cells, **({"at_least": low} if low else {}), **({"below": high} if high else {})}

    return table(kind="grid", rows=[row(None, "1000", 0, 50, 100), row("1000", None, 0, 200, 350)])


def test_a_grid_pays_by_two_results() -> None:
    found = [
        grid().pay(total, growth)
        for total, growth in ((999, 7), (1000, 0), (1000, 5), (4000, Fraction(-1, 10)))
    ]
    assert found == [100, 200, 350, 0]
    with pytest.raises(OutsideTheTable, match="two results"):
        grid().pay(1000)


@given(st.decimals(0, 200, places=3))
def test_a_seamless_table_has_exactly_one_band_for_each_result(result: Decimal) -> None:
    seamless = steps((None, "80", 0), ("80", "90", 1), ("90", None, 2))
    assert sum(band.holds(Fraction(result)) for band in seamless.steps) == 1
