"""A sample of 200 random SLIs lived through in the sandbox org, and told by real mail (D16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from agent.model import ALERTS, DIGESTS
from agent.sandbox.seed.company import user_row
from tests.acceptance.life import ROLES, SIDES, Holder, Life, Moments, draw
from tests.acceptance.naive_rows import everything_told
from tests.company import Company, Founding
from tests.heard import Told, heard

SAMPLE = 200
TEAMS = 12
FIRST_DAY = datetime(2026, 11, 19, tzinfo=UTC)
END = FIRST_DAY + timedelta(days=44, minutes=15)
LOOK = timedelta(minutes=15)
"""After each even hour at which things happen: behind the ten minutes in which a save may still commit."""
OBJECT = "Service_Level_Intervention__c"
COLOUR = {"client": "Client_Status__c", "referral": "Referral_Status__c"}
PLAN = {"client": "Client_Intervention_Plan__c", "referral": "Referral_Intervention_Plan__c"}


@dataclass(frozen=True)
class Team:
    """The people around an office and an account, and their ids in the org."""

    holders: dict[str, Holder]
    zone: Any
    office: str
    account: str
    client: str
    """Any client: only that there is one matters (D3)."""


class Lived(NamedTuple):
    life: Life
    team: Team


def test_a_sample_of_200_random_slis_is_told_by_mail_to_exactly_the_right_people(
    found_company: Founding,
) -> None:
    rng = Random(200)
    by_mail = [rule for rule in ALERTS if rule not in DIGESTS]
    with found_company(size=60) as company:
        # Everybody works around the clock: what waits for working hours is another test's matter.
        company.remap(
            ("start = 8", "start = 0"), ("end = 18", "end = 24"), ('"fri"]', '"fri", "sat", "sun"]')
        )
        teams = [team_of(rng, company, number) for number in range(TEAMS)]
        with company.agent() as agent:
            agent.run_pass(company.clock)
            live_since = {rule.value: agent.work.told_after(rule) for rule in by_mail}
            lives = [life_of(rng, rng.choice(teams)) for _ in range(SAMPLE)]
            found = live(company, agent, lives)

        arrived = heard(company.sink, by_mail)
        ours = Counter({told: n for told, n in arrived.items() if told.record_id in found})
        assert ours == owed(found, live_since)
        assert {told.rule for told in ours} == {rule.value for rule in by_mail}


def owed(lives: dict[str, Life], live_since: dict[str, Any]) -> Counter[Told]:
    """What falls due after its kind went live (D9), person by person."""
    return Counter(
        Told(record_id, told.row, "-", f"{told.due:%Y-%m-%dT%H:%M:%SZ}", address)
        for record_id, life in lives.items()
        for told in everything_told(life)
        if told.row in live_since and told.due > live_since[told.row]
        for address in told.to
    )


def live(company: Company, agent: Any, lives: list[Lived]) -> dict[str, Life]:
    """Let everything happen at its hour, with a pass of the agent after each; the lives by their record's id."""
    events = sorted(
        (at, number, order, event)
        for number, lived in enumerate(lives)
        for order, (at, event) in enumerate(happenings(lived.life))
    )
    ids: dict[int, str] = {}
    now = FIRST_DAY
    while now + LOOK <= END:
        while events and events[0][0] <= now:
            at, number, _, event = events.pop(0)
            happen(company, lives[number], ids, number, at, event)
        company.later(now + LOOK - company.clock.now())
        agent.run_pass(company.clock)
        now += timedelta(hours=2)
    return {record_id: lives[number].life for number, record_id in ids.items()}


def happenings(life: Life) -> Iterator[tuple[datetime, tuple[Any, ...]]]:
    yield life.created, ("submitted",)
    for side in SIDES:
        yield from ((at, ("save", {COLOUR[side]: value})) for at, value in life.colours[side][1:])
        yield from ((at, ("save", {PLAN[side]: text})) for at, text in life.plans[side][1:])
    yield from ((at, ("post", person)) for at, person in life.posts)


def happen(
    company: Company, lived: Lived, ids: dict[int, str], number: int, at: datetime, event: Any
) -> None:
    org, admin = company.seeded.org, company.seeded.ids["admin"]
    if event[0] == "submitted":
        ids[number] = org.insert(
            OBJECT, first_version(company, lived), at=at, by=lived.team.holders["submitter"].id
        )
    elif event[0] == "save":
        org.update(ids[number], event[1], at=at, by=admin)
    else:
        author = admin if event[1] else company.seeded.ids["agent"]
        org.post(ids[number], "We called the family.", at=at, by=author)


def first_version(company: Company, lived: Lived) -> dict[str, Any]:
    life, team = lived
    return {
        "Name": life.name,
        "SLI_Created_Date__c": life.created_date,
        "Incident_Date__c": life.incident,
        "Office__c": team.office,
        "Client__c": team.client if life.lookups["client"] else None,
        "Referral_Account__c": team.account if life.lookups["referral"] else None,
        **{COLOUR[side]: life.colours[side][0][1] for side in SIDES},
        **{PLAN[side]: life.plans[side][0][1] for side in SIDES},
    }


def life_of(rng: Random, team: Team) -> Lived:
    """A life around this team in which everything happens at even hours by day."""
    life = draw(rng)
    created = FIRST_DAY + timedelta(days=rng.randrange(8), hours=rng.randrange(10, 24, 2))
    shift = created - life.created

    def moved(at: datetime) -> datetime:
        there = max(at + shift, created + timedelta(hours=2))
        return there.replace(hour=10 + there.hour % 14 // 2 * 2, minute=0, second=0)

    def moments(given: Moments) -> Moments:
        later = {moved(at): value for at, value in given[1:]}
        kept: Moments = [(created, given[0][1])]
        for at in sorted(at for at in later if created < at < END):
            if later[at] != kept[-1][1]:
                kept.append((at, later[at]))
        return kept

    local_day = created.astimezone(team.zone).date()
    found = replace(
        life,
        created=created,
        end=END,
        zone=team.zone,
        incident=None if life.incident is None else local_day - timedelta(days=rng.randrange(40)),
        created_date=local_day,
        name="Jane Sample - No Call No Show",
        holders=team.holders,
        colours={side: moments(life.colours[side]) for side in SIDES},
        plans={side: moments(life.plans[side]) for side in SIDES},
        posts=[(moved(at), person) for at, person in life.posts if created < moved(at) < END],
        tasks=[],
        exemptions={},
    )
    return Lived(found, team)


def team_of(rng: Random, company: Company, number: int) -> Team:
    """An office, an account and the people around them, in the org; some of them cannot be reached."""
    org, admin, at = company.seeded.org, company.seeded.ids["admin"], company.clock.now()
    drawn = draw(rng)
    holders = {role: drawn.holders[role] for role in ROLES}
    # Somebody did submit it.
    holders["submitter"] = Holder("", f"submitter{number}@example.org")
    if not holders["account_owner"].known:
        holders["account_owner"] = Holder("", None)
    users: dict[str, str | None] = {}
    for role in ("sales_manager", *(r for r in ROLES if r != "sales_manager")):
        holder = holders[role]
        if not holder.known:
            users[role] = None
            continue
        address = holder.address and holder.address.replace("@", f"{number}@")
        row = user_row(f"{role} of {number}", title=role, zone=drawn.zone.key)
        row |= {"Email": address, "Username": f"{role}{number}@example.com", "IsActive": holder.active}
        if role == "account_owner":
            row["ManagerId"] = users["sales_manager"]
        users[role] = org.insert("User", row, at=at, by=admin)
        holders[role] = replace(holder, id=users[role], address=address)
    region = org.insert(
        "Region__c", {"Name": f"R{number}", "Division_Head__c": users["division_head"]}, at=at, by=admin
    )

    def office(director: str | None) -> str:
        row = {
            "Name": f"O{number}",
            "Time_Zone__c": drawn.zone.key,
            "Region__c": region,
            "Regional_Director__c": director,
            "Regional_CSM__c": users["regional_csm"],
        }
        return org.insert("Office__c", row, at=at, by=admin)

    location = office(users["account_regional_director"])
    account = {"Name": f"A{number}", "OwnerId": users["account_owner"], "CC_Location__c": location}
    return Team(
        holders,
        drawn.zone,
        office(users["regional_director"]),
        org.insert("Account", account, at=at, by=admin),
        str(company.rows("Client__c")[0]["Id"]),
    )
