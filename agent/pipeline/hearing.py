"""What people said and did about interventions, as the mirror holds it. What the agent wrote is left out (D17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agent.instants import from_text
from agent.pipeline.work import Workshop
from agent.rules.judge import Heard
from agent.store import mirror, story


class Hearing:
    """One state of the mirror, for these interventions."""

    def __init__(self, work: Workshop, ids: Sequence[str]) -> None:
        has, store = work.mapping.chatter, work.store
        self._agent = store.get("user_id")
        self._chatter = story.chatter_of(store, ids) if has.feed else None
        self._activities = story.activities_of(store, ids) if has.activities else None
        self._through = _activities_through(work) if has.activities else None

    def of(self, intervention_id: str) -> Heard:
        """None of it where this org has no such thing."""
        said = None if self._chatter is None else self._chatter.get(intervention_id, ())
        did = None if self._activities is None else self._activities.get(intervention_id, ())
        return Heard(
            None if said is None else [from_text(row["at"]) for row in said if row["by"] != self._agent],
            None if did is None else [from_text(row["done_at"]) for row in did if row["by"] != self._agent],
            self._through,
        )


def _activities_through(work: Workshop) -> datetime | None:
    """They take turns with others, so they may lag behind. None before they were read once: an org that hides them
    is judged by its Chatter alone."""
    cursor = mirror.cursors(work.store).get("activity")
    return from_text(cursor.low_water) if cursor and cursor.loaded else None
