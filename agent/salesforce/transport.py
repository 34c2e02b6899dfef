"""The HTTP adapter under everything: timeouts, loopback without TLS, and what an answer's headers tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter

from agent.ports import Clock
from agent.settings import LOOPBACK

TIMEOUT_SECONDS = (10, 60)
"""To connect, and between two bytes of an answer. simple-salesforce itself would wait for ever."""

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
_APP_USAGE = re.compile(r"per-app-api-usage=(\d+)/(\d+)\(appName=([^)]*)\)")


@dataclass(frozen=True)
class AppUsage:
    """API calls of one connected app in the last 24 hours, where the org limits it by itself."""

    name: str
    used: int
    maximum: int


@dataclass(frozen=True)
class ApiUsage:
    """API calls of the whole org in the last 24 hours, as the last answer told."""

    used: int
    maximum: int
    app: AppUsage | None = None


class Transport(BaseAdapter):
    """Passes every request on to `inner` once; it never repeats one."""

    def __init__(self, clock: Clock, inner: BaseAdapter | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._inner = inner or HTTPAdapter()
        self._plain: tuple[str, str] | None = None
        self.calls = 0
        """Requests to the data API so far; tokens are not counted, a composite is one."""
        self.limit: ApiUsage | None = None
        self.server_time: datetime | None = None
        """The org's clock when the last request left, in whole seconds; None where the answer did not tell.

        `Date` is written after the work is done; taking off the time that passed here gives an instant that
        cannot be later than the reading.
        """

    def reach(self, instance_url: str) -> str:
        """The https address to give to simple-salesforce so that its requests arrive at `instance_url`.

        It puts https before every host; the sandbox on loopback may speak plain http.
        """
        parts = urlsplit(instance_url)
        if parts.scheme != "http":
            self._plain = None
            return instance_url
        alias = f"https://localhost:{parts.port}" if parts.port else "https://localhost"
        self._plain = (f"{alias}/", f"{instance_url}/")
        return alias

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        asked = self._redirected(request)
        address = urlsplit(asked.url or "")
        if address.path.startswith("/services/data/"):
            self.calls += 1
        started = self._clock.now()
        response = self._inner.send(
            asked,
            stream=stream,
            timeout=timeout or TIMEOUT_SECONDS,
            verify=verify,
            cert=cert,
            # A company proxy cannot reach this machine's own loopback.
            proxies=None if address.hostname in LOOPBACK else proxies,
        )
        self._note(response.headers, self._clock.now() - started)
        # Whoever resends (TokenAuth) goes through this adapter again, whatever the inner one says of itself.
        response.connection = self  # type: ignore[assignment]
        return response

    def close(self) -> None:
        self._inner.close()

    def _redirected(self, request: PreparedRequest) -> PreparedRequest:
        if self._plain is None or not (request.url or "").startswith(self._plain[0]):
            return request
        asked = request.copy()
        asked.url = (request.url or "").replace(*self._plain, 1)
        return asked

    def _note(self, headers: Mapping[str, str], elapsed: timedelta) -> None:
        self.limit = parse_usage(headers.get("Sforce-Limit-Info", "")) or self.limit
        self.server_time = None
        date = parse_http_date(headers.get("Date", ""))
        if date is not None:
            self.server_time = (date - max(elapsed, timedelta(0))).replace(microsecond=0)


def parse_usage(header: str) -> ApiUsage | None:
    """`api-usage=18/5000`, perhaps with `; per-app-api-usage=17/250(appName=x)`; None where it tells none."""
    found = _USAGE.search(header)
    if not found:
        return None
    by_app = _APP_USAGE.search(header)
    app = AppUsage(by_app[3], int(by_app[1]), int(by_app[2])) if by_app else None
    return ApiUsage(int(found[1]), int(found[2]), app)


def parse_http_date(header: str) -> datetime | None:
    """The `Date` header as an aware UTC datetime; None where there is none to be read."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None
