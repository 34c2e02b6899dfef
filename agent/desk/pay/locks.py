"""The pay of a month on its way to being locked: its statement, what holds it, and what is proposed later (D29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.desk.decided.months import NO_FIGURE, Figure, Keep, Subject, decide, take_down_resolution
from agent.desk.decided.word import Word
from agent.desk.pay import statements
from agent.desk.pay.books import Books
from agent.desk.words import counted
from agent.errors import AgentError
from agent.incentive import kept
from agent.incentive.months import Ledger, MonthState, following
from agent.incentive.statement import Statement
from agent.instants import to_text
from agent.model import DecisionKind, HumanDecision
from agent.scoring import plans
from agent.store import decisions, pay_lines
from agent.store.pay_lines import Adjustment, LockedStatement


def decide_pay(books: Books, subject: Subject, kind: DecisionKind, word: Word) -> HumanDecision:
    """As months.decide, of a month's pay: what is locked is the statement as it stands now.

    Raises:
        AgentError: no plan pays this person; or as months.decide.
    """
    if (
        kind is DecisionKind.MONTH_REOPENED
    ):  # Whatever plan pays them now: what is locked can be looked at again.
        return decide(subject, kind, NO_FIGURE, word)
    statement = statements.statement_of(books, subject.who.id, subject.month)
    figure = pay_figure(subject, statement)
    return decide(subject, kind, figure, word, keeping(books, subject, statement, figure.digest))


def resolve_pay(books: Books, subject: Subject, word: Word) -> HumanDecision:
    """What people are to decide of a month's pay, as of a part year's bonus, pays nothing (D43).

    No amount is said so, for decisions are kept in Salesforce. Kept and refused as `months.resolve`.
    """
    if not statements.waits_for_people(books, subject.who.id, subject.month):
        raise AgentError(f"{subject.words}: nothing of it waits for somebody to leave it out.")
    return take_down_resolution(subject, {"percent": None}, word)


def pay_figure(subject: Subject, statement: Statement) -> Figure:
    """A statement by what is known now, and what keeps it from being locked."""
    digest = pay_lines.digest_of(_as_locked(statement))
    held = [*statement.held, *_score_holds(subject, statement)]
    if statement.total is None and not statement.held:
        held.append("a line has no figure")
    return Figure(digest, {"digest": digest}, held)


def _as_locked(statement: Statement) -> dict[str, Any]:
    """What holds a statement is no part of it: nothing does once it is locked."""
    return kept.plain(replace(statement, held=()))


def _score_holds(subject: Subject, statement: Statement) -> list[str]:
    """Pay stands on the score: that is locked first, and nobody disputes it."""
    if statement.plan != plans.CSM:
        return []
    at = replace(subject, ledger=Ledger.SCORE).standing()
    found = [] if at.state is MonthState.LOCKED else [f"the month's score is {at.state.value}, not locked"]
    return found + ([f"{counted(len(at.disputes), 'open dispute')} about the score"] if at.disputes else [])


def keeping(books: Books, subject: Subject, statement: Statement, digest: str) -> Keep:
    """Puts the statement into pay.db beside the decision that locks it."""

    def keep(decision: HumanDecision, revision: int) -> None:
        if statement.total is None:
            raise AgentError(f"{subject.words}: a line has no figure, so there is no total to lock.")
        locked = LockedStatement(
            subject.who.id,
            subject.month,
            revision,
            _as_locked(statement),
            digest,
            statement.total,
            decision.key,
            to_text(decision.at),
        )
        with books.pay.transaction():
            pay_lines.lock_statement(books.pay, locked)

    return keep


def propose_later(books: Books, subject: Subject, now: datetime) -> list[Adjustment]:
    """Propose for the person's open month what came to light about months whose pay is locked; what is new of it."""
    found = [_proposed(books, subject, month, now) for month in _locked_months(subject)]
    new = [adjustment for adjustment in found if adjustment is not None]
    with books.pay.transaction():
        return [adjustment for adjustment in new if pay_lines.propose(books.pay, adjustment)]


def _proposed(books: Books, subject: Subject, month: str, now: datetime) -> Adjustment | None:
    later = statements.known_later(books, subject.who.id, month)
    if later is None:
        return None
    into = open_month(replace(subject, month=following(month)))
    return Adjustment(subject.who.id, month, into, later.amount, later.why, to_text(now))


def open_month(subject: Subject) -> str:
    """The first month from this one on whose pay is not locked."""
    while subject.standing().state is MonthState.LOCKED:
        subject = replace(subject, month=following(subject.month))
    return subject.month


def _locked_months(subject: Subject) -> list[str]:
    told = decisions.under(
        subject.store, subject.org_id, DecisionKind.MONTH_LOCKED, [f"{Ledger.PAY}:{subject.who.id}"]
    )
    months = sorted({d.about.rpartition(":")[2] for d in told})
    return [m for m in months if replace(subject, month=m).standing().state is MonthState.LOCKED]
