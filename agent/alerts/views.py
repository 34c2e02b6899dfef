"""What a mail needs to know, ready to be put into words: nothing here reads the database or the org."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agent.model import Colour, MilestoneKind, MilestoneState, Mode, Notice, Rule, Side


class Standing(NamedTuple):
    """Where a milestone stands; `due` is aware."""

    due: datetime
    state: MilestoneState


@dataclass(frozen=True)
class SideView:
    """One applicable side of an intervention (D3). `stands` holds the milestones that were judged."""

    side: Side
    colour: Colour | None
    colour_label: str
    """The org's own word for it, or "no colour set"."""
    stands: Mapping[MilestoneKind, Standing] = field(default_factory=dict)
    plan_excerpt: str = ""
    """Plain text; shortened further where it is long."""


@dataclass(frozen=True)
class AlertView:
    """One intervention as an alert shows it. `name` is client data: for the body only, by default (D15)."""

    number: str
    name: str
    office: str
    zone: ZoneInfo
    """The office's; every time in the mail is shown in it."""
    region: str | None
    incident_type: str | None
    incident_date: date | None
    submitted_at: datetime
    submitter: str
    account_name: str | None
    sides: tuple[SideView, ...]
    url: str
    open_days: int | None
    """Whole days since the submission; None once resolved."""
    plan_hours: int = 24
    resolution_days: int = 30
    name_in_subject: bool = False
    joined: tuple[str, ...] = ()
    """Titles of the roles that hear a weekly reminder because nobody answered those before (D16)."""


class DigestItem(NamedTuple):
    """One notice of a digest. `note` is a sentence of its own, such as a finding's; "" where there is none."""

    notice: Notice
    view: AlertView
    note: str = ""


@dataclass(frozen=True)
class UncertainView:
    """A mail that nobody knows to have arrived: offered twice, without a clear answer."""

    message: str
    """Its Message-ID, by which `sli-agent outbox` finds it."""
    address: str
    about: Rule
    number: str
    """Of the intervention it is about, or what it is about instead, such as "12 interventions"."""
    offered: datetime
    """The last time."""
    reply: str
    """What the mail server or the network said last."""
    zone: ZoneInfo
    url: str


@dataclass(frozen=True)
class BehindView:
    """The mirror is not known to be complete any more (D11)."""

    since: datetime
    """Deadlines after this instant are not judged."""
    zone: ZoneInfo
    cause: str
    """What Salesforce or the network said; no record's content."""
    url: str


@dataclass(frozen=True)
class GoLiveView:
    """An org at its first sync (D9): what is old and will not be alerted, and what happens from now on."""

    go_live: datetime
    zone: ZoneInfo
    open: int
    without_plan: int
    """Open interventions with a side whose plan is overdue."""
    past_resolution: int
    """Open interventions with a side past its resolution date."""
    modes: Mapping[Rule, Mode]
    url: str
    plan_hours: int = 24
    resolution_days: int = 30
