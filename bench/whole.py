"""The org of the load measure: all that the agent mirrors, in the mix in which a company makes it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from agent import mapping
from agent.sandbox.seed import Seeded
from agent.sandbox.world import populate
from agent.sync.backfill import job_query
from agent.sync.streams import Stream, streams

ROWS_OF_AN_SLI = 12
"""What the sandbox's company makes beside each intervention: history, posts, comments, activities, a client."""
SMALLEST = 50
"""Interventions; the company's own stories must fit in."""

STREAMS: tuple[Stream, ...] = streams(
    mapping.load(Path(__file__).resolve().parents[1] / "mappings" / "sandbox")
)
"""Every object the agent mirrors, with the fields it reads."""
QUERIES = tuple((job_query(stream), stream.include_deleted) for stream in STREAMS)
"""The same as queries, in no order."""


def peopled(now: datetime, rows: int) -> Seeded:
    """A company with about so many rows in all."""
    return populate(now, size=max(rows // ROWS_OF_AN_SLI, SMALLEST), seed_number=7)


def counted(seeded: Seeded, now: datetime) -> dict[str, int]:
    """Rows by stream, those in the recycle bin included where the agent reads them."""
    return {
        stream.name: sum(
            1 for row in seeded.org.rows(stream.object, now) if stream.include_deleted or not row["IsDeleted"]
        )
        for stream in STREAMS
    }
