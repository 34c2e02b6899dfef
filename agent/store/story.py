"""What is told about the mirrored SLIs: field history, Chatter, activities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.store.database import Store, to_json


def save_changes(store: Store, rows: Sequence[tuple[Any, ...]]) -> set[str]:
    """Field history (id, intervention_id, field, at, by, old, new); the interventions that got new rows."""
    held = held_already(store, "change", "id", rows)
    new = [row for row in rows if row[0] not in held]
    store.write_many("INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?, ?, ?, ?)", new)
    return {row[1] for row in new}


def changes_of(store: Store, ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Intervention -> its field history; those without are left out."""
    return _by_intervention(
        store.rows(
            "SELECT * FROM change WHERE intervention_id IN (SELECT value FROM json_each(?))", (to_json(ids),)
        )
    )


def tracked_since(store: Store) -> dict[str, str]:
    """Field -> earliest history row of it anywhere: from then on the org tracks it."""
    # One step through the index for each field, however many rows there are.
    rows = store.rows(
        """WITH RECURSIVE tracked (field) AS (
             SELECT min(field) FROM change
             UNION ALL SELECT (SELECT min(field) FROM change WHERE field > tracked.field) FROM tracked
             WHERE tracked.field IS NOT NULL)
           SELECT field, (SELECT min(at) FROM change WHERE change.field = tracked.field) FROM tracked
           WHERE field IS NOT NULL"""
    )
    return {row[0]: row[1] for row in rows}


def save_chatter(store: Store, rows: Sequence[tuple[Any, ...]]) -> set[str]:
    """Posts and comments (id, intervention_id, kind, by, at, body, hash, deleted); interventions touched."""
    return _save_if_different(store, "chatter", rows, columns=8)


def chatter_of(store: Store, ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Intervention -> its posts and comments not deleted; those without are left out."""
    return _by_intervention(
        store.rows(
            """SELECT intervention_id, id, kind, by, at FROM chatter
               WHERE intervention_id IN (SELECT value FROM json_each(?)) AND deleted = 0""",
            (to_json(ids),),
        )
    )


def save_activities(store: Store, rows: Sequence[tuple[Any, ...]]) -> set[str]:
    """Activities (id, intervention_id, by, at, subject, done_at, hash, deleted); interventions touched."""
    return _save_if_different(store, "activity", rows, columns=8)


def activities_of(store: Store, ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Intervention -> its activities that are done and not deleted; those without are left out."""
    return _by_intervention(
        store.rows(
            """SELECT intervention_id, by, done_at FROM activity
               WHERE intervention_id IN (SELECT value FROM json_each(?)) AND deleted = 0 AND done_at IS NOT NULL""",
            (to_json(ids),),
        )
    )


def _save_if_different(
    store: Store, table: str, rows: Sequence[tuple[Any, ...]], *, columns: int
) -> set[str]:
    """Rows that end with hash and deleted, if they are new or different; the interventions they belong to."""
    held = held_already(store, table, "hash", rows)
    different = [row for row in rows if held.get(row[0]) != row[-2]]
    store.write_many(f"INSERT OR REPLACE INTO {table} VALUES ({','.join('?' * columns)})", different)  # noqa: S608  # our own names
    return {row[1] for row in different}


def held_already(store: Store, table: str, column: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, str]:
    """Id -> this column, of those rows that are held; one question for all, for a page has thousands."""
    sql = f"SELECT id, {column} FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own names
    return {row[0]: row[1] for row in store.rows(sql, (to_json([row[0] for row in rows]),))}


def _by_intervention(rows: Iterable[Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["intervention_id"], []).append(row)
    return found
