"""What people decided about scores outlives the disk: the lock, what it holds, and what stands beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from agent.desk.decided import disputes, exceptions, months, plans
from agent.desk.decided.months import Subject
from agent.desk.decided.word import Word
from agent.incentive.months import Ledger, MonthState, Standing
from agent.loop import Agent
from agent.model import DecisionKind
from agent.sandbox.faults import Fault
from agent.scoring import locks
from agent.scoring.people import person
from agent.store import decisions, scores
from tests.company import Company

MONTH = "2026-10"
ANN, BEN = "payroll.lead@example.com", "plan.owner@example.com"
SCORE, REVISION, DECISION = "CSM_Quality_Score__c", "CSM_Quality_Revision__c", "SLI_Agent_Decision__c"


def word(company: Company, by: str) -> Word:
    return Word(by, "looked at each line", company.clock.now())


def missed(agent: Agent) -> dict[str, Any]:
    """A touch point of the month that somebody missed."""
    return next(
        dict(p) for p in scores.points(agent.work.store, MONTH) if p["state"] == "missed" and p["csm"]
    )


def decide_everything(company: Company, agent: Agent, csm: str) -> None:
    store, mapping = agent.work.store, agent.work.mapping
    month = Subject(store, mapping, Ledger.SCORE, person(store, mapping, csm), MONTH)
    plans.confirm(store, mapping, "D20", word(company, ANN))
    plans.approve(store, mapping, "definition:2026-02", word(company, ANN))
    opened = disputes.opened(month, "check_in_7d", word(company, BEN))
    disputes.settle(store, mapping, opened.name, word(company, BEN))
    months.decide_score(month, DecisionKind.MONTH_REVIEWED, word(company, ANN))
    months.decide_score(month, DecisionKind.MONTH_APPROVED, word(company, BEN))
    months.decide_score(month, DecisionKind.MONTH_LOCKED, word(company, ANN))


def what_stands(agent: Agent, csm: str) -> tuple[Standing, object, list[Any]]:
    store, org_id = agent.work.store, agent.work.org_id
    found = locks.published(store, org_id, csm, MONTH)
    at = locks.standing_of(store, org_id, Ledger.SCORE, csm, MONTH)
    rows = scores.revisions(store, csm, MONTH)
    return at, found, [(r["number"], r["before"], r["percent"], r["why"], r["at"]) for r in rows]


def in_salesforce(company: Company) -> dict[str, list[dict[str, Any]]]:
    """The agent's own rows, without what each save stamps."""
    return {o: [{k: v for k, v in row.items() if k.endswith("__c")} for row in company.rows(o)]
            for o in (SCORE, REVISION, DECISION)}  # fmt: skip


def test_a_lock_and_its_revision_are_the_same_on_another_disk_and_nothing_is_written_again(
    scored_company: Company,
) -> None:
    company = scored_company
    with company.agent("first disk") as agent:
        agent.run_pass(company.clock)
        point = missed(agent)
        csm = point["csm"]
        decide_everything(company, agent, csm)
        company.later(timedelta(minutes=1))
        agent.run_pass(company.clock)
        kept = locks.published(agent.work.store, agent.work.org_id, csm, MONTH)
        assert kept
        locked_row = score_row(company, csm)
        assert (locked_row["State__c"], locked_row["Score__c"]) == ("Locked", float(kept.percent or 0))

        late = (point["episode_id"], point["activity"], "hospital")
        exceptions.approve(agent.work.store, agent.work.mapping, *late, word(company, BEN))
        company.later(timedelta(minutes=1))
        agent.run_pass(company.clock)
        before = what_stands(agent, csm)
        assert decisions.unkept_keys(agent.work.store) == frozenset()
    [revision] = before[2]
    assert before[0].state is MonthState.LOCKED
    assert revision[0] == 1
    assert "exception 0 -> 1, " in revision[3]
    assert score_row(company, csm) == locked_row | {"Latest_Revision__c": 1.0}
    written = in_salesforce(company)

    with company.agent("another disk") as agent:
        agent.run_pass(company.clock)
        after = what_stands(agent, csm)
    assert after == before
    assert in_salesforce(company) == written

    company.seeded.org.faults.add(Fault.hidden_field(REVISION, "Number__c"))
    with company.agent("a disk that cannot read the revisions at first") as agent:
        agent.run_pass(company.clock)
        assert scores.revisions(agent.work.store, csm, MONTH) == []
        company.seeded.org.faults.clear()
        company.later(timedelta(hours=1))
        agent.run_pass(company.clock)
        assert what_stands(agent, csm) == before
    assert in_salesforce(company) == written


def score_row(company: Company, csm: str) -> dict[str, Any]:
    rows = in_salesforce(company)[SCORE]
    return next(row for row in rows if (row["CSM__c"], row["Month__c"]) == (csm, MONTH))
