"""Bulk API 2.0 query jobs: start one, look at it, read its result page by page as REST would have told it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import requests

from agent.errors import Rejected, Unreachable
from agent.salesforce.errors import understood, unreadable
from agent.salesforce.org import Org
from agent.salesforce.wire import parse_datetime, to18

JOBS = "jobs/query"
RUNNING = frozenset({"UploadComplete", "InProgress"})
COMPLETE = "JobComplete"
"""Of the five states of a job (platform fact); the other two are Failed and Aborted."""
ALIVE = RUNNING | {COMPLETE}
AMBIGUOUS = "anyType"
"""The type of a history row's values: in CSV a text and a number look alike."""
LAST_LOCATOR = "null"
"""What Salesforce writes where there is no further page (platform fact)."""

_CODE = re.compile(r"[A-Z_]+\b")
_QUERY_LOCATOR = re.compile(r".*/(jobs/query\?.*)")


@dataclass(frozen=True)
class Job:
    """A query job as Salesforce describes it. `reason` is the error code of a failed one, "" where none is told."""

    id: str
    object: str
    operation: str
    created_by: str
    created_at: datetime
    state: str
    reason: str = ""


@dataclass(frozen=True)
class ResultPage:
    """One page of a result, still CSV; `next_locator` is None on the last one."""

    content: bytes
    next_locator: str | None
    rows: int


def start(org: Org, query: str, *, include_deleted: bool) -> Job:
    """Have Salesforce run a query. Sent once: an `Unreachable` leaves open whether there is a job now.

    Raises:
        Rejected: the object or the query is none for the Bulk API.
    """
    order = {"operation": operation(include_deleted), "query": query}
    return _job("start a query job", org.request("POST", JOBS, "start a query job", body=order))


def look_at(org: Org, job_id: str) -> Job:
    """The job as it stands.

    Raises:
        Gone: it was deleted, or is older than the seven days for which Salesforce keeps one.
    """
    about = f"query job {job_id}"
    return _job(about, org.request("GET", f"{JOBS}/{job_id}", about))


def jobs_of(org: Org, user_id: str, object: str, operation: str, since: datetime) -> list[Job]:
    """This user's query jobs on an object since that instant of the org's clock, the newest first."""
    found: list[Job] = []
    path = f"{JOBS}?jobType=V2Query"
    while path:
        answer = understood("query jobs", _read_list, org.request("GET", path, "query jobs"))
        found += answer[0]
        path = answer[1]
    ours = [
        job
        for job in found
        if (job.created_by, job.object.lower(), job.operation) == (user_id, object.lower(), operation)
        and job.created_at >= since
    ]
    return sorted(ours, key=lambda job: job.created_at, reverse=True)


def operation(include_deleted: bool) -> str:
    return "queryAll" if include_deleted else "query"


def result_page(org: Org, job_id: str, locator: str | None, most_rows: int) -> ResultPage:
    """The page at `locator`; None for the first one. The same page can be read again for seven days.

    Raises:
        Gone: as above.
        Rejected: the job has no result, or not at this locator.
    """
    about = f"result of query job {job_id}"
    params = {"maxRecords": str(most_rows)} | ({"locator": locator} if locator else {})
    response = org.request("GET", f"{JOBS}/{job_id}/results", about, params=params)
    following = response.headers.get("Sforce-Locator", LAST_LOCATOR)
    try:
        rows = int(response.headers["Sforce-NumberOfRecords"])
    except (KeyError, ValueError):
        raise unreadable(about) from None
    return ResultPage(response.content, None if following == LAST_LOCATOR else following, rows)


def read_rows(page: ResultPage, types: Mapping[str, str], size: int) -> Iterator[list[dict[str, Any]]]:
    """The rows of a page, `size` at a time, with the values and spellings of the REST API.

    `types` are describe's types of the fields that were asked for.

    Raises:
        Rejected: it holds other fields: the result of another query.
        Unreachable: the CSV broke off, or is none.
    """
    # Half an emoji, cut off at its field's length, is no UTF-8; REST's is mended likewise (parts.py).
    text = io.TextIOWrapper(io.BytesIO(page.content), "utf-8", errors="replace", newline="")
    lines = csv.reader(text, strict=True)
    seen = 0
    try:
        header = next(lines, [])
        # Salesforce reads names in any letter case.
        if page.rows and {name.lower() for name in header} != {name.lower() for name in types}:
            raise Rejected("the result of a query job holds other fields than were asked for.")
        conversions = _conversions(header, types)
        while chunk := list(islice(lines, size)):
            seen += len(chunk)
            yield _converted(header, chunk, conversions)
    except (csv.Error, ValueError) as error:
        raise Unreachable(
            f"a result page is no CSV as Salesforce writes it ({type(error).__name__})."
        ) from None
    if seen != page.rows:
        raise Unreachable(f"a result page broke off: {seen} of {page.rows} rows arrived.")


Conversion = Callable[[str], Any]


def _conversions(header: Sequence[str], types: Mapping[str, str]) -> list[Conversion]:
    """One for each column."""
    known = {name.lower(): told for name, told in types.items()}
    return [_CONVERSIONS.get(known.get(name.lower(), ""), str) for name in header]


def _converted(
    header: Sequence[str], lines: Sequence[Sequence[str]], conversions: Sequence[Conversion]
) -> list[dict[str, Any]]:
    """Column by column: it takes half the time of row by row.

    Raises:
        ValueError: not every line has the header's number of values.
    """
    # Null and "" are both an empty field; Salesforce keeps no empty texts (platform fact).
    columns = [
        [convert(text) if text else None for text in column]
        for convert, column in zip(conversions, zip(*lines, strict=True), strict=True)
    ]
    return [dict(zip(header, values, strict=True)) for values in zip(*columns, strict=True)]


def _boolean(text: str) -> bool:
    return text == "true"


def _datetime(text: str) -> str:
    """`…T19:01:00.000Z`, which REST spells `…T19:01:00.000+0000` (platform fact)."""
    return f"{text[:-1]}+0000" if text[-1] == "Z" else text


_CONVERSIONS: Mapping[str, Conversion] = {
    "boolean": _boolean,
    "int": int,
    "long": int,
    "double": float,
    "currency": float,
    "percent": float,
    "datetime": _datetime,
}


def _job(about: str, response: requests.Response) -> Job:
    return understood(about, lambda answer: _read_job(answer.json()), response)


def _read_job(told: Mapping[str, Any]) -> Job:
    # Salesforce's words on a failure may quote the query; its code does not.
    code = _CODE.match(str(told.get("errorMessage") or ""))
    return Job(
        id=to18(told["id"]),
        object=str(told["object"]),
        operation=str(told["operation"]),
        created_by=to18(told["createdById"]),
        created_at=parse_datetime(told["createdDate"]),
        state=str(told["state"]),
        reason=code[0] if code else "",
    )


def _read_list(answer: requests.Response) -> tuple[list[Job], str]:
    """The jobs, and the path of the next list, "" after the last."""
    told = answer.json()
    following = _QUERY_LOCATOR.fullmatch(str(told.get("nextRecordsUrl") or ""))
    return [_read_job(job) for job in told["records"]], following[1] if following else ""
