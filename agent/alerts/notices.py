"""Which facts are to be told, from a judgement alone (S10, S11, S12; D2, D9). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from agent.instants import to_text
from agent.model import Intervention, Judgement, Milestone, MilestoneKind, MilestoneState, Notice, Rule, Side

Decided = tuple[Notice, str, Mapping[str, Any]]
"""A notice, the reason it is told for, and the inputs of that decision."""
RULE_OF_KIND = {MilestoneKind.PLAN: Rule.PLAN_24H, MilestoneKind.RESOLUTION: Rule.RESOLUTION_30D}


def decide(
    org_id: str, record: Intervention, judgement: Judgement, told_after: Mapping[Any, datetime | None]
) -> list[Decided]:
    """The notices this judgement asks for.

    `told_after` is, per rule that is on, the instant after which facts are told (D9); None: none yet.
    """
    if record.deleted:
        return []
    found = [*_submission(org_id, record), *_violations(org_id, record, judgement)]
    return [d for d in found if _is_after(d[0], told_after.get(d[0].rule))]


def _submission(org_id: str, record: Intervention) -> Iterator[Decided]:
    notice = Notice(org_id, record.id, Rule.SUBMISSION, record.created_at)
    yield notice, "submitted", {"created_at": to_text(record.created_at)}


def _violations(org_id: str, record: Intervention, judgement: Judgement) -> Iterator[Decided]:
    """One notice for all sides late at the same instant (D2); another instant, another notice."""
    late: dict[tuple[Rule, datetime], list[Milestone]] = {}
    for m in judgement.milestones:
        if m.state is MilestoneState.VIOLATED:
            late.setdefault((RULE_OF_KIND[m.kind], m.due), []).append(m)
    for (rule, due), milestones in late.items():
        sides = tuple(side for side in Side if side in {m.side for m in milestones})
        inputs = {m.side.value: dict(m.inputs) for m in milestones}
        yield Notice(org_id, record.id, rule, due, sides), milestones[0].reason, inputs


def _is_after(notice: Notice, threshold: datetime | None) -> bool:
    return threshold is not None and notice.due > threshold
