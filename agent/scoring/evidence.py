"""Up to when the evidence of scores is known; the reading verbs ask as well."""

from __future__ import annotations

from datetime import datetime

from agent.instants import from_text
from agent.mapping import OrgMapping
from agent.store import Store, mirror
from agent.sync import scoring

NEEDED = ("person", "office", "client", "decision")
"""What scores cannot be made without, read by the polls of the alerts."""


def complete_through(store: Store, mapping: OrgMapping) -> datetime | None:
    """The instant up to which all evidence is known (D11); None before it was read once."""
    cursors = mirror.cursors(store)
    if not all(name in cursors and cursors[name].loaded for name in NEEDED):
        return None
    streams = scoring.evidence_streams(mapping)
    marks = [cursors[s.name].low_water if s.name in cursors else None for s in streams]
    known = [mark for mark in marks if mark is not None]
    return from_text(min(known)) if known and len(known) == len(marks) else None
