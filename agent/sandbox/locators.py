"""Query locators: where the next page of a long answer waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.sandbox import ids
from agent.sandbox.errors import SalesforceError
from agent.sandbox.soql import Result

LIFETIME = timedelta(days=2)


@dataclass(frozen=True)
class Locator:
    """An open query: the answer as it was found, and the token of the session that may read on."""

    result: Result
    token: str
    page_size: int
    expires_at: datetime


class Locators:
    """The open queries by locator."""

    def __init__(self) -> None:
        self._open: dict[str, Locator] = {}
        self._serial = 0

    def open(self, result: Result, token: str, page_size: int, now: datetime) -> str:
        """Keep an answer for reading on; returns the locator, an id of its own kind."""
        self._open = {name: locator for name, locator in self._open.items() if locator.expires_at > now}
        self._serial += 1
        name = ids.make("0r8", self._serial)
        self._open[name] = Locator(result, token, page_size, now + LIFETIME)
        return name

    def find(self, name: str, token: str, now: datetime) -> Locator:
        """The open query.

        Raises:
            SalesforceError: INVALID_QUERY_LOCATOR: unknown, two days old, or opened by another session.
        """
        locator = self._open.get(name)
        if locator is None or locator.token != token or locator.expires_at <= now:
            raise lost()
        return locator


def lost() -> SalesforceError:
    return SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
