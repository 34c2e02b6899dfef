"""Rows that a client names by an external id: the row it writes, and the parents its lookups are to point to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.sandbox import values
from agent.sandbox.errors import SalesforceError
from agent.sandbox.rest.call import Call
from agent.sandbox.schema import Field, ObjectSchema
from agent.sandbox.store import Row


def external_key(schema: ObjectSchema, name: str) -> Field:
    """The external id field of this name.

    Raises:
        SalesforceError: NOT_FOUND: no such field, or not an external id.
    """
    field = schema.field_named(name)
    if field is None or not field.external_id:
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise SalesforceError("NOT_FOUND", message)
    return field


def by_key(call: Call, schema: ObjectSchema, key: Field, value: Any) -> Row | None:
    """The living row whose external id has this value, if this user sees it.

    One that is saved and not yet committed, or not shared, is not found; creating it is a DUPLICATE_VALUE.
    """
    view = call.view()
    holder = call.org.store.holder(schema.name, key.name, values.tidied(key, value))
    found = view.row(holder) if holder is not None else None
    return found[1] if found is not None else None


def with_parents(call: Call, schema: ObjectSchema, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with ids in its lookups where it names parents by external id: `"Office__r": {"Key__c": "…"}`.

    Raises:
        SalesforceError: INVALID_FIELD: no parent has this external id, or what is given names none.
    """
    found = {}
    for name, value in payload.items():
        lookup = _relationship(schema, name) if isinstance(value, dict) else None
        if lookup is None:
            found[name] = value
        else:
            found[lookup.name] = _parent(call, lookup, value)
    return found


def _relationship(schema: ObjectSchema, name: str) -> Field | None:
    """The lookup behind a relationship name in any letter case."""
    lowered = name.lower()
    return next((f for f in schema.fields.values() if (f.relationship or "").lower() == lowered), None)


def _parent(call: Call, lookup: Field, given: Mapping[str, Any]) -> str:
    schema = _target(call, lookup, given)
    keys = [(name, value) for name, value in given.items() if name.lower() != "attributes"]
    if len(keys) != 1:
        message = (
            f"Exactly one field names a parent in an external foreign key reference in entity: {schema.name}"
        )
        raise SalesforceError("INVALID_FIELD", message, ())
    name, value = keys[0]
    key = schema.field_named(name)
    if key is None or not key.external_id:
        message = f"Field name provided, {name} is not an External ID or indexed field for {schema.name}"
        raise SalesforceError("INVALID_FIELD", message, ())
    (wanted,) = values.from_json(schema, {key.name: value}, creating=True).values()
    row = by_key(call, schema, key, wanted)
    if row is None:
        shown = "null" if value is None else str(value).lower()
        message = f"Foreign key external ID: {shown} not found for field {key.name} in entity {schema.name}"
        raise SalesforceError("INVALID_FIELD", message, ())
    return str(row["Id"])


def _target(call: Call, lookup: Field, given: Mapping[str, Any]) -> ObjectSchema:
    """The parent's object: the lookup's only target, or the one that `attributes` names among several."""
    match given:
        case {"attributes": {"type": str(name)}}:
            pass
        case _:
            name = lookup.reference_to[0] if len(lookup.reference_to) == 1 else ""
    schema = call.view().schema(name)
    if schema is None or schema.name not in lookup.reference_to:
        message = f"{lookup.relationship}: attributes.type names one of {', '.join(lookup.reference_to)}"
        raise SalesforceError("INVALID_FIELD", message, ())
    return schema
