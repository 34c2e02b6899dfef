"""Evidence and lines as the org shows them, in calls of their own: no poll of the alerts waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.pipeline.work import Workshop
from agent.scoring import line_sources, publish, vanished
from agent.scoring.around import Around, early, terms_of
from agent.store import Store, care, diary, mirror, scores
from agent.store.mirror import Cursor
from agent.store.pay import PayStore
from agent.store.pay_lines import save_lines
from agent.sync import scoring
from agent.sync.poll import Read, poll
from agent.sync.replication import Question, Reply, Span
from agent.sync.streams import QUERIES_PER_CALL, Stream

Row = Mapping[str, Any]
Take = Callable[[str, Sequence[Row]], None]
"""Takes rows of a stream of this name in. In a transaction of where they are kept."""
DAY = timedelta(days=1)
NOTHING_ASKED: Mapping[Question, Span] = {}
OTHERS_EVERY = timedelta(hours=1)
"""The org's own figures, the agent's own rows, and the lines of pay.db."""


def calls_a_day(mapping: OrgMapping) -> int:
    """API calls that reading for the scores takes while little changes."""
    if mapping.touch_points is None:
        return 0
    others = (*scoring.slow_streams(mapping), *publish.streams(mapping))
    hourly = sum(-(-len(found) // QUERIES_PER_CALL) for found in (others, scoring.line_streams(mapping)))
    quick = -(-len(scoring.evidence_streams(mapping)) // QUERIES_PER_CALL)
    return quick * (DAY // timedelta(minutes=mapping.touch_points.read_every_minutes)) + hourly * (
        DAY // OTHERS_EVERY
    )


def read_evidence(work: Workshop, now: datetime) -> bool:
    """One call for what touch points stand on; True while a read is unfinished.

    Raises:
        SalesforceError: the call failed as a whole; every cursor stands where it stood.
    """
    streams = scoring.evidence_streams(work.mapping)
    return _followed(
        work, vanished.evidence(work), streams, lambda name, rows: _take(work, name, rows, now), now
    )


def read_others(work: Workshop, now: datetime) -> bool:
    """The same for the org's own figures and the agent's own rows."""
    streams = (*scoring.slow_streams(work.mapping), *publish.streams(work.mapping))
    return _read(work, work.store, streams, lambda name, rows: _take(work, name, rows, now), now).more


def read_lines(work: Workshop, pay: PayStore, now: datetime) -> bool:
    """The same for lines of revenue, hours and admissions, which go to pay.db with their cursors."""
    streams = scoring.line_streams(work.mapping)
    line_sources.follow(pay, work.mapping)
    return _followed(
        work, vanished.lines(pay), streams, lambda name, rows: _take_lines(work, pay, name, rows, now), now
    )


@dataclass
class _Answer:
    """What the calls of one reading came to."""

    more: bool = False
    """A read is unfinished."""
    shown: set[str] = field(default_factory=set)
    """Ids of all rows that were read."""
    replies: list[Reply] = field(default_factory=list)


def _followed(
    work: Workshop, shelf: vanished.Shelf, streams: Sequence[Stream], take: Take, now: datetime
) -> bool:
    """Read, and look for what was deleted without a word; True while a read is unfinished."""
    asked = vanished.to_ask(work, shelf, streams, now)
    answer = _read(work, shelf.store, streams, take, now, asked)
    if answer.more or not answer.replies:
        return answer.more
    found = list(vanished.look_up(work, shelf, streams, answer.replies, answer.shown))
    with shelf.store.transaction():
        for doubtful in found:
            take(doubtful.stream.name, doubtful.rows)
            shelf.vanished(doubtful.stream.name, doubtful.gone)
        trouble = vanished.settled(shelf, answer.replies)
    if trouble:
        with work.store.transaction():
            diary.write(work.store, to_text(now), "alarm", trouble, level="error")
    return False


def _read(
    work: Workshop,
    store: Store,
    streams: Sequence[Stream],
    take: Take,
    now: datetime,
    asked: Mapping[Question, Span] = NOTHING_ASKED,
) -> _Answer:
    cursors, found = mirror.cursors(store), _Answer()
    turn = [s for s in streams if _unfinished(cursors.get(s.name))] or streams
    for n in range(0, len(turn), QUERIES_PER_CALL):
        part = turn[n : n + QUERIES_PER_CALL]
        names = {stream.name for stream in part}
        answer = poll(work.org, part, cursors, {q: span for q, span in asked.items() if q.stream in names})
        found.replies += answer.replies
        with store.transaction():
            for read in answer.reads:
                mirror.save_cursor(store, read.cursor)
                if read.error is None:
                    work.tally.polled[read.stream.name] += len(read.rows)
                    take(read.stream.name, read.rows)
        for read in answer.reads:
            found.more = found.more or bool(read.error is None and read.cursor.resume_stamp)
            found.shown |= {row["Id"] for row in read.rows}
            _tell_failed(work, read, cursors.get(read.stream.name), now)
    return found


def _unfinished(cursor: Cursor | None) -> bool:
    """It goes on alone, without the others; one that fails half-way does not, or they would never have their turn."""
    return cursor is None or bool(cursor.resume_stamp and cursor.error is None)


def _tell_failed(work: Workshop, read: Read, before: Cursor | None, now: datetime) -> None:
    if read.error is None or (before is not None and before.error == str(read.error)):
        return
    text = (
        f"{read.stream.object} cannot be read for the scores: {read.error} Scores stand still; alerts go on."
    )
    with work.store.transaction():
        diary.write(work.store, to_text(now), "alarm", text, level="error", stream=read.stream.name)


def _take(work: Workshop, name: str, rows: Sequence[Row], now: datetime) -> None:
    """Rows of a stream into the state. In the caller's transaction."""
    version, terms = work.mapping.scoring_version, terms_of(work)
    if name == "episode":
        told, mute = _each(scoring.episode_row(terms.start_of_care, version), rows)
        care.save_episodes(work.store, told)
    elif name == "assignment":
        told, mute = _each(scoring.assignment_row(terms.assignments, version), rows)
        care.mark_about(work.store, care.save_assignments(work.store, told))
    elif name == "dashboard" and terms.dashboard:
        told, _ = _each(scoring.dashboard_row(terms.dashboard, version), rows)
        scores.make_due(work.store, care.save_dashboards(work.store, told))
        return
    elif name.startswith(scoring.CONTACTS):
        source = next(c for c in terms.contacts if f"{scoring.CONTACTS}{c.object}" == name)
        told, mute = _each(scoring.contact_row(source, version), rows)
        care.mark_about(work.store, care.save_contacts(work.store, told))
    else:
        publish.take(work, name, rows, now)
        return
    vanished.evidence(work).vanished(name, mute)


def _each(convert: Callable[[Row], Any], rows: Sequence[Row]) -> tuple[list[Any], list[str]]:
    """What rows tell, and the ids of those that tell nothing: any more, perhaps."""
    told = [(row["Id"], convert(row)) for row in rows]
    return [kept for _, kept in told if kept is not None], [i for i, kept in told if kept is None]


def _take_lines(work: Workshop, pay: PayStore, name: str, shown: Sequence[Row], now: datetime) -> None:
    """The day of an admission is told as an instant: its date is the one on the office's clock."""
    kind = name.removeprefix(scoring.LINES)
    if work.mapping.incentive is None:
        return
    convert = scoring.line_row(kind, getattr(work.mapping.incentive.sources, kind))
    around = Around(work.store, work.mapping, now)
    rows = [convert(row) for row in shown]
    for row in rows:
        if row["day"] and len(row["day"]) > len("2026-03-01"):
            zone = around.zone_of_client(row["client_id"])
            row["day"] = early(row["day"], zone).astimezone(zone).date().isoformat()
    save_lines(pay, rows)
