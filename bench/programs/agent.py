"""The program behind `AgentLife`: passes of the agent at given instants, nothing sent and nothing written.

`python -m bench.programs.agent INSTANT ...`; settings as for `sli-agent`. Where the org fails, the pause that the
daemon would make passes on the agent's clock at once. It prints a JSON object for each pass: how many interventions
and how many rows in all it read, by how many API calls, and by when all of them were stored (`time.perf_counter`, the
same for all processes of a machine).
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta

from agent import app, settings
from agent.clock import SetClock
from agent.loop import Agent
from agent.store import mirror
from agent.sync.streams import at_rest

PATIENCE = timedelta(hours=3)
"""Longer than any pause of the daemon: after it the agent counts as stuck."""


def main() -> None:
    instants = [datetime.fromisoformat(text) for text in sys.argv[1:]]
    clock = SetClock(instants[0])
    with app.agent(settings.load(), clock, acts=False) as agent:
        for instant in instants:
            clock.advance(max(instant - clock.now(), timedelta(0)))
            told = _passed(agent, clock)
            print(json.dumps(told), flush=True)
        if agent.trouble:
            print(agent.trouble.text, file=sys.stderr)
            sys.exit(1)


def _passed(agent: Agent, clock: SetClock) -> dict[str, float]:
    """One pass, and after a failure the passes that follow it."""
    began = clock.now()
    stored: list[float] = []

    def watch() -> None:
        if not stored and at_rest(agent.work.streams, mirror.cursors(agent.work.store)):
            stored.append(time.perf_counter())

    read = rows = calls = 0
    while True:
        tally = agent.run_pass(clock, watch, wait=lambda seconds: clock.advance(timedelta(seconds=seconds)))
        read += tally["polled"].get("intervention", 0)
        rows += sum(tally["polled"].values())
        calls += tally["api_calls"]
        if agent.trouble is None or clock.now() >= began + PATIENCE:
            return {"interventions": read, "rows": rows, "calls": calls, "stored": sum(stored)}
        clock.advance(agent.next_wake(clock.now()) - clock.now())


if __name__ == "__main__":
    main()
