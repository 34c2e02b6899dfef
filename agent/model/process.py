"""Interventions, sides, milestones, and what is judged of them (docs/process.md)."""

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
