"""One intervention, judged: the milestones of each side, findings, and what to remember (D0-D6, D12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.model import (
    FieldChange,
    Finding,
    Intervention,
    Judgement,
    Memory,
    Milestone,
    MilestoneKind,
    Side,
)
from agent.rules.again import again_at
from agent.rules.conduct import awaited_findings, contact_findings, form_findings, recovery_findings
from agent.rules.context import Case, Context
from agent.rules.findings import colour_findings, plan_findings, record_findings, resolution_findings
from agent.rules.follow_up import judge_contacts
from agent.rules.heard import NOTHING, Heard
from agent.rules.milestones import cancel, judge_milestone, plan_obligation, resolution_obligation
from agent.rules.sides import Applying, applying, is_resolved, remember_applying

__all__ = ["Context", "Heard", "judge"]

Memories = Mapping[tuple[Side, MilestoneKind], Memory]


def judge(
    record: Intervention,
    history: Sequence[FieldChange],
    memory: Memories,
    context: Context,
    heard: Heard = NOTHING,
) -> Judgement:
    """Everything the rules say about this intervention, from these facts alone; nonsense never raises.

    `history` are the record's own rows, in any order; `memory` is what the last judgement returned; without
    `heard` neither contacts nor Chatter are judged.
    Without a changed row the answer can differ only once the low-water mark has *passed* `again_at`.
    `scores` stays empty: the handling score is another room's (agent/quality/handling.py).
    """
    case = Case(record, history, context, heard)
    sides = applying(record, history, memory, context.mapping.intervention)
    milestones: list[Milestone] = []
    findings = [] if record.deleted else list(record_findings(case))
    remembered = dict(memory)
    for side, applies in sides.items():
        if record.deleted or not applies.now:
            milestones += _cancelled(case, side, applies, remembered)
        else:
            milestones += _judged(case, side, applies, remembered, findings)
    if not record.deleted:
        for side in Side:
            key = (side, MilestoneKind.PLAN)
            known = remembered.get(key, Memory())
            remembered[key] = remember_applying(known, sides.get(side), context.complete_through)
    is_open = not record.deleted and not _resolved(case, sides)
    awaited = _conduct(case, sides, findings, is_open=is_open)
    return Judgement(
        intervention_id=record.id,
        milestones=tuple(milestones),
        findings=(*findings, *(found for found in awaited if _holds(found, context))),
        memory=remembered,
        again_at=again_at(case, milestones, [*findings, *awaited]),
        open=is_open,
    )


def _judged(
    case: Case,
    side: Side,
    applies: Applying,
    memory: dict[tuple[Side, MilestoneKind], Memory],
    findings: list[Finding],
) -> list[Milestone]:
    """The milestones of an applying side; adds to `memory` and `findings`."""
    known = memory.get((side, MilestoneKind.RESOLUTION), Memory())
    plan, resolution = plan_obligation(case, side, applies), resolution_obligation(case, side, known)
    milestones = []
    for asked in (plan, resolution):
        key = (side, asked.kind)
        milestone, memory[key] = judge_milestone(case, asked, memory.get(key, Memory()))
        milestones.append(milestone)
    findings += colour_findings(case, side)
    findings += plan_findings(case, plan, milestones[0])
    findings += resolution_findings(resolution, milestones[1])
    milestones += judge_contacts(case, side, milestones[0], applies=True)
    findings += contact_findings(milestones)
    return milestones


def _cancelled(case: Case, side: Side, applies: Applying, memory: Memories) -> list[Milestone]:
    obligations = (plan_obligation(case, side, applies), resolution_obligation(case, side, Memory()))
    documented = memory.get((side, MilestoneKind.PLAN), Memory()).met
    return [
        *(cancel(case, asked, applies.now) for asked in obligations),
        *judge_contacts(case, side, documented, applies=applies.now),
    ]


def _conduct(
    case: Case, sides: Mapping[Side, Applying], findings: list[Finding], *, is_open: bool
) -> list[Finding]:
    """Adds what is wrong with how the record is kept; returns what will be, unless somebody writes in time."""
    if case.record.deleted:
        return []
    affected = [side for side, applies in sides.items() if applies.now]
    findings += form_findings(case)
    findings += recovery_findings(case, affected)
    return list(awaited_findings(case, affected, is_open=is_open))


def _holds(awaited: Finding, context: Context) -> bool:
    return awaited.since is not None and awaited.since < context.complete_through


def _resolved(case: Case, sides: Mapping[Side, Applying]) -> bool:
    """True when every applicable side is Green or Red (D5); with no side, nobody has resolved anything."""
    mapping = case.context.mapping.intervention.sides
    affected = [side for side, applies in sides.items() if applies.now]
    return bool(affected) and all(
        is_resolved(case.record.sides[side].raw_colour, mapping[side]) for side in affected
    )
