"""Posts and comments that are edited or deleted long after they were read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from agent.loop import Agent
from agent.sandbox.faults import Fault
from agent.store import judged
from tests.company import Company
from tests.sync.watching import MINUTE, OVERLAP, cursor, held, lines, mirrored, poll_for

RECORD = "under_24h_without_plan"
TOLD = 7 * MINUTE
"""Within it the questions of every fifth minute are asked and answered."""


@pytest.fixture
def agent(company: Company) -> Iterator[Agent]:
    with company.agent() as running:
        running.run_pass(company.clock)
        yield running


def said(company: Company) -> tuple[str, str]:
    """Somebody posts to the record, and somebody comments on it."""
    at, by = company.clock.now(), company.seeded.ids["admin"]
    post = company.seeded.org.post(company.seeded[RECORD], "We called.", at=at, by=by)
    return post, company.seeded.org.comment(post, "And again.", at=at, by=by)


def delete(company: Company, record_id: str, *, hard: bool = False) -> None:
    at, by = company.clock.now(), company.seeded.ids["admin"]
    company.seeded.org.delete(record_id, at=at, by=by, hard=hard)


def bodies(agent: Agent) -> dict[str, str]:
    return {row[0]: row[5] for row in held(agent)["chatter"]}


def counting(agent: Agent) -> set[str]:
    """Posts and comments that count as Chatter."""
    rows = agent.work.store.rows("SELECT id FROM chatter WHERE deleted = 0")
    return {row["id"] for row in rows}


def calls_of(agent: Agent, company: Company, minutes: int) -> list[int]:
    found = []
    for _ in range(minutes):
        company.later(MINUTE)
        found.append(agent.run_pass(company.clock)["api_calls"])
    return found


@pytest.mark.parametrize("age", [timedelta(minutes=2), OVERLAP, timedelta(days=40)])
def test_an_edited_comment_is_read_again_however_old_it_is(
    company: Company, agent: Agent, age: timedelta
) -> None:
    _, comment = said(company)
    poll_for(agent, company, MINUTE)
    company.later(age)
    poll_for(agent, company, TOLD)
    company.save(comment, CommentBody="They are happy now.")
    poll_for(agent, company, TOLD)
    assert bodies(agent)[comment] == "They are happy now."


@pytest.mark.parametrize("hard", [False, True])
def test_a_deleted_comment_no_longer_counts_and_one_taken_back_counts_again(
    company: Company, agent: Agent, hard: bool
) -> None:
    post, comment = said(company)
    poll_for(agent, company, timedelta(hours=1))
    assert {post, comment} <= counting(agent)
    delete(company, comment, hard=hard)
    poll_for(agent, company, TOLD)
    assert comment not in counting(agent)
    assert post in counting(agent)
    if not hard:
        company.seeded.org.undelete(comment, at=company.clock.now(), by=company.seeded.ids["admin"])
        poll_for(agent, company, TOLD)
        assert comment in counting(agent)


def test_a_post_removed_for_good_no_longer_counts_nor_do_its_comments(company: Company, agent: Agent) -> None:
    said_before = counting(agent)
    post, comment = said(company)
    poll_for(agent, company, timedelta(hours=1))
    delete(company, post, hard=True)
    poll_for(agent, company, TOLD)
    assert not {post, comment} & counting(agent)
    assert said_before <= counting(agent)


def test_a_deleted_comment_is_no_evidence_in_the_handling_score_any_more(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]

    def chatter_check(agent: Agent) -> list[bool]:
        checks = [found[1] for found in judged.handling_of(agent.work.store, record_id).values()]
        return [
            check["passed"] for check in (c for side in checks for c in side) if check["name"] == "chatter"
        ]

    org, at, by = company.seeded.org, company.clock.now(), company.seeded.ids["admin"]
    for row in company.rows("Service_Level_Intervention__Feed"):
        if row["ParentId"] == record_id and row.get("Body"):
            delete(company, row["Id"])
    post = org.post(record_id, "No answer yet.", at=at, by=company.seeded.ids["admin"])
    comment = org.comment(post, "They answered.", at=at, by=by)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(timedelta(days=8))
        poll_for(agent, company, 2 * MINUTE)
        assert True in chatter_check(agent)
        delete(company, comment, hard=True)
        delete(company, post, hard=True)
        poll_for(agent, company, TOLD)
        assert True not in chatter_check(agent)


def test_new_comments_cost_no_call_and_an_edited_old_one_costs_one(company: Company, agent: Agent) -> None:
    poll_for(agent, company, OVERLAP)
    _, comment = said(company)
    assert set(calls_of(agent, company, 15)) == {1}
    company.save(comment, CommentBody="They are happy now.")
    assert sorted(calls_of(agent, company, 6)) == [1, 1, 1, 1, 1, 2]
    assert set(calls_of(agent, company, 6)) == {1}


def test_what_cannot_be_asked_for_is_asked_from_where_the_last_answer_ended(
    company: Company, agent: Agent
) -> None:
    post, comment = said(company)
    poll_for(agent, company, timedelta(minutes=30))
    company.seeded.org.faults.add(Fault.unavailable(times=None, path="/(deleted|updated)"))
    poll_for(agent, company, TOLD)
    company.save(comment, CommentBody="They are happy now.")
    poll_for(agent, company, timedelta(hours=1))
    [alarm] = lines(agent, "alarm")
    assert alarm.startswith("deletions cannot be asked for")
    assert bodies(agent)[comment] == "And again."
    delete(company, post, hard=True)
    company.seeded.org.faults.clear()
    poll_for(agent, company, TOLD)
    assert not {post, comment} & counting(agent)
    assert lines(agent, "alarm") == [alarm]


def test_a_comment_that_commits_900_seconds_late_is_read(company: Company, agent: Agent) -> None:
    company.seeded.org.faults.add(Fault.late_commits(900))
    post, comment = said(company)
    company.seeded.org.faults.clear()
    poll_for(agent, company, timedelta(minutes=17))
    assert {post, comment} <= counting(agent)
    marks = {cursor(agent, s).low_water for s in ("intervention", "history", "feed", "comment")}
    assert len(marks) == 1


def test_an_sli_that_is_deleted_takes_its_comments_along_and_brings_them_back(
    company: Company, agent: Agent
) -> None:
    record_id, org = company.seeded[RECORD], company.seeded.org
    post, comment = said(company)
    poll_for(agent, company, OVERLAP)
    delete(company, record_id)
    poll_for(agent, company, TOLD)
    assert not {post, comment} & counting(agent)
    org.undelete(record_id, at=company.clock.now(), by=company.seeded.ids["admin"])
    poll_for(agent, company, TOLD)
    assert {post, comment} <= counting(agent)
    assert mirrored(agent)[record_id]["deleted"] == 0
