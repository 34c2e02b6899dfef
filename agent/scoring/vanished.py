"""Rows that no read by stamps shows any more: deleted for good, or no longer about a client of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.pipeline import org_time
from agent.pipeline.work import Workshop
from agent.salesforce import soql
from agent.store import Store, care, from_json, mirror, pay_lines, to_json
from agent.store.pay import PayStore
from agent.sync.replication import EVERY, Question, Reply, Span, spans
from agent.sync.scoring import CONTACTS, LINES
from agent.sync.streams import Stream

THROUGH, FAILING = "evidence_through", "evidence_failing"


@dataclass(frozen=True)
class Shelf:
    """Where the rows of some streams are kept, and of which of these ids they are held and not deleted."""

    store: Store
    living: Callable[[str, Sequence[str]], list[str]]
    """(stream, ids) -> ids."""
    vanished: Callable[[str, Sequence[str]], None]
    """(stream, ids): they count as deleted. In the caller's transaction."""


@dataclass(frozen=True)
class Doubtful:
    """What came of looking rows of a stream up: as they are shown, and the ids of those that are not."""

    stream: Stream
    rows: Sequence[Mapping[str, Any]]
    gone: Sequence[str]


def evidence(work: Workshop) -> Shelf:
    return Shelf(
        work.store,
        lambda stream, ids: care.living(work.store, _table_of(stream), ids),
        lambda stream, ids: care.vanished(work.store, _table_of(stream), ids),
    )


def lines(pay: PayStore) -> Shelf:
    return Shelf(
        pay,
        lambda stream, ids: pay_lines.living(pay, stream.removeprefix(LINES), ids),
        lambda stream, ids: pay_lines.vanished(pay, stream.removeprefix(LINES), ids),
    )


def to_ask(work: Workshop, shelf: Shelf, streams: Sequence[Stream], now: datetime) -> dict[Question, Span]:
    """What was deleted; and of streams that read a part of an object, what was saved, for it may have left the part.

    None while the last answer is young.
    """
    asked = [Question(s.name, s.object, ()) for s in streams if s.include_deleted]
    asked += [Question(s.name, s.object, (), updated=True) for s in streams if s.include_deleted and s.where]
    org_now = org_time.org_now(work.store, now)
    found = spans(asked, mirror.cursors(shelf.store), _through(shelf), org_now)
    return {question: (since, end) for question, (since, end) in found.items() if end - since >= EVERY}


def look_up(
    work: Workshop,
    shelf: Shelf,
    streams: Sequence[Stream],
    replies: Sequence[Reply],
    shown: Collection[str],
) -> Iterator[Doubtful]:
    """Rows we count on that were deleted or saved, and that the read did not show (`shown`: ids).

    Raises:
        SalesforceError: the org could not be asked.
    """
    for stream in streams:
        told = {i for reply in replies if reply.question.stream == stream.name for i in reply.ids}
        doubtful = shelf.living(stream.name, sorted(told - set(shown)))
        for condition in soql.ids_in("Id", doubtful):
            where = " AND ".join([*([stream.where] if stream.where else []), condition])
            query = soql.select(stream.object, stream.fields, where, "Id", soql.IDS_IN_ONE_CONDITION)
            rows = work.org.query(query, include_deleted=True).records
            here = {row["Id"] for row in rows}
            yield Doubtful(stream, rows, [i for i in doubtful if i in condition and i not in here])


def settled(shelf: Shelf, replies: Sequence[Reply]) -> str | None:
    """These were followed; what admins should hear of what cannot be asked, once. In the caller's transaction."""
    covered = {r.question.name: r.covered for r in replies if r.covered is not None}
    shelf.store.put(THROUGH, to_json({**_through(shelf), **covered}))
    failing = sorted({str(r.error) for r in replies if r.error is not None})
    known = shelf.store.get(FAILING)
    shelf.store.put(FAILING, to_json(failing))
    if not failing or to_json(failing) == known:
        return None
    return f"What was deleted cannot be asked for: {' '.join(failing)} It counts until that is mended."


def _table_of(stream: str) -> str:
    """Where the rows of a stream of evidence are kept (store.care)."""
    return "contact" if stream.startswith(CONTACTS) else stream


def _through(shelf: Shelf) -> dict[str, str]:
    """By question, the org's instant up to which it has been answered."""
    known: dict[str, str] = from_json(shelf.store.get(THROUGH) or "{}")
    return known
