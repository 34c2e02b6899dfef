"""A company without interventions, whose agent is live: each test submits its own and watches who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.loop import Agent
from agent.sandbox.org import SandboxOrg
from agent.store import notices
from agent.store.notices import KeptNotice
from tests.company import Company, Founding

SLI = "Service_Level_Intervention__c"
NOTICE = "SLI_Agent_Notice__c"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOSTON = ZoneInfo("America/New_York")
WEDNESDAY = datetime(2026, 11, 18, 10, 30, tzinfo=BOSTON).astimezone(UTC)
PLAN = "<p>A replacement caregiver starts tomorrow; we call the family in 14 days.</p>"


@pytest.fixture
def agency(found_company: Founding) -> Iterator[Company]:
    """On a Wednesday morning in Boston."""
    with found_company(now=WEDNESDAY, size=60) as company:
        org, admin = company.seeded.org, company.seeded.ids["admin"]
        for row in (row for row in company.rows(SLI) if not row["IsDeleted"]):
            org.delete(row["Id"], at=company.clock.now(), by=admin, hard=True)
        company.later(2 * MINUTE)
        yield company


def org_of(company: Company) -> SandboxOrg:
    return company.seeded.org


def submit(company: Company, office: str = "Boston", **values: Any) -> str:
    """The office's liaison submits an SLI that concerns both sides, neither with a plan."""
    ids, now = company.seeded.ids, company.clock.now()
    row = {
        "Name": "A Client - Late Caregiver",
        "SLI_Created_Date__c": now.astimezone(BOSTON).date(),
        "Incident_Date__c": now.astimezone(BOSTON).date(),
        "Office__c": ids[f"office/{office}"],
        "Referral_Account__c": ids[f"account/{office}/1"],
        "Client_Status__c": "Orange",
        "Referral_Status__c": "Orange",
        **values,
    }
    return org_of(company).insert(SLI, row, at=now, by=ids[f"hcl/{office}"])


def change(company: Company, key: str, by: str = "admin", **values: Any) -> None:
    """Somebody saves a record now; `key` is an id or the seed's name of a record."""
    ids = company.seeded.ids
    org_of(company).update(ids.get(key, key), values, at=company.clock.now(), by=ids[by])


def address(company: Company, key: str) -> str:
    """The address of a person of the seed, as `heard` writes it."""
    user_id = company.seeded.ids[key]
    return next(str(user["Email"]).lower() for user in company.rows("User") if user["Id"] == user_id)


def addresses(company: Company, *keys: str) -> list[str]:
    return sorted(address(company, key) for key in keys)


SEVEN_OF_BOSTON = (
    "hcl/Boston",
    "rep/Boston",
    "sales/Atlantic",
    "rd/New England",  # of the office and of the account's CC location
    "rcsm/New England",
    "head/Atlantic",
)
"""Who holds the seven roles of an SLI of Boston."""


def live(agent: Agent, company: Company, span: timedelta, every: timedelta = 20 * MINUTE) -> None:
    """Passes at this distance, the last one when `span` is over."""
    end = company.clock.now() + span
    while company.clock.now() < end:
        company.later(min(every, end - company.clock.now()))
        agent.run_pass(company.clock)


def until(agent: Agent, company: Company, local: str, every: timedelta = 20 * MINUTE) -> None:
    """Passes up to this instant on Boston's clock: `2026-11-20T08:00`."""
    instant = datetime.fromisoformat(local).replace(tzinfo=BOSTON)
    live(agent, company, instant - company.clock.now(), every)


def kept(agent: Agent, record_id: str, rule: str) -> list[KeptNotice]:
    """The agent's notices of this kind about this record."""
    found = notices.of_intervention(agent.work.store, agent.work.org_id, record_id)
    return [k for k in found if k.notice.rule == rule]


def states(agent: Agent, record_id: str, rule: str) -> list[str]:
    return [k.state.value for k in kept(agent, record_id, rule)]


def outcomes(company: Company, record_id: str, rule: str) -> list[str]:
    """What Salesforce knows of the notices of this kind about this record."""
    rows = [row for row in company.rows(NOTICE) if row.get("Intervention__c") == record_id]
    return sorted(row["Outcome__c"] for row in rows if row["Rule__c"] == rule)
