"""`/sobjects/X/updated` and `/sobjects/X/deleted`: what changed in a span of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.sandbox import values
from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Response, json_response
from agent.sandbox.rest.call import Call
from agent.sandbox.soql.values import json_value

UPDATED_REACH = timedelta(days=30)
DELETED_REACH = timedelta(days=15)


def updated(call: Call, name: str) -> Response:
    """`GET /sobjects/X/updated?start=&end=`: ids of the living rows whose stamp lies in the span."""
    schema = call.schema(name)
    if "SystemModstamp" not in schema.fields:
        raise SalesforceError("INVALID_TYPE_FOR_OPERATION", f"entity type {schema.name} is not replicateable")
    start, end = _span(call, UPDATED_REACH)
    rows = call.view().rows_from(schema.name, "SystemModstamp", start, include_deleted=False) or ()
    ids = [row["Id"] for row in rows if row["SystemModstamp"] < end]
    return json_response({"ids": ids, "latestDateCovered": _covered(call, end)})


def deleted(call: Call, name: str) -> Response:
    """`GET /sobjects/X/deleted?start=&end=`: rows deleted in the span, for good or not, and still deleted."""
    schema = call.schema(name)
    if not schema.deletable:
        raise SalesforceError("INVALID_TYPE_FOR_OPERATION", f"entity type {schema.name} is not replicateable")
    start, end = _span(call, DELETED_REACH)
    call.view()
    when = call.org.store.tables[schema.name].deleted
    gone = sorted((at, record_id) for record_id, at in when.items() if start <= at < end)
    return json_response(
        {
            "deletedRecords": [{"id": record_id, "deletedDate": json_value(at)} for at, record_id in gone],
            "earliestDateAvailable": json_value(min(when.values(), default=call.now - DELETED_REACH)),
            "latestDateCovered": _covered(call, end),
        }
    )


def _covered(call: Call, end: datetime) -> str:
    return str(json_value(min(end, call.org.covered_until(call.now)).replace(microsecond=0)))


def _span(call: Call, reach: timedelta) -> tuple[datetime, datetime]:
    """The span asked for. Salesforce leaves the seconds out of account (platform fact).

    Raises:
        SalesforceError: INVALID_REPLICATION_DATE: less than a minute, or it begins too long ago.
    """
    try:
        start, end = (_minute(values.instant(call.request.params[name])) for name in ("start", "end"))
    except (KeyError, ValueError):
        message = "start and end must be ISO 8601 datetimes with a time zone, such as 2026-11-21T19:01:00Z"
        raise SalesforceError("INVALID_REPLICATION_DATE", message) from None
    if end - start < timedelta(minutes=1):
        message = "endDate must be at least one minute greater than the startDate"
        raise SalesforceError("INVALID_REPLICATION_DATE", message)
    if start < _minute(call.now) - reach:
        raise SalesforceError(
            "INVALID_REPLICATION_DATE", f"startDate cannot be more than {reach.days} days ago"
        )
    return start, end


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
