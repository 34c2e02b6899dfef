"""Which streams are large, what their query jobs ask, and when they are looked at. No database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from agent.instants import from_text, to_text
from agent.salesforce import soql
from agent.salesforce.bulk import AMBIGUOUS
from agent.salesforce.org import Org
from agent.salesforce.parts import Page, part_query
from agent.store.backfill import BY_JOB, Backfill, Way
from agent.store.mirror import Cursor
from agent.sync.poll import finished
from agent.sync.streams import QUERIES_PER_CALL, Stream

MANY = 10_000
"""Rows from which a first load is a query job's: five pages of REST cost no more calls, and no waiting."""
LOOK_FIRST = timedelta(seconds=3)
LOOK_AT_LEAST = timedelta(minutes=1)
"""A job is looked at after seconds, later after a tenth of the time it has taken, at least once a minute."""


def undecided(
    streams: Sequence[Stream], cursors: Mapping[str, Cursor], known: Mapping[str, Backfill]
) -> list[Stream]:
    """Streams in their first load whose first page was full: they may be large. As many as fit into one call."""
    found = [
        s
        for s in streams
        if (c := cursors.get(s.name)) and not c.loaded and c.resume_stamp and c.error is None
        if s.name not in known or known[s.name].way is Way.DONE
    ]
    return found[:QUERIES_PER_CALL]


def current(streams: Sequence[Stream], known: Mapping[str, Backfill]) -> dict[str, Backfill]:
    """The loads of these streams as they are read now; those of an earlier mapping are left out."""
    found = ((s, known.get(s.name)) for s in streams)
    return {s.name: b for s, b in found if b and b.query == job_query(s)}


def left_to_jobs(streams: Sequence[Stream], known: Mapping[str, Backfill]) -> frozenset[str]:
    """Streams that a job loads: nobody else reads them until it is done."""
    return frozenset(name for name, b in current(streams, known).items() if b.way in BY_JOB)


def counts(org: Org, streams: Sequence[Stream]) -> dict[str, int]:
    """How many rows each of these streams has, in one call; one that cannot be counted has none.

    Raises:
        SalesforceError: the call failed as a whole.
    """
    asked = [part_query(s.name, _count(s), include_deleted=s.include_deleted) for s in streams]
    answers = org.composite(asked)
    pages = ((s.name, answers[s.name]) for s in streams)
    return {name: page.total if isinstance(page, Page) else 0 for name, page in pages}


def _count(stream: Stream) -> str:
    return soql.select(stream.object, ("COUNT()",), stream.where or "")


def job_query(stream: Stream) -> str:
    """All rows, in no order: what is committed meanwhile is read from the low-water mark on, as always."""
    return soql.select(stream.object, stream.fields, stream.where or "")


def types_of(org: Org, stream: Stream) -> dict[str, str]:
    """Describe's types of the stream's fields.

    Raises:
        SalesforceError: the object cannot be described.
    """
    asked = {name.lower() for name in stream.fields}
    return {f["name"]: f["type"] for f in org.describe(stream.object)["fields"] if f["name"].lower() in asked}


def fits_a_job(types: Mapping[str, str]) -> bool:
    """False where CSV would not tell a text from a number: the values of history rows."""
    return AMBIGUOUS not in types.values()


def look_again(backfill: Backfill, now: datetime) -> str:
    """When to look at a job that is still worked on."""
    pause = max(LOOK_FIRST, min(LOOK_AT_LEAST, (now - from_text(backfill.since)) / 10))
    return to_text(now + pause)


def loaded(cursor: Cursor, created_at: str) -> Cursor:
    """Where a stream stands after its job: all that was visible when the job was created has been read."""
    return finished(cursor, created_at)
