"""How far the first load of a large org has come, and how long it will still take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.instants import from_text
from agent.store import Store, backfill
from agent.store.backfill import Backfill, Way

ENOUGH_TO_TELL = timedelta(seconds=2)
"""A pace over less than this is noise."""


def load_progress(store: Store, now: datetime) -> dict[str, Any] | None:
    """Rows taken in of the total, together and by stream, and the seconds left at the pace so far; JSON-ready.

    None while no large stream is being loaded. `seconds_left` is None before there is a pace. The total is what
    the org counted when the load began.
    """
    known = backfill.all_of(store).values()
    began = min((b.since for b in known if b.way is not Way.DONE), default=None)
    if began is None:
        return None
    loads = [b for b in known if b.way is not Way.DONE or b.since >= began]
    streams = {b.stream: {"taken": min(b.taken, b.total), "total": b.total} for b in loads}
    return {
        "taken": sum(s["taken"] for s in streams.values()),
        "total": sum(s["total"] for s in streams.values()),
        "seconds_left": seconds_left(loads, now),
        "streams": streams,
    }


def seconds_left(loads: Sequence[Backfill], now: datetime) -> int | None:
    """The time the loads still take at the pace so far; None while there is no pace yet."""
    taken = sum(load.taken for load in loads)
    left = sum(max(load.total - load.taken, 0) for load in loads if load.way is not Way.DONE)
    since = min((from_text(load.since) for load in loads), default=now)
    if not taken or now - since < ENOUGH_TO_TELL:
        return None
    return round(left / (taken / (now - since).total_seconds()))
