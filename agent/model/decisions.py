"""What people decide, and the agent keeps for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class DecisionKind(StrEnum):
    """What a person decided. The value is part of a decision's key: never change one."""

    ACKNOWLEDGED = "acknowledged"
    """Somebody has taken notice of an SLI: an answer to its reminders (D16)."""
    SILENCE = "silence"
    SILENCE_END = "silence_end"
    """Before its time; `about` is the silence's key."""
    PLAN_CONFIRMED = "plan_confirmed"
    """The plan's owner stands by a decision that changes pay; `about` is its number: `plan:D20`."""
    PLAN_APPROVED = "plan_approved"
    """`about` is `definition:VERSION`, `csm:VERSION` or `sales:VERSION`; `data` holds its hash."""
    EXCEPTION_APPROVED = "exception_approved"
    """A touch point does not count (D23); `about` is `EPISODE:ACTIVITY`, `data` the reason's name."""
    HELD_RESOLVED = "held_resolved"
    """How a score without anything due counts (D24); `about` is the month's, `data` the percent, or null: left out."""
    MONTH_REVIEWED = "month_reviewed"
    """Somebody looked a person's month through; `about` is the month's (incentive/months.py)."""
    MONTH_APPROVED = "month_approved"
    MONTH_LOCKED = "month_locked"
    """`data` holds the score as it was locked; of pay only the digest of its statement."""
    MONTH_REOPENED = "month_reopened"
    """One of the two who are needed for it (D29)."""
    DISPUTE_OPENED = "dispute_opened"
    """`about` is a month, `data` names the line (a touch point, or a component of the pay)."""
    DISPUTE_SETTLED = "dispute_settled"
    """`about` is the dispute's name: its key would make too long a key of this one."""


@dataclass(frozen=True)
class HumanDecision:
    """A person's word, kept in Salesforce as well. Never changed: a later one says otherwise.

    `about` is the id of an SLI, an office or a region, or another decision's key; `by` is who said so, as
    they named themselves.
    """

    org_id: str
    kind: DecisionKind
    about: str
    by: str
    reason: str
    at: datetime
    until: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.org_id}:{self.kind.value}:{self.about}:{self.at:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def name(self) -> str:
        """Eight letters and digits by which people name it. Made from the key alone: the same on every disk."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:8]
