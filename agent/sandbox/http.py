"""One request to the sandbox org and its answer: what every shell around `handle` translates to and from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import orjson


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire. `headers` are keyed in lower case; `query` is the raw query string."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def params(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            orjson.JSONDecodeError: the body is not JSON.
        """
        return orjson.loads(self.body)


@dataclass(frozen=True)
class Response:
    """An answer. A shell waits `delay` before it sends it; `dropped` means: close the connection without an answer;
    `truncated` means: announce the whole length, send half the body, close."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: timedelta = timedelta(0)
    dropped: bool = False
    truncated: bool = False


JSON_TYPE = "application/json;charset=UTF-8"


def json_response(payload: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, orjson.dumps(payload), {"Content-Type": JSON_TYPE, **(headers or {})})


def error_response(status: int, code: str, message: str, fields: tuple[str, ...] | None = None) -> Response:
    """An error as Salesforce words it: a list of one object with `errorCode` and `message`."""
    error: dict[str, Any] = {"message": message, "errorCode": code}
    if fields is not None:
        error["fields"] = list(fields)
    return json_response([error], status)
