"""When people work: reminders reach them then, and a digest at the beginning of their day (D16). Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.mapping.alerts import WorkingHours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As `date.weekday` counts them."""


def next_working(instant: datetime, zone: ZoneInfo, hours: WorkingHours) -> datetime:
    """This instant where somebody in this zone is at work then, else when they next begin. Aware UTC."""
    at_work = _is_at_work(instant.astimezone(zone), hours)
    return instant.astimezone(UTC) if at_work else next_start(instant, zone, hours)


def next_start(instant: datetime, zone: ZoneInfo, hours: WorkingHours) -> datetime:
    """When a working day next begins there, later than this instant. Aware UTC.

    Where the clock leaps over that hour it is the end of the leap; where it shows it twice, the first.
    """
    after, day = instant.astimezone(UTC), instant.astimezone(zone).date()
    while True:
        begins = _start_of(day, zone, hours)
        if begins > after and _is_at_work(begins, hours):
            return begins.astimezone(UTC)
        day += timedelta(days=1)


def _start_of(day: date, zone: ZoneInfo, hours: WorkingHours) -> datetime:
    # By way of UTC: an hour that the clock leaps over becomes the one it shows.
    return datetime.combine(day, time(hours.start), zone).astimezone(UTC).astimezone(zone)


def _is_at_work(local: datetime, hours: WorkingHours) -> bool:
    return WEEKDAYS[local.weekday()] in hours.days and hours.start <= local.hour < hours.end
