"""A record's versions: what a save makes of the values it is given, and when it is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.sandbox import ids, values
from agent.sandbox.errors import SalesforceError
from agent.sandbox.schema import Field, ObjectSchema
from agent.sandbox.store import Row, Store

_SYSTEM_FIELDS = (
    "Id",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
)
_BLOCK = 62**6
"""More records than any object of a sandbox will have."""


@dataclass(frozen=True)
class _Traits:
    """What every save of an object asks of its schema, worked out once."""

    defaults: Mapping[str, Any]
    auto_numbers: tuple[Field, ...]
    required: tuple[str, ...]
    unique: tuple[str, ...]
    system: frozenset[str]
    """The system fields this object has."""

    @classmethod
    def of(cls, schema: ObjectSchema) -> _Traits:
        fields = schema.fields.values()
        return cls(
            {f.name: False for f in fields if f.type == "boolean"},
            tuple(f for f in fields if f.auto_number is not None),
            tuple(f.name for f in fields if not f.nillable and f.createable),
            tuple(f.name for f in fields if f.unique),
            frozenset(_SYSTEM_FIELDS) & schema.fields.keys(),
        )


class Records:
    """Makes the versions of records, with their ids, numbers and stamps; keeps none of them."""

    def __init__(
        self, schemas: Mapping[str, ObjectSchema], store: Store, org_id: str, first_serial: int
    ) -> None:
        self._schemas = schemas
        self._store = store
        self._org_id = org_id
        self._first_serials = _first_serials(schemas, first_serial)
        self._made: dict[str, int] = {}
        """How many records each object has seen."""
        self._traits = {name: _Traits.of(schema) for name, schema in schemas.items()}

    def created(self, name: str, given: Mapping[str, Any], at: datetime, by: str) -> Row:
        """A record's first version.

        Raises:
            SalesforceError: as Salesforce refuses a row.
        """
        if name not in self._schemas:
            raise SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.", ())
        row = self.begun(name, self._tidied(self._schemas[name], given), at, by)
        self._refuse_incomplete(name, row)
        return row

    def begun(self, name: str, given: Mapping[str, Any], at: datetime, by: str) -> Row:
        """A record's first version, taken as given: defaults, auto-numbers and system fields filled in."""
        schema, traits = self._schemas[name], self._traits[name]
        number = self._made[name] = self._made.get(name, 0) + 1
        record_id = self._org_id if name == "Organization" else self._id(schema, number)
        filled = {**traits.defaults, **given}
        if "OwnerId" in schema.fields:
            filled.setdefault("OwnerId", by)
        if schema.custom and filled.get("Name") is None:
            filled["Name"] = record_id
        for field in traits.auto_numbers:
            filled[field.name] = (field.auto_number or "").format(number)
        moment = stamp(at)
        system = {"Id": record_id, "CreatedDate": moment, "CreatedById": by, **_touched(moment, by)}
        own = {key: value for key, value in system.items() if key in traits.system}
        return _named(schema, Row().changed(filled | own))

    def updated(
        self, schema: ObjectSchema, before: Row, given: Mapping[str, Any], at: datetime, by: str
    ) -> Row:
        """A record's next version.

        Raises:
            SalesforceError: as Salesforce refuses a row.
        """
        moved = self._tidied(schema, given) | self.touched(schema, at, by)
        after = _named(schema, before.changed(moved))
        self._refuse_incomplete(schema.name, after)
        return after

    def touched(self, schema: ObjectSchema, at: datetime, by: str) -> dict[str, Any]:
        """The system fields that every save moves."""
        own = self._traits[schema.name].system
        return {name: value for name, value in _touched(stamp(at), by).items() if name in own}

    def living(self, record_id: str) -> tuple[ObjectSchema, Row]:
        """A record's newest version and its object.

        Raises:
            SalesforceError: INVALID_CROSS_REFERENCE_KEY (404) for an unknown id, ENTITY_IS_DELETED.
        """
        found = self._store.find(record_id)
        if found is None:
            raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (), status=404)
        if found[1]["IsDeleted"]:
            raise SalesforceError("ENTITY_IS_DELETED", "entity is deleted", ())
        return self._schemas[found[0]], found[1]

    def _id(self, schema: ObjectSchema, number: int) -> str:
        return ids.make(schema.key_prefix, number + self._first_serials[schema.name] - 1)

    def _tidied(self, schema: ObjectSchema, given: Mapping[str, Any]) -> dict[str, Any]:
        tidied = {}
        for name, value in given.items():
            field = schema.fields.get(name)
            if field is None:
                message = f"No such column '{name}' on sobject of type {schema.name}"
                raise SalesforceError("INVALID_FIELD", message, ())
            tidied[name] = values.tidied(field, value)
            if field.type == "reference" and tidied[name] is not None:
                self._refuse_dangling(field, tidied[name])
        return tidied

    def _refuse_dangling(self, field: Field, record_id: str) -> None:
        found = self._store.find(record_id)
        if found is None or found[0] not in field.reference_to:
            raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))

    def _refuse_incomplete(self, name: str, row: Row) -> None:
        missing = tuple(field for field in self._traits[name].required if row[field] is None)
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise SalesforceError("REQUIRED_FIELD_MISSING", message, missing)
        for field in self._traits[name].unique:
            holder = self._store.holder(name, field, row[field]) if row[field] is not None else None
            if holder not in (None, row["Id"]):
                message = f"duplicate value found: {field} duplicates value on record with id: {holder[:15]}"
                raise SalesforceError("DUPLICATE_VALUE", message, ())


def _first_serials(schemas: Mapping[str, ObjectSchema], first: int) -> dict[str, int]:
    """The number of each object's first record.

    Objects of one key prefix count in blocks of their own, so that one history's rows move no id of another's.
    """
    earlier: Counter[str] = Counter()
    serials = {}
    for name, schema in schemas.items():
        serials[name] = first + earlier[schema.key_prefix] * _BLOCK
        earlier[schema.key_prefix] += 1
    return serials


def stamp(at: datetime) -> datetime:
    """The time of a save as Salesforce gives it: whole seconds."""
    return at.replace(microsecond=0) if at.microsecond else at


def _touched(moment: datetime, by: str) -> dict[str, Any]:
    return {"LastModifiedDate": moment, "LastModifiedById": by, "SystemModstamp": moment}


def _named(schema: ObjectSchema, row: Row) -> Row:
    """A person's Name is made of the first and the last one."""
    if "LastName" not in schema.fields:
        return row
    return row.changed({"Name": " ".join(filter(None, (row["FirstName"], row["LastName"])))})
