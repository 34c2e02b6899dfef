"""Formulas and roll-ups change without moving the stamp: open interventions are read anew every hour for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.loop import Agent
from agent.pipeline import formulas
from agent.salesforce.parts import Answers, Part
from agent.sandbox.faults import Fault
from tests.company import Company
from tests.sync.watching import MINUTE, OVERLAP, SLI, lines, mirrored, poll_for, source

HOUR = timedelta(hours=1)
FORMULA = "Service_Incident_Type__c"
"""Made a formula in these tests: orgs differ in what they compute."""


@pytest.fixture
def computed(company: Company) -> Company:
    schemas = company.seeded.org.schemas
    assert isinstance(schemas, dict)
    field = replace(schemas[SLI].fields[FORMULA], type="string", calculated=True)
    schemas[SLI] = schemas[SLI].with_fields(field)
    return company


def is_open(agent: Agent, record_id: str) -> bool:
    return bool(mirrored(agent)[record_id]["open"])


def stale(agent: Agent, company: Company) -> list[str]:
    """Open interventions whose formula the mirror does not hold as the org shows it."""
    return [
        row["Id"]
        for row in company.rows(SLI)
        if not row["IsDeleted"]
        and is_open(agent, row["Id"])
        and source(agent, row["Id"])[FORMULA] != row[FORMULA]
    ]


def recompute(company: Company) -> None:
    """What the formula stands on changes; every record shows another text, and no stamp moves."""
    for row in company.rows(SLI):
        if not row["IsDeleted"]:
            company.seeded.org.set_formula(row["Id"], FORMULA, "Recomputed")


@pytest.mark.parametrize("ids_in_one_call", [750, 7])
def test_no_open_intervention_holds_a_stale_formula_after_the_refresh(
    computed: Company, ids_in_one_call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formulas, "IDS_IN_ONE_CALL", ids_in_one_call)
    with computed.agent() as agent:
        agent.run_pass(computed.clock)
        poll_for(agent, computed, OVERLAP)
        recompute(computed)
        poll_for(agent, computed, 5 * MINUTE)
        still_open = sum(bool(row["open"]) for row in mirrored(agent).values())
        assert len(stale(agent, computed)) == still_open > ids_in_one_call % 750
        computed.later(HOUR)
        agent.run_pass(computed.clock)
        assert stale(agent, computed) == []
        assert lines(agent, "alarm") == []


def rounds(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with every call that asks for open interventions by their ids, by how many queries it holds."""
    asked: list[int] = []
    composite = agent.work.org.composite

    def counted(parts: Sequence[Part]) -> Answers:
        if parts[0].name.startswith("open"):
            asked.append(len(parts))
        return composite(parts)

    monkeypatch.setattr(agent.work.org, "composite", counted)
    return asked


def test_a_refresh_that_changes_nothing_says_nothing_and_costs_one_call_an_hour(
    computed: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with computed.agent() as agent:
        agent.run_pass(computed.clock)
        asked = rounds(agent, monkeypatch)
        said = lines(agent, "change")
        poll_for(agent, computed, 3 * HOUR)
        assert asked == [1, 1, 1]
        assert lines(agent, "change") == said


def test_an_org_without_formulas_is_not_asked(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        asked = rounds(agent, monkeypatch)
        company.later(2 * HOUR)
        agent.run_pass(company.clock)
        assert asked == []


def test_a_round_that_broke_off_goes_on_with_the_same_records(
    computed: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formulas, "IDS_IN_ONE_CALL", 7)
    with computed.agent() as agent:
        agent.run_pass(computed.clock)
        poll_for(agent, computed, OVERLAP)
        recompute(computed)
        computed.later(HOUR)
        while not agent.work.store.get("formulas_after"):
            assert agent.step(computed.clock.now())
        computed.seeded.org.faults.add(Fault.unavailable(times=3))
        agent.run_pass(computed.clock)
        assert agent.trouble is not None
        assert stale(agent, computed) != []
    with computed.agent() as agent:
        agent.run_pass(computed.clock)
        assert stale(agent, computed) == []
