"""Field values on their way into a row: what Salesforce tidies, and what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from agent.sandbox import ids
from agent.sandbox.errors import SalesforceError
from agent.sandbox.schema import Field, ObjectSchema

_BAD_ID = "{name}: id value of incorrect type: {value}"


def tidied(field: Field, value: Any) -> Any:
    """The value as Salesforce keeps it; None for null.

    Text is trimmed, a one-line text loses its line breaks, an empty text is null, datetimes are whole seconds
    of UTC, ids have 18 characters.

    Raises:
        SalesforceError: STRING_TOO_LONG, INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST, MALFORMED_ID.
    """
    if value is None:
        return False if field.type == "boolean" else None
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0)
    if not isinstance(value, str):
        return value
    text = (value if field.type == "textarea" else " ".join(value.splitlines())).strip()
    if not text:
        return None
    if field.type in ("id", "reference"):
        return _id_of(field, text)
    if field.length and len(text) > field.length:
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise SalesforceError("STRING_TOO_LONG", message, (field.name,))
    if field.picklist and field.restricted and text not in field.picklist:
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))
    return text


def _id_of(field: Field, text: str) -> str:
    try:
        return ids.to18(text)
    except ValueError:
        message = _BAD_ID.format(name=field.label, value=text)
        raise SalesforceError("MALFORMED_ID", message, (field.name,)) from None


def from_json(schema: ObjectSchema, payload: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
    """The values a client sent for a row of this object, as Python values by the schema's own field names.

    `attributes` and the id are left out.

    Raises:
        SalesforceError: INVALID_FIELD for a name the object does not have, INVALID_FIELD_FOR_INSERT_UPDATE
            for a field that may not be written, JSON_PARSER_ERROR for a value of another type.
    """
    values: dict[str, Any] = {}
    barred = []
    for name, value in payload.items():
        if name.lower() in ("attributes", "id"):
            continue
        field = schema.field_named(name)
        if field is None:
            message = f"No such column '{name}' on sobject of type {schema.name}"
            raise SalesforceError("INVALID_FIELD", message, ())
        if not (field.createable if creating else field.updateable):
            barred.append(field.name)
        values[field.name] = None if value is None else _parsed(field, value)
    if barred:
        message = (
            f"Unable to create/update fields: {', '.join(barred)}. Please check the security settings of "
            "this field and verify that it is read/write for your profile or permission set."
        )
        raise SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, tuple(barred))
    return values


def _parsed(field: Field, value: Any) -> Any:
    if value == "" and field.type != "boolean":
        return None
    parse: Callable[[Any], Any] = _PARSERS.get(field.type, _text)
    try:
        return parse(value)
    except (TypeError, ValueError):
        message = f"Cannot deserialize instance of {field.type} from {_json_type(value)} value {value}"
        raise SalesforceError("JSON_PARSER_ERROR", message, (field.name,)) from None


def instant(text: str) -> datetime:
    """An ISO 8601 datetime with its zone, as aware UTC.

    Raises:
        ValueError: no zone, no time of day, or no datetime at all.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} lacks a time zone: write 2026-11-21T19:01:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies outside the calendar in UTC") from None


def _datetime(value: Any) -> datetime:
    if not isinstance(value, str):
        raise TypeError
    return instant(value)


def _date(value: Any) -> date:
    if not isinstance(value, str):
        raise TypeError
    return date.fromisoformat(value) if len(value) == len("2026-11-21") else instant(value).date()


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError
    return bool(value == "true")


def _double(value: Any) -> int | float:
    if isinstance(value, bool):
        raise TypeError
    number = value if isinstance(value, int | float) else float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _int(value: Any) -> int:
    number = _double(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise TypeError
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _json_type(value: Any) -> str:
    names = {
        bool: f"VALUE_{str(value).upper()}",
        str: "VALUE_STRING",
        int: "VALUE_NUMBER_INT",
        float: "VALUE_NUMBER_FLOAT",
    }
    return names.get(type(value), "START_OBJECT" if isinstance(value, dict) else "START_ARRAY")


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "datetime": _datetime,
    "date": _date,
    "boolean": _boolean,
    "double": _double,
    "int": _int,
}
