"""D11: no deadline is judged before the mirror is complete, and admins hear once that it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.pipeline import judging
from agent.sandbox.faults import Fault
from agent.sandbox.world import ADMIN
from agent.store import judged
from tests.company import Company


def behind_mails(company: Company) -> list[str]:
    mails = [(m.rcpt_tos, m.parsed()) for m in company.sink.messages]
    assert all(to == (ADMIN,) for to, mail in mails if mail["X-SLI-Rule"] == "behind")
    return [str(mail["Subject"]) for _, mail in mails if mail["X-SLI-Rule"] == "behind"]


def test_an_org_out_of_reach_is_told_to_the_admins_once_and_deadlines_wait(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.unavailable(times=None))
        for _ in range(12):
            company.later(timedelta(minutes=10))
            agent.run_pass(company.clock)
        assert len(behind_mails(company)) == 1
        told_before = len(company.sink.messages)
        company.seeded.org.faults.clear()
        company.later(timedelta(hours=23))
        agent.run_pass(company.clock)
        lines = [row["text"] for row in agent.work.store.rows("SELECT text FROM log WHERE kind = 'alarm'")]
    assert len(company.sink.messages) > told_before
    assert sum(line.startswith("caught up") for line in lines) == 1
    assert sum("Salesforce answers again" in line for line in lines) == 1


def test_an_agent_that_never_gets_in_says_so(company: Company) -> None:
    company.environ["SLI_SF_CLIENT_SECRET"] = "not-it"
    with company.agent() as agent:
        for _ in range(6):
            agent.run_pass(company.clock)
            company.later(timedelta(minutes=15))
    assert len(behind_mails(company)) == 1


def test_one_record_that_cannot_be_judged_stops_no_other(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = company.seeded["plan_missing_both"]
    sound = judging.judge

    def judge(record, *given):  # type: ignore[no-untyped-def]
        if record.id == poisoned:
            raise ZeroDivisionError
        return sound(record, *given)

    monkeypatch.setattr(judging, "judge", judge)
    company.remap(('mode = "live"', 'mode = "off"'))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert judged.milestones_of(agent.work.store, poisoned) == []
        judged_ids = agent.work.store.rows("SELECT DISTINCT intervention_id FROM milestone")
        assert len(judged_ids) >= 78
        [alarm] = agent.work.store.rows("SELECT * FROM log WHERE kind = 'alarm'")
        assert (alarm["intervention_id"], "ZeroDivisionError" in alarm["text"]) == (poisoned, True)

        monkeypatch.setattr(judging, "judge", sound)
        company.later(timedelta(minutes=75))
        agent.run_pass(company.clock)
        assert judged.milestones_of(agent.work.store, poisoned)
