"""Instants as text: how the database and the notices' keys write them. Sorts as time does."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import overload


@overload
def to_text(instant: datetime) -> str: ...
@overload
def to_text(instant: None) -> None: ...
def to_text(instant: datetime | None) -> str | None:
    """`2026-11-21T19:01:00Z`: UTC, whole seconds. `instant` must be aware."""
    if instant is None:
        return None
    # Only UTC goes into the cache: of an hour that the clock shows twice, both instants look equal to it.
    return _text(instant if instant.tzinfo is UTC else instant.astimezone(UTC))


@lru_cache(maxsize=4096)  # A record's few instants are written down dozens of times.
def _text(instant: datetime) -> str:
    # Not strftime: it takes five times as long, and leaves years before 1000 without their zeros.
    return f"{instant.isoformat()[:19]}Z"


@overload
def from_text(text: str) -> datetime: ...
@overload
def from_text(text: None) -> None: ...
def from_text(text: str | None) -> datetime | None:
    """The aware UTC datetime of a text written by `to_text`."""
    return None if text is None else datetime.fromisoformat(text)
