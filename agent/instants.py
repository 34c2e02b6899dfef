"""Instants as text: how the database and the notices' keys write them. Sorts as time does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def to_text(instant: datetime) -> str: ...
@overload
def to_text(instant: None) -> None: ...
def to_text(instant: datetime | None) -> str | None:
    """`2026-11-21T19:01:00Z`: UTC, whole seconds. `instant` must be aware."""
    if instant is None:
        return None
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@overload
def from_text(text: str) -> datetime: ...
@overload
def from_text(text: None) -> None: ...
def from_text(text: str | None) -> datetime | None:
    """The aware UTC datetime of a text written by `to_text`."""
    return None if text is None else datetime.fromisoformat(text)
