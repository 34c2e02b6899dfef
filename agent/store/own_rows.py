"""The agent's own rows in Salesforce, scores and what belongs to them: as they are there, and as they should be.

Values are compared as they stand: whoever calls writes equal values alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from agent.store.database import Store, from_json, to_json

Values = Mapping[str, Any]
"""Field -> its value."""
REPLACED_AT_MOST = 3
"""As often as this somebody may replace our values; then the row is left to whoever does it."""


class RowKind(StrEnum):
    """In the order in which they are written: the others belong to a score."""

    SCORE = "score"
    REVISION = "revision"
    TOUCH_POINT = "touch_point"


class RowState(StrEnum):
    KEPT = "kept"
    """Salesforce holds what is wanted, or nothing is wanted."""
    DUE = "due"
    """To be written once its `next_at` has come and its score is there."""
    DEAD = "dead"
    """Refused, and the same again would be: waits for other values or a person."""
    PARKED = "parked"
    """Somebody replaced our values again and again: waits for a person."""
    DROPPED = "dropped"
    """A person let it go: only other values are tried anew."""


@dataclass(frozen=True)
class OwnRow:
    """One row. `held`: as Salesforce shows it, None where it is not there; `wanted`: None where nothing is."""

    kind: RowKind
    key: str
    record_id: str | None = None
    held: Values | None = None
    wanted: Values | None = None
    state: RowState = RowState.KEPT
    replaced: int = 0
    attempts: int = 0
    parent: str | None = None
    """Key of the score that it belongs to and waits for."""

    @property
    def differences(self) -> dict[str, Any]:
        """What Salesforce is to be told; of a row that is not there, everything."""
        wanted = self.wanted or {}
        if self.held is None:
            return dict(wanted)
        if self.kind is RowKind.REVISION:
            return {}  # It is only ever added: what is there stands (D29).
        # A field that was never seen counts as empty.
        return {name: value for name, value in wanted.items() if self.held.get(name) != value}


def known(store: Store, kind: RowKind, keys: Iterable[str]) -> dict[str, OwnRow]:
    """Those of these keys that there are."""
    sql = "SELECT * FROM own_row WHERE kind = ? AND key IN (SELECT value FROM json_each(?))"
    return {row["key"]: _own_row(row) for row in store.rows(sql, (kind, to_json(list(keys))))}


def beginning(store: Store, kind: RowKind, beginnings: Iterable[str]) -> dict[str, OwnRow]:
    """Those whose keys begin so."""
    rows = store.rows(
        """SELECT o.* FROM json_each(?) b CROSS JOIN own_row o
           ON o.kind = ? AND o.key >= b.value AND o.key < b.value || '~'""",
        (to_json(list(beginnings)), kind),
    )
    return {row["key"]: _own_row(row) for row in rows}


def telling(store: Store, kind: RowKind, first: str, second: str) -> dict[tuple[Any, Any], str]:
    """What rows of a kind hold, or should, in two fields -> the key; of several alike the first."""
    rows = store.rows(
        """SELECT key, json_extract(coalesce(wanted, held), '$.' || ?) AS one,
                  json_extract(coalesce(wanted, held), '$.' || ?) AS two
           FROM own_row WHERE kind = ? AND coalesce(wanted, held) IS NOT NULL ORDER BY key DESC""",
        (first, second, kind),
    )
    return {(row["one"], row["two"]): row["key"] for row in rows}


def want(
    store: Store,
    kind: RowKind,
    rows: Mapping[str, Values],
    now: str,
    parents: Mapping[str, str | None] | None = None,
) -> None:
    """By key, the values these rows should have; where Salesforce holds them there is nothing to do.

    What was refused is tried again for other values only; what is parked, only when a person says so.
    `parents`: by key, the score that a row belongs to and waits for.
    """
    there = known(store, kind, rows)
    store.write_many(
        """INSERT INTO own_row (kind, key, wanted, state, next_at, parent) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (kind, key) DO UPDATE SET
             wanted = excluded.wanted, parent = excluded.parent, next_at = excluded.next_at,
             attempts = 0, error = NULL,
             replaced = CASE state WHEN 'parked' THEN replaced ELSE 0 END,
             state = CASE state WHEN 'parked' THEN state ELSE excluded.state END""",
        (
            (kind, key, to_json(values), _fitting(wished), now, (parents or {}).get(key))
            for key, values in rows.items()
            if (wished := replace(there.get(key, OwnRow(kind, key)), wanted=values)) != there.get(key)
        ),
    )


def take(
    store: Store, kind: RowKind, rows: Sequence[tuple[str, str, Values | None]], now: str
) -> list[OwnRow]:
    """(key, record id, values) as Salesforce shows them, None: deleted. The rows that are parked from now on.

    Where nothing of ours was waiting, another value is one that somebody replaced.
    """
    there = known(store, kind, [key for key, _, _ in rows])
    moved: dict[str, OwnRow] = {}
    for key, record_id, values in rows:
        before = moved.get(key) or there.get(key) or OwnRow(kind, key)
        if values is not None:
            # A field the row does not show is hidden or no longer mapped; nobody has replaced it.
            shown = replace(before, record_id=record_id, held={**(before.held or {}), **values})
        elif before.record_id == record_id:
            shown = replace(before, held=None)
        else:
            continue  # Deleted long ago, and written again since; or never ours.
        after = _after(shown)
        if after != before:
            moved[key] = after
    _save(store, moved.values(), now)
    return [
        row
        for key, row in moved.items()
        if row.state is RowState.PARKED and there[key].state is not RowState.PARKED
    ]


def due(store: Store, kinds: Iterable[RowKind], now: str, limit: int) -> list[OwnRow]:
    """Rows of one kind that have their turn; the scores first.

    Rows of one score go together: Salesforce locks it as well, and two calls that hold it meet less often
    (platform fact).
    """
    wanted = frozenset(kinds)
    for kind in RowKind:
        sql = f"SELECT * FROM own_row r WHERE kind = ? AND next_at <= ? AND {_HAS_ITS_TURN}"  # noqa: S608  # our own words
        rows = store.rows(f"{sql} ORDER BY parent, key LIMIT ?", (kind, now, limit)) if kind in wanted else []
        if rows:
            return [_own_row(row) for row in rows]
    return []


_HAS_ITS_TURN = """state = 'due' AND (parent IS NULL OR EXISTS (
    SELECT 1 FROM own_row s WHERE s.kind = 'score' AND s.key = r.parent AND s.held IS NOT NULL))"""


def accepted(store: Store, rows: Iterable[tuple[OwnRow, str, bool]], now: str) -> None:
    """(row, record id, created) whose differences Salesforce took.

    A row that was thought to be there and was created anew holds nothing but them.
    """
    there = []
    for row, record_id, created in rows:
        held = {**({} if created else row.held or {}), **row.differences}
        written = replace(row, record_id=record_id, held=held, attempts=0)
        there.append(replace(written, state=_fitting(written)))
    _save(store, there, now)


def retry_later(store: Store, rows: Iterable[OwnRow], next_at: str, error: str) -> None:
    store.write_many(
        "UPDATE own_row SET attempts = attempts + 1, next_at = ?, error = ? WHERE kind = ? AND key = ?",
        ((next_at, error, row.kind, row.key) for row in rows),
    )


def put_off(store: Store, kind: RowKind, now: str, next_at: str, error: str) -> None:
    """The same for all rows of a kind that have their turn: none of them can be written."""
    store.write(
        """UPDATE own_row SET attempts = attempts + 1, next_at = ?, error = ?
           WHERE kind = ? AND state = 'due' AND next_at <= ?""",
        (next_at, error, kind, now),
    )


def is_missing(store: Store, keys: Iterable[str], now: str) -> None:
    """Scores that Salesforce does not know, although rows of theirs were to be written: they are written anew."""
    store.write_many(
        """UPDATE own_row SET held = NULL, state = 'due', attempts = 0, next_at = ?
           WHERE kind = 'score' AND key = ? AND state = 'kept' AND wanted IS NOT NULL""",
        ((now, key) for key in keys),
    )


def unsaid(store: Store, kinds: Iterable[RowKind], limit: int) -> list[OwnRow]:
    """Rows that Salesforce holds, and of which nothing was ever wanted here."""
    rows = store.rows(
        """SELECT * FROM own_row WHERE wanted IS NULL AND held IS NOT NULL
             AND kind IN (SELECT value FROM json_each(?)) ORDER BY kind, key LIMIT ?""",
        (to_json(list(kinds)), limit),
    )
    return [_own_row(row) for row in rows]


def leave(store: Store, rows: Iterable[OwnRow]) -> None:
    """Those of which still nothing is wanted stay as Salesforce holds them."""
    sql = "UPDATE own_row SET wanted = held WHERE kind = ? AND key = ? AND wanted IS NULL"
    store.write_many(sql, ((row.kind, row.key) for row in rows))


def waiting(store: Store) -> int:
    return int(store.value("SELECT count(*) FROM own_row WHERE state = 'due'"))


def next_at(store: Store, after: str) -> str | None:
    """The earliest instant from then on at which a row has its turn."""
    sql = f"SELECT min(next_at) FROM own_row r WHERE next_at > ? AND {_HAS_ITS_TURN}"  # noqa: S608  # our own words
    found: str | None = store.value(sql, (after,))
    return found


def _fitting(row: OwnRow) -> RowState:
    return RowState.DUE if row.differences else RowState.KEPT


def _after(shown: OwnRow) -> OwnRow:
    """What follows from what Salesforce shows."""
    if shown.state is RowState.PARKED or (shown.state is not RowState.KEPT and shown.differences):
        return shown
    if not shown.differences:
        return replace(shown, state=RowState.KEPT)
    replaced = shown.replaced + 1
    state = RowState.PARKED if replaced >= REPLACED_AT_MOST else RowState.DUE
    return replace(shown, state=state, replaced=replaced, attempts=0)


def _save(store: Store, rows: Iterable[OwnRow], now: str) -> None:
    """What Salesforce holds of them, and what follows; what is wanted stands."""
    store.write_many(
        """INSERT INTO own_row (kind, key, record_id, held, state, replaced, attempts, next_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET
             record_id = excluded.record_id, held = excluded.held, replaced = excluded.replaced,
             attempts = excluded.attempts, error = CASE WHEN excluded.state = 'kept' THEN NULL ELSE error END,
             next_at = CASE WHEN state = 'due' AND excluded.state = 'due' THEN next_at ELSE excluded.next_at END,
             state = excluded.state""",
        (
            (
                row.kind,
                row.key,
                row.record_id,
                None if row.held is None else to_json(row.held),
                row.state,
                row.replaced,
                row.attempts,
                now,
            )
            for row in rows
        ),
    )


def _own_row(row: Any) -> OwnRow:
    held, wanted = (None if row[name] is None else from_json(row[name]) for name in ("held", "wanted"))
    return OwnRow(
        RowKind(row["kind"]),
        row["key"],
        row["record_id"],
        held,
        wanted,
        RowState(row["state"]),
        row["replaced"],
        row["attempts"],
        row["parent"],
    )
