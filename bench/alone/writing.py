"""Calls to write the fields of n changed SLIs, and those of the pass after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.simulated import MINUTE, Simulated, simulated

ROOM = 300
"""Old interventions beyond those that change: the oldest among the company's own may be told about."""


def writing(counts: Sequence[int]) -> dict[str, dict[str, Any]]:
    """For each n: that many old SLIs get another incident date, so that other due times are to be written.

    Raises:
        RuntimeError: other rows than those were written, so that the figure means something else.
    """
    with simulated(max(counts) + ROOM) as world:
        world.run_pass()
        world.later(MINUTE)
        world.run_pass()
        return {f"{n:,}": _written(world, n) for n in counts}


def _written(world: Simulated, n: int) -> dict[str, Any]:
    # The reads of this change must not overlap with those of the one before.
    world.live(11 * MINUTE)
    world.stage.do("redate", count=n)
    world.later(MINUTE)
    rows, calls = _one_pass(world)
    if rows != n:
        raise RuntimeError(
            f"{rows:,} rows were to be written, not {n:,}: did the change move their due times?"
        )
    world.later(MINUTE)
    rows_next, calls_next = _one_pass(world)
    return {
        "rows written": rows,
        "calls to write them": calls,
        "n/200, rounded up": -(-n // 200),
        "next pass: rows written": rows_next,
        "next pass: calls to write": calls_next,
    }


def _one_pass(world: Simulated) -> tuple[int, int]:
    """Rows that had their turn to be written in a pass, and the API calls of the steps in which they had it."""
    rows = calls = 0
    before = world.calls

    def watch() -> None:
        nonlocal rows, calls, before
        tally = world.agent.work.tally
        if tally.written + tally.failed > rows:
            rows = tally.written + tally.failed
            calls += world.calls - before
        before = world.calls

    world.run_pass(watch)
    return rows, calls
