"""Trouble: Salesforce says no for a while; it is told once, left alone, and costs nothing in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.errors import Unreachable
from agent.loop import Agent
from agent.pipeline.access import pause_after
from agent.sandbox.faults import Fault
from agent.store import messages
from agent.sync import poll
from tests.company import Company, Founding
from tests.sync.watching import (
    MINUTE,
    OVERLAP,
    SLI,
    lines,
    milestones,
    mirrored,
    poll_for,
    seen_first,
    silence,
    steps_until_half_read,
    submit,
    trouble,
    with_post,
)

NOTICE = "SLI_Agent_Notice__c"
PLAN = "<p>A replacement caregiver starts tomorrow.</p>"

TROUBLES: dict[str, tuple[Callable[..., Fault], timedelta]] = {
    "unavailable": (Fault.unavailable, timedelta(minutes=5)),
    "unavailable_html": (Fault.unavailable_html, timedelta(minutes=5)),
    "dropped": (Fault.dropped, timedelta(minutes=5)),
    "truncated": (Fault.truncated, timedelta(minutes=5)),
    "daily_limit": (Fault.daily_limit, timedelta(hours=1)),
    "concurrent_limit": (Fault.concurrent_limit, timedelta(seconds=30)),
}


def salesforce_alarms(agent: Agent) -> list[str]:
    return [line for line in lines(agent, "alarm") if line.startswith("Salesforce")]


def hours_of_work(
    company: Company, name: str, fault: Fault | None
) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Four hours of an office's day, an outage in the second; the milestones and the alarms at the end."""
    with company.agent(name) as agent:
        agent.run_pass(company.clock)
        for tick in range(24):
            company.later(10 * MINUTE)
            if tick == 5 and fault:
                company.seeded.org.faults.add(fault)
            if tick == 8:
                company.save(company.seeded["plan_missing_both"], Client_Intervention_Plan__c=PLAN)
                company.save(company.seeded["unresolved_past_30"], Client_Status__c="Green")
                submit(company)
            if tick == 11:
                company.seeded.org.faults.clear()
            agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        assert agent.trouble is None
        return milestones(agent), salesforce_alarms(agent)


@pytest.mark.parametrize("kind", TROUBLES)
def test_an_outage_is_told_once_and_leaves_no_trace_in_the_milestones(
    found_company: Founding, kind: str
) -> None:
    with found_company(size=60) as company:
        silence(company)
        undisturbed, alarms = hours_of_work(company, "undisturbed", None)
        assert alarms == []
    with found_company(size=60) as company:
        silence(company)
        disturbed, alarms = hours_of_work(company, "disturbed", TROUBLES[kind][0](times=None))
    assert disturbed == undisturbed
    [began, ended] = alarms
    assert "Next try at" in began
    assert "answers again" in ended


@pytest.mark.parametrize("kind", TROUBLES)
def test_in_trouble_the_org_is_left_alone_until_the_next_try(company: Company, kind: str) -> None:
    fault, longest = TROUBLES[kind]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(fault(times=None))
        for _ in range(8):
            company.later(timedelta(hours=1))
            agent.run_pass(company.clock)
            now, calls = company.clock.now(), agent.work.org.calls
            until = trouble(agent).until
            assert now < until <= now + longest
            assert agent.next_wake(now) == until
            assert not agent.step(until - timedelta(seconds=1))
            assert agent.work.org.calls == calls
        assert trouble(agent).tries == 8
        assert len(salesforce_alarms(agent)) == 1
        run = agent.work.store.row("SELECT * FROM run ORDER BY id DESC LIMIT 1")
        assert run is not None
        assert run["outcome"] == trouble(agent).text


def test_one_alarm_for_each_kind_of_trouble(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        for fault in (Fault.unavailable(None), Fault.daily_limit(None)):
            company.seeded.org.faults.clear()
            company.seeded.org.faults.add(fault)
            for _ in range(5):
                company.later(timedelta(hours=1))
                agent.run_pass(company.clock)
        first, second = salesforce_alarms(agent)
    assert "SERVER_UNAVAILABLE" in first
    assert "REQUEST_LIMIT_EXCEEDED" in second


def test_pauses_grow_from_seconds_to_minutes_and_no_further() -> None:
    pauses = [pause_after(Unreachable("away"), tries) for tries in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] <= timedelta(seconds=10)
    assert set(pauses[8:]) == {timedelta(minutes=5)}


def test_a_token_that_runs_out_in_the_middle_of_a_load_costs_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    with company.agent() as agent:
        for _ in range(3):
            steps_until_half_read(agent, company, "intervention")
            company.seeded.org.faults.add(Fault.expired_token())
            assert agent.step(company.clock.now())
            assert agent.trouble is None
            if "intervention" in agent.work.tally.polled and len(mirrored(agent)) == 60:
                break
        agent.run_pass(company.clock)
        assert set(mirrored(agent)) == {row["Id"] for row in company.rows(SLI)}
        assert seen_first(agent) == 60
        assert salesforce_alarms(agent) == []


def test_an_answer_that_breaks_off_in_the_middle_of_a_load_loses_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    with company.agent() as agent:
        steps_until_half_read(agent, company, "intervention")
        company.seeded.org.faults.add(Fault.truncated(times=3))
        agent.run_pass(company.clock)
        assert agent.trouble is not None
        company.later(MINUTE)
        agent.run_pass(company.clock)
        assert seen_first(agent) == 60


def test_mails_that_are_frozen_leave_while_salesforce_is_away(found_company: Founding) -> None:
    with found_company(size=60) as company, company.agent() as agent:
        post = with_post(agent)
        post.down = True
        agent.run_pass(company.clock)
        waiting = len(messages.listed(agent.work.store))
        assert waiting > 0
        company.seeded.org.faults.add(Fault.unavailable(times=None))
        post.down = False
        company.later(timedelta(minutes=20))
        agent.run_pass(company.clock)
        assert agent.trouble is not None
        assert len(post.sent) == waiting
        assert {row["Outcome__c"] for row in company.rows(NOTICE)} == {"claimed"}

        company.seeded.org.faults.clear()
        company.later(timedelta(minutes=10))
        agent.run_pass(company.clock)
        assert len(post.sent) == waiting
        assert {row["Outcome__c"] for row in company.rows(NOTICE)} == {"told"}
