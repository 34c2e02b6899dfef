"""A changed mapping refills what it must, judges anew, and floods nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.company import Company, Founding
from tests.sync.watching import MINUTE, OVERLAP, lines, milestones, poll_for, source, state_of, with_post


@pytest.mark.parametrize(
    ("old", "new", "reads_anew"),
    [
        ('incident_type = "Service_Incident_Type__c"', 'incident_type = "Description__c"', True),
        ('email = "Email"', 'email = "Email"\n# another word', True),
        ("plan_hours = 24", "plan_hours = 48", False),
        ('title = "Submitter"', 'title = "Whoever submitted"', False),
    ],
)
def test_only_what_says_what_is_read_has_everything_read_again(
    company: Company, old: str, new: str, reads_anew: bool
) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        company.save(company.seeded["plan_in_time"], Client_Status__c="Red")
        poll_for(agent, company, MINUTE)
        changed = lines(agent, "change")
    company.remap((old, new))
    with company.agent() as agent:
        polled = agent.run_pass(company.clock)["polled"]
        assert (polled.get("intervention", 0) == 60) is reads_anew
        said = [line for line in lines(agent, "run") if "judged anew" in line]
        assert [("read and judged" in line) for line in said] == [reads_anew]
        assert {m["judged_at"] for m in agent.work.store.rows("SELECT judged_at FROM intervention")} == {
            "2026-11-18T15:42:00Z"
        }
        assert (lines(agent, "change") == changed) is not reads_anew


def test_another_field_is_filled_for_every_row(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
    company.remap(('incident_type = "Service_Incident_Type__c"', 'incident_type = "Description__c"'))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert source(agent, record_id)["Description__c"]


@pytest.mark.parametrize(
    "change",
    [
        ("plan_hours = 24", "plan_hours = 12"),
        ("resolution_days = 30", "resolution_days = 10"),
        ('incident_type = "Service_Incident_Type__c"', 'incident_type = "Description__c"'),
        ('client = "Client__c"', '# client = "Client__c"'),
    ],
)
def test_a_mapping_that_moves_deadlines_into_the_past_tells_nobody_of_them(
    found_company: Founding, change: tuple[str, str]
) -> None:
    with found_company(size=80) as company:
        with company.agent() as agent:
            with_post(agent)
            agent.run_pass(company.clock)
            poll_for(agent, company, OVERLAP)
            before = milestones(agent)
        company.remap(change)
        for life in ("one", "another disk"):
            with company.agent(life) as agent:
                post = with_post(agent)
                agent.run_pass(company.clock)
                poll_for(agent, company, 2 * MINUTE)
                assert post.sent == []
        with company.agent() as agent:
            if "plan_hours" in change[0] or "resolution_days" in change[0]:
                assert milestones(agent) != before


def test_a_deadline_that_passes_after_the_mapping_changed_is_told(found_company: Founding) -> None:
    with found_company(size=80) as company:
        with company.agent() as agent:
            with_post(agent)
            agent.run_pass(company.clock)
        company.remap(("resolution_days = 30", "resolution_days = 31"))
        company.later(timedelta(hours=2))  # Stopped meanwhile: what came due is not lost.
        with company.agent() as agent:
            post = with_post(agent)
            agent.run_pass(company.clock)
            record_id = company.seeded["nearly_24h_without_plan"]
            assert state_of(agent, record_id, "client", "plan") == "violated"
            assert len(post.sent) >= 5
