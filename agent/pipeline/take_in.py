"""Taking in: one answer of the org becomes rows, judgements, intents and cursors, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.instants import from_text, to_text
from agent.pipeline.go_live import intend_summary
from agent.pipeline.judging import intend_write_back, judge_waiting
from agent.pipeline.told_elsewhere import foreign_notice
from agent.pipeline.work import Workshop
from agent.store import diary, mirror, notices
from agent.store.mirror import Cursor
from agent.sync import reading
from agent.sync.poll import DELETIONS_EVERY, DELETIONS_REACH, PollAnswer, Read, poll
from agent.sync.streams import at_rest, judged_fields, whose_turn

Row = Mapping[str, Any]


def poll_once(work: Workshop, now: datetime) -> bool:
    """One call and its taking in. True while a read is unfinished and the next call should follow at once.

    Raises:
        SalesforceError: the call failed as a whole; every cursor stands where it stood.
    """
    cursors = mirror.cursors(work.store)
    turn = int(work.store.get("turn") or 0)
    streams = whose_turn(work.streams, cursors, turn)
    deletions = _deletions_to_ask(work, cursors, now)
    answer = poll(work.org, streams, cursors, deletions)
    with work.store.transaction():
        for read in answer.reads:
            _take(work, read, now)
        if deletions:
            _take_deletions(work, answer, now)
        work.store.put("turn", str(turn + 1))
        work.store.put("server_time", to_text(answer.server_time))
        work.store.put("clock_skew", str(int((answer.server_time - now).total_seconds())))
        if deletions:
            work.store.put("deletions_asked", to_text(answer.server_time))
        if work.org.limit:
            work.store.put("api_usage", f"{work.org.limit.used}/{work.org.limit.maximum}")
        resting = at_rest(work.streams, mirror.cursors(work.store))
        if resting:
            judge_waiting(work, now)
    # A read that fails half-way goes on at the next poll: asked at once, it would be asked without a pause.
    return any(r.cursor.resume_stamp and r.error is None for r in answer.reads) or _still_loading(work)


def judge_due(work: Workshop, now: datetime) -> int:
    """The other way into judgement: deadlines that came due, and what a full batch left over."""
    if not at_rest(work.streams, mirror.cursors(work.store)):
        return 0
    with work.store.transaction():
        judged = judge_waiting(work, now)
        if not judged:
            intend_summary(work, now)
        return judged


def _still_loading(work: Workshop) -> bool:
    cursors = mirror.cursors(work.store)
    return any((c := cursors.get(s.name)) is None or (not c.loaded and c.error is None) for s in work.streams)


def _deletions_to_ask(
    work: Workshop, cursors: Mapping[str, Cursor], now: datetime
) -> tuple[datetime, datetime] | None:
    """The span to ask deletions for, by the org's clock, or None while the last question is young."""
    cursor = cursors.get("intervention")
    if cursor is None or not cursor.loaded or cursor.covered is None:
        return None
    org_now = now + timedelta(seconds=int(work.store.get("clock_skew") or 0))
    since = from_text(work.store.get("deletions_through") or cursor.low_water or cursor.covered)
    asked = from_text(work.store.get("deletions_asked")) or since
    if org_now - max(since, asked) < DELETIONS_EVERY:
        return None
    # A longer span is refused, and would be refused for ever after a long absence.
    return max(since, org_now - DELETIONS_REACH), org_now


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
    if read.rows:
        _take_rows(work, read.stream.name, read.rows, now)


def _what_waits(read: Read) -> str:
    """What a failing stream holds back (D11)."""
    if read.stream.required and not read.cursor.loaded:
        return "Nothing is judged or sent before it has been read once."
    if read.stream.every_poll:
        return "Deadlines wait until it can be read again; the rest goes on."
    return "The rest goes on."


def _take_rows(work: Workshop, stream: str, rows: Sequence[Row], now: datetime) -> None:
    if stream == "intervention":
        _take_interventions(work, rows, now)
    elif stream == "history":
        judged = judged_fields(work.mapping)
        changes = [reading.change_row(row) for row in rows if row["Field"] in judged]
        mirror.mark_changed(work.store, mirror.save_changes(work.store, changes))
    elif stream in {"feed", "comment"}:
        mirror.mark_changed(work.store, _take_chatter(work, stream, rows))
    elif stream == "activity":
        mirror.save_activities(work.store, [reading.activity_row(work.mapping, row) for row in rows])
    elif stream == "notice":
        for notice in filter(None, (foreign_notice(work, row, now) for row in rows)):
            notices.save_foreign(work.store, notice)
    else:
        _take_references(work, stream, rows)


def _take_interventions(work: Workshop, rows: Sequence[Row], now: datetime) -> None:
    """Rows whose source changed wait for judgement; of the others only the agent's own fields are kept."""
    work.store.put("key_prefix", rows[0]["Id"][:3])
    fresh = [reading.mirrored_intervention(work.mapping, row) for row in rows]
    known = mirror.hashes(work.store, [row["id"] for row in fresh])
    changed = [row for row in fresh if known.get(row["id"]) != row["hash"]]
    mirror.save_interventions(work.store, changed)
    unchanged = [row for row in fresh if known.get(row["id"]) == row["hash"]]
    mirror.save_written(work.store, [(row["written"], row["stamp"], row["id"]) for row in unchanged])
    for kept in mirror.interventions(work.store, [row["id"] for row in unchanged]):
        if kept.open is not None:
            intend_write_back(work, kept, None, to_text(now))
    for row in changed:
        diary.write(
            work.store,
            to_text(now),
            "change",
            "changed in Salesforce" if row["id"] in known else "seen for the first time",
            about=(row["id"], row["number"]),
        )


def _take_chatter(work: Workshop, stream: str, rows: Sequence[Row]) -> set[str]:
    """Posts and comments on interventions; tracked changes repeat the history (platform fact).

    Before the first intervention has been read nobody knows which parents are interventions: all are kept,
    for what is dropped here is not read again.
    """
    prefix = work.store.get("key_prefix")
    convert = reading.chatter_row("post" if stream == "feed" else "comment")
    ours = [row for row in rows if prefix is None or row["ParentId"][:3] == prefix]
    said = [convert(row) for row in ours if row.get("Type") != "TrackedChange"]
    return mirror.save_chatter(work.store, said)


def _take_references(work: Workshop, kind: str, rows: Sequence[Row]) -> None:
    """A changed office or account may mean another zone or director: what hangs on it is judged again."""
    changed = mirror.save_references(
        work.store, [reading.reference_row(work.mapping, kind, row) for row in rows]
    )
    for record_id in changed:
        mirror.mark_changed(work.store, mirror.interventions_around(work.store, kind, record_id))


def _take_deletions(work: Workshop, answer: PollAnswer, now: datetime) -> None:
    error = str(answer.deletions_error or "")
    if error and error != work.store.get("deletions_error"):
        text = f"deletions cannot be asked for: {error} Deleted SLIs may seem alive until that is mended."
        diary.write(work.store, to_text(now), "alarm", text, level="error")
    work.store.put("deletions_error", error)
    if answer.deletions_through:
        work.store.put("deletions_through", answer.deletions_through)
    gone = mirror.mark_deleted(work.store, answer.deleted_ids)
    if gone:
        diary.write(work.store, to_text(now), "change", f"{gone} SLI(s) deleted for good in Salesforce")
