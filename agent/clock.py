"""The one place that reads the clock and makes chance. Everything else takes both as arguments."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock moved by a span that can grow: lets the demo reach the next day's deadlines."""

    def __init__(self, shift: timedelta = timedelta(0)) -> None:
        self._shift = shift

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def advance(self, span: timedelta) -> None:
        self._shift += span


class SetClock:
    """A clock that stands still until it is moved: for simulations and tests."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, span: timedelta) -> None:
        self._now += span


def chance(seed: int | None = None) -> random.Random:
    """A random source for jitter and names, not for secrets; the same seed gives the same run."""
    return random.Random(seed)  # noqa: S311  # no secrets are drawn from it
