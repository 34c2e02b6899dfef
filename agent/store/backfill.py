"""First loads of many rows: by which way each stream is read, how far it has come, which query job it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from agent.store.database import Store, from_json, to_json


class Way(StrEnum):
    """How a large stream is loaded, and where it stands."""

    REST = "rest"
    """Page by page, as any other stream."""
    WANTED = "wanted"
    """By a query job, which is to be created; or it was, and the answer got lost."""
    WORKING = "working"
    """Salesforce works on the job."""
    READY = "ready"
    """The job's result is being taken in."""
    DONE = "done"


BY_JOB = frozenset({Way.WANTED, Way.WORKING, Way.READY})


@dataclass(frozen=True)
class Backfill:
    """One stream's first load. Instants as text; `since` by our clock, for the pace; the others by the org's."""

    stream: str
    way: Way
    query: str
    """What a job asks; another text than the stream's own is of an earlier mapping."""
    total: int
    """Rows that the org counted when the load began."""
    since: str
    next_at: str
    taken: int = 0
    types: Mapping[str, str] = field(default_factory=dict)
    """Describe's types by field."""
    asked_at: str | None = None
    """No later than the creation of the job; None: it was never asked for."""
    job_id: str | None = None
    created_at: str | None = None
    locator: str | None = None
    """Of the next page; None: the first."""
    jobs: int = 0
    """Query jobs so far."""
    failures: int = 0
    """In a row."""


def all_of(store: Store) -> dict[str, Backfill]:
    """By stream."""
    return {
        row["stream"]: Backfill(**{**dict(row), "way": Way(row["way"]), "types": from_json(row["types"])})
        for row in store.rows("SELECT * FROM backfill ORDER BY stream")
    }


def save(store: Store, backfill: Backfill) -> None:
    values = {**asdict(backfill), "types": to_json(backfill.types)}
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    store.write(f"INSERT OR REPLACE INTO backfill ({names}) VALUES ({marks})", values)  # noqa: S608  # our own names


def count_rest(store: Store, stream: str, rows: int, *, done: bool) -> None:
    """Rows that came page by page; `done`: the stream has been read to its end."""
    store.write(
        "UPDATE backfill SET taken = taken + ?, way = ? WHERE stream = ? AND way = ?",
        (rows, Way.DONE if done else Way.REST, stream, Way.REST),
    )
