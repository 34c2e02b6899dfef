"""The agent's own rows in Salesforce that wait for a person: refused there, or replaced again and again.

Rows are parked where it is seen that somebody replaces them (store/own_rows.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agent.store.database import Store, to_json
from agent.store.own_rows import OwnRow, RowState

STUCK = (RowState.DEAD, RowState.PARKED)


def refuse(store: Store, rows: Iterable[OwnRow], error: str) -> None:
    """Dead letters: kept, shown, not tried again until other values are wanted or a person says so."""
    store.write_many(
        "UPDATE own_row SET state = 'dead', error = ? WHERE kind = ? AND key = ?",
        ((error, row.kind, row.key) for row in rows),
    )


def letters(store: Store, *states: RowState) -> list[dict[str, Any]]:
    """Rows that wait for a person, by kind and key: kind, key, state, replaced, attempts, error."""
    rows = store.rows(
        """SELECT kind, key, state, replaced, attempts, error FROM own_row
           WHERE state NOT IN ('due', 'kept') AND state IN (SELECT value FROM json_each(?)) ORDER BY kind, key""",
        (to_json(list(states or STUCK)),),
    )
    return [dict(row) for row in rows]


def retry_now(store: Store, keys: Iterable[str], now: str) -> None:
    """A person wants these rows to be written; how often they were replaced is counted anew."""
    store.write_many(
        """UPDATE own_row SET state = 'due', replaced = 0, attempts = 0, next_at = ?
           WHERE key = ? AND state NOT IN ('due', 'kept')""",
        ((now, key) for key in keys),
    )


def drop(store: Store, keys: Iterable[str]) -> None:
    """A person lets these rows go."""
    sql = "UPDATE own_row SET state = 'dropped' WHERE key = ? AND state IN ('dead', 'parked')"
    store.write_many(sql, ((key,) for key in keys))
