"""What an alert shows of an intervention, from a fresh row or from the mirror."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from agent.alerts.excerpt import excerpt
from agent.alerts.views import AlertView, SideView, Standing
from agent.mapping import OrgMapping
from agent.model import RESOLVED_COLOURS, Intervention, Milestone, MilestoneState, Notice, Side
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.work import Workshop
from agent.store import judged, mirror
from agent.sync import reading


def alert_view(
    work: Workshop,
    row: Mapping[str, Any],
    milestones: Iterable[Milestone],
    around: Surroundings,
    now: datetime,
) -> AlertView:
    """The view of a row as the org holds it now."""
    record = reading.intervention_of(work.mapping, row)
    kept = list(milestones)
    sides = tuple(_side_view(record, side, kept, work.mapping) for side in Side if _is_shown(side, kept))
    is_open = any(record.sides[s.side].colour not in RESOLVED_COLOURS for s in sides)
    return AlertView(
        number=record.number,
        name=record.name,
        office=around.name(record.office_id) or "no office",
        zone=around.zone(record.office_id)[0],
        region=around.name(around.region_of(record.office_id)),
        incident_type=record.incident_type,
        incident_date=record.incident_date,
        submitted_at=record.created_at,
        submitter=around.name(record.created_by) or "unknown",
        account_name=around.name(record.account_id),
        sides=sides,
        url=record_url(work, record.id),
        open_days=max(0, (now - record.created_at).days) if is_open else None,
        plan_hours=work.mapping.rules.plan_hours,
        resolution_days=work.mapping.rules.resolution_days,
        name_in_subject=work.mapping.rules.mail.names_in_subjects,
    )


def alert_view_from_mirror(
    work: Workshop, notice: Notice, around: Surroundings, now: datetime
) -> AlertView | None:
    """The view of the mirrored row; None where the mirror has none."""
    found = mirror.interventions(work.store, [notice.intervention_id])
    if not found:
        return None
    milestones = judged.milestones_of(work.store, notice.intervention_id)
    return alert_view(work, found[0].source, milestones, around, now)


def record_url(work: Workshop, record_id: str) -> str:
    """Where Salesforce shows the record."""
    base = work.store.get("instance_url") or ""
    return f"{base}/lightning/r/{work.mapping.intervention.object}/{record_id}/view"


def list_url(work: Workshop) -> str:
    """Where Salesforce lists the records."""
    base = work.store.get("instance_url") or ""
    return f"{base}/lightning/o/{work.mapping.intervention.object}/list"


def _colour_label(raw: str | None, mapping: OrgMapping) -> str:
    """The org's own word; a text that is no colour of this org stays out of subjects (D15)."""
    if not raw:
        return "no colour set"
    sides = mapping.intervention.sides.values()
    return (
        raw if any(raw in side.colours or raw in side.not_applicable for side in sides) else "unknown colour"
    )


def _is_shown(side: Side, milestones: list[Milestone]) -> bool:
    """A side is shown while it applies (D3)."""
    return any(m.side is side and m.state is not MilestoneState.CANCELLED for m in milestones)


def _side_view(
    record: Intervention, side: Side, milestones: list[Milestone], mapping: OrgMapping
) -> SideView:
    facts = record.sides[side]
    return SideView(
        side=side,
        colour=facts.colour,
        colour_label=_colour_label(facts.raw_colour, mapping),
        stands={m.kind: Standing(m.due, m.state) for m in milestones if m.side is side},
        plan_excerpt=excerpt(facts.plan),
    )
