"""Two troubles at once: drift in the middle of a query job, and a lost disk together with a changed mapping."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.loop import Agent
from agent.pipeline import backfill
from agent.sandbox.faults import Fault
from agent.store import backfill as kept
from agent.store.backfill import Way
from agent.sync import backfill as loads
from agent.sync import poll
from tests.company import Company, Founding
from tests.sync.agreement import differences
from tests.sync.watching import MINUTE, OVERLAP, SLI, lines, mirrored, poll_for, source, with_post


def pass_with_jobs(agent: Agent, company: Company) -> None:
    agent.run_pass(company.clock, wait=lambda seconds: company.later(timedelta(seconds=seconds)))


def steps_until(agent: Agent, company: Company, way: Way) -> None:
    """Step until the job that loads the SLIs stands there."""
    while (found := kept.all_of(agent.work.store).get("intervention")) is None or found.way is not way:
        if not agent.step(company.clock.now()):
            company.later(loads.LOOK_FIRST)


@pytest.mark.parametrize("way", [Way.WANTED, Way.WORKING, Way.READY])
@pytest.mark.parametrize("field", ["Service_Incident_Type__c", "Client_Intervention_Plan__c"])
def test_a_field_that_vanishes_while_a_job_loads_the_slis_is_named_and_filled_when_it_is_back(
    company: Company, monkeypatch: pytest.MonkeyPatch, way: Way, field: str
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    monkeypatch.setattr(loads, "MANY", 40)
    monkeypatch.setattr(backfill, "PAGE_ROWS", 25)
    with company.agent() as agent:
        steps_until(agent, company, way)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, field))
        for _ in range(15):
            company.later(MINUTE)
            pass_with_jobs(agent, company)
        assert any(field in line for line in lines(agent, "alarm"))
        company.seeded.org.faults.clear()
        company.later(timedelta(hours=1))
        for _ in range(15):
            company.later(MINUTE)
            pass_with_jobs(agent, company)
        assert len(mirrored(agent)) == 60
        assert differences(company, agent) == []


def test_a_changed_mapping_on_a_lost_disk_fills_every_row_with_what_it_names(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
    company.remap(('incident_type = "Service_Incident_Type__c"', 'incident_type = "Description__c"'))
    with company.agent("another disk") as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        assert source(agent, company.seeded["plan_in_time"])["Description__c"]
        assert differences(company, agent) == []


@pytest.mark.parametrize(
    "change",
    [
        ('incident_type = "Service_Incident_Type__c"', 'incident_type = "Description__c"'),
        ('client = "Client__c"', '# client = "Client__c"'),
        ('title = "Submitter"', 'title = "Whoever submitted"'),
        ("resolution_days = 30", "resolution_days = 31"),
        ("resolution_days = 30", "resolution_days = 10"),
        ("plan_hours = 24", "plan_hours = 12"),
    ],
)
def test_a_changed_mapping_on_a_lost_disk_tells_nobody_old_deadlines(
    found_company: Founding, change: tuple[str, str]
) -> None:
    with found_company(size=80) as company:
        with company.agent() as agent:
            with_post(agent)
            agent.run_pass(company.clock)
            poll_for(agent, company, OVERLAP)
        company.remap(change)
        with company.agent("another disk") as agent:
            post = with_post(agent)
            agent.run_pass(company.clock)
            poll_for(agent, company, OVERLAP)
            assert post.sent == []
