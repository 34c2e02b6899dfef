"""The comparison of ids: a page in a poll's spare place once a day, and what is concluded when all are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agent.errors import SalesforceError
from agent.instants import from_text, to_text
from agent.pipeline import org_time, replication
from agent.pipeline.work import Workshop
from agent.salesforce import wire
from agent.salesforce.parts import Page, Part
from agent.store import census as store
from agent.store import diary, mirror
from agent.store.census import Census, Why
from agent.sync import census
from agent.sync.poll import PollAnswer
from agent.sync.streams import Stream

EVERY = timedelta(days=1)
SOON = timedelta(hours=1)
"""From the first load to the first comparison, and to the next one while sharing seems to be lost."""
PATIENCE = timedelta(hours=1)
"""How long a vanished record waits for getDeleted to speak of the time up to the comparison."""
_NEVER = "9999"
NAMED = 20
"""Record numbers one line of the log names."""


def sharing(work: Workshop, turn: Sequence[Stream], now: datetime) -> Stream | None:
    """The stream of which a page of ids shares this poll's call; in every second poll, so that nothing starves."""
    if work.store.get("census_shared"):
        return None
    cursors, org_now = mirror.cursors(work.store), to_text(org_time.org_now(work.store, now))
    for stream in turn:
        kept, cursor = store.of(work.store, stream.name), cursors.get(stream.name)
        if kept is None or kept.ended or cursor is None or cursor.low_water is None or cursor.error:
            continue
        if kept.next_at <= org_now:
            return stream
    return None


def page_of(work: Workshop, stream: Stream) -> Part:
    """The question for the next page of its ids."""
    kept = store.of(work.store, stream.name)
    return census.part(stream, kept.resume_id if kept else "")


def take(work: Workshop, shared: Stream | None, answer: PollAnswer, now: datetime) -> None:
    """Take a compared page in, and conclude what can be concluded. In the caller's transaction, after the rows."""
    work.store.put("census_shared", "yes" if shared else "")
    if shared:
        # One that cannot be read is asked for again; the stream's own alarm says why.
        with suppress(SalesforceError):
            _compare(work, shared, answer.answers.page(census.PART), answer.server_time, now)
    cursors = mirror.cursors(work.store)
    for stream in work.streams:
        cursor = cursors.get(stream.name)
        if stream.name in census.STREAMS and cursor is not None and cursor.loaded:
            _go_on(work, stream.name, answer.server_time, now)


def _compare(work: Workshop, stream: Stream, page: Page, server_time: datetime, now: datetime) -> None:
    kept, cursor = store.of(work.store, stream.name), mirror.cursors(work.store).get(stream.name)
    if kept is None or cursor is None or cursor.low_water is None:
        return
    end = census.ends_at(page)
    known = store.held(work.store, stream.name, kept.resume_id, end)
    held = {record_id: census.Held(deleted, stamp) for record_id, deleted, stamp in known}
    found = census.compare(page.records, held, cursor.low_water, work.store.get("key_prefix") or "")
    store.doubt(work.store, stream.name, found.unread, Why.UNREAD, to_text(now))
    store.doubt(work.store, stream.name, found.vanished, Why.VANISHED, None)
    if stream.name == "intervention":
        tell_seen_again(work, [row["Id"] for row in page.records if not row["IsDeleted"]], now)
    at = to_text(server_time)
    moved = replace(kept, began=kept.began or at, resume_id=end or "", ended=None if end else at)
    store.save(work.store, moved)


def _go_on(work: Workshop, name: str, server_time: datetime, now: datetime) -> None:
    """Plan the first comparison, end one that is through, and look again at what is unseen."""
    kept = store.of(work.store, name)
    if kept is None:
        store.save(work.store, Census(name, to_text(server_time + SOON)))
    elif kept.ended and _is_proven(work, name, kept.ended, server_time):
        seems_lost = _conclude(work, name, now)
        store.save(work.store, Census(name, to_text(server_time + (SOON if seems_lost else EVERY))))
    if name == "intervention":
        _look_again(work, server_time, now)


def _is_proven(work: Workshop, name: str, ended: str, server_time: datetime) -> bool:
    """Whether all deletions up to the comparison's end are known. What is said vanishes with its SLI: it waits."""
    if not store.vanished(work.store, name):
        return True
    first = store.of(work.store, "intervention")
    if name != "intervention" and first and (first.ended or store.vanished(work.store, "intervention")):
        return False
    known = replication.through(work).get(f"{name}_deleted", "")
    return known >= ended or server_time - from_text(ended) > PATIENCE


def _conclude(work: Workshop, name: str, now: datetime) -> bool:
    """Vanished records are looked up by their ids, unless they are so many that sharing was lost: then True.

    Those SLIs are looked up when they are back: what was told about them meanwhile moved no stamp then.
    """
    vanished, living = store.vanished(work.store, name), store.living(work.store, name)
    lost = census.looks_like_lost_sharing(len(vanished), living)
    if lost and name == "intervention":
        store.put_away(work.store)
    store.forget_vanished(work.store, name)
    if not lost:
        store.doubt(work.store, name, vanished, Why.VANISHED, to_text(now))
    if name == "intervention":
        if not lost:
            store.taken_up(work.store, to_text(now))
        _tell_sharing(work, len(vanished) if lost else 0, living, now)
    return lost


def _tell_sharing(work: Workshop, vanished: int, living: int, now: datetime) -> None:
    """One alarm while sharing seems to be lost, and a line when it is back."""
    told = work.store.get("sharing_lost")
    work.store.put("sharing_lost", f"{vanished} of {living}" if vanished else "")
    if vanished and not told:
        text = (
            f"{vanished} of {living} SLIs can no longer be seen, too many at once to be deletions: has the agent lost "
            "their sharing? Nothing is concluded, their clocks run on. Give the integration user View All on the "
            "object."
        )
        diary.write(work.store, to_text(now), "alarm", text, level="error")
    elif told and not vanished:
        text = "the SLIs that could no longer be seen in great number are back."
        diary.write(work.store, to_text(now), "alarm", text)


def _look_again(work: Workshop, server_time: datetime, now: datetime) -> None:
    """What is unseen is looked up every hour: sharing that comes back moves no stamp."""
    looked = from_text(work.store.get("unseen_looked_at"))
    if looked is not None and server_time - looked < SOON:
        return
    work.store.put("unseen_looked_at", to_text(server_time))
    unseen = [found["id"] for found in store.unseen(work.store)]
    store.doubt(work.store, "intervention", unseen, Why.UNSEEN, to_text(now))


def tell_seen_again(work: Workshop, ids: Sequence[str], now: datetime) -> None:
    """SLIs that were unseen and are not any more; they are looked up for what was told about them meanwhile."""
    back = store.seen_again(work.store, ids)
    store.doubt(work.store, "intervention", [record_id for record_id, _ in back], Why.UNTOLD, to_text(now))
    for about in back:
        diary.write(work.store, to_text(now), "change", "can be seen again", about=about)


def doubt_untold(work: Workshop, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """SLIs that come to light after the polls have read past their history: all that is told is looked up.

    `rows` as the org shows them, before the mirror takes them in.
    """
    history = mirror.cursors(work.store).get("history")
    if history is None or history.low_water is None:
        return
    living = [row for row in rows if not row["IsDeleted"]]
    stamps = store.stamps(work.store, [row["Id"] for row in living])
    untold = [row["Id"] for row in living if _told_since(row, stamps.get(row["Id"])) < history.low_water]
    store.doubt(work.store, "intervention", untold, Why.UNTOLD, to_text(now))


def _told_since(row: Mapping[str, Any], known: str | None) -> str:
    """Since when something may have been told about an SLI; `known`: its stamp in the mirror, None: not alive there.

    One that is known with this very stamp has come to light before.
    """
    if known is None:
        return to_text(wire.parse_datetime(row["CreatedDate"]))
    stamp = to_text(wire.parse_datetime(row["SystemModstamp"]))
    return stamp if stamp != known else _NEVER


def named(numbers: Sequence[str]) -> str:
    """`SLI-00042, SLI-00043 and 5 more`."""
    more = len(numbers) - NAMED
    return ", ".join(numbers[:NAMED]) + (f" and {more} more" if more > 0 else "")
