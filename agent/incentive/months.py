"""A person's month on its way to being locked, told from what people decided and nothing else (D29). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
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


OPEN = (MonthState.CALCULATED, MonthState.IN_REVIEW, MonthState.APPROVED)
STEPS = {
    DecisionKind.MONTH_REVIEWED: (OPEN, MonthState.IN_REVIEW),
    DecisionKind.MONTH_APPROVED: ((MonthState.IN_REVIEW,), MonthState.APPROVED),
    DecisionKind.MONTH_LOCKED: ((MonthState.APPROVED,), MonthState.LOCKED),
}
"""Decision -> the states it may be taken in, and the state it leads to. Who reviews again begins anew: so figures
that moved since they were approved can be looked at once more."""
NEEDED_TO_REOPEN = 2


@dataclass(frozen=True)
class Standing:
    """Where a month stands. `revision` counts from 1; a reopened month makes the next one beside it."""

    state: MonthState = MonthState.CALCULATED
    revision: int = 1
    reopening: tuple[str, ...] = ()
    """Who has asked to reopen it so far; two are needed."""
    disputes: tuple[str, ...] = ()
    """Names of the disputes that are open."""
    locks: tuple[str, ...] = ()
    """Keys of the decisions that locked it, one for each revision: each holds what was locked then."""
    approved: tuple[str, ...] = ()
    """Digests of the figures that were approved for this revision, also of those somebody reviewed again."""


def about(ledger: Ledger, person: str, month: str) -> str:
    """What a decision about a month is about: `pay:0042:2026-03`."""
    return f"{ledger.value}:{person}:{month}"


@dataclass(frozen=True)
class PersonsMonth:
    """What `about` names."""

    ledger: Ledger
    person: str
    month: str


def month_of(decision: HumanDecision) -> PersonsMonth | None:
    """The month a decision is about; None where it is about something else."""
    ledger, _, rest = decision.about.partition(":")
    person, _, month = rest.rpartition(":")
    return PersonsMonth(Ledger(ledger), person, month) if ledger in set(Ledger) else None


def following(month: str) -> str:
    """The month after `2026-12`: `2027-01`."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def standing(decisions: Iterable[HumanDecision], month: str) -> Standing:
    """Where the month named by `about` stands after these decisions, in any order.

    A decision that did not fit where the month stood, of another agent's or of a race, changes nothing.
    """
    at = Standing()
    for decision in sorted(decisions, key=lambda d: (d.at, d.key)):
        if decision.kind is DecisionKind.DISPUTE_SETTLED:
            at = replace(at, disputes=tuple(name for name in at.disputes if name != decision.about))
        elif decision.about == month:
            at = _after(at, decision)
    return at


def _after(at: Standing, decision: HumanDecision) -> Standing:
    if decision.kind is DecisionKind.DISPUTE_OPENED:
        return replace(at, disputes=(*at.disputes, decision.name))
    if decision.kind is DecisionKind.MONTH_REOPENED and at.state is MonthState.LOCKED:
        who = (*at.reopening, *({decision.by} - set(at.reopening)))
        if len(who) < NEEDED_TO_REOPEN:
            return replace(at, reopening=who)
        return replace(at, state=MonthState.CALCULATED, revision=at.revision + 1, reopening=(), approved=())
    if decision.kind not in STEPS or not _fits(at, decision):
        return at
    locks = (*at.locks, decision.key) if decision.kind is DecisionKind.MONTH_LOCKED else at.locks
    approves = decision.kind is DecisionKind.MONTH_APPROVED and _digest(decision)
    approved = (*at.approved, approves) if approves else at.approved
    return replace(at, state=STEPS[decision.kind][1], reopening=(), locks=locks, approved=approved)


def _fits(at: Standing, decision: HumanDecision) -> bool:
    """Whether a step counts where the month stands.

    A lock counts if what it locked had been approved, whatever another agent told late of the time between: else
    one person's review, sent when a line was mended, would open a month that is locked and paid.
    """
    if decision.kind is DecisionKind.MONTH_LOCKED and at.approved and (locked := _digest(decision)):
        return at.state in OPEN and locked in at.approved
    return at.state in STEPS[decision.kind][0]


def _digest(decision: HumanDecision) -> str:
    return str(decision.data.get("digest") or "")


def not_theirs(by: str, person: str, approvers: Sequence[str]) -> str:
    """Why `by` may not decide what concerns this person, with the mend; "" if they may (D29). E-mail addresses."""
    if by not in approvers:
        return f"{by} is not among the approvers; add them to incentive.toml or ask one of: {', '.join(approvers)}."
    if by == person:
        return "Nobody decides about their own month; ask another approver."
    return ""


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

    `by` and `person` are e-mail addresses. `held` is what keeps the figures from being locked: an unconfirmed
    `$`, a missing table, a held score, a touch point without a CSM (D29).
    """
    if no := not_theirs(by, person, approvers):
        return no
    if kind is DecisionKind.MONTH_REOPENED:
        return _not_reopened(at, by)
    needed, _ = STEPS[kind]
    if at.state not in needed:
        return f"The month is {at.state.value}; this step needs it {needed[-1].value}."
    if kind is DecisionKind.MONTH_LOCKED and (held or at.disputes):
        disputes = [f"{n} open dispute{'' if n == 1 else 's'}"] if (n := len(at.disputes)) else []
        return f"It cannot be locked yet: {'; '.join(why.rstrip('.') for why in (*held, *disputes))}."
    return ""


def _not_reopened(at: Standing, by: str) -> str:
    if at.state is not MonthState.LOCKED:
        return f"The month is {at.state.value}; only a locked one is reopened."
    if by in at.reopening:
        return f"{by} has asked for it already; a second approver is needed."
    return ""


@dataclass(frozen=True)
class Adjustment:
    """What is still to be paid, or taken back (below zero), for a month whose pay was locked. Dollars."""

    amount: Decimal
    why: str


def adjust(
    locked: Mapping[str, Decimal], now: Mapping[str, Decimal], proposed: Sequence[Decimal] = ()
) -> Adjustment | None:
    """The difference between what is known now and what was locked first, component by component (D29).

    `proposed` is what has been proposed for that month already, one by one. None where nothing is left over. No two
    are alike: each names all that were before it, so that what comes, goes and comes again is proposed each time.
    """
    amount = sum(now.values(), Decimal(0)) - sum([*locked.values(), *proposed], Decimal(0))
    if not amount:
        return None
    moved = [
        f"{name} {locked.get(name, Decimal(0))} -> {now.get(name, Decimal(0))}"
        for name in sorted({*locked, *now})
        if locked.get(name, Decimal(0)) != now.get(name, Decimal(0))
    ]
    before = [f"proposed before: {', '.join(map(str, proposed))}"] if proposed else []
    return Adjustment(amount, "; ".join([*moved, *before]))
