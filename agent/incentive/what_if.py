"""A month as it might have been: the same functions over changed results, never stored (D30). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agent.incentive.csm import Results
from agent.incentive.sales_statement import SalesMonth
from agent.incentive.statement import Evidence, Statement


@dataclass(frozen=True)
class Changes:
    """What is supposed."""

    starts: int = 0
    """More Quality Starts, or new clients of a sales representative; negative: fewer."""
    hours: Decimal = Decimal(0)
    """More billed hours, or new hours per month."""
    score: Decimal | None = None
    """Another quality score in percent."""
    met: tuple[tuple[str, str], ...] = ()
    """(episode, activity) of touch points: whoever reads the score's evidence supposes them met there."""


def changed(results: Results, changes: Changes) -> Results:
    """A CSM's month with the changes. What is held stays held, unless the change itself gives the result."""
    starts, hours = results.quality_starts, results.client_hours
    return replace(
        results,
        quality_starts=None if starts is None else max(starts + changes.starts, 0),
        client_hours=hours and replace(hours, total=max(hours.total + Fraction(changes.hours), Fraction(0))),
        **({} if changes.score is None else _another_score(results, changes.score)),
    )


def _another_score(results: Results, score: Decimal) -> dict[str, Any]:
    """Touch points that made another score say nothing of this one."""
    evidence = {**results.evidence, "quality_score": Evidence((("The score is", "supposed"),))}
    return {"quality_score": score, "evidence": evidence, "if_met": {}, "left_out": frozenset()}


def changed_sales(found: SalesMonth, changes: Changes) -> SalesMonth:
    """A representative's month with the changes."""
    clients = found.new_clients
    return replace(
        found,
        new_clients=None if clients is None else max(clients + changes.starts, 0),
        hours=max(found.hours + Fraction(changes.hours), Fraction(0)),
    )


def supposed(statement: Statement, changes: Changes) -> Statement:
    """The statement of changed results, marked for what it is: no output of it goes without the watermark."""
    sales = statement.plan == "sales"
    words = []
    if changes.starts:
        words.append(f"{'New clients' if sales else 'Quality Starts'}: {changes.starts:+}")
    if changes.hours:
        words.append(f"{'New hours per month' if sales else 'Billed hours'}: {changes.hours:+,}")
    words += [f"Met: {activity} of start of care {episode}" for episode, activity in changes.met]
    if changes.score is not None:
        words.append(f"Quality score: {changes.score} %")
    return replace(statement, assumed=tuple(words) or ("Nothing: the figures as they are",))
