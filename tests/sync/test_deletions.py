"""Deleted is what is proven to be deleted; what merely vanished keeps its clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.sandbox.faults import Fault
from agent.store import intents
from tests.company import Company
from tests.sync.watching import (
    MINUTE,
    OVERLAP,
    SLI,
    cursor,
    lines,
    milestones,
    mirrored,
    poll_for,
    state_of,
)

RECORD = "under_24h_without_plan"
HIDDEN = Fault.hidden_field(SLI, "Client_Intervention_Plan__c")


def delete(company: Company, record_id: str, *, hard: bool = False) -> None:
    at, by = company.clock.now(), company.seeded.ids["admin"]
    company.seeded.org.delete(record_id, at=at, by=by, hard=hard)


def undelete(company: Company, record_id: str) -> None:
    company.seeded.org.undelete(record_id, at=company.clock.now(), by=company.seeded.ids["admin"])


def test_a_record_in_the_recycle_bin_is_cancelled_and_one_taken_out_of_it_goes_on(company: Company) -> None:
    record_id = company.seeded[RECORD]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        before = [m for m in milestones(agent) if m[0] == record_id]
        company.later(MINUTE)
        delete(company, record_id)
        agent.run_pass(company.clock)
        assert mirrored(agent)[record_id]["deleted"] == 1
        assert {m[3] for m in milestones(agent) if m[0] == record_id} == {"cancelled"}

        company.later(MINUTE)
        undelete(company, record_id)
        agent.run_pass(company.clock)
        assert mirrored(agent)[record_id]["deleted"] == 0
        assert [m for m in milestones(agent) if m[0] == record_id] == before


def test_a_record_removed_for_good_is_known_within_five_minutes_and_cancelled(company: Company) -> None:
    record_id = company.seeded[RECORD]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, 5 * MINUTE)
        delete(company, record_id, hard=True)
        poll_for(agent, company, 6 * MINUTE)
        assert mirrored(agent)[record_id]["deleted"] == 1
        assert {m[3] for m in milestones(agent) if m[0] == record_id} == {"cancelled"}
        assert any("deleted for good" in line for line in lines(agent, "change"))
        assert intents.waiting(agent.work.store) == 0  # Nothing is to be written to it.


def test_a_deletion_that_commits_late_is_found_through_latest_date_covered(company: Company) -> None:
    record_id = company.seeded[RECORD]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        company.seeded.org.faults.add(Fault.late_commits(590))
        delete(company, record_id, hard=True)
        company.seeded.org.faults.clear()
        poll_for(agent, company, 9 * MINUTE)
        assert mirrored(agent)[record_id]["deleted"] == 0
        poll_for(agent, company, 7 * MINUTE)
        assert mirrored(agent)[record_id]["deleted"] == 1


def test_a_record_proven_deleted_and_then_undeleted_lives_again_though_nothing_else_in_it_changed(
    company: Company,
) -> None:
    record_id = company.seeded[RECORD]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        before = [m for m in milestones(agent) if m[0] == record_id]
        company.later(OVERLAP)
        # Rows cannot be read for a while; getDeleted still answers.
        company.seeded.org.faults.add(HIDDEN)
        delete(company, record_id)
        poll_for(agent, company, 6 * MINUTE)
        assert mirrored(agent)[record_id]["deleted"] == 1
        undelete(company, record_id)
        company.later(MINUTE)
        company.seeded.org.faults.clear()
        agent.run_pass(company.clock)
        assert mirrored(agent)[record_id]["deleted"] == 0
        assert [m for m in milestones(agent) if m[0] == record_id] == before


def test_nothing_is_cancelled_when_half_of_the_records_are_no_longer_shared(company: Company) -> None:
    record_id = company.seeded[RECORD]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        before, deleted = milestones(agent), {i: row["deleted"] for i, row in mirrored(agent).items()}
        vanished = {record_id, *sorted(deleted)[::2]}
        company.seeded.org.faults.add(Fault.lost_sharing(SLI, *vanished))
        poll_for(agent, company, OVERLAP)
        assert milestones(agent) == before

        company.later(timedelta(hours=20))
        agent.run_pass(company.clock)
        assert {i: row["deleted"] for i, row in mirrored(agent).items()} == deleted
        # Its clock runs on: what came due meanwhile is judged, seen or not.
        assert state_of(agent, record_id, "client", "plan") == "violated"


@pytest.mark.parametrize("away", [timedelta(days=14), timedelta(days=16), timedelta(days=40)])
def test_an_agent_that_was_away_for_weeks_asks_for_deletions_and_judges_deadlines_again(
    company: Company, away: timedelta
) -> None:
    record_id = company.seeded[RECORD]
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        assert cursor(agent, "intervention").latest_covered
    company.later(away)
    delete(company, record_id, hard=True)
    company.later(timedelta(hours=1))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, 6 * MINUTE)
        assert lines(agent, "alarm") == []
        assert mirrored(agent)[record_id]["deleted"] == 1
        assert cursor(agent, "intervention").low_water == cursor(agent, "history").low_water


def test_deletions_that_cannot_be_asked_for_any_more_raise_one_alarm_and_hold_back_no_deadline(
    company: Company,
) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        poll_for(agent, company, OVERLAP)
        company.seeded.org.faults.add(Fault.unavailable(times=None, path="/deleted"))
        poll_for(agent, company, 20 * MINUTE)
        [alarm] = lines(agent, "alarm")
        assert "deletions cannot be asked for" in alarm
        assert cursor(agent, "intervention").low_water == cursor(agent, "history").low_water

        delete(company, company.seeded[RECORD], hard=True)
        poll_for(agent, company, 6 * MINUTE)
        company.seeded.org.faults.clear()
        poll_for(agent, company, 6 * MINUTE)
        # Asked again, the span begins where the last answer ended.
        assert mirrored(agent)[company.seeded[RECORD]]["deleted"] == 1
