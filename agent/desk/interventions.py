"""Lists of interventions, colours first: All, Open and Resolved by office and region (S6, S13)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent.desk.said import Said
from agent.errors import AgentError
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.model import MilestoneState, Side
from agent.pipeline.surroundings import Surroundings
from agent.store import Store, judged, mirror
from agent.sync import reading


def interventions(
    store: Store, mapping: OrgMapping, now: datetime, *, which: str, office: str | None, region: str | None
) -> list[dict[str, Any]]:
    """`which` is all, open or resolved; office and region match any part of the name, in any case.

    No client's name (D15): the record number leads to it in Salesforce. `submitted_at` is on the office's clock.

    Raises:
        AgentError: no office or region has such a name. An empty list would say that nothing is open there.
    """
    around = Surroundings(store, mapping, now)
    said = Said(store, around, now)
    rows = [_row(store, mapping, around, said, kept) for kept in mirror.listed(store, which)]
    found = [row for row in rows if _is_like(row["office"], office) and _is_like(row["region"], region)]
    if not found:
        _must_be_known(store, "office", office)
        _must_be_known(store, "region", region)
    return found


def _must_be_known(store: Store, kind: str, wanted: str | None) -> None:
    known = mirror.references_of(store, kind).values()
    if not any(_is_like(name, wanted) for name in ("", *known)):
        raise AgentError(f"No {kind} has a name that holds {wanted!r}. Known: {', '.join(known) or 'none'}.")


def _is_like(name: str | None, wanted: str | None) -> bool:
    return wanted is None or wanted.lower() in (name or "").lower()


def _row(
    store: Store, mapping: OrgMapping, around: Surroundings, said: Said, kept: mirror.MirroredIntervention
) -> dict[str, Any]:
    record = reading.intervention_of(mapping, kept.source, deleted=kept.deleted)
    milestones = judged.milestones_of(store, record.id)
    applying = {m.side for m in milestones if m.state is not MilestoneState.CANCELLED}
    return {
        "id": record.id,
        "number": record.number,
        **{side.value: _colour(record.sides[side].raw_colour, side in applying) for side in Side},
        "office": around.name(record.office_id),
        "region": around.name(around.region_of(record.office_id)),
        "incident_type": record.incident_type,
        "submitted_at": record.created_at.astimezone(around.zone(record.office_id)[0]).isoformat(),
        "open": kept.open,
        "violated": sorted(
            f"{m.side.value} {m.kind.value}" for m in milestones if m.state is MilestoneState.VIOLATED
        ),
        **said.about(record, to_text),
    }


def _colour(raw: str | None, applies: bool) -> str | None:
    """The org's own word; None where the side does not apply."""
    return (raw or "no colour") if applies else None
