"""A notice that was claimed and still holds: all that is needed to put it into mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.alerts.views import AlertView
from agent.instants import from_text
from agent.model import DIGESTS, Audience
from agent.store.notices import KeptNotice

FIRST_STAGE = "1"
LATE = timedelta(minutes=60)
"""What is claimed later than this after its time waited for an outage to end, or for working hours (D10)."""


@dataclass(frozen=True)
class Prepared:
    """The notice with the sides it names now, who hears it, and what they are shown."""

    kept: KeptNotice
    audience: Audience
    view: AlertView
    note: str = ""
    """A sentence of its own, such as a finding's; no client's name."""

    def is_late(self, now: datetime) -> bool:
        """By when it was first claimed: another life's mail that nobody knows to have arrived is made anew as it
        was, with its Message-ID (the promise)."""
        notice, begun_anew = self.kept.notice, self.kept.notice.stage != FIRST_STAGE
        return (from_text(self.kept.decided_at) if begun_anew else now) - notice.due > LATE

    def shares_a_mail(self, now: datetime) -> bool:
        """True for what reaches each person in one mail with everything else of the kind (D10, D16)."""
        return self.kept.notice.rule in DIGESTS or self.is_late(now)
