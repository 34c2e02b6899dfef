"""What a batch of interventions is judged with: all of it read at once, not record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.instants import from_text
from agent.model import ALERTS, FieldChange, Mode
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.work import Workshop
from agent.store import judged, mirror, notices
from agent.sync import reading


class Batch:
    """One state of the mirror, and of what was judged before, for these interventions."""

    def __init__(self, work: Workshop, ids: Sequence[str], complete_through: datetime) -> None:
        self.mapping, self.org_id = work.mapping, work.org_id
        self.around = Surroundings(work.store, work.mapping, complete_through)
        self.told_after: Mapping[Any, datetime | None] = {
            rule: work.told_after(rule) for rule in ALERTS if work.mapping.rules.mode(rule) is not Mode.OFF
        }
        """By rule that is on, the instant after which facts are told (D9)."""
        self._agent = work.store.get("user_id")
        self._changes = mirror.changes_of(work.store, ids)
        self._memory = judged.memories_of(work.store, ids)
        self._stood = judged.stood(work.store, ids)
        self._last_told = notices.last_told_at(work.store, ids)
        has_chatter = work.mapping.chatter.feed is not None
        self._chatter = mirror.chatter_of(work.store, ids) if has_chatter else None

    def history(self, intervention_id: str) -> list[FieldChange]:
        return [reading.field_change(change) for change in self._changes.get(intervention_id, ())]

    def memory(self, intervention_id: str) -> judged.Remembered:
        return self._memory.get(intervention_id, {})

    def stood(self, intervention_id: str) -> judged.Stood:
        """Where the milestones stood before; empty for what was never judged."""
        return self._stood.get(intervention_id, {})

    def last_told(self, intervention_id: str) -> datetime | None:
        """When people were last told about it."""
        return from_text(self._last_told.get(intervention_id))

    def people_in_chatter(self, intervention_id: str) -> list[datetime] | None:
        """When people spoke; None where this org has no Chatter. What the agent wrote is no evidence (D17)."""
        if self._chatter is None:
            return None
        said = self._chatter.get(intervention_id, ())
        return [from_text(c["at"]) for c in said if c["by"] != self._agent]
