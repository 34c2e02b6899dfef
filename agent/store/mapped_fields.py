"""What describe told of every field that is read: its type, whether it is computed, since when it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from agent.store.database import Store, from_json

_BODIES = {
    "feed": ("chatter", "body"),
    "comment": ("chatter", "body"),
    "activity": ("activity", "subject"),
}
"""Stream -> where the mirror keeps the one text of its rows that reading can do without."""


@dataclass(frozen=True)
class MappedField:
    """One field of a stream. Instants as text; `type` is describe's word, "" where it was never seen."""

    stream: str
    field: str
    type: str
    calculated: bool = False
    """A formula or a roll-up: it changes without moving the stamp (platform fact)."""
    missing_since: str | None = None
    known_through: str | None = None
    """While it is missing: deadlines that stand on it are judged up to here (D11); None: none does."""


def known(store: Store) -> list[MappedField]:
    rows = store.rows("SELECT * FROM mapped_field ORDER BY stream, field")
    return [MappedField(**{**dict(row), "calculated": bool(row["calculated"])}) for row in rows]


def replace_all(store: Store, fields: Iterable[MappedField]) -> None:
    """These are all; what the mapping no longer names goes."""
    store.write("DELETE FROM mapped_field")
    store.write_many("INSERT INTO mapped_field VALUES (?, ?, ?, ?, ?, ?)", map(astuple, fields))


def missing(store: Store) -> list[MappedField]:
    return [field for field in known(store) if field.missing_since is not None]


def known_through(store: Store) -> str | None:
    """Up to where every field that deadlines stand on is known; None while none of them is missing."""
    found: str | None = store.value(
        "SELECT min(known_through) FROM mapped_field WHERE missing_since IS NOT NULL"
    )
    return found


def calculated(store: Store, stream: str) -> list[str]:
    rows = store.rows("SELECT field FROM mapped_field WHERE stream = ? AND calculated = 1", (stream,))
    return [row["field"] for row in rows]


def held_values(store: Store, stream: str, ids: Sequence[str], field: str) -> dict[str, object]:
    """What the mirror holds of this field, by record id."""
    marks = ",".join("?" * len(ids))
    if stream in _BODIES:
        table, column = _BODIES[stream]
        rows = store.rows(f"SELECT id, {column} AS value FROM {table} WHERE id IN ({marks})", ids)  # noqa: S608  # our own names
        return {row["id"]: row["value"] for row in rows}
    table, columns = (
        ("intervention", "source, written") if stream == "intervention" else ("reference", "source")
    )
    rows = store.rows(f"SELECT id, {columns} FROM {table} WHERE id IN ({marks})", ids)  # noqa: S608  # our own names
    found: dict[str, object] = {}
    for row in rows:
        for column in columns.split(", "):
            kept = from_json(row[column])
            if field in kept:
                found[row["id"]] = kept[field]
    return found
