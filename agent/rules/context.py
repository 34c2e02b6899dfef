"""What a judgement stands on: the record, its history, and what surrounds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.model import FieldChange, Intervention, Side
from agent.rules.deadlines import DayZero, day_zero
from agent.rules.heard import NOTHING, Heard


@dataclass(frozen=True)
class Context:
    """Everything around one intervention; instants are aware UTC.

    `complete_through` is the low-water mark of the mirror: every commit up to it has been seen (D11).
    `directors` are the ids of users who may set an exception for a side (D6); the mapping's delegates come
    on top. `tracked_since` is, by API field name, the earliest history row of that field anywhere in the
    org; a field that is absent was never seen tracked.
    """

    mapping: OrgMapping
    zone: ZoneInfo
    """The office's."""
    complete_through: datetime
    directors: Mapping[Side, frozenset[str]]
    tracked_since: Mapping[str, datetime]
    agent_id: str | None = None
    """The agent's own user, whose changes nobody else made (D17); None: not known yet."""


@dataclass(frozen=True)
class Case:
    """One intervention with its own history rows, in any order, and its context."""

    record: Intervention
    history: Sequence[FieldChange]
    context: Context
    heard: Heard = NOTHING

    @cached_property
    def zero(self) -> DayZero:
        """The day from which the 30 days are counted (D1)."""
        return day_zero(self.record, self.context.mapping.intervention, self.context.zone)

    @cached_property
    def inputs(self) -> Mapping[str, Any]:
        """What every milestone of this record stands on, as its inputs hold it."""
        return {
            "mapping": self.context.mapping.version,
            "zone": self.context.zone.key,
            "complete_through": to_text(self.context.complete_through),
            "created_at": to_text(self.record.created_at),
            "modified_at": to_text(self.record.modified_at),
        }
