"""Payout tables: from a metric's result to dollars, by steps, by lines or by a grid (I6). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from agent.mapping.names import Strict
from agent.rounding import Exact


class OutsideTheTable(Exception):
    """The table has nothing for this result; what it would pay is nobody's to guess."""


class Band(Strict):
    """Results from `at_least` on, and below `below`; None: no bound on that side."""

    at_least: Decimal | None = None
    below: Decimal | None = None

    def holds(self, result: Fraction) -> bool:
        return (self.at_least is None or Fraction(self.at_least) <= result) and (
            self.below is None or result < Fraction(self.below)
        )


B = TypeVar("B", bound=Band)


class Step(Band):
    pays: Decimal


class Line(Band):
    """Straight from `pays_from` at its lower bound to `pays_to` at its upper one, which it does not reach."""

    at_least: Decimal
    below: Decimal
    pays_from: Decimal
    pays_to: Decimal


class StepTable(Strict):
    kind: Literal["step"]
    steps: list[Step] = Field(min_length=1)

    @model_validator(mode="after")
    def _seamless(self) -> Self:
        seamless(self.steps, "steps")
        return self

    def pay(self, result: Exact, _other: Exact | None = None) -> Fraction:
        return Fraction(_found(self.steps, Fraction(result)).pays)


class LinearTable(Strict):
    """Between the lines' ends straight; beyond the last one `pays_beyond`, where there is such a figure."""

    kind: Literal["linear"]
    lines: list[Line] = Field(min_length=1)
    pays_beyond: Decimal | None = None

    @model_validator(mode="after")
    def _seamless(self) -> Self:
        seamless(self.lines, "lines")
        return self

    def pay(self, result: Exact, _other: Exact | None = None) -> Fraction:
        exact = Fraction(result)
        if self.pays_beyond is not None and exact >= Fraction(self.lines[-1].below):
            return Fraction(self.pays_beyond)
        line = _found(self.lines, exact)
        start, width = Fraction(line.at_least), Fraction(line.below - line.at_least)
        return Fraction(line.pays_from) + Fraction(line.pays_to - line.pays_from) * (exact - start) / width


class Row(Band):
    cells: list[Step] = Field(min_length=1)

    @model_validator(mode="after")
    def _seamless(self) -> Self:
        seamless(self.cells, "cells")
        return self


class GridTable(Strict):
    """Rows by the first result, cells by the second: total hours, and their growth in percent (I4)."""

    kind: Literal["grid"]
    rows: list[Row] = Field(min_length=1)

    @model_validator(mode="after")
    def _seamless(self) -> Self:
        seamless(self.rows, "rows")
        return self

    def pay(self, result: Exact, other: Exact | None = None) -> Fraction:
        if other is None:
            raise OutsideTheTable("the grid needs two results, and the second one is not known")
        row = _found(self.rows, Fraction(result))
        return Fraction(_found(row.cells, Fraction(other)).pays)


Table = Annotated[StepTable | LinearTable | GridTable, Field(discriminator="kind")]


def seamless(bands: Sequence[Band], what: str) -> None:
    """Half-open bands that follow each other without a gap or an overlap.

    Raises:
        ValueError: names the first place where they do not.
    """
    for n, band in enumerate(bands, start=1):
        if band.at_least is not None and band.below is not None and band.below <= band.at_least:
            raise ValueError(f"{what} {n}: holds nothing, for {band.below} is not above {band.at_least}")
    for n, (one, following) in enumerate(pairwise(bands), start=1):
        if one.below is None or following.at_least is None:
            raise ValueError(f"{what} {n} and {n + 1} overlap: only the first and the last may be open")
        if one.below < following.at_least:
            raise ValueError(f"{what} {n} and {n + 1} leave a gap from {one.below} to {following.at_least}")
        if one.below > following.at_least:
            raise ValueError(f"{what} {n} and {n + 1} overlap from {following.at_least} to {one.below}")


def _found(bands: Sequence[B], result: Fraction) -> B:
    for band in bands:
        if band.holds(result):
            return band
    low, high = bands[0].at_least, bands[-1].below
    raise OutsideTheTable(f"{float(result):g} lies outside the table, which runs from {low} to below {high}")
