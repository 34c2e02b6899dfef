"""Scores written back to Salesforce, so that the people scored see where they come from (D30): only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.errors import Forbidden, Gone, Rejected, SalesforceError
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.pipeline.work import Workshop
from agent.salesforce.parts import RowResult
from agent.scoring import locks
from agent.scoring.saying import Said, Saying, no_longer_due, revision_of
from agent.scoring.shapes import Row, Table, tables
from agent.store import diary, mirror, own_rows, scores, stuck_rows
from agent.store.own_rows import REPLACED_AT_MOST, OwnRow, RowKind, Values
from agent.sync.streams import Stream
from agent.sync.writeback import Policy, policy_of

BATCH = 200
"""Rows in one collection call (platform fact)."""
ADOPTED = (RowKind.SCORE, RowKind.TOUCH_POINT)
NAMED = 5
"""Keys in one line of the log."""
STREAMS = {RowKind.SCORE: "own_score", RowKind.TOUCH_POINT: "own_point", RowKind.REVISION: "own_revision"}


def streams(mapping: OrgMapping) -> tuple[Stream, ...]:
    """What the agent's own rows are read back by. With deleted ones: who owns a row may be able to delete it."""
    return tuple(Stream(STREAMS[kind], table.object, table.fields) for kind, table in tables(mapping).items())


def take(work: Workshop, stream_name: str, rows: Sequence[Row], now: datetime) -> None:
    """Rows as Salesforce holds them. In the caller's transaction.

    What somebody has replaced is written again, and left alone from the third time on, with an alarm.
    """
    table = next(t for kind, t in tables(work.mapping).items() if STREAMS[kind] == stream_name)
    shown = [row for row in map(table.shown, rows) if row is not None]
    parked = own_rows.take(work.store, table.kind, shown, to_text(now))
    if table.kind is RowKind.REVISION:
        # They are told for good: a lost disk learns them from Salesforce.
        found = [revision_of(table, values) for _, _, values in shown if values is not None]
        news = [told for told in filter(None, found) if scores.take_revision(work.store, told)]
        scores.make_due(work.store, {(told["csm"], told["month"]) for told in news})
    if parked:
        text = (
            f"{table.object} {_some(parked)}: something in Salesforce has replaced the agent's values "
            f"{REPLACED_AT_MOST} times. What stands there is left to it from now on. Find the flow, trigger or "
            "person that sets it, then `sli-agent outbox retry`."
        )
        diary.write(work.store, to_text(now), "alarm", text, level="error", keys=[r.key for r in parked])


def knows_revisions(work: Workshop) -> bool:
    """Those in Salesforce have been read: without them a lost disk would count anew from the first."""
    cursor = mirror.cursors(work.store).get(STREAMS[RowKind.REVISION])
    return RowKind.REVISION not in tables(work.mapping) or (cursor is not None and cursor.loaded)


def want_scores(work: Workshop, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """CSMs' months (user id, `2026-03`) as they are to stand in Salesforce: the scores and their revisions.

    In the caller's transaction. Of a month that is locked, or was, the lines too: they tell as what they were locked.
    """
    said, known = Saying(work.store, work.mapping, work.org_id), tables(work.mapping)
    found: dict[str, Said] = {}
    revised: dict[str, Said] = {}
    lines: set[str] = set()
    for csm, month in pairs:
        key = said.key(csm, month)
        score = said.published(csm, month)
        if score is None and own_rows.known(work.store, RowKind.SCORE, [key]):
            score = locks.EMPTIED
        if score is None:
            continue
        found[key] = said.score(csm, month, score)
        revised |= {f"{key}:R{number}": told for number, told in said.revisions(csm, month)}
        if said.was_locked(csm, month):
            lines |= {point["episode_id"] for point in scores.points(work.store, month, csm)}
    for kind, rows in ((RowKind.SCORE, found), (RowKind.REVISION, revised)):
        if kind in known:
            values = {key: known[kind].values(told) for key, told in rows.items()}
            _want(work, known, kind, values, {key: told.get("score") for key, told in rows.items()}, now)
    want_points(work, sorted(lines), now)


def want_points(work: Workshop, episode_ids: Sequence[str], now: datetime) -> None:
    """The lines of these starts of care as they are to stand in Salesforce. In the caller's transaction."""
    known = tables(work.mapping)
    if RowKind.TOUCH_POINT not in known or not episode_ids:
        return
    table, said = known[RowKind.TOUCH_POINT], Saying(work.store, work.mapping, work.org_id)
    there = own_rows.beginning(work.store, RowKind.TOUCH_POINT, (f"TP:{e}:" for e in episode_ids))
    gone = table.values(no_longer_due())
    values = {key: {**(row.wanted or row.held or {}), **gone} for key, row in there.items()}
    parents: dict[str, str | None] = {}
    for row in scores.points_of_episodes(work.store, episode_ids).values():
        point = dict(zip(scores.TOUCH_POINT, row, strict=True))
        key = f"TP:{point['episode_id']}:{point['activity']}"
        told = said.line(point, _stood_as(table, there.get(key)))
        values[key], parents[key] = table.values(told), told["score"]
    _want(work, known, RowKind.TOUCH_POINT, values, parents, now)


def adopt(work: Workshop, now: datetime) -> int:
    """Rows in Salesforce of which this disk has nothing to say, as another life left them behind; their number.

    What they tell has ended while nobody looked. Call when all evidence is judged and known past their last read.
    """
    known = tables(work.mapping)
    rows = own_rows.unsaid(work.store, [kind for kind in ADOPTED if kind in known], BATCH)
    if not rows:
        return 0
    pairs = [_pair(known[RowKind.SCORE], row) for row in rows if row.kind is RowKind.SCORE]
    episodes = {row.key.split(":")[1] for row in rows if row.kind is RowKind.TOUCH_POINT}
    with work.store.transaction():
        want_scores(work, [pair for pair in pairs if pair is not None], now)
        want_points(work, sorted(episodes), now)
        own_rows.leave(work.store, rows)
    return len(rows)


def _pair(table: Table, row: OwnRow) -> tuple[str, str] | None:
    """The CSM and the month that a score's row tells; None where they are not mapped."""
    columns, held = table.columns, row.held or {}
    csm, month = (
        str(held.get(columns[name].name) or "") if name in columns else "" for name in ("csm", "month")
    )
    return (csm, month) if csm and month else None


def _stood_as(table: Table, row: OwnRow | None) -> str | None:
    """What a line says of the lock of its score."""
    column = table.columns.get("locked_as")
    values = (row.held if row.wanted is None else row.wanted) if row else None
    return values.get(column.name) if column and values else None


def _want(
    work: Workshop,
    known: Mapping[RowKind, Table],
    kind: RowKind,
    values: Mapping[str, Values],
    parents: Mapping[str, str | None],
    now: datetime,
) -> None:
    """Where scores themselves are not written, there is none to wait for."""
    own_rows.want(work.store, kind, values, to_text(now), parents if RowKind.SCORE in known else {})


def write_due(work: Workshop, now: datetime) -> int:
    """Write one batch of what differs; the number of rows that had their turn.

    Raises:
        SalesforceError: the org could not be asked. Sending the same again does no harm: the values are absolute.
    """
    known = tables(work.mapping)
    batch = own_rows.due(work.store, known, to_text(now), BATCH) if work.acts else []
    if not batch:
        return 0
    table = known[batch[0].kind]
    try:
        results = _send(work, table, [table.record(row.key, row.differences) for row in batch])
    except (Forbidden, Gone, Rejected) as error:
        _put_off(work, table, batch[0], error, now)
        return len(batch)
    taken, failed = [], []
    for row, result in zip(batch, results, strict=True):
        if result.success:
            taken.append((row, result.id, result.created))
        else:
            failed.append((row, result.error))
    with work.store.transaction():
        own_rows.accepted(work.store, taken, to_text(now))
        _not_taken(work, table, failed, now)
        work.tally.score_rows += len(taken)
        if taken:
            text = f"{table.object}: {len(taken)} {'row' if len(taken) == 1 else 'rows'} written"
            diary.write(work.store, to_text(now), "write_back", text)
    return len(batch)


def _send(work: Workshop, table: Table, records: Sequence[Mapping[str, Any]]) -> list[RowResult]:
    """A revision is created and never changed: of two agents that find the same, Salesforce lets one add it (D29).

    The other's is a duplicate, and is tried again until it has been read back that there is one.
    """
    if table.kind is RowKind.REVISION:
        return work.org.create(table.object, records)
    return work.org.upsert(table.object, table.key, records)


def _put_off(work: Workshop, table: Table, first: OwnRow, error: SalesforceError, now: datetime) -> None:
    """The object or its key is missing or hidden. That is no reason to leave the org alone: alerts go on."""
    with work.store.transaction():
        own_rows.put_off(
            work.store, table.kind, to_text(now), to_text(now + work.backoff(first.attempts)), str(error)
        )
        if not first.attempts:
            text = (
                f"{table.object} cannot be written: {error} It is tried again; `sli-agent check` tells more."
            )
            diary.write(work.store, to_text(now), "alarm", text, level="error")


def _not_taken(
    work: Workshop, table: Table, failed: Sequence[tuple[OwnRow, SalesforceError | None]], now: datetime
) -> None:
    """What passes is tried again after a wait shared by all that failed as often (docs/decisions.md, 37)."""
    work.tally.failed += len(failed)
    later: dict[tuple[int, str], list[OwnRow]] = {}
    refused: dict[str, list[OwnRow]] = {}
    for row, error in failed:
        if policy_of(error) is Policy.RETRY or _lacks_parent(error):
            later.setdefault((row.attempts, str(error)), []).append(row)
        else:
            refused.setdefault(str(error), []).append(row)
    waits = {tries: to_text(now + work.backoff(tries)) for tries in sorted({t for t, _ in later})}
    for (tries, words), rows in later.items():
        own_rows.retry_later(work.store, rows, waits[tries], words)
    orphans = {row.parent for row, error in failed if _lacks_parent(error) and row.parent}
    own_rows.is_missing(work.store, sorted(orphans), to_text(now))
    for words, rows in refused.items():
        stuck_rows.refuse(work.store, rows, words)
        text = f"Salesforce refused {table.object} {_some(rows)}: {words}"
        diary.write(
            work.store, to_text(now), "write_back", text, level="error", keys=[row.key for row in rows]
        )


def _lacks_parent(error: SalesforceError | None) -> bool:
    """Salesforce does not know, or does not show, the score that a row belongs to (platform fact)."""
    return error is not None and error.code == "INVALID_FIELD" and "external ID" in error.message


def _some(rows: Sequence[OwnRow]) -> str:
    """`QS:E-0042:2026-03, QS:E-0043:2026-03 and 3 more`."""
    named, others = ", ".join(row.key for row in rows[:NAMED]), len(rows) - NAMED
    return f"{named} and {others:,} more" if others > 0 else named
