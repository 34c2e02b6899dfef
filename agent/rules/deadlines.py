"""When a milestone is due (D1, D2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.mapping import InterventionMapping
from agent.model import Intervention
from agent.rules.reasons import FindingCode


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
