"""Up to when the evidence of scores is known; the reading verbs ask as well."""

from __future__ import annotations

from datetime import datetime

from agent.instants import from_text
from agent.mapping import OrgMapping
from agent.store import Store, care, from_json, mirror, scores, to_json
from agent.sync import scoring

NEEDED = ("person", "office", "client", "decision")
"""What scores cannot be made without, read by the polls of the alerts."""

ORIGINS = "evidence_origins"
"""Where the evidence that is kept was read."""


def read_anew(store: Store, mapping: OrgMapping) -> None:
    """Another mapping: all evidence is read and judged again, and what came from elsewhere counts no longer.

    In the caller's transaction. Equal rows stay as they are; nothing is judged until all has been read.
    """
    for stream in (*scoring.evidence_streams(mapping), *scoring.slow_streams(mapping)):
        mirror.forget_cursor(store, stream.name)
    known, origins = from_json(store.get(ORIGINS) or "{}"), scoring.origins(mapping)
    for table in origins:
        if known.get(table) != origins[table]:
            care.forget(store, table)
    store.put(ORIGINS, to_json(origins))
    care.mark_all(store)
    scores.make_all_due(store)


def complete_through(store: Store, mapping: OrgMapping) -> datetime | None:
    """The instant up to which all evidence is known (D11); None before it was read once."""
    cursors = mirror.cursors(store)
    if not all(name in cursors and cursors[name].loaded for name in NEEDED):
        return None
    streams = scoring.evidence_streams(mapping)
    marks = [cursors[s.name].low_water if s.name in cursors else None for s in streams]
    known = [mark for mark in marks if mark is not None]
    return from_text(min(known)) if known and len(known) == len(marks) else None
