"""Time, randomness and waiting are arguments: the linter says so, and no statement asks SQLite instead."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator

import pytest
from repository import ROOT, texts

STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE)\b")
ASKS_SQLITE = re.compile(
    r"\bCURRENT_(TIMESTAMP|DATE|TIME)\b|'now'|\b(date|time|datetime|julianday|unixepoch)\(\s*\)"
    r"|\brandom(blob)?\(",
    re.IGNORECASE,
)
MAY_SET_IT_ASIDE = "agent/sandbox/"
"""Its servers have threads, and its functions take a `Random`; none of it is part of the agent."""
FORBIDDEN = {
    "the wall clock": "from datetime import datetime\nnow = datetime.now()\n",
    "the wall clock, spelled out": "import datetime\nnow = datetime.datetime.utcnow()\n",
    "today": "from datetime import date\ntoday = date.today()\n",
    "seconds since 1970": "import time\nnow = time.time()\n",
    "the steady clock": "from time import monotonic\nnow = monotonic()\n",
    "a sleep": "import time\ntime.sleep(1)\n",
    "a drawn key": "import uuid\nkey = uuid.uuid4()\n",
    "a drawn number": "import random\nnumber = random.random()\n",
    "a random source of one's own": "from random import Random\nrng = Random()\n",
    "a secret drawn": "import secrets\ntoken = secrets.token_hex()\n",
    "a thread": "import threading\nthread = threading.Thread()\n",
}


def ruff(code: str, filename: str) -> list[str]:
    """The codes of what ruff, with the project's own settings, finds in this code at this place."""
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--no-cache", "--config", "pyproject.toml"),
            *("--output-format", "json", "--stdin-filename", filename, "-"),
        ],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode in {0, 1}, checked.stderr
    return [found["code"] for found in json.loads(checked.stdout)]


def statements(source: str) -> Iterator[str]:
    """The SQL in a Python file; f-strings piece by piece."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value):
            yield node.value


@pytest.mark.parametrize("code", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_the_linter_refuses(code: str) -> None:
    assert "TID251" in ruff(code, "agent/rules/sample.py")


def test_the_linter_lets_a_clock_that_is_handed_in_pass() -> None:
    code = "from agent.ports import Clock\n\n\ndef stamp(clock: Clock) -> str:\n    return str(clock.now())\n"
    assert ruff(code, "agent/rules/sample.py") == []


def test_only_the_clock_is_exempt() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    exempt = config["tool"]["ruff"]["lint"]["per-file-ignores"]
    without = {place for place, codes in exempt.items() if {"TID", "TID251"} & set(codes)}
    in_agent = without - {"tests/**", "bench/**"}  # neither is shipped; a bench is there to read the clock
    assert in_agent == {"agent/clock.py"}


def test_the_rule_is_set_aside_line_by_line_in_the_sandbox_and_for_the_thread_of_the_outermost_loop() -> None:
    elsewhere = [
        (path, line.split("#")[0].strip())
        for path, text in texts("agent")
        if not path.startswith(MAY_SET_IT_ASIDE)
        for line in text.splitlines()
        if re.search(r"noqa:[^#]*\bTID", line)
    ]
    assert elsewhere == [("agent/daemon.py", "import threading")]


def test_no_statement_asks_sqlite_for_the_time_or_a_random_number() -> None:
    asking = [
        f"{path}: {sql}"
        for path, text in texts("agent")
        if path.endswith(".py")
        for sql in statements(text)
        if ASKS_SQLITE.search(sql)
    ]
    assert asking == []


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO log VALUES (CURRENT_TIMESTAMP)",
        "SELECT datetime('now', '-1 day')",
        "UPDATE run SET ended_at = strftime('%s', 'now')",
        "SELECT id FROM message ORDER BY random()",
        "DELETE FROM log WHERE at < datetime()",
    ],
)
def test_a_statement_that_asks_sqlite_is_recognised(sql: str) -> None:
    [found] = statements(f"store.write({sql!r})")
    assert ASKS_SQLITE.search(found)
