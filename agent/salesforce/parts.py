"""The parts of a composite call, and what Salesforce's answers hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import orjson

from agent.errors import Gone, Rejected, SalesforceError
from agent.salesforce.errors import from_answer, from_problems, hidden_object, unreadable
from agent.salesforce.wire import in_utc, parse_datetime, to_wire

MOST_PARTS = 25
MOST_SCARCE_PARTS = 5
"""What one composite call takes (platform facts)."""
Record = Mapping[str, Any]
"""Field values by API name."""
_PART_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class Page:
    """One page of a query. Where it is not `done`, ask again from its last row (`soql.keyset`)."""

    records: list[dict[str, Any]]
    done: bool
    total: int


@dataclass(frozen=True)
class Updated:
    """getUpdated: ids of records saved in the span; complete through `covered`, which can lag."""

    ids: tuple[str, ...]
    covered: datetime


@dataclass(frozen=True)
class Deleted:
    """getDeleted: when each id was deleted; complete from `earliest` through `covered`, which can lag."""

    at: Mapping[str, datetime]
    earliest: datetime
    covered: datetime


@dataclass(frozen=True)
class Described:
    """An object's describe: its fields by API name, those hidden from this user left out (platform fact)."""

    fields: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class RowResult:
    """What became of one row of a create or an update. `id` is "" for a row that was not created."""

    id: str
    success: bool
    created: bool
    error: SalesforceError | None = None


Payload = Page | Updated | Deleted | Described | list[RowResult]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Part:
    """One request of a composite call. `path` is relative to the API version.

    `scarce` parts (queries and collections) may be five in a call. `object` is set where the resource is the
    object's own, so that "not found" means that the object is hidden or missing.
    """

    name: str
    method: str
    path: str
    read: Callable[[Any], Payload]
    body: Mapping[str, Any] | None = None
    scarce: bool = False
    object: str = ""

    def answer(self, got: Any) -> Payload | SalesforceError:
        """What this part's share of the composite answer holds, or the error it tells."""
        try:
            if got["httpStatusCode"] < 300:
                return self.read(got["body"])
            error = from_answer(got["httpStatusCode"], got["body"], self.name)
        except (KeyError, TypeError, ValueError, AttributeError):
            return unreadable(self.name)
        return hidden_object(self.object, error.code) if self.object and isinstance(error, Gone) else error


@dataclass(frozen=True)
class Answers:
    """A composite call's answers by part name; a part that failed stands as its error and spoils no other.

    `server_time`: an instant, by the org's clock, not later than the reading.
    """

    server_time: datetime
    by_name: Mapping[str, Payload | SalesforceError]

    def __getitem__(self, name: str) -> Payload | SalesforceError:
        return self.by_name[name]

    def page(self, name: str) -> Page:
        """The answer to `part_query`. It, and each below, raises the part's own error."""
        return self._take(name, Page)

    def updated(self, name: str) -> Updated:
        return self._take(name, Updated)

    def described(self, name: str) -> Described:
        return self._take(name, Described)

    def deleted(self, name: str) -> Deleted:
        return self._take(name, Deleted)

    def rows(self, name: str) -> list[RowResult]:
        return self._take(name, list)

    def _take(self, name: str, kind: type[_T]) -> _T:
        answer = self.by_name[name]
        if isinstance(answer, SalesforceError):
            raise answer
        if not isinstance(answer, kind):
            raise TypeError(f"The part {name!r} answers with {type(answer).__name__}, not {kind.__name__}.")
        return answer


def check_parts(parts: Sequence[Part]) -> None:
    """What one composite call takes.

    Raises:
        Rejected: too many parts, or names that are not plain and different.
    """
    scarce = sum(part.scarce for part in parts)
    if not parts or len(parts) > MOST_PARTS or scarce > MOST_SCARCE_PARTS:
        raise Rejected(
            f"composite: 1 to {MOST_PARTS} parts, {MOST_SCARCE_PARTS} of them queries or collections; "
            f"not {len(parts)} and {scarce}."
        )
    names = Counter(part.name for part in parts)
    odd = [name for name, count in names.items() if count > 1 or not _PART_NAME.fullmatch(name)]
    if odd:
        raise Rejected(
            f"composite: part names are letters, digits and _, each once; not so: {', '.join(odd)}."
        )


def part_query(name: str, soql: str, include_deleted: bool = False) -> Part:
    path = f"{'queryAll' if include_deleted else 'query'}?{urlencode({'q': soql})}"
    return Part(name, "GET", path, read_page, scarce=True)


def part_updated(name: str, object: str, start: datetime, end: datetime) -> Part:
    """getUpdated. Salesforce wants a minute or more between start and end, and 30 days at most."""
    return Part(name, "GET", f"sobjects/{object}/updated?{_span(start, end)}", _read_updated, object=object)


def part_deleted(name: str, object: str, start: datetime, end: datetime) -> Part:
    """getDeleted. Salesforce wants a minute or more between start and end, and 15 days at most."""
    return Part(name, "GET", f"sobjects/{object}/deleted?{_span(start, end)}", _read_deleted, object=object)


def part_describe(name: str, object: str) -> Part:
    return Part(name, "GET", f"sobjects/{object}/describe", _read_described, object=object)


def part_create(name: str, object: str, records: Sequence[Record]) -> Part:
    read = partial(read_rows, object, records)
    return Part(name, "POST", "composite/sobjects", read, collection(object, records), scarce=True)


def collection(object: str, records: Sequence[Record]) -> dict[str, Any]:
    """The body of a collection call; one row that fails leaves the others be."""
    return {
        "allOrNone": False,
        "records": [
            {"attributes": {"type": object}} | {field: to_wire(value) for field, value in record.items()}
            for record in records
        ],
    }


def read_page(payload: Any) -> Page:
    records = payload["records"]
    try:
        # Almost every page is whole; the encoder, which takes no half of a character, tells so at a glance.
        orjson.dumps(records)
    except orjson.JSONEncodeError:
        for record in records:
            _mend_text(record)
    return Page(records, payload["done"], payload["totalSize"])


def _mend_text(record: dict[str, Any]) -> None:
    """Put a question mark for half an emoji: a text cut at its field's length can end in one, no database takes it."""
    for name, value in record.items():
        if isinstance(value, str):
            if not value.isascii():
                record[name] = value.encode("utf-8", "replace").decode()
        elif isinstance(value, dict):
            _mend_text(value)


def read_rows(object: str, records: Sequence[Record], payload: Any) -> list[RowResult]:
    """Results by position, for a failed row carries no id (platform fact).

    Raises:
        ValueError: there are not as many results as rows.
    """
    rows = zip(records, payload, strict=True)
    return [_read_row(object, str(record.get("Id", "")), row) for record, row in rows]


def _read_row(object: str, record_id: str, row: Mapping[str, Any]) -> RowResult:
    if row["success"]:
        return RowResult(row["id"], success=True, created=row.get("created", not record_id))
    error = from_problems(row["errors"], f"{object} {record_id}".strip())
    return RowResult(record_id, success=False, created=False, error=error)


def _read_updated(payload: Any) -> Updated:
    return Updated(tuple(payload["ids"]), parse_datetime(payload["latestDateCovered"]))


def _read_deleted(payload: Any) -> Deleted:
    return Deleted(
        {row["id"]: parse_datetime(row["deletedDate"]) for row in payload["deletedRecords"]},
        parse_datetime(payload["earliestDateAvailable"]),
        parse_datetime(payload["latestDateCovered"]),
    )


def _read_described(payload: Any) -> Described:
    return Described({field["name"]: field for field in payload["fields"]})


def _span(start: datetime, end: datetime) -> str:
    moments = {"start": in_utc(start), "end": in_utc(end)}
    return urlencode({name: moment.isoformat("T", "seconds") for name, moment in moments.items()})
