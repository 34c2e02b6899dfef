"""Answers kept as the org rendered them, so that a measured load does not wait for the sandbox's rendering."""

from __future__ import annotations

import re
from datetime import datetime
from random import Random

import orjson

from agent.sandbox import oauth
from agent.sandbox.errors import SalesforceError
from agent.sandbox.faults import Fault
from agent.sandbox.http import Request, Response
from agent.sandbox.org import SandboxOrg

ROWS = re.compile(r"/services/data/v\d\d\.0/(query|queryAll|composite|jobs/query/\w+/results)(/|$)")
"""The answers that carry rows."""
_JOBS = re.compile(r"/services/data/v\d\d\.0/jobs/query/?")
_RESULTS = re.compile(r"(?<=/jobs/query/)\w+(?=/results)")
_ASKED = ("sforce-query-options", "accept-encoding")
Key = tuple[str, str, str, bytes, str]


class Kept:
    """The org behind a shelf: an answer with rows that was given before is given again, byte for byte.

    It is switched on for loads only, where the org does not change; sign-in is still checked for each request,
    and every request still counts as a call.
    """

    def __init__(self, org: SandboxOrg) -> None:
        self.org = org
        self.keeping = False
        self.sent = 0
        """Bytes of all answers."""
        self.trap: tuple[int, Fault] | None = None
        """A fault to switch on when so many answers with rows have been given."""
        self._shelf: dict[Key, Response] = {}
        self._statements: dict[str, str] = {}

    def forget(self) -> None:
        self._shelf.clear()
        self._statements.clear()

    def handle(self, request: Request, now: datetime, rng: Random) -> Response:
        response = self._answer(request, now, rng)
        self.sent += len(response.body)
        return response

    def _answer(self, request: Request, now: datetime, rng: Random) -> Response:
        if ROWS.match(request.path):
            self._spring()
            if self.keeping:
                return self._from_shelf(request, now, rng)
        response = self.org.handle(request, now, rng)
        if self.keeping and request.method == "POST" and _JOBS.fullmatch(request.path):
            self._statements[orjson.loads(response.body)["id"]] = request.body.decode()
        return response

    def _from_shelf(self, request: Request, now: datetime, rng: Random) -> Response:
        try:
            oauth.authenticated(self.org, request, now)
        except SalesforceError as error:
            return error.response()
        key = self._key(request)
        found = self._shelf.get(key)
        if found is not None:
            self.org.calls.append(now)
            return found
        response = self.org.handle(request, now, rng)
        if response.status == 200:
            self._shelf[key] = response
        return response

    def _key(self, request: Request) -> Key:
        """What the answer depends on. A job's results depend on its statement, not on its id."""
        path = _RESULTS.sub(lambda job: self._statements.get(job[0], job[0]), request.path)
        asked = "|".join(request.headers.get(name, "") for name in _ASKED)
        return request.method, path, request.query, request.body, asked

    def _spring(self) -> None:
        if self.trap is None:
            return
        left, fault = self.trap
        if left > 0:
            self.trap = (left - 1, fault)
            return
        self.trap = None
        self.org.faults.add(fault)
