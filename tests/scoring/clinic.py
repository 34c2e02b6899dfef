"""A scored company without interventions or clients of its own: each test begins care and looks at the scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.loop import Agent
from agent.store import scores
from tests.company import Company, Founding

BOSTON = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 6, 8, 9, 0, tzinfo=BOSTON)
NOW = MONDAY.astimezone(UTC)
MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=BOSTON)
DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
CHECK_IN = "Check-in call"
SCORE, POINT = "CSM_Quality_Score__c", "CSM_Touch_Point__c"
_EMPTIED = (
    "Service_Level_Intervention__c",
    "Start_Of_Care__c",
    "Task",
    "Event",
    "Billing_Line__c",
    "Quality_Dashboard__c",
)


@pytest.fixture
def clinic(found_company: Founding) -> Iterator[Company]:
    """On a Monday morning in Boston."""
    with found_company(now=NOW, size=60, scored=True) as company:
        org, admin = company.seeded.org, company.seeded.ids["admin"]
        for name in _EMPTIED:
            for row in [row for row in company.rows(name) if not row["IsDeleted"]]:
                org.delete(row["Id"], at=company.clock.now(), by=admin, hard=True)
        company.later(QUARTER)
        yield company


def insert(company: Company, object: str, by: str = "admin", **values: Any) -> str:
    ids = company.seeded.ids
    return company.seeded.org.insert(object, values, at=company.clock.now(), by=ids[by])


def client(company: Company, office: str = "Boston", csm: str | None = "csm/Boston") -> str:
    """A client of this office and this CSM."""
    ids = company.seeded.ids
    values = {"Name": "A Client", "Office__c": ids[f"office/{office}"], "CSM__c": ids[csm] if csm else None}
    return insert(company, "Client__c", **values)


def care(company: Company, client_id: str, start: datetime, office: str = "Boston", **values: Any) -> str:
    """Care begins with a shift of four hours."""
    ids = company.seeded.ids
    row = {
        "Client__c": client_id,
        "Office__c": ids[f"office/{office}"],
        "First_Shift_Start__c": start,
        "First_Shift_End__c": start + 4 * HOUR,
        **values,
    }
    return insert(company, "Start_Of_Care__c", **row)


def call(company: Company, about: str, at: datetime, subject: str = CHECK_IN, by: str = "csm/Boston") -> str:
    """A task of this CSM, entered now and completed then."""
    row = {
        "Subject": subject,
        "WhatId": about,
        "OwnerId": company.seeded.ids[by],
        "Status": "Completed",
        "CompletedDateTime": at,
    }
    return company.seeded.org.insert("Task", row, at=company.clock.now(), by=company.seeded.ids[by])


def delete(company: Company, record_id: str, *, hard: bool = False) -> None:
    """Into the recycle bin, or for good."""
    company.seeded.org.delete(record_id, at=company.clock.now(), by=company.seeded.ids["admin"], hard=hard)


def says_nothing_of_deletions(company: Company, object: str) -> None:
    """From now on the org does not tell which records of this object were deleted."""
    schemas: Any = (
        company.seeded.org.schemas
    )  # Read-only for everybody but a test: its parts share the one dict.
    schemas[object] = replace(schemas[object], deletable=False)


def states(agent: Agent, episode: str) -> dict[str, str]:
    """Activity -> state of a start of care's touch points."""
    rows = scores.points_of_episodes(agent.work.store, [episode])
    place = scores.TOUCH_POINT.index("state")
    return {activity: row[place] for (_, activity), row in rows.items()}


def looked(agent: Agent, company: Company, span: timedelta = QUARTER) -> None:
    """Time passes, and the agent makes a pass."""
    company.later(span)
    agent.run_pass(company.clock)


def months(agent: Agent, company: Company, csm: str = "csm/Boston") -> dict[str, str | None]:
    """Month -> the CSM's score."""
    sql = "SELECT month, percent FROM score WHERE csm = ? ORDER BY month"
    return {row[0]: row[1] for row in agent.work.store.rows(sql, (company.seeded.ids[csm],))}
