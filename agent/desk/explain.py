"""Why an intervention stands where it stands, and who was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.desk.find import find
from agent.desk.said import Said
from agent.instants import from_text
from agent.mapping import OrgMapping
from agent.model import Milestone, MilestoneKind, Side
from agent.pipeline.surroundings import Surroundings
from agent.rules.reasons import sentence
from agent.store import Store, census, judged, messages, notices
from agent.store.notices import KeptNotice
from agent.sync import reading

ORDER = tuple(MilestoneKind)
"""As they follow in the process."""
At = Callable[[datetime | None], str | None]
"""Words an instant."""


def explain(store: Store, mapping: OrgMapping, which: str, now: datetime) -> dict[str, Any]:
    """Both sides' clocks, due times, states and reasons; the alerts and who was told. JSON-ready.

    `which` is a record number or an id of 15 or 18 characters. Instants are texts on the office's clock, with
    their offset: `2026-11-14T15:05:00-05:00`.

    Raises:
        AgentError: no such intervention in the mirror.
    """
    kept = find(store, which)
    record = reading.intervention_of(mapping, kept.source, deleted=kept.deleted)
    around = Surroundings(store, mapping, now)
    zone, own_zone = around.zone(record.office_id)

    def at(instant: datetime | None) -> str | None:
        return instant.astimezone(zone).isoformat(timespec="seconds") if instant else None

    milestones = judged.milestones_of(store, record.id)
    handling = judged.handling_of(store, record.id)
    return {
        "id": record.id,
        "number": record.number,
        "office": around.name(record.office_id),
        "zone": zone.key,
        "zone_is_own": own_zone,
        "submitted": at(record.created_at),
        "incident_date": record.incident_date.isoformat() if record.incident_date else None,
        "deleted": record.deleted,
        "unseen_since": at(from_text(census.unseen_since(store, record.id))),
        "open": kept.open,
        "sides": [
            _side(side, record.sides[side].raw_colour, milestones, handling.get(side, (None, [])), at)
            for side in Side
        ],
        **Said(store, around, now).about(record, at),
        "findings": [_finding(f) for f in judged.findings_of(store, record.id)],
        "alerts": [
            _alert(store, mapping, kept, at)
            for kept in notices.of_intervention(store, store.get("org_id") or "", record.id)
        ],
    }


def _side(
    side: Side, colour: str | None, milestones: Sequence[Milestone], handling: tuple[Any, Any], at: At
) -> dict[str, Any]:
    own = sorted((m for m in milestones if m.side is side), key=lambda m: ORDER.index(m.kind))
    score, checks = handling
    return {
        "side": side.value,
        "colour": colour,
        "applies": any(m.state != "cancelled" for m in own),
        "milestones": [_milestone(m, at) for m in own],
        "handling_score": score,
        "handling_checks": checks,
    }


def _finding(found: Mapping[str, Any]) -> dict[str, Any]:
    """The finding with its sentences; its detail is a refusal's code (D6), an API name or a sentence already."""
    return {**found, "text": f"{sentence(found['code'])} {sentence(found['detail'])}".strip()}


def _milestone(m: Milestone, at: At) -> dict[str, Any]:
    return {
        "kind": m.kind.value,
        "state": m.state.value,
        "clock_start": at(m.clock_start),
        "due": at(m.due),
        "met_at": at(m.met_at),
        "reason": m.reason,
        "why": sentence(m.reason),
    }


def _alert(store: Store, mapping: OrgMapping, kept: KeptNotice, at: At) -> dict[str, Any]:
    # Another agent's deliveries, or an earlier life's, are known from Salesforce alone.
    deliveries = messages.deliveries_of(store, kept.notice.key) or kept.told.get("deliveries", ())
    roles: Mapping[str, str] = kept.told.get("roles", {})
    return {
        "rule": kept.notice.rule.value,
        "sides": [side.value for side in kept.notice.sides],
        "due": at(kept.notice.due),
        "state": kept.state.value,
        "reason": kept.reason,
        "roles": dict(roles),
        "dropped": [
            role.title for name, role in mapping.recipients.roles.items() if roles.get(name) == "dropped"
        ],
        "told": [{**d, "at": at(from_text(d["at"]))} for d in deliveries],
    }
