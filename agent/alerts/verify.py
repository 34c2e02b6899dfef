"""A notice, decided once more from the inputs that were stored with it (`audit --verify`). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.alerts.notices import KINDS_OF_RULE, Fact, facts, still_holds
from agent.instants import from_text
from agent.mapping.alerts import Alerts, PlanDueSoon, ResolutionDueSoon, StillOpen
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

Inputs = Mapping[str, Any]
FROM_INPUTS = frozenset({Rule.SUBMISSION, Rule.CONDUCT, *KINDS_OF_RULE})
"""Kinds that are decided from a record; the others from a silence's end, a first sync, an incident of our own."""
LATER = timedelta(seconds=1)
"""A finding is told once its instant has passed."""


def kind_of(rule: Rule) -> MilestoneKind | None:
    """The kind of milestone whose inputs such a notice holds, by side; contacts of both kinds hold the same."""
    return min(KINDS_OF_RULE.get(rule, ()), default=None)


def decide_again(notice: Notice, inputs: Inputs, milestones: Sequence[Milestone]) -> list[Fact]:
    """What the inputs of a notice ask for, by the rules that decided it; `milestones` are those among its inputs.

    Only for `FROM_INPUTS`.

    Raises:
        KeyError, TypeError, ValueError: the inputs are not what a decision stores.
    """
    if notice.rule is Rule.SUBMISSION:
        created_at = from_text(inputs["created_at"])
        return _facts(notice, created_at, created_at, Alerts(), (), ())
    if notice.rule is Rule.CONDUCT:
        since = from_text(inputs["since"])
        side = notice.topic.partition(".")[2]
        finding = Finding(inputs["code"], Side(side) if side else None, inputs["detail"], since)
        applying = [_applying(Side(side), since) for side in inputs["applying"]]
        return _facts(notice, since, since + LATER, Alerts(), applying, (finding,))
    each = list(inputs.values())
    at = max(from_text(given["complete_through"]) for given in each)
    return _facts(
        notice, from_text(each[0]["created_at"]), at, _numbers(notice.rule, each[0]), milestones, ()
    )


def check_again(
    notice: Notice, inputs: Inputs, checked: Inputs, milestones: Sequence[Milestone], zone: ZoneInfo
) -> str:
    """Why the notice did not hold when it was checked just before it was told, by the same rules; "": it did (D8).

    `milestones` are those of `checked`. Only for `FROM_INPUTS`.
    """
    record = _record(notice, from_text(checked["created_at"]), deleted=checked["deleted"])
    judgement = Judgement(notice.intervention_id, milestones, (), {}, None, True)
    given = next((each for each in inputs.values() if isinstance(each, Mapping)), {})
    alerts = _numbers(notice.rule, given)
    return still_holds(notice, record, judgement, alerts, zone, from_text(checked["at"])).why_not


def _facts(
    notice: Notice,
    created_at: datetime,
    at: datetime,
    alerts: Alerts,
    milestones: Sequence[Milestone],
    findings: Sequence[Finding],
) -> list[Fact]:
    record = _record(notice, created_at)
    judgement = Judgement(notice.intervention_id, milestones, findings, {}, None, True)
    zone = ZoneInfo(milestones[0].inputs["zone"] if milestones else "UTC")
    found = facts(record, judgement, alerts, zone, at)
    return [fact for fact in found if fact.rule is notice.rule]


def _record(notice: Notice, created_at: datetime, *, deleted: bool = False) -> Intervention:
    """As much of the record as decides about notices."""
    return Intervention(
        notice.intervention_id, "", "", created_at, "", created_at, created_at, {}, deleted=deleted
    )


def _applying(side: Side, at: datetime) -> Milestone:
    """What shows that a side applies."""
    return Milestone(side, MilestoneKind.PLAN, MilestoneState.OPEN, "", at, at, inputs={"zone": "UTC"})


def _numbers(rule: Rule, given: Inputs) -> Alerts:
    """The row of D16 as it stood when the notice was decided."""
    if rule is Rule.PLAN_DUE_SOON:
        return Alerts(plan_due_soon=PlanDueSoon(hours_before=given["before"]))
    if rule is Rule.RESOLUTION_DUE_SOON:
        return Alerts(resolution_due_soon=ResolutionDueSoon(days_before=given["before"]))
    if rule is Rule.STILL_OPEN:
        return Alerts(still_open=StillOpen(every_days=given["every_days"]))
    return Alerts()
