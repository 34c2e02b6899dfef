"""The verbs that only read the state: status, log, interventions, explain, outbox."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli import answers, mending, output, standing
from agent.cli.at_hand import at_hand, state_options
from agent.clock import SystemClock
from agent.desk import explain as why
from agent.desk import interventions as lists
from agent.desk import status as how_it_stands
from agent.desk.state import state
from agent.desk.tail import Tail
from agent.model import MessageState
from agent.store import intents, messages, overwritten, stuck_rows
from agent.store.intents import IntentState

FOLLOW_SECONDS = 1.0


@click.command()
@state_options
def status(state_dir: Path, mappings: Path, as_json: bool) -> None:
    """How the agent stands: sync, API budget, milestones, scores, outbox, trouble."""
    with at_hand(state_dir, mappings) as (store, mapping):
        found = how_it_stands.status(store, mapping, SystemClock().now())
    output.as_json(found) if as_json else standing.status(found)


@click.command("log")
@click.option(
    "--kind", type=click.Choice(["run", "change", "decision", "alert", "delivery", "write_back", "alarm"])
)
@click.option("--level", type=click.Choice(["info", "warning", "error"]))
@click.option("--number", metavar="SLI-00042", help="Only this SLI, by record number.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many of the newest lines."
)
@click.option("--follow", is_flag=True, help="Wait for more, until Ctrl-C.")
@state_options
def log_(
    state_dir: Path,
    mappings: Path,
    as_json: bool,
    limit: int,
    follow: bool,
    **filters: str | None,
) -> None:
    """The sync log: runs, changes, decisions, alerts, deliveries, errors. Times are this machine's.

    With --json each line is an object, its time in UTC.
    """
    with state(state_dir) as store:
        tail = Tail(store, filters)
        lines = tail.newest(limit)
        answers.log_lines(lines, as_json=as_json)
        if not lines and any(filters.values()):
            click.echo("The log has no such line. --number takes a record number (SLI-00042).", err=True)
        if follow:
            _follow(tail, as_json=as_json)


def _follow(tail: Tail, *, as_json: bool) -> None:
    # The loop brings the whole agent with it, which no other reading verb has to wait for.
    from agent.daemon import Daemon  # noqa: PLC0415

    daemon = Daemon(SystemClock())
    with daemon.listening():
        while not daemon.stopped():
            daemon.wait(FOLLOW_SECONDS)
            answers.log_lines(tail.new(), as_json=as_json)


@click.command()
@click.option("--all", "which", flag_value="all", help="Every intervention.")
@click.option(
    "--open", "which", flag_value="open", default="open", help="Not yet Green or Red (the default)."
)
@click.option("--resolved", "which", flag_value="resolved", help="Green or Red on every side.")
@click.option("--office", help="Part of the office's name.")
@click.option("--region", help="Part of the region's name.")
@state_options
def interventions(
    state_dir: Path, mappings: Path, as_json: bool, which: str, office: str | None, region: str | None
) -> None:
    """All, Open or Resolved interventions by office and region, colours first."""
    with at_hand(state_dir, mappings) as (store, mapping):
        now = SystemClock().now()
        found = lists.interventions(store, mapping, now, which=which, office=office, region=region)
    output.as_json(found) if as_json else answers.interventions(found, which)


@click.command()
@click.argument("id_or_number", metavar="ID")
@state_options
def explain(state_dir: Path, mappings: Path, as_json: bool, id_or_number: str) -> None:
    """Why an SLI stands where it stands, and who was told. ID: record number or Salesforce id."""
    with at_hand(state_dir, mappings) as (store, mapping):
        found = why.explain(store, mapping, id_or_number, SystemClock().now())
    output.as_json(found) if as_json else answers.explanation(found)


@click.group()
def outbox() -> None:
    """Messages and dead letters."""


@outbox.command("list", short_help="What waits, what was refused, what has no clear outcome.")
@click.option("--all", "everything", is_flag=True, help="Also what was sent.")
@state_options
def outbox_list(state_dir: Path, mappings: Path, as_json: bool, everything: bool) -> None:
    """What waits, what was refused, what has no clear outcome; fields Salesforce refuses or somebody overwrites."""
    waiting = (MessageState.QUEUED, MessageState.SENDING, MessageState.DEAD, MessageState.UNCERTAIN)
    with state(state_dir) as store:
        found = {
            "messages": messages.listed(store, states=() if everything else waiting),
            "write_backs": intents.letters(
                store, *(() if everything else (IntentState.DUE, IntentState.DEAD))
            ),
            "parked": overwritten.parked(store),
            "own_rows": stuck_rows.letters(store),
        }
    output.as_json(found) if as_json else answers.outbox(found)


outbox.add_command(mending.retry)
outbox.add_command(mending.drop)
