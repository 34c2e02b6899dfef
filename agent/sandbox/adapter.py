"""The sandbox org in-process: a transport under `requests`, for tests and simulation."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - the type of an argument; nothing is drawn from the module
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from agent.sandbox.http import Request, Response


class Org(Protocol):
    def handle(self, request: Request, now: datetime, rng: Random) -> Response: ...


class SandboxAdapter(BaseAdapter):
    """Mount it on a `requests.Session`: every request is answered by `org` at the time `clock` tells.

    Raises, as the network would:
        requests.ConnectionError: the connection was dropped.
        requests.exceptions.ChunkedEncodingError: the answer broke off.
        requests.ReadTimeout: the answer takes longer than the request's timeout. Nothing waits.
    """

    def __init__(self, org: Org, clock: Callable[[], datetime], rng: Random) -> None:
        super().__init__()
        self._org, self._clock, self._rng = org, clock, rng

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        response = self._org.handle(_received(request), self._clock(), self._rng)
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        if patience is not None and response.delay > timedelta(seconds=patience):
            raise requests.ReadTimeout(f"no answer within {patience} s", request=request)
        if response.dropped:
            raise requests.ConnectionError("the connection was closed without an answer", request=request)
        if response.truncated:
            raise requests.exceptions.ChunkedEncodingError("the answer broke off", request=request)
        return _sent(response, request)

    def close(self) -> None:
        """Nothing is open."""


def _received(request: requests.PreparedRequest) -> Request:
    url = urlsplit(request.url or "")
    headers = {"host": url.netloc, "x-forwarded-proto": url.scheme}
    headers |= {name.lower(): _text(value) for name, value in request.headers.items()}
    return Request(request.method or "GET", unquote(url.path), url.query, headers, _bytes(request.body))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else body or b""


def _sent(response: Response, request: requests.PreparedRequest) -> requests.Response:
    answer = requests.Response()
    answer.status_code = response.status
    answer.headers = CaseInsensitiveDict(response.headers)
    answer.encoding = requests.utils.get_encoding_from_headers(answer.headers)
    answer.raw = io.BytesIO(response.body)
    answer.url = request.url or ""
    answer.request = request
    return answer
