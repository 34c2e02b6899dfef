"""The group of verbs, and how errors become exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 not healthy."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections import UserDict
from importlib import import_module
from typing import Any, NamedTuple

import click

from agent import __version__
from agent.errors import AgentError, ConfigurationError


class Verb(NamedTuple):
    """Where a verb is, `module:name`, and its line in the list of verbs."""

    place: str
    line: str


VERBS = {
    "demo": Verb("demo:demo", "The main job on your own machine: an org, a mail sink, the agent."),
    "sandbox": Verb("demo:sandbox", "The local org and mail sink alone."),
    "check": Verb("running:check", "What is missing before it can work, and how to mend it."),
    "once": Verb("running:once", "One full pass; --dry-run sends and writes nothing."),
    "run": Verb("running:run", "The daemon: poll, judge, alert, write back."),
    "status": Verb("asking:status", "How it stands: sync, API budget, milestones, trouble."),
    "log": Verb("asking:log_", "The sync log: changes, decisions, alerts, deliveries, errors."),
    "interventions": Verb("asking:interventions", "All, open or resolved SLIs, colours first."),
    "explain": Verb("asking:explain", "Why an SLI stands where it stands, and who was told."),
    "audit": Verb("auditing:audit", "Who was told what, when and why; --verify works it all out again."),
    "ack": Verb("deciding:ack", "Somebody is on it: an answer to an SLI's reminders."),
    "silence": Verb("deciding:silence", "Quiet about an SLI, an office or a region, for a while."),
    "incentive": Verb("paying:incentive", "What the plans pay by: revenue and hours from files, statements."),
    "score": Verb("scoring:score", "Quality scores of a month; explain says why, to the touch point."),
    "month": Verb("months:month", "A person's month: show, review, approve, lock, reopen, resolve."),
    "exception": Verb("disputes:exception", "A touch point that does not count: approved, with the reason."),
    "dispute": Verb("disputes:dispute", "A line of a month that is not right: open, settle, list."),
    "plan": Verb("plans:plan", "Definitions and plans: what is in force, approved, confirmed, missing."),
    "outbox": Verb("asking:outbox", "Mails and fields that wait or were refused."),
    "backup": Verb("backup:backup", "Copy the state and pay.db into a folder, also while the agent runs."),
    "restore": Verb("backup:restore", "Bring back what was backed up."),
    "mail": Verb("preview:mail", "Every kind of mail as files, from fictional data."),
}
"""In the order in which a newcomer meets them."""


class _Loaded(UserDict[str, Any]):
    """The verbs by name, each imported when it is asked for: `-h` and the reading verbs start quickly."""

    def __getitem__(self, name: str) -> click.Command:
        module, command = self.data[name].place.split(":")
        found: click.Command = getattr(import_module(f"agent.cli.{module}"), command)
        return found


class Verbs(click.Group):
    """Knows its verbs without loading them; turns the house's errors into one clear message and an exit code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = _Loaded(VERBS)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.line) for name, verb in VERBS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        # Else the collector looks through everything once more at the end, a good part of the two seconds to stop in.
        atexit.register(gc.freeze)
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            _complain(*error.problems)
            sys.exit(2)
        except AgentError as error:
            _complain(str(error))
            sys.exit(1)


def _complain(*problems: str) -> None:
    colour = None if "NO_COLOR" in os.environ else "red"
    for problem in problems:
        click.secho(problem, err=True, fg=colour)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sli-agent")
def main() -> None:
    """Keeps the promises made when a client or a referral partner is let down.

    Polls Service Level Interventions from Salesforce, judges the 24-hour and 30-day rules, alerts the seven
    roles, and writes what it computed back. Begin with `sli-agent demo`.
    """
