"""Whose working hours reminders wait for, and until when (D16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.alerts.hours import next_start, next_working
from agent.alerts.recipients import hearing_roles
from agent.instants import from_text, to_text
from agent.model import ALERTS, DIGESTS, Rule
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.work import Workshop
from agent.store import mirror, notices
from agent.store.mirror import MirroredIntervention
from agent.store.notices import KeptNotice


def waits(work: Workshop, rule: Rule) -> bool:
    """True for what waits for the working hours of whoever hears it; a digest begins a working day."""
    return rule in DIGESTS or (rule in ALERTS and work.mapping.rules.alerts.of(rule).working_hours)


def reached_at(work: Workshop, kept: KeptNotice, zone: ZoneInfo, now: datetime) -> datetime:
    """When a notice that is told from now on reaches somebody in this zone.

    What is for the daily digest waits for the beginning of a working day: so there is one a day.
    """
    hours = work.mapping.rules.working_hours
    if not waits(work, kept.notice.rule):
        return now
    if kept.notice.rule in DIGESTS:
        return next_working(max(now, next_start(from_text(kept.decided_at), zone, hours)), zone, hours)
    return next_working(now, zone, hours)


def whose_hours_have_come(work: Workshop, batch: Sequence[KeptNotice], now: datetime) -> list[KeptNotice]:
    """Those of a batch that reach at least one of their people now; the others are put off, as rows, to when the
    first one's hours begin.

    This comes before anything is claimed: what waits for Monday owes no sign of life, and a lost disk costs it
    nothing.
    """
    reminders = [kept for kept in batch if waits(work, kept.notice.rule)]
    if not reminders:
        return list(batch)
    ids = sorted({kept.notice.intervention_id for kept in reminders})
    known = {row.id: row for row in mirror.interventions(work.store, ids)}
    around = Surroundings(work.store, work.mapping, now)
    put_off = {}
    for kept in reminders:
        zones = _zones(work, kept, known.get(kept.notice.intervention_id), around)
        begins = min(reached_at(work, kept, zone, now) for zone in zones)
        if begins > now:
            put_off[kept.notice.key] = to_text(begins)
    if put_off:
        with work.store.transaction():
            notices.wait_until(work.store, put_off)
    return [kept for kept in batch if kept.notice.key not in put_off]


def _zones(
    work: Workshop, kept: KeptNotice, row: MirroredIntervention | None, around: Surroundings
) -> set[ZoneInfo]:
    """The zones of whoever hears it, as far as the mirror knows them."""
    mapping, notice = work.mapping, kept.notice
    if row is None:
        return {around.zone(None)[0]}
    office_zone = around.zone(row.source.get(mapping.intervention.office))[0]
    roles = hearing_roles(mapping, mapping.rules.alerts.of(notice.rule).to, notice.sides)
    paths = [mapping.recipients.roles[role].path for role in roles]
    # Whom a people directory names has no zone of their own.
    people = {around.walk(row.source, path) if path else None for path in paths}
    return {zone_of(work, person, around, office_zone) for person in people} or {office_zone}


def zone_of(work: Workshop, person_id: str | None, around: Surroundings, office_zone: ZoneInfo) -> ZoneInfo:
    """A person's own time zone, else the office's."""
    field = work.mapping.reference.person.time_zone
    try:
        return ZoneInfo(around.reference(person_id)[field or ""])
    except (KeyError, TypeError, ValueError, OSError, ZoneInfoNotFoundError):  # OSError: "America"
        return office_zone
