"""The two timed obligations of a side, plan (S11) and resolution (S12), judged by one and the same rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from agent.days import end_of_day, start_of_day
from agent.instants import to_text
from agent.model import Memory, Milestone, MilestoneKind, MilestoneState, Side
from agent.rules.context import Case
from agent.rules.deadlines import plan_due
from agent.rules.exceptions import Ruling, rule_on_exception
from agent.rules.plan import PlanText, read_plan
from agent.rules.reasons import Reason
from agent.rules.sides import Applying, is_resolved
from agent.rules.timeline import Point, timeline
from agent.rules.timing import Evidence, find_evidence, remember, verdict


@dataclass(frozen=True)
class Asked:
    """What is asked of a side, from `clock_start` to `due`; `inputs` is what `due` was computed from."""

    side: Side
    kind: MilestoneKind
    clock_start: datetime
    due: datetime
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Obligation(Asked):
    """Something to be done in `field`, at any time from `since` on; `points` is the field's life, read as done
    or not."""

    field: str
    since: datetime
    points: tuple[Point[bool], ...]
    exception: Ruling | None = None

    @property
    def done_now(self) -> bool:
        return bool(self.points[-1].value)


def plan_obligation(case: Case, side: Side, applies: Applying) -> Obligation:
    """A plan documented within the hours of the mapping after the side's clock started (D2, D4)."""
    mapping = case.context.mapping
    field, hours, placeholders = (
        mapping.intervention.sides[side].plan,
        mapping.rules.plan_hours,
        mapping.rules.placeholders,
    )
    return Obligation(
        side=side,
        kind=MilestoneKind.PLAN,
        field=field,
        clock_start=applies.since,
        since=applies.since,
        due=plan_due(applies.since, hours),
        points=timeline(
            case.record,
            case.history,
            field,
            case.record.sides[side].plan,
            lambda text: read_plan(text, placeholders) is PlanText.DOCUMENTED,
        ),
        inputs={"clock_start_from": applies.source, "plan_hours": hours},
    )


def resolution_obligation(case: Case, side: Side, memory: Memory) -> Obligation:
    """Green or Red by the end of the local day incident + 30, or of a granted exception's day (D1, D5, D6).

    Its clock starts with the local day of the incident. Resolved at any time counts: leaving and re-entering
    a side restarts nothing (D5).
    """
    context, record = case.context, case.record
    own = context.mapping.intervention.sides[side]
    zero = case.zero
    days = context.mapping.rules.resolution_days
    regular_day = zero.day + timedelta(days=days)
    exception = rule_on_exception(record, case.history, side, regular_day, context, memory.granted)
    last_day = exception.until if exception and exception.granted else regular_day
    raw = record.sides[side].raw_colour
    return Obligation(
        side=side,
        kind=MilestoneKind.RESOLUTION,
        field=own.colour,
        clock_start=start_of_day(zero.day, context.zone),
        since=record.created_at,
        due=end_of_day(last_day, context.zone),
        points=timeline(record, case.history, own.colour, raw, partial(is_resolved, mapping=own)),
        inputs={
            "day_zero": zero.day.isoformat(),
            "day_zero_from": zero.source,
            "resolution_days": days,
            "exception": _told(exception),
        },
        exception=exception,
    )


def judge_milestone(case: Case, asked: Obligation, memory: Memory) -> tuple[Milestone, Memory]:
    """Where the obligation stands, and what to remember: all that is known, and the milestone once met."""
    context, record = case.context, case.record
    memory = remember(_of_this_clock(memory, asked), record, asked.done_now, context.complete_through)
    tracked_since = context.tracked_since.get(asked.field)
    evidence = find_evidence(record, asked.points, memory, asked.since, tracked_since)
    stands = standing(evidence, asked.due, record.created_at, context.complete_through)
    fresh = as_milestone(case, asked, stands, evidence, _known(asked, evidence, memory))
    milestone = _settled(fresh, memory.met)
    if asked.exception is not None and asked.exception.granted:
        memory = replace(memory, granted=asked.exception.name)
    return milestone, replace(memory, met=milestone) if milestone.state.is_met else memory


def standing(
    evidence: Evidence | None, due: datetime, created_at: datetime, complete_through: datetime
) -> tuple[MilestoneState, Reason]:
    """Where an obligation that binds stands; it is violated once the low-water mark has passed `due` (D11)."""
    if evidence is not None:
        return verdict(evidence, due, created_at)
    if due < complete_through:
        return MilestoneState.VIOLATED, Reason.DUE_PASSED
    return MilestoneState.OPEN, Reason.NOT_DUE_YET


def cancel(case: Case, asked: Asked, applies: bool) -> Milestone:
    """The obligation no longer binds: the record is gone, or the side is out of it."""
    known = {"deleted": case.record.deleted, "applies": applies}
    return as_milestone(case, asked, cancelled(case.record.deleted), known=known)


def cancelled(deleted: bool, lost: bool = False) -> tuple[MilestoneState, Reason]:
    """Where an obligation stands that binds no more: the record is gone, its side is out of it, or is lost."""
    if deleted:
        return MilestoneState.CANCELLED, Reason.RECORD_DELETED
    return MilestoneState.CANCELLED, Reason.SIDE_LOST if lost else Reason.SIDE_NO_LONGER_APPLIES


def as_milestone(
    case: Case,
    asked: Asked,
    stands: tuple[MilestoneState, Reason],
    evidence: Evidence | None = None,
    known: Mapping[str, Any] | None = None,
) -> Milestone:
    """The obligation as it `stands`; `known` are inputs of that decision beside those of the due time."""
    state, reason = stands
    return Milestone(
        side=asked.side,
        kind=asked.kind,
        state=state,
        reason=reason.value,
        clock_start=asked.clock_start,
        due=asked.due,
        met_at=evidence.latest if evidence else None,
        inputs={
            **case.inputs,
            "clock_start": to_text(asked.clock_start),
            "due": to_text(asked.due),
            **asked.inputs,
            **(known or {}),
        },
    )


def _of_this_clock(memory: Memory, asked: Obligation) -> Memory:
    """A side that began to apply anew has a new plan clock (D2), which the old one's plan does not answer."""
    restarted = memory.met is not None and memory.met.clock_start < asked.clock_start
    if restarted and asked.kind is MilestoneKind.PLAN:
        return Memory(absent_through=memory.absent_through, began=memory.began)
    return memory


def _settled(fresh: Milestone, met: Milestone | None) -> Milestone:
    """Once met stays met (D5), and what was known stays known when history rows expire."""
    if met is None or not met.state.is_met:
        return fresh
    forgotten = fresh.state is MilestoneState.MET_TIME_UNKNOWN and met.due == fresh.due
    return met if forgotten or not fresh.state.is_met else fresh


def _known(asked: Obligation, evidence: Evidence | None, memory: Memory) -> dict[str, Any]:
    return {
        "done_now": asked.done_now,
        "evidence": evidence_inputs(evidence),
        "done_by": to_text(memory.done_by),
        "undone_through": to_text(memory.undone_through),
    }


def evidence_inputs(evidence: Evidence | None) -> dict[str, Any] | None:
    """What shows that it was done, as a milestone's inputs hold it."""
    if evidence is None:
        return None
    return {
        "earliest": to_text(evidence.earliest),
        "latest": to_text(evidence.latest),
        "source": evidence.source,
    }


def _told(exception: Ruling | None) -> dict[str, Any] | None:
    if exception is None:
        return None
    return {
        "until": exception.until.isoformat(),
        "set_by": exception.by,
        "granted": exception.granted,
        "refused_because": [refusal.value for refusal in exception.refusals],
    }
