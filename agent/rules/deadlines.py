"""When a milestone is due (D1, D2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from agent.mapping import InterventionMapping
from agent.model import Intervention
from agent.rules.reasons import FindingCode

EARLIEST_DAY = date(1, 1, 3)
LATEST_DAY = date(9999, 12, 29)
"""Days beyond these have no UTC instant in every zone; a typing error must not stop the judgement."""


@dataclass(frozen=True)
class DayZero:
    """The local day from which the 30 days are counted, what told it, and what is wrong with the record."""

    day: date
    source: str
    finding: FindingCode | None = None


def day_zero(record: Intervention, mapping: InterventionMapping, zone: ZoneInfo) -> DayZero:
    """The incident date; else the local day of creation, marked by a finding (D1)."""
    submitted = record.created_at.astimezone(zone).date()
    incident = record.incident_date if mapping.incident_date else None
    if incident is None:
        return DayZero(submitted, "created_at", FindingCode.INCIDENT_DATE_MISSING)
    if incident > submitted:
        return DayZero(submitted, "created_at", FindingCode.INCIDENT_AFTER_SUBMISSION)
    return DayZero(incident, "incident_date")


def plan_due(clock_start: datetime, hours: int) -> datetime:
    """Elapsed hours after the start, across weekends and daylight-saving nights (D2). Aware UTC."""
    return clock_start.astimezone(UTC) + timedelta(hours=hours)


@lru_cache(maxsize=4096)  # A few hundred days in a few zones make up almost every deadline.
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """00:00:00 of the local day, as UTC."""
    return datetime.combine(_usable(day), time.min, zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """23:59:59 of the local day, as UTC; the later one where the clock shows it twice (D1)."""
    last_second = time(23, 59, 59, fold=1)
    return datetime.combine(_usable(day), last_second, zone).astimezone(UTC)


def _usable(day: date) -> date:
    return min(max(day, EARLIEST_DAY), LATEST_DAY)
