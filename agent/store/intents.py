"""Intents to write: fields whose value in the org is not what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.store.database import Store, from_json, to_json


@dataclass(frozen=True)
class WriteIntent:
    """The differences to write to one record: API name -> wire value."""

    record_id: str
    values: Mapping[str, Any]
    attempts: int


def want(store: Store, record_id: str, values: Mapping[str, Any], now: str) -> None:
    """The differences of this record as they stand now. None left: nothing to write.

    The same differences that were refused for good are not tried again; other ones are.
    """
    if not values:
        store.write("DELETE FROM write_intent WHERE record_id = ?", (record_id,))
        return
    store.write(
        """INSERT INTO write_intent (record_id, "values", state, next_at) VALUES (?, ?, 'due', ?)
           ON CONFLICT (record_id) DO UPDATE SET "values" = excluded."values", state = 'due', attempts = 0,
             next_at = excluded.next_at, error = NULL WHERE write_intent."values" != excluded."values\"""",
        (record_id, to_json(dict(values)), now),
    )


def due(store: Store, now: str, limit: int) -> list[WriteIntent]:
    """Intents whose hour has come, ordered by record id (fewer row locks)."""
    rows = store.rows(
        "SELECT * FROM write_intent WHERE state = 'due' AND next_at <= ? ORDER BY record_id LIMIT ?",
        (now, limit),
    )
    return [WriteIntent(r["record_id"], from_json(r["values"]), r["attempts"]) for r in rows]


def done(store: Store, record_id: str) -> None:
    store.write("DELETE FROM write_intent WHERE record_id = ?", (record_id,))


def retry_later(store: Store, record_id: str, next_at: str, error: str) -> None:
    store.write(
        "UPDATE write_intent SET attempts = attempts + 1, next_at = ?, error = ? WHERE record_id = ?",
        (next_at, error, record_id),
    )


def give_up(store: Store, record_id: str, error: str) -> None:
    """A dead letter: kept, shown, not tried again until what is to be written changes."""
    store.write("UPDATE write_intent SET state = 'dead', error = ? WHERE record_id = ?", (error, record_id))


def dead(store: Store) -> list[dict[str, Any]]:
    rows = store.rows(
        """SELECT w.record_id, i.number, w."values", w.error FROM write_intent w
           LEFT JOIN intervention i ON i.id = w.record_id WHERE w.state = 'dead' ORDER BY w.record_id"""
    )
    return [{**dict(r), "values": from_json(r["values"])} for r in rows]


def waiting(store: Store) -> int:
    return int(store.value("SELECT count(*) FROM write_intent WHERE state = 'due'"))


def next_at(store: Store, after: str) -> str | None:
    """The earliest instant from then on at which an intent has its turn."""
    found: str | None = store.value(
        "SELECT min(next_at) FROM write_intent WHERE state = 'due' AND next_at > ?", (after,)
    )
    return found


def pending(store: Store) -> list[dict[str, Any]]:
    """What is to be written, by record number."""
    rows = store.rows(
        """SELECT i.number, w."values" FROM write_intent w JOIN intervention i ON i.id = w.record_id
           WHERE w.state = 'due' ORDER BY i.number"""
    )
    return [{"number": r["number"], "values": from_json(r["values"])} for r in rows]
