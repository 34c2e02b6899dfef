"""Every row of D16 reaches exactly the right people over 10,000 random SLIs, by a naive recomputation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agent.alerts.notices import Telling, decide, still_holds, unanswered
from agent.alerts.recipients import resolve
from agent.mapping import load
from agent.model import ALERTS, FieldChange, Intervention, Rule, Side, SideFacts
from agent.rules.judge import Context, Heard, judge
from tests.acceptance.life import SIDES, Holder, Life, draw
from tests.acceptance.naive_rows import ADMIN, Told, everything_told

MAPPING = load(Path(__file__).parents[2] / "mappings" / "sandbox")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ID = "a01000000000001AAA"
SECOND = timedelta(seconds=1)
SHARDS, EACH = 8, 1_250


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_row_reaches_exactly_the_right_people_over_10_000_random_slis(shard: int) -> None:
    rng = Random(shard)
    rows: set[str] = set()
    for number in range(EACH):
        life = draw(rng)
        expected, found = everything_told(life), told_by_the_agent(life)
        assert (found - expected, expected - found) == (set(), set()), f"shard {shard}, life {number}: {life}"
        rows |= {told.row for told in found}
    assert rows == {rule.value for rule in ALERTS} - {"silence_ended"}


def told_by_the_agent(life: Life) -> set[Told]:
    """What the agent's own decisions are, looking when something happened and when it asks to look again."""
    telling = Telling("00D", MAPPING.rules.alerts, dict.fromkeys(ALERTS, LONG_AGO))
    told: dict[str, Told] = {}
    weekly: list[datetime] = []
    memory: dict[Any, Any] = {}
    waiting = sorted({at + SECOND for at in life.instants()})
    while waiting:
        at = waiting.pop(0)
        if at > life.end:
            break
        record, history, heard = as_the_org_shows_it(life, at)
        judgement = judge(record, history, memory, context(life, at), heard)
        memory = dict(judgement.memory)
        for notice, _, _ in decide(telling, record, judgement, life.zone, at):
            if notice.key in told:
                continue
            assert still_holds(notice, record, judgement, telling.alerts, life.zone, at).sides == notice.sides
            hearers = list(telling.alerts.of(notice.rule).to)
            if notice.rule is Rule.STILL_OPEN:
                answers = [
                    *(row.at for row in history if "Exception" not in row.field),
                    *(heard.chatter or ()),
                ]
                if unanswered(weekly, answers, telling.alerts.still_open.unanswered):
                    hearers += telling.alerts.still_open.escalate_to
                weekly.append(notice.due)
            told[notice.key] = Told(
                notice.rule.value,
                notice.due,
                "" if notice.topic == "-" else notice.topic,
                frozenset(side.value for side in notice.sides),
                addresses(life, hearers, notice.sides),
            )
        if judgement.again_at is not None and judgement.again_at + SECOND not in waiting:
            waiting = sorted({*waiting, judgement.again_at + SECOND} - {at})
    return set(told.values())


def as_the_org_shows_it(life: Life, at: datetime) -> tuple[Intervention, list[FieldChange], Heard]:
    """The record as it stood right before this instant, its field history, and what people said and did."""
    history: list[FieldChange] = []
    sides = {}
    for side in SIDES:
        own = MAPPING.intervention.sides[Side(side)]
        colours = [(when, value) for when, value in life.colours[side] if when < at]
        plans = [(when, text) for when, text in life.plans[side] if when < at]
        for (_, old), (when, new) in pairwise(colours):
            history.append(FieldChange(own.colour, when, "005SOMEBODY", old, new))
        history += [FieldChange(own.plan, when, "005SOMEBODY") for when, _ in plans[1:]]
        facts = side_facts(life, side, colours[-1][1], plans[-1][1])
        exemption = life.exemptions.get(side)
        if exemption and exemption.at < at:
            facts = replace(facts, exception_until=exemption.until, exception_reason=exemption.reason)
            assert own.exception_until is not None
            row = FieldChange(
                own.exception_until, exemption.at, exemption.by, None, exemption.until.isoformat()
            )
            history.append(row)
        sides[Side(side)] = facts
    modified = max([life.created, *(row.at for row in history)])
    record = Intervention(
        id=ID,
        number="SLI-00001",
        name=life.name,
        created_at=life.created,
        created_by="005submitter",
        modified_at=modified,
        stamp=modified,
        sides=sides,
        created_date=life.created_date,
        incident_date=life.incident,
        account_id="001" if life.lookups["referral"] else None,
        steps=life.steps,
        aligned={"regional_director": life.aligned, "sales_coach": True},
    )
    said = [when for when, person in life.posts if person and when < at]
    return record, history, Heard(said, [when for when in life.tasks if when < at], at)


def side_facts(life: Life, side: str, colour: str | None, plan: str | None) -> SideFacts:
    own = MAPPING.intervention.sides[Side(side)]
    return SideFacts(
        colour=own.colours.get(colour or ""),
        raw_colour=colour,
        plan=plan,
        lookup_id="001" if life.lookups[side] else None,
        not_applicable=colour in own.not_applicable,
        second_follow_up=life.second_contact[side],
    )


def context(life: Life, at: datetime) -> Context:
    by_side = {Side.CLIENT: "regional_director", Side.REFERRAL: "account_regional_director"}
    known = {
        side: frozenset({life.holders[role].id} if life.holders[role].known else ())
        for side, role in by_side.items()
    }
    if not life.lookups["referral"]:
        known[Side.REFERRAL] = frozenset()
    tracked = {
        field: LONG_AGO
        for side in MAPPING.intervention.sides.values()
        for field in (side.colour, side.plan, side.exception_until)
        if field
    }
    return Context(MAPPING, life.zone, at, known, tracked, "005AGENT")


def addresses(life: Life, hearers: Any, sides: tuple[Side, ...]) -> frozenset[str]:
    has_account = life.lookups["referral"]
    audience = resolve(
        MAPPING, tree(life), has_account=has_account, admin=ADMIN, hearers=hearers, sides=sides
    )
    return frozenset(recipient.address for recipient in audience.recipients)


def tree(life: Life) -> dict[str, Any]:
    """The record with the people on the roles' paths, as the REST API nests them."""
    who = {role: user(holder) for role, holder in life.holders.items()}
    owner = who["account_owner"]
    region = {"Division_Head__r": who["division_head"]}
    location = {"Regional_Director__r": who["account_regional_director"], "Region__r": region}
    account = {"Owner": owner and {**owner, "Manager": who["sales_manager"]}, "CC_Location__r": location}
    return {
        "CreatedBy": who["submitter"],
        "Office__r": {
            "Regional_Director__r": who["regional_director"],
            "Regional_CSM__r": who["regional_csm"],
        },
        "Referral_Account__r": account if life.lookups["referral"] else None,
    }


def user(holder: Holder) -> dict[str, Any] | None:
    if not holder.known:
        return None
    return {"Id": holder.id, "Name": holder.id, "Email": holder.address, "IsActive": holder.active}
