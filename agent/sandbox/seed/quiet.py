"""Keeps deadlines away from now, so that an agent looking at the sandbox is not overtaken by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEFORE = timedelta(minutes=15)
AFTER = timedelta(minutes=30)
_STEP = BEFORE + AFTER + timedelta(minutes=1)
_DAY = timedelta(days=1)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """23:59:59 of a local day, in UTC (D1)."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def is_quiet(due: datetime, now: datetime) -> bool:
    return not now - BEFORE <= due <= now + AFTER


def quiet_day(day: date, zone: ZoneInfo, now: datetime) -> date:
    """This day, or the one before where this one ends about now."""
    return day if is_quiet(end_of_day(day, zone), now) else day - _DAY


def quiet_instant(
    instant: datetime, now: datetime, deadlines: Callable[[datetime], Iterable[datetime]]
) -> datetime:
    """This instant, or the nearest earlier one none of whose deadlines falls about now."""
    while not all(is_quiet(due, now) for due in deadlines(instant)):
        instant -= _STEP
    return instant
