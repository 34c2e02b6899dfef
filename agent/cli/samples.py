"""Fictional mails of every kind, as `sli-agent mail preview` shows them: nobody and no place in them exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agent.alerts.compose import (
    AlertView,
    BehindView,
    Composed,
    DigestItem,
    DigestKind,
    GoLiveView,
    SideView,
    Standing,
    UncertainView,
    compose_alert,
    compose_behind,
    compose_digest,
    compose_go_live,
    compose_uncertain,
)
from agent.model import ALERTS, Colour, MilestoneKind, MilestoneState, Mode, Notice, Recipient, Rule, Side

ORG = "00D00000000SAMPLE0"
SENDER = "sli-agent@sample.example"
URL = "https://sample.example/lightning"
NEW_YORK = ZoneInfo("America/New_York")
SUBMITTED = datetime(2026, 11, 13, 20, 5, tzinfo=UTC)
PLAN_DUE = SUBMITTED + timedelta(hours=24)
CONTACT_DUE = datetime(2026, 11, 29, 4, 59, 59, tzinfo=UTC)
RESOLUTION_DUE = datetime(2026, 12, 12, 4, 59, 59, tzinfo=UTC)
LATER = timedelta(minutes=12)
"""A deadline is told about ten minutes after it (D11)."""
PLAN_TEXT = (
    "Caregiver written up and off the case since 11/13. A replacement starts 11/16.\n"
    "Follow-up after the start of care on 11/17, call to the client on 11/27."
)
FINDING = "The colour moved, and nobody has told in Chatter why."
SILENCE = "Pat Sample asked for it: the client is in hospital."
PAT = Recipient("pat@sample.example", "Pat Sample", None, ("Regional Director of the SLI's office",))
STAND_IN = replace(PAT, fallback_for=("Division Head",))
ADMIN = Recipient("admin@sample.example", "", None, ("Administrator of the SLI agent",))
OFFICES = (
    ("Sample Tampa", NEW_YORK),
    ("Sample Chicago", ZoneInfo("America/Chicago")),
    ("Sample San Diego", ZoneInfo("America/Los_Angeles")),
)
INCIDENTS = ("No Call No Show", "Late Caregiver", "Billing Question", "Visits Lapsed")
COLOURS = (Colour.YELLOW, Colour.ORANGE, Colour.YELLOW, Colour.RED)

OPEN, MET, VIOLATED = MilestoneState.OPEN, MilestoneState.MET, MilestoneState.VIOLATED
PLANNED = {
    MilestoneKind.PLAN: Standing(PLAN_DUE, MET),
    MilestoneKind.RESOLUTION: Standing(RESOLUTION_DUE, OPEN),
}
OVERDUE = PLANNED | {MilestoneKind.RESOLUTION: Standing(RESOLUTION_DUE, VIOLATED)}
STANDS: Mapping[Rule, Mapping[MilestoneKind, Standing]] = {
    Rule.SUBMISSION: PLANNED | {MilestoneKind.PLAN: Standing(PLAN_DUE, OPEN)},
    Rule.PLAN_DUE_SOON: PLANNED | {MilestoneKind.PLAN: Standing(PLAN_DUE, OPEN)},
    Rule.PLAN_24H: PLANNED | {MilestoneKind.PLAN: Standing(PLAN_DUE, VIOLATED)},
    Rule.RESOLUTION_30D: OVERDUE,
    Rule.STILL_OPEN: OVERDUE,
    Rule.FOLLOW_UP: PLANNED | {MilestoneKind.CONTACT: Standing(CONTACT_DUE, VIOLATED)},
}
"""Where the sides stand when a kind of alert is due; otherwise planned and not resolved."""
DUE: Mapping[Rule, datetime] = {
    Rule.SUBMISSION: SUBMITTED,
    Rule.PLAN_24H: PLAN_DUE,
    Rule.RESOLUTION_30D: RESOLUTION_DUE,
    Rule.PLAN_DUE_SOON: PLAN_DUE - timedelta(hours=2),
    Rule.RESOLUTION_DUE_SOON: RESOLUTION_DUE - timedelta(days=7),
    Rule.STILL_OPEN: RESOLUTION_DUE + timedelta(days=21),
    Rule.FOLLOW_UP: CONTACT_DUE,
    Rule.CONDUCT: SUBMITTED + timedelta(days=5),
    Rule.SILENCE_ENDED: SUBMITTED + timedelta(days=20),
}
NOTES: Mapping[Rule, str] = {Rule.CONDUCT: FINDING, Rule.SILENCE_ENDED: SILENCE}


class Sample(NamedTuple):
    """A mail and what it is a sample of."""

    kind: str
    mail: Composed


def samples() -> Iterator[Sample]:
    """Every kind of mail: those of D16, the digests, and the mails to the administrators."""
    for rule in ALERTS:
        notice, view, note = item(rule)
        mail = compose_alert(notice, view, STAND_IN, sender=SENDER, now=notice.due + LATER, note=note)
        yield Sample(rule.value, mail)
    yield Sample("daily_digest", digest("daily", (Rule.CONDUCT, Rule.FOLLOW_UP, Rule.SILENCE_ENDED), 6))
    yield Sample("catch_up_digest", digest("catch_up", (Rule.PLAN_24H, Rule.SUBMISSION, Rule.STILL_OPEN), 9))
    yield from _to_admins()


def item(rule: Rule, number: int = 42) -> DigestItem:
    """One fictional intervention about which this kind of alert is due; another number, another one."""
    office, zone = OFFICES[number % len(OFFICES)]
    client = SideView(
        Side.CLIENT,
        COLOURS[number % len(COLOURS)],
        COLOURS[number % len(COLOURS)].value.capitalize(),
        STANDS.get(rule, PLANNED),
        PLAN_TEXT if STANDS.get(rule, PLANNED)[MilestoneKind.PLAN].state is MET else "",
    )
    referral = SideView(Side.REFERRAL, Colour.ORANGE, "Orange", PLANNED, "Plan told to the partner on 11/13.")
    record_id = f"a0B0000SAMPLE{number:05}"
    view = AlertView(
        number=f"SLI-{number:05}",
        name=f"John Sample - {INCIDENTS[number % len(INCIDENTS)]}",
        office=office,
        zone=zone,
        region="Sample Region",
        incident_type=INCIDENTS[number % len(INCIDENTS)],
        incident_date=date(2026, 11, 11),
        submitted_at=SUBMITTED,
        submitter="Dana Sample",
        account_name="Sample Senior Living",
        sides=(client, referral),
        url=f"{URL}/r/Service_Level_Intervention__c/{record_id}/view",
        open_days=(DUE[rule] - SUBMITTED).days,
        joined=("Division Head",) if rule is Rule.STILL_OPEN else (),
    )
    sides = () if rule is Rule.SUBMISSION else (Side.CLIENT,)
    return DigestItem(Notice(ORG, record_id, rule, DUE[rule], sides), view, NOTES.get(rule, ""))


def digest(kind: DigestKind, rules: tuple[Rule, ...], count: int) -> Composed:
    """A digest of so many interventions, of these kinds in turn."""
    items = [item(rules[n * len(rules) // count], 100 + n) for n in range(count)]
    now = max(i.notice.due for i in items) + LATER
    return compose_digest(items, PAT, kind=kind, sender=SENDER, now=now)


def _to_admins() -> Iterator[Sample]:
    org_list = f"{URL}/o/Service_Level_Intervention__c/list"
    modes = dict.fromkeys(ALERTS, Mode.SHADOW) | {Rule.SUBMISSION: Mode.LIVE, Rule.PLAN_24H: Mode.LIVE}
    live = GoLiveView(SUBMITTED, NEW_YORK, 1320, 17, 41, modes, org_list)
    yield Sample("go_live", compose_go_live(_of_org(Rule.GO_LIVE), live, ADMIN, sender=SENDER, now=PLAN_DUE))
    behind = BehindView(SUBMITTED, NEW_YORK, "Salesforce has answered nothing for 40 minutes.", org_list)
    yield Sample("behind", compose_behind(_of_org(Rule.BEHIND), behind, ADMIN, sender=SENDER, now=PLAN_DUE))
    about = item(Rule.PLAN_24H)
    uncertain = UncertainView(
        message=f"<m.{'0' * 32}@sample.example>",
        address=PAT.address,
        about=Rule.PLAN_24H,
        number=about.view.number,
        offered=PLAN_DUE,
        reply="smtp://mail.sample.example:587 broke off within the message: timed out",
        zone=NEW_YORK,
        url=about.view.url,
    )
    notice = replace(about.notice, rule=Rule.UNCERTAIN)
    yield Sample("uncertain", compose_uncertain(notice, uncertain, ADMIN, sender=SENDER, now=PLAN_DUE))


def _of_org(rule: Rule) -> Notice:
    return Notice(ORG, "-", rule, SUBMITTED)
