"""The verbs for a person's word: silence add, silence list, silence end, ack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from agent.alerts.text import listed, local_time
from agent.cli import output
from agent.cli.at_hand import at_hand, state_options
from agent.cli.word import answer
from agent.clock import SystemClock
from agent.desk.decided import silences as deciding
from agent.desk.decided.silences import Place
from agent.mapping import OrgMapping
from agent.model import Rule
from agent.rules.reasons import RULE_WORDS
from agent.store import Store


@click.group()
def silence() -> None:
    """Quiet about an SLI, an office or a region: who wants it, why, until when.

    A silence mutes reminders and digests. Alerts of a submission, of a plan missing after 24 hours and of an SLI
    not resolved after 30 days are told all the same (rules.toml says which kinds may be silenced). When it ends, what
    is still open is announced once, to the owners of the open sides and to whoever asked for the silence.
    """


@silence.command("add")
@click.option("--sli", metavar="NUMBER|ID", help="This SLI.")
@click.option("--office", metavar="NAME|ID", help="All SLIs of this office.")
@click.option("--region", metavar="NAME|ID", help="All SLIs of this region's offices.")
@click.option(
    "--owner",
    required=True,
    metavar="WHO",
    help="Who wants quiet. As the e-mail address of an active user of the org, they hear when it ends.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why. Lists show it: no client's name.")
@click.option(
    "--until",
    required=True,
    metavar="WHEN",
    help="A date (2026-12-24: to the end of that day in the office's zone) or an instant (2026-12-24T17:00-05:00).",
)
@state_options
def add(
    state_dir: Path,
    mappings: Path,
    as_json: bool,
    owner: str,
    reason: str,
    until: str,
    **where: str | None,
) -> None:
    """Be quiet about one SLI, office or region.

    WHEN is 90 days ahead at most: then somebody looks again.
    """
    clock = SystemClock()
    with at_hand(state_dir, mappings) as (store, mapping):
        place = _place(store, mapping, where, clock.now())
        try:
            ends = deciding.until_of(until, place.zone, clock.now())
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--until") from None
        kept = deciding.silence(store, place, owner=owner, reason=reason, until=ends, now=clock.now())
        row = next(r for r in deciding.listed(store, clock.now(), everything=True) if r["key"] == kept.key)
        said = [
            f"Quiet about {place.words} until {local_time(ends, place.zone)}. Its name is {row['name']}.",
            *_kinds(mapping),
        ]
        answer(store, mapping, kept, said, row, as_json=as_json)


def _place(store: Store, mapping: OrgMapping, where: dict[str, str | None], now: datetime) -> Place:
    """The one place that is named."""
    given = [(kind, name) for kind, name in where.items() if name]
    if len(given) != 1:
        raise click.UsageError("Name one of --sli, --office and --region.")
    [(kind, name)] = given
    if kind == "sli":
        return deciding.sli(store, mapping, name, now)
    return deciding.named(store, mapping, kind, name, now)


def _kinds(mapping: OrgMapping) -> list[str]:
    """What is muted and what is not, a sentence each."""
    muted, told = ([RULE_WORDS[Rule(kind)] for kind in kinds] for kinds in deciding.kinds(mapping))
    found = [f"Muted: {listed(muted)}." if muted else "rules.toml lets no kind of alert be silenced."]
    return found + ([f"Never silenced: {listed(told)}."] if told else [])


@silence.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
@state_options
def list_(state_dir: Path, mappings: Path, as_json: bool, everything: bool) -> None:
    """Who wants quiet about what, why, until when.

    Times are this machine's; with --json in UTC.
    """
    with at_hand(state_dir, mappings) as (store, _):
        rows = deciding.listed(store, SystemClock().now(), everything=everything)
    output.as_json(rows) if as_json else _show(rows)


def _show(rows: Sequence[dict[str, Any]]) -> None:
    out = output.console()
    if not rows:
        out.print("Nobody has asked for quiet.")
    for row in rows:
        style = "bold" if row["in_force"] else "dim"
        verb = "until" if row["in_force"] else "ended"
        out.print(f"[{style}]{row['name']}  {escape(row['place'])}, {verb} {output.when(row['until'])}[/]")
        output.grid(out, ("", f"{escape(row['by'])}: {escape(row['reason'])}"), indent=8)
        if row["ended_by"]:
            ended = row["ended_by"]
            output.grid(out, ("", f"ended by {escape(ended['by'])}: {escape(ended['reason'])}"), indent=8)
        if not row["in_salesforce"]:
            output.grid(out, ("", "[yellow]not in Salesforce yet[/]"), indent=8)


@silence.command("end")
@click.argument("which", metavar="NAME|NUMBER|KEY")
@click.option("--by", required=True, metavar="WHO", help="Who ends it.")
@click.option("--reason", required=True, metavar="TEXT", help="Why. Lists show it: no client's name.")
@state_options
def end(state_dir: Path, mappings: Path, as_json: bool, which: str, by: str, reason: str) -> None:
    """End a silence now.

    It is named by the eight letters that `silence list` shows, by its SLI's record number, or by its key.
    """
    clock = SystemClock()
    with at_hand(state_dir, mappings) as (store, mapping):
        kept, place = deciding.end(store, which, by=by, reason=reason, now=clock.now())
        row = next(r for r in deciding.listed(store, clock.now(), everything=True) if r["key"] == kept.about)
        said = [f"The silence about {place} has ended. What is still open of it is announced once."]
        answer(store, mapping, kept, said, row, as_json=as_json)


@click.command()
@click.argument("id_or_number", metavar="ID")
@click.option("--by", required=True, metavar="WHO", help="Who has taken notice.")
@click.option(
    "--note", default="", metavar="TEXT", help="What is being done. `explain` shows it: no client's name."
)
@state_options
def ack(state_dir: Path, mappings: Path, as_json: bool, id_or_number: str, by: str, note: str) -> None:
    """Somebody is on it: an answer to an SLI's weekly reminders. ID: record number or Salesforce id.

    Weekly reminders go on; while they are answered, the Division Head does not join them.
    """
    clock = SystemClock()
    with at_hand(state_dir, mappings) as (store, mapping):
        place = deciding.sli(store, mapping, id_or_number, clock.now())
        kept = deciding.acknowledgement(store, place, by=by, note=note, now=clock.now())
        said = [f"{place.words}: acknowledged by {kept.by}. It counts as an answer to its reminders."]
        answer(store, mapping, kept, said, {"key": kept.key, "number": place.words}, as_json=as_json)
