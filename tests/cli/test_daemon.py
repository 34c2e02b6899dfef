"""A stop signal that comes just before the daemon goes to sleep is not slept through: real signals, no luck needed.

Python sees a signal between two of its own instructions, or when the kernel breaks off a call. One that arrives after
the last instruction and before the call is neither. A signal that another thread receives is in the same place every
time, so these tests send it there.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from agent.clock import SystemClock
from agent.daemon import Daemon

SOON = 2.0
LONG = 20.0
"""Seconds a test that fails would hang."""


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """One end of a connection on which nobody ever says a word."""
    here, there = socket.socketpair()
    here.settimeout(LONG)
    with here, there:
        yield here


def between(names: list[signal.Signals], inside: threading.Event) -> threading.Thread:
    """A thread that receives these signals as soon as the main thread is inside."""

    def send() -> None:
        inside.wait(LONG)
        for name in names:
            signal.pthread_kill(threading.get_ident(), name)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_wakes_though_the_signal_did_not_break_its_sleep(name: signal.Signals) -> None:
    daemon = Daemon(SystemClock())
    inside = threading.Event()
    sender = between([name], inside)
    with daemon.listening():
        inside.set()
        began = time.monotonic()
        daemon.wait(LONG)
        took = time.monotonic() - began
        assert daemon.stopped()
    sender.join()
    assert took < SOON


def test_a_step_that_waits_for_an_answer_is_broken_off_though_the_signal_was_not_seen(
    mute: socket.socket,
) -> None:
    daemon = Daemon(SystemClock())
    inside = threading.Event()
    sender = between([signal.SIGTERM, signal.SIGINT], inside)
    began = time.monotonic()
    with daemon.listening():
        inside.set()
        mute.recv(1)
        pytest.fail("the step was not broken off")
    took = time.monotonic() - began
    sender.join()
    assert daemon.stopped()
    assert took < SOON


def test_what_it_found_is_as_it_was_after_it() -> None:
    before = [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)]
    running = threading.active_count()
    daemon = Daemon(SystemClock())
    with daemon.listening():
        assert not daemon.stopped()
    assert [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)] == before
    assert signal.set_wakeup_fd(-1) == -1
    assert threading.active_count() == running
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
