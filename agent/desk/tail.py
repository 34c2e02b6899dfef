"""The sync log as it grows: each line once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.store import Store, diary

ALL = -1
"""As a limit: however many there are (SQLite)."""


class Tail:
    """The newest lines, then those that came since. Filters: kind, level, number."""

    def __init__(self, store: Store, filters: Mapping[str, str | None] | None = None) -> None:
        self._store, self._filters = store, filters or {}
        self._last = 0

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest `limit` lines, oldest first; `new` goes on from there."""
        return self._move(diary.lines(self._store, self._filters, limit=limit))

    def new(self) -> list[dict[str, Any]]:
        """The lines written since the last look, oldest first."""
        return self._move(diary.lines(self._store, self._filters, after=self._last, limit=ALL))

    def _move(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if lines:
            self._last = lines[-1]["id"]
        return lines
