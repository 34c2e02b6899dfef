"""What a batch of interventions is judged with: all of it read at once, not record by record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from agent.alerts.notices import Telling
from agent.instants import from_text
from agent.model import ALERTS, FieldChange, Mode
from agent.pipeline.hearing import Hearing
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.work import Workshop
from agent.rules.judge import Heard
from agent.store import judged, notices, story
from agent.sync import reading

CHANGE = ("id", "intervention_id", "field", "at", "by", "old", "new")
"""The columns of a field change."""


class Batch:
    """One state of the mirror, and of what was judged before, for these interventions."""

    def __init__(self, work: Workshop, ids: Sequence[str], complete_through: datetime) -> None:
        self.mapping, self.org_id = work.mapping, work.org_id
        self.around = Surroundings(work.store, work.mapping, complete_through)
        told_after = {
            rule: work.told_after(rule) for rule in ALERTS if work.mapping.rules.mode(rule) is not Mode.OFF
        }
        self.telling = Telling(work.org_id, work.mapping.rules.alerts, told_after)
        self._changes = story.changes_of(work.store, ids)
        self._memory = judged.memories_of(work.store, ids)
        self._stood = judged.stood(work.store, ids)
        self._last_told = notices.last_told_at(work.store, ids)
        self._hearing = Hearing(work, ids)

    def history(self, intervention_id: str, newer: Iterable[tuple[Any, ...]] = ()) -> list[FieldChange]:
        """Its field changes. `newer` are rows that the mirror may not hold yet (sync.reading.change_row)."""
        known = self._changes.get(intervention_id, ())
        ids = {change["id"] for change in known}
        fresh = [dict(zip(CHANGE, row, strict=True)) for row in newer if row[0] not in ids]
        return [reading.field_change(change) for change in (*known, *fresh)]

    def memory(self, intervention_id: str) -> judged.Remembered:
        return self._memory.get(intervention_id, {})

    def stood(self, intervention_id: str) -> judged.Stood:
        """Where the milestones stood before; empty for what was never judged."""
        return self._stood.get(intervention_id, {})

    def last_told(self, intervention_id: str) -> datetime | None:
        """When people were last told about it."""
        return from_text(self._last_told.get(intervention_id))

    def heard(self, intervention_id: str) -> Heard:
        """What people said and did about it."""
        return self._hearing.of(intervention_id)
