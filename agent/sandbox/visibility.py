"""What one user sees of the sandbox org at one instant: the port SOQL reads through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agent.sandbox.faults import Fault, Faults
from agent.sandbox.schema import ObjectSchema
from agent.sandbox.store import Row, Store

RECYCLE_BIN = timedelta(days=15)
"""How long `queryAll` shows a soft-deleted row (platform fact)."""
_INDEXED = ("SystemModstamp", "CreatedDate", "LastModifiedDate")


class View:
    """The rows committed by the time it was taken, less what faults hide from this user.

    It reads the org's live tables: take a new one after a save. `now` only ends the recycle bin's patience.
    """

    def __init__(
        self, schemas: Mapping[str, ObjectSchema], store: Store, faults: Faults | None, now: datetime
    ) -> None:
        self._schemas = schemas
        self._names = {name.lower(): name for name in schemas}
        self._store = store
        self._purged_before = now - RECYCLE_BIN
        self._unshared: dict[str, list[Fault]] = {}
        self._secured: dict[str, list[Fault]] = {}
        for fault in faults.standing("lost_sharing") if faults else ():
            self._unshared.setdefault(fault.object or "", []).append(fault)
        for fault in faults.standing("hidden_field", "read_only_field") if faults else ():
            self._secured.setdefault(fault.object or "", []).append(fault)

    def schema(self, name: str) -> ObjectSchema | None:
        """The object of this name in any letter case, with the fields the user may read, or None."""
        exact = self._names.get(name.lower())
        if exact is None:
            return None
        schema = self._schemas[exact]
        for fault in self._secured.get(exact, ()):
            schema = _secured(schema, fault)
        return schema

    def rows(self, name: str, *, include_deleted: bool) -> Iterator[Row]:
        return self._seen(name, self._store.tables[name].rows.values(), include_deleted=include_deleted)

    def rows_from(self, name: str, field: str, low: Any, *, include_deleted: bool) -> Iterator[Row] | None:
        if field not in _INDEXED:
            return None
        return self._seen(name, self._store.tables[name].since(field, low), include_deleted=include_deleted)

    def row(self, record_id: str) -> tuple[str, Row] | None:
        """A record by its id, deleted or not; None where the user does not see it."""
        found = self._store.find_committed(record_id)
        return found if found and (not self._unshared or self._is_shared(*found)) else None

    def children(self, child: str, lookup: str, parent_id: str, *, include_deleted: bool) -> Iterator[Row]:
        rows = self._store.tables[child].children(lookup, parent_id)
        return self._seen(child, rows, include_deleted=include_deleted)

    def _seen(self, name: str, rows: Iterable[Row], *, include_deleted: bool) -> Iterator[Row]:
        shared = (row for row in rows if self._is_shared(name, row)) if self._unshared else iter(rows)
        if include_deleted:
            return (row for row in shared if not row["IsDeleted"] or self._in_recycle_bin(row))
        return (row for row in shared if not row["IsDeleted"])

    def _in_recycle_bin(self, row: Row) -> bool:
        stamp = row["SystemModstamp"]
        return stamp is None or bool(stamp >= self._purged_before)

    def _is_shared(self, name: str, row: Row) -> bool:
        """Whether no fault hides the row, or the record whose feed or history it belongs to."""
        if any(fault.meets(object=name, row=row) for fault in self._unshared.get(name, ())):
            return False
        parent = self._store.find_committed(row["ParentId"]) if row["ParentId"] is not None else None
        return parent is None or self._is_shared(*parent)


def _secured(schema: ObjectSchema, fault: Fault) -> ObjectSchema:
    """The object as field-level security leaves it."""
    field = schema.fields.get(fault.field or "")
    if field is None:
        return schema
    if fault.kind == "read_only_field":
        return schema.with_fields(replace(field, createable=False, updateable=False))
    return replace(schema, fields={name: f for name, f in schema.fields.items() if name != field.name})
