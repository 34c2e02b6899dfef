"""How a record is kept (S6, S7, S8, S16; D12, D13): findings for whoever owns a side, never an alarm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from agent.model import Colour, Finding, Milestone, MilestoneKind, MilestoneState, Side
from agent.rules.context import Case
from agent.rules.reasons import KIND_WORDS, FindingCode
from agent.rules.timeline import held_since

TOLD_BEFORE = timedelta(hours=1)
"""Whoever writes first and then moves the colour has told of the move as well."""
WHO = {
    "regional_director": "Regional Director",
    "regional_csm": "Regional Client Success Manager",
    "sales_coach": "Regional Sales Coach",
}


def form_findings(case: Case) -> Iterator[Finding]:
    """What is wrong with the record from its submission on: its name's form (S7), its created date (S8)."""
    record, mapping = case.record, case.context.mapping
    client, separator, incident = record.name.partition(mapping.rules.conduct.name_separator)
    if not (client.strip() and separator and incident.strip()):
        yield Finding(FindingCode.NAME_FORM.value, since=record.created_at)
    submitted = record.created_at.astimezone(case.context.zone).date()
    if record.created_date is not None and record.created_date != submitted:
        yield Finding(FindingCode.CREATED_DATE_DIFFERS.value, since=record.created_at)


def recovery_findings(case: Case, sides: Sequence[Side]) -> Iterator[Finding]:
    """Of the sides that are Green: steps that are still open (D13), and who has not agreed (S16)."""
    record = case.record
    green = {side: colour_since(case, side) for side in sides if record.sides[side].colour is Colour.GREEN}
    if not all(record.steps):
        done = f"{sum(record.steps)} of {len(record.steps)} are complete."
        for side, since in green.items():
            yield Finding(FindingCode.STEPS_INCOMPLETE.value, side, done, since)
    missing = [WHO[who] for who, agrees in record.aligned.items() if not agrees]
    if green and missing:
        first = min((since for since in green.values() if since), default=None)
        yield Finding(FindingCode.ALIGNMENT_MISSING.value, None, ", ".join(missing), first)


def contact_findings(milestones: Sequence[Milestone]) -> Iterator[Finding]:
    """A contact of a side that falls due after its resolution does: it needs an exception (D12)."""
    resolution = next((m for m in milestones if m.kind is MilestoneKind.RESOLUTION), None)
    if resolution is None or resolution.state.is_met:
        return
    for contact in milestones:
        if _is_contact(contact) and contact.state is MilestoneState.OPEN and contact.due > resolution.due:
            words = KIND_WORDS[contact.kind]
            yield Finding(FindingCode.CONTACT_AFTER_DUE.value, contact.side, words, contact.clock_start)
            return


def awaited_findings(case: Case, sides: Sequence[Side], *, is_open: bool) -> Iterator[Finding]:
    """What holds once the low-water mark has passed its `since`, if nobody writes in Chatter until then (S6)."""
    chatter, rules = case.heard.chatter, case.context.mapping.rules.conduct
    if chatter is None:
        return
    for side in sides:
        moved = _moved_at(case, side)
        if moved is not None and not any(at >= moved - TOLD_BEFORE for at in chatter):
            since = moved + timedelta(hours=rules.chatter_after_colour_hours)
            yield Finding(FindingCode.COLOUR_WITHOUT_CHATTER.value, side, since=since)
    if is_open:
        last_word = max([case.record.created_at, *chatter])
        since = last_word + timedelta(days=rules.silent_days)
        yield Finding(FindingCode.CHATTER_SILENT.value, since=since)


def colour_since(case: Case, side: Side) -> datetime | None:
    """When the side got the colour it has, if a fact tells."""
    field = case.context.mapping.intervention.sides[side].colour
    raw = case.record.sides[side].raw_colour
    return held_since(case.record, case.history, field, raw, case.context.tracked_since.get(field))


def _moved_at(case: Case, side: Side) -> datetime | None:
    """When a person last moved the colour; set at submission, it has not moved (D17)."""
    field, agent = case.context.mapping.intervention.sides[side].colour, case.context.agent_id
    return max((row.at for row in case.history if row.field == field and row.by != agent), default=None)


def _is_contact(milestone: Milestone) -> bool:
    return milestone.kind in {MilestoneKind.CONTACT, MilestoneKind.SECOND_CONTACT}
