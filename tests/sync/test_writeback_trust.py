"""Write-backs people can trust: few calls, a policy for each refusal, and no war with somebody's automation."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.desk import mending
from agent.desk.status import status
from agent.errors import Gone, Rejected, SalesforceError
from agent.loop import Agent
from agent.sandbox.faults import Fault
from agent.store import intents, overwritten
from agent.store.intents import IntentState
from agent.sync.writeback import POLICIES, Policy, policy_of
from tests.company import Company, Founding
from tests.sync.watching import MINUTE, OVERLAP, SLI, lines, poll_for, silence, submit

STATE = "Client_Plan_State__c"
HOUR = timedelta(hours=1)
RETRIED = sorted(code for code, policy in POLICIES.items() if policy is Policy.RETRY)
REFUSED = sorted(code for code, policy in POLICIES.items() if policy is Policy.WAIT)


class Calls:
    """What the agent sent to be written to SLIs: one list of records for each call."""

    def __init__(self, company: Company) -> None:
        self._handle = company.seeded.org.handle
        self.batches: list[list[dict[str, Any]]] = []
        company.seeded.org.handle = self.handle  # type: ignore[assignment, method-assign]

    def handle(self, request: Any, *rest: Any) -> Any:
        if request.path.endswith("/composite/sobjects") and request.method == "PATCH":
            records = json.loads(request.body)["records"]
            if records[0]["attributes"]["type"] == SLI:
                self.batches.append(records)
        return self._handle(request, *rest)

    def of(self, record_id: str) -> int:
        return sum(record["Id"] == record_id for batch in self.batches for record in batch)


class Automation:
    """A flow of the org's own: whatever the agent saves there, it puts its own value into one field."""

    def __init__(self, company: Company, field: str, *, only: str | None = None) -> None:
        self._update, self._agent = company.seeded.org.update, company.seeded.org.integration_user_id
        self.field, self._only, self.saves, self.on = field, only, 0, True
        company.seeded.org.update = self.update  # type: ignore[method-assign]

    def update(self, record_id: str, values: dict[str, Any], *, at: Any, by: str, **more: Any) -> None:
        if self.on and by == self._agent and self.field in values and self._only in {None, record_id}:
            self.saves += 1
            values = {**values, self.field: f"Automated {self.saves}"}
        self._update(record_id, values, at=at, by=by, **more)


def field_of(company: Company, record_id: str, field: str) -> Any:
    return next(row[field] for row in company.rows(SLI) if row["Id"] == record_id)


def number_of(company: Company, record_id: str) -> str:
    return str(field_of(company, record_id, "SLI_Number__c"))


def parked_alarms(agent: Agent) -> list[str]:
    return [line for line in lines(agent, "alarm") if "replaced the agent's value" in line]


def retry(agent: Agent, company: Company, number: str | None = None) -> None:
    store = agent.work.store
    mending.retry(store, mending.find(store, number, dropped=number is not None), company.clock.now())


# How many calls, and in which order


def test_n_changed_rows_cost_a_call_for_every_200_and_the_next_pass_costs_none(
    found_company: Founding,
) -> None:
    with found_company(size=60) as company:
        silence(company)
        for n in range(390):
            submit(company, f"Bulk {n}")
        calls = Calls(company)
        with company.agent() as agent:
            agent.run_pass(company.clock)
            changed = {record["Id"] for batch in calls.batches for record in batch}
            assert len(changed) == sum(map(len, calls.batches)) > 400
            assert len(calls.batches) == -(-len(changed) // 200) == 3

            poll_for(agent, company, OVERLAP)  # Own writes are read again, and nothing follows.
            company.later(MINUTE)
            assert agent.run_pass(company.clock)["api_calls"] == 1
            assert len(calls.batches) == 3


def test_records_of_one_office_and_account_travel_together(company: Company) -> None:
    calls = Calls(company)
    with company.agent() as agent:
        agent.run_pass(company.clock)
    rows = {row["Id"]: row for row in company.rows(SLI)}
    parents = [
        (rows[r["Id"]].get("Office__c") or "", rows[r["Id"]].get("Referral_Account__c") or "", r["Id"])
        for batch in calls.batches
        for r in batch
    ]
    assert parents == sorted(parents)
    assert len({p[0] for p in parents}) > 5


def test_rows_that_were_locked_together_are_tried_again_in_one_call(company: Company) -> None:
    locked = [row["Id"] for row in company.rows(SLI) if not row["IsDeleted"]][:5]
    company.seeded.org.faults.add(Fault.lock_row(*locked, times=None))
    with company.agent() as agent:
        failed = agent.run_pass(company.clock)["write_backs"]["failed"]
        assert failed >= 4
        company.seeded.org.faults.clear()
        calls = Calls(company)
        poll_for(agent, company, 3 * MINUTE)
        assert [len(batch) for batch in calls.batches] == [failed]
        assert intents.waiting(agent.work.store) == 0


# What follows from a refusal


def test_a_code_nobody_has_met_yet_waits_for_a_person() -> None:
    assert policy_of(Rejected("x", code="SOMETHING_NEW")) is Policy.WAIT
    assert policy_of(None) is Policy.WAIT


def test_a_lookup_that_points_nowhere_does_not_let_the_record_go() -> None:
    code = "INVALID_CROSS_REFERENCE_KEY"
    assert policy_of(Gone("the record", code=code)) is Policy.LET_GO
    assert policy_of(Rejected("a field of it", code=code)) is Policy.WAIT


def test_whatever_the_errors_call_passing_is_tried_again_and_nothing_that_is_gone() -> None:
    gone: SalesforceError = Gone("x", code="ENTITY_IS_DELETED")
    assert policy_of(gone) is Policy.LET_GO
    assert policy_of(Rejected("x", code="UNABLE_TO_LOCK_ROW", retry=True)) is Policy.RETRY


@pytest.mark.parametrize("code", RETRIED)
def test_what_passes_is_tried_again_by_itself(company: Company, code: str) -> None:
    record_id = company.seeded["plan_in_time"]
    company.seeded.org.faults.add(Fault.row_error(SLI, code, times=2, where={"Id": record_id}))
    with company.agent() as agent:
        assert agent.run_pass(company.clock)["write_backs"]["failed"] == 1
        [letter] = intents.letters(agent.work.store)
        assert letter["state"] == "due"
        assert code in letter["error"]
        poll_for(agent, company, 8 * MINUTE)
        assert intents.letters(agent.work.store) == []
    assert field_of(company, record_id, STATE) == "Met"


@pytest.mark.parametrize("code", REFUSED)
def test_what_would_be_refused_again_waits_until_the_record_changes(company: Company, code: str) -> None:
    record_id = company.seeded["plan_in_time"]
    with company.agent() as agent:
        company.seeded.org.faults.add(Fault.row_error(SLI, code, where={"Id": record_id}))
        agent.run_pass(company.clock)
        calls = Calls(company)
        poll_for(agent, company, OVERLAP)
        assert calls.of(record_id) == 0
        assert [d["record_id"] for d in intents.dead(agent.work.store)] == [record_id]
        values = intents.dead(agent.work.store)[0]["values"]

        # Its content changes, and not what is to be written: the rule may be content now.
        company.save(record_id, Service_Incident_Type__c="Late Caregiver")
        poll_for(agent, company, MINUTE)
        assert calls.of(record_id) == 1
        assert intents.dead(agent.work.store)[0]["values"] == values
        poll_for(agent, company, 3 * MINUTE)
        assert calls.of(record_id) == 1  # Refused again, and the same content changes nothing.

        company.seeded.org.faults.clear()
        company.save(record_id, Service_Incident_Type__c="No Call No Show")
        poll_for(agent, company, MINUTE)
        assert intents.dead(agent.work.store) == []
    assert field_of(company, record_id, STATE) == "Met"


def test_a_field_the_agent_may_not_write_is_a_dead_letter_that_a_person_has_tried_again(
    company: Company,
) -> None:
    company.seeded.org.faults.add(Fault.read_only_field(SLI, STATE))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        refused = len(intents.dead(agent.work.store))
        assert refused > 20
        assert any(STATE in d["error"] for d in intents.dead(agent.work.store))
        assert any("refuses the agent's fields" in t for t in trouble(agent, company))
        company.seeded.org.faults.clear()  # An admin gives the right to edit: no record changes by that.
        poll_for(agent, company, OVERLAP)
        assert len(intents.dead(agent.work.store)) == refused
        calls = Calls(company)
        retry(agent, company)
        poll_for(agent, company, MINUTE)
        assert [len(batch) for batch in calls.batches] == [refused]
        assert intents.letters(agent.work.store) == []
        assert not any("refuses" in t for t in trouble(agent, company))


def trouble(agent: Agent, company: Company) -> list[str]:
    found = status(agent.work.store, agent.work.mapping, company.clock.now())["trouble"]
    assert isinstance(found, list)
    return found


def test_a_record_deleted_meanwhile_is_let_go(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]
    with company.agent() as agent:
        company.seeded.org.faults.add(Fault.lock_row(record_id, times=None))
        agent.run_pass(company.clock)
        company.seeded.org.delete(record_id, at=company.clock.now(), by=company.seeded.ids["admin"])
        company.seeded.org.faults.clear()
        poll_for(agent, company, 5 * MINUTE)
        assert intents.letters(agent.work.store) == []


def test_a_dropped_letter_stays_on_record_until_other_values_are_due(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]
    refusal = Fault.row_error(SLI, "FIELD_CUSTOM_VALIDATION_EXCEPTION", where={"Id": record_id})
    company.seeded.org.faults.add(refusal)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        store = agent.work.store
        mending.drop(store, mending.find(store, number_of(company, record_id)), company.clock.now())
        company.seeded.org.faults.clear()
        company.save(record_id, Service_Incident_Type__c="Late Caregiver")
        poll_for(agent, company, MINUTE)
        [dropped] = intents.letters(store, IntentState.DROPPED)
        assert dropped["record_id"] == record_id
        assert intents.dead(store) == []
        company.save(record_id, Client_Status__c="Red")
        poll_for(agent, company, MINUTE)
        assert intents.letters(store) == []
    assert field_of(company, record_id, STATE) == "Met"


# Values that somebody replaces


def test_a_field_replaced_three_times_is_parked_and_named_and_all_others_are_written(
    company: Company,
) -> None:
    record_id = company.seeded["under_24h_without_plan"]
    flow, calls = Automation(company, STATE, only=record_id), Calls(company)
    with company.agent() as agent:
        poll_for(agent, company, 8 * MINUTE)
        assert flow.saves == calls.of(record_id) == 3
        [alarm] = parked_alarms(agent)
        assert STATE in alarm
        assert number_of(company, record_id) in alarm
        assert any("overwrites" in t for t in trouble(agent, company))
        [parked] = overwritten.parked(agent.work.store)
        assert (parked["record_id"], parked["field"], parked["times"]) == (record_id, STATE, 3)

        company.later(26 * HOUR)  # The plan is late now: another value is due.
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        assert field_of(company, record_id, STATE) == "Automated 3"
        assert flow.saves == 3
        [last] = [r for r in calls.batches[-1] if r["Id"] == record_id]
        assert STATE not in last
        assert "Client_Handling_Score__c" in last
        assert parked_alarms(agent) == [alarm]


def test_a_parked_field_is_written_again_when_a_person_says_so(company: Company) -> None:
    record_id = company.seeded["under_24h_without_plan"]
    flow = Automation(company, STATE, only=record_id)
    with company.agent() as agent:
        poll_for(agent, company, 5 * MINUTE)
        assert overwritten.parked(agent.work.store)
        flow.on = False
        retry(agent, company, number_of(company, record_id))
        poll_for(agent, company, MINUTE)
        assert field_of(company, record_id, STATE) == "Open"
        assert overwritten.parked(agent.work.store) == []

        flow.on = True  # And the count begins anew.
        company.later(26 * HOUR)
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        assert flow.saves == 6
        assert len(parked_alarms(agent)) == 2


def test_an_automation_on_every_record_is_one_line_of_alarm(company: Company) -> None:
    flow, calls = Automation(company, STATE), Calls(company)
    with company.agent() as agent:
        poll_for(agent, company, 8 * MINUTE)
        parked = overwritten.parked(agent.work.store)
        assert len(parked) > 30
        assert flow.saves == 3 * len(parked)
        [alarm] = parked_alarms(agent)
        assert f"and {len(parked) - 5} more" in alarm
        assert len(calls.batches) == 3


def test_a_parked_field_that_was_dropped_is_no_trouble_and_stays_unwritten(company: Company) -> None:
    record_id = company.seeded["under_24h_without_plan"]
    flow = Automation(company, STATE, only=record_id)
    with company.agent() as agent:
        poll_for(agent, company, 5 * MINUTE)
        store = agent.work.store
        mending.drop(store, mending.find(store, None), company.clock.now())
        assert not any("overwrites" in t for t in trouble(agent, company))
        company.later(26 * HOUR)
        agent.run_pass(company.clock)
        assert flow.saves == 3


def overwrite(agent: Agent, company: Company, record_id: str, value: str) -> None:
    company.save(record_id, **{STATE: value})
    poll_for(agent, company, MINUTE)


def test_a_person_who_changes_a_value_twice_is_put_right_both_times(company: Company) -> None:
    record_id = company.seeded["under_24h_without_plan"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        for value in ("Fine", "Really fine"):
            overwrite(agent, company, record_id, value)
            assert field_of(company, record_id, STATE) == "Open"
        assert parked_alarms(agent) == []
        overwrite(agent, company, record_id, "I mean it")
        assert field_of(company, record_id, STATE) == "I mean it"
        assert len(parked_alarms(agent)) == 1


def test_what_becomes_of_a_parked_field_is_not_told_again(company: Company) -> None:
    record_id = company.seeded["under_24h_without_plan"]
    Automation(company, STATE, only=record_id)
    with company.agent() as agent:
        poll_for(agent, company, 5 * MINUTE)
        alarms = parked_alarms(agent)
        for value in ("Fine", "Really fine", "I mean it", "Go away"):
            overwrite(agent, company, record_id, value)
        assert parked_alarms(agent) == alarms
        assert field_of(company, record_id, STATE) == "Go away"


def test_a_value_the_agent_could_not_write_is_nobodys_overwriting(company: Company) -> None:
    record_id = company.seeded["under_24h_without_plan"]
    company.seeded.org.faults.add(Fault.lock_row(record_id, times=None))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        for value in ("A", "B", "C", "D", "A", "B", "A", "B"):
            overwrite(agent, company, record_id, value)
        assert agent.work.store.rows("SELECT * FROM overwritten") == []
        company.seeded.org.faults.clear()
        poll_for(agent, company, 20 * MINUTE)
    assert field_of(company, record_id, STATE) == "Open"


def test_a_field_that_is_hidden_for_a_while_was_overwritten_by_nobody(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        for _ in range(4):
            company.seeded.org.faults.add(Fault.hidden_field(SLI, STATE))
            poll_for(agent, company, 2 * MINUTE)
            company.seeded.org.faults.clear()
            company.later(HOUR)
            poll_for(agent, company, 2 * MINUTE)
        assert agent.work.store.rows("SELECT * FROM overwritten") == []


def test_another_value_of_ours_begins_the_count_anew(company: Company) -> None:
    record_id = company.seeded["under_24h_without_plan"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        for value in ("Fine", "Really fine"):
            overwrite(agent, company, record_id, value)
        company.later(26 * HOUR)
        agent.run_pass(company.clock)
        assert field_of(company, record_id, STATE) == "Violated"
        for value in ("Fine", "Really fine"):
            overwrite(agent, company, record_id, value)
            assert field_of(company, record_id, STATE) == "Violated"
        assert parked_alarms(agent) == []


def test_two_agents_that_write_the_same_values_park_nothing(company: Company) -> None:
    with company.agent("one") as one, company.agent("two") as two:
        one.run_pass(company.clock)
        two.run_pass(company.clock)
        for hours in range(0, 40, 4):
            company.later(4 * HOUR)
            first, second = (one, two) if hours % 8 else (two, one)
            first.run_pass(company.clock)
            second.run_pass(company.clock)
            poll_for(first, company, 2 * MINUTE)
        for agent in (one, two):
            assert overwritten.parked(agent.work.store) == []


@pytest.mark.parametrize("act", [mending.retry, mending.drop])
def test_the_log_says_what_a_person_did(company: Company, act: Callable[..., None]) -> None:
    record_id = company.seeded["plan_in_time"]
    company.seeded.org.faults.add(
        Fault.row_error(SLI, "FIELD_CUSTOM_VALIDATION_EXCEPTION", where={"Id": record_id})
    )
    with company.agent() as agent:
        agent.run_pass(company.clock)
        store = agent.work.store
        act(store, mending.find(store, None), company.clock.now())
        row = store.row("SELECT * FROM log WHERE kind = 'write_back' ORDER BY id DESC LIMIT 1")
        assert row is not None
        assert row["number"] == number_of(company, record_id)
        assert "person" in row["text"]
