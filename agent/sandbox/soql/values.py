"""Field values on the wire: as JSON of the REST API and as CSV of Bulk API 2.0."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any


def json_value(value: Any) -> Any:
    """`2026-11-21T19:01:00.000+0000` for an aware UTC datetime, `2026-11-21` for a date; else as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return f"{_milliseconds(value)}+0000"
    if isinstance(value, date):
        return value.isoformat()
    return value


def csv_value(value: Any) -> str:
    """The text between the quotes: null is empty, booleans are lower case, datetimes end in Z."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{_milliseconds(value)}Z"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _milliseconds(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").removesuffix("+00:00")
