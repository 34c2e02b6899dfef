"""A person's month on its way to being locked: each step checked, and said no to with the reason (D29)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agent.desk.decided.approvers import address_of, approver, approvers, are_one, speaker
from agent.desk.decided.word import Word, org_id_of, reason_without_pay, said_after, take_down
from agent.desk.scores.listed import definition_of
from agent.desk.words import counted
from agent.errors import AgentError
from agent.incentive import months
from agent.incentive.months import Ledger, MonthState, Standing, refusal, standing
from agent.mapping import OrgMapping
from agent.model import DecisionKind, HumanDecision
from agent.pipeline.org_time import org_now
from agent.quality.composite import composite
from agent.quality.touch_points import State
from agent.rounding import half_up
from agent.scoring import locks, people, plans
from agent.scoring.figures import figures_of, points_of
from agent.scoring.people import Person
from agent.store import Store, care, scores, to_json


@dataclass(frozen=True)
class Subject:
    """A person's month in one of the two ledgers, and where it is kept."""

    store: Store
    mapping: OrgMapping
    ledger: Ledger
    who: Person
    month: str

    @property
    def about(self) -> str:
        return months.about(self.ledger, self.who.id, self.month)

    @property
    def words(self) -> str:
        """`score of 2026-03 of 0042`: numbers, no names."""
        return f"{self.ledger} of {self.month} of {self.who.number}"

    @property
    def org_id(self) -> str:
        return org_id_of(self.store)

    def decided(self) -> list[HumanDecision]:
        """All that people have said about it, oldest first."""
        return locks.decided(self.store, self.org_id, self.ledger, self.who.id, self.month)

    def standing(self) -> Standing:
        return standing(self.decided(), self.about)


@dataclass(frozen=True)
class Figure:
    """What is looked through, approved and locked. `digest` tells two of them apart.

    `data` is what the lock's decision holds of it in Salesforce, `held` what keeps it from being locked.
    """

    digest: str
    data: Mapping[str, Any]
    held: Sequence[str] = field(default=())


NO_FIGURE = Figure("", {})
"""Of a step that needs none."""
Keep = Callable[[HumanDecision, int], None]
"""Keeps what the decision of a lock cannot hold, with its revision. In the same transaction."""


def decide(
    subject: Subject,
    kind: DecisionKind,
    figure: Figure,
    word: Word,
    keep: Keep = lambda _decision, _revision: None,
) -> HumanDecision:
    """A review, an approval, a lock or a reopening. Kept here; the caller sends it to Salesforce.

    Raises:
        AgentError: the month stands elsewhere, whoever speaks may not, or something holds the figures.
    """
    store, mapping = subject.store, subject.mapping
    by, why = speaker(store, mapping, word.by), reason_without_pay(store, word.reason)
    with store.transaction():
        told = subject.decided()
        at = standing(told, subject.about)
        # Whoever has two users is not two people.
        asked = tuple(by if are_one(store, mapping, by, other) else other for other in at.reopening)
        no = refusal(
            kind,
            replace(at, reopening=asked),
            by=by,
            person=address_of(store, mapping, subject.who, by),
            approvers=approvers(mapping),
            held=[*figure.held, *_moved_since_approval(told, figure)],
        )
        if no:
            raise AgentError(f"{subject.words}: {no}")
        data = {
            DecisionKind.MONTH_APPROVED: {"digest": figure.digest},
            DecisionKind.MONTH_LOCKED: {**figure.data, "digest": figure.digest, "revision": at.revision},
        }.get(kind, {})
        instant = said_after(store, told, word.now)
        decision = HumanDecision(subject.org_id, kind, subject.about, by, why, instant, data=data)
        take_down(store, decision, subject.words, word.now)
        if kind is DecisionKind.MONTH_LOCKED:
            keep(decision, at.revision)
    return decision


def decide_score(subject: Subject, kind: DecisionKind, word: Word) -> HumanDecision:
    """As `decide`, of a month's score as it is known now."""
    reopens = kind is DecisionKind.MONTH_REOPENED
    return decide(subject, kind, NO_FIGURE if reopens else score_figure(subject, word.now), word)


def _moved_since_approval(told: Sequence[HumanDecision], figure: Figure) -> list[str]:
    """What is locked is what was approved."""
    approved = [d for d in told if d.kind is DecisionKind.MONTH_APPROVED]
    if not approved or approved[-1].data.get("digest") == figure.digest:
        return []
    return ["the figures have moved since they were approved; review and approve them again"]


def resolve(subject: Subject, counts_as: Decimal | None, word: Word) -> HumanDecision:
    """How a score without anything due counts: as a percent, or None, left out (D24). Kept and refused as above.

    Not while something may yet come due: then there will be a score of its own.
    """
    known = locks.as_known(subject.store, subject.org_id, subject.who.id, subject.month)
    score = scores.score(subject.store, subject.who.id, subject.month)
    if score and score["percent"] is not None:
        raise AgentError(f"{subject.words}: it is not held, for something was due.")
    if early := [*not_over(subject, word.now), *(_pending(known) if known else ())]:
        raise AgentError(f"{subject.words}: something may still come due: {'; '.join(early)}.")
    return take_down_resolution(subject, {"percent": _percent(subject, counts_as)}, word)


def take_down_resolution(subject: Subject, data: Mapping[str, Any], word: Word) -> HumanDecision:
    """An approver's word on what is held of a month that is not locked."""
    store, words = subject.store, subject.words
    by = approver(store, subject.mapping, word.by, subject.who)
    why = reason_without_pay(store, word.reason)
    with store.transaction():
        told = subject.decided()
        if standing(told, subject.about).state is MonthState.LOCKED:
            raise AgentError(f"{words}: it is locked; reopen it first.")
        at = said_after(store, told, word.now)
        kind = DecisionKind.HELD_RESOLVED
        decision = HumanDecision(subject.org_id, kind, subject.about, by, why, at, data=data)
        take_down(store, decision, words, word.now)
    return decision


def _percent(subject: Subject, counts_as: Decimal | None) -> str | None:
    """As a score of that month is written."""
    unit = Decimal(1).scaleb(-definition_of(subject.mapping, subject.month).decimals)
    return None if counts_as is None else str(half_up(counts_as, unit))


def score_figure(subject: Subject, now: datetime) -> Figure:
    """The score as it is known now, and what keeps it from being locked.

    Raises:
        AgentError: nobody knows a score of this month.
    """
    store, org_id = subject.store, subject.org_id
    known = locks.as_known(store, org_id, subject.who.id, subject.month)
    if known is None:
        raise AgentError(
            f"{subject.words}: no touch point of that month is theirs, so there is no score (D24).",
            hint="`sli-agent month resolve` records how such a month counts.",
        )
    data = {"percent": known.percent, "version": known.version, "figures": dict(known.figures)}
    digest = hashlib.sha256(to_json(data).encode()).hexdigest()[:16]
    held = [
        *not_over(subject, now),
        *_unsettled(subject, known),
        *plans.broken_promises(store, subject.mapping, org_id),
        *plans.not_approved(store, subject.mapping, org_id, plans.DEFINITION, subject.month),
    ]
    return Figure(digest, data, held)


def _unsettled(subject: Subject, known: locks.Published) -> list[str]:
    """Why the score may still move by itself, or does not count yet."""
    found = _pending(known)
    if known.held:
        found.append("nothing was due, and nobody has said how that counts (`sli-agent month resolve`)")
    if care.waiting(subject.store, "", 1) or _is_behind(subject, known):
        found.append("evidence waits to be judged; let the agent do it first (`sli-agent once`)")
    return found


def _pending(known: locks.Published) -> list[str]:
    pending = known.figures["counts"].get(State.PENDING.value, 0)
    return [f"{counted(pending, 'touch point')} still pending"] if pending else []


def _is_behind(subject: Subject, known: locks.Published) -> bool:
    """Touch points have moved since the score was put together."""
    definition = definition_of(subject.mapping, subject.month)
    points = points_of(scores.points(subject.store, subject.month, subject.who.id))
    if not points and not known.version:
        return False  # There never was any; somebody has said how that counts.
    return figures_of(composite(points, definition), points, definition) != known.figures


def not_over(subject: Subject, now: datetime) -> list[str]:
    """A sentence while the month lasts, by the org's clock in the mapping's default zone."""
    zone = ZoneInfo(subject.mapping.reference.default_time_zone)
    here = org_now(subject.store, now).astimezone(zone)
    return [] if f"{here:%Y-%m}" > subject.month else [f"{subject.month} is not over yet"]


def subject_of(store: Store, mapping: OrgMapping, ledger: Ledger, person: str, month: str) -> Subject:
    """A month of the person named so.

    Raises:
        AgentError: nobody is, or several are.
    """
    return Subject(
        store, mapping, ledger, people.person(store, mapping, people.who(store, mapping, person)), month
    )
