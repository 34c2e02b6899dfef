"""What an audit reads: notices with all that is known of them, their deliveries, and every stored judgement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agent.store.database import Store, from_json, to_json

JSON_COLUMNS = ("sides", "inputs", "told")
_IDS = "SELECT DISTINCT intervention_id FROM {} ORDER BY 1"


def notices_of(store: Store, intervention_id: str) -> list[dict[str, Any]]:
    """Every notice about this intervention, oldest deadline first, whatever became of it."""
    rows = store.rows("SELECT * FROM notice WHERE intervention_id = ? ORDER BY due, key", (intervention_id,))
    return [_read(row, *JSON_COLUMNS) for row in rows]


def deliveries_of(store: Store, key: str) -> list[dict[str, Any]]:
    """The messages of this notice, with the server's last reply to each; empty where another disk holds them."""
    rows = store.rows(
        """SELECT m.id AS message_id, m.channel, m.address, m.person_id, m.roles, m.fallback_for, m.subject, m.state,
             m.sent_at AS at, m.attempts, m.reply
           FROM message m JOIN message_notice x ON x.message_id = m.id WHERE x.notice_key = ? ORDER BY m.address""",
        (key,),
    )
    return [_read(row, "roles", "fallback_for") for row in rows]


def lines_about(store: Store, key: str, message_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The sync log's lines about this notice and its messages, oldest first; each attempt has one."""
    rows = store.rows(
        """SELECT at, level, text FROM log
           WHERE kind IN ('alert', 'delivery', 'alarm') AND (json_extract(data, '$.key') = ?
             OR json_extract(data, '$.message_id') IN (SELECT value FROM json_each(?))) ORDER BY id""",
        (key, to_json(list(message_ids))),
    )
    return [dict(row) for row in rows]


def milestones(store: Store, intervention_id: str | None) -> Iterator[dict[str, Any]]:
    """The columns of each milestone of this intervention, or of all (None), as they lie on the disk."""
    yield from _rows(store, "milestone", "side, kind", intervention_id)


def scores(store: Store, intervention_id: str | None) -> Iterator[dict[str, Any]]:
    """The columns of each handling score (D31), as they lie on the disk."""
    yield from _rows(store, "handling", "side", intervention_id)


def notices(store: Store, intervention_id: str | None) -> Iterator[dict[str, Any]]:
    """The columns of each notice, as they lie on the disk; one that another disk decided came without inputs."""
    yield from _rows(store, "notice", "due, key", intervention_id)


def _rows(store: Store, table: str, order: str, intervention_id: str | None) -> Iterator[dict[str, Any]]:
    # One intervention after the other, so that an org of any size takes little memory.
    ids = [intervention_id] if intervention_id else [row[0] for row in store.rows(_IDS.format(table))]
    for one in ids:
        for row in store.rows(
            f"SELECT * FROM {table} WHERE intervention_id = ? ORDER BY {order}",  # noqa: S608  # our own names
            (one,),
        ):
            yield dict(row)


def numbers(store: Store) -> dict[str, str]:
    """Intervention -> its record number."""
    return {row[0]: row[1] for row in store.rows("SELECT id, number FROM intervention")}


def _read(row: Any, *as_json: str) -> dict[str, Any]:
    return {**dict(row), **{name: from_json(row[name]) for name in as_json}}
