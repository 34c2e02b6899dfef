"""A mapped field that vanishes or changes its type is named; the rest goes on, and nothing is blanked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.desk.status import status
from agent.loop import Agent
from agent.sandbox.faults import Fault
from agent.sandbox.schema import ObjectSchema
from agent.store import intents
from tests.company import Company, Founding
from tests.sync.watching import (
    MINUTE,
    OVERLAP,
    SLI,
    cursor,
    held,
    lines,
    milestones,
    poll_for,
    source,
    state_of,
    submit,
    with_post,
)

FEED = "Service_Level_Intervention__Feed"
HOUR = timedelta(hours=1)
PLAN = "<p>A replacement caregiver starts tomorrow.</p>"


def alarms(agent: Agent, word: str) -> list[str]:
    return [line for line in lines(agent, "alarm") if word in line]


def schemas(company: Company) -> dict[str, ObjectSchema]:
    found = company.seeded.org.schemas
    assert isinstance(found, dict)
    return found


def change_field(company: Company, field: str, **traits: Any) -> None:
    """An administrator changes a field of the SLI in Setup."""
    schema = schemas(company)[SLI]
    schemas(company)[SLI] = schema.with_fields(replace(schema.fields[field], **traits))


def said(agent: Agent, table: str, record_id: str) -> Mapping[str, Any]:
    [row] = agent.work.store.rows(f"SELECT * FROM {table} WHERE id = ?", (record_id,))
    return dict(row)


@pytest.mark.parametrize(
    ("object", "field", "stream", "key", "waits"),
    [
        (SLI, "Client_Intervention_Plan__c", "intervention", "intervention.toml: sides.client.plan", True),
        (SLI, "Office__c", "intervention", "intervention.toml: office", True),
        (SLI, "Service_Incident_Type__c", "intervention", "intervention.toml: incident_type", False),
        (
            SLI,
            "Client_Plan_State__c",
            "intervention",
            "write_back.toml: sides.client.plan_state.field",
            False,
        ),
        (FEED, "Body", "feed", "", False),
        ("FeedComment", "CommentBody", "comment", "", False),
        ("Task", "Subject", "activity", "chatter.toml: activities.subject", False),
        ("Office__c", "Time_Zone__c", "office", "reference.toml: office.time_zone", False),
        ("User", "Email", "person", "reference.toml: person.email", False),
        ("Account", "OwnerId", "account", "reference.toml: account.lookups.OwnerId", False),
    ],
)
def test_a_hidden_field_is_named_once_blanks_nothing_holds_nothing_else_back_and_is_filled_when_it_returns(
    company: Company, object: str, field: str, stream: str, key: str, waits: bool
) -> None:
    record_id, org, admin = company.seeded["plan_in_time"], company.seeded.org, company.seeded.ids["admin"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        before, judged = held(agent), milestones(agent)
        org.faults.add(Fault.hidden_field(object, field))
        poll_for(agent, company, 9 * MINUTE)
        [alarm] = lines(agent, "alarm")
        assert f"{field} of {object}" in alarm
        assert key in alarm
        assert "permission set" in alarm
        assert ("Deadlines wait" in alarm) is waits
        assert held(agent) == before
        assert milestones(agent) == judged
        assert cursor(agent, stream).error is None

        # All else is read at once, and what is saved does not blank what is hidden.
        at = company.clock.now()
        company.save(record_id, Client_Status__c="Red", Name="Another Name - Late Caregiver")
        post = org.post(record_id, "We called.", at=at, by=admin)
        comment = org.comment(post, "And again.", at=at, by=admin)
        task = org.insert("Task", {"Subject": "Call", "Status": "Done", "WhatId": record_id}, at=at, by=admin)
        company.save(company.seeded.ids["office/Phoenix"], Name="Phoenix West")
        company.save(company.seeded.ids["rd/Nebraska"], Title="Director")
        poll_for(agent, company, 8 * MINUTE)
        kept = source(agent, record_id)
        assert (kept["Client_Status__c"], kept["Name"]) == ("Red", "Another Name - Late Caregiver")
        assert state_of(agent, record_id, "client", "resolution") == "met"
        for name in ("Client_Intervention_Plan__c", "Office__c", "Service_Incident_Type__c"):
            assert kept[name], name
        assert said(agent, "activity", task)["subject"] == (None if field == "Subject" else "Call")
        assert said(agent, "chatter", post)["body"] == (None if field == "Body" else "We called.")
        assert said(agent, "chatter", comment)["body"] == (None if field == "CommentBody" else "And again.")
        office = said(agent, "reference", company.seeded.ids["office/Phoenix"])
        assert office["name"] == "Phoenix West"
        assert "America/Phoenix" in office["source"]
        assert "@" in said(agent, "reference", company.seeded.ids["rd/Nebraska"])["source"]

        # It returns within the hour, and what was missed is filled in.
        org.faults.clear()
        company.later(HOUR)
        poll_for(agent, company, 2 * MINUTE)
        [back] = alarms(agent, "is back:")
        assert f"{field} of {object} " in back
        assert len(alarms(agent, "is gone:")) - len(alarms(agent, "behind:")) == 1
        assert said(agent, "activity", task)["subject"] == "Call"
        assert said(agent, "chatter", post)["body"] == "We called."
        assert said(agent, "chatter", comment)["body"] == "And again."
        assert agent.work.missing == ()


def test_a_value_changed_while_its_field_was_hidden_is_filled_in_though_its_stamp_is_old(
    company: Company,
) -> None:
    record_id = company.seeded["plan_in_time"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Service_Incident_Type__c"))
        company.later(MINUTE)
        agent.run_pass(company.clock)
        old = source(agent, record_id)["Service_Incident_Type__c"]
        company.save(record_id, Service_Incident_Type__c="Hospital Stay")
        new = submit(company, Service_Incident_Type__c="Late Caregiver")
        poll_for(agent, company, OVERLAP * 2)
        assert old != "Hospital Stay"
        assert source(agent, record_id)["Service_Incident_Type__c"] == old
        assert source(agent, new)["Service_Incident_Type__c"] is None

        company.seeded.org.faults.clear()
        company.later(HOUR)
        poll_for(agent, company, 2 * MINUTE)
        assert source(agent, record_id)["Service_Incident_Type__c"] == "Hospital Stay"
        assert source(agent, new)["Service_Incident_Type__c"] == "Late Caregiver"


def test_a_vanished_field_costs_one_call_and_the_poll_goes_on_at_once(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Service_Incident_Type__c"))
        new = submit(company)
        company.later(MINUTE)
        calls = agent.work.org.calls
        assert agent.step(company.clock.now())
        assert agent.step(company.clock.now())
        assert new in {row["id"] for row in agent.work.store.rows("SELECT id FROM intervention")}
        assert agent.work.org.calls - calls == 3  # refused, described, read


def test_a_restart_looks_again_at_once(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Service_Incident_Type__c"))
        poll_for(agent, company, MINUTE)
        assert agent.work.missing
    with company.agent() as agent:
        assert [field.field for field in agent.work.missing] == ["Service_Incident_Type__c"]
    company.seeded.org.faults.clear()
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert agent.work.missing == ()


def test_a_deadline_waits_for_a_field_it_stands_on_and_people_hear_why(company: Company) -> None:
    record_id = company.seeded["nearly_24h_without_plan"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Intervention_Plan__c"))
        poll_for(agent, company, MINUTE)
        company.save(record_id, Client_Intervention_Plan__c=PLAN)
        company.later(timedelta(hours=2))
        agent.run_pass(company.clock)
        assert state_of(agent, record_id, "client", "plan") == "open"
        found = status(agent.work.store, agent.work.mapping, company.clock.now())
        assert found["behind_seconds"] > 2 * 3600
        assert any(
            text.startswith("Client_Intervention_Plan__c of intervention") for text in found["trouble"]
        )
        [behind] = alarms(agent, "behind:")
        assert "intervention.toml: sides.client.plan" in behind

        company.seeded.org.faults.clear()
        company.later(HOUR)
        agent.run_pass(company.clock)
        poll_for(agent, company, MINUTE)
        assert state_of(agent, record_id, "client", "plan") == "met"
        assert alarms(agent, "caught up")


def test_fields_the_agent_writes_wait_alone_while_hidden(company: Company) -> None:
    record_id = company.seeded["plan_missing_both"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Resolution_State__c"))
        poll_for(agent, company, MINUTE)
        company.save(record_id, Client_Status__c="Red")
        poll_for(agent, company, MINUTE)
        assert intents.dead(agent.work.store) == []
        [row] = [row for row in company.rows(SLI) if row["Id"] == record_id]
        assert row["Client_Resolution_State__c"] == "Open"

        company.seeded.org.faults.clear()
        company.later(HOUR)
        poll_for(agent, company, 2 * MINUTE)
        [row] = [row for row in company.rows(SLI) if row["Id"] == record_id]
        assert row["Client_Resolution_State__c"] == "Met"


def test_nothing_is_told_twice_and_a_submission_is_told_while_a_field_is_hidden(
    found_company: Founding,
) -> None:
    with found_company(size=60) as company, company.agent() as agent:
        post = with_post(agent)
        agent.run_pass(company.clock)
        told = len(post.sent)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Intervention_Plan__c"))
        poll_for(agent, company, MINUTE)
        submit(company)
        poll_for(agent, company, 2 * MINUTE)
        with_submission = len(post.sent)
        assert with_submission > told
        company.seeded.org.faults.clear()
        company.later(HOUR)
        poll_for(agent, company, 12 * MINUTE)
        assert len(alarms(agent, "is back:")) == 1
        told_of = [
            (row["intervention_id"], row["rule"]) for row in agent.work.store.rows("SELECT * FROM notice")
        ]
        assert len(told_of) == len(set(told_of))
        assert len(post.sent) == agent.work.store.value("SELECT count(*) FROM message WHERE state = 'sent'")


def test_an_alert_that_cannot_be_checked_again_without_a_hidden_field_waits_for_it(
    found_company: Founding,
) -> None:
    with found_company(size=60) as company, company.agent() as agent:
        post = with_post(agent)
        agent.run_pass(company.clock)
        company.later(timedelta(hours=2))  # A plan comes due.
        while not agent.work.store.value("SELECT count(*) FROM notice WHERE state = 'intent'"):
            assert agent.step(company.clock.now())
        sent = len(post.sent)
        company.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Intervention_Plan__c"))
        agent.run_pass(company.clock)
        poll_for(agent, company, 2 * MINUTE)
        waiting = agent.work.store.value("SELECT count(*) FROM notice WHERE state = 'intent'")
        assert waiting > 0
        assert len(post.sent) == sent

        company.seeded.org.faults.clear()
        company.later(HOUR)
        poll_for(agent, company, 20 * MINUTE)
        assert agent.work.store.value("SELECT count(*) FROM notice WHERE state = 'intent'") == 0
        assert len(post.sent) > sent


def test_an_alert_goes_to_the_fallbacks_while_addresses_are_hidden(found_company: Founding) -> None:
    with found_company(size=60) as company, company.agent() as agent:
        post = with_post(agent)
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.hidden_field("User", "Email"))
        poll_for(agent, company, 9 * MINUTE)
        sent = len(post.sent)
        submit(company)
        poll_for(agent, company, MINUTE)
        assert set(post.sent[sent:]) == {agent.work.settings.admin_email}


def test_a_changed_type_is_named_once_and_the_field_is_read_on(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        change_field(company, "Service_Incident_Type__c", type="string", picklist=())
        company.later(timedelta(hours=23))
        agent.run_pass(company.clock)
        assert lines(agent, "alarm") == []  # A day has not passed yet.
        company.later(timedelta(hours=2))
        agent.run_pass(company.clock)
        [alarm] = alarms(agent, "type")
        assert "Service_Incident_Type__c" in alarm
        assert "intervention.toml: incident_type" in alarm
        assert "from picklist to string" in alarm
        company.later(timedelta(hours=25))
        agent.run_pass(company.clock)
        assert len(alarms(agent, "type")) == 1
        new = submit(company, Service_Incident_Type__c="Something else")
        poll_for(agent, company, MINUTE)
        assert source(agent, new)["Service_Incident_Type__c"] == "Something else"


def test_a_quiet_poll_is_still_one_call_and_a_look_one_a_day(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        calls = agent.work.org.calls
        for _ in range(3):
            company.later(MINUTE)
            agent.run_pass(company.clock)
        assert agent.work.org.calls - calls == 3


def test_a_deleted_object_stands_still_with_its_alarm_and_the_rest_goes_on(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        before = held(agent)
        task = schemas(company).pop("Task")
        poll_for(agent, company, 8 * MINUTE)
        [alarm] = lines(agent, "alarm")
        assert "Task cannot be read" in alarm
        assert held(agent) == before
        schemas(company)["Task"] = task
        poll_for(agent, company, 8 * MINUTE)
        assert cursor(agent, "activity").error is None
