"""The verbs for what people do not agree with, and for what does not count: dispute, exception."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from agent.cli import output
from agent.cli.at_hand import at_hand, state_options
from agent.cli.months import what_option, whose_options
from agent.cli.word import answer, word_options
from agent.clock import SystemClock
from agent.desk.decided import disputes, exceptions
from agent.desk.decided.months import subject_of
from agent.desk.decided.word import Word
from agent.incentive.months import Ledger, MonthState

LOCKED = "The month is locked already: its figures change only if two approvers reopen it."


@click.group()
def dispute() -> None:
    """Something about a month is not right. While a dispute is open, the month is not locked."""


@dispute.command("open")
@whose_options
@click.option(
    "--line",
    "which",
    required=True,
    metavar="TEXT",
    help="Which line: a touch point (START-OF-CARE:check_in_7d), a component of the pay.",
)
@what_option
@word_options
@state_options
def open_(  # noqa: PLR0913  # one keyword for each option
    *,
    state_dir: Path,
    mappings: Path,
    as_json: bool,
    person: str,
    month: str,
    which: str,
    what: str,
    by: str,
    reason: str,
) -> None:
    """Say that a line of PERSON's MONTH (2026-03) is not right. Any active user of the org may, they themselves too."""
    with at_hand(state_dir, mappings) as (store, mapping):
        subject = subject_of(store, mapping, Ledger(what), person, month)
        kept = disputes.opened(subject, which, Word(by, reason, SystemClock().now()))
        locked = subject.standing().state is MonthState.LOCKED
        then = LOCKED if locked else "The month is not locked before it is settled."
        said = [f"{subject.words}: dispute {kept.name} is open. {then}"]
        row = {"name": kept.name, "key": kept.key, "about": kept.about, "by": kept.by}
        answer(store, mapping, kept, said, row, as_json=as_json)


@dispute.command("settle", short_help="Say how a dispute ended.")
@click.argument("name")
@word_options
@state_options
def settle(state_dir: Path, mappings: Path, as_json: bool, name: str, by: str, reason: str) -> None:
    """Say how a dispute ended; NAME is the eight letters that `dispute list` shows. For approvers."""
    with at_hand(state_dir, mappings) as (store, mapping):
        kept = disputes.settle(store, mapping, name, Word(by, reason, SystemClock().now()))
        row = {"name": kept.about, "key": kept.key, "by": kept.by}
        answer(store, mapping, kept, [f"Dispute {kept.about} is settled."], row, as_json=as_json)


@dispute.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are settled.")
@state_options
def list_(state_dir: Path, mappings: Path, as_json: bool, everything: bool) -> None:
    """Who disputes what, and why. Times are this machine's; with --json in UTC."""
    with at_hand(state_dir, mappings) as (store, mapping):
        rows = disputes.listed(store, mapping, everything=everything)
    output.as_json(rows) if as_json else _show(rows)


def _show(rows: Sequence[dict[str, Any]]) -> None:
    out = output.console()
    if not rows:
        out.print("Nothing is disputed.")
    for row in rows:
        style = "bold" if row["open"] else "dim"
        whose = f"{row['person']['name']} ({row['person']['employee']})" if row["person"] else "somebody"
        place = f"{row['what']} of {row['month']} of {whose}, since {output.when(row['since'])}"
        out.print(f"[{style}]{row['name']}  {escape(place)}[/]")
        output.grid(out, ("", f"{escape(row['line'] or '')}"), indent=8)
        output.grid(out, ("", f"{escape(row['by'])}: {escape(row['reason'])}"), indent=8)
        if row["settled"]:
            end = row["settled"]
            output.grid(out, ("", f"settled by {escape(end['by'])}: {escape(end['reason'])}"), indent=8)
        if not row["in_salesforce"]:
            output.grid(out, ("", "[yellow]not in Salesforce yet[/]"), indent=8)


@click.group()
def exception() -> None:
    """Touch points that do not count, because somebody approved that they do not."""


@exception.command("approve", short_help="A touch point does not count, for a reason.")
@click.argument("episode", metavar="START-OF-CARE")
@click.argument("activity", required=False)
@click.option("--why", required=True, metavar="NAME", help="One of the definition's reasons: hospital, ...")
@word_options
@state_options
def approve(  # noqa: PLR0913  # one keyword for each option
    *,
    state_dir: Path,
    mappings: Path,
    as_json: bool,
    episode: str,
    activity: str | None,
    why: str,
    by: str,
    reason: str,
) -> None:
    """A touch point does not count in the score of record; the figure with it stands beside it.

    START-OF-CARE is its id, ACTIVITY as in touchpoints.toml (check_in_7d); or both in one word, with a colon between
    them, as `score explain` shows it. For approvers, and never for the CSM whose touch point it is.
    """
    if activity is None:
        episode, _, activity = episode.partition(":")
    if not activity:
        raise click.UsageError(
            "Name the activity too: START-OF-CARE:check_in_7d, as `score explain` shows it."
        )
    with at_hand(state_dir, mappings) as (store, mapping):
        word = Word(by, reason, SystemClock().now())
        kept = exceptions.approve(store, mapping, episode, activity, why, word)
        said = [f"Touch point {kept.about}: {why}, approved by {kept.by}. The next pass scores it so."]
        row = {"key": kept.key, "touch_point": kept.about, "why": why, "by": kept.by}
        answer(store, mapping, kept, said, row, as_json=as_json)
