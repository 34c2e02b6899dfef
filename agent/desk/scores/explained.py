"""Why a CSM's score of a month is what it is: how it is reckoned, and what people said about it (D30)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent.desk.scores.listed import Month
from agent.desk.scores.points import ScorePoints
from agent.errors import AgentError
from agent.incentive.months import Ledger
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.mapping.definitions import Definition, Method
from agent.model import DecisionKind, HumanDecision
from agent.quality.composite import composite, percent, segments
from agent.quality.explain import one_more
from agent.quality.reckoning import activity_rates, reckoning
from agent.quality.touch_points import TouchPoint
from agent.scoring import locks
from agent.scoring.figures import figures_of, in_percent, points_of
from agent.scoring.people import person
from agent.store import Store, decisions, scores


def explain_score(
    store: Store, mapping: OrgMapping, person_id: str, month: str, now: datetime, *, names: bool
) -> dict[str, Any]:
    """The whole of it, ready for JSON. `figure` is the score as it is published, locked where it is locked; all else is
    as known now. Clients are ids, with `names` their names.

    Raises:
        AgentError: no definition is in force in this month (D24), or nothing in it was this person's.
    """
    scored = Month(store, mapping, month, now)
    figure = scored.csm(person_id)
    if figure is None:
        raise _nothing(store, mapping, person_id, month)
    definition, points = scored.definition, points_of(scores.points(store, month, person_id))
    behind = ScorePoints(store, mapping, definition, points, now, names=names)
    org_id = store.get("org_id") or ""
    return {
        "month": month,
        "stand_still": scored.stand_still,
        "names": names,
        "figure": figure,
        "definition": _definition(store, org_id, definition),
        "methods": _methods(points, definition),
        "rates": _rates(points, definition, behind),
        "segments": _segments(points, definition),
        "one_more": _one_more(points, definition, behind),
        "resolved": _said(locks.resolution(locks.decided(store, org_id, Ledger.SCORE, person_id, month))),
        "locks": [
            {**(_said(lock) or {}), "percent": as_locked.percent}
            for lock, as_locked in locks.locked(store, org_id, person_id, month)
        ],
        "revisions": [
            {name: row[name] for name in ("number", "percent", "before", "why", "at")}
            for row in scores.revisions(store, person_id, month)
        ],
        "clients": behind.by_client(),
    }


def _nothing(store: Store, mapping: OrgMapping, person_id: str, month: str) -> AgentError:
    called = person(store, mapping, person_id).called
    months = scores.months(store, person_id)
    known = (
        f"Months in which they have some: {', '.join(months)}." if months else "They have none in any month."
    )
    return AgentError(f"{called} has no touch point in {month}.", hint=known)


def _definition(store: Store, org_id: str, definition: Definition) -> dict[str, Any]:
    """What was asked for, and whether somebody approved exactly this."""
    about = f"definition:{definition.version}"
    approvals = decisions.of(store, org_id, DecisionKind.PLAN_APPROVED, [about])
    approved = approvals[-1] if approvals else None
    return {
        "version": definition.version,
        "hash": definition.hash,
        "method": definition.method.value,
        "credit_late": definition.credit_late,
        "credit_cover": definition.credit_cover,
        "approved": _said(approved),
        "approved_as": str(approved.data.get("hash")) if approved else None,
    }


def _methods(points: Sequence[TouchPoint], definition: Definition) -> list[dict[str, Any]]:
    """Each of the four, the definition's own first: how it is reckoned, and with exceptions counted."""
    own = definition.method
    figures = figures_of(composite(points, definition), points, definition)
    return [
        {
            "method": method.value,
            "how": reckoning(points, definition, method),
            "percent": in_percent(figures["by_method"][method.value], definition),
            "with_exceptions": in_percent(figures["beside"][method.value], definition),
        }
        for method in (own, *(m for m in Method if m is not own))
    ]


def _rates(points: Sequence[TouchPoint], definition: Definition, behind: ScorePoints) -> list[dict[str, Any]]:
    """Each activity of which something was due."""
    return [
        {
            **behind.named(rate.activity),
            "weight": rate.weight,
            "done": rate.done,
            "due": rate.due,
            "percent": in_percent(f"{rate.done}/{rate.due}", definition),
        }
        for rate in activity_rates(points, definition)
    ]


def _segments(points: Sequence[TouchPoint], definition: Definition) -> list[dict[str, Any]]:
    """Where touch points of several versions close in this month: each version's own."""
    return [
        {
            "version": version,
            "due": own.due,
            "done": own.done,
            "percent": str(percent(exact, definition.decimals)),
        }
        for version, own in segments(points, definition).items()
        if (exact := own.of(definition.method)) is not None
    ]


def _one_more(
    points: Sequence[TouchPoint], definition: Definition, behind: ScorePoints
) -> list[dict[str, Any]]:
    """What each touch point that was not credited would have been worth."""
    return [
        {
            "client": behind.client(more.point),
            **behind.named(more.point.activity),
            "percent": str(more.percent),
            "gain": str(percent(more.gain, definition.decimals)),
        }
        for more in one_more(points, definition)
    ]


def _said(decision: HumanDecision | None) -> dict[str, Any] | None:
    """Who decided something, why and when (UTC); `percent` where it is about a score's figure."""
    if decision is None:
        return None
    said = {"by": decision.by, "reason": decision.reason, "at": to_text(decision.at)}
    return said | ({"percent": decision.data["percent"]} if "percent" in decision.data else {})
