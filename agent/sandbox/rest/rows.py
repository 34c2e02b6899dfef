"""Reading and writing one row for a client: shared by the sobject, composite and collection resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agent.sandbox import ids, values
from agent.sandbox.errors import SalesforceError
from agent.sandbox.rest import keys
from agent.sandbox.rest.call import Call
from agent.sandbox.schema import Field, ObjectSchema
from agent.sandbox.soql.values import json_value
from agent.sandbox.store import Row


def find(call: Call, schema: ObjectSchema, record_id: str) -> Row:
    """The living row a client names by id.

    Raises:
        SalesforceError: NOT_FOUND, or ENTITY_IS_DELETED for one in the recycle bin.
    """
    found = call.view().row(_to18(record_id))
    if found is None or found[0] != schema.name:
        raise SalesforceError(
            "NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + record_id
        )
    if found[1]["IsDeleted"]:
        raise SalesforceError("ENTITY_IS_DELETED", "entity is deleted", ())
    return found[1]


def render(call: Call, schema: ObjectSchema, row: Row, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The row as REST shows it: these fields, or all.

    Raises:
        SalesforceError: INVALID_FIELD: a name the object does not have.
    """
    shown = [_named(schema, name) for name in names] if names is not None else list(schema.fields.values())
    attributes = {"type": schema.name, "url": f"{call.root}/sobjects/{schema.name}/{row['Id']}"}
    return {"attributes": attributes, **{field.name: json_value(row[field.name]) for field in shown}}


def _named(schema: ObjectSchema, name: str) -> Field:
    field = schema.field_named(name)
    if field is None:
        raise SalesforceError("INVALID_FIELD", f"No such column '{name}' on sobject of type {schema.name}")
    return field


def create(call: Call, schema: ObjectSchema, payload: Mapping[str, Any]) -> str:
    """Create a row from JSON; returns its id. Feed items and comments are created as Chatter does.

    Raises:
        SalesforceError: as Salesforce refuses a row.
    """
    if not schema.createable:
        message = f"entity type {schema.name} does not support create"
        raise SalesforceError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, ())
    given = values.from_json(schema, keys.with_parents(call, schema, payload), creating=True)
    _meet_row_faults(call, schema, Row(given))
    at, by = call.now, call.session.user_id
    if schema.name == "FeedItem":
        parent, text = _present(schema, given, "ParentId", "Body")
        return call.org.post(parent, text, at=at, by=by, rich=bool(given.get("IsRichText")))
    if schema.name == "FeedComment":
        item, text = _present(schema, given, "FeedItemId", "CommentBody")
        return call.org.comment(item, text, at=at, by=by)
    return call.org.insert(schema.name, given, at=at, by=by)


def _present(schema: ObjectSchema, given: Mapping[str, Any], *names: str) -> list[str]:
    """The values of these fields, all of which a post or a comment must have."""
    tidied = {name: values.tidied(schema.fields[name], given.get(name)) for name in names}
    missing = tuple(name for name, value in tidied.items() if value is None)
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise SalesforceError("REQUIRED_FIELD_MISSING", message, missing)
    return list(tidied.values())


def update(call: Call, schema: ObjectSchema, record_id: str, payload: Mapping[str, Any]) -> str:
    """Save a row's new values from JSON; returns its id.

    Raises:
        SalesforceError: as Salesforce refuses a row; INVALID_CROSS_REFERENCE_KEY (404) for an unknown id.
    """
    row = _writable(call, schema, record_id)
    given = values.from_json(schema, keys.with_parents(call, schema, payload), creating=False)
    _meet_row_faults(call, schema, row.changed(given))
    call.org.update(row["Id"], given, at=call.now, by=call.session.user_id)
    return str(row["Id"])


def delete(call: Call, schema: ObjectSchema, record_id: str) -> str:
    """Put a row into the recycle bin; returns its id.

    Raises:
        SalesforceError: as Salesforce refuses it.
    """
    row = _writable(call, schema, record_id)
    if not schema.deletable:
        raise SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", f"{schema.name} can not be deleted", ())
    _meet_row_faults(call, schema, row)
    call.org.delete(row["Id"], at=call.now, by=call.session.user_id)
    return str(row["Id"])


def upsert(
    call: Call, schema: ObjectSchema, key: Field, value: Any, payload: Mapping[str, Any]
) -> tuple[str, bool]:
    """Update the row whose external id `key` has this value, or create it; its id, and whether it is new.

    Raises:
        SalesforceError: as Salesforce refuses a row.
    """
    (wanted,) = values.from_json(schema, {key.name: value}, creating=True).values()
    holder = keys.by_key(call, schema, key, wanted)
    if holder is None:
        return create(call, schema, {**payload, key.name: value}), True
    return update(call, schema, holder["Id"], payload), False


def _writable(call: Call, schema: ObjectSchema, record_id: str) -> Row:
    """The newest version of a living row, where this user sees it and nobody else holds it."""
    id18 = _to18(record_id)
    newest = call.org.store.latest(schema.name, id18)
    seen = call.view().row(id18)
    if newest is not None and newest["IsDeleted"]:
        raise SalesforceError("ENTITY_IS_DELETED", "entity is deleted", ())
    if newest is None or seen is None:
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (), status=404)
    if call.org.store.is_locked(schema.name, id18):
        raise _locked(id18)
    return newest


def _meet_row_faults(call: Call, schema: ObjectSchema, row: Row) -> None:
    if call.org.faults.take("lock_row", object=schema.name, row=row):
        raise _locked(row["Id"] or "")
    fault = call.org.faults.take("row_error", object=schema.name, row=row)
    if fault is not None:
        raise SalesforceError(fault.code, fault.message, ())


def _locked(record_id: str) -> SalesforceError:
    message = f"unable to obtain exclusive access to this record or 1 records: {record_id[:15]}"
    return SalesforceError("UNABLE_TO_LOCK_ROW", message, ())


def _to18(record_id: str) -> str:
    try:
        return ids.to18(record_id)
    except ValueError:
        return record_id
