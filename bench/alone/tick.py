"""A tick with 1,000 milestones due, in a small and in a large state by turns."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from agent.loop import Agent
from agent.pipeline import take_in
from bench.judging import NOW, cover, fill, judge_all, rested

DUE = 1_000
"""Milestones: two each of 500 SLIs."""
APART = timedelta(minutes=10)
"""Between the ticks: each finds SLIs of its own."""
FIRST = timedelta(hours=1)
"""From now to the first tick."""
DAY = timedelta(hours=24)
Cost = tuple[float, float]
"""Milliseconds by the clock, and of CPU."""
LATE = "SELECT n FROM milestone_count WHERE kind = 'plan' AND state = 'violated'"


def tick(sizes: Sequence[int], rounds: int) -> dict[str, dict[str, Any]]:
    """Medians by number of SLIs, and the largest state's over the smallest's."""
    with ExitStack() as stack:
        agents = {size: _filled(stack, size, rounds) for size in sizes}
        taken: dict[int, list[Cost]] = {size: [] for size in sizes}
        # The first turn warms up.
        for turn in range(rounds + 1):
            for size, agent in agents.items():
                cost = _tick(agent, turn)
                if turn:
                    taken[size].append(cost)
    return {f"{size:,} SLIs": _compared(costs, taken[sizes[0]]) for size, costs in taken.items()}


def _compared(costs: Sequence[Cost], smallest: Sequence[Cost]) -> dict[str, Any]:
    """Medians in ms, and how many times those of the smallest state they are."""
    wall, cpu = (median(values) for values in zip(*costs, strict=True))
    wall_there, cpu_there = (median(values) for values in zip(*smallest, strict=True))
    return {
        "milestones due": DUE,
        "ms": round(wall),
        "times the smallest": round(wall / wall_there, 2),
        "ms of CPU": round(cpu),
        "CPU, times the smallest": round(cpu / cpu_there, 2),
        "ms of each round": [round(wall) for wall, _ in costs],
    }


def _filled(stack: ExitStack, size: int, rounds: int) -> Agent:
    """An agent whose state holds so many SLIs, all judged, a batch of them due in each round."""
    folder = stack.enter_context(TemporaryDirectory(prefix="sli-bench-"))
    agent = stack.enter_context(rested(Path(folder)))
    ages = [DAY - FIRST - turn * APART for turn in range(rounds + 1) for _ in range(DUE // 2)]
    began = time.perf_counter()
    fill(agent.work, size, ages, judged=True)
    judge_all(agent.work, NOW)
    print(f"tick: {size:,} SLIs filled in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return agent


def _tick(agent: Agent, turn: int) -> Cost:
    """The cost of all that a pass does between the poll's answer and the first alert.

    Raises:
        RuntimeError: other milestones than those prepared came due, so that the figure means something else.
    """
    now = NOW + FIRST + turn * APART + timedelta(seconds=1)
    cover(agent.work, now)
    before = agent.work.store.value(LATE)
    wall, cpu = time.perf_counter(), time.process_time()
    while take_in.judge_due(agent.work, now):
        pass
    agent.work.tally.as_dict(agent.work.store, 0)
    agent.next_wake(now)
    cost = (1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu))
    late = agent.work.store.value(LATE) - before
    if late != DUE:
        raise RuntimeError(
            f"{late:,} milestones came due in the tick, not {DUE:,}: is the state large enough?"
        )
    return cost
