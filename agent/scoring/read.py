"""Evidence and lines as the org shows them, in calls of their own: no poll of the alerts waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.instants import from_text, to_text
from agent.mapping import OrgMapping
from agent.pipeline.work import Workshop
from agent.scoring import publish
from agent.scoring.around import Around, early, terms_of
from agent.store import Store, care, diary, mirror, scores
from agent.store.mirror import Cursor
from agent.store.pay import PayStore
from agent.store.pay_lines import save_lines
from agent.sync import scoring
from agent.sync.poll import Read, poll
from agent.sync.streams import QUERIES_PER_CALL, Stream

Row = Mapping[str, Any]
DAY = timedelta(days=1)
OTHERS_EVERY = timedelta(hours=1)
"""The org's own figures, the agent's own rows, and the lines of pay.db."""
NEEDED = ("person", "office", "client", "decision")
"""What scores cannot be made without, read by the polls of the alerts."""


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


def complete_through(work: Workshop) -> datetime | None:
    """The instant up to which all evidence is known (D11); None before it was read once."""
    cursors = mirror.cursors(work.store)
    if not all(name in cursors and cursors[name].loaded for name in NEEDED):
        return None
    marks = [
        cursors[s.name].low_water if s.name in cursors else None
        for s in scoring.evidence_streams(work.mapping)
    ]
    known = [mark for mark in marks if mark is not None]
    return from_text(min(known)) if known and len(known) == len(marks) else None


def read_evidence(work: Workshop, now: datetime) -> bool:
    """One call for what touch points stand on; True while a read is unfinished.

    Raises:
        SalesforceError: the call failed as a whole; every cursor stands where it stood.
    """
    return _read(work, work.store, scoring.evidence_streams(work.mapping), lambda r: _take(work, r, now), now)


def read_others(work: Workshop, now: datetime) -> bool:
    """The same for the org's own figures and the agent's own rows."""
    streams = (*scoring.slow_streams(work.mapping), *publish.streams(work.mapping))
    return _read(work, work.store, streams, lambda r: _take(work, r, now), now)


def read_lines(work: Workshop, pay: PayStore, now: datetime) -> bool:
    """The same for lines of revenue, hours and admissions, which go to pay.db with their cursors."""
    streams = scoring.line_streams(work.mapping)
    return _read(work, pay, streams, lambda r: _take_lines(work, pay, r, now), now)


def _read(
    work: Workshop, store: Store, streams: Sequence[Stream], take: Callable[[Read], None], now: datetime
) -> bool:
    cursors = mirror.cursors(store)
    turn = [s for s in streams if s.name not in cursors or cursors[s.name].resume_stamp] or streams
    more = False
    for n in range(0, len(turn), QUERIES_PER_CALL):
        answer = poll(work.org, turn[n : n + QUERIES_PER_CALL], cursors, {})
        with store.transaction():
            for read in answer.reads:
                mirror.save_cursor(store, read.cursor)
                if read.error is None:
                    work.tally.polled[read.stream.name] += len(read.rows)
                    take(read)
        for read in answer.reads:
            more = more or bool(read.error is None and read.cursor.resume_stamp)
            _tell_failed(work, read, cursors.get(read.stream.name), now)
    return more


def _tell_failed(work: Workshop, read: Read, before: Cursor | None, now: datetime) -> None:
    if read.error is None or (before is not None and before.error == str(read.error)):
        return
    text = (
        f"{read.stream.object} cannot be read for the scores: {read.error} Scores stand still; alerts go on."
    )
    with work.store.transaction():
        diary.write(work.store, to_text(now), "alarm", text, level="error", stream=read.stream.name)


def _take(work: Workshop, read: Read, now: datetime) -> None:
    """Rows of a stream into the state. In the caller's transaction."""
    name, rows, version = read.stream.name, read.rows, work.mapping.scoring_version
    terms = terms_of(work)
    if name == "episode":
        care.save_episodes(work.store, _each(scoring.episode_row(terms.start_of_care, version), rows))
    elif name == "assignment":
        told = _each(scoring.assignment_row(terms.assignments, version), rows)
        care.mark_about(work.store, care.save_assignments(work.store, told))
    elif name == "dashboard" and terms.dashboard:
        told = _each(scoring.dashboard_row(terms.dashboard, version), rows)
        scores.make_due(work.store, care.save_dashboards(work.store, told))
    elif name.startswith(scoring.CONTACTS):
        source = next(c for c in terms.contacts if f"{scoring.CONTACTS}{c.object}" == name)
        told = _each(scoring.contact_row(source, version), rows)
        care.mark_about(work.store, care.save_contacts(work.store, told))
    else:
        publish.take(work, name, rows, now)


def _each(convert: Callable[[Row], Any], rows: Sequence[Row]) -> list[Any]:
    return [row for row in map(convert, rows) if row is not None]


def _take_lines(work: Workshop, pay: PayStore, read: Read, now: datetime) -> None:
    """The day of an admission is told as an instant: its date is the one on the office's clock."""
    kind = read.stream.name.removeprefix(scoring.LINES)
    if work.mapping.incentive is None:
        return
    convert = scoring.line_row(kind, getattr(work.mapping.incentive.sources, kind))
    around = Around(work.store, work.mapping, now)
    rows = [convert(row) for row in read.rows]
    for row in rows:
        if row["day"] and len(row["day"]) > len("2026-03-01"):
            zone = around.zone_of_client(row["client_id"])
            row["day"] = early(row["day"], zone).astimezone(zone).date().isoformat()
    save_lines(pay, rows)
