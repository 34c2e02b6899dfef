"""The daemon: steps until it is told to stop, and then ends within two seconds."""

from __future__ import annotations

import os
import select
import signal
import threading  # noqa: TID251 - the outermost loop; its thread waits for the stop signal and nothing else
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from agent.loop import Agent
from agent.ports import Clock

PATIENCE = 1.0
"""Seconds a step may go on after a stop signal."""
PATIENCE_WITH_CLOSING = 0.1
"""Seconds each door then has to close."""


class Stopped(BaseException):
    """The patience after a stop signal is used up. Not an `Exception`: nobody on the way takes it for a failure."""


class Daemon:
    """Runs an agent until SIGTERM or Ctrl-C; the step in hand may finish, but not at any price.

    Python sees a signal only between two of its own instructions, or when the kernel breaks off a call for it. One
    that comes just before a call would be slept through. So the signal itself pulls a rope, a byte in a pipe: sleep
    listens to the bell at its other end, and so does a thread that then winds up the alarm.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped = False
        self._over = False
        # A pipe, not an Event: a signal handler may interrupt the very code that holds an Event's lock.
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._rope, False)
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
            signal.SIGALRM: self._break_off,
        }
        before = {name: signal.signal(name, handler) for name, handler in handlers.items()}
        rope_before = signal.set_wakeup_fd(self._rope, warn_on_full_buffer=False)
        watchman = threading.Thread(target=self._wind_up_the_alarm, daemon=True)
        watchman.start()
        try:
            yield
        except Stopped:
            pass
        finally:
            self._over = True
            os.write(self._rope, b".")
            watchman.join()
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.set_wakeup_fd(rope_before)
            for name, handler in before.items():
                signal.signal(name, handler)

    def _wind_up_the_alarm(self) -> None:
        select.select([self._bell], [], [])
        if not self._over:
            signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE_WITH_CLOSING)

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopped = True

    def _break_off(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._over:
            raise Stopped


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
