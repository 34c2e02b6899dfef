"""Asking the org again when it could not be reached: up to three times, a second or two apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from agent.errors import LimitExceeded, Unreachable
from agent.ports import Random

ATTEMPTS = 3

_T = TypeVar("_T")


class Patience:
    """Only for questions: a lost answer does not tell whether a write was done.

    Args:
        stop: True once the agent is to end: then nothing is asked again.
        wait: waits so many seconds, or less when the agent is to end.
        rng: spreads the waits, so that agents do not return in step.
    """

    def __init__(self, stop: Callable[[], bool], wait: Callable[[float], None], rng: Random | None) -> None:
        self._stop = stop
        self._wait = wait
        self._rng = rng

    def __call__(self, ask: Callable[[], _T]) -> _T:
        """What `ask` returns, or the last error that it raises."""
        again = Retrying(
            retry=retry_if_exception(_passing),
            stop=lambda state: self._stop() or stop_after_attempt(ATTEMPTS)(state),
            wait=self._seconds,
            sleep=self._nap,
            reraise=True,
        )
        return again(ask)

    def _seconds(self, state: RetryCallState) -> float:
        jitter = self._rng.random() if self._rng else 0.5
        return float(2 ** (state.attempt_number - 1)) * (0.5 + jitter)

    def _nap(self, seconds: float) -> None:
        self._wait(seconds)
        if self._stop():
            raise Unreachable("The agent is ending: the org is not asked again.")


def _passing(error: BaseException) -> bool:
    return isinstance(error, Unreachable) or (isinstance(error, LimitExceeded) and not error.daily)
