"""`/composite/sobjects`: up to 200 rows in one call, each with its own result, in the request's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from agent.sandbox import values
from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Response, json_response
from agent.sandbox.rest import keys, rows
from agent.sandbox.rest.call import Call
from agent.sandbox.schema import Field, ObjectSchema

MOST_ROWS = 200
_ROLLED_BACK = SalesforceError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
    (),
)

Outcome = dict[str, Any]
T = TypeVar("T")


def create(call: Call) -> Response:
    """`POST /composite/sobjects`"""
    records, all_or_none = _records(call)
    return _each(
        call,
        records,
        all_or_none,
        lambda record: _succeeded(rows.create(call, _schema(call, record), record)),
    )


def update(call: Call) -> Response:
    """`PATCH /composite/sobjects`: every record names its type and id."""
    records, all_or_none = _records(call)
    return _each(
        call,
        records,
        all_or_none,
        lambda record: _succeeded(rows.update(call, _schema(call, record), _id_of(record), record)),
    )


def delete(call: Call) -> Response:
    """`DELETE /composite/sobjects?ids=&allOrNone=`"""
    record_ids = [record_id for record_id in call.request.params.get("ids", "").split(",") if record_id]
    _refuse_too_many(record_ids)
    all_or_none = call.request.params.get("allOrNone", "false").lower() == "true"
    return _each(call, record_ids, all_or_none, lambda record_id: _succeeded(_delete(call, record_id)))


def upsert(call: Call, name: str, field: str) -> Response:
    """`PATCH /composite/sobjects/X/{external id field}`; a key that comes twice fails each time."""
    schema = call.schema(name)
    key = keys.external_key(schema, field)
    records, all_or_none = _records(call)
    times = Counter(str(_key_of(record, key)) for record in records)

    def one(record: Mapping[str, Any]) -> Outcome:
        value = _key_of(record, key)
        if value is not None and times[str(value)] > 1:
            raise SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (key.name,))
        return _upsert(call, schema, key, record)

    return _each(call, records, all_or_none, one)


def get(call: Call, name: str) -> Response:
    """`GET /composite/sobjects/X?ids=&fields=`, or a POST with both in its body; null for a row not found."""
    schema = call.schema(name)
    if call.request.method == "POST":
        payload = call.json()
        record_ids, names = payload.get("ids", []), payload.get("fields", [])
    else:
        params = call.request.params
        record_ids, names = params.get("ids", "").split(","), params.get("fields", "").split(",")
    if not _are_texts(record_ids) or not _are_texts(names):
        raise SalesforceError("JSON_PARSER_ERROR", "`ids` and `fields` are lists of strings")
    _refuse_too_many(record_ids)
    return json_response([_shown_or_null(call, schema, record_id, names) for record_id in record_ids])


def _are_texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)


def _shown_or_null(call: Call, schema: ObjectSchema, record_id: str, names: Sequence[str]) -> Outcome | None:
    try:
        row = rows.find(call, schema, record_id)
    except SalesforceError:
        return None
    return rows.render(call, schema, row, names)


def _each(call: Call, items: Sequence[T], all_or_none: bool, act: Callable[[T], Outcome]) -> Response:
    """Act on each item; with `all_or_none` a single failure undoes them all."""
    with call.org.store.savepoint() as roll_back:
        outcomes = [_tried(act, item) for item in items]
        if all_or_none and not all(outcome["success"] for outcome in outcomes):
            roll_back()
            outcomes = [_failed(_ROLLED_BACK) if outcome["success"] else outcome for outcome in outcomes]
    return json_response(outcomes)


def _tried(act: Callable[[T], Outcome], item: T) -> Outcome:
    try:
        return act(item)
    except SalesforceError as error:
        return _failed(error)


def _records(call: Call) -> tuple[list[dict[str, Any]], bool]:
    payload = call.json()
    records = payload.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SalesforceError("JSON_PARSER_ERROR", "The body needs `records`, a list of objects")
    _refuse_too_many(records)
    return records, payload.get("allOrNone") is True


def _refuse_too_many(items: Sequence[Any]) -> None:
    if len(items) > MOST_ROWS:
        message = f"record limit reached. cannot submit more than {MOST_ROWS} records into this call"
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)


def _schema(call: Call, record: Mapping[str, Any]) -> ObjectSchema:
    match record:
        case {"attributes": {"type": str(name)}} if (schema := call.view().schema(name)) is not None:
            return schema
        case _:
            message = f"sObject type is not supported: {record.get('attributes')}"
            raise SalesforceError("INVALID_TYPE", message, ())


def _id_of(record: Mapping[str, Any]) -> str:
    record_id = next((value for name, value in record.items() if name.lower() == "id"), None)
    if not isinstance(record_id, str):
        raise SalesforceError("MISSING_ARGUMENT", "Id not specified in an update call", ())
    return record_id


def _delete(call: Call, record_id: str) -> str:
    found = call.view().row(record_id)
    schema = call.view().schema(found[0]) if found else None
    if schema is None:
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    return rows.delete(call, schema, record_id)


def _key_of(record: Mapping[str, Any], key: Field) -> Any:
    value = next((value for name, value in record.items() if name.lower() == key.name.lower()), None)
    return values.tidied(key, value)


def _upsert(call: Call, schema: ObjectSchema, key: Field, record: Mapping[str, Any]) -> Outcome:
    value = _key_of(record, key)
    if value is None:
        raise SalesforceError("MISSING_ARGUMENT", f"{key.name} not specified", ())
    others = {name: given for name, given in record.items() if name.lower() != key.name.lower()}
    record_id, created = rows.upsert(call, schema, key, value, others)
    return {**_succeeded(record_id), "created": created}


def _succeeded(record_id: str) -> Outcome:
    return {"id": record_id, "success": True, "errors": []}


def _failed(error: SalesforceError) -> Outcome:
    reason = {"statusCode": error.code, "message": error.message, "fields": list(error.fields or ())}
    return {"success": False, "errors": [reason]}
