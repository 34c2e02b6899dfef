"""A small sandbox org and a client of it, for the tests of the org and its REST resources."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from agent.sandbox.catalogue import standard_objects
from agent.sandbox.http import Request, Response
from agent.sandbox.oauth import ConnectedApp
from agent.sandbox.org import SandboxOrg

NOW = datetime(2026, 11, 20, 17, 0, 30, tzinfo=UTC)
SLI = "Service_Level_Intervention__c"
NOTICE = "SLI_Agent_Notice__c"


class SmallOrg:
    """An org with an integration user, a colleague and one office; `call` is a signed-in client of it."""

    def __init__(self, **options: Any) -> None:
        self.org = SandboxOrg(standard_objects(), **options)
        self.rng = random.Random(7)
        self.now = NOW
        born = NOW - timedelta(days=10)
        self.agent = self.user("agent", born)
        self.colleague = self.user("colleague", born)
        self.org.integration_user_id = self.agent
        self.office = self.org.insert("Office__c", {"Name": "Reno"}, at=born, by=self.colleague)
        self.org.sessions.register(ConnectedApp("key", consumer_secret="secret", run_as=self.agent))
        self.token = self.sign_in()

    def user(self, name: str, at: datetime) -> str:
        values = {
            "Username": f"{name}@example.com",
            "FirstName": name.title(),
            "LastName": "Example",
            "Email": f"{name}@example.com",
            "IsActive": True,
            "TimeZoneSidKey": "America/Los_Angeles",
        }
        return self.org.insert("User", values, at=at, by=name)

    def intervention(self, at: datetime | None = None, **values: Any) -> str:
        return self.org.insert(SLI, {"Name": "A - Late", **values}, at=at or self.now, by=self.colleague)

    def sign_in(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret"}
        return str(body(self.send("POST", "/services/oauth2/token", form=form))["access_token"])

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        payload: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A request exactly as given: no token unless the headers carry one."""
        data = urlencode(form).encode() if form is not None else b""
        if payload is not None:
            data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        request = Request(
            method, path, urlencode(params or {}), {"host": "sandbox.test", **(headers or {})}, data
        )
        return self.org.handle(request, self.now, self.rng)

    def call(self, method: str, path: str, payload: Any = None, **options: Any) -> Response:
        """A signed-in call of a resource below `/services/data/v65.0`."""
        headers = {"authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.send(method, f"/services/data/v65.0{path}", payload=payload, headers=headers, **options)

    def query(self, soql: str, **options: Any) -> dict[str, Any]:
        response = self.call("GET", "/query", params={"q": soql}, **options)
        assert response.status == 200, response.body
        return dict(body(response))

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def body(response: Response) -> Any:
    return json.loads(response.body)


def code_of(response: Response) -> tuple[int, str]:
    """Status and error code of a refusal."""
    return response.status, body(response)[0]["errorCode"]
