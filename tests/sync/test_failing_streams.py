"""One object that cannot be read holds back itself and what depends on it, and is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.loop import Agent
from agent.sandbox.faults import Fault
from agent.sync import poll
from tests.company import Company
from tests.sync.watching import (
    MINUTE,
    OVERLAP,
    SLI,
    cursor,
    held,
    lines,
    milestones,
    mirrored,
    poll_for,
    seen_first,
    source,
    state_of,
    steps_until_half_read,
    steps_until_rest,
    submit,
)

FEED, HISTORY = "Service_Level_Intervention__Feed", "Service_Level_Intervention__History"
PLAN = "<p>A replacement caregiver starts tomorrow.</p>"
DUE_SOON = "nearly_24h_without_plan"
"""Its plan is due within the hour."""


def unreadable(agent: Agent) -> list[str]:
    """The alarms about objects that cannot be read."""
    return [line for line in lines(agent, "alarm") if "cannot be read" in line]


@pytest.mark.parametrize(
    ("object", "field", "stream"),
    [
        (SLI, "CreatedDate", "intervention"),
        (FEED, "Type", "feed"),
        (HISTORY, "NewValue", "history"),
        ("FeedComment", "CreatedById", "comment"),
        ("Task", "WhatId", "activity"),
        ("Office__c", "SystemModstamp", "office"),
        ("User", "SystemModstamp", "person"),
    ],
)
def test_a_field_no_row_can_do_without_is_named_once_blanks_nothing_and_is_filled_again_when_it_returns(
    company: Company, object: str, field: str, stream: str
) -> None:
    record_id, org, admin = company.seeded["plan_in_time"], company.seeded.org, company.seeded.ids["admin"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        before = held(agent)
        org.faults.add(Fault.hidden_field(object, field))
        poll_for(agent, company, 8 * MINUTE)
        [alarm] = unreadable(agent)
        assert object in alarm
        assert field in alarm
        assert held(agent) == before
        assert cursor(agent, stream).error
        assert [s for s in ("intervention", "history", "feed", "comment") if cursor(agent, s).error] == (
            [stream] if stream in {"intervention", "history", "feed", "comment"} else []
        )
        # What is saved meanwhile is not lost.
        at, call = company.clock.now(), {"Subject": "Call", "Status": "Completed"}
        company.save(record_id, Client_Status__c="Red")
        post = org.post(record_id, "We called.", at=at, by=admin)
        comment = org.comment(post, "And again.", at=at, by=admin)
        task = org.insert("Task", {**call, "WhatId": record_id}, at=at, by=admin)
        company.save(company.seeded.ids["office/Phoenix"], Name="Phoenix West")
        company.save(company.seeded.ids["rd/Nebraska"], Email="new@example.com")
        poll_for(agent, company, 8 * MINUTE)
        org.faults.clear()
        poll_for(agent, company, 8 * MINUTE)
        assert cursor(agent, stream).error is None
        assert source(agent, record_id)["Client_Status__c"] == "Red"
        assert state_of(agent, record_id, "client", "resolution") == "met"
        assert {post, comment} <= {row[0] for row in held(agent)["chatter"]}
        assert task in {row[0] for row in held(agent)["activity"]}
        assert {"Phoenix West"} <= {row[2] for row in held(agent)["reference"]}
        assert any("new@example.com" in row[3] for row in held(agent)["reference"])
        assert len(unreadable(agent)) == 1


@pytest.mark.parametrize(
    ("object", "field", "waits"),
    [
        (FEED, "Type", True),
        (HISTORY, "NewValue", True),
        ("FeedComment", "CreatedById", True),
        ("Task", "WhatId", False),
        ("Client__c", "SystemModstamp", False),
    ],
)
def test_a_deadline_waits_for_what_it_stands_on_and_for_nothing_else(
    company: Company, object: str, field: str, waits: bool
) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.hidden_field(object, field))
        company.later(timedelta(hours=2))
        agent.run_pass(company.clock)
        poll_for(agent, company, 10 * MINUTE)
        assert state_of(agent, record_id, "client", "plan") == ("open" if waits else "violated")
        [alarm] = unreadable(agent)
        assert ("Deadlines wait" in alarm) is waits
        # Rows that change are taken in and judged all the same.
        company.save(company.seeded["plan_missing_both"], Client_Status__c="Red")
        poll_for(agent, company, MINUTE)
        assert state_of(agent, company.seeded["plan_missing_both"], "client", "resolution") == "met"

        company.seeded.org.faults.clear()
        poll_for(agent, company, 8 * MINUTE)
        assert state_of(agent, record_id, "client", "plan") == "violated"


def test_nothing_is_judged_before_a_required_object_has_been_read_once_and_the_alarm_says_so(
    company: Company,
) -> None:
    company.seeded.org.faults.add(Fault.hidden_field("Office__c", "Time_Zone__c"))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, 8 * MINUTE)
        assert milestones(agent) == []
        assert len(mirrored(agent)) == 60
        [alarm] = unreadable(agent)
        assert "Nothing is judged or sent before it has been read once." in alarm
        assert {row.get("Client_Plan_State__c") for row in company.rows(SLI)} == {None}

        company.seeded.org.faults.clear()
        poll_for(agent, company, 8 * MINUTE)  # Its turn comes within seven polls.
        assert len({m[0] for m in milestones(agent)}) == 60 - sideless(agent)


def sideless(agent: Agent) -> int:
    rows = agent.work.store.rows
    return len(rows("SELECT id FROM intervention WHERE id NOT IN (SELECT intervention_id FROM milestone)"))


def test_an_optional_object_that_never_could_be_read_stops_no_judgement(company: Company) -> None:
    company.seeded.org.faults.add(Fault.hidden_field("Task", "Subject"))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert milestones(agent) != []
        [alarm] = unreadable(agent)
        assert alarm.endswith("The rest goes on.")
        company.seeded.org.faults.clear()
        poll_for(agent, company, 8 * MINUTE)
        assert len(held(agent)["activity"]) == len(
            [row for row in company.rows("Task") if str(row["WhatId"]).startswith("a01")]
        )


def test_a_read_that_fails_between_two_pages_is_not_asked_again_without_a_pause(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    with company.agent() as agent:
        steps_until_half_read(agent, company, "intervention")
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Intervention_Plan__c"))
        steps_until_rest(agent, company)
        calls = agent.work.org.calls
        for _ in range(3):
            company.later(MINUTE)
            steps_until_rest(agent, company)
        assert agent.work.org.calls - calls == 3
        half = len(mirrored(agent))
        assert 0 < half < 60

        company.seeded.org.faults.clear()
        poll_for(agent, company, 2 * MINUTE)
        assert len(mirrored(agent)) == 60
        assert seen_first(agent) == 60


def test_what_people_said_before_the_first_intervention_could_be_read_is_not_lost(company: Company) -> None:
    with company.agent("undisturbed") as agent:
        agent.run_pass(company.clock)
        expected = held(agent)["chatter"]
        assert {row[2] for row in expected} == {"post", "comment"}
    company.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Intervention_Plan__c"))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert cursor(agent, "feed").loaded
        poll_for(agent, company, OVERLAP)
        company.seeded.org.faults.clear()
        poll_for(agent, company, MINUTE)
        ours = {row["Id"] for row in company.rows(SLI)}
        assert [row for row in held(agent)["chatter"] if row[1] in ours] == expected


def test_a_plan_saved_while_its_deadline_waited_is_judged_by_its_own_time(company: Company) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Intervention_Plan__c"))
        company.later(30 * MINUTE)
        company.save(record_id, Client_Intervention_Plan__c=PLAN)
        company.later(timedelta(hours=3))
        agent.run_pass(company.clock)
        assert state_of(agent, record_id, "client", "plan") == "open"
        company.seeded.org.faults.clear()
        company.later(timedelta(hours=1))  # Until the agent looks for the field again.
        poll_for(agent, company, 2 * MINUTE)
        assert state_of(agent, record_id, "client", "plan") == "met"
        new = submit(company)
        poll_for(agent, company, MINUTE)
        assert new in mirrored(agent)
