"""Where the comparison of ids stands, and the records it left in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agent.store.database import Store, to_json


class Why(StrEnum):
    """Why a record is to be looked up by its id."""

    UNREAD = "unread"
    """The org shows it, and the mirror lacks it or holds an older version."""
    VANISHED = "vanished"
    """The mirror holds it alive, and the org does not show it."""
    UNSEEN = "unseen"
    """It vanished before, and may be back."""
    EDITED = "edited"
    """getUpdated names it."""
    UNTOLD = "untold"
    """What is told about it may have been missed."""


_AWAY = "away"
"""In a stream's place: SLIs that vanished in great number, until they are back."""


@dataclass(frozen=True)
class Census:
    """One stream's comparison. Instants as text, by the org's clock; see the table."""

    stream: str
    next_at: str
    began: str | None = None
    resume_id: str = ""
    ended: str | None = None


def of(store: Store, stream: str) -> Census | None:
    row = store.row("SELECT stream, next_at, began, resume_id, ended FROM census WHERE stream = ?", (stream,))
    return None if row is None else Census(**dict(row))


def save(store: Store, census: Census) -> None:
    store.write(
        "INSERT OR REPLACE INTO census (stream, next_at, began, resume_id, ended) VALUES (?, ?, ?, ?, ?)",
        (census.stream, census.next_at, census.began, census.resume_id, census.ended),
    )


def held(store: Store, stream: str, after_id: str, up_to: str | None) -> list[tuple[str, bool, str]]:
    """(id, deleted, stamp) of the mirror's SLIs, posts or comments in this range of ids; None: to the last one."""
    table = {
        "intervention": "SELECT id, deleted, stamp FROM intervention WHERE id > ?",
        "feed": "SELECT id, deleted, '' FROM chatter WHERE kind = 'post' AND id > ?",
        "comment": "SELECT id, deleted, '' FROM chatter WHERE kind = 'comment' AND id > ?",
    }[stream]
    params: tuple[str, ...] = (after_id,)
    if up_to is not None:
        table, params = f"{table} AND id <= ?", (after_id, up_to)
    return [(row[0], bool(row[1]), row[2]) for row in store.rows(table, params)]


def stamps(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Id -> stamp of those SLIs among these that the mirror holds alive."""
    sql = "SELECT id, stamp FROM intervention WHERE deleted = 0 AND id IN (SELECT value FROM json_each(?))"
    return dict(map(tuple, store.rows(sql, (to_json(list(ids)),))))


def doubt(store: Store, stream: str, ids: Iterable[str], why: Why, next_at: str | None) -> None:
    """These records are to be looked up from `next_at` on. The first reason stands."""
    store.write_many(
        "INSERT OR IGNORE INTO doubt (stream, id, why, next_at) VALUES (?, ?, ?, ?)",
        ((stream, record_id, why, next_at) for record_id in ids),
    )


def due(store: Store, now: str, limit: int) -> tuple[str, dict[str, Why]]:
    """One stream, and records of it whose hour has come with the reason; ("", {}) where there are none."""
    stream = store.value("SELECT stream FROM doubt WHERE next_at <= ? ORDER BY next_at, stream", (now,))
    rows = store.rows(
        "SELECT id, why FROM doubt WHERE stream = ? AND next_at <= ? ORDER BY id LIMIT ?",
        (stream, now, limit),
    )
    return stream or "", {row["id"]: Why(row["why"]) for row in rows}


def put_off(store: Store, stream: str, ids: Iterable[str], next_at: str) -> None:
    store.write_many(
        "UPDATE doubt SET next_at = ? WHERE stream = ? AND id = ?", ((next_at, stream, i) for i in ids)
    )


def settled(store: Store, stream: str, ids: Iterable[str]) -> None:
    store.write_many("DELETE FROM doubt WHERE stream = ? AND id = ?", ((stream, i) for i in ids))


def vanished(store: Store, stream: str) -> list[str]:
    """Records that vanished, are not proven deleted since, and were seen until now; what was said on an SLI is not
    counted where the SLI vanished with it."""
    sli, said = "d.id", ""
    if stream != "intervention":
        sli, said = "c.intervention_id", "JOIN chatter c ON c.id = d.id AND c.deleted = 0"
    rows = store.rows(
        f"""SELECT d.id FROM doubt d {said}
            JOIN intervention i ON i.id = {sli} AND i.deleted = 0 AND i.unseen IS NULL
            WHERE d.stream = ? AND d.why = ? ORDER BY d.id""",  # noqa: S608  # our own words
        (stream, Why.VANISHED),
    )
    return [row["id"] for row in rows]


def forget_vanished(store: Store, stream: str) -> None:
    store.write("DELETE FROM doubt WHERE stream = ? AND why = ?", (stream, Why.VANISHED))


def put_away(store: Store) -> None:
    """Keep in mind which SLIs vanished, for `taken_up`."""
    store.write(
        "INSERT OR IGNORE INTO doubt SELECT ?, id, ?, NULL FROM doubt WHERE stream = 'intervention' AND why = ?",
        (_AWAY, Why.UNTOLD, Why.VANISHED),
    )


def taken_up(store: Store, next_at: str) -> None:
    """Those kept in mind are to be looked up from `next_at` on."""
    store.write(
        "INSERT OR IGNORE INTO doubt SELECT 'intervention', id, why, ? FROM doubt WHERE stream = ?",
        (next_at, _AWAY),
    )
    store.write("DELETE FROM doubt WHERE stream = ?", (_AWAY,))


def living(store: Store, stream: str) -> int:
    """How many SLIs, posts or comments are mirrored and thought to be visible."""
    count = {
        "intervention": "SELECT count(*) FROM intervention WHERE deleted = 0 AND unseen IS NULL",
        "feed": "SELECT count(*) FROM chatter WHERE kind = 'post' AND deleted = 0",
        "comment": "SELECT count(*) FROM chatter WHERE kind = 'comment' AND deleted = 0",
    }[stream]
    return int(store.value(count))


def mark_unseen(store: Store, ids: Iterable[str], since: str) -> None:
    """They vanished, and nothing proves them deleted. Their clocks run on."""
    store.write_many(
        "UPDATE intervention SET unseen = ? WHERE id = ? AND unseen IS NULL", ((since, i) for i in ids)
    )


def unseen(store: Store) -> list[dict[str, Any]]:
    """SLIs nobody can see, though nothing proves them deleted: id, number, since."""
    return [
        dict(row)
        for row in store.rows(
            "SELECT id, number, unseen AS since FROM intervention WHERE unseen IS NOT NULL AND deleted = 0"
            " ORDER BY number"
        )
    ]


def unseen_since(store: Store, record_id: str) -> str | None:
    sql = "SELECT unseen FROM intervention WHERE id = ? AND deleted = 0"
    found: str | None = store.value(sql, (record_id,))
    return found


def seen_again(store: Store, ids: Iterable[str]) -> list[tuple[str, str]]:
    """Take the mark off those of these that have it; (id, number) of each."""
    marked = [(row["id"], row["number"]) for row in unseen(store)]
    back = {*ids}.intersection(i for i, _ in marked) if marked else set()
    store.write_many("UPDATE intervention SET unseen = NULL WHERE id = ?", ((i,) for i in back))
    return [about for about in marked if about[0] in back]


def numbers(store: Store, ids: Sequence[str]) -> list[str]:
    """The record numbers of these SLIs, or of those that these posts belong to."""
    rows = store.rows(
        """SELECT DISTINCT number FROM intervention WHERE id IN (SELECT value FROM json_each(:ids))
           OR id IN (SELECT intervention_id FROM chatter WHERE id IN (SELECT value FROM json_each(:ids)))
           ORDER BY number""",
        {"ids": to_json(list(ids))},
    )
    return [row["number"] for row in rows]


def settled_comments(store: Store, ids: Sequence[str], before: str) -> list[str]:
    """Those among these ids that are mirrored comments from before this instant."""
    rows = store.rows(
        """SELECT id FROM chatter WHERE kind = 'comment' AND at < ?
           AND id IN (SELECT value FROM json_each(?))""",
        (before, to_json(list(ids))),
    )
    return [row["id"] for row in rows]


def mark_said_deleted(store: Store, ids: Iterable[str]) -> set[str]:
    """Posts and comments proven deleted (getDeleted); the SLIs of those that still counted.

    The hash goes too: one that is read again afterwards was undeleted.
    """
    rows = store.rows(
        "SELECT id, intervention_id FROM chatter WHERE deleted = 0 AND id IN (SELECT value FROM json_each(?))",
        (to_json(list(ids)),),
    )
    store.write_many("UPDATE chatter SET deleted = 1, hash = '' WHERE id = ?", ((r["id"],) for r in rows))
    return {row["intervention_id"] for row in rows}
