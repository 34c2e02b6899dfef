"""What a judgement stands on: the record, its history, and what surrounds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from agent.mapping import OrgMapping
from agent.model import FieldChange, Intervention, Side


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


@dataclass(frozen=True)
class Case:
    """One intervention with its own history rows, in any order, and its context."""

    record: Intervention
    history: Sequence[FieldChange]
    context: Context


def iso(instant: datetime | None) -> str | None:
    """An instant as milestones' inputs hold it: UTC, whole seconds, `2026-11-21T19:01:00Z`."""
    if instant is None:
        return None
    # Not strftime: it leaves years before 1000 without their zeros, and the text would not compare.
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
