"""Where a person's month stands in both ledgers: who decided what, what is locked, what still keeps it open (D29)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from agent.desk.decided.months import Figure, Subject, score_figure
from agent.desk.pay import statements
from agent.desk.pay.books import Books
from agent.desk.pay.locks import pay_figure
from agent.errors import AgentError
from agent.incentive.months import Ledger, MonthState, Standing, standing
from agent.instants import to_text
from agent.model import DecisionKind, HumanDecision
from agent.scoring import locks
from agent.store import pay_lines, scores


def shown(books: Books, subject: Subject) -> dict[str, Any]:
    """Both ledgers, JSON-ready; instants as UTC texts, percents and dollars as texts."""
    return {
        "person": {"id": subject.who.id, "name": subject.who.called, "employee": subject.who.number},
        "month": subject.month,
        "score": _score(books, replace(subject, ledger=Ledger.SCORE)),
        "pay": _pay(books, replace(subject, ledger=Ledger.PAY)),
    }


def _score(books: Books, subject: Subject) -> dict[str, Any]:
    told = subject.decided()
    at = standing(told, subject.about)
    published = locks.published(books.store, subject.org_id, subject.who.id, subject.month)
    figure = _try(lambda: score_figure(subject, books.now)) if at.state is not MonthState.LOCKED else None
    locked = locks.locked(books.store, subject.org_id, subject.who.id, subject.month)
    return {
        **_standing(at, told),
        "percent": published.percent if published else None,
        "held": published.held if published else True,
        "kept_open_by": _kept_open_by(at, figure),
        "locked": [
            {"revision": n, "percent": one.percent, "definition": one.version, **_by(lock)}
            for n, (lock, one) in enumerate(locked, start=1)
        ],
        "revisions": [
            {name: row[name] for name in ("number", "before", "percent", "why", "at")}
            for row in scores.revisions(books.store, subject.who.id, subject.month)
        ],
    }


def _pay(books: Books, subject: Subject) -> dict[str, Any]:
    told = subject.decided()
    at = standing(told, subject.about)
    figure = _try(lambda: _statement_figure(books, subject)) if at.state is not MonthState.LOCKED else None
    here = statements.as_locked(books, subject.who.id, subject.month)
    lock_of = {d.key: d for d in told}
    return {
        **_standing(at, told),
        "kept_open_by": _kept_open_by(at, figure),
        "locked": [
            {"revision": n, "here": found is not None, **_by(lock_of[key])}
            for n, (key, found) in enumerate(zip(at.locks, here, strict=True), start=1)
        ],
        "adjustments": [
            {"about": a.about_month, "for": a.for_month, "amount": str(a.amount), "why": a.why, "at": a.at}
            for a in pay_lines.adjustments(books.pay, subject.who.id)
            if subject.month in {a.about_month, a.for_month}
        ],
    }


def _statement_figure(books: Books, subject: Subject) -> Figure:
    return pay_figure(subject, statements.statement_of(books, subject.who.id, subject.month))


def _try(make: Callable[[], Figure]) -> Figure:
    """The figure; where there is none, why is what keeps the month open."""
    try:
        return make()
    except AgentError as error:
        return Figure("", {}, [str(error)])


def _kept_open_by(at: Standing, figure: Figure | None) -> list[str]:
    disputes = [f"dispute {name} is open" for name in at.disputes]
    return [*(figure.held if figure else ()), *disputes]


def _standing(at: Standing, told: Sequence[HumanDecision]) -> dict[str, Any]:
    return {
        "state": at.state.value,
        "revision": at.revision,
        "reopening": list(at.reopening),
        "disputes": list(at.disputes),
        "decisions": [{"kind": d.kind.value, **_by(d), "reason": d.reason, **_said(d)} for d in told],
    }


def _by(decision: HumanDecision) -> dict[str, Any]:
    return {"by": decision.by, "at": to_text(decision.at)}


def _said(decision: HumanDecision) -> dict[str, Any]:
    """What a decision holds beside its reason, where people said it."""
    if decision.kind is DecisionKind.HELD_RESOLVED:
        return {"counts_as": decision.data.get("percent")}
    if decision.kind is DecisionKind.DISPUTE_OPENED:
        return {"name": decision.name, "line": decision.data.get("line")}
    if decision.kind is DecisionKind.DISPUTE_SETTLED:
        return {"name": decision.about}
    return {}
