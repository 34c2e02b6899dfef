"""What people said and did about a record (S6, D12). What the agent wrote is none of it (D17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Heard:
    """Instants are aware UTC, in any order. None: this org has no such thing, or nobody told the judgement.

    `chatter` are posts and comments, `activities` those that are done. `activities_through`: up to when every
    activity is known; None: as far as everything else is.
    """

    chatter: Sequence[datetime] | None = None
    activities: Sequence[datetime] | None = None
    activities_through: datetime | None = None

    @property
    def shows_contacts(self) -> bool:
        """False where nothing could show that somebody was contacted."""
        return self.chatter is not None or self.activities is not None

    def contacts(self) -> list[tuple[datetime, str]]:
        """When somebody was in contact, and what shows it; the earliest first."""
        return sorted(
            [
                *((at, "chatter") for at in self.chatter or ()),
                *((at, "activity") for at in self.activities or ()),
            ]
        )

    def complete_through(self, mirror: datetime) -> datetime:
        """Up to when every contact is known; `mirror` is the low-water mark of everything else (D11)."""
        return min(mirror, self.activities_through or mirror)


NOTHING = Heard()
