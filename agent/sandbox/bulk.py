"""Bulk API 2.0 query jobs: created, worked on while their status is asked for, read as pages of CSV."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

from agent.sandbox import ids, soql
from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Request, Response, json_response
from agent.sandbox.oauth import Session
from agent.sandbox.soql.values import json_value

if TYPE_CHECKING:
    from agent.sandbox.org import SandboxOrg

STATES = ("UploadComplete", "InProgress", "JobComplete")
STATE_TIME = timedelta(seconds=2)
"""How long a job stays in a state. Each status read moves it on too, so it ends where time stands still."""
PAGE_ROWS = 50_000
"""Rows of a page when the client does not say `maxRecords`."""
_RESOURCE = re.compile(r".*/v(?P<version>\d+\.\d)/jobs/query(?:/(?P<id>\w{15,18})(?P<results>/results)?)?/?")


@dataclass
class Job:
    """A query job. `result` is what its statement found at the instant it completed."""

    id: str
    operation: str
    query: soql.Query
    object: str
    version: str
    created_by: str
    created_at: datetime
    stamp: datetime
    state: str = STATES[0]
    asked: int = 0
    """How often its status was asked for."""
    result: soql.Result | None = None
    error: str | None = None

    @property
    def running(self) -> bool:
        return self.state in STATES[:-1]


class Jobs:
    """An org's query jobs by id, in the order of their creation."""

    def __init__(self) -> None:
        self.by_id: dict[str, Job] = {}
        self._serial = 0

    def new_id(self) -> str:
        self._serial += 1
        return ids.make("750", self._serial)


# The org itself needs to know nothing of jobs: they live beside it, and no longer than it.
_JOBS: WeakKeyDictionary[SandboxOrg, Jobs] = WeakKeyDictionary()


@dataclass(frozen=True)
class _Call:
    """One request about jobs: what every answer is made from."""

    org: SandboxOrg
    jobs: Jobs
    request: Request
    now: datetime
    user_id: str
    version: str
    job_id: str | None

    def job(self) -> Job:
        """The job in the path, worked on up to now.

        Raises:
            SalesforceError: NOT_FOUND.
        """
        found = next(
            (job for job in self.jobs.by_id.values() if job.id[:15] == (self.job_id or "")[:15]), None
        )
        if found is None:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist")
        self.work_on(found)
        return found

    def work_on(self, job: Job) -> None:
        """Move a job to the state it has reached by now; on completion its statement is run."""
        steps = max(job.asked, (self.now - job.created_at) // STATE_TIME)
        state = STATES[min(steps, len(STATES) - 1)]
        if not job.running or state == job.state:
            return
        job.state, job.stamp = state, self.now
        if state == STATES[-1]:
            try:
                job.result = self.run(job.query, job.operation)
            except soql.SoqlError as refused:
                job.state, job.error = "Failed", f"{refused.code}: {refused.message}"

    def run(self, query: soql.Query, operation: str) -> soql.Result:
        catalog = self.org.view(self.now, self.user_id)
        return soql.execute(query, catalog, include_deleted=operation == "queryAll")


def handle(org: SandboxOrg, request: Request, now: datetime, session: Session) -> Response:
    """Answer a request under `/services/data/vXX.X/jobs/`.

    Raises:
        SalesforceError: as Salesforce refuses it; for a statement it cannot run, with SOQL's own code.
    """
    resource = _RESOURCE.fullmatch(request.path)
    if resource is None:
        raise SalesforceError(
            "NOT_FOUND", "The requested resource does not exist: the sandbox serves /jobs/query"
        )
    kind = "results" if resource["results"] else "job" if resource["id"] else "jobs"
    answer = _ANSWERS.get((kind, request.method))
    if answer is None:
        raise SalesforceError("METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed here")
    jobs = _JOBS.setdefault(org, Jobs())
    try:
        return answer(_Call(org, jobs, request, now, session.user_id, resource["version"], resource["id"]))
    except soql.SoqlError as refused:
        raise SalesforceError(refused.code, refused.message) from refused


def _create(call: _Call) -> Response:
    order = _body(call.request)
    operation = order.get("operation")
    if operation not in ("query", "queryAll") or not isinstance(order.get("query"), str):
        raise SalesforceError("INVALIDJOB", "A query job needs an operation, query or queryAll, and a query")
    if order.get("columnDelimiter", "COMMA") != "COMMA" or order.get("lineEnding", "LF") != "LF":
        raise SalesforceError(
            "INVALIDJOB", "The sandbox writes CSV with columnDelimiter COMMA and lineEnding LF"
        )
    query = soql.parse(order["query"])
    soql.refuse_for_bulk(query)
    checked = call.run(replace(query, limit=0), operation)
    job = Job(
        id=call.jobs.new_id(),
        operation=operation,
        query=query,
        object=checked.scope.schema.name,
        version=call.version,
        created_by=call.user_id,
        created_at=call.now,
        stamp=call.now,
    )
    call.jobs.by_id[job.id] = job
    return json_response(_described(job))


def _list(call: _Call) -> Response:
    for job in call.jobs.by_id.values():
        call.work_on(job)
    records = [{**_described(job), "jobType": "V2Query"} for job in call.jobs.by_id.values()]
    return json_response({"done": True, "records": records, "nextRecordsUrl": None})


def _status(call: _Call) -> Response:
    job = call.job()
    job.asked += 1
    call.work_on(job)
    more = {
        "jobType": "V2Query",
        "numberRecordsProcessed": job.result.total if job.result else 0,
        "retries": 0,
        "totalProcessingTime": (job.stamp - job.created_at) // timedelta(milliseconds=1),
    }
    return json_response(_described(job) | more | ({"errorMessage": job.error} if job.error else {}))


def _results(call: _Call) -> Response:
    job = call.job()
    if job.result is None:
        message = f"Results are there once the job is JobComplete; it is {job.state}"
        raise SalesforceError("INVALIDJOBSTATE", message)
    start = _offset(call.request.params.get("locator", ""), job.result.total)
    end = min(start + _page_rows(call.request.params), job.result.total)
    headers = {
        "Content-Type": "text/csv",
        "Sforce-Locator": _locator(end) if end < job.result.total else "null",
        "Sforce-NumberOfRecords": str(end - start),
    }
    return Response(200, soql.csv_page(job.result, start, end - start), headers)


def _abort(call: _Call) -> Response:
    job = call.job()
    if _body(call.request).get("state") != "Aborted":
        raise SalesforceError("INVALIDJOBSTATE", "A query job's state can only be set to Aborted")
    if not job.running:
        raise SalesforceError("INVALIDJOBSTATE", "Aborting already Completed Job not allowed")
    job.state, job.stamp = "Aborted", call.now
    return json_response(_described(job))


def _delete(call: _Call) -> Response:
    job = call.job()
    if job.running:
        raise SalesforceError(
            "INVALIDJOBSTATE", f"A job that is {job.state} can't be deleted: abort it first"
        )
    del call.jobs.by_id[job.id]
    return Response(204)


_ANSWERS: Mapping[tuple[str, str], Callable[[_Call], Response]] = {
    ("jobs", "POST"): _create,
    ("jobs", "GET"): _list,
    ("job", "GET"): _status,
    ("job", "PATCH"): _abort,
    ("job", "DELETE"): _delete,
    ("results", "GET"): _results,
}


def _described(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.created_by,
        "createdDate": json_value(job.created_at),
        "systemModstamp": json_value(job.stamp),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except orjson.JSONDecodeError as error:
        raise SalesforceError("JSON_PARSER_ERROR", f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise SalesforceError("JSON_PARSER_ERROR", "The body is not a JSON object")
    return body


def _page_rows(params: Mapping[str, str]) -> int:
    wanted = params.get("maxRecords", str(PAGE_ROWS))
    if not wanted.isdecimal() or int(wanted) < 1:
        raise SalesforceError(
            "INVALID_PARAMETER", f"maxRecords must be a whole number from 1, not {wanted!r}"
        )
    return int(wanted)


def _locator(offset: int) -> str:
    """An offset as Salesforce hides it: base64 of its digits, without padding."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(locator: str, total: int) -> int:
    if not locator:
        return 0
    try:
        digits = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
    except ValueError:
        digits = ""
    if not digits.isdecimal() or int(digits) >= total:
        raise SalesforceError("INVALID_QUERY_LOCATOR", f"invalid query locator {locator!r}")
    return int(digits)
