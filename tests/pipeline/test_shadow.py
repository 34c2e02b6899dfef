"""Kinds in shadow: decided, logged, counted for whoever thinks of switching them on, and sent to nobody (D18)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.cli import passes
from agent.model import NoticeState, Rule
from agent.org.shadow import shadow_lines
from agent.rules.reasons import RULE_WORDS
from agent.store import notices
from tests.company import Company
from tests.heard import people_told
from tests.pipeline.agency import DAY, HOUR, SEVEN_OF_BOSTON, addresses, agency, live, submit

__all__ = ["agency"]

PLAN_IN_SHADOW = ('[alerts.plan_24h]\nmode = "live"', '[alerts.plan_24h]\nmode = "shadow"')


def test_check_tells_how_many_alerts_of_each_kind_in_shadow_there_would_have_been(agency: Company) -> None:
    agency.remap(PLAN_IN_SHADOW)
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        records = [submit(agency) for _ in range(3)]
        live(agent, agency, DAY + HOUR)
        assert people_told(agency.sink, records[0], "plan_24h") == []
        assert people_told(agency.sink, records[0], "submission") == addresses(agency, *SEVEN_OF_BOSTON)
        state_dir, mapping = agent.work.settings.state_dir, agent.work.mapping
    [line] = shadow_lines(state_dir, mapping, agency.clock.now())
    assert (line.area, line.verdict) == ("shadow", "ok")
    assert line.text.startswith(f"{RULE_WORDS[Rule.PLAN_24H]}: 3 due in the last 7 days")
    [a_week_later] = shadow_lines(state_dir, mapping, agency.clock.now() + timedelta(days=7))
    assert ": 0 due" in a_week_later.text


def test_without_a_state_check_has_nothing_to_say_of_shadow(agency: Company) -> None:
    agency.remap(PLAN_IN_SHADOW)
    with agency.agent() as agent:
        mapping = agent.work.mapping
    assert list(shadow_lines(agency.root / "nowhere", mapping, agency.clock.now())) == []


def test_a_dry_run_keeps_what_would_be_sent_apart_from_what_is_in_shadow(
    agency: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    agency.remap(PLAN_IN_SHADOW)
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        submit(agency)
        agency.later(DAY + HOUR)
        while len(notices.due(agent.work.store, agent.work.org_id, NoticeState.INTENT, "9999", 9)) < 2:
            assert agent.step(agency.clock.now())
        passes.intentions(agent.work.store, agent.work.mapping)
    told, _, shadow = capsys.readouterr().out.partition("Would note 1 alert of kinds in shadow")
    assert "Would send 1 alert\n" in told
    assert RULE_WORDS[Rule.SUBMISSION] in told
    assert RULE_WORDS[Rule.PLAN_24H] in shadow
