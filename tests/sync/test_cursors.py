"""Reading without losing: pages, kills between them, rows that commit late, rows that did not change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agent.instants import to_text
from agent.pipeline import take_in
from agent.sandbox.faults import Fault
from agent.store import mirror
from agent.sync import poll
from agent.sync.poll import LATE_COMMIT
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
    submit,
)

PLAN = "<p>A replacement caregiver starts tomorrow.</p>"


class Killed(BaseException):
    """The power goes."""


def test_thousands_of_rows_with_one_stamp_are_all_read_across_the_borders_of_pages(company: Company) -> None:
    loaded_at, admin = company.clock.now() - timedelta(days=1), company.seeded.ids["admin"]
    for n in range(4_100):
        company.seeded.org.insert("Client__c", {"Name": f"Client {n}"}, at=loaded_at, by=admin)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        known = {row["id"] for row in agent.work.store.rows("SELECT id FROM reference WHERE kind = 'client'")}
        polled = agent.last_tally["polled"]["client"]
    expected = {row["Id"] for row in company.rows("Client__c")}
    assert known == expected
    assert polled == len(expected) > 2 * poll.PAGE


@pytest.mark.parametrize("size", [10, 33, 100])
def test_interventions_read_in_pages_of_any_size_are_read_whole_and_once(
    company: Company, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    bulk = [submit(company, f"Bulk {n}") for n in range(40)]  # One stamp.
    with company.agent("whole") as agent:
        agent.run_pass(company.clock)
        expected, judged = held(agent), milestones(agent)
    monkeypatch.setattr(poll, "PAGE", size)
    with company.agent("in pages") as agent:
        first = agent.run_pass(company.clock)
        # The first agent has written back meanwhile; what was read is the same.
        assert {**held(agent), "intervention": []} == {**expected, "intervention": []}
        assert milestones(agent) == judged
        assert set(mirrored(agent)) >= set(bulk)
        assert seen_first(agent) == first["polled"]["intervention"] == len(mirrored(agent))


def test_a_kill_between_two_pages_loses_no_row_and_reads_none_twice(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    with company.agent() as agent:
        steps_until_half_read(agent, company, "intervention")
        began = cursor(agent, "intervention").began
        read_before = len(mirrored(agent))
        assert 0 < read_before < 60
        assert milestones(agent) == []  # Nothing is judged from half a mirror.
    company.later(MINUTE)
    with company.agent() as agent:
        after = agent.run_pass(company.clock)
        assert set(mirrored(agent)) == {row["Id"] for row in company.rows(SLI)}
        assert read_before + after["polled"]["intervention"] == 60
        assert seen_first(agent) == 60
        # What the read covers counts from its beginning, before the kill.
        assert cursor(agent, "intervention").covered == began


def test_a_kill_while_a_page_is_taken_in_leaves_neither_its_rows_nor_its_cursor(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise Killed

    with company.agent() as agent:
        with monkeypatch.context() as patch:
            patch.setattr(take_in, "judge_waiting", killed)
            with pytest.raises(Killed):
                agent.run_pass(company.clock)
        assert cursor(agent, "intervention").loaded  # The first call's streams were committed before.
    with company.agent("power cut at the first row") as agent:
        with monkeypatch.context() as patch:
            patch.setattr(mirror, "save_interventions", killed)
            with pytest.raises(Killed):
                agent.run_pass(company.clock)
        assert agent.work.store.rows("SELECT * FROM cursor") == []
        assert mirrored(agent) == {}
    with company.agent("power cut at the first row") as agent:
        agent.run_pass(company.clock)
        assert len(mirrored(agent)) == 60


def test_a_finished_read_covers_its_beginning_and_the_next_one_begins_ten_minutes_before(
    company: Company,
) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        now = company.clock.now()
        for stream in ("intervention", "history", "feed", "comment"):
            found = cursor(agent, stream)
            assert (found.covered, found.low_water) == (to_text(now), to_text(now - LATE_COMMIT))
            assert (found.resume_stamp, found.began, found.loaded) == (None, None, True)


def test_a_row_saved_behind_the_page_that_is_being_read_is_found(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    with company.agent() as agent:
        at = company.clock.now()
        late = company.seeded.org.insert(
            SLI,
            {"Name": "Late", "Client_Status__c": "Orange"},
            at=at - timedelta(minutes=9),
            by=company.seeded.ids["admin"],
            commit_at=at + timedelta(seconds=30),
        )
        submit(company, "Has a later stamp")
        steps_until_half_read(agent, company, "intervention")
        while cursor(agent, "intervention").resume_stamp:
            assert agent.step(company.clock.now())
        assert late not in mirrored(agent)
        poll_for(agent, company, 2 * MINUTE)
        assert late in mirrored(agent)


@pytest.mark.parametrize("seconds", [0, 5, 60, 300, 590])
def test_whatever_commits_late_is_found(company: Company, seconds: int) -> None:
    record_id, org = company.seeded["under_24h_without_plan"], company.seeded.org
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(MINUTE)
        org.faults.add(Fault.late_commits(seconds))
        company.save(record_id, Client_Intervention_Plan__c=PLAN, Client_Status__c="Green")
        new = submit(company, "Late")
        post = org.post(record_id, "We called.", at=company.clock.now(), by=company.seeded.ids["admin"])
        org.faults.clear()
        on_time = submit(
            company, "On time"
        )  # A cursor at the highest stamp seen would now be past the others.
        agent.run_pass(company.clock)
        assert on_time in mirrored(agent)
        assert (new in mirrored(agent)) is (seconds == 0)

        poll_for(agent, company, OVERLAP)
        assert new in mirrored(agent)
        assert source(agent, record_id)["Client_Intervention_Plan__c"] == PLAN
        assert state_of(agent, record_id, "client", "plan") == "met"
        assert state_of(agent, record_id, "client", "resolution") == "met"
        assert post in {row[0] for row in held(agent)["chatter"]}
        history = company.rows("Service_Level_Intervention__History")
        logged = {r["Id"] for r in history if r["ParentId"] == record_id and r["Field"] == "Client_Status__c"}
        assert logged <= {row[0] for row in held(agent)["change"]}


def test_rows_read_again_and_unchanged_are_not_judged_again(company: Company) -> None:
    with company.agent() as agent:
        first = agent.run_pass(company.clock)
        assert first["write_backs"]["written"] > 0  # Our own writes move the stamps.
        judged = {i: row["judged_at"] for i, row in mirrored(agent).items()}
        decisions, changes = lines(agent, "decision"), lines(agent, "change")
        company.later(MINUTE)
        again = agent.run_pass(company.clock)

        assert again["polled"]["intervention"] >= first["write_backs"]["written"]
        assert {i: row["judged_at"] for i, row in mirrored(agent).items()} == judged
        assert (lines(agent, "decision"), lines(agent, "change")) == (decisions, changes)
        assert again["write_backs"] == {"written": 0, "failed": 0}


def test_a_change_of_a_field_nobody_judges_by_is_not_judged(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        judged = mirrored(agent)[record_id]["judged_at"]
        company.later(OVERLAP)
        company.save(record_id, Description__c="Another word.")
        agent.run_pass(company.clock)
        assert mirrored(agent)[record_id]["judged_at"] == judged

        company.later(MINUTE)
        company.save(record_id, Client_Status__c="Red")
        agent.run_pass(company.clock)
        assert mirrored(agent)[record_id]["judged_at"] == to_text(company.clock.now())


def test_a_quiet_poll_is_one_call_and_deletions_are_asked_for_every_five_minutes(company: Company) -> None:
    asked: list[bytes] = []
    handle = company.seeded.org.handle

    def listen(request: Any, *rest: Any) -> Any:
        asked.append(request.body)
        return handle(request, *rest)

    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, 5 * MINUTE)
        company.seeded.org.handle = listen  # type: ignore[assignment, method-assign]
        calls = []
        for _ in range(20):
            company.later(MINUTE)
            calls.append(agent.run_pass(company.clock)["api_calls"])
    assert set(calls) == {1}
    assert sum(b"/deleted?" in body for body in asked) == 4
