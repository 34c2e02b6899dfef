"""The API budget: how many calls a day costs, and what happens when they run short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.desk.status import status
from agent.loop import Agent
from agent.pipeline.budget import SLOWEST, pace
from agent.salesforce.transport import ApiUsage, AppUsage
from agent.sandbox.faults import Fault
from agent.store import intents
from tests.company import Company, Founding
from tests.sync.watching import lines, mirrored, silence, submit, with_post

SLI = "Service_Level_Intervention__c"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


@pytest.fixture
def quiet(found_company: Founding) -> Iterator[Company]:
    """A small company in which no alert is decided."""
    with found_company(size=60) as company:
        silence(company)
        yield company


def live(agent: Agent, company: Company, span: timedelta) -> None:
    """Let the daemon's own loop run so long: step while there is work, then on to the next wake."""
    end = company.clock.now() + span
    while (now := company.clock.now()) < end:
        while agent.step(now):
            pass
        company.later(min(end, max(agent.next_wake(now), now + timedelta(seconds=1))) - now)


def used_up(company: Company, calls: int, of: int, ago: timedelta = timedelta(0)) -> None:
    """Somebody else's programs have made so many calls, of so many a day; before what was called since then."""
    company.seeded.org.daily_limit = of
    company.seeded.org.calls.extendleft([company.clock.now() - ago] * calls)


def trouble(agent: Agent, company: Company) -> list[str]:
    found = status(agent.work.store, agent.work.mapping, company.clock.now())["trouble"]
    assert isinstance(found, list)
    return found


def pacing(agent: Agent) -> list[str]:
    return [line for line in lines(agent, "alarm") if "slow down" in line or "suffice again" in line]


# How many calls a day costs


def test_six_hours_at_one_poll_a_minute_with_changes_every_hour_cost_less_than_a_quarter_of_2_100_calls(
    quiet: Company,
) -> None:
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        before = agent.work.org.calls
        for hour in range(6):
            live(agent, quiet, 20 * MINUTE)
            quiet.save(submit(quiet, f"Hour {hour}"), Client_Status__c="Yellow")
            live(agent, quiet, 40 * MINUTE)
        calls = agent.work.org.calls - before
        assert len(mirrored(agent)) == 60 + 6
    assert 6 * 60 <= calls < 2_100 / 4


# The pace


def usage(left: int, of: int) -> ApiUsage:
    return ApiUsage(of - left, of)


@pytest.mark.parametrize(
    ("left", "of", "seconds"),
    [
        (15_000, 15_000, 60),
        (3_000, 15_000, 60),  # A fifth is left.
        (2_000, 15_000, 60),  # 1,800 beside the reserve: more than the polls of a day.
        (1_000, 15_000, 108),  # 800 of them for 24 hours
        (500, 15_000, 288),
        (210, 15_000, 900),
        (0, 15_000, 900),
        (19_000, 100_000, 60),
        (40, 250, 900),  # 25 are the reserve.
    ],
)
def test_what_is_left_beside_the_reserve_lasts_for_a_day(left: int, of: int, seconds: int) -> None:
    assert pace(usage(left, of), MINUTE, slowed=False).interval == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("left", "of", "reserved"),
    [(201, 15_000, False), (200, 15_000, True), (26, 250, False), (25, 250, True)],
)
def test_the_reserve_is_200_calls_or_a_tenth_of_a_small_limit(left: int, of: int, reserved: bool) -> None:
    assert pace(usage(left, of), MINUTE, slowed=True).reserved is reserved


def test_where_nobody_tells_the_usage_polls_come_as_wanted() -> None:
    assert pace(None, MINUTE, slowed=True).interval == MINUTE


def test_the_apps_own_limit_counts_where_it_is_the_tighter_one() -> None:
    found = pace(ApiUsage(10, 100_000, AppUsage("SLI", 4_400, 5_000)), MINUTE, slowed=False)
    assert found.interval == DAY / 400
    assert "the app SLI" in found.why


def test_polls_slower_than_any_pacing_stay_as_they_are() -> None:
    assert pace(usage(0, 15_000), HOUR, slowed=False).interval == HOUR


def test_slow_polls_end_only_when_a_quarter_is_left_again() -> None:
    of = 2_000
    assert pace(usage(399, of), MINUTE, slowed=False).why
    assert pace(usage(401, of), MINUTE, slowed=True).why
    assert not pace(usage(401, of), MINUTE, slowed=False).why
    assert not pace(usage(500, of), MINUTE, slowed=True).why


@given(
    st.integers(1, 200_000).flatmap(
        lambda of: st.tuples(st.just(of), st.integers(0, of), st.integers(0, of))
    ),
    st.booleans(),
)
def test_fewer_calls_left_never_mean_faster_polls(limit: tuple[int, int, int], slowed: bool) -> None:
    of, *two = limit
    fewer, more = (pace(usage(left, of), MINUTE, slowed=slowed) for left in sorted(two))
    assert MINUTE <= more.interval <= fewer.interval <= SLOWEST
    assert fewer.reserved >= more.reserved


# What it does to the agent


def test_when_calls_run_short_polls_slow_down_and_the_limit_is_never_met(quiet: Company) -> None:
    with quiet.agent() as agent:
        used_up(quiet, 4_560, of=5_000, ago=21 * HOUR)
        live(agent, quiet, 2 * HOUR)
        limit = agent.work.org.limit
        assert limit is not None
        assert limit.maximum - limit.used > 200
        assert agent.work.org.calls < 40
        assert agent.trouble is None
        [began] = pacing(agent)
        assert "slow down" in began
        assert "5,000 API calls of the org" in began
        assert any("polls are slow" in t for t in trouble(agent, quiet))

        live(agent, quiet, 2 * HOUR)  # The others' calls have run out of the count.
        [_, ended] = pacing(agent)
        assert "suffice again" in ended
        assert trouble(agent, quiet) == []
        calls = agent.work.org.calls
        live(agent, quiet, 20 * MINUTE)
        assert agent.work.org.calls - calls >= 20


def test_out_of_the_reserve_alerts_are_told_and_fields_wait(found_company: Founding) -> None:
    with found_company(size=60) as company, company.agent() as agent:
        post = with_post(agent)
        live(agent, company, HOUR)
        told = len(post.sent)
        used_up(company, 850, of=1_000, ago=21 * HOUR)
        live(agent, company, HOUR)
        assert [t for t in trouble(agent, company) if "only alerts use them" in t]
        record_id, calls = submit(company), agent.work.org.calls
        live(agent, company, HOUR)
        assert len(post.sent) > told
        notices = [r for r in company.rows("SLI_Agent_Notice__c") if r.get("Intervention__c") == record_id]
        assert [r["Outcome__c"] for r in notices] == ["told"]
        assert agent.work.org.calls - calls <= 4 + 2 * 3  # A poll in 15 minutes; claims and outcomes.
        assert intents.waiting(agent.work.store) > 0
        assert not any("behind" in line for line in lines(agent, "alarm"))

        live(agent, company, 2 * HOUR)
        assert intents.waiting(agent.work.store) == 0
        row = next(r for r in company.rows(SLI) if r["Id"] == record_id)
        assert row["Client_Plan_State__c"] == "Open"


def test_an_apps_limit_is_read_from_the_answers_too(quiet: Company) -> None:
    handle = quiet.seeded.org.handle

    def of_an_app(*request: Any) -> Any:
        answer = handle(*request)
        told = answer.headers.get("Sforce-Limit-Info", "")
        more = f"{told}; per-app-api-usage=240/250(appName=SLI)"
        return replace(answer, headers={**answer.headers, "Sforce-Limit-Info": more}) if told else answer

    quiet.seeded.org.handle = of_an_app  # type: ignore[assignment, method-assign]
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        assert agent.next_wake(quiet.clock.now()) - quiet.clock.now() == SLOWEST
        assert any("10 of 250 API calls of the app SLI" in t for t in trouble(agent, quiet))


def test_the_daily_limit_pauses_for_an_hour_says_why_keeps_its_place_and_goes_on(
    quiet: Company,
) -> None:
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        quiet.seeded.org.faults.add(Fault.daily_limit(times=None))
        new = submit(quiet)
        quiet.later(MINUTE)
        agent.run_pass(quiet.clock)
        place = cursors(agent)
        calls = agent.work.org.calls
        live(agent, quiet, 59 * MINUTE)
        assert agent.work.org.calls == calls
        [why] = [t for t in trouble(agent, quiet) if "left alone until" in t]
        assert "TotalRequests" in why
        assert new not in mirrored(agent)

        quiet.seeded.org.faults.clear()
        live(agent, quiet, 2 * MINUTE)
        assert cursors(agent) > place
        assert new in mirrored(agent)
        assert trouble(agent, quiet) == []


def cursors(agent: Agent) -> list[str]:
    return [
        row[0] for row in agent.work.store.rows("SELECT covered FROM cursor WHERE stream = 'intervention'")
    ]


def test_too_many_requests_at_once_pause_for_seconds(quiet: Company) -> None:
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        quiet.seeded.org.faults.add(Fault.concurrent_limit(times=3))
        quiet.later(MINUTE)
        agent.run_pass(quiet.clock)
        assert any("ConcurrentRequests" in t for t in trouble(agent, quiet))
        live(agent, quiet, MINUTE)
        assert trouble(agent, quiet) == []


def test_trouble_of_a_process_that_was_killed_is_not_shown_for_ever(quiet: Company) -> None:
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        quiet.seeded.org.faults.add(Fault.daily_limit(times=None))
        quiet.later(MINUTE)
        agent.run_pass(quiet.clock)
        assert any("left alone" in t for t in trouble(agent, quiet))
    quiet.seeded.org.faults.clear()
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        assert trouble(agent, quiet) == []


def test_a_first_load_that_runs_into_the_reserve_goes_on_slowly(
    quiet: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.sync.poll.PAGE", 5)
    used_up(quiet, 985, of=1_000)
    with quiet.agent() as agent:
        live(agent, quiet, HOUR)
        assert agent.work.org.calls <= 10
        assert 0 < len(mirrored(agent)) < 60
        assert agent.trouble is None
