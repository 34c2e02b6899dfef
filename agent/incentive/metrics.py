"""The two metrics of the CSM plan that are not the quality score: Quality Starts and Client Hours (I3, I4). Pure."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

Threshold = Callable[[str], Decimal]
"""Dollars of revenue that make a Quality Start in a month: a later version of the plan may ask for others (I3)."""


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
    foreign: Sequence[date] = ()
    """Service dates of revenue in another currency, which is never added up."""


@dataclass(frozen=True)
class QualityStart:
    """A client who reached the threshold for the first time, on this service date."""

    client: str
    on: date
    revenue: Decimal
    """Cumulative, with that day's lines."""

    @property
    def month(self) -> str:
        return _month(self.on)


def quality_start(revenue: ClientRevenue, threshold: Threshold) -> QualityStart | None:
    """The client's Quality Start: once in a lifetime, on the service date of the crossing (D26).

    None while the threshold is not reached, and for a client whose revenue is not complete: that one is held.
    A later refund takes nothing back, and no later threshold gives it once more.
    """
    return _crossing(revenue, threshold) if revenue.complete else None


def may_have_started(revenue: ClientRevenue, month: str, threshold: Threshold) -> list[date]:
    """Days of this month on which revenue that nobody knows may have made a Quality Start: the client is held.

    What is known alone may have reached the threshold before; and without revenue nothing is reached.
    """
    if revenue.complete:
        return []
    known = _crossing(revenue, threshold)
    days = {*revenue.foreign, *(x.service_date for x in revenue.lines if x.amount > 0)}
    return sorted(day for day in days if _month(day) == month and (known is None or day <= known.on))


@dataclass(frozen=True)
class Starts:
    """A CSM's Quality Starts of a month, and the clients who may be one: their early revenue is not known."""

    counted: tuple[QualityStart, ...]
    held: tuple[str, ...]


Whose = Callable[[str, date], str | None]
"""Whose client it was at the end of a day, on the office's clock; None: nobody's (D27)."""


def starts_of(
    revenues: Iterable[ClientRevenue], csm: str, month: str, whose: Whose, threshold: Threshold
) -> Starts:
    """In the order of their days; a start belongs to whoever had the client at the end of the day (D26)."""
    counted, held = [], []
    for revenue in revenues:
        start = quality_start(revenue, threshold)
        if start is not None and start.month == month and whose(start.client, start.on) == csm:
            counted.append(start)
        elif any(whose(revenue.client, day) == csm for day in may_have_started(revenue, month, threshold)):
            held.append(revenue.client)
    return Starts(tuple(sorted(counted, key=lambda s: (s.on, s.client))), tuple(sorted(held)))


def _crossing(revenue: ClientRevenue, threshold: Threshold) -> QualityStart | None:
    """Where what is known first reaches what its month asks for; None where the opening balance had done so."""
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for line in revenue.lines:
        by_day[line.service_date] += line.amount
    total = revenue.opening
    for n, day in enumerate(sorted(by_day)):
        wanted = threshold(_month(day))
        if n == 0 and total >= wanted:
            return None
        total += by_day[day]
        if total >= wanted:
            return QualityStart(revenue.client, day, total)
    return None


@dataclass(frozen=True)
class HoursLine:
    """Billed hours of a client on a service date, and whose client it was at the end of that day (D27)."""

    client: str
    service_date: date
    hours: Decimal
    csm: str | None
    billable: Decimal | None = None
    """None: not known; billed is not billable."""


@dataclass(frozen=True)
class Hours:
    """A CSM's billed hours in a month of so many days, against a fixed monthly baseline (I4).

    What is measured against the baseline is None without one, or with one that is not above zero: growth is held
    (D27).
    """

    total: Fraction
    baseline: Fraction | None
    days: int
    baseline_days: Fraction
    """Calendar days of an average baseline month."""

    @property
    def growth(self) -> Fraction | None:
        """Hours above the baseline."""
        return self.total - self.baseline if self.baseline and self.baseline > 0 else None

    @property
    def growth_percent(self) -> Fraction | None:
        return 100 * self.growth / self.baseline if self.growth is not None and self.baseline else None

    @property
    def day_adjusted_percent(self) -> Fraction | None:
        """For information: the same per calendar day."""
        if self.growth is None or not self.baseline:
            return None
        return 100 * (self.total / self.days / (self.baseline / self.baseline_days) - 1)


def hours_of(
    lines: Iterable[HoursLine], csm: str, month: str, baseline: Fraction | None, baseline_days: Fraction
) -> Hours:
    """Total and growth of a month; `baseline_days` are the calendar days of an average baseline month."""
    total = sum(
        (Fraction(x.hours) for x in lines if x.csm == csm and _month(x.service_date) == month), Fraction(0)
    )
    return Hours(total, baseline, days_in(month), baseline_days)


def baseline_of(lines: Iterable[HoursLine], csm: str, months: Sequence[str]) -> Fraction | None:
    """The monthly average of these months, October to December 2025 as a rule (I4); None without any hours."""
    totals: Mapping[str, Fraction] = _by_month(lines, csm)
    known = [totals[month] for month in months if month in totals]
    return sum(known, Fraction(0)) / len(months) if known else None


def average_days(months: Sequence[str]) -> Fraction:
    """The calendar days of an average one of these months."""
    return Fraction(sum(days_in(month) for month in months), len(months))


def days_in(month: str) -> int:
    """Calendar days of `2026-02`."""
    year, number = map(int, month.split("-"))
    return calendar.monthrange(year, number)[1]


def _by_month(lines: Iterable[HoursLine], csm: str) -> dict[str, Fraction]:
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for line in lines:
        if line.csm == csm:
            totals[_month(line.service_date)] += Fraction(line.hours)
    return totals


def _month(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"
