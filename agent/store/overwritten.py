"""Fields of ours that somebody else overwrites: how often, and those that are left to whoever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.store.database import Store, to_json

PARKED = "parked"
DROPPED = "dropped"


def count(store: Store, record_id: str, field: str, value: Any) -> int:
    """One more time that `value`, which the agent wrote, was replaced; how often that happened to this value.

    Another value begins anew: it is the same value, written and replaced again and again, that tells a machine.
    """
    store.write(
        """INSERT INTO overwritten (record_id, field, value, times) VALUES (?, ?, ?, 1)
           ON CONFLICT (record_id, field) DO UPDATE SET
             times = CASE WHEN value = excluded.value THEN times + 1 ELSE 1 END, value = excluded.value
           WHERE state IS NULL""",
        (record_id, field, to_json(value)),
    )
    return int(
        store.value("SELECT times FROM overwritten WHERE record_id = ? AND field = ?", (record_id, field))
    )


def park(store: Store, record_id: str, field: str, now: str) -> None:
    """The field of this record is no longer written, until a person says so."""
    store.write(
        "UPDATE overwritten SET state = 'parked', parked_at = ? WHERE record_id = ? AND field = ?",
        (now, record_id, field),
    )


def left_alone(store: Store, record_ids: Sequence[str]) -> dict[str, set[str]]:
    """The fields of these records that are not written; records without such fields are left out."""
    rows = store.rows(
        """SELECT record_id, field FROM overwritten
           WHERE state IS NOT NULL AND record_id IN (SELECT value FROM json_each(?))""",
        (to_json(record_ids),),
    )
    found: dict[str, set[str]] = {}
    for record_id, field in rows:
        found.setdefault(record_id, set()).add(field)
    return found


def parked(store: Store, *states: str) -> list[dict[str, Any]]:
    """What is left alone, by record number: record_id, number, field, times, state, parked_at."""
    wanted = states or (PARKED,)
    marks = ",".join("?" * len(wanted))
    rows = store.rows(
        "SELECT o.record_id, i.number, o.field, o.times, o.state, o.parked_at FROM overwritten o"  # noqa: S608  # marks only
        " LEFT JOIN intervention i ON i.id = o.record_id"
        f" WHERE o.state IN ({marks}) ORDER BY i.number, o.record_id, o.field",
        wanted,
    )
    return [dict(row) for row in rows]


def unpark(store: Store, record_ids: Sequence[str]) -> None:
    """A person wants these records' fields to be written again; the count begins anew."""
    store.write_many(
        "DELETE FROM overwritten WHERE record_id = ? AND state IS NOT NULL", ((i,) for i in record_ids)
    )


def drop(store: Store, record_ids: Sequence[str]) -> None:
    """A person leaves these records' parked fields to whoever overwrites them: nobody is reminded any more."""
    store.write_many(
        "UPDATE overwritten SET state = 'dropped' WHERE record_id = ? AND state IS NOT NULL",
        ((i,) for i in record_ids),
    )
