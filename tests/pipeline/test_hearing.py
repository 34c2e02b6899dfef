"""What people say and do about an SLI reaches its judgement (S6, D12); the agent's own does not (D17)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from agent.desk.explain import explain
from agent.loop import Agent
from agent.model import MilestoneKind, MilestoneState, Side
from agent.store import judged
from tests.company import Company

ROUND = timedelta(minutes=15)
"""Long enough for every stream that takes turns to have had one."""
DAY = timedelta(days=1)
CLIENT_CONTACT = (Side.CLIENT, MilestoneKind.CONTACT)
TASK = {"Subject": "Call", "Status": "Not Started"}


def states(agent: Agent, record_id: str) -> dict[tuple[Side, MilestoneKind], MilestoneState]:
    return {(m.side, m.kind): m.state for m in judged.milestones_of(agent.work.store, record_id)}


def missed_contact(company: Company, agent: Agent) -> str:
    """An SLI whose people nobody contacted: its plan is from its first day, and then 16 days go by."""
    record_id = company.seeded["plan_in_time"]
    company.later(16 * DAY)
    agent.run_pass(company.clock)
    assert states(agent, record_id)[CLIENT_CONTACT] is MilestoneState.VIOLATED
    return record_id


def read_on(agent: Agent, company: Company) -> None:
    for _ in range(15):
        company.later(ROUND / 15)
        agent.run_pass(company.clock)


def add_task(company: Company, record_id: str, by: str, **values: Any) -> str:
    now = company.clock.now()
    row = {**TASK, "WhatId": record_id, "OwnerId": company.seeded.ids["admin"], **values}
    return company.seeded.org.insert("Task", row, at=now, by=company.seeded.ids[by])


def finish(company: Company, task: str) -> None:
    now = company.clock.now()
    done = {"Status": "Completed", "CompletedDateTime": now}
    company.seeded.org.update(task, done, at=now, by=company.seeded.ids["admin"])


def test_a_call_that_is_planned_shows_no_contact_and_one_that_is_done_does(company: Company) -> None:
    with company.agent() as agent:
        record_id = missed_contact(company, agent)
        task = add_task(company, record_id, by="admin")
        read_on(agent, company)
        assert states(agent, record_id)[CLIENT_CONTACT] is MilestoneState.VIOLATED

        finish(company, task)
        read_on(agent, company)
        assert states(agent, record_id)[CLIENT_CONTACT] is MilestoneState.MET_LATE


def test_what_the_agents_own_user_did_or_wrote_shows_no_contact(company: Company) -> None:
    with company.agent() as agent:
        record_id = missed_contact(company, agent)
        finish(company, add_task(company, record_id, by="agent"))
        agents_own = company.seeded.ids["agent"]
        company.seeded.org.post(record_id, "Reminder sent.", at=company.clock.now(), by=agents_own)
        read_on(agent, company)

        assert states(agent, record_id)[CLIENT_CONTACT] is MilestoneState.VIOLATED


def test_an_org_that_hides_its_activities_is_judged_by_its_chatter(company: Company) -> None:
    hidden = ('object = "Task"', 'object = "Hidden__c"')
    company.remap(hidden)
    with company.agent() as agent:
        record_id = missed_contact(company, agent)
        company.seeded.org.post(
            record_id, "Met the daughter.", at=company.clock.now(), by=company.seeded.ids["admin"]
        )
        read_on(agent, company)

        assert states(agent, record_id)[CLIENT_CONTACT] is MilestoneState.MET_LATE


def test_explain_tells_the_contacts_after_the_two_rules_and_the_conduct_in_sentences(
    company: Company,
) -> None:
    with company.agent() as agent:
        record_id = missed_contact(company, agent)
        store, mapping = agent.work.store, agent.work.mapping
        told = explain(store, mapping, record_id, company.clock.now())
        unnamed = explain(store, mapping, company.seeded["owned_by_queue"], company.clock.now())
        misdated = explain(store, mapping, company.seeded["submitted_by_director"], company.clock.now())

    client = next(side for side in told["sides"] if side["side"] == "client")
    assert [m["kind"] for m in client["milestones"]][:3] == ["plan", "resolution", "contact"]
    assert "contact_made" in {check["name"] for check in client["handling_checks"]}
    assert [f["text"] for f in unnamed["findings"] if f["code"] == "name_form"] == [
        "The name is not of the form Client Name - Service Incident Type."
    ]
    assert [f["text"] for f in misdated["findings"] if f["code"] == "created_date_differs"] == [
        "The SLI Created Date is not the day of the submission."
    ]


def test_a_colour_that_moves_without_a_word_is_found_a_day_later_and_mended_by_one(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]

    def codes(agent: Agent) -> set[tuple[str, str]]:
        return {(f["code"], f["side"]) for f in judged.findings_of(agent.work.store, record_id)}

    with company.agent() as agent:
        company.save(record_id, Client_Status__c="Yellow")
        agent.run_pass(company.clock)
        assert ("colour_without_chatter", "client") not in codes(agent)

        company.later(DAY + ROUND)
        agent.run_pass(company.clock)
        assert ("colour_without_chatter", "client") in codes(agent)

        company.seeded.org.post(
            record_id, "Calmer now.", at=company.clock.now(), by=company.seeded.ids["admin"]
        )
        company.later(timedelta(minutes=2))
        agent.run_pass(company.clock)
        assert ("colour_without_chatter", "client") not in codes(agent)
