"""The one way of rounding money, scores and goals: half-up, once (D28)."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction

Exact = Fraction | Decimal | int
"""A figure without the error of binary fractions."""
CENT = Decimal("0.01")
WHOLE = Decimal(1)


def half_up(figure: Exact, unit: Decimal = WHOLE) -> Decimal:
    """The figure in whole units, a half counted up: 0.5 is 1, 79.165 in cents is 79.17."""
    return _in_units(figure, unit, ROUND_HALF_UP)


def up(figure: Exact, unit: Decimal = WHOLE) -> Decimal:
    """The next whole number of units that is not less: 114.24 is 115."""
    return _in_units(figure, unit, ROUND_CEILING)


def cents(figure: Exact) -> Decimal:
    """A line of a statement, in dollars and cents."""
    return half_up(figure, CENT)


def _in_units(figure: Exact, unit: Decimal, rounding: str) -> Decimal:
    units = Fraction(figure) / Fraction(unit)
    whole, rest = divmod(units.numerator, units.denominator)
    if rounding == ROUND_CEILING:
        whole += rest > 0
    elif 2 * rest >= units.denominator:
        whole += 1
    return Decimal(whole) * unit
