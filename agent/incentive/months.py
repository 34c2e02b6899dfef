"""A person's month on its way to being locked, told from what people decided and nothing else (D29). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from agent.model import DecisionKind, HumanDecision


class MonthState(StrEnum):
    CALCULATED = "calculated"
    IN_REVIEW = "in review"
    APPROVED = "approved"
    LOCKED = "locked"


class Ledger(StrEnum):
    """Scores and pay are locked apart (D29)."""

    SCORE = "score"
    PAY = "pay"


STEPS = {
    DecisionKind.MONTH_REVIEWED: (MonthState.CALCULATED, MonthState.IN_REVIEW),
    DecisionKind.MONTH_APPROVED: (MonthState.IN_REVIEW, MonthState.APPROVED),
    DecisionKind.MONTH_LOCKED: (MonthState.APPROVED, MonthState.LOCKED),
}
"""Decision -> the state it needs, and the state it leads to."""
NEEDED_TO_REOPEN = 2


@dataclass(frozen=True)
class Standing:
    """Where a month stands. `revision` counts from 1; a reopened month makes the next one beside it."""

    state: MonthState = MonthState.CALCULATED
    revision: int = 1
    reopening: tuple[str, ...] = ()
    """Who has asked to reopen it so far; two are needed."""
    disputes: tuple[str, ...] = ()
    """Keys of the disputes that are open."""


def about(ledger: Ledger, person: str, month: str) -> str:
    """What a decision about a month is about: `pay:0042:2026-03`."""
    return f"{ledger.value}:{person}:{month}"


def standing(decisions: Iterable[HumanDecision], month: str) -> Standing:
    """Where the month named by `about` stands after these decisions, in any order.

    A decision that did not fit where the month stood, of another agent's or of a race, changes nothing.
    """
    at = Standing()
    for decision in sorted(decisions, key=lambda d: (d.at, d.key)):
        if decision.kind is DecisionKind.DISPUTE_SETTLED:
            at = replace(at, disputes=tuple(key for key in at.disputes if key != decision.about))
        elif decision.about == month:
            at = _after(at, decision)
    return at


def _after(at: Standing, decision: HumanDecision) -> Standing:
    if decision.kind is DecisionKind.DISPUTE_OPENED:
        return replace(at, disputes=(*at.disputes, decision.key))
    if decision.kind is DecisionKind.MONTH_REOPENED and at.state is MonthState.LOCKED:
        who = (*at.reopening, *({decision.by} - set(at.reopening)))
        if len(who) < NEEDED_TO_REOPEN:
            return replace(at, reopening=who)
        return replace(at, state=MonthState.CALCULATED, revision=at.revision + 1, reopening=())
    if decision.kind in STEPS and STEPS[decision.kind][0] is at.state:
        return replace(at, state=STEPS[decision.kind][1], reopening=())
    return at


def refusal(
    kind: DecisionKind,
    at: Standing,
    *,
    by: str,
    person: str,
    approvers: Sequence[str],
    held: Sequence[str] = (),
) -> str:
    """Why this person may not decide so about this month now, with the mend; "" if they may.

    `held` is what keeps the figures from being locked: an unconfirmed `$`, a missing table, a held score, a
    touch point without a CSM (D29).
    """
    if by not in approvers:
        return f"{by} is not among the approvers; add them to incentive.toml or ask one of: {', '.join(approvers)}."
    if by == person:
        return "Nobody decides about their own month; ask another approver."
    if kind is DecisionKind.MONTH_REOPENED:
        return _not_reopened(at, by)
    needed, _ = STEPS[kind]
    if at.state is not needed:
        return f"The month is {at.state.value}; this step needs it {needed.value}."
    if kind is DecisionKind.MONTH_LOCKED and (held or at.disputes):
        disputes = [f"{len(at.disputes)} open dispute(s)"] if at.disputes else []
        return f"It cannot be locked yet: {'; '.join([*held, *disputes])}."
    return ""


def _not_reopened(at: Standing, by: str) -> str:
    if at.state is not MonthState.LOCKED:
        return f"The month is {at.state.value}; only a locked one is reopened."
    if by in at.reopening:
        return f"{by} has asked for it already; a second approver is needed."
    return ""
