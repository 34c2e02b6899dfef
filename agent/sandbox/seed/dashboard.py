"""The org's own Quality Dashboard, with the figures of the last two full months (D32)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from agent.rounding import CENT, half_up
from agent.sandbox.catalogue.care import DASHBOARD
from agent.sandbox.seed.casebook import LAST_SAVE
from agent.sandbox.seed.timeline import Ref, Timeline

DIFFERS = "csm/Boston"
"""Whose newest figure is not what the touch points say."""
_BY = Decimal("2.5")
"""Percentage points."""
_BEHIND_UTC = timedelta(hours=10)
"""No office's clock is further behind."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Figure:
    """One window that has closed: whose it was, and the first day of its month on the office's clock."""

    csm: str
    month: date
    activity: str
    done: bool


def write_dashboard(timeline: Timeline, now: datetime, figures: Iterable[Figure]) -> None:
    """A row for each CSM and month."""
    this_month = (now - _BEHIND_UTC).date().replace(day=1)
    newest = _month_before(this_month)
    ends = {newest: this_month, _month_before(newest): newest}
    groups: dict[tuple[date, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.month in ends:
            groups[figure.month, figure.csm].append(figure)
    for (month, csm), group in sorted(groups.items(), key=lambda entry: entry[0]):
        percent = half_up(100 * _mean_of_rates(group), CENT)
        if (csm, month) == (DIFFERS, newest):
            percent -= _BY
        row = {"CSM__c": Ref(csm), "Month__c": month, "Score__c": float(percent)}
        at = min(datetime.combine(ends[month], time(14), UTC), now - LAST_SAVE)
        timeline.insert(f"dashboard/{csm}/{month:%Y-%m}", DASHBOARD, row, at=at, by="admin")


def _month_before(first_day: date) -> date:
    return (first_day - _DAY).replace(day=1)


def _mean_of_rates(group: Sequence[Figure]) -> Fraction:
    """The composite as D20 has it: the mean of the activities' own rates."""
    rates: dict[str, list[bool]] = defaultdict(list)
    for figure in group:
        rates[figure.activity].append(figure.done)
    return sum((Fraction(sum(done), len(done)) for done in rates.values()), Fraction(0)) / len(rates)
