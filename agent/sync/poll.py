"""One call to the org: the next page of every stream whose turn it is, and proven deletions now and then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.errors import SalesforceError
from agent.instants import from_text, to_text
from agent.salesforce import soql, wire
from agent.salesforce.org import Org
from agent.salesforce.parts import Answers, part_deleted, part_query
from agent.store.mirror import Cursor
from agent.sync.streams import Stream

LATE_COMMIT = timedelta(seconds=600)
"""A row becomes visible at most this long after its stamp was taken (platform fact)."""
DELETIONS_EVERY = timedelta(seconds=300)
"""Salesforce advises five minutes between two calls of getUpdated or getDeleted."""
DELETIONS_REACH = timedelta(days=15) - timedelta(hours=1)
"""Salesforce answers for 15 days back (platform fact); the hour is for clocks that differ."""
PAGE = 2000
DELETIONS = "deletions"


@dataclass(frozen=True)
class Read:
    """What one stream's query brought: its rows or the error that holds back this stream alone."""

    stream: Stream
    rows: Sequence[Mapping[str, Any]]
    cursor: Cursor
    error: SalesforceError | None = None


@dataclass(frozen=True)
class PollAnswer:
    """What one call brought. `server_time` is the org's clock when it answered."""

    server_time: datetime
    reads: Sequence[Read]
    deleted_ids: Sequence[str] = ()
    deletions_through: str | None = None
    """Up to where deletions are known now: the next span begins there."""
    deletions_error: SalesforceError | None = None


def poll(
    org: Org,
    turn: Sequence[Stream],
    cursors: Mapping[str, Cursor],
    deletions: tuple[datetime, datetime] | None,
) -> PollAnswer:
    """Ask for the next page of these streams in one composite call.

    `deletions`: also ask which interventions were deleted between these instants.

    Raises:
        SalesforceError: the call as a whole failed; nothing was read.
    """
    wanted = [(s, cursors.get(s.name, Cursor(s.name))) for s in turn]
    parts = [part_query(s.name, _soql(s, c), include_deleted=s.include_deleted) for s, c in wanted]
    interventions = next((s for s in turn if s.name == "intervention"), None)
    if deletions and interventions:
        parts.append(part_deleted(DELETIONS, interventions.object, *deletions))
    answers = org.composite(parts)
    answer = PollAnswer(answers.server_time, [_read(s, c, answers) for s, c in wanted])
    return _with_deletions(answer, answers) if deletions and interventions else answer


def _soql(stream: Stream, cursor: Cursor) -> str:
    """Everything from the low-water mark on, or after the last row of an unfinished read."""
    conditions = [stream.where] if stream.where else []
    if cursor.resume_stamp:
        conditions.append(soql.keyset(stream.stamp, from_text(cursor.resume_stamp), cursor.resume_id or ""))
    elif cursor.low_water:
        conditions.append(soql.keyset(stream.stamp, from_text(cursor.low_water)))
    order = f"{stream.stamp}, Id"
    return soql.select(stream.object, stream.fields, " AND ".join(conditions), order, PAGE)


def _read(stream: Stream, cursor: Cursor, answers: Answers) -> Read:
    try:
        page = answers.page(stream.name)
    except SalesforceError as error:
        return Read(stream, (), replace(cursor, error=str(error)), error)
    began = cursor.began or to_text(answers.server_time)
    # A page of another size is no end: only `done` and room left under the limit are (platform fact).
    if page.records and (not page.done or len(page.records) >= PAGE):
        last = page.records[-1]
        stamp = to_text(wire.parse_datetime(last[stream.stamp]))
        moved = replace(cursor, resume_stamp=stamp, resume_id=last["Id"], began=began, error=None)
        return Read(stream, page.records, moved)
    return Read(stream, page.records, _finished(cursor, began))


def _finished(cursor: Cursor, began: str) -> Cursor:
    """An ordered read came to its end: it covers what the org showed when it began."""
    covered = max(began, cursor.covered or "")
    done = replace(
        cursor, covered=covered, resume_stamp=None, resume_id=None, began=None, loaded=True, error=None
    )
    return _lowered(done, cursor.latest_covered)


def _lowered(cursor: Cursor, latest_covered: str | None) -> Cursor:
    """The low-water mark: late commits and transactions still running are behind it."""
    if cursor.covered is None:
        return cursor
    safe = to_text(from_text(cursor.covered) - LATE_COMMIT)
    return replace(cursor, latest_covered=latest_covered, low_water=min(safe, latest_covered or safe))


def _with_deletions(answer: PollAnswer, answers: Answers) -> PollAnswer:
    """Proven deletions, and latestDateCovered: it accounts for transactions still running (platform fact).

    Where it cannot be had any more, the last one would hold back every deadline for ever: late commits alone
    count then.
    """
    try:
        deletions = answers.deleted(DELETIONS)
    except SalesforceError as error:
        reads = _with_interventions(answer.reads, lambda cursor: _lowered(cursor, None))
        return replace(answer, reads=reads, deletions_error=error)
    covered = to_text(deletions.covered)
    reads = _with_interventions(answer.reads, lambda cursor: _lowered(cursor, covered))
    deleted_ids = [wire.to18(i) for i in deletions.at]
    return replace(answer, reads=reads, deleted_ids=deleted_ids, deletions_through=covered)


def _with_interventions(reads: Sequence[Read], move: Callable[[Cursor], Cursor]) -> list[Read]:
    """The same reads, with the cursor of the interventions moved; one that failed stands where it stood."""
    return [
        replace(r, cursor=move(r.cursor)) if r.stream.name == "intervention" and r.error is None else r
        for r in reads
    ]
