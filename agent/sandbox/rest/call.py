"""One call of a REST resource: everything a resource may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random  # noqa: TID251 - the type of an argument; nothing is drawn from the module
from typing import TYPE_CHECKING, Any

import orjson

from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Request, Response
from agent.sandbox.oauth import Session
from agent.sandbox.schema import ObjectSchema
from agent.sandbox.visibility import View

if TYPE_CHECKING:
    from agent.sandbox.org import SandboxOrg


@dataclass(frozen=True)
class Call:
    """A request with a session behind it. `version` is the path's (`65.0`), echoed in the answer's urls."""

    org: SandboxOrg
    request: Request
    now: datetime
    rng: Random
    session: Session
    version: str
    run: Callable[[Request], Response]
    """Answers another request of the same session, for the composite resource."""

    @property
    def root(self) -> str:
        return f"/services/data/v{self.version}"

    def view(self) -> View:
        return self.org.view(self.now, self.session.user_id)

    def schema(self, name: str) -> ObjectSchema:
        """The object as this user sees it.

        Raises:
            SalesforceError: NOT_FOUND: there is no such object.
        """
        schema = self.view().schema(name)
        if schema is None:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist")
        return schema

    def json(self) -> dict[str, Any]:
        """The body, an object.

        Raises:
            SalesforceError: JSON_PARSER_ERROR: it is not JSON, or not an object.
        """
        try:
            payload = self.request.json()
        except orjson.JSONDecodeError as error:
            raise SalesforceError("JSON_PARSER_ERROR", f"The body is not JSON: {error}") from None
        if not isinstance(payload, dict):
            raise SalesforceError("JSON_PARSER_ERROR", "The body is not a JSON object")
        return payload
