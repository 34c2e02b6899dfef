"""The main job, end to end, judged against a naive recomputation that shares no code with the agent."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from email.utils import parseaddr

import pytest

from agent.model import ENFORCED
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.world import ADMIN
from tests.acceptance.naive import Alert, expected_alerts
from tests.company import NOW, Company, Founding
from tests.heard import Told, heard

OVERLAP = timedelta(minutes=11)


def arrived(sink: MailSink) -> Counter[Told]:
    """What arrived of the alerts that the oracle knows."""
    for message in sink.messages:
        assert [parseaddr(message.parsed()["To"])[1]] == list(message.rcpt_tos)
    return heard(sink, {rule.value for rule in ENFORCED})


def owed(alerts: set[Alert]) -> Counter[Told]:
    return Counter(
        Told(a.sli_id, a.rule, "-", f"{a.due:%Y-%m-%dT%H:%M:%SZ}", person)
        for a in alerts
        for person in a.recipients
    )


@pytest.mark.parametrize("now", [NOW, datetime.fromisoformat("2026-03-08T07:10:00+00:00")])
def test_each_alert_goes_to_exactly_the_people_it_should_and_once(
    found_company: Founding, now: datetime
) -> None:
    with found_company(now=now, size=300) as company, company.agent() as agent:
        agent.run_pass(company.clock)

        expected = expected_alerts(company.seeded.org, now, fallback=ADMIN, names=company.seeded.names)
        assert {a.rule for a in expected} == {"submission", "plan_24h", "resolution_30d"}
        assert arrived(company.sink) == owed(expected)


def test_a_month_of_passes_tells_each_person_each_fact_once(company: Company) -> None:
    org, names = company.seeded.org, company.seeded.names
    expected: set[Alert] = set()
    with company.agent() as agent:
        for _ in range(60):
            agent.run_pass(company.clock)
            expected |= expected_alerts(org, company.clock.now(), fallback=ADMIN, names=names)
            company.later(timedelta(hours=12))

    assert arrived(company.sink) == owed(expected)


def test_the_second_pass_costs_one_call_and_changes_nothing(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        mails = len(company.sink.messages)
        company.later(OVERLAP)
        second = agent.run_pass(company.clock)

    assert second["api_calls"] == 1
    assert second["alerts"] == {"sent": 0, "suppressed": 0, "dead": 0, "shadow": 0}
    assert second["write_backs"] == {"written": 0, "failed": 0}
    assert len(company.sink.messages) == mails


def test_a_lost_state_directory_is_rebuilt_and_nothing_is_told_again(company: Company) -> None:
    with company.agent("first life") as agent:
        before = agent.run_pass(company.clock)
    mails = len(company.sink.messages)
    company.later(OVERLAP)
    with company.agent("second life") as agent:
        after = agent.run_pass(company.clock)

    assert len(company.sink.messages) == mails > 0
    assert after["alerts"]["sent"] == after["write_backs"]["written"] == 0
    assert after["milestones"] == before["milestones"]


def test_two_agents_with_empty_states_together_tell_each_person_each_fact_once(company: Company) -> None:
    with company.agent("left") as left, company.agent("right") as right:
        working = [left, right]
        while working:  # Turn and turn about, so that they meet at every point of their work.
            working = [agent for agent in working if agent.step(company.clock.now())]

    expected = expected_alerts(company.seeded.org, NOW, fallback=ADMIN, names=company.seeded.names)
    assert arrived(company.sink) == owed(expected)
    assert sum(heard(company.sink, ["go_live"]).values()) == 1
