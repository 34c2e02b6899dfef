"""`/sobjects/X` and its rows, by id or by external id."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Response, json_response
from agent.sandbox.rest import keys, rows
from agent.sandbox.rest.call import Call
from agent.sandbox.schema import ObjectSchema
from agent.sandbox.store import Row


def create(call: Call, name: str) -> Response:
    """`POST /sobjects/X`"""
    schema = call.schema(name)
    return _saved(call, schema, rows.create(call, schema, call.json()), 201)


def get(call: Call, name: str, record_id: str) -> Response:
    """`GET /sobjects/X/{id}?fields=`"""
    schema = call.schema(name)
    return _shown(call, schema, rows.find(call, schema, record_id))


def update(call: Call, name: str, record_id: str) -> Response:
    """`PATCH /sobjects/X/{id}`, refused with 412 where `If-Unmodified-Since` does not hold."""
    schema = call.schema(name)
    since = call.request.headers.get("if-unmodified-since")
    if since is not None:
        _require_unmodified(rows.find(call, schema, record_id), since)
    rows.update(call, schema, record_id, call.json())
    return Response(204)


def delete(call: Call, name: str, record_id: str) -> Response:
    """`DELETE /sobjects/X/{id}`"""
    rows.delete(call, call.schema(name), record_id)
    return Response(204)


def get_by_key(call: Call, name: str, field: str, value: str) -> Response:
    """`GET /sobjects/X/{external id field}/{value}`"""
    schema = call.schema(name)
    return _shown(call, schema, _by_key(call, schema, field, value))


def upsert(call: Call, name: str, field: str, value: str) -> Response:
    """`PATCH /sobjects/X/{external id field}/{value}`: 201 where it created a row, else 200."""
    schema = call.schema(name)
    key = keys.external_key(schema, field)
    payload = call.json()
    if any(given.lower() == key.name.lower() for given in payload):
        message = f"The {key.name} field should not be specified in the sobject data."
        raise SalesforceError("INVALID_FIELD", message, (key.name,))
    record_id, created = rows.upsert(call, schema, key, value, payload)
    return _saved(call, schema, record_id, 201 if created else 200, {"created": created})


def delete_by_key(call: Call, name: str, field: str, value: str) -> Response:
    """`DELETE /sobjects/X/{external id field}/{value}`"""
    schema = call.schema(name)
    rows.delete(call, schema, _by_key(call, schema, field, value)["Id"])
    return Response(204)


def _by_key(call: Call, schema: ObjectSchema, field: str, value: str) -> Row:
    row = keys.by_key(call, schema, keys.external_key(schema, field), value)
    if row is None:
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist")
    return row


def _shown(call: Call, schema: ObjectSchema, row: Row) -> Response:
    asked = call.request.params.get("fields")
    names = [name.strip() for name in asked.split(",")] if asked else None
    headers = (
        {"Last-Modified": f"{row['LastModifiedDate']:%a, %d %b %Y %H:%M:%S GMT}"}
        if row["LastModifiedDate"]
        else {}
    )
    return json_response(rows.render(call, schema, row, names), headers=headers)


def _saved(
    call: Call, schema: ObjectSchema, record_id: str, status: int, more: dict[str, bool] | None = None
) -> Response:
    payload = {"id": record_id, "success": True, "errors": [], **(more or {})}
    headers = {"Location": f"{call.root}/sobjects/{schema.name}/{record_id}"} if status == 201 else {}
    return json_response(payload, status, headers)


def _require_unmodified(row: Row, since: str) -> None:
    try:
        limit = parsedate_to_datetime(since)
    except ValueError:
        raise SalesforceError(
            "INVALID_HEADER_VALUE", f"If-Unmodified-Since is no HTTP date: {since}"
        ) from None
    if row["LastModifiedDate"] > limit:
        raise SalesforceError("PRECONDITION_FAILED", "The record was modified after the given date")
