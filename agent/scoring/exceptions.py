"""Exceptions that somebody approved: which touch points they concern, and why those do not count (D23)."""

from __future__ import annotations

from collections.abc import Sequence

from agent.model import DecisionKind, HumanDecision
from agent.store import Store, decisions

Key = tuple[str, str]
"""A touch point: start of care, activity."""


def about(episode_id: str, activity: str) -> str:
    """What the approval of an exception is about."""
    return f"{episode_id}:{activity}"


def touch_point_of(approval: HumanDecision) -> Key:
    """The touch point an approval is about."""
    episode_id, _, activity = approval.about.partition(":")
    return episode_id, activity


def exceptions_for(store: Store, org_id: str, episode_ids: Sequence[str]) -> dict[Key, str]:
    """Touch point -> the reason that was approved for it; of several approvals the newest counts."""
    approved = decisions.under(store, org_id, DecisionKind.EXCEPTION_APPROVED, episode_ids)
    return {touch_point_of(d): str(d.data.get("reason", "")) for d in approved}
