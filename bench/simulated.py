"""The agent in the bench's own process before the org's: it mails and writes, and both clocks move together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from agent import app, settings
from agent.clock import SetClock
from agent.loop import Agent
from bench.mapped import alerts_only
from bench.stage import Stage, stage

MINUTE = 60.0
HOUR = 60 * MINUTE
TICK = timedelta(seconds=1)
"""The least that passes while there is nothing to do: clocks here stand still by themselves."""


@dataclass
class Simulated:
    """One agent and its org. Neither clock moves but by `later`."""

    stage: Stage
    agent: Agent
    clock: SetClock

    @property
    def calls(self) -> int:
        """API calls of the agent so far."""
        return self.agent.work.org.calls

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.stage.do("later", seconds=seconds)

    def run_pass(self, watch: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """One full pass and its tally; `watch` is called after every step."""
        return self.agent.run_pass(self.clock, watch, wait=self.later)

    def live(self, seconds: float) -> None:
        """Let this time pass as the daemon lives it: step while there is something to do, wake when it would."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while (now := self.clock.now()) < end:
            if not self.agent.step(now):
                self.later(min(max(self.agent.next_wake(now) - now, TICK), end - now).total_seconds())

    def count(self, sql: str) -> int:
        """A number out of the agent's database."""
        return int(self.agent.work.store.value(sql))


class _Trusting(HTTPAdapter):
    """Believes the authority that the org's process made for this run."""

    def __init__(self, authority: str) -> None:
        super().__init__()
        self._authority = authority

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        return super().send(request, stream, timeout, self._authority, cert, proxies)


@contextmanager
def simulated(rows: int, poll_seconds: float = MINUTE) -> Iterator[Simulated]:
    """An agent without a past before an org with so many interventions."""
    with stage(rows) as org, TemporaryDirectory(prefix="sli-bench-") as folder:
        began = datetime.fromisoformat(org.do("now"))
        environ = {
            **org.settings,
            "SLI_POLL_SECONDS": f"{poll_seconds:.0f}",
            "SLI_STATE_DIR": str(Path(folder) / "state"),
            "SLI_MAPPINGS": str(alerts_only(Path(folder))),
        }
        loaded, clock = settings.load(environ, Path(folder) / "no.env"), SetClock(began)
        with app.agent(loaded, clock, transport=_Trusting(org.trusted), rng=Random(7)) as agent:
            yield Simulated(org, agent, clock)
