"""The comparison of ids: what reading missed is found and reported, and what vanished is not taken for deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from agent.desk.explain import explain
from agent.desk.status import status
from agent.instants import to_text
from agent.loop import Agent
from agent.pipeline.census import EVERY, SOON
from agent.sandbox.faults import Fault
from agent.store import census
from agent.store.census import Census
from agent.sync import poll
from agent.sync.census import Held, compare, looks_like_lost_sharing
from agent.sync.replication import DELETED_REACH
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
    source,
    state_of,
    submit,
)

RECORD = "under_24h_without_plan"
HISTORY = "Service_Level_Intervention__History"
PLAN = "<p>A replacement caregiver starts tomorrow.</p>"
ROUND = timedelta(minutes=20)
"""A comparison, the five minutes until getDeleted has spoken, and the look at what vanished."""
NO_PROOF = Fault.unavailable(times=None, path="/(deleted|updated)")


def compared(agent: Agent, company: Company) -> None:
    """Let a comparison come due, and wait for its conclusion."""
    company.later(EVERY)
    poll_for(agent, company, ROUND)


@pytest.fixture
def agent(company: Company) -> Iterator[Agent]:
    """An agent whose first comparison has just been concluded."""
    with company.agent() as running:
        running.run_pass(company.clock)
        company.later(SOON)
        poll_for(running, company, ROUND)
        assert lines(running, "alarm") == []
        yield running


def standing(agent: Agent) -> Census:
    """Where the comparison of the SLIs stands."""
    kept = census.of(agent.work.store, "intervention")
    assert kept is not None
    return kept


def number(agent: Agent, record_id: str) -> str:
    return str(mirrored(agent)[record_id]["number"])


def commit_late(company: Company, seconds: int, **values: Any) -> str:
    """An SLI whose transaction takes so long."""
    at, given = company.clock.now(), {"Name": "Late", "Client_Status__c": "Orange", **values}
    by, late = company.seeded.ids["admin"], timedelta(seconds=seconds)
    return company.seeded.org.insert(SLI, given, at=at, by=by, commit_at=at + late)


def deletion(company: Company, record_id: str) -> None:
    at, by = company.clock.now(), company.seeded.ids["admin"]
    company.seeded.org.delete(record_id, at=at, by=by, hard=True)


# What reading missed


def test_of_five_rows_that_commit_up_to_590_seconds_late_none_is_lost_and_none_needs_a_comparison(
    company: Company, agent: Agent
) -> None:
    late = [commit_late(company, seconds) for seconds in (0, 5, 60, 300, 590)]
    poll_for(agent, company, OVERLAP)
    assert set(late) <= set(mirrored(agent))
    compared(agent, company)
    assert lines(agent, "alarm") == []


def test_a_row_that_commits_900_seconds_late_is_found_through_latest_date_covered_with_its_history(
    company: Company, agent: Agent
) -> None:
    late = commit_late(company, 900)
    poll_for(agent, company, timedelta(minutes=17))
    assert late in mirrored(agent)

    record_id, at = company.seeded[RECORD], company.clock.now()
    company.seeded.org.update(
        record_id,
        {"Client_Status__c": "Green"},
        at=at,
        by=company.seeded.ids["admin"],
        commit_at=at + timedelta(seconds=900),
    )
    poll_for(agent, company, timedelta(minutes=17))
    assert source(agent, record_id)["Client_Status__c"] == "Green"
    ours = {row["Id"] for row in company.rows(HISTORY) if row["Field"] == "Client_Status__c"}
    assert ours <= {row[0] for row in held(agent)["change"]}
    assert lines(agent, "alarm") == []


def test_where_nothing_tells_of_running_transactions_the_comparison_finds_the_late_row_and_reports_it(
    company: Company, agent: Agent
) -> None:
    org, admin = company.seeded.org, company.seeded.ids["admin"]
    org.faults.add(NO_PROOF)
    poll_for(agent, company, 6 * MINUTE)
    late, at = commit_late(company, 900), company.clock.now()
    org.update(
        company.seeded[RECORD],
        {"Client_Status__c": "Green", "Client_Intervention_Plan__c": PLAN},
        at=at,
        by=admin,
        commit_at=at + timedelta(seconds=900),
    )
    poll_for(agent, company, timedelta(minutes=30))
    assert late not in mirrored(agent)
    assert source(agent, company.seeded[RECORD])["Client_Status__c"] != "Green"

    org.faults.clear()
    compared(agent, company)
    assert late in mirrored(agent)
    assert source(agent, company.seeded[RECORD])["Client_Status__c"] == "Green"
    # Judged by the time in its history, which was missed as well.
    assert state_of(agent, company.seeded[RECORD], "client", "resolution") == "met"
    rows = [row for row in company.rows(HISTORY) if row["Field"] == "Client_Status__c"]
    assert {row["Id"] for row in rows} <= {row[0] for row in held(agent)["change"]}
    [found] = [line for line in lines(agent, "alarm") if "comparing ids" in line]
    assert found.startswith("2 SLI(s) that no poll had shown")
    assert number(agent, late) in found
    assert number(agent, company.seeded[RECORD]) in found
    before = len(lines(agent, "alarm"))
    compared(agent, company)
    assert len(lines(agent, "alarm")) == before


@pytest.mark.parametrize("unreadable", [None, ("Task", "CreatedDate")])
def test_an_sli_that_is_shared_only_later_comes_with_all_that_was_said_about_it(
    company: Company, unreadable: tuple[str, str] | None
) -> None:
    record_id, org = company.seeded["plan_in_time"], company.seeded.org
    at, by = company.clock.now(), company.seeded.ids["admin"]
    post = org.post(record_id, "We called.", at=at, by=by)
    comment = org.comment(post, "And again.", at=at, by=by)
    org.faults.add(Fault.lost_sharing(SLI, record_id))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert record_id not in mirrored(agent)
        assert post not in {row[0] for row in held(agent)["chatter"]}
        org.faults.clear()
        if unreadable:
            org.faults.add(
                Fault.hidden_field(*unreadable)
            )  # No deadline depends on it: nothing waits for it.
        compared(agent, company)
        assert record_id in mirrored(agent)
        assert {post, comment} <= {row[0] for row in held(agent)["chatter"]}
        assert {row["Id"] for row in company.rows(HISTORY) if row["Field"] == "Client_Status__c"} <= {
            row[0] for row in held(agent)["change"]
        }
        assert any("comparing ids" in line for line in lines(agent, "alarm"))


def test_a_post_that_was_missed_is_found_and_reported(company: Company, agent: Agent) -> None:
    at, by = company.clock.now(), company.seeded.ids["admin"]
    company.seeded.org.faults.add(NO_PROOF, Fault.late_commits(1200))
    post = company.seeded.org.post(company.seeded[RECORD], "We called.", at=at, by=by)
    poll_for(agent, company, timedelta(minutes=30))
    assert post not in {row[0] for row in held(agent)["chatter"]}
    company.seeded.org.faults.clear()
    compared(agent, company)
    assert post in {row[0] for row in held(agent)["chatter"]}
    assert any(line.startswith("1 post(s) that no poll had shown") for line in lines(agent, "alarm"))


def test_an_sli_undeleted_behind_the_low_water_mark_lives_again(company: Company, agent: Agent) -> None:
    record_id, org = company.seeded[RECORD], company.seeded.org
    before = [m for m in milestones(agent) if m[0] == record_id]
    at, by = company.clock.now(), company.seeded.ids["admin"]
    org.delete(record_id, at=at, by=by)
    poll_for(agent, company, OVERLAP)
    assert mirrored(agent)[record_id]["deleted"] == 1
    org.faults.add(NO_PROOF, Fault.late_commits(1200))
    org.undelete(record_id, at=company.clock.now(), by=by)
    poll_for(agent, company, timedelta(minutes=30))
    assert mirrored(agent)[record_id]["deleted"] == 1
    org.faults.clear()
    compared(agent, company)
    assert mirrored(agent)[record_id]["deleted"] == 0
    assert [m[:3] for m in milestones(agent) if m[0] == record_id] == [m[:3] for m in before]


BEFORE, MARK, AFTER = "2026-11-18T15:00:00Z", "2026-11-18T15:10:00Z", "2026-11-18T15:10:01Z"


@pytest.mark.parametrize(
    ("row", "known", "is_unread"),
    [
        ({}, None, True),
        ({"SystemModstamp": MARK}, None, False),  # The poll begins at the mark, and is going to read it.
        ({"SystemModstamp": AFTER}, None, False),
        ({"IsDeleted": True}, None, False),
        ({"IsDeleted": True}, Held(deleted=False, stamp=BEFORE), True),
        ({"IsDeleted": True}, Held(deleted=True, stamp=BEFORE), False),
        ({}, Held(deleted=True), True),
        ({}, Held(deleted=False), False),
        ({}, Held(deleted=False, stamp=BEFORE), False),
        ({}, Held(deleted=False, stamp="2026-11-18T14:59:59Z"), True),
        ({"ParentId": "001000000000001AAA"}, None, False),  # A post on somebody's account.
        ({"ParentId": "a01000000000001AAA"}, None, True),
    ],
)
def test_what_the_mirror_lacks_is_what_no_poll_is_going_to_read(
    row: dict[str, Any], known: Held | None, is_unread: bool
) -> None:
    shown = {"Id": "1", "IsDeleted": False, "SystemModstamp": BEFORE, **row}
    found = compare([shown], {"1": known} if known else {}, MARK, "a01")
    assert (found.unread, found.vanished) == (["1"] if is_unread else [], [])


# What vanished


def test_records_deleted_for_good_are_not_alive_after_a_comparison_and_nobody_is_alarmed(
    company: Company, agent: Agent
) -> None:
    gone = [company.seeded[RECORD], company.seeded["plan_in_time"], company.seeded["emoji"]]
    company.later(EVERY)
    # A comparison that meets them before getDeleted has told of them.
    agent.run_pass(company.clock)
    for record_id in gone:
        deletion(company, record_id)
    poll_for(agent, company, ROUND)
    alive = {i for i, row in mirrored(agent).items() if not row["deleted"]}
    assert alive == {row["Id"] for row in company.rows(SLI) if not row.get("IsDeleted")}
    assert lines(agent, "alarm") == []


def test_an_sli_that_vanished_without_proof_is_unseen_its_clock_runs_on_and_it_is_named(
    company: Company, agent: Agent
) -> None:
    record_id = company.seeded[RECORD]
    assert state_of(agent, record_id, "client", "plan") == "open"
    fault = Fault.lost_sharing(SLI, record_id)
    company.seeded.org.faults.add(fault)
    compared(agent, company)
    row = mirrored(agent)[record_id]
    assert row["unseen"] is not None
    assert row["deleted"] == 0
    assert state_of(agent, record_id, "client", "plan") == "violated"
    [alarm] = lines(agent, "alarm")
    assert alarm.startswith("1 SLI(s) can no longer be seen, and nothing proves them deleted")
    assert row["number"] in alarm
    found = status(agent.work.store, agent.work.mapping, company.clock.now())
    assert any("1 SLI can no longer be seen" in text for text in found["trouble"])
    why = explain(agent.work.store, agent.work.mapping, row["number"], company.clock.now())
    assert why["unseen_since"] is not None
    assert json.dumps(why)
    compared(agent, company)
    assert lines(agent, "alarm") == [alarm]


def test_an_sli_that_is_seen_again_loses_its_mark_within_the_hour_and_catches_up(
    company: Company, agent: Agent
) -> None:
    record_id, org = company.seeded[RECORD], company.seeded.org
    org.faults.add(Fault.lost_sharing(SLI, record_id))
    compared(agent, company)
    company.save(record_id, Client_Status__c="Red")
    poll_for(agent, company, OVERLAP)
    assert source(agent, record_id)["Client_Status__c"] != "Red"
    company.later(timedelta(hours=3))
    poll_for(agent, company, OVERLAP)
    assert mirrored(agent)[record_id]["unseen"] is not None

    org.faults.clear()
    company.later(timedelta(hours=1))
    poll_for(agent, company, 2 * MINUTE)
    assert mirrored(agent)[record_id]["unseen"] is None
    assert source(agent, record_id)["Client_Status__c"] == "Red"
    assert "can be seen again" in lines(agent, "change")
    rows = [row for row in company.rows(HISTORY) if row["Field"] == "Client_Status__c"]
    assert {row["Id"] for row in rows} <= {row[0] for row in held(agent)["change"]}
    found = status(agent.work.store, agent.work.mapping, company.clock.now())
    assert not any("can no longer be seen" in text for text in found["trouble"])


def test_an_unseen_sli_that_is_proven_deleted_afterwards_is_cancelled(company: Company, agent: Agent) -> None:
    record_id = company.seeded[RECORD]
    company.seeded.org.faults.add(Fault.lost_sharing(SLI, record_id))
    compared(agent, company)
    deletion(company, record_id)
    poll_for(agent, company, 7 * MINUTE)
    assert mirrored(agent)[record_id]["deleted"] == 1
    assert {m[3] for m in milestones(agent) if m[0] == record_id} == {"cancelled"}
    assert census.unseen(agent.work.store) == []


def test_sharing_lost_for_half_of_the_slis_concludes_nothing_and_raises_one_alarm(
    company: Company, agent: Agent
) -> None:
    half = sorted(mirrored(agent))[::2]
    deleted = {i: row["deleted"] for i, row in mirrored(agent).items()}
    cancelled = {m[:3] for m in milestones(agent) if m[3] == "cancelled"}
    company.seeded.org.faults.add(Fault.lost_sharing(SLI, *half))
    for _ in range(3):
        compared(agent, company)
    assert {i: row["deleted"] for i, row in mirrored(agent).items()} == deleted
    assert {row["unseen"] for row in mirrored(agent).values()} == {None}
    assert {m[:3] for m in milestones(agent) if m[3] == "cancelled"} == cancelled
    [alarm] = lines(agent, "alarm")
    assert "has the agent lost their sharing?" in alarm
    found = status(agent.work.store, agent.work.mapping, company.clock.now())
    assert any("lost their sharing" in text for text in found["trouble"])

    company.seeded.org.faults.clear()
    company.later(SOON)
    poll_for(agent, company, ROUND)
    assert [line for line in lines(agent, "alarm")[1:] if "are back" in line]
    assert status(agent.work.store, agent.work.mapping, company.clock.now())["trouble"] == []


@pytest.mark.parametrize(
    ("vanished", "living", "lost"), [(5, 20, False), (6, 20, True), (6, 60, False), (7, 60, True)]
)
def test_more_than_five_and_more_than_a_tenth_at_once_is_too_many(
    vanished: int, living: int, lost: bool
) -> None:
    assert looks_like_lost_sharing(vanished, living) is lost


@pytest.mark.parametrize(("count", "marked"), [(5, 5), (6, 0)])
def test_a_few_that_vanished_are_marked_and_too_many_are_not(
    company: Company, agent: Agent, count: int, marked: int
) -> None:
    alive = sorted(i for i, row in mirrored(agent).items() if not row["deleted"])
    assert len(alive) < 60
    company.seeded.org.faults.add(Fault.lost_sharing(SLI, *alive[:count]))
    compared(agent, company)
    assert len(census.unseen(agent.work.store)) == marked
    assert len(lines(agent, "alarm")) == 1


def test_posts_that_vanish_with_their_sli_raise_no_alarm_of_their_own_and_go_on_counting(
    company: Company, agent: Agent
) -> None:
    record_id = next(row[1] for row in held(agent)["chatter"] if row[2] == "post")
    before = held(agent)["chatter"]
    company.seeded.org.faults.add(Fault.lost_sharing(SLI, record_id))
    compared(agent, company)
    assert held(agent)["chatter"] == before
    [alarm] = lines(agent, "alarm")
    assert number(agent, record_id) in alarm


# How it is done


def test_a_comparison_costs_no_call_of_its_own_and_the_polls_go_on_reading(
    company: Company, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 10)
    company.later(EVERY)
    calls, ids_read = [], set()
    company.save(company.seeded.ids["office/Phoenix"], Name="Phoenix West")
    company.save(company.seeded.ids["rd/Nebraska"], Email="new@example.com")
    submitted = submit(company)
    for _ in range(18):
        company.later(MINUTE)
        calls.append(agent.run_pass(company.clock)["api_calls"])
        ids_read.add(standing(agent).resume_id)
    assert max(calls[4:]) == 1
    assert len(ids_read) >= 6  # It was under way all the time.
    assert {"Phoenix West"} <= {row[2] for row in held(agent)["reference"]}
    assert any("new@example.com" in row[3] for row in held(agent)["reference"])
    assert submitted in mirrored(agent)


def test_no_stream_loses_its_turn_to_a_comparison(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    # An even number of streams that take turns, and a comparison that takes every second turn.
    activities = 'object = "Task"\nrelated = "WhatId"\nsubject = "Subject"\ncompleted = "CompletedDateTime"'
    company.remap((f"[activities]\n{activities}", ""))
    monkeypatch.setattr(poll, "PAGE", 5)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(SOON)
        poll_for(agent, company, 4 * MINUTE)
        turns, ids_read = set(), set()
        for _ in range(13):
            company.later(MINUTE)
            turns |= agent.run_pass(company.clock)["polled"].keys()
            ids_read.add(standing(agent).resume_id)
        assert len(ids_read) >= 4
        assert {"person", "account", "office", "region", "client", "notice"} <= turns


def test_a_comparison_goes_on_after_a_kill_where_it_was(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    vanished = ""
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(SOON)
        vanished = min(mirrored(agent))
        company.seeded.org.faults.add(Fault.lost_sharing(SLI, vanished))
        while not (kept := standing(agent)).resume_id:
            assert agent.step(company.clock.now()) or company.later(MINUTE) is None
    with company.agent() as agent:
        while (again := standing(agent)).resume_id == kept.resume_id:
            assert agent.step(company.clock.now()) or company.later(MINUTE) is None
        assert again.began == kept.began
        poll_for(agent, company, ROUND)
        assert [found["id"] for found in census.unseen(agent.work.store)] == [vanished]


def test_a_comparison_that_cannot_be_read_is_asked_again_and_concludes_nothing(
    company: Company, agent: Agent
) -> None:
    company.later(EVERY)
    company.seeded.org.faults.add(Fault.hidden_field(SLI, "IsDeleted"))
    poll_for(agent, company, ROUND)
    assert census.unseen(agent.work.store) == []
    company.seeded.org.faults.clear()
    poll_for(agent, company, timedelta(minutes=40))
    assert (standing(agent).began, standing(agent).ended) == (None, None)
    assert standing(agent).next_at > to_text(company.clock.now())
    assert cursor(agent, "intervention").error is None


def test_an_agent_that_was_away_longer_than_salesforce_remembers_deletions_marks_what_is_gone_as_unseen(
    company: Company, agent: Agent
) -> None:
    record_id = company.seeded[RECORD]
    company.later(MINUTE)
    deletion(company, record_id)
    company.later(DELETED_REACH + timedelta(days=2))
    poll_for(agent, company, timedelta(minutes=30))
    row = mirrored(agent)[record_id]
    assert (row["deleted"], row["unseen"] is not None) == (0, True)
    [alarm] = [line for line in lines(agent, "alarm") if "nothing proves them deleted" in line]
    assert row["number"] in alarm
