"""A whole company's scores in Salesforce, by a whole agent."""

from __future__ import annotations

from datetime import timedelta

from scored_org import POINT, SCORE

from agent.loop import Agent
from agent.store import own_rows, stuck_rows
from tests.company import Company

WRITES = "SELECT count(*) FROM log WHERE kind = 'write_back' AND text LIKE 'CSM_%written'"


def kept(agent: Agent, table: str) -> int:
    return int(agent.work.store.value(f"SELECT count(*) FROM {table}"))


def test_every_score_and_every_touch_point_is_there_and_an_agent_on_an_empty_disk_writes_none_again(
    scored_company: Company,
) -> None:
    company = scored_company
    company.remap(('mode = "live"', 'mode = "off"'))
    with company.agent("one") as agent:
        agent.run_pass(company.clock)
        assert len(company.rows(SCORE)) == kept(agent, "score") > 10
        assert len(company.rows(POINT)) == kept(agent, "touch_point") > 50
        assert own_rows.waiting(agent.work.store) == len(stuck_rows.letters(agent.work.store)) == 0
        company.later(timedelta(minutes=20))
        written = agent.work.store.value(WRITES)
        agent.run_pass(company.clock)
        assert agent.work.store.value(WRITES) == written
    by_csm = {(row["CSM__c"], row["OwnerId"]) for row in company.rows(SCORE)}
    assert all(csm == owner for csm, owner in by_csm)
    with company.agent("two") as agent:
        agent.run_pass(company.clock)
        assert kept(agent, "score") == len(company.rows(SCORE))
        assert agent.work.store.value(WRITES) == 0
