"""Silences: which one covers an SLI, when each ends, and whom its end is announced to (D16). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from agent.model import (
    RESOLVED_COLOURS,
    Audience,
    HumanDecision,
    Intervention,
    Milestone,
    MilestoneKind,
    MilestoneState,
    Notice,
    Recipient,
    Rule,
    Side,
)

OWNER_OF_SILENCE = "Asked for the silence that ended"
"""As a mail names the role in which a silence's owner hears of its end."""


def covering(
    silences: Sequence[HumanDecision],
    ends: Sequence[HumanDecision],
    *,
    record_id: str,
    office_id: str | None,
    region_id: str | None,
    at: datetime,
) -> HumanDecision | None:
    """The silence in force at this instant over the SLI, its office or its office's region; None: nobody wants quiet.

    Of several the one that lasts longest. `ends` are the decisions that ended a silence before its time.
    """
    places = {record_id, office_id, region_id}
    in_force = [s for s in silences if s.about in places and s.at <= at < end_of(s, ends)]
    return max(in_force, key=lambda s: (end_of(s, ends), s.key), default=None)


def end_of(silence: HumanDecision, ends: Sequence[HumanDecision]) -> datetime:
    """When quiet ends: as was said, or earlier by a person's word. From then on the silence counts no more.

    A silence that lost its end in Salesforce has none to last until: it never began.
    """
    said = [end.at for end in ends if end.about == silence.key and end.at >= silence.at]
    return min([silence.until or silence.at, *said])


def name_of(silence: HumanDecision) -> str:
    """By which people name a silence, and its end's notices as their topic."""
    return silence.name


def open_sides(record: Intervention, milestones: Iterable[Milestone]) -> tuple[Side, ...]:
    """The sides that apply and are neither Green nor Red now."""
    applying = {
        m.side
        for m in milestones
        if m.kind is MilestoneKind.RESOLUTION and m.state is not MilestoneState.CANCELLED
    }
    return tuple(s for s in Side if s in applying and record.sides[s].colour not in RESOLVED_COLOURS)


def notice_of_end(
    silence: HumanDecision, end: datetime, record: Intervention, sides: tuple[Side, ...]
) -> Notice:
    """The fact that this silence ended while the SLI was open on these sides."""
    return Notice(silence.org_id, record.id, Rule.SILENCE_ENDED, end, sides, topic=name_of(silence))


def silence_behind(notice: Notice, silences: Iterable[HumanDecision]) -> HumanDecision | None:
    """The silence whose end a notice tells; None where it is not known."""
    return next((s for s in silences if name_of(s) == notice.topic), None)


def words_of_end(silence: HumanDecision) -> str:
    """One sentence for a mail: who wanted quiet, and why. The reason is free text: for the body only (D15)."""
    return f"{silence.by} asked for it: {silence.reason.rstrip('. ')}."


def with_owner(audience: Audience, address: str) -> Audience:
    """The audience, and whoever asked for the silence: once, though the person hears it in another role too."""
    known = [r for r in audience.recipients if r.address.lower() == address.lower()]
    if not known:
        owner = Recipient(address, "", None, (OWNER_OF_SILENCE,))
        return replace(audience, recipients=(*audience.recipients, owner))
    both = replace(known[0], roles=(*known[0].roles, OWNER_OF_SILENCE))
    return replace(audience, recipients=tuple(both if r is known[0] else r for r in audience.recipients))
