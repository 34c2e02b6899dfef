"""Builders for the rules' tests: a record, its history, a context, on the sandbox org's mapping."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.mapping import OrgMapping, load
from agent.model import FieldChange, Intervention, Judgement, Milestone, MilestoneKind, Side, SideFacts
from agent.rules.judge import Context, judge

MAPPING = load(Path(__file__).parents[2] / "mappings" / "sandbox")
CHICAGO = ZoneInfo("America/Chicago")
CREATED = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DIRECTOR, DELEGATE, SUBMITTER, SOMEBODY = "005RD", "005DELEGATE", "005SUBMITTER", "005SOMEBODY"
GOOD_PLAN = "<p>Replace the caregiver, call the daughter in 14 days.</p>"
CLIENT, REFERRAL = Side.CLIENT, Side.REFERRAL
PLAN, RESOLUTION = MilestoneKind.PLAN, MilestoneKind.RESOLUTION


def facts(colour: str | None = None, plan: str | None = None, **more: Any) -> SideFacts:
    own = MAPPING.intervention.sides[CLIENT]
    return SideFacts(
        colour=own.colours.get(colour or ""),
        raw_colour=colour,
        plan=plan,
        not_applicable=colour in own.not_applicable,
        **more,
    )


def sli(
    client: SideFacts | None = None,
    referral: SideFacts | None = None,
    *,
    created: datetime = CREATED,
    modified: datetime | None = None,
    incident: date | None = date(2026, 6, 1),
    deleted: bool = False,
) -> Intervention:
    modified = modified or created
    return Intervention(
        id="a0X000000000001AAA",
        number="SLI-00001",
        name="Jane Sample - No Call No Show",
        created_at=created,
        created_by=SUBMITTER,
        modified_at=modified,
        stamp=modified,
        sides={CLIENT: client or SideFacts(), REFERRAL: referral or SideFacts()},
        incident_date=incident,
        deleted=deleted,
    )


def context(
    through: datetime = CREATED,
    *,
    zone: ZoneInfo = CHICAGO,
    mapping: OrgMapping = MAPPING,
    tracked: Mapping[str, datetime] | None = None,
) -> Context:
    directors = {CLIENT: frozenset({DIRECTOR}), REFERRAL: frozenset({"005OTHER_RD"})}
    return Context(mapping, zone, through, directors, tracked or {})


def tracked(*fields: str) -> dict[str, datetime]:
    """Field history of these was switched on long before the record."""
    return dict.fromkeys(fields, CREATED - 365 * DAY)


def colour_row(at: datetime, old: str | None, new: str | None, *, side: Side = CLIENT) -> FieldChange:
    return FieldChange(MAPPING.intervention.sides[side].colour, at, SOMEBODY, old, new)


def plan_row(at: datetime, old: str | None = None, new: str | None = None) -> FieldChange:
    """Without values, as the platform logs long text."""
    return FieldChange(MAPPING.intervention.sides[CLIENT].plan, at, SOMEBODY, old, new)


def exception_row(at: datetime, new: object, *, by: str = DIRECTOR) -> FieldChange:
    return FieldChange("Client_Exception_Until__c", at, by, None, new)


def verdict_on(
    record: Intervention,
    history: list[FieldChange],
    through: datetime,
    kind: MilestoneKind = PLAN,
    *,
    side: Side = CLIENT,
    tracked: Mapping[str, datetime] | None = None,
) -> Milestone:
    return milestone(judge(record, history, {}, context(through, tracked=tracked)), kind, side=side)


def milestone(judgement: Judgement, kind: MilestoneKind, *, side: Side = CLIENT) -> Milestone:
    (found,) = [m for m in judgement.milestones if m.kind is kind and m.side is side]
    return found


def codes(judgement: Judgement) -> list[str]:
    return [finding.code for finding in judgement.findings]
