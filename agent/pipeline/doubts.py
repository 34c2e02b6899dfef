"""Records in doubt: looked up by their ids, taken in with all that is told about them, and reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.errors import Forbidden, Rejected
from agent.instants import to_text
from agent.pipeline import org_time
from agent.pipeline.census import named
from agent.pipeline.take_in import take_rows
from agent.pipeline.work import Workshop
from agent.salesforce import soql, wire
from agent.store import census, diary
from agent.store.census import Why
from agent.sync import poll
from agent.sync.streams import Stream

Row = Mapping[str, Any]
TRY_AGAIN = timedelta(minutes=5)
AT_ONCE = soql.IDS_IN_ONE_CONDITION
POSTS = {"feed": "post", "comment": "comment"}


def look_up(work: Workshop, now: datetime) -> bool:
    """Look up the next records in doubt; False where there are none.

    Raises:
        SalesforceError: the org cannot be asked; they stay in doubt.
    """
    name, doubts = census.due(work.store, to_text(now), AT_ONCE)
    stream = next((s for s in work.streams if s.name == name), None)
    if stream is None:
        return False
    try:
        found = {name: _rows(work, stream, "Id", list(doubts))}
        if name == "intervention":
            found |= _story(work, [row["Id"] for row in found[name]])
    except (Forbidden, Rejected):
        # The poll cannot read it either, and its alarm says why.
        with work.store.transaction():
            census.put_off(work.store, name, doubts, to_text(now + TRY_AGAIN))
        return True
    with work.store.transaction():
        for each, rows in found.items():
            if rows:
                take_rows(work, each, rows, now)
        shown = {row["Id"] for row in found[name]}
        vanished = [i for i in census.vanished(work.store, name) if i in doubts and i not in shown]
        census.settled(work.store, name, doubts)
        _report_found(work, name, [i for i, why in doubts.items() if why is Why.UNREAD and i in shown], now)
        _report_vanished(work, name, vanished, now)
    return True


def _story(work: Workshop, ids: Sequence[str]) -> dict[str, list[Row]]:
    """What is told about these SLIs: none of it moved a stamp when they became visible."""
    activities = work.mapping.chatter.activities
    parents = {"history": "ParentId", "feed": "ParentId", "comment": "ParentId"}
    parents |= {"activity": activities.related} if activities else {}
    found = {}
    for stream in (s for s in work.streams if s.name in parents and ids):
        try:
            found[stream.name] = _rows(work, stream, parents[stream.name], ids)
        except (Forbidden, Rejected):
            if stream.required:
                raise
    return found


def _rows(work: Workshop, stream: Stream, field: str, ids: Collection[str]) -> list[Row]:
    """All rows of the stream that have one of these ids (at most 150) in this field, page by page."""
    [condition] = soql.ids_in(field, ids)
    rows: list[Row] = []
    after: list[str] = []
    while True:
        where = " AND ".join([*([stream.where] if stream.where else []), condition, *after])
        query = soql.select(stream.object, stream.fields, where, f"{stream.stamp}, Id", poll.PAGE)
        page = work.org.query(query, include_deleted=stream.include_deleted)
        rows += page.records
        if not page.records or (page.done and len(page.records) < poll.PAGE):
            return rows
        last = page.records[-1]
        after = [soql.keyset(stream.stamp, wire.parse_datetime(last[stream.stamp]), last["Id"])]


def _report_found(work: Workshop, stream: str, ids: Sequence[str], now: datetime) -> None:
    if not ids:
        return
    what = f"{len(ids)} SLI(s)" if stream == "intervention" else f"{len(ids)} {POSTS[stream]}(s)"
    text = (
        f"{what} that no poll had shown were found by comparing ids, and are taken in: "
        f"{named(census.numbers(work.store, ids))}"
    )
    diary.write(work.store, to_text(now), "alarm", text, level="warning")


def _report_vanished(work: Workshop, stream: str, ids: Sequence[str], now: datetime) -> None:
    """Vanished is not deleted: nothing but the mark changes."""
    if not ids:
        return
    numbers = named(census.numbers(work.store, ids))
    if stream == "intervention":
        census.mark_unseen(work.store, ids, to_text(org_time.org_now(work.store, now)))
        text = (
            f"{len(ids)} SLI(s) can no longer be seen, and nothing proves them deleted: {numbers}. Their clocks run "
            "on. Check the agent's sharing."
        )
    else:
        text = (
            f"{len(ids)} {POSTS[stream]}(s) on {numbers} can no longer be seen, and nothing proves them deleted: "
            "they go on counting."
        )
    diary.write(work.store, to_text(now), "alarm", text, level="error")
