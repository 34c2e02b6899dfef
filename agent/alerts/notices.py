"""Which facts are to be told, and whether one still is, from a judgement alone (D2, D8, D9, D12, D16). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from agent.alerts.silences import open_sides
from agent.instants import to_text
from agent.mapping.alerts import Alerts
from agent.model import (
    Finding,
    Intervention,
    Judgement,
    Milestone,
    MilestoneKind,
    MilestoneState,
    Notice,
    Rule,
    Side,
)
from agent.reminders import warnings, weekly

Decided = tuple[Notice, str, Mapping[str, Any]]
"""A notice, the reason it is told for, and the inputs of that decision."""
RULE_OF_KIND = {
    MilestoneKind.PLAN: Rule.PLAN_24H,
    MilestoneKind.RESOLUTION: Rule.RESOLUTION_30D,
    MilestoneKind.CONTACT: Rule.FOLLOW_UP,
    MilestoneKind.SECOND_CONTACT: Rule.FOLLOW_UP,
}
"""What is told when such a milestone is violated."""
WARNING_OF_KIND = {
    MilestoneKind.PLAN: Rule.PLAN_DUE_SOON,
    MilestoneKind.RESOLUTION: Rule.RESOLUTION_DUE_SOON,
}
KINDS_OF_RULE: Mapping[Rule, frozenset[MilestoneKind]] = {
    Rule.PLAN_24H: frozenset({MilestoneKind.PLAN}),
    Rule.PLAN_DUE_SOON: frozenset({MilestoneKind.PLAN}),
    Rule.RESOLUTION_30D: frozenset({MilestoneKind.RESOLUTION}),
    Rule.RESOLUTION_DUE_SOON: frozenset({MilestoneKind.RESOLUTION}),
    Rule.STILL_OPEN: frozenset({MilestoneKind.RESOLUTION}),
    Rule.FOLLOW_UP: frozenset({MilestoneKind.CONTACT, MilestoneKind.SECOND_CONTACT}),
}
_ENDED = {
    Rule.CONDUCT: "it has been put right",
    Rule.SILENCE_ENDED: "no side is open any more",
}


@dataclass(frozen=True)
class Telling:
    """What decides beside the judgement. `told_after` is, per rule that is on, the instant after which facts
    are told (D9); None: none yet."""

    org_id: str
    alerts: Alerts
    told_after: Mapping[Rule, datetime | None]


class Fact(NamedTuple):
    """Something that stands at one instant and may have to be told."""

    rule: Rule
    due: datetime
    sides: tuple[Side, ...]
    reason: str
    inputs: Mapping[str, Any]
    topic: str = "-"


class Stands(NamedTuple):
    """What the re-check found (D8): the sides a notice names now, and "" or why it no longer holds."""

    sides: tuple[Side, ...]
    why_not: str = ""


def decide(
    telling: Telling, record: Intervention, judgement: Judgement, zone: ZoneInfo, through: datetime
) -> list[Decided]:
    """The notices this judgement asks for. `through` is the low-water mark it was made with (D11)."""
    found = []
    for fact in facts(record, judgement, telling.alerts, zone, through):
        threshold = telling.told_after.get(fact.rule)
        if threshold is not None and fact.due > threshold:
            notice = Notice(telling.org_id, record.id, fact.rule, fact.due, fact.sides, topic=fact.topic)
            found.append((notice, fact.reason, fact.inputs))
    return found


def still_holds(
    notice: Notice, record: Intervention, judgement: Judgement, alerts: Alerts, zone: ZoneInfo, at: datetime
) -> Stands:
    """Whether a fresh judgement still asks for this notice (D8).

    A warning whose deadline has come by `at`, and a reminder that a later one has followed, hold no more.
    """
    if record.deleted:
        return Stands((), "the SLI was deleted")
    if notice.rule is Rule.SILENCE_ENDED:
        sides = open_sides(record, judgement.milestones)
        return Stands(sides, "" if sides else _ENDED[notice.rule])
    for fact in facts(record, judgement, alerts, zone, at):
        if (fact.rule, fact.due, fact.topic) == (notice.rule, notice.due, notice.topic):
            return Stands(fact.sides)
    return Stands((), _why_not(notice, judgement))


def facts(
    record: Intervention, judgement: Judgement, alerts: Alerts, zone: ZoneInfo, at: datetime
) -> Iterator[Fact]:
    """Everything that stands at this instant and is told to people, old or new; nothing of a deleted record."""
    if record.deleted:
        return
    yield Fact(
        Rule.SUBMISSION, record.created_at, (), "submitted", {"created_at": to_text(record.created_at)}
    )
    # Sides to which the same happens at the same instant share a notice (D2).
    shared: dict[tuple[Rule, datetime], list[tuple[Milestone, str, Mapping[str, Any]]]] = {}
    for milestone in judgement.milestones:
        for rule, due, reason, more in _told_of(milestone, record, alerts, zone, at):
            shared.setdefault((rule, due), []).append((milestone, reason, more))
    for (rule, due), told in shared.items():
        inputs = {m.side.value: {**m.inputs, **more} for m, _, more in told}
        yield Fact(rule, due, _in_order(m.side for m, _, _ in told), told[0][1], inputs)
    for finding in judgement.findings:
        if finding.since is not None and finding.since < at:
            yield _conduct(finding, finding.since, judgement)


def unanswered(reminders: Sequence[datetime], answers: Iterable[datetime], number: int) -> bool:
    """True where the last `number` reminders that people got met with no answer since the first of them (D16)."""
    if len(reminders) < number:
        return False
    first = sorted(reminders)[-number]
    return not any(answer > first for answer in answers)


def _told_of(
    milestone: Milestone, record: Intervention, alerts: Alerts, zone: ZoneInfo, at: datetime
) -> Iterator[tuple[Rule, datetime, str, Mapping[str, Any]]]:
    """Rule, instant, reason and further inputs of what is told about a milestone as it stands."""
    if milestone.state is MilestoneState.VIOLATED:
        yield RULE_OF_KIND[milestone.kind], milestone.due, milestone.reason, {}
        if milestone.kind is MilestoneKind.RESOLUTION:
            newest = weekly(milestone, alerts, zone).latest(at)
            if newest is not None:
                steps = {"number": newest[0], "every_days": alerts.still_open.every_days}
                yield Rule.STILL_OPEN, newest[1], "still_open", steps
    elif milestone.state is MilestoneState.OPEN and milestone.kind in WARNING_OF_KIND and milestone.due > at:
        # After an outage the newest warning says it all.
        passed = [instant for instant in warnings(milestone, alerts, record.created_at) if instant < at]
        if passed:
            before = {"before": _before(milestone, alerts)}
            yield WARNING_OF_KIND[milestone.kind], passed[-1], "due_soon", before


def _before(milestone: Milestone, alerts: Alerts) -> Sequence[int]:
    """How long before the due time its owner is warned: hours of a plan, days of a resolution."""
    of_plan = milestone.kind is MilestoneKind.PLAN
    return alerts.plan_due_soon.hours_before if of_plan else alerts.resolution_due_soon.days_before


def _conduct(finding: Finding, since: datetime, judgement: Judgement) -> Fact:
    """A finding about the record as a whole concerns the owners of all sides that apply; where none does, the
    client's: every SLI has an office, and so an owner of that side."""
    applying = _in_order(m.side for m in judgement.milestones if m.state is not MilestoneState.CANCELLED)
    sides = (finding.side,) if finding.side else applying or (Side.CLIENT,)
    topic = f"{finding.code}.{finding.side.value}" if finding.side else finding.code
    inputs = {
        "code": finding.code,
        "detail": finding.detail,
        "since": to_text(since),
        "applying": [side.value for side in applying],
    }
    return Fact(Rule.CONDUCT, since, sides, finding.code, inputs, topic)


def _why_not(notice: Notice, judgement: Judgement) -> str:
    """How the milestones stand that the notice was about."""
    if notice.rule in _ENDED:
        return _ENDED[notice.rule]
    kinds = KINDS_OF_RULE[notice.rule]
    stand = {_standing(m) for m in judgement.milestones if m.kind in kinds}
    return "; ".join(sorted(stand)) or "no side is concerned any more"


def _standing(milestone: Milestone) -> str:
    words = f"{milestone.side.value} {milestone.state.value} ({milestone.reason})"
    # Not done, and told no more: the deadline moved, or a later warning or reminder takes this one's place.
    waits = milestone.state in {MilestoneState.OPEN, MilestoneState.VIOLATED}
    return f"{words}, due {to_text(milestone.due)}" if waits else words


def _in_order(sides: Iterable[Side]) -> tuple[Side, ...]:
    found = set(sides)
    return tuple(side for side in Side if side in found)
