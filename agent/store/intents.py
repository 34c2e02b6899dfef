"""Intents to write: fields whose value in the org is not what it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agent.store import overwritten
from agent.store.database import Store, from_json, to_json


class IntentState(StrEnum):
    DUE = "due"
    """To be written once its `next_at` has come."""
    DEAD = "dead"
    """A dead letter: refused, and the same again would be. Waits for the record, the values or a person."""
    DROPPED = "dropped"
    """A person let it go: only other values are tried anew."""


@dataclass(frozen=True)
class WriteIntent:
    """The differences to write to one record: API name -> wire value."""

    record_id: str
    values: Mapping[str, Any]
    attempts: int


def want(store: Store, differences: Mapping[str, Mapping[str, Any]], now: str) -> None:
    """By record, its differences as they stand now. None left: nothing to write.

    Fields that are parked (store.overwritten) are left out. What was refused is tried again when other values
    are due or the record's own content has changed.
    """
    parked = overwritten.left_alone(store, list(differences))
    ours = {
        record_id: {field: value for field, value in values.items() if field not in parked[record_id]}
        if record_id in parked
        else values
        for record_id, values in differences.items()
    }
    store.write_many(
        "DELETE FROM write_intent WHERE record_id = ?", ((i,) for i, values in ours.items() if not values)
    )
    store.write_many(
        """INSERT INTO write_intent (record_id, "values", state, next_at, parents, refused_hash)
           SELECT id, :values, 'due', :now, coalesce(office_id, '') || ' ' || coalesce(account_id, ''), hash
             FROM intervention WHERE id = :id
           ON CONFLICT (record_id) DO UPDATE SET "values" = excluded."values", state = 'due', attempts = 0,
             next_at = excluded.next_at, parents = excluded.parents, error = NULL
           WHERE write_intent."values" != excluded."values"
             OR (write_intent.state = 'dead' AND write_intent.refused_hash IS NOT excluded.refused_hash)""",
        ({"id": i, "values": to_json(values), "now": now} for i, values in ours.items() if values),
    )


def due(store: Store, now: str, limit: int) -> list[WriteIntent]:
    """Intents whose hour has come. Records that share office and account go together: Salesforce locks such
    parents as well, and two calls that hold one of them meet less often (platform fact)."""
    rows = store.rows(
        """SELECT * FROM write_intent WHERE state = 'due' AND next_at <= ?
           ORDER BY parents, record_id LIMIT ?""",
        (now, limit),
    )
    return [WriteIntent(r["record_id"], from_json(r["values"]), r["attempts"]) for r in rows]


def fields_of(store: Store, record_id: str) -> frozenset[str]:
    """The fields that are known not to hold what they should."""
    found = store.value('SELECT "values" FROM write_intent WHERE record_id = ?', (record_id,))
    return frozenset(from_json(found)) if found else frozenset()


def done(store: Store, record_id: str) -> None:
    store.write("DELETE FROM write_intent WHERE record_id = ?", (record_id,))


def retry_later(store: Store, record_id: str, next_at: str, error: str) -> None:
    store.write(
        "UPDATE write_intent SET attempts = attempts + 1, next_at = ?, error = ? WHERE record_id = ?",
        (next_at, error, record_id),
    )


def refuse(store: Store, record_id: str, error: str) -> None:
    """A dead letter: kept, shown, not tried again until something about it changes (`want`) or a person says so."""
    store.write(
        """UPDATE write_intent SET state = 'dead', error = ?,
             refused_hash = (SELECT hash FROM intervention WHERE id = record_id) WHERE record_id = ?""",
        (error, record_id),
    )


def retry_now(store: Store, record_ids: Sequence[str], now: str) -> None:
    """Dead letters a person wants to be tried again."""
    store.write_many(
        "UPDATE write_intent SET state = 'due', attempts = 0, next_at = ? WHERE record_id = ?",
        ((now, record_id) for record_id in record_ids),
    )


def drop(store: Store, record_ids: Sequence[str]) -> None:
    """Dead letters a person lets go."""
    store.write_many(
        "UPDATE write_intent SET state = 'dropped' WHERE record_id = ?", ((i,) for i in record_ids)
    )


def letters(store: Store, *states: IntentState) -> list[dict[str, Any]]:
    """Writes that Salesforce has refused, by record number; `states`: only these, all where none is named.

    Keys: record_id, number, values, state, attempts, next_at, error.
    """
    wanted = states or tuple(IntentState)
    marks = ",".join("?" * len(wanted))
    rows = store.rows(
        'SELECT w.record_id, i.number, w."values", w.state, w.attempts, w.next_at, w.error FROM write_intent w'  # noqa: S608  # marks only
        " LEFT JOIN intervention i ON i.id = w.record_id"
        f" WHERE w.error IS NOT NULL AND w.state IN ({marks}) ORDER BY i.number, w.record_id",
        [state.value for state in wanted],
    )
    return [{**dict(r), "values": from_json(r["values"])} for r in rows]


def dead(store: Store) -> list[dict[str, Any]]:
    """The dead letters among them."""
    return letters(store, IntentState.DEAD)


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
