"""The org's process as the bench sees it: started, given orders, ended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any


@dataclass
class Stage:
    """A served org. `settings` point an agent at it; `proxy` leads to its login.salesforce.com (bench/door.py)."""

    url: str
    proxy: str
    trusted: str
    settings: Mapping[str, str]
    _orders: IO[str]
    _answers: IO[str]

    def do(self, name: str, **arguments: Any) -> Any:
        """Carry out one of bench/changes.py in the org's process.

        Raises:
            RuntimeError: the org's process has ended.
        """
        print(json.dumps({"order": name, **arguments}), file=self._orders, flush=True)
        answer = self._answers.readline()
        if not answer:
            raise RuntimeError(f"the org's process ended at {name!r}: its message stands above")
        return json.loads(answer)

    @property
    def trust(self) -> dict[str, str]:
        """Environment in which https to the org, and to the door, is believed."""
        return {
            "REQUESTS_CA_BUNDLE": self.trusted,
            "SSL_CERT_FILE": self.trusted,
            "NO_PROXY": "localhost,127.0.0.1",
        }


@contextmanager
def stage(rows: int, *, whole: bool = False) -> Iterator[Stage]:
    """An org with so many interventions, or about so many rows of all kinds (`whole`), served until the block ends."""
    command = [sys.executable, "-m", "bench.server", str(rows), *(["whole"] if whole else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a child with pipes has no pipes")
        where = json.loads(process.stdout.readline())
        yield Stage(**where, _orders=process.stdin, _answers=process.stdout)
        process.stdin.close()
