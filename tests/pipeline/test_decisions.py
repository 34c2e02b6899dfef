"""What people decided survives the disk, reaches every agent, and the end of a silence is announced once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from agent.desk.decided import silences as deciding
from agent.desk.decided.silences import Place
from agent.desk.verify import verify
from agent.instants import to_text
from agent.loop import Agent
from agent.model import DecisionKind, HumanDecision
from agent.sandbox.faults import Fault
from agent.store import decisions, diary, notices
from tests.company import Company, Founding
from tests.sync.watching import OVERLAP, SLI, submit, with_post

DECISION = "SLI_Agent_Decision__c"
HOUR = timedelta(hours=1)
BOTH = "plan_missing_both"


@pytest.fixture
def company(found_company: Founding) -> Iterator[Company]:
    """A company that hears of ended silences only: all else takes time, and is tested elsewhere."""
    with found_company(size=60) as small:
        off, alone = 'mode = "off"', "[alerts.silence_ended]\n"
        small.remap(('mode = "live"', off), (f"{alone}{off}", f'{alone}mode = "live"'))
        yield small


def run(agent: Agent, company: Company) -> None:
    with_post(agent)
    agent.run_pass(company.clock)


def row_of(company: Company, record_id: str) -> dict[str, Any]:
    return next(row for row in company.rows(SLI) if row["Id"] == record_id)


def office_of(agent: Agent, company: Company, nickname: str) -> Place:
    office = row_of(company, company.seeded[nickname])["Office__c"]
    return deciding.named(agent.work.store, agent.work.mapping, "office", office, company.clock.now())


def hush(
    agent: Agent, company: Company, place: Place, span: timedelta = 8 * HOUR, owner: str = "Ana Ruiz"
) -> HumanDecision:
    now = company.clock.now()
    return deciding.silence(agent.work.store, place, owner=owner, reason="storm", until=now + span, now=now)


def acknowledge(agent: Agent, company: Company, nickname: str) -> HumanDecision:
    store, now = agent.work.store, company.clock.now()
    place = deciding.sli(store, agent.work.mapping, company.seeded[nickname], now)
    return deciding.acknowledgement(store, place, by="Bo Lind", note="on it", now=now)


def held(company: Company) -> set[str]:
    return {row["Key__c"] for row in company.rows(DECISION)}


def known(agent: Agent) -> set[str]:
    """Keys of all decisions on this disk."""
    store, org_id = agent.work.store, agent.work.org_id
    return {d.key for kind in DecisionKind for d in decisions.of(store, org_id, kind)}


def announced(agent: Agent) -> list[str]:
    """The SLIs whose silence is told to have ended, once for each time."""
    rows = agent.work.store.rows("SELECT intervention_id FROM notice WHERE rule = 'silence_ended' ORDER BY 1")
    return [row[0] for row in rows]


def alarms(agent: Agent) -> list[str]:
    return [line["text"] for line in diary.lines(agent.work.store, {"kind": "alarm"})]


def test_a_deleted_state_directory_forgets_neither_a_silence_nor_an_acknowledgement(company: Company) -> None:
    with company.agent("first disk") as agent:
        run(agent, company)
        said = {hush(agent, company, office_of(agent, company, BOTH)).key}
        said |= {acknowledge(agent, company, BOTH).key}
        run(agent, company)
    with company.agent("another disk") as agent:
        run(agent, company)
        [row] = deciding.listed(agent.work.store, company.clock.now(), everything=False)
        heard = decisions.of(agent.work.store, agent.work.org_id, DecisionKind.ACKNOWLEDGED)

        assert known(agent) == said
    assert (row["by"], row["reason"], row["in_salesforce"]) == ("Ana Ruiz", "storm", True)
    assert [(d.about, d.by, d.reason) for d in heard] == [(company.seeded[BOTH], "Bo Lind", "on it")]


def test_nothing_is_judged_on_an_empty_disk_before_decisions_have_been_read_once(company: Company) -> None:
    company.seeded.org.faults.add(Fault.lost_sharing(DECISION), Fault.hidden_field(DECISION, "Kind__c"))
    with company.agent() as agent:
        run(agent, company)
        assert agent.work.store.value("SELECT count(*) FROM milestone") == 0
        assert any("Nothing is judged or sent before it has been read once" in text for text in alarms(agent))


def test_two_agents_know_what_was_said_to_either(company: Company) -> None:
    with company.agent("one") as one, company.agent("two") as two:
        run(one, company)
        run(two, company)
        said = {hush(one, company, office_of(one, company, BOTH)).key, acknowledge(two, company, BOTH).key}
        for _ in range(10):  # The stream of decisions takes its turn among the others.
            run(one, company)
            run(two, company)
            company.later(timedelta(minutes=1))
        assert known(one) == known(two) == held(company) == said
        lines = [line["text"] for line in diary.lines(one.work.store, {"kind": "decision"})]
    assert "acknowledged by Bo Lind (told by another agent)" in lines


def test_what_is_said_while_salesforce_is_away_is_sent_when_it_answers_again(company: Company) -> None:
    with company.agent() as agent:
        run(agent, company)
        company.seeded.org.faults.add(Fault.unavailable(times=None))
        said = hush(agent, company, office_of(agent, company, BOTH))
        run(agent, company)
        assert held(company) == set()
        assert decisions.unkept_keys(agent.work.store) == {said.key}

        company.seeded.org.faults.clear()
        company.later(HOUR)
        run(agent, company)
        assert held(company) == {said.key}
        assert decisions.unkept_keys(agent.work.store) == frozenset()


def test_a_lost_answer_makes_no_second_row(company: Company) -> None:
    with company.agent() as agent:
        run(agent, company)
        said = acknowledge(agent, company, BOTH)
        company.seeded.org.faults.add(Fault.lost_answer(path="/composite/sobjects", times=1))
        run(agent, company)
        assert decisions.unkept_keys(agent.work.store) == {said.key}
        company.later(HOUR)
        run(agent, company)
        assert decisions.unkept_keys(agent.work.store) == frozenset()
    assert [row["Key__c"] for row in company.rows(DECISION)] == [said.key]


def test_a_decision_that_salesforce_refuses_is_told_once_and_tried_again(company: Company) -> None:
    company.environ["SLI_POLL_SECONDS"] = "3600"
    with company.agent() as agent:
        run(agent, company)
        said = hush(agent, company, office_of(agent, company, BOTH))
        company.seeded.org.faults.add(Fault.row_error(DECISION, "FIELD_CUSTOM_VALIDATION_EXCEPTION"))
        for _ in range(3):
            run(agent, company)
            again = agent.next_wake(company.clock.now()) - company.clock.now()
            assert timedelta(0) < again < timedelta(minutes=20)  # Well before the next poll.
            company.later(again)
        [told] = [text for text in alarms(agent) if "cannot be kept" in text]
        assert "a silence" in told
        assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in told

        company.seeded.org.faults.clear()
        run(agent, company)
    assert held(company) == {said.key}


def test_a_reason_that_is_corrected_in_salesforce_is_followed(company: Company) -> None:
    with company.agent() as agent:
        run(agent, company)
        hush(agent, company, office_of(agent, company, BOTH))
        run(agent, company)
        [row] = company.rows(DECISION)
        company.save(row["Id"], Reason__c="a very long storm", Data__c="no JSON")
        for _ in range(10):
            company.later(timedelta(minutes=1))
            run(agent, company)
        [kept] = deciding.listed(agent.work.store, company.clock.now(), everything=False)
    assert kept["reason"] == "a very long storm"


def open_in(agent: Agent, office: str) -> list[str]:
    rows = agent.work.store.rows("SELECT id FROM intervention WHERE open = 1 AND office_id = ?", (office,))
    return sorted(row[0] for row in rows)


def test_when_a_silence_ends_each_sli_it_covered_that_is_still_open_is_announced_once(
    company: Company,
) -> None:
    with company.agent() as agent:
        run(agent, company)
        place = office_of(agent, company, BOTH)
        resolved = submit(company, Office__c=place.id)
        hush(agent, company, place)
        company.later(7 * HOUR)
        company.save(resolved, Client_Status__c="Green")
        run(agent, company)
        company.later(HOUR + timedelta(minutes=1))
        run(agent, company)
        assert announced(agent) == []  # The mirror may not know yet who was resolved by then.

        company.later(OVERLAP)
        younger = submit(company, Office__c=place.id)  # The silence never covered it.
        run(agent, company)
        still_open = open_in(agent, place.id)
        assert {company.seeded[BOTH], younger} <= set(still_open)
        assert announced(agent) == [record_id for record_id in still_open if record_id != younger]

        before = announced(agent)
        company.later(HOUR)
        company.save(resolved, Client_Status__c="Yellow")  # Open again, and no more than that.
        run(agent, company)
        assert announced(agent) == before


def test_the_end_is_announced_though_the_agent_was_down_at_that_instant(company: Company) -> None:
    with company.agent() as agent:
        run(agent, company)
        place = office_of(agent, company, BOTH)
        end = hush(agent, company, place).until
        run(agent, company)
    company.later(timedelta(days=3))
    with company.agent() as agent:
        run(agent, company)
        assert company.seeded[BOTH] in announced(agent)
        [kept] = [
            k
            for k in notices.of_intervention(agent.work.store, agent.work.org_id, company.seeded[BOTH])
            if k.notice.rule == "silence_ended"
        ]
    assert kept.notice.due == end


def test_a_silence_that_a_person_ends_is_announced_with_that_instant(company: Company) -> None:
    with company.agent() as agent:
        run(agent, company)
        sli = deciding.sli(agent.work.store, agent.work.mapping, company.seeded[BOTH], company.clock.now())
        said = hush(agent, company, sli)
        company.later(HOUR)
        now = company.clock.now()
        deciding.end(agent.work.store, sli.words, by="Bo Lind", reason="over", now=now)
        company.later(OVERLAP)
        run(agent, company)
        assert announced(agent) == [company.seeded[BOTH]]
        company.later(8 * HOUR)  # The end that was said first passes, and is none any more.
        run(agent, company)
        assert announced(agent) == [company.seeded[BOTH]]
        # `audit --verify` knows the end that a person gave it, and no other.
        assert verify(agent.work.store, company.seeded[BOTH])["differences"] == []
        with agent.work.store.transaction():
            agent.work.store.write("DELETE FROM decision WHERE kind = 'silence_end'")
        [tampered] = verify(agent.work.store, company.seeded[BOTH])["differences"]
        assert tampered["what"] == "due"
        assert tampered["recomputed"] == to_text(said.until)
    assert len(held(company)) == 2
    assert said.key in held(company)


def test_while_another_silence_goes_on_only_the_end_of_that_one_is_announced(company: Company) -> None:
    with company.agent() as agent:
        run(agent, company)
        sli = deciding.sli(agent.work.store, agent.work.mapping, company.seeded[BOTH], company.clock.now())
        hush(agent, company, sli, 2 * HOUR)
        longer = hush(agent, company, office_of(agent, company, BOTH), 4 * HOUR)
        company.later(2 * HOUR + OVERLAP)
        run(agent, company)
        assert announced(agent) == []
        company.later(2 * HOUR)
        run(agent, company)
        due = agent.work.store.value(
            "SELECT due FROM notice WHERE intervention_id = ? AND rule = 'silence_ended'",
            (company.seeded[BOTH],),
        )
    assert longer.until is not None
    assert due == f"{longer.until:%Y-%m-%dT%H:%M:%SZ}"


def test_a_lost_disk_announces_no_end_a_second_time(company: Company) -> None:
    with company.agent("first disk") as agent:
        run(agent, company)
        hush(agent, company, office_of(agent, company, BOTH), HOUR)
        company.later(HOUR + OVERLAP)
        run(agent, company)
        first = announced(agent)
        company.later(timedelta(days=1))  # The digest has its hour.
        run(agent, company)
        sent = agent.work.store.value("SELECT count(*) FROM message WHERE state = 'sent'")
    with company.agent("another disk") as agent:
        run(agent, company)
        assert first
        assert announced(agent) == first
        assert agent.work.store.value("SELECT count(*) FROM message WHERE state = 'sent'") == 0
    assert sent > 1


def told_of_the_end(company: Company, owner: str) -> set[str]:
    """Who is mailed when a silence over the client's side of an SLI has ended; `owner` asked for it."""
    with company.agent() as agent:
        run(agent, company)
        now = company.clock.now()
        sli = deciding.sli(agent.work.store, agent.work.mapping, company.seeded["client_only"], now)
        hush(agent, company, sli, HOUR, owner)
        company.later(HOUR + OVERLAP)
        run(agent, company)
        company.later(timedelta(days=1))  # The digest waits for the next working day.
        post = with_post(agent)
        agent.run_pass(company.clock)
    return set(post.sent)


def test_whoever_asked_for_quiet_hears_of_its_end_beside_the_owner_of_the_open_side(company: Company) -> None:
    record = row_of(company, company.seeded["client_only"])
    office = next(row for row in company.rows("Office__c") if row["Id"] == record["Office__c"])
    users = [row for row in company.rows("User") if row["IsActive"] and row.get("Email")]
    people = {row["Id"]: row["Email"] for row in users}
    side_owner = people[office["Regional_CSM__c"]]
    asked = next(email for email in people.values() if email != side_owner)
    assert told_of_the_end(company, asked.upper()) == {side_owner, asked.upper()}


def test_an_address_that_belongs_to_no_active_user_is_not_mailed(company: Company) -> None:
    inactive = next(row["Email"] for row in company.rows("User") if not row["IsActive"] and row.get("Email"))
    told = told_of_the_end(company, inactive)
    assert told
    assert inactive not in told


def test_an_end_before_the_kind_went_live_is_not_announced(company: Company) -> None:
    live = company.mappings
    company.remap(('mode = "live"', 'mode = "off"'))
    with company.agent() as agent:
        run(agent, company)
        place = office_of(agent, company, BOTH)
        hush(agent, company, place, HOUR)
        company.later(2 * HOUR)
        run(agent, company)
        hush(agent, company, place, HOUR)
    company.later(2 * HOUR)  # It ends while the agent is down to be switched to live.
    company.mappings = live
    with company.agent() as agent:
        run(agent, company)
        company.later(2 * HOUR)
        run(agent, company)
        assert announced(agent) == []
