"""What is still not resolved is recalled every week, and after two unanswered reminders higher up (D16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest

from agent.instants import to_text
from agent.loop import Agent
from agent.model import DecisionKind, HumanDecision
from agent.store import decisions
from tests.company import Company
from tests.heard import heard, mails_telling, people_told
from tests.pipeline.agency import (
    HOUR,
    PLAN,
    SLI,
    addresses,
    agency,
    change,
    org_of,
    states,
    submit,
    until,
)

__all__ = ["agency"]

WEEKLY = ("rcsm/New England", "rep/Boston", "rd/New England")
"""The owners of both sides and both Regional Directors, who are one person here."""
INCIDENT = date(2026, 10, 23)
"""Thirty days later is Sunday, November 22; the reminders follow on Monday mornings after it."""
MONDAYS = ("2026-11-30", "2026-12-07", "2026-12-14")


def violated(company: Company) -> str:
    """An SLI with plans that nobody resolves."""
    return submit(
        company,
        Incident_Date__c=INCIDENT,
        Client_Intervention_Plan__c=PLAN,
        Referral_Intervention_Plan__c=PLAN,
    )


def on_mondays(agent: Agent, company: Company, record_id: str) -> list[list[str]]:
    """Who hears each of the first three reminders."""
    weeks: list[Counter[str]] = []
    known: Counter[str] = Counter()
    for monday in MONDAYS:
        until(agent, company, f"{monday}T07:59", every=12 * HOUR)
        assert Counter(people_told(company.sink, record_id, "still_open")) == known
        until(agent, company, f"{monday}T08:00")
        now = Counter(people_told(company.sink, record_id, "still_open"))
        weeks.append(now - known)
        known = now
    return [sorted(week.elements()) for week in weeks]


def test_the_division_head_joins_the_third_reminder_when_nobody_answered_the_first_two(
    agency: Company,
) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = violated(agency)
        first, second, third = on_mondays(agent, agency, record_id)
        assert first == second == addresses(agency, *WEEKLY)
        assert third == addresses(agency, *WEEKLY, "head/Atlantic")
        assert states(agent, record_id, "still_open") == ["told"] * 3
    assert set(heard(agency.sink, ["still_open"]).values()) == {1}


def _colour(company: Company, agent: Agent, record_id: str) -> None:
    change(company, record_id, Client_Status__c="Yellow")


def _plan(company: Company, agent: Agent, record_id: str) -> None:
    change(company, record_id, Referral_Intervention_Plan__c=f"{PLAN} And then?")


def _word(company: Company, agent: Agent, record_id: str) -> None:
    row = {"ParentId": record_id, "Body": "The family asked for a call on Friday."}
    by = company.seeded.ids["rcsm/New England"]
    org_of(company).insert("FeedItem", row, at=company.clock.now(), by=by)


def _acknowledged(company: Company, agent: Agent, record_id: str) -> None:
    now, work = company.clock.now(), agent.work
    decision = HumanDecision(
        work.org_id, DecisionKind.ACKNOWLEDGED, record_id, "pat@example.com", "seen", now
    )
    with work.store.transaction():
        decisions.add(work.store, decision, to_text(now))


@pytest.mark.parametrize("answer", [_colour, _plan, _word, _acknowledged])
def test_an_answer_to_the_first_two_reminders_leaves_the_division_head_out(
    agency: Company, answer: Callable[[Company, Agent, str], None]
) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = violated(agency)
        until(agent, agency, "2026-12-09T10:00", every=12 * HOUR)
        answer(agency, agent, record_id)
        until(agent, agency, "2026-12-14T08:01", every=12 * HOUR)
        assert len(mails_telling(agency.sink, record_id, "still_open")) == 3 * len(WEEKLY)
        assert addresses(agency, "head/Atlantic")[0] not in people_told(agency.sink, record_id, "still_open")


def test_what_the_agent_writes_is_no_answer(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = violated(agency)
        until(agent, agency, "2026-12-09T10:00", every=12 * HOUR)
        row = {"ParentId": record_id, "Body": "posted by the integration user"}
        org_of(agency).insert("FeedItem", row, at=agency.clock.now(), by=agency.seeded.ids["agent"])
        change(agency, record_id, by="agent", Client_Status__c="Yellow")
        until(agent, agency, "2026-12-14T08:01", every=12 * HOUR)
        assert addresses(agency, "head/Atlantic")[0] in people_told(agency.sink, record_id, "still_open")


def test_a_side_resolved_between_two_reminders_is_named_no_more(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = violated(agency)
        until(agent, agency, "2026-12-01T10:00", every=12 * HOUR)
        change(agency, record_id, Client_Status__c="Green")
        until(agent, agency, "2026-12-07T08:01", every=12 * HOUR)
        both = addresses(agency, *WEEKLY)
        referral = addresses(agency, "rep/Boston", "rd/New England")
        assert people_told(agency.sink, record_id, "still_open") == sorted(both + referral)
        change(agency, record_id, Referral_Status__c="Red")
        until(agent, agency, "2026-12-21T09:00", every=12 * HOUR)
        assert len(people_told(agency.sink, record_id, "still_open")) == len(both + referral)
    [row] = [row for row in agency.rows(SLI) if row["Id"] == record_id]
    assert row["Referral_Status__c"] == "Red"


def test_after_weeks_away_only_the_newest_reminder_is_told_and_nobody_joins_unasked(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = violated(agency)
        agent.run_pass(agency.clock)
        until(agent, agency, "2026-12-15T10:00", every=1000 * HOUR)
        assert people_told(agency.sink, record_id, "still_open") == addresses(agency, *WEEKLY)
        assert states(agent, record_id, "still_open") == ["told"]
