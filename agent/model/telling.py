"""Who is told what: kinds of alert, notices, messages, people (D7, D16, D18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.model.process import Side


class Rule(StrEnum):
    """What people are told about (D16). The value is part of a notice's key: never change one."""

    SUBMISSION = "submission"
    PLAN_24H = "plan_24h"
    RESOLUTION_30D = "resolution_30d"
    PLAN_DUE_SOON = "plan_due_soon"
    RESOLUTION_DUE_SOON = "resolution_due_soon"
    STILL_OPEN = "still_open"
    """Every week after the 30 days, until resolved."""
    FOLLOW_UP = "follow_up"
    """A contact of D12 that nobody made; in the owner's daily digest."""
    CONDUCT = "conduct"
    """A finding about how the record is kept; in the owner's daily digest."""
    SILENCE_ENDED = "silence_ended"
    """What is still open when a silence ends, announced once."""
    GO_LIVE = "go_live"
    """The one summary to the admins at the first sync of an org (D9)."""
    BEHIND = "behind"
    """To the admins, once per incident: no deadline can be judged (D11)."""
    UNCERTAIN = "uncertain"
    """To the admins: nobody knows whether a mail arrived, and it is not repeated again (the promise)."""


ENFORCED = (Rule.SUBMISSION, Rule.PLAN_24H, Rule.RESOLUTION_30D)
"""What the seven roles are told (S10, S11, S12): never delayed, never silenced by default (D16)."""
ALERTS = (
    *ENFORCED,
    Rule.PLAN_DUE_SOON,
    Rule.RESOLUTION_DUE_SOON,
    Rule.STILL_OPEN,
    Rule.FOLLOW_UP,
    Rule.CONDUCT,
    Rule.SILENCE_ENDED,
)
"""What people are told about interventions, the rows of D16; each org switches each on or off (D18)."""
DIGESTS = frozenset({Rule.FOLLOW_UP, Rule.CONDUCT, Rule.SILENCE_ENDED})
"""One mail a person and working day, whatever it holds (D16)."""


class Mode(StrEnum):
    """What happens to alerts of a kind (D18)."""

    OFF = "off"
    SHADOW = "shadow"
    LIVE = "live"


class NoticeState(StrEnum):
    """What became of a fact to be told."""

    INTENT = "intent"
    """Decided; not claimed in Salesforce yet."""
    CLAIMED = "claimed"
    """Ours: its messages are being delivered."""
    TOLD = "told"
    SUPPRESSED = "suppressed"
    """The reason no longer held when it was checked again (D8)."""
    DEAD = "dead"
    """Nobody could be reached."""
    SHADOW = "shadow"
    """Decided and logged, not sent (D18)."""
    SILENCED = "silenced"
    """Somebody wanted quiet about it, for a reason that is kept; not sent."""
    ELSEWHERE = "elsewhere"
    """Another agent, or an earlier life of this one, holds it."""
    ADOPTED = "adopted"
    """Left behind by another life; goes on as the next stage."""
    UNCERTAIN = "uncertain"
    """Left behind twice: a person must look."""


class Channel(StrEnum):
    """By which door a message leaves."""

    MAIL = "mail"
    SLACK = "slack"
    TEAMS = "teams"

    @property
    def words(self) -> str:
        """What people call it."""
        return self.value.capitalize()


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    """Offered to the mail server; a kill here is an ambiguous outcome."""
    SENT = "sent"
    DEAD = "dead"
    """Refused for good."""
    UNCERTAIN = "uncertain"
    """Twice without a clear answer: not repeated again."""
    DROPPED = "dropped"
    """Dead or uncertain, and a person let it go."""


FINAL_MESSAGE_STATES = frozenset(MessageState) - {MessageState.QUEUED, MessageState.SENDING}


@dataclass(frozen=True)
class Person:
    """Somebody in the org who may be told something."""

    id: str
    name: str
    email: str | None
    active: bool


@dataclass(frozen=True)
class Recipient:
    """One address and every role it is told for (D7); `fallback_for` are roles it stands in for."""

    address: str
    name: str
    person_id: str | None
    roles: tuple[str, ...] = ()
    fallback_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoleOutcome:
    """How one of the seven roles was accounted for (D7).

    `how` is one of told, missing, inactive, no_address, dropped.
    """

    role: str
    how: str
    address: str | None
    """Who hears it for this role; None only when the role dropped out (D3)."""
    person_id: str | None = None


@dataclass(frozen=True)
class Audience:
    """Who is told, and how each role was accounted for."""

    recipients: tuple[Recipient, ...]
    outcomes: tuple[RoleOutcome, ...]


@dataclass(frozen=True)
class Notice:
    """A fact to be told, once. Its key is built from facts alone: it can be rebuilt after a lost disk."""

    org_id: str
    intervention_id: str
    """`-` when it is about the org itself."""
    rule: Rule
    due: datetime
    sides: tuple[Side, ...] = ()
    stage: str = "1"
    topic: str = "-"
    """Tells apart facts of one rule and instant: a finding's code and side."""

    @property
    def key(self) -> str:
        return f"{self.fact}:{self.stage}"

    @property
    def fact(self) -> str:
        """The key without the stage: the same fact, whoever claims it again."""
        due = f"{self.due:%Y-%m-%dT%H:%M:%SZ}"
        # One notice names every side late at the same instant (D2), so the side is no part of these keys.
        return f"{self.org_id}:{self.intervention_id}:{self.rule.value}:{self.topic}:{due}"
