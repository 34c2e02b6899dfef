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
    """This day, or the nearest earlier one for which no deadline and no reminder (D16) falls about now."""
    while not all(is_quiet(end_of_day(due, zone), now) for due in due_days(day, zone, now)):
        day -= _DAY
    return day


def due_days(last_day: date, zone: ZoneInfo, now: datetime) -> list[date]:
    """Of the days about now, those that end a time which runs to this last day, or remind of it."""
    today = now.astimezone(zone).date()
    return [day for day in (today - _DAY, today, today + _DAY) if _is_due((day - last_day).days)]


def _is_due(days_after: int) -> bool:
    """Reminders come seven days and one day before the end, and every week after it."""
    return days_after == -1 or (days_after >= -7 and days_after % 7 == 0)


def quiet_instant(
    instant: datetime,
    now: datetime,
    deadlines: Callable[[datetime], Iterable[datetime]],
    *,
    step: timedelta = _STEP,
) -> datetime:
    """This instant, or the nearest earlier one by whole steps none of whose deadlines falls about now."""
    while not all(is_quiet(due, now) for due in deadlines(instant)):
        instant -= step
    return instant
