"""The sync log and the runs: what admins read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.store.database import Store, from_json, to_json


def write(
    store: Store,
    at: str,
    kind: str,
    text: str,
    *,
    level: str = "info",
    about: tuple[str, str] | None = None,
    **data: Any,
) -> None:
    """One line of the sync log. `about` is (intervention id, record number); never a client's name (D15).

    `kind` is one of run, change, decision, alert, delivery, write_back, alarm.
    """
    intervention_id, number = about or (None, None)
    store.write(
        "INSERT INTO log (at, run_id, kind, level, intervention_id, number, text, data)"
        " VALUES (?, (SELECT max(id) FROM run WHERE ended_at IS NULL), ?, ?, ?, ?, ?, ?)",
        (at, kind, level, intervention_id, number, text, to_json(data)),
    )


def lines(
    store: Store, filters: Mapping[str, str | None], *, after: int = 0, limit: int = 200
) -> list[dict[str, Any]]:
    """The newest `limit` lines with id > `after`, oldest first. Filters: kind, level, number."""
    wanted = {name: value for name, value in filters.items() if value is not None}
    where = "".join(f" AND {name} = :{name}" for name in wanted)
    rows = store.rows(
        f"SELECT * FROM log WHERE id > :after{where} ORDER BY id DESC LIMIT :limit",  # noqa: S608  # our own names
        {"after": after, "limit": limit, **wanted},
    )
    return [{**dict(row), "data": from_json(row["data"])} for row in reversed(rows)]


def begin_run(store: Store, at: str) -> int:
    """A new run; one left open by a kill is closed as interrupted."""
    store.write("UPDATE run SET ended_at = ?, outcome = 'interrupted' WHERE ended_at IS NULL", (at,))
    store.write("INSERT INTO run (began_at) VALUES (?)", (at,))
    return int(store.value("SELECT last_insert_rowid()"))


def forget_run(store: Store, run_id: int) -> None:
    """A run in which there was nothing to do."""
    store.write("DELETE FROM run WHERE id = ?", (run_id,))


def end_run(store: Store, run_id: int, at: str, outcome: str, tally: Mapping[str, Any]) -> None:
    store.write(
        "UPDATE run SET ended_at = ?, outcome = ?, tally = ? WHERE id = ?",
        (at, outcome, to_json(tally), run_id),
    )


def forget_lines(store: Store, before: str, limit: int) -> int:
    """Delete the oldest lines of the log, if they are older than this instant; how many went."""
    return store.write(
        "DELETE FROM log WHERE id IN (SELECT id FROM log ORDER BY id LIMIT ?) AND at < ?", (limit, before)
    )


def forget_runs(store: Store, before: str, limit: int) -> int:
    """Delete the oldest runs, if they ended before this instant; how many went. The newest run stays."""
    return store.write(
        "DELETE FROM run WHERE id IN (SELECT id FROM run ORDER BY id LIMIT ?) AND ended_at < ?"
        " AND id < (SELECT max(id) FROM run)",
        (limit, before),
    )


def last_run(store: Store) -> dict[str, Any] | None:
    row = store.row("SELECT * FROM run ORDER BY id DESC LIMIT 1")
    return None if row is None else {**dict(row), "tally": from_json(row["tally"]) if row["tally"] else None}
