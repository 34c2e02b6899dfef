"""A sandbox org over real HTTP that notes what it is asked, and `sli-agent` as a process beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import Queue
from random import Random
from typing import Any

from agent.clock import SystemClock
from agent.sandbox.http import Request, Response
from agent.sandbox.seed import Seeded
from agent.sandbox.server import SandboxServer
from agent.sandbox.world import populate, settings_for

PATIENCE = 60
"""Seconds to wait for what a healthy process says or does; a test that waits so long has failed."""


class AskedOrg:
    """The org, and the path of every request it has answered (a slow answer is then still on its way)."""

    def __init__(self, seeded: Seeded) -> None:
        self.seeded = seeded
        self.asked: Queue[str] = Queue()
        self.paths: list[str] = []

    def handle(self, request: Request, now: datetime, rng: Random) -> Response:
        answer = self.seeded.org.handle(request, now, rng)
        self.paths.append(request.path)
        self.asked.put(request.path)
        return answer

    def wait_for(self, ending: str) -> None:
        while not self.asked.get(timeout=PATIENCE).endswith(ending):
            pass

    def sign_ins(self) -> int:
        return sum(path.endswith("/oauth2/token") for path in self.paths)


class Served:
    """An org that is being served, and the environment that leads an agent there."""

    def __init__(self, org: AskedOrg, server: SandboxServer, state: Path) -> None:
        self.org, self.base_url, self.state = org, server.base_url, state
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SLI_")},
            "SLI_STATE_DIR": str(state),
            "SLI_MAPPINGS": "mappings/sandbox",
        }

    def settings(self, smtp_port: int, **changes: str) -> dict[str, str]:
        return {**self.environ, **settings_for(self.base_url, smtp_port), **changes}


@contextmanager
def served_org(tmp_path: Path) -> Iterator[Served]:
    clock = SystemClock()
    org = AskedOrg(populate(clock.now(), size=60, seed_number=7))
    with SandboxServer(org, clock.now, rng=Random(7)) as server:
        yield Served(org, server, tmp_path / "state")


class Process:
    """`sli-agent` as users start it. Its stderr is read line by line."""

    def __init__(self, *words: str, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "agent", *words],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.said = ""
        self._lines: Queue[str] = Queue()
        # Somebody has to read on, or the pipe fills up and the process waits for its reader.
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_error: Any) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stderr
        self._process.stderr.close()

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self._lines.put(line.decode())
        self._lines.put("")

    def wait_until_it_says(self, text: str) -> None:
        while text not in self.said:
            line = self._lines.get(timeout=PATIENCE)
            assert line, f"it never said {text!r}, but: {self.said}"
            self.said += line

    def send(self, *signals: signal.Signals) -> None:
        for each in signals:
            self._process.send_signal(each)

    def end(self, within: float) -> int:
        """Its exit code; fails if it takes longer than so many seconds."""
        self._process.wait(within)
        self._reader.join()
        while line := self._lines.get():
            self.said += line
        return self._process.returncode


def speechless_after_the_message(server: socket.socket) -> socket.socket:
    """A mail server that takes one whole message and then never answers; the connection it hangs on."""
    server.settimeout(PATIENCE)
    connection, _ = server.accept()
    connection.settimeout(PATIENCE)
    with connection.makefile("rwb") as line:
        line.write(b"220 slow\r\n")
        line.flush()
        while True:
            word = line.readline()[:4].upper()
            line.write(b"354 go on\r\n" if word == b"DATA" else b"250 ok\r\n")
            line.flush()
            if word == b"DATA":
                while line.readline() != b".\r\n":
                    pass
                return connection
