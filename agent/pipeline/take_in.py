"""Taking in: one answer of the org becomes rows, judgements, intents and cursors, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.instants import to_text
from agent.pipeline import census, decisions, drift, org_time, replication
from agent.pipeline.go_live import intend_summary
from agent.pipeline.judging import intend_write_back, judge_waiting
from agent.pipeline.told_elsewhere import foreign_notice
from agent.pipeline.work import Workshop
from agent.pipeline.write_back import watch_overwritten
from agent.store import backfill, care, diary, mirror, notices, story
from agent.sync import reading
from agent.sync.backfill import left_to_jobs
from agent.sync.poll import Read, poll
from agent.sync.streams import QUERIES_PER_CALL, Stream, at_rest, judged_fields, whose_turn

Row = Mapping[str, Any]


def poll_once(work: Workshop, now: datetime) -> bool:
    """One call and its taking in. True while a read is unfinished and the next call should follow at once.

    Raises:
        SalesforceError: the call failed as a whole; every cursor stands where it stood.
    """
    cursors = mirror.cursors(work.store)
    turn = int(work.store.get("turn") or 0)
    streams = whose_turn(_read_here(work), cursors, turn)
    if not streams:
        return False
    compared = census.sharing(work, streams, now)
    along = [census.page_of(work, compared)] if compared else []
    streams = streams[: QUERIES_PER_CALL - len(along)]
    asked = replication.to_ask(work, streams, cursors, now)
    answer = poll(work.org, streams, cursors, asked, along)
    reads = drift.explained(work, answer.reads, cursors, now)
    with work.store.transaction():
        for read in reads:
            _take(work, read, now)
        if asked:
            replication.take(work, answer, asked, now)
        census.take(work, compared, answer, now)
        # Who gave its place to a page of ids has it at the next poll.
        work.store.put("turn", str(turn if compared else turn + 1))
        org_time.note(work, answer.server_time, now)
        if work.org.limit:
            work.store.put("api_usage", f"{work.org.limit.used}/{work.org.limit.maximum}")
        if at_rest(work.streams, mirror.cursors(work.store)):
            judge_waiting(work, now)
    return _goes_on(work, answer.reads, reads)


def judge_due(work: Workshop, now: datetime) -> int:
    """The other way into judgement: deadlines that came due, and what a full batch left over."""
    if not at_rest(work.streams, mirror.cursors(work.store)):
        return 0
    with work.store.transaction():
        judged = judge_waiting(work, now)
        if not judged:
            intend_summary(work, now)
        return judged


def _goes_on(work: Workshop, answered: Sequence[Read], taken: Sequence[Read]) -> bool:
    """True where the next call should follow at once."""
    if len(taken) < len(answered):
        return True  # Without the fields that are missing now.
    # A read that fails half-way goes on at the next poll: asked at once, it would be asked without a pause.
    return any(r.cursor.resume_stamp and r.error is None for r in answered) or _still_loading(work)


def _still_loading(work: Workshop) -> bool:
    cursors = mirror.cursors(work.store)
    return any(
        (c := cursors.get(s.name)) is None or (not c.loaded and c.error is None) for s in _read_here(work)
    )


def _read_here(work: Workshop) -> list[Stream]:
    """The streams that no query job is loading (pipeline/backfill.py)."""
    left = left_to_jobs(work.streams, backfill.all_of(work.store))
    return [s for s in work.streams if s.name not in left]


def _take(work: Workshop, read: Read, now: datetime) -> None:
    before = mirror.cursors(work.store).get(read.stream.name)
    mirror.save_cursor(work.store, read.cursor)
    if read.error is not None:
        if before is None or before.error != str(read.error):
            diary.write(
                work.store,
                to_text(now),
                "alarm",
                f"{read.stream.object} cannot be read: {read.error} {_what_waits(read)}",
                level="error",
                stream=read.stream.name,
            )
        return
    work.tally.polled[read.stream.name] += len(read.rows)
    if before and not before.loaded:
        backfill.count_rest(work.store, read.stream.name, len(read.rows), done=read.cursor.loaded)
    if read.rows:
        take_rows(work, read.stream.name, read.rows, now)


def _what_waits(read: Read) -> str:
    """What a failing stream holds back (D11)."""
    if read.stream.required and not read.cursor.loaded:
        return "Nothing is judged or sent before it has been read once."
    if read.stream.every_poll:
        return "Deadlines wait until it can be read again; the rest goes on."
    return "The rest goes on."


def take_rows(work: Workshop, stream: str, rows: Sequence[Row], now: datetime) -> None:
    """Rows of a stream as the org shows them, into the mirror. In the caller's transaction."""
    rows = drift.filled(work, stream, rows)
    if stream == "intervention":
        _take_interventions(work, rows, now)
    elif stream == "history":
        judged = judged_fields(work.mapping)
        changes = [reading.change_row(row) for row in rows if row["Field"] in judged]
        mirror.mark_changed(work.store, story.save_changes(work.store, changes))
    elif stream in {"feed", "comment"}:
        mirror.mark_changed(work.store, _take_chatter(work, stream, rows))
    elif stream == "activity":
        done = list(map(reading.activity_row(work.mapping), rows))
        mirror.mark_changed(work.store, story.save_activities(work.store, done))
    elif stream == "notice":
        for notice in filter(None, (foreign_notice(work, row) for row in rows)):
            notices.save_foreign(work.store, notice)
    elif stream == "decision":
        decisions.take(work, list(filter(None, map(reading.decision_row(work.mapping), rows))), now)
    else:
        _take_references(work, stream, rows)


def _take_interventions(work: Workshop, rows: Sequence[Row], now: datetime) -> None:
    """Rows whose source changed wait for judgement; of the others only the agent's own fields are kept."""
    work.store.put("key_prefix", rows[0]["Id"][:3])
    fresh = list(map(reading.intervention_row(work.mapping), rows))
    known = mirror.hashes(work.store, [row["id"] for row in fresh])
    watch_overwritten(work, fresh, now)
    if not _is_first_load(work):
        census.doubt_untold(work, rows, now)
    changed = [row for row in fresh if known.get(row["id"]) != row["hash"]]
    mirror.save_interventions(work.store, changed)
    unchanged = [row for row in fresh if known.get(row["id"]) == row["hash"]]
    mirror.save_written(work.store, [(row["written"], row["stamp"], row["id"]) for row in unchanged])
    for kept in mirror.interventions(work.store, [row["id"] for row in unchanged]):
        if kept.open is not None:
            intend_write_back(work, kept, to_text(now))
    census.tell_seen_again(work, [row["id"] for row in fresh], now)
    _log_changed(work, changed, known, now)


def _log_changed(
    work: Workshop, changed: Sequence[Mapping[str, Any]], known: Mapping[str, str], now: datetime
) -> None:
    """A line for each SLI; of the first load a line a page, as for its judgements (pipeline/judging.py)."""
    told = [row for row in changed if row["id"] in known] if _is_first_load(work) else changed
    if len(told) < len(changed):
        n = len(changed) - len(told)
        diary.write(work.store, to_text(now), "change", f"first load: {n:,} SLIs read", seen=n)
    for row in told:
        text = "changed in Salesforce" if row["id"] in known else "seen for the first time"
        diary.write(work.store, to_text(now), "change", text, about=(row["id"], row["number"]))


def _is_first_load(work: Workshop) -> bool:
    """Nothing has been judged yet."""
    return work.store.get("summary_intended") is None


def _take_chatter(work: Workshop, stream: str, rows: Sequence[Row]) -> set[str]:
    """Posts and comments on interventions; tracked changes repeat the history (platform fact).

    Before the first intervention has been read nobody knows which parents are interventions: all are kept,
    for what is dropped here is not read again.
    """
    prefix = work.store.get("key_prefix")
    convert = reading.chatter_row("post" if stream == "feed" else "comment")
    ours = [row for row in rows if prefix is None or row["ParentId"][:3] == prefix]
    said = [convert(row) for row in ours if row.get("Type") != "TrackedChange"]
    return story.save_chatter(work.store, said)


def _take_references(work: Workshop, kind: str, rows: Sequence[Row]) -> None:
    """A changed office or account may mean another zone or director: what hangs on it is judged again."""
    fresh = list(map(reading.reference_row(work.mapping, kind), rows))
    changed = mirror.save_references(work.store, fresh)
    # In a first load everything waits for judgement already.
    for record_id in () if _is_first_load(work) else changed:
        mirror.mark_changed(work.store, mirror.interventions_around(work.store, kind, record_id))
    if kind == "client":
        care.mark_about(work.store, changed)
    elif kind == "office" and changed:
        # Its zone may be another one now: of its own starts of care, and of its clients'.
        care.mark_all(work.store)
