"""Local days as instants: when a day begins and ends where an office is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

EARLIEST_DAY = date(1, 1, 3)
LATEST_DAY = date(9999, 12, 29)
"""Days beyond these have no UTC instant in every zone; a typing error must not stop the judgement."""


@lru_cache(maxsize=4096)  # A few hundred days in a few zones make up almost every deadline.
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """00:00:00 of the local day, as UTC."""
    return datetime.combine(_usable(day), time.min, zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """23:59:59 of the local day, as UTC; the later one where the clock shows it twice (D1)."""
    last_second = time(23, 59, 59, fold=1)
    return datetime.combine(_usable(day), last_second, zone).astimezone(UTC)


def days_after(day: date, days: int) -> date:
    """So many days later; the edge of the calendar where there are none."""
    return date.fromordinal(
        min(max(day.toordinal() + days, EARLIEST_DAY.toordinal()), LATEST_DAY.toordinal())
    )


def _usable(day: date) -> date:
    return min(max(day, EARLIEST_DAY), LATEST_DAY)
