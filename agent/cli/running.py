"""The verbs that act: run, once, check."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from agent import app, log, settings
from agent.cli import output, passes
from agent.clock import SystemClock
from agent.daemon import Daemon
from agent.desk.tail import Tail
from agent.errors import AgentError
from agent.instants import to_text
from agent.org.check import check as check_everything
from agent.ports import Clock


@click.command()
@click.option("--dry-run", is_flag=True, help="Judge and log; send and write nothing.")
def run(dry_run: bool) -> None:
    """Run until stopped: poll, judge, alert, write back.

    What it does is said on stderr as it happens, the same lines as `sli-agent log`: for people on a terminal,
    as JSON elsewhere. SIGTERM or Ctrl-C ends it within two seconds.
    """
    clock = SystemClock()
    daemon = Daemon(clock)
    say = log.to_stderr(output.log_line if sys.stderr.isatty() else None)
    with daemon.listening():
        wanted = settings.load()
        with app.agent(wanted, clock, acts=not dry_run, stopped=daemon.stopped, wait=daemon.wait) as agent:
            tail = Tail(agent.work.store)
            tail.newest(1)
            say(_event(clock, f"started: polls every {wanted.poll_seconds} s, state in {wanted.state_dir}"))
            daemon.run(agent, watch=lambda: _say_all(say, tail))
    say(_event(clock, "stopped"))


def _say_all(say: Callable[[log.Line], None], tail: Tail) -> None:
    for line in tail.new():
        say(line)


def _event(clock: Clock, text: str) -> log.Line:
    return {"at": to_text(clock.now()), "level": "info", "kind": "run", "number": None, "text": text}


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be sent and written; send and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the pass's counts as one JSON object.")
def once(dry_run: bool, as_json: bool) -> None:
    """One full pass, then exit."""
    clock = SystemClock()
    with app.agent(settings.load(), clock, acts=not dry_run) as agent:
        with output.progress(clock, "reading ...") as show:
            tally = agent.run_pass(
                clock, watch=lambda: show(passes.so_far(agent.work, clock.now())), wait=Daemon(clock).wait
            )
        if agent.trouble:
            raise AgentError(agent.trouble.text)
        if as_json:
            output.as_json(tally)
            return
        passes.tally(tally)
        if dry_run:
            passes.intentions(agent.work.store, agent.work.mapping)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(as_json: bool) -> None:
    """Sign-in, objects, fields, rights, roles, mail and clock: a line each, with the mend."""
    found = check_everything(settings.load(), SystemClock())
    rows: list[dict[str, Any]] = [line.as_dict() for line in found]
    if as_json:
        output.as_json(rows)
    else:
        passes.check_lines(rows)
    if any(row["verdict"] == "failed" for row in rows):
        sys.exit(3)
