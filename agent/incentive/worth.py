"""What a little more would be worth: a table read at another result, and where its next step lies (D30). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from agent.incentive.metrics import Hours
from agent.incentive.statement import OneMore
from agent.mapping.payout import Band, GridTable, LinearTable, OutsideTheTable, StepTable, Table
from agent.rounding import CENT, Exact, cents, up


def pays(table: Table | None, result: Exact, other: Exact | None = None) -> Decimal | None:
    """Dollars to the cent; None where there is no table, or nothing in it for this result."""
    if table is None:
        return None
    try:
        return cents(table.pay(result, other))
    except OutsideTheTable:
        return None


def gain(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Dollars more; None where either side has no figure."""
    return None if before is None or after is None else after - before


def one_more_start(table: Table | None, starts: int) -> OneMore:
    return OneMore("One more Quality Start", gain(pays(table, starts), pays(table, starts + 1)))


def one_more_hour(table: Table | None, hours: Hours) -> tuple[OneMore, ...]:
    """One more billed hour, and how many lead to the next better figure of the table where one is far off."""
    now = hours_pay(table, hours, Fraction(0))
    found = [OneMore("One more billed hour", gain(now, hours_pay(table, hours, Fraction(1))))]
    for away in sorted(_away(table, hours)):
        worth = gain(now, hours_pay(table, hours, Fraction(away)))
        if worth is not None and worth > 0:
            found.append(OneMore(f"The next step of the table: {away:,} more billed hours", worth))
            break
    return tuple(found)


def hours_pay(table: Table | None, hours: Hours, more: Fraction) -> Decimal | None:
    """Dollars for the month's hours and so many more; the growth moves with them."""
    then = Hours(hours.total + more, hours.baseline, hours.days, hours.baseline_days)
    return pays(table, then.total, then.growth_percent)


def _away(table: Table | None, hours: Hours) -> Iterator[Decimal]:
    """Hours to every bound of the table that lies ahead, in hundredths, rounded up so that they reach it."""
    for total in _totals(table, hours):
        if total > hours.total:
            yield up(total - hours.total, CENT)


def _totals(table: Table | None, hours: Hours) -> Iterator[Fraction]:
    if isinstance(table, StepTable):
        yield from _bounds(table.steps)
    elif isinstance(table, LinearTable):
        yield from _bounds(table.lines)
    elif isinstance(table, GridTable):
        yield from _bounds(table.rows)
        for row in table.rows if hours.baseline else ():
            # A cell begins at a growth in percent of the baseline.
            yield from ((1 + bound / 100) * (hours.baseline or 0) for bound in _bounds(row.cells))


def _bounds(bands: Sequence[Band]) -> Iterator[Fraction]:
    for band in bands:
        if band.at_least is not None:
            yield Fraction(band.at_least)
    if bands[-1].below is not None:
        yield Fraction(bands[-1].below)
