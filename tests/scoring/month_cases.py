"""A CSM's month put down in a state file: touch points, their score, and what people decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.incentive.months import Ledger, about
from agent.instants import to_text
from agent.model import DecisionKind, HumanDecision
from agent.quality.composite import composite
from agent.scoring.figures import figures_of, points_of
from agent.store import Store, decisions, scores
from tests.scoring.small_staff import ANA, BOSTON, CLIENTS, MAPPING

ORG = "00D000000000001AAA"
MONTH = "2026-03"
ANN, BEN = "payroll.lead@example.com", "plan.owner@example.com"
"""The approvers of the sandbox's incentive.toml."""
T0 = datetime(2026, 4, 2, 9, tzinfo=UTC)
ACTIVITIES = ("introduction", "check_in_24h", "check_in_7d", "check_in_14d")


def episode(n: int) -> str:
    return f"a08000000000{n:03}AAA"


def put_points(store: Store, states: Sequence[str], *, csm: str | None = ANA, first: int = 0) -> None:
    """One client for each four states, in the order of the activities; its month's score is due."""
    closes = "2026-03-10T12:00:00Z"
    rows = []
    for n, state in enumerate(states):
        client, activity = first + n // 4, ACTIVITIES[n % 4]
        row = (episode(client), activity, CLIENTS[client], BOSTON, csm, MONTH, "2026-02", 1, closes, closes)
        rows.append((*row, state, state, "", None, None))
    with store.transaction():
        scores.save_points(store, rows)


def put_score(store: Store, csm: str = ANA) -> None:
    """Their score as the touch points stand."""
    assert MAPPING.touch_points
    definition = MAPPING.touch_points.all_definitions.of(MONTH)
    points = points_of(scores.points(store, MONTH, csm))
    made = composite(points, definition)
    percent = None if made.percent is None else str(made.percent)
    with store.transaction():
        figures = figures_of(made, points, definition)
        scores.save_score(store, csm, MONTH, definition.version, percent, figures)


def said(
    store: Store,
    kind: DecisionKind,
    by: str,
    minutes: int,
    ledger: Ledger = Ledger.SCORE,
    **data: Any,
) -> HumanDecision:
    """A decision about Ana's month, so many minutes after the others."""
    at = T0 + timedelta(minutes=minutes)
    decision = HumanDecision(ORG, kind, about(ledger, ANA, MONTH), by, "because", at, None, data)
    with store.transaction():
        decisions.add(store, decision, to_text(at))
    return decision


def lock(store: Store, minutes: int = 0) -> HumanDecision:
    """Ana's score of the month reviewed, approved and locked as it stands."""
    said(store, DecisionKind.MONTH_REVIEWED, ANN, minutes)
    said(store, DecisionKind.MONTH_APPROVED, BEN, minutes + 1)
    score = scores.score(store, ANA, MONTH)
    assert score
    kept = {name: score[name] for name in ("percent", "version", "figures")}
    return said(store, DecisionKind.MONTH_LOCKED, ANN, minutes + 2, **kept)
