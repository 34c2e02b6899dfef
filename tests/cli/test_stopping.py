"""SIGTERM and Ctrl-C end the daemon within two seconds, whatever it is waiting for: a real process, real signals."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.model import MessageState
from agent.sandbox.faults import Fault
from agent.sandbox.mail_sink import MailSink
from agent.store import Store, messages
from tests.cli.daemons import PATIENCE, Process, Served, served_org, speechless_after_the_message

SOON = 2.0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with served_org(tmp_path) as served:
        yield served


def states(served: Served) -> set[str]:
    store = Store(served.state / "sli-agent.db")
    try:
        return set(messages.counts(store))
    finally:
        store.close()


def test_a_daemon_that_waits_for_its_next_poll_stops_at_once(served: Served) -> None:
    with MailSink() as sink, Process("run", environ=served.settings(sink.port)) as daemon:
        daemon.wait_until_it_says('"kind": "run", "text": "pass done')
        daemon.send(signal.SIGTERM)

        assert daemon.end(within=SOON) == 0
    assert '"text": "stopped"' in daemon.said
    assert "Traceback" not in daemon.said


def test_a_daemon_stops_while_salesforce_is_slow(served: Served) -> None:
    served.org.seeded.org.faults.add(Fault.slow(30, times=None, path="/composite"))
    with MailSink() as sink, Process("run", environ=served.settings(sink.port)) as daemon:
        served.org.wait_for("/composite/sobjects")
        daemon.send(signal.SIGTERM)

        assert daemon.end(within=SOON) == 0
    assert '"text": "stopped"' in daemon.said


def test_a_daemon_stops_while_the_mail_server_hangs_and_nothing_is_lost(served: Served) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        Process("run", environ=served.settings(mute.getsockname()[1])) as daemon,
        speechless_after_the_message(mute),
    ):
        daemon.send(signal.SIGTERM)
        assert daemon.end(within=SOON) == 0
    assert states(served) == {MessageState.SENDING, MessageState.QUEUED}

    with MailSink() as sink, Process("run", environ=served.settings(sink.port)) as daemon:
        daemon.wait_until_it_says("the agent was stopped while sending")
        daemon.send(signal.SIGTERM)
        assert daemon.end(within=SOON) == 0


def test_ctrl_c_twice_prints_no_traceback(served: Served) -> None:
    served.org.seeded.org.faults.add(Fault.slow(30, times=None, path="/composite"))
    with MailSink() as sink, Process("run", environ=served.settings(sink.port)) as daemon:
        served.org.wait_for("/composite/sobjects")
        daemon.send(signal.SIGINT, signal.SIGINT)

        assert daemon.end(within=SOON) == 0
    assert "Traceback" not in daemon.said
    assert "Aborted" not in daemon.said


def test_a_sandbox_stops_too(served: Served) -> None:
    sandbox = ("sandbox", "--port", "0", "--smtp-port", "0", "--size", "60")
    with Process(*sandbox, environ=served.environ) as process:
        process.wait_until_it_says("Running until Ctrl-C")
        process.send(signal.SIGTERM)

        assert process.end(within=PATIENCE) == 0
