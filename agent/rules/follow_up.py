"""Contact with the client or the partner after a plan was documented (S17, D12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.days import days_after, end_of_day, start_of_day
from agent.instants import to_text
from agent.model import Colour, Milestone, MilestoneKind, Side
from agent.rules.context import Case
from agent.rules.milestones import Asked, as_milestone, cancel, cancelled, evidence_inputs, standing
from agent.rules.reasons import Reason
from agent.rules.timing import Evidence

TOLD_EXACTLY = frozenset({Reason.DONE_AT_SUBMISSION, Reason.DONE_IN_TIME, Reason.DONE_LATE})
"""Reasons of a plan whose instant a fact tells."""


@dataclass(frozen=True)
class Contact(Asked):
    """A contact to be made by `due`; talk counts for it from `opens` on."""

    opens: datetime


def judge_contacts(case: Case, side: Side, plan: Milestone | None, *, applies: bool) -> list[Milestone]:
    """The contacts that this side owes; `plan` is its plan, once that was documented.

    None without a plan, and none where nothing could show them. After Red they are asked for no more (D31).
    A contact that nothing shows any more was not made: unlike a plan it is not remembered.
    """
    if plan is None or plan.met_at is None or not case.heard.shows_contacts:
        return []
    owed = _owed(case, side, plan)
    if case.record.deleted or not applies:
        return [cancel(case, contact, applies) for contact in owed]
    if case.record.sides[side].colour is Colour.RED:
        known = {"deleted": False, "applies": True, "lost": True}
        return [as_milestone(case, contact, cancelled(False, lost=True), known=known) for contact in owed]
    return [_judged(case, contact) for contact in owed]


def _owed(case: Case, side: Side, plan: Milestone) -> list[Contact]:
    """One contact, and where the team added it a second one: it is not shown by what shows the first in time."""
    rules = case.context.mapping.rules.follow_up
    first = _contact(case, side, plan, MilestoneKind.CONTACT, rules.opens_after_days, rules.days)
    if not case.record.sides[side].second_follow_up:
        return [first]
    kind, opens = MilestoneKind.SECOND_CONTACT, rules.days + 1
    return [first, _contact(case, side, plan, kind, opens, rules.second_days)]


def _contact(
    case: Case, side: Side, plan: Milestone, kind: MilestoneKind, opens_after: int, days: int
) -> Contact:
    """Counted in local days of the office, from the one that the record names, else from the plan's."""
    zone, recorded = case.context.zone, case.record.sides[side].follow_up_from
    starts, source = (start_of_day(recorded, zone), "recorded") if recorded else _documented(plan)
    day = recorded or starts.astimezone(zone).date()
    return Contact(
        side=side,
        kind=kind,
        clock_start=starts,
        due=end_of_day(days_after(day, days), zone),
        inputs={
            "complete_through": to_text(case.heard.complete_through(case.context.complete_through)),
            "counted_from": day.isoformat(),
            "counted_from_source": source,
            "follow_up_days": days,
        },
        opens=start_of_day(days_after(day, opens_after), zone),
    )


def _documented(plan: Milestone) -> tuple[datetime, str]:
    """When the plan was documented; where no fact tells, when it was due: what the agent saw is lost with its disk."""
    if plan.met_at is not None and plan.reason in TOLD_EXACTLY:
        return plan.met_at, "plan"
    return plan.due, "plan_due"


def _judged(case: Case, owed: Contact) -> Milestone:
    shown = next((contact for contact in case.heard.contacts() if contact[0] >= owed.opens), None)
    evidence = Evidence(shown[0], *shown) if shown else None
    through = case.heard.complete_through(case.context.complete_through)
    stands = standing(evidence, owed.due, case.record.created_at, through)
    return as_milestone(case, owed, stands, evidence, {"evidence": evidence_inputs(evidence)})
