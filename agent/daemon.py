"""The daemon: steps until it is told to stop, and then ends within two seconds."""

from __future__ import annotations

import os
import select
import signal
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from agent.loop import Agent
from agent.ports import Clock

PATIENCE = 1.25
"""Seconds a step may go on after a stop signal."""
PATIENCE_WITH_CLOSING = 0.1
"""Seconds each door then has to close."""


class Stopped(BaseException):
    """The patience after a stop signal is used up. Not an `Exception`: nobody on the way takes it for a failure."""


class Daemon:
    """Runs an agent until SIGTERM or Ctrl-C; the step in hand may finish, but not at any price."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped = False
        # A pipe, not an Event: a signal handler may interrupt the very code that holds an Event's lock.
        self._bell, self._rope = os.pipe()
        weakref.finalize(self, _close, self._bell, self._rope)

    def stopped(self) -> bool:
        return self._stopped

    def wait(self, seconds: float) -> None:
        """Wait so long, or less when told to stop."""
        select.select([self._bell], [], [], max(0.0, seconds))

    def run(self, agent: Agent, watch: Callable[[], None] = lambda: None) -> None:
        """Step until told to stop. `watch` is called after every unit of work."""
        while not self.stopped():
            now = self._clock.now()
            more = agent.step(now)
            watch()
            if not more:
                self.wait((agent.next_wake(now) - now).total_seconds())

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within, SIGTERM and Ctrl-C stop this daemon, and the block ends within two seconds of the signal.

        A step that does not finish in `PATIENCE`, for Salesforce or the mail server is slow, is broken off where it
        stands, and so is a slow good-bye after it: whatever was half done is taken up as after a kill.
        """
        handlers = {
            signal.SIGTERM: self._on_signal,
            signal.SIGINT: self._on_signal,
            signal.SIGALRM: _break_off,
        }
        before = {name: signal.signal(name, handler) for name, handler in handlers.items()}
        try:
            yield
        except Stopped:
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for name, handler in before.items():
                signal.signal(name, handler)

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        if self.stopped():
            return
        signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE_WITH_CLOSING)
        self._stopped = True
        os.write(self._rope, b".")


def _break_off(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
