"""Notices: told in Salesforce first, checked again before they leave, never told twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from agent.loop import Agent
from agent.model import ENFORCED, NoticeState
from agent.pipeline import recheck
from agent.sandbox.faults import Fault
from agent.store import from_json, notices
from tests.company import Company
from tests.heard import people_told

SLI = "Service_Level_Intervention__c"
NOTICE = "SLI_Agent_Notice__c"
PLAN = "<p>A replacement caregiver starts tomorrow; we call the family in 14 days.</p>"


def outcomes(company: Company, record_id: str) -> dict[str, Any]:
    """What Salesforce knows of the notices of this SLI: rule -> outcome."""
    rows = [row for row in company.rows(NOTICE) if row.get("Intervention__c") == record_id]
    return {row["Rule__c"]: row["Outcome__c"] for row in rows}


def steps_until_decided(agent: Agent, company: Company) -> None:
    """Step until the judgements are made and nothing has been claimed yet."""
    while not notices.due(agent.work.store, agent.work.org_id, NoticeState.INTENT, "9999", 1):
        assert agent.step(company.clock.now())


def test_a_plan_written_while_the_reminder_waits_suppresses_it_on_record(company: Company) -> None:
    record_id = company.seeded["plan_missing_client"]
    with company.agent() as agent:
        steps_until_decided(agent, company)
        company.save(record_id, Client_Intervention_Plan__c=PLAN)
        agent.run_pass(company.clock)

        assert people_told(company.sink, record_id, "plan_24h") == []
        assert outcomes(company, record_id)["plan_24h"] == "suppressed"
        [kept] = [
            k
            for k in notices.of_intervention(agent.work.store, agent.work.org_id, record_id)
            if k.notice.rule == "plan_24h"
        ]
    assert kept.state is NoticeState.SUPPRESSED
    assert "client met" in kept.reason


def test_a_claim_whose_answer_was_lost_is_known_as_ones_own(company: Company) -> None:
    with company.agent() as agent:
        steps_until_decided(agent, company)
        company.seeded.org.faults.add(Fault.lost_answer(path="/composite", times=1))
        assert not agent.step(company.clock.now())
        company.later(timedelta(minutes=6))
        agent.run_pass(company.clock)

        fates = notices.counts(agent.work.store)
    assert fates == {"told": len(company.rows(NOTICE))}


def test_an_sli_that_can_no_longer_be_seen_holds_its_alert_back_and_raises_an_alarm(company: Company) -> None:
    record_id = company.seeded["plan_missing_both"]
    with company.agent() as agent:
        steps_until_decided(agent, company)
        company.seeded.org.faults.add(Fault.lost_sharing(SLI, record_id))
        agent.run_pass(company.clock)
        assert people_told(company.sink, record_id, "plan_24h") == []
        alarms = agent.work.store.rows("SELECT text FROM log WHERE kind = 'alarm'")
        assert any("can no longer be seen" in row["text"] for row in alarms)

        company.seeded.org.faults.clear()
        company.later(timedelta(minutes=20))
        agent.run_pass(company.clock)
    assert people_told(company.sink, record_id, "plan_24h")


def test_alerts_that_wait_for_one_cause_are_tried_together_and_say_so_once(company: Company) -> None:
    company.environ["SLI_POLL_SECONDS"] = "3600"
    with company.agent() as agent:
        steps_until_decided(agent, company)
        hidden = [row["Id"] for row in company.rows(SLI)]
        company.seeded.org.faults.add(Fault.lost_sharing(SLI, *hidden))
        agent.run_pass(company.clock)
        held = agent.work.store.value("SELECT count(*) FROM notice WHERE state = 'intent'")
        assert held > 10
        before, end = agent.work.org.calls, company.clock.now() + timedelta(hours=6)
        while company.clock.now() < end:
            if not agent.step(company.clock.now()):
                company.later(
                    max(agent.next_wake(company.clock.now()) - company.clock.now(), timedelta(seconds=1))
                )
        lines = agent.work.store.rows("SELECT text, data FROM log WHERE kind = 'alarm'")
    said = Counter(from_json(row["data"]).get("key") for row in lines if "no longer be seen" in row["text"])
    # Polls, look-ups, and four tries an hour. Each alert for itself would be tried some 24 times.
    assert agent.work.org.calls - before < 120 < 24 * held
    assert set(said.values()) == {1}


def test_a_claim_left_behind_by_a_lost_disk_is_adopted_once_and_keeps_its_message_ids(
    company: Company,
) -> None:
    record_id = company.seeded["plan_missing_both"]
    with company.agent("first life") as agent:
        steps_until_decided(agent, company)
        assert agent.step(company.clock.now())  # Claimed in Salesforce; then the disk is gone.
        planned = {row["id"] for row in agent.work.store.rows("SELECT id FROM message")}
    with company.agent("second life") as agent:
        agent.run_pass(company.clock)
        assert people_told(company.sink, record_id, "plan_24h") == []
        company.later(timedelta(minutes=61))
        for _ in range(10):  # The notice stream takes its turn among the others.
            agent.run_pass(company.clock)
            company.later(timedelta(minutes=1))

    sent = [str(message.parsed()["Message-ID"]) for message in company.sink.messages]
    assert len(sent) == len(set(sent))
    assert planned <= set(sent)
    of_record = {
        (row["Stage__c"], row["Outcome__c"])
        for row in company.rows(NOTICE)
        if row.get("Intervention__c") == record_id and row["Rule__c"] == "plan_24h"
    }
    assert of_record == {("1", "adopted"), ("2", "told")}


def test_a_notice_in_shadow_is_decided_and_logged_and_neither_claimed_nor_sent(company: Company) -> None:
    company.remap(('mode = "live"', 'mode = "shadow"'))
    with company.agent() as agent:
        found = agent.run_pass(company.clock)
        lines = agent.work.store.rows("SELECT text FROM log WHERE text LIKE '%would have told%'")
    assert found["alerts"]["sent"] == 0
    assert found["alerts"]["shadow"] == len(lines) > 0
    assert {row["Rule__c"] for row in company.rows(NOTICE)} == {"go_live"}


def test_a_kind_switched_from_shadow_to_live_tells_nothing_that_is_older_than_the_switch(
    company: Company,
) -> None:
    live = company.mappings
    company.remap(('mode = "live"', 'mode = "shadow"'))
    with company.agent() as agent:
        agent.run_pass(company.clock)
    company.mappings = live
    company.later(timedelta(minutes=11))
    for life in ("one", "another disk"):
        with company.agent(life) as agent:
            assert agent.run_pass(company.clock)["alerts"]["sent"] == 0
    company.later(timedelta(hours=3))  # A deadline passes after the switch.
    with company.agent("another disk") as agent:
        assert agent.run_pass(company.clock)["alerts"]["sent"] > 0


def test_a_mapping_that_switches_no_kind_of_alert_decides_all_of_them_in_shadow(company: Company) -> None:
    text = (company.mappings / "rules.toml").read_text(encoding="utf-8")
    company.remap((text[text.index("[alerts.submission]") : text.index("[handling]")], ""))
    with company.agent() as agent:
        found = agent.run_pass(company.clock)
        rules = {
            row["rule"] for row in agent.work.store.rows("SELECT rule FROM notice WHERE state = 'shadow'")
        }
    assert found["alerts"]["sent"] == 0
    assert rules >= {rule.value for rule in ENFORCED}
    assert {message.parsed()["X-SLI-Rule"] for message in company.sink.messages} == {"go_live"}


def test_an_sli_that_cannot_be_judged_again_is_tried_later_and_holds_back_no_other(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned, sound = company.seeded["plan_missing_both"], recheck.judge

    def judge(record, *given):  # type: ignore[no-untyped-def]
        if record.id == poisoned:
            raise ZeroDivisionError
        return sound(record, *given)

    monkeypatch.setattr(recheck, "judge", judge)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert people_told(company.sink, poisoned, "plan_24h") == []
        assert people_told(company.sink, company.seeded["plan_missing_client"], "plan_24h")
        alarms = [row["text"] for row in agent.work.store.rows("SELECT text FROM log WHERE kind = 'alarm'")]
        assert any("ZeroDivisionError" in text for text in alarms)
        monkeypatch.setattr(recheck, "judge", sound)
        company.later(timedelta(minutes=20))
        agent.run_pass(company.clock)
    assert people_told(company.sink, poisoned, "plan_24h")
