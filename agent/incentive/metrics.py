"""The two metrics of the CSM plan that are not the quality score: Quality Starts and Client Hours (I3, I4). Pure."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

THRESHOLD = Decimal(5_000)
"""Dollars of revenue that make a Quality Start (I3)."""


@dataclass(frozen=True)
class RevenueLine:
    """Net billed revenue of a client on a service date, in dollars; a refund is negative."""

    client: str
    service_date: date
    amount: Decimal


@dataclass(frozen=True)
class ClientRevenue:
    """What is known of a client's revenue since the start of care.

    `complete` says that nothing before the first line is missing, or that `opening` stands for it (D26).
    """

    client: str
    lines: Sequence[RevenueLine]
    complete: bool
    opening: Decimal = Decimal(0)


@dataclass(frozen=True)
class QualityStart:
    """A client who reached the threshold for the first time, on this service date."""

    client: str
    on: date
    revenue: Decimal
    """Cumulative, with that day's lines."""

    @property
    def month(self) -> str:
        return f"{self.on:%Y-%m}"


def quality_start(revenue: ClientRevenue, threshold: Decimal = THRESHOLD) -> QualityStart | None:
    """The client's Quality Start: once in a lifetime, on the service date of the crossing (D26).

    None while the threshold is not reached, and for a client whose revenue is not complete: that one is held.
    A later refund takes nothing back.
    """
    if not revenue.complete or revenue.opening >= threshold:
        return None
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for line in revenue.lines:
        by_day[line.service_date] += line.amount
    total = revenue.opening
    for day in sorted(by_day):
        total += by_day[day]
        if total >= threshold:
            return QualityStart(revenue.client, day, total)
    return None


@dataclass(frozen=True)
class HoursLine:
    """Billed hours of a client on a service date, and whose client it was on that date (D27)."""

    client: str
    service_date: date
    hours: Decimal
    csm: str | None


@dataclass(frozen=True)
class Hours:
    """A CSM's billed hours in a month against a fixed baseline (I4). Growth is None where it is held (D27)."""

    total: Fraction
    baseline: Fraction | None
    growth: Fraction | None
    """Hours above the baseline."""
    growth_percent: Fraction | None
    day_adjusted_percent: Fraction | None
    """For information: the same per calendar day."""


def hours_of(
    lines: Iterable[HoursLine], csm: str, month: str, baseline: Fraction | None, baseline_days: Fraction
) -> Hours:
    """Total and growth of a month; `baseline_days` are the calendar days of an average baseline month."""
    total = sum(
        (Fraction(x.hours) for x in lines if x.csm == csm and f"{x.service_date:%Y-%m}" == month), Fraction(0)
    )
    if not baseline:
        return Hours(total, baseline, None, None, None)
    a_day = total / days_in(month), baseline / baseline_days
    return Hours(
        total,
        baseline,
        total - baseline,
        100 * (total / baseline - 1),
        100 * (a_day[0] / a_day[1] - 1),
    )


def baseline_of(
    lines: Iterable[HoursLine], csm: str, months: Sequence[str]
) -> tuple[Fraction | None, Fraction]:
    """The monthly average of these months, October to December 2025 as a rule, and their average days (I4)."""
    totals: Mapping[str, Fraction] = _by_month(lines, csm)
    days = Fraction(sum(days_in(month) for month in months), len(months))
    known = [totals[month] for month in months if month in totals]
    return (sum(known, Fraction(0)) / len(months) if known else None), days


def days_in(month: str) -> int:
    """Calendar days of `2026-02`."""
    year, number = map(int, month.split("-"))
    return calendar.monthrange(year, number)[1]


def _by_month(lines: Iterable[HoursLine], csm: str) -> dict[str, Fraction]:
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for line in lines:
        if line.csm == csm:
            totals[f"{line.service_date:%Y-%m}"] += Fraction(line.hours)
    return totals
