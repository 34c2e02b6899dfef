"""One call to the org: the next page of every stream whose turn it is, and whatever else shares the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.errors import SalesforceError
from agent.instants import from_text, to_text
from agent.salesforce import soql, wire
from agent.salesforce.org import Org
from agent.salesforce.parts import Answers, Part, part_query
from agent.store.mirror import Cursor
from agent.sync.replication import Question, Reply, Span, reply
from agent.sync.streams import Stream

LATE_COMMIT = timedelta(seconds=600)
"""A row becomes visible at most this long after its stamp was taken (platform fact)."""
PAGE = 2000


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
    replies: Sequence[Reply]
    answers: Answers
    """The whole answer, for the parts that came along."""


def poll(
    org: Org,
    turn: Sequence[Stream],
    cursors: Mapping[str, Cursor],
    asked: Mapping[Question, Span],
    along: Sequence[Part] = (),
) -> PollAnswer:
    """Ask for the next page of these streams in one composite call.

    `asked`: what was deleted or updated in these spans; `along`: parts whose answers are somebody else's.

    Raises:
        SalesforceError: the call as a whole failed; nothing was read.
    """
    wanted = [(s, cursors.get(s.name, Cursor(s.name))) for s in turn]
    parts = [part_query(s.name, _soql(s, c), include_deleted=s.include_deleted) for s, c in wanted]
    parts += [question.part(span) for question, span in asked.items()]
    answers = org.composite([*parts, *along])
    replies = [reply(question, answers) for question in asked]
    reads = [_bounded(_read(s, c, answers), replies) for s, c in wanted]
    return PollAnswer(answers.server_time, reads, replies, answers)


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
    return Read(stream, page.records, finished(cursor, began))


def finished(cursor: Cursor, began: str) -> Cursor:
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


def _bounded(read: Read, replies: Sequence[Reply]) -> Read:
    """The read with its low-water mark at latestDateCovered: it accounts for transactions still running.

    Where it cannot be had any more, the last one would hold back every deadline for ever: late commits alone
    count then. A read that failed stands where it stood.
    """
    about = [r for r in replies if read.stream.name in r.question.bounds]
    if not about or read.error is not None:
        return read
    covered = min((r.covered for r in about if r.covered is not None), default=None)
    return replace(read, cursor=_lowered(read.cursor, covered))
