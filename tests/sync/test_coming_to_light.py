"""An SLI that comes to light late, or again, comes with all that was told about it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from agent.loop import Agent
from agent.sandbox.faults import Fault
from tests.company import Company
from tests.sync.agreement import COMMENT, differences
from tests.sync.watching import MINUTE, OVERLAP, SLI, lines, mirrored, poll_for

RECORD = "under_24h_without_plan"
ROUND = timedelta(minutes=40)
"""A comparison of all ids, the five minutes until getDeleted has spoken, and the look at what is in doubt."""


@pytest.fixture
def agent(company: Company) -> Iterator[Agent]:
    with company.agent() as running:
        running.run_pass(company.clock)
        poll_for(running, company, OVERLAP)
        yield running


def compared(agent: Agent, company: Company) -> None:
    company.later(timedelta(days=1))
    poll_for(agent, company, ROUND)


def told_behind_its_back(company: Company, agent: Agent, record_id: str) -> None:
    """Much is told about an SLI the agent does not see, and the polls read past it."""
    at, by = company.clock.now(), company.seeded.ids["admin"]
    company.save(record_id, Client_Status__c="Yellow")
    post = company.seeded.org.post(record_id, "We called.", at=at, by=by)
    company.seeded.org.comment(post, "And again.", at=at, by=by)
    given = {"Subject": "Call", "Status": "Completed", "WhatId": record_id}
    company.seeded.org.insert("Task", given, at=at, by=by)
    poll_for(agent, company, timedelta(minutes=30))


def test_an_unseen_sli_that_somebody_saves_as_soon_as_it_is_shared_again_has_its_whole_story(
    company: Company, agent: Agent
) -> None:
    record_id = company.seeded[RECORD]
    company.seeded.org.faults.add(Fault.lost_sharing(SLI, record_id))
    compared(agent, company)
    assert mirrored(agent)[record_id]["unseen"] is not None
    told_behind_its_back(company, agent, record_id)
    company.seeded.org.faults.clear()
    company.save(record_id, Client_Status__c="Orange")
    poll_for(agent, company, 10 * MINUTE)
    assert differences(company, agent) == []


def test_what_was_told_about_many_slis_while_their_sharing_was_lost_is_read_when_they_are_back(
    company: Company, agent: Agent
) -> None:
    half = sorted(mirrored(agent))[::2]
    company.seeded.org.faults.add(Fault.lost_sharing(SLI, *half))
    compared(agent, company)
    at, by = company.clock.now(), company.seeded.ids["admin"]
    for row in [row for row in company.rows(COMMENT) if row["ParentId"] in half]:
        company.save(row["Id"], CommentBody="They are happy now.")
    for record_id in half[1:4]:
        given = {"Subject": "Call", "Status": "Completed", "WhatId": record_id}
        company.seeded.org.insert("Task", given, at=at, by=by)
    poll_for(agent, company, timedelta(minutes=30))
    assert differences(company, agent) != []
    company.seeded.org.faults.clear()
    company.later(timedelta(hours=1))
    poll_for(agent, company, ROUND)
    assert differences(company, agent) == []


def test_an_sli_shared_for_the_first_time_and_saved_before_any_comparison_has_its_whole_story(
    company: Company,
) -> None:
    record_id = company.seeded["plan_in_time"]
    company.seeded.org.faults.add(Fault.lost_sharing(SLI, record_id))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        told_behind_its_back(company, agent, record_id)
        assert record_id not in mirrored(agent)
        company.seeded.org.faults.clear()
        company.save(record_id, Client_Status__c="Orange")
        poll_for(agent, company, 10 * MINUTE)
        assert differences(company, agent) == []


def test_an_sli_out_of_the_recycle_bin_has_the_history_that_no_poll_could_show(company: Company) -> None:
    record_id, org = company.seeded["plan_in_time"], company.seeded.org
    company.save(record_id, Client_Status__c="Yellow")
    org.delete(record_id, at=company.clock.now(), by=company.seeded.ids["admin"])
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP * 2)
        org.undelete(record_id, at=company.clock.now(), by=company.seeded.ids["admin"])
        poll_for(agent, company, 10 * MINUTE)
        assert differences(company, agent) == []


def test_an_sli_submitted_or_saved_in_time_is_not_looked_up(company: Company, agent: Agent) -> None:
    org, admin, at = company.seeded.org, company.seeded.ids["admin"], company.clock.now()
    given = {"Name": "Late", "Client_Status__c": "Orange"}
    org.insert(SLI, given, at=at, by=admin, commit_at=at + timedelta(seconds=590))
    company.save(company.seeded["plan_in_time"], Description__c="More of it.")
    calls = agent.work.org.calls
    poll_for(agent, company, OVERLAP)
    assert lines(agent, "change").count("seen for the first time") == 1
    assert agent.work.org.calls - calls == 12  # A poll a minute, and what is written to the new SLI.


def test_a_comment_that_was_missed_is_found_and_reported(company: Company, agent: Agent) -> None:
    at, by, org = company.clock.now(), company.seeded.ids["admin"], company.seeded.org
    post = org.post(company.seeded[RECORD], "We called.", at=at, by=by)
    org.faults.add(Fault.unavailable(times=None, path="/(deleted|updated)"), Fault.late_commits(1200))
    org.comment(post, "And again.", at=at, by=by)
    poll_for(agent, company, timedelta(minutes=30))
    org.faults.clear()
    assert differences(company, agent) != []
    compared(agent, company)
    assert differences(company, agent) == []
    assert any(line.startswith("1 comment(s) that no poll had shown") for line in lines(agent, "alarm"))
