"""The sandbox org's rows: versions that wait for their commit, tables of what is committed, indexes."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from agent.sandbox.schema import ObjectSchema


class Row(dict[str, Any]):
    """One version of a record: the fields that hold a value; every other field reads as None.

    Never changed in place: a save puts a new version in its stead, so what a query has found stays as it was.
    """

    __slots__ = ()

    def __missing__(self, key: str) -> None:
        return None

    def changed(self, values: Mapping[str, Any]) -> Row:
        return Row({name: value for name, value in {**self, **values}.items() if value is not None})


class Table:
    """The committed rows of one object.

    Index entries are hints that are checked against the row when they are read; so nothing has to be removed
    from an index when a row changes, and an index that nobody asks for is never built.
    """

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.deleted: dict[str, datetime] = {}
        """When each row that is now deleted, softly or for good, was deleted."""
        self._ordered: dict[str, list[tuple[Any, str]]] = {}
        self._unsorted: set[str] = set()
        self._children: dict[str, dict[str, dict[str, None]]] = {}

    def put(self, record_id: str, row: Row | None) -> None:
        """Make `row` the committed version; None removes the record without a trace."""
        if row is None:
            self.rows.pop(record_id, None)
            return
        before = self.rows.get(record_id)
        self.rows[record_id] = row
        for name, entries in self._ordered.items():
            value = row[name]
            if value is not None and (before is None or before[name] != value):
                if entries and entries[-1] > (value, record_id):
                    self._unsorted.add(name)
                entries.append((value, record_id))
        for lookup, families in self._children.items():
            if row[lookup] is not None:
                families.setdefault(row[lookup], {})[record_id] = None

    def since(self, name: str, low: Any) -> Iterator[Row]:
        """Rows whose field `name` is at least `low`, in the order of (value, Id)."""
        entries = self._ordered_by(name)
        previous = None
        for entry in entries[bisect_left(entries, (low, "")) :]:
            row = self.rows.get(entry[1])
            # A value that was left and came back stands in the index twice, side by side.
            if row is not None and row[name] == entry[0] and entry != previous:
                yield row
            previous = entry

    def children(self, lookup: str, parent_id: str) -> Iterator[Row]:
        """Rows whose `lookup` points to this parent, oldest first."""
        families = self._children.get(lookup)
        if families is None:
            families = self._children[lookup] = {}
            for record_id, row in self.rows.items():
                if row[lookup] is not None:
                    families.setdefault(row[lookup], {})[record_id] = None
        for record_id in list(families.get(parent_id, ())):
            child = self.rows.get(record_id)
            if child is not None and child[lookup] == parent_id:
                yield child

    def _ordered_by(self, name: str) -> list[tuple[Any, str]]:
        entries = self._ordered.get(name)
        if entries is None:
            entries = [
                (row[name], record_id) for record_id, row in self.rows.items() if row[name] is not None
            ]
            self._ordered[name] = entries
            self._unsorted.add(name)
        if name in self._unsorted:
            entries.sort()
            self._unsorted.discard(name)
        return entries


@dataclass(frozen=True)
class Change:
    """One record's new version; None removes it for good."""

    object: str
    record_id: str
    row: Row | None


class _Transaction(NamedTuple):
    """Ordered by commit time; the serial keeps two of one instant apart."""

    commit_at: datetime
    serial: int
    saved_at: datetime
    changes: Sequence[Change]


class Store:
    """Every table, and the transactions that are saved but not yet committed.

    Writers see the latest version of a record, committed or not, because a save builds on it and because a
    unique value is taken from the moment it is saved. Readers see `tables`, which hold what is committed by
    the time given to `advance`.
    """

    def __init__(self, schemas: Mapping[str, ObjectSchema]) -> None:
        self.tables = {name: Table() for name in schemas}
        self._names_by_prefix: dict[str, list[str]] = {}
        for schema in schemas.values():
            self._names_by_prefix.setdefault(schema.key_prefix, []).append(schema.name)
        self._unique_fields = {
            name: [f.name for f in schema.fields.values() if f.unique] for name, schema in schemas.items()
        }
        self._holders: dict[tuple[str, str, Any], str] = {}
        self._open: list[_Transaction] = []
        self._uncommitted: dict[tuple[str, str], tuple[Row | None, datetime]] = {}
        self._serial = 0
        self._journal: list[tuple[Change, Row | None]] = []
        self._savepoints = 0

    def latest(self, name: str, record_id: str) -> Row | None:
        """The newest version of a record, committed or not; None where there is none."""
        waiting = self._uncommitted.get((name, record_id))
        return waiting[0] if waiting is not None else self.tables[name].rows.get(record_id)

    def find(self, record_id: str) -> tuple[str, Row] | None:
        """The newest version of the record with this id, and its object."""
        for name in self._names_by_prefix.get(record_id[:3], ()):
            row = self.latest(name, record_id)
            if row is not None:
                return name, row
        return None

    def find_committed(self, record_id: str) -> tuple[str, Row] | None:
        """The committed version of the record with this id, deleted ones included, and its object."""
        for name in self._names_by_prefix.get(record_id[:3], ()):
            row = self.tables[name].rows.get(record_id)
            if row is not None:
                return name, row
        return None

    def is_locked(self, name: str, record_id: str) -> bool:
        """Whether a transaction that has not committed holds this record."""
        return (name, record_id) in self._uncommitted

    def holder(self, name: str, field_name: str, value: Any) -> str | None:
        """The id of the living record that holds this value of a unique field."""
        record_id = self._holders.get((name, field_name, value))
        row = self.latest(name, record_id) if record_id is not None else None
        return record_id if row is not None and row[field_name] == value and not row["IsDeleted"] else None

    def save(self, changes: Sequence[Change], *, at: datetime, commit_at: datetime) -> None:
        """Save several records in one transaction that readers see from `commit_at` on, or from the moment an
        earlier transaction that holds one of the records has committed."""
        for change in changes:
            waiting = self._uncommitted.get((change.object, change.record_id))
            if waiting is not None:
                commit_at = max(commit_at, waiting[1])
        for change in changes:
            if self._savepoints:
                self._journal.append((change, self.latest(change.object, change.record_id)))
            self._uncommitted[change.object, change.record_id] = (change.row, commit_at)
            self._hold_unique(change.object, change.record_id, change.row)
        self._serial += 1
        heapq.heappush(self._open, _Transaction(commit_at, self._serial, at, changes))

    def _hold_unique(self, name: str, record_id: str, row: Row | None) -> None:
        if row is None:
            return
        for field_name in self._unique_fields[name]:
            if row[field_name] is not None:
                self._holders[name, field_name, row[field_name]] = record_id

    def advance(self, now: datetime) -> None:
        """Commit every transaction whose time has come."""
        while self._open and self._open[0].commit_at <= now:
            transaction = heapq.heappop(self._open)
            for change in transaction.changes:
                self._commit(change, transaction.saved_at)

    def earliest_open(self) -> datetime | None:
        """The earliest save time among the transactions that have not committed."""
        return min((transaction.saved_at for transaction in self._open), default=None)

    def _commit(self, change: Change, saved_at: datetime) -> None:
        table = self.tables[change.object]
        if change.row is None or change.row["IsDeleted"]:
            table.deleted[change.record_id] = saved_at
        else:
            table.deleted.pop(change.record_id, None)
        table.put(change.record_id, change.row)
        key = (change.object, change.record_id)
        waiting = self._uncommitted.get(key)
        if waiting is not None and waiting[0] is change.row:
            del self._uncommitted[key]

    @contextmanager
    def savepoint(self) -> Iterator[Callable[[], None]]:
        """Gives what undoes every save made within the block so far, committed meanwhile or not."""
        mark = len(self._journal)
        self._savepoints += 1
        try:
            yield partial(self._roll_back_to, mark)
        finally:
            self._savepoints -= 1
            if self._savepoints == 0:
                self._journal.clear()

    def _roll_back_to(self, mark: int) -> None:
        undone = self._journal[mark:]
        del self._journal[mark:]
        changes = {id(change) for change, _ in undone}
        self._open = [t for t in self._open if not any(id(change) in changes for change in t.changes)]
        heapq.heapify(self._open)
        for change, before in reversed(undone):
            self._uncommitted.pop((change.object, change.record_id), None)
            self._hold_unique(change.object, change.record_id, before)
            self._restore(change, before)

    def _restore(self, change: Change, before: Row | None) -> None:
        table = self.tables[change.object]
        if table.rows.get(change.record_id) is not change.row:
            return
        if before is None or not before["IsDeleted"]:
            table.deleted.pop(change.record_id, None)
        table.put(change.record_id, before)
