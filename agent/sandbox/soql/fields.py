"""Names held against schemas: which field a path means, how to read it from a row, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.sandbox.schema import Field, ObjectSchema
from agent.sandbox.soql.ast import Path
from agent.sandbox.soql.errors import SoqlError, advice, located
from agent.sandbox.soql.ports import Catalog, Row

LEVELS_UP = 5
"""Relationships a path may climb (platform fact)."""
FILTERABLE_LENGTH = 255
"""Characters up to which a text area can be filtered and sorted (platform fact)."""

Getter = Callable[[Row], Any]
Fetch = Callable[[Row], "tuple[str, Row] | None"]

_NAME = ObjectSchema(
    name="Name",
    label="Name",
    key_prefix="",
    fields={
        "Id": Field("Id", "id"),
        "Name": Field("Name", "string", length=255),
        "Type": Field("Type", "picklist", length=40),
    },
)
"""What a reference to several objects leads to: Salesforce shows only what any record has (platform fact)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field reached from a row: its path in the schema's own spelling, and how to read its value."""

    spelled: str
    field: Field
    get: Getter


@dataclass(frozen=True, slots=True)
class Parent:
    """One step up: the relationship, how to fetch the parent's object name and row, the names valid there."""

    relationship: str
    fetch: Fetch
    scope: Scope
    type_shown: str | None
    """The `type` Salesforce gives among the attributes; None where it is the parent's own object."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names valid at one place of a statement: an object's, as the catalog's user sees them."""

    catalog: Catalog
    schema: ObjectSchema
    text: str

    def column(self, path: Path) -> Column:
        """What `path` means here.

        Raises:
            SoqlError: INVALID_FIELD for an unknown field or relationship, MALFORMED_QUERY beyond five levels.
        """
        self._check_levels(path)
        if len(path.parts) == 1:
            field = self._field(path)
            return Column(field.name, field, _reader(field.name))
        parent = self.parent(path)
        there = parent.scope.column(path.rest)
        return Column(
            f"{parent.relationship}.{there.spelled}", there.field, _through(parent.fetch, there.get)
        )

    def parent(self, path: Path) -> Parent:
        """The parent that the path's first relationship leads to.

        Raises:
            SoqlError: as `column`.
        """
        self._check_levels(path)
        relationship, lookup = self._lookup(path)
        fetch = _fetcher(self.catalog, lookup.name)
        if len(lookup.reference_to) > 1:
            return Parent(relationship, _common(fetch), Scope(self.catalog, _NAME, self.text), _NAME.name)
        target = self.catalog.schema(lookup.reference_to[0]) if lookup.reference_to else None
        if target is None:
            raise self._unknown_relationship(path)
        # Who wrote a history row comes as "Name", though all their fields can be read (platform fact).
        author = self.schema.name.endswith("History") and target.name == "User"
        shown = _NAME.name if author else None
        return Parent(relationship, fetch, Scope(self.catalog, target, self.text), shown)

    def error(self, code: str, path: Path, message: str) -> SoqlError:
        return located(code, self.text, path.at, message)

    def _check_levels(self, path: Path) -> None:
        if len(path.parts) - 1 > LEVELS_UP:
            message = f"a path may climb {LEVELS_UP} relationships; '{'.'.join(path.parts)}' climbs more"
            raise self.error("MALFORMED_QUERY", path, message)

    def _field(self, path: Path) -> Field:
        field = self.schema.field_named(path.parts[0])
        if field is None:
            message = f"No such column '{path.parts[0]}' on entity '{self.schema.name}'."
            raise self.error("INVALID_FIELD", path, f"{message} {advice('field', '__c')}")
        return field

    def _lookup(self, path: Path) -> tuple[str, Field]:
        """The relationship in the schema's spelling, and the field that holds the parent's id."""
        wanted = path.parts[0].lower()
        for field in self.schema.fields.values():
            if field.relationship is not None and field.relationship.lower() == wanted:
                return field.relationship, field
        raise self._unknown_relationship(path)

    def _unknown_relationship(self, path: Path) -> SoqlError:
        message = f"Didn't understand relationship '{path.parts[0]}' in field path."
        return self.error("INVALID_FIELD", path, f"{message} {advice('relationship', '__r')}")


def is_long_text(field: Field) -> bool:
    """Long and rich text areas can neither be filtered nor sorted (platform fact)."""
    return field.html or (field.type == "textarea" and not 0 < field.length <= FILTERABLE_LENGTH)


def _reader(name: str) -> Getter:
    return lambda row: row.get(name)


def _through(fetch: Fetch, get: Getter) -> Getter:
    def read(row: Row) -> Any:
        found = fetch(row)
        return None if found is None else get(found[1])

    return read


def _fetcher(catalog: Catalog, lookup: str) -> Fetch:
    def fetch(row: Row) -> tuple[str, Row] | None:
        parent_id = row.get(lookup)
        return None if parent_id is None else catalog.row(parent_id)

    return fetch


def _common(fetch: Fetch) -> Fetch:
    """The parent with nothing but what a polymorphic relationship shows of it."""

    def fetch_common(row: Row) -> tuple[str, Row] | None:
        found = fetch(row)
        if found is None:
            return None
        name, parent = found
        return name, {"Id": parent.get("Id"), "Name": parent.get("Name"), "Type": name}

    return fetch_common
