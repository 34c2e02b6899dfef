"""What people decide, and the agent keeps for them."""

from __future__ import annotations

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
    MONTH_REVIEWED = "month_reviewed"
    """Somebody looked a person's month through; `about` is the month's (incentive/months.py)."""
    MONTH_APPROVED = "month_approved"
    MONTH_LOCKED = "month_locked"
    MONTH_REOPENED = "month_reopened"
    """One of the two who are needed for it (D29)."""
    DISPUTE_OPENED = "dispute_opened"
    """`about` is a month, `data` names the line."""
    DISPUTE_SETTLED = "dispute_settled"
    """`about` is the dispute's key."""


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
