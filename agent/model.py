"""The words of the house as types: interventions, sides, milestones, people, notices (docs/process.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Side(StrEnum):
    """Who was let down (S4, D0)."""

    CLIENT = "client"
    REFERRAL = "referral"


class Colour(StrEnum):
    """The state of a side as everyone sees it (S5). The referral side has no Yellow."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


RESOLVED_COLOURS = frozenset({Colour.GREEN, Colour.RED})
"""Green and Red end an intervention (S12)."""

COLOURS_OF_SIDE: Mapping[Side, frozenset[Colour]] = {
    Side.CLIENT: frozenset(Colour),
    Side.REFERRAL: frozenset(Colour) - {Colour.YELLOW},
}


class MilestoneKind(StrEnum):
    PLAN = "plan"
    """A plan is documented within 24 hours (S11)."""
    RESOLUTION = "resolution"
    """The side is Green or Red within 30 days of the incident (S12)."""
    CONTACT = "contact"
    """Somebody followed up 14 days after the plan (S17, D12); not among the two enforced rules."""
    SECOND_CONTACT = "second_contact"
    """The same at 30 days, where that step was added (S17, D12)."""


class MilestoneState(StrEnum):
    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    MET_TIME_UNKNOWN = "met_time_unknown"
    """Done, and nobody can tell whether it was in time: never called late (D4)."""
    VIOLATED = "violated"
    CANCELLED = "cancelled"

    @property
    def is_met(self) -> bool:
        return self in _MET_STATES


_MET_STATES = frozenset({MilestoneState.MET, MilestoneState.MET_LATE, MilestoneState.MET_TIME_UNKNOWN})


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
class SideFacts:
    """One side of an intervention as the org holds it.

    `colour` is None when unset, not applicable or unknown; `raw_colour` is the org's own value.
    `plan` is raw text or HTML. `applies` is the mapping's expression (D3), None where it has none.
    """

    colour: Colour | None = None
    raw_colour: str | None = None
    plan: str | None = None
    lookup_id: str | None = None
    """The client or the referral account this side is about."""
    not_applicable: bool = False
    applies: bool | None = None
    exception_until: date | None = None
    exception_reason: str | None = None
    follow_up_from: date | None = None
    second_follow_up: bool = False


@dataclass(frozen=True)
class Intervention:
    """A Service Level Intervention (S1). Instants are aware UTC, whole seconds; dates have no zone."""

    id: str
    number: str
    name: str
    created_at: datetime
    created_by: str
    modified_at: datetime
    stamp: datetime
    """SystemModstamp (platform fact: the only cursor)."""
    sides: Mapping[Side, SideFacts]
    created_date: date | None = None
    """SLI Created Date (S8)."""
    incident_date: date | None = None
    incident_type: str | None = None
    office_id: str | None = None
    client_id: str | None = None
    account_id: str | None = None
    steps: tuple[bool, ...] = ()
    """Which of the mapped recovery steps are complete (D13)."""
    aligned: Mapping[str, bool] = field(default_factory=dict)
    """Who agrees on both colours, for whom the mapping has a checkbox (S16, D13)."""
    deleted: bool = False


@dataclass(frozen=True)
class FieldChange:
    """A field-history row. Long text is logged without values: then both are None (platform fact)."""

    field: str
    at: datetime
    by: str
    old: Any = None
    new: Any = None


@dataclass(frozen=True)
class Memory:
    """What the agent saw and the org can no longer tell, for one side and kind.

    `done_by` is LastModifiedDate of the first version seen done (D4); `undone_through` is an instant up to
    which the mirror was complete and the thing was not done; `met` is an earlier judgement, which stays (D5).
    `absent_through` is an instant at which the side did not apply, `began` the start of its clock once it did:
    they tell a side that begins to apply later where colours have no history (D2).
    """

    done_by: datetime | None = None
    undone_through: datetime | None = None
    met: Milestone | None = None
    granted: str | None = None
    """The exception that was granted, "date by user": another director later does not undo it (D6)."""
    absent_through: datetime | None = None
    began: datetime | None = None


@dataclass(frozen=True)
class Milestone:
    """A timed obligation of one side, judged.

    `reason` is named (rules/reasons.py); `inputs` are JSON-ready and enough to recompute the judgement.
    """

    side: Side
    kind: MilestoneKind
    state: MilestoneState
    reason: str
    clock_start: datetime
    due: datetime
    met_at: datetime | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Something people should mend in the record; never an alarm. `detail` carries no client name.

    `since` is the instant from which it holds, from facts alone: a finding that has one is told to the side's
    owner once, in the daily digest (D16).
    """

    code: str
    side: Side | None = None
    detail: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Judgement:
    """Everything decided about one intervention at one instant; pure, so that it can be recomputed.

    `again_at` is the next due instant after which the answer may differ; None: only a changed row can.
    """

    intervention_id: str
    milestones: Sequence[Milestone]
    findings: Sequence[Finding]
    memory: Mapping[tuple[Side, MilestoneKind], Memory]
    again_at: datetime | None
    open: bool
    """False when every applicable side is Green or Red now (D5)."""
    scores: Mapping[Side, float | None] = field(default_factory=dict)
    """Handling score in percent (D31); None while nothing is due."""


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
