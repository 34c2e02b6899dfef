"""Judgement: no deadline before the mirror has passed it (D11), both ways in, in batches, and for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from agent.instants import from_text, to_text
from agent.loop import Agent
from agent.model import MilestoneKind
from agent.pipeline import judging
from agent.sandbox.faults import Fault
from agent.sync.poll import LATE_COMMIT
from tests.company import Company, Founding
from tests.sync.watching import (
    MINUTE,
    OVERLAP,
    SLI,
    cursor,
    lines,
    milestones,
    mirrored,
    poll_for,
    silence,
    state_of,
    steps_until_rest,
    submit,
)

SECOND = timedelta(seconds=1)
DUE_SOON = "nearly_24h_without_plan"
PLAN = "<p>A replacement caregiver starts tomorrow.</p>"


@pytest.fixture
def company(found_company: Founding) -> Iterator[Company]:
    with found_company(size=60) as small:
        silence(small)
        yield small


def due_of(agent: Agent, record_id: str, side: str, kind: str) -> datetime:
    [due] = [m[6] for m in milestones(agent) if m[:3] == (record_id, side, kind)]
    return from_text(str(due))


def until(company: Company, instant: datetime) -> None:
    company.later(instant - company.clock.now())


def test_a_deadline_is_judged_once_the_low_water_mark_has_passed_it_and_no_second_before(
    company: Company,
) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        due = due_of(agent, record_id, "client", "plan")
        until(company, due + LATE_COMMIT)
        agent.run_pass(company.clock)
        assert cursor(agent, "intervention").low_water == to_text(due)
        assert state_of(agent, record_id, "client", "plan") == "open"  # At 24:00:00 it is still in time (D2).

        company.later(SECOND)
        agent.run_pass(company.clock)
        assert state_of(agent, record_id, "client", "plan") == "violated"
        assert mirrored(agent)[record_id]["judged_at"] == to_text(company.clock.now())


def test_a_deadline_that_passes_is_judged_though_no_row_changed_and_touches_no_other_record(
    company: Company,
) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        due = due_of(agent, record_id, "client", "plan")
        before, changes = mirrored(agent), lines(agent, "change")
        until(company, due + LATE_COMMIT + SECOND)
        agent.run_pass(company.clock)
        judged = {i for i, row in mirrored(agent).items() if row["judged_at"] != before[i]["judged_at"]}
        assert record_id in judged
        assert judged == {i for i, row in before.items() if "" < (row["again_at"] or "") <= to_text(due)}
        assert len(judged) < len(before) / 2
        assert lines(agent, "change") == changes


def test_a_plan_saved_in_time_and_committed_late_is_in_time(company: Company) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        due = due_of(agent, record_id, "client", "plan")
        until(company, due)
        company.seeded.org.faults.add(Fault.late_commits(595))
        company.save(record_id, Client_Intervention_Plan__c=PLAN)
        company.seeded.org.faults.clear()
        poll_for(agent, company, 9 * MINUTE)
        assert state_of(agent, record_id, "client", "plan") == "open"
        poll_for(agent, company, 3 * MINUTE)
        assert state_of(agent, record_id, "client", "plan") == "met"
        assert state_of(agent, record_id, "referral", "plan") == "violated"


def test_a_lagging_latest_date_covered_holds_deadlines_back_and_a_caught_up_one_lets_them_go(
    company: Company,
) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.covered_lag(3 * 3600))
        due = due_of(agent, record_id, "client", "plan")
        until(company, due + timedelta(hours=2))
        poll_for(agent, company, OVERLAP)
        assert state_of(agent, record_id, "client", "plan") == "open"
        until(company, due + timedelta(hours=3) + MINUTE)
        agent.run_pass(company.clock)
        assert state_of(agent, record_id, "client", "plan") == "violated"


def test_a_lag_that_ends_is_over_when_deletions_are_asked_for_again(company: Company) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.seeded.org.faults.add(Fault.covered_lag(24 * 3600))
        company.later(timedelta(hours=2))
        agent.run_pass(company.clock)
        assert state_of(agent, record_id, "client", "plan") == "open"
        company.seeded.org.faults.clear()
        poll_for(agent, company, 6 * MINUTE)
        assert state_of(agent, record_id, "client", "plan") == "violated"


def test_what_was_judged_late_stays_late_when_latest_date_covered_falls_back(company: Company) -> None:
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(timedelta(hours=2))
        agent.run_pass(company.clock)
        assert state_of(agent, record_id, "client", "plan") == "violated"
        through = judging.complete_through(agent.work)
        assert through is not None
        company.seeded.org.faults.add(Fault.covered_lag(6 * 3600))
        poll_for(agent, company, OVERLAP)
        # Rows are read again from there, for some may still appear; what was declared stays declared.
        assert from_text(str(cursor(agent, "intervention").low_water)) < through
        company.save(record_id, Service_Incident_Type__c="Hospital Stay")
        agent.run_pass(company.clock)
        assert mirrored(agent)[record_id]["judged_at"] == to_text(company.clock.now())
        assert state_of(agent, record_id, "client", "plan") == "violated"
        still = judging.complete_through(agent.work)
        assert still is not None
        assert still >= through


def test_more_records_than_a_batch_holds_are_judged_over_several_steps(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with company.agent("at once") as agent:
        agent.run_pass(company.clock)
        expected = milestones(agent)
    monkeypatch.setattr(judging, "BATCH", 25)
    with company.agent("in batches") as agent:
        waiting = [60]
        while agent.step(company.clock.now()):
            waiting.append(still_waiting(agent))
            assert waiting[-2] - waiting[-1] <= 25
        assert sorted(set(waiting), reverse=True) == [60, 35, 10, 0]
        assert milestones(agent) == expected


def still_waiting(agent: Agent) -> int:
    unjudged = "SELECT count(*) FROM intervention WHERE judged_at IS NULL"
    return int(agent.work.store.value(unjudged)) or 60 * (not mirrored(agent))


def test_a_kill_between_two_batches_leaves_the_rest_to_the_next_life(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "BATCH", 25)
    with company.agent() as agent:
        while still_waiting(agent) != 35:
            assert agent.step(company.clock.now())
        first = {i for i, row in mirrored(agent).items() if row["judged_at"]}
        at = to_text(company.clock.now())
    company.later(MINUTE)
    company.seeded.org.faults.add(Fault.unavailable(times=None))  # What is on the disk needs nobody.
    with company.agent() as agent:
        steps_until_rest(agent, company)
        rows = mirrored(agent)
        assert all(row["judged_at"] for row in rows.values())
        assert {i for i, row in rows.items() if row["judged_at"] == at} == first


def test_every_judgement_is_kept_with_its_reason_and_its_inputs(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        kept = agent.work.store.rows("SELECT reason, inputs FROM milestone")
        assert len(kept) > 100
        assert all(row["reason"] and '"complete_through"' in row["inputs"] for row in kept)


def test_the_first_load_is_a_line_a_batch_and_a_milestone_that_moves_later_has_its_own(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "BATCH", 25)
    record_id = company.seeded[DUE_SOON]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        told = lines(agent, "decision")
        assert [line.split(",")[0] for line in told] == [f"first load: {n} SLIs judged" for n in (25, 25, 10)]
        assert sum(int(line.split()[5]) for line in told) == len(milestones(agent))

        until(company, due_of(agent, record_id, "client", "plan") + LATE_COMMIT + SECOND)
        agent.run_pass(company.clock)
        of_record = "SELECT text FROM log WHERE kind = 'decision' AND intervention_id = ? ORDER BY id"
        moved = [row["text"] for row in agent.work.store.rows(of_record, (record_id,))]
        assert moved == [
            f"{side} plan: overdue. Not done, and the time has run out." for side in ("client", "referral")
        ]
        names = {row["Name"] for row in company.rows(SLI)}
        assert not any(name in line for line in lines(agent, "decision") for name in names)  # D15


def test_an_sli_submitted_after_the_first_load_has_a_line_for_each_milestone(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        before = lines(agent, "decision")
        submit(company)
        poll_for(agent, company, MINUTE)
        said = lines(agent, "decision")[len(before) :]
        assert sorted(line.split(":")[0] for line in said) == ["client plan", "client resolution"]


def test_the_tally_counts_every_milestone_where_it_stands(company: Company) -> None:
    with company.agent() as agent:
        for _ in range(3):
            tally = agent.run_pass(company.clock)["milestones"]
            stand = [(m[2], m[3]) for m in milestones(agent)]
            assert tally == {
                kind: {state: n for (k, state), n in sorted(Counter(stand).items()) if k == kind}
                for kind in MilestoneKind
            }
            company.later(timedelta(days=10))


@pytest.mark.parametrize(("author", "passed"), [("admin", "true"), ("agent", "false")])
def test_a_post_brings_its_record_to_judgement_and_the_agents_own_is_no_evidence(
    company: Company, author: str, passed: str
) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        record_id = submit(company)
        poll_for(agent, company, OVERLAP)
        judged = mirrored(agent)[record_id]["judged_at"]
        by, now = company.seeded.ids[author], company.clock.now()
        company.seeded.org.post(record_id, "We called the family.", at=now, by=by)
        agent.run_pass(company.clock)
        assert mirrored(agent)[record_id]["judged_at"] == to_text(now) > judged
        company.later(timedelta(days=8))
        agent.run_pass(company.clock)
        checks = agent.work.store.value(
            "SELECT checks FROM handling WHERE intervention_id = ? AND side = 'client'", (record_id,)
        )
    assert f'"name":"chatter","passed":{passed}' in checks  # D17, D31
