"""Scores have troubles of their own: whatever goes wrong with them, alerts go on as if nothing were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from clinic import HOUR, MARCH, SCORE, call, care, client, looked, months, states

from agent.desk.decided import exceptions
from agent.desk.decided.word import Word
from agent.desk.state import database_path
from agent.instants import to_text
from agent.loop import Agent
from agent.model import DecisionKind, HumanDecision
from agent.sandbox.faults import Fault
from agent.scoring import judge, read
from agent.store import Store, decisions, mirror
from tests.company import Company
from tests.pipeline.agency import submit


def alarms(agent: Agent) -> list[str]:
    return [
        row["text"] for row in agent.work.store.rows("SELECT text FROM log WHERE kind = 'alarm' ORDER BY id")
    ]


def heard(agent: Agent, company: Company) -> bool:
    """An SLI submitted now is told to its people within the next passes."""
    before = len(company.sink.messages)
    submit(company)
    looked(agent, company, timedelta(minutes=1))
    return len(company.sink.messages) > before


def test_a_field_of_the_evidence_that_is_hidden_stops_scores_and_no_alert(clinic: Company) -> None:
    episode = care(clinic, client(clinic), MARCH)
    clinic.seeded.org.faults.add(Fault.hidden_field("Start_Of_Care__c", "First_Shift_Start__c"))
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert heard(agent, clinic)
        assert states(agent, episode) == {}
        assert [text for text in alarms(agent) if "Start_Of_Care__c cannot be read for the scores" in text]
        clinic.seeded.org.faults.clear()
        looked(agent, clinic)
        looked(agent, clinic)
        assert set(states(agent, episode).values()) == {"missed"}


def test_a_pay_db_that_is_no_database_stops_no_alert_and_no_score(clinic: Company) -> None:
    episode = care(clinic, client(clinic), MARCH)
    with clinic.agent() as agent:
        agent.work.pay_path.write_text("nonsense " * 999, encoding="utf-8")
        looked(agent, clinic)
        assert heard(agent, clinic)
        assert [text for text in alarms(agent) if "pay.db" in text]
        assert set(states(agent, episode).values()) == {"missed"}


def test_scores_wait_for_evidence_that_a_new_mapping_could_not_read_yet(clinic: Company) -> None:
    one = client(clinic)
    care(clinic, one, MARCH)
    call(clinic, one, MARCH + 5 * HOUR)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert months(agent, clinic) == {"2026-03": "25.00"}
    clinic.remap(('method = "mean_of_rates"', 'method = "all_or_none"'))
    clinic.seeded.org.faults.add(Fault.hidden_field("Start_Of_Care__c", "First_Shift_Start__c"))
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert months(agent, clinic) == {"2026-03": "25.00"}
        clinic.seeded.org.faults.clear()
        looked(agent, clinic)
        assert months(agent, clinic) == {"2026-03": "0.00"}


def test_a_read_that_fails_half_way_keeps_no_other_from_its_turn(clinic: Company) -> None:
    with clinic.agent() as agent:
        looked(agent, clinic)
        store = agent.work.store
        half = {"resume_stamp": "2026-06-08T13:00:00Z", "resume_id": "a0A000000000001AAA", "error": "hidden"}
        with store.transaction():
            mirror.save_cursor(store, replace(mirror.cursors(store)["dashboard"], **half))
        clinic.seeded.org.faults.add(Fault.hidden_field("Quality_Dashboard__c", "Score__c"))
        looked(agent, clinic, 2 * HOUR)
        looked(agent, clinic, 2 * HOUR)
        assert mirror.cursors(store)["own_score"].covered == to_text(clinic.clock.now())


@pytest.mark.parametrize("piece", ["evidence", "others", "lines"])
def test_while_a_reading_rests_the_agent_sleeps(
    clinic: Company, monkeypatch: pytest.MonkeyPatch, piece: str
) -> None:
    def broken(*_args: object) -> bool:
        raise KeyError

    with clinic.agent() as agent:
        looked(agent, clinic)
        monkeypatch.setattr(read, f"read_{piece}", broken)
        looked(agent, clinic, 2 * HOUR)
        assert agent.next_wake(clinic.clock.now()) > clinic.clock.now()
        clinic.later(timedelta(seconds=30))
        assert not agent.step(clinic.clock.now())
        assert agent.next_wake(clinic.clock.now()) > clinic.clock.now()


def test_while_only_alerts_may_call_the_agent_sleeps(clinic: Company) -> None:
    with clinic.agent() as agent:
        looked(agent, clinic)
        limit = agent.work.org.limit
        assert limit
        clinic.seeded.org.daily_limit = limit.used + 3
        looked(agent, clinic, 2 * HOUR)
        assert agent.next_wake(clinic.clock.now()) > clinic.clock.now()


def test_an_exception_approved_while_its_start_of_care_is_judged_is_not_lost(
    clinic: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    real = judge.exceptions_for
    with clinic.agent() as agent:
        looked(agent, clinic)
        work = agent.work

        def approve() -> None:
            word = Word("plan.owner@example.com", "in hospital", clinic.clock.now())
            store = Store(database_path(work.settings.state_dir))
            exceptions.approve(store, work.mapping, episode, "check_in_7d", "hospital", word)
            store.close()

        another_process = Thread(target=approve)

        def meanwhile(*args: Any) -> Any:
            found = real(*args)
            another_process.start()
            another_process.join(0.3)
            monkeypatch.undo()
            return found

        monkeypatch.setattr(judge, "exceptions_for", meanwhile)
        call(clinic, one, MARCH + 5 * HOUR)
        looked(agent, clinic)
        another_process.join()
        looked(agent, clinic)
        assert states(agent, episode)["check_in_7d"] == "exception"


def test_a_start_of_care_that_cannot_be_judged_is_set_aside_alone(
    clinic: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = care(clinic, client(clinic), MARCH), care(clinic, client(clinic), MARCH)
    real = judge.touch_points

    def sometimes(episode, *rest):  # type: ignore[no-untyped-def]
        if episode.id == broken:
            raise RuntimeError("A Client")
        return real(episode, *rest)

    monkeypatch.setattr(judge, "touch_points", sometimes)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert states(agent, broken) == {}
        assert set(states(agent, sound).values()) == {"missed"}
        [told] = [text for text in alarms(agent) if "cannot be judged" in text]
        assert broken in told
        assert "A Client" not in told
        monkeypatch.undo()
        looked(agent, clinic, 2 * HOUR)
        assert set(states(agent, broken).values()) == {"missed"}


def test_a_fault_of_our_own_rests_and_is_tried_again_and_no_alert_waits(
    clinic: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    episode = care(clinic, client(clinic), MARCH)

    def broken(*_args: object) -> int:
        raise KeyError("A Client")

    with clinic.agent() as agent:
        monkeypatch.setattr(judge, "judge_waiting", broken)
        looked(agent, clinic)
        assert heard(agent, clinic)
        [told] = [text for text in alarms(agent) if text.startswith("Scores, judge:")]
        assert "KeyError" in told
        assert "A Client" not in told
        monkeypatch.undo()
        looked(agent, clinic)
        assert set(states(agent, episode).values()) == {"missed"}


def test_salesforce_failing_for_the_scores_alone_is_no_trouble_of_the_alerts(clinic: Company) -> None:
    care(clinic, client(clinic), MARCH)
    with clinic.agent() as agent:
        looked(agent, clinic)
        clinic.seeded.org.faults.add(Fault.hidden_field(SCORE, "Score__c"))
        call(clinic, clinic.rows("Start_Of_Care__c")[0]["Client__c"], MARCH + 5 * HOUR)
        looked(agent, clinic)
        assert heard(agent, clinic)
        assert agent.trouble is None
        assert months(agent, clinic) == {"2026-03": "25.00"}


def test_a_changed_definition_that_was_approved_stops_the_scores_and_says_so(clinic: Company) -> None:
    care(clinic, client(clinic), MARCH)
    with clinic.agent() as agent:
        work = agent.work
        looked(agent, clinic)
        said = {"hash": work.mapping.touch_points.definitions[0].hash}  # type: ignore[union-attr]
        approval = HumanDecision(
            work.org_id, DecisionKind.PLAN_APPROVED, "definition:2026-02", "plan.owner@example.com", "agreed",
            clinic.clock.now(), data=said,
        )  # fmt: skip
        with work.store.transaction():
            decisions.add(work.store, approval, "2026-06-08T13:00:00Z")
    clinic.remap(('label = "24-hour check-in"', 'label = "24-hour check-in"\nweight = 3'))
    with clinic.agent() as agent:
        before = months(agent, clinic)
        looked(agent, clinic)
        looked(agent, clinic)
        assert heard(agent, clinic)
        assert months(agent, clinic) == before
        told = [text for text in alarms(agent) if text.startswith("Scores stand still")]
        assert len(told) == 1
        assert agent.next_wake(clinic.clock.now()) > clinic.clock.now()
        assert "2026-02" in told[0]
