"""Two clocks that differ: Salesforce's counts, ours is reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import pytest

from agent import app, settings
from agent.desk.status import status
from agent.instants import to_text
from agent.loop import Agent
from agent.sandbox.adapter import SandboxAdapter
from agent.sandbox.world import settings_for
from tests.company import BASE_URL, Company
from tests.sync.watching import MINUTE, OVERLAP, lines, milestones, mirrored, submit

RECORD = "nearly_24h_without_plan"
"""Its plan is due within the hour."""
APART = [timedelta(hours=-3), timedelta(hours=-1), timedelta(hours=1), timedelta(hours=3)]


class OffClock:
    """A machine's clock that goes wrong by so much, ahead of the org's where it is positive."""

    def __init__(self, company: Company, off: timedelta) -> None:
        self._company, self.off = company, off

    def now(self) -> datetime:
        return self._company.clock.now() + self.off


@contextmanager
def agent_off_by(company: Company, off: timedelta) -> Iterator[tuple[Agent, OffClock]]:
    environ = {
        **settings_for(BASE_URL, company.sink.port),
        "SLI_STATE_DIR": str(company.root / f"off {off.total_seconds()}"),
        "SLI_MAPPINGS": str(company.mappings),
    }
    clock = OffClock(company, off)
    transport = SandboxAdapter(company.seeded.org, company.clock.now, Random("off"))
    loaded = settings.load(environ, company.root / "no.env")
    with app.agent(loaded, clock, transport=transport, rng=Random("off")) as agent:
        yield agent, clock


def minutes_of(agent: Agent, clock: OffClock, company: Company, span: timedelta) -> None:
    for _ in range(int(span / MINUTE)):
        company.later(MINUTE)
        agent.run_pass(clock)


@pytest.mark.parametrize("off", APART)
def test_deadlines_are_judged_by_salesforces_clock_however_wrong_ours_is(
    company: Company, off: timedelta
) -> None:
    record_id = company.seeded[RECORD]
    with agent_off_by(company, off) as (agent, clock):
        agent.run_pass(clock)
        due = next(m[6] for m in milestones(agent) if m[:3] == (record_id, "client", "plan"))
        judged_at = None
        while judged_at is None:
            minutes_of(agent, clock, company, MINUTE)
            states = {m[:3]: m[3] for m in milestones(agent)}
            if states[record_id, "client", "plan"] == "violated":
                judged_at = company.clock.now()
        late = judged_at - datetime.fromisoformat(due)
        assert timedelta(minutes=10) < late <= timedelta(minutes=12)
        assert [line for line in lines(agent, "alarm") if "behind: deadlines" in line] == []


@pytest.mark.parametrize("off", APART)
def test_going_live_counts_from_salesforces_time_and_no_submission_is_taken_for_old(
    company: Company, off: timedelta
) -> None:
    began, admin = company.clock.now(), company.seeded.ids["admin"]
    for row in company.rows("SLI_Agent_Settings__c"):
        company.seeded.org.delete(row["Id"], at=began, by=admin, hard=True)
    with agent_off_by(company, off) as (agent, clock):
        agent.run_pass(clock)
        assert agent.work.store.get("go_live") == to_text(began)
    [row] = company.rows("SLI_Agent_Settings__c")
    assert row["Go_Live__c"] == began


@pytest.mark.parametrize("off", APART)
def test_deletions_are_known_in_time_however_wrong_our_clock_is(company: Company, off: timedelta) -> None:
    record_id = company.seeded["plan_in_time"]
    with agent_off_by(company, off) as (agent, clock):
        agent.run_pass(clock)
        minutes_of(agent, clock, company, OVERLAP)
        at, by = company.clock.now(), company.seeded.ids["admin"]
        company.seeded.org.delete(record_id, at=at, by=by, hard=True)
        minutes_of(agent, clock, company, 7 * MINUTE)
        assert mirrored(agent)[record_id]["deleted"] == 1


@pytest.mark.parametrize("jump", [timedelta(days=40), timedelta(days=-40)])
def test_a_clock_that_jumps_skips_no_deletion(company: Company, jump: timedelta) -> None:
    record_id = company.seeded["plan_in_time"]
    with agent_off_by(company, timedelta(0)) as (agent, clock):
        agent.run_pass(clock)
        minutes_of(agent, clock, company, OVERLAP)
        at, by = company.clock.now(), company.seeded.ids["admin"]
        company.seeded.org.delete(record_id, at=at, by=by, hard=True)
        company.later(MINUTE)
        clock.off = jump
        agent.run_pass(clock)
        clock.off = timedelta(0)
        agent._next_poll = None  # It planned its next poll by the wrong clock.
        minutes_of(agent, clock, company, 12 * MINUTE)
        assert mirrored(agent)[record_id]["deleted"] == 1
        assert [line for line in lines(agent, "alarm") if "deletions" in line] == []


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(minutes=7), "This machine's clock is 7 min ahead of Salesforce's."),
        (timedelta(minutes=-90), "This machine's clock is 90 min behind Salesforce's."),
    ],
)
def test_a_clock_that_is_wrong_by_minutes_is_told_once_and_once_when_it_is_right_again(
    company: Company, off: timedelta, words: str
) -> None:
    with agent_off_by(company, off) as (agent, clock):
        agent.run_pass(clock)
        minutes_of(agent, clock, company, 10 * MINUTE)
        [alarm] = lines(agent, "alarm")
        assert alarm == f"{words} Salesforce's times count. Set this machine's clock."
        found = status(agent.work.store, agent.work.mapping, clock.now())
        assert any(words in text for text in found["trouble"])
        assert found["behind_seconds"] == 600

        clock.off = timedelta(0)
        agent._next_poll = None
        minutes_of(agent, clock, company, 3 * MINUTE)
        assert lines(agent, "alarm")[1:] == ["this machine's clock agrees with Salesforce's again."]
        assert status(agent.work.store, agent.work.mapping, clock.now())["trouble"] == []


def test_a_clock_that_is_wrong_by_less_than_five_minutes_is_no_news(company: Company) -> None:
    with agent_off_by(company, timedelta(minutes=-5)) as (agent, clock):
        agent.run_pass(clock)
        minutes_of(agent, clock, company, 3 * MINUTE)
        assert submit(company)
        assert lines(agent, "alarm") == []
