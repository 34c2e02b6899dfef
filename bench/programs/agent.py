"""The program behind `AgentLife`: passes of the agent at given instants, nothing sent and nothing written.

`python -m bench.programs.agent INSTANT ...`; settings as for `sli-agent`. Where the org fails, the pause that the
daemon would make passes on the agent's clock at once. It prints a JSON object for each pass: how many interventions
it read, and by how many API calls.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

from agent import app, settings
from agent.clock import SetClock
from agent.loop import Agent

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


def _passed(agent: Agent, clock: SetClock) -> dict[str, int]:
    """One pass, and after a failure the passes that follow it."""
    began = clock.now()
    read = calls = 0
    while True:
        tally = agent.run_pass(clock, wait=lambda seconds: clock.advance(timedelta(seconds=seconds)))
        read += tally["polled"].get("intervention", 0)
        calls += tally["api_calls"]
        if agent.trouble is None or clock.now() >= began + PATIENCE:
            return {"interventions": read, "calls": calls}
        clock.advance(agent.next_wake(clock.now()) - clock.now())


if __name__ == "__main__":
    main()
