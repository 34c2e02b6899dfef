"""One intervention, judged: both milestones of each side, findings, and what to remember (D0-D6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from agent.model import (
    FieldChange,
    Finding,
    Intervention,
    Judgement,
    Memory,
    Milestone,
    MilestoneKind,
    MilestoneState,
    Side,
)
from agent.rules.context import Case, Context
from agent.rules.findings import colour_findings, plan_findings, record_findings, resolution_findings
from agent.rules.milestones import cancel, judge_milestone, plan_obligation, resolution_obligation
from agent.rules.reasons import Reason
from agent.rules.sides import Applying, applying, is_resolved, remember_applying

__all__ = ["Context", "judge"]

Memories = Mapping[tuple[Side, MilestoneKind], Memory]


def judge(
    record: Intervention, history: Sequence[FieldChange], memory: Memories, context: Context
) -> Judgement:
    """Everything the rules say about this intervention, from these facts alone; nonsense never raises.

    `history` are the record's own rows, in any order; `memory` is what the last judgement returned.
    Without a changed row the answer can differ only once the low-water mark has *passed* `again_at`.
    `scores` stays empty: the handling score is another room's (agent/quality/handling.py).
    """
    case = Case(record, history, context)
    sides = applying(record, history, memory, context.mapping.intervention)
    milestones: list[Milestone] = []
    findings = [] if record.deleted else list(record_findings(case))
    remembered = dict(memory)
    for side, applies in sides.items():
        if record.deleted or not applies.now:
            reason = Reason.RECORD_DELETED if record.deleted else Reason.SIDE_NO_LONGER_APPLIES
            milestones += _cancelled(case, side, applies, reason)
        else:
            milestones += _judged(case, side, applies, remembered, findings)
    if not record.deleted:
        for side in Side:
            key = (side, MilestoneKind.PLAN)
            known = remembered.get(key, Memory())
            remembered[key] = remember_applying(known, sides.get(side), context.complete_through)
    return Judgement(
        intervention_id=record.id,
        milestones=tuple(milestones),
        findings=tuple(findings),
        memory=remembered,
        again_at=_again_at(milestones, context),
        open=not record.deleted and not _resolved(case, sides),
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
    return milestones


def _cancelled(case: Case, side: Side, applies: Applying, reason: Reason) -> list[Milestone]:
    obligations = (plan_obligation(case, side, applies), resolution_obligation(case, side, Memory()))
    return [cancel(case, asked, reason) for asked in obligations]


def _again_at(milestones: Sequence[Milestone], context: Context) -> datetime | None:
    """The next due time of a milestone or of a check of the handling score (D31) that has not passed.

    Met milestones are among them: their check counts only from its due time on.
    """
    hours = context.mapping.rules.handling
    binding = [m for m in milestones if m.state is not MilestoneState.CANCELLED]
    instants = [m.due for m in binding]
    for milestone in binding:
        if milestone.kind is MilestoneKind.PLAN:
            start = milestone.clock_start
            instants += [
                start + timedelta(hours=hours.colour_hours),
                start + timedelta(hours=hours.chatter_hours),
            ]
    return min((instant for instant in instants if instant >= context.complete_through), default=None)


def _resolved(case: Case, sides: Mapping[Side, Applying]) -> bool:
    """True when every applicable side is Green or Red (D5); with no side, nobody has resolved anything."""
    mapping = case.context.mapping.intervention.sides
    affected = [side for side, applies in sides.items() if applies.now]
    return bool(affected) and all(
        is_resolved(case.record.sides[side].raw_colour, mapping[side]) for side in affected
    )
