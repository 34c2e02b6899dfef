"""What touch points are judged from: a start of care, whose client it was, and what was done for the client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Assignment:
    """From this instant on the client was this CSM's, until the next assignment; None: nobody's."""

    since: datetime
    csm: str | None


@dataclass(frozen=True)
class Episode:
    """One client's start of care. Instants are aware; the zone is the office's.

    A client who never started has no first shift: `expected_start` says when it was to be. Without
    `first_shift_end`, or with one before it began, the first shift counts as over when it starts.
    """

    id: str
    client: str
    office: str
    zone: ZoneInfo
    first_shift_start: datetime | None
    first_shift_end: datetime | None
    ended_at: datetime | None
    assignments: Sequence[Assignment]
    duplicate_of: str | None = None
    expected_start: datetime | None = None
    followed_at: datetime | None = None
    """When the client's next start of care came near: what is done for the client from then on makes none of its
    touch points late ones."""

    @property
    def begins(self) -> datetime:
        """The first shift's start, or when it was to be.

        Raises:
            ValueError: there is neither a first shift nor an expected one.
        """
        start = self.first_shift_start or self.expected_start
        if start is None:
            raise ValueError(f"episode {self.id}: neither a first shift nor an expected one; map one of them")
        return start


def csm_at(assignments: Iterable[Assignment], instant: datetime) -> str | None:
    """Whose client it was at an instant; of two assignments at the same instant the later in order counts."""
    found: Assignment | None = None
    for one in assignments:
        if one.since <= instant and (found is None or one.since >= found.since):
            found = one
    return found.csm if found else None


@dataclass(frozen=True)
class Contact:
    """Something somebody did for a client: a task, an event. `activities` are those it may serve."""

    id: str
    at: datetime
    by: str
    activities: frozenset[str]
    episode: str | None = None
    """The start of care that it is about, and serves alone; None: it is about the client."""
