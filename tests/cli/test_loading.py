"""What people see of a long first load: the part that is done, and the time it will still take."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.cli import passes, standing
from agent.desk.loading import load_progress, seconds_left
from agent.instants import to_text
from agent.pipeline import backfill
from agent.store import backfill as kept
from agent.store.backfill import Backfill, Way
from agent.sync import backfill as loads
from agent.sync import poll
from tests.company import Company


def test_a_load_tells_the_part_that_is_done_and_the_time_left_and_then_what_is_judged(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 20)
    monkeypatch.setattr(loads, "MANY", 40)
    monkeypatch.setattr(backfill, "PAGE_ROWS", 25)
    told = []
    with company.agent() as agent:
        agent.work.acts = False
        agent.run_pass(
            company.clock,
            watch=lambda: told.append(passes.so_far(agent.work, company.clock.now())),
            wait=lambda seconds: company.later(timedelta(seconds=seconds)),
        )
        assert load_progress(agent.work.store, company.clock.now()) is None
    reading = [so_far for so_far in told if "left" in so_far.text]
    parts = [so_far.part or 0 for so_far in reading]
    assert parts == sorted(parts)
    assert 0 < parts[0] < parts[-1] < 1
    assert "rows read, " in reading[0].text
    assert told[-1].text.endswith("80 SLIs judged")
    assert told[-1].part == 1


def test_the_pace_of_an_earlier_load_does_not_count_for_a_later_one(company: Company) -> None:
    now = company.clock.now()

    def load(stream: str, way: Way, ago: timedelta, taken: int) -> Backfill:
        return Backfill(stream, way, "", 1_000, to_text(now - ago), to_text(now), taken)

    with company.agent() as agent, agent.work.store.transaction():
        kept.save(agent.work.store, load("feed", Way.DONE, timedelta(days=40), 1_000))
        kept.save(agent.work.store, load("client", Way.DONE, timedelta(seconds=50), 1_000))
        kept.save(agent.work.store, load("intervention", Way.READY, timedelta(seconds=60), 200))
        found = load_progress(agent.work.store, now)
    assert found == {
        "taken": 1_200,
        "total": 2_000,
        "seconds_left": 40,
        "streams": {
            "client": {"taken": 1_000, "total": 1_000},
            "intervention": {"taken": 200, "total": 1_000},
        },
    }
    assert standing.time_left(found) == ", 40 seconds left"


def test_the_time_left_follows_from_the_pace_so_far(company: Company) -> None:
    now = company.clock.now()
    begun = Backfill("a", Way.READY, "", 1_000, to_text(now - timedelta(seconds=30)), to_text(now), 250)
    assert seconds_left([begun], now) == 90
    assert seconds_left([begun], now - timedelta(seconds=29)) is None
    assert seconds_left([], now) is None
