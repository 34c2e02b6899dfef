"""Evidence follows the mapping: what was read from an object that is mapped no more counts no longer (D22)."""

from __future__ import annotations

from datetime import date, timedelta

from clinic import HOUR, MARCH, SCORE, call, care, client, insert, looked, months, states

from agent.loop import Agent
from tests.company import Company

EVENTS = """[[contacts]]
object = "Event"
client = "WhatId"
by = "OwnerId"
at = "EndDateTime"
matching = [
    { activities = ["introduction"], field = "Type", values = ["Introduction"] },
    { activities = ["check_in_24h", "check_in_7d", "check_in_14d"], field = "Type", values = ["Check-in visit"] },
]
"""
HISTORY = """object = "Client__History"
client = "ParentId"
csm = "NewValue"
before = "OldValue"
field = "CSM__c"
since = "CreatedDate"
"""
STARTS = """object = "Start_Of_Care__c"
client = "Client__c"
csm = "Office__c"
since = "Expected_Start__c"
"""
"""An object without any assignment: whose client it is, the client's own lookup says."""
DASHBOARD = """[dashboard] # the org's own figure, to compare with (D32)
object = "Quality_Dashboard__c"
person = "CSM__c"
month = "Month__c"
percent = "Score__c"
"""


def visit(company: Company, about: str, **values: object) -> str:
    row = {"Type": "Check-in visit", "WhatId": about, "OwnerId": company.seeded.ids["csm/Boston"], **values}
    return insert(company, "Event", **row)


def both(agent: Agent, company: Company) -> tuple[dict[str, str | None], dict[str, str | None]]:
    looked(agent, company, HOUR)
    looked(agent, company, HOUR)
    return months(agent, company), months(agent, company, "csm/Hartford")


def test_a_visit_counts_no_longer_once_visits_are_mapped_no_more(clinic: Company) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    visit(clinic, one, EndDateTime=MARCH + 5 * HOUR)
    call(clinic, one, MARCH + timedelta(days=3))
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        assert (states(agent, episode)["check_in_24h"], states(agent, episode)["check_in_7d"]) == (
            "met",
            "met",
        )
    clinic.remap((EVENTS, ""))
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        looked(agent, clinic, HOUR)
        found = states(agent, episode)
    assert (found["check_in_24h"], found["check_in_7d"]) == ("missed", "met")


def test_assignments_and_figures_of_an_object_that_is_mapped_no_more_count_no_longer(clinic: Company) -> None:
    one = client(clinic)
    care(clinic, one, MARCH)
    clinic.save(one, CSM__c=clinic.seeded.ids["csm/Hartford"])
    mine = clinic.seeded.ids["csm/Boston"]
    insert(clinic, "Quality_Dashboard__c", CSM__c=mine, Month__c=date(2026, 3, 1), Score__c=95.0)
    with clinic.agent() as agent:
        assert both(agent, clinic) == ({"2026-03": "0.00"}, {})
        [row] = clinic.rows(SCORE)
        assert row["Dashboard_Score__c"] == 95.0
    clinic.remap((HISTORY, STARTS), (DASHBOARD, ""))
    with clinic.agent() as agent:
        assert both(agent, clinic) == ({}, {"2026-03": "0.00"})
    assert [row.get("Dashboard_Score__c") for row in clinic.rows(SCORE)] == [None, None]
