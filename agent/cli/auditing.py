"""The verb audit: who was told what, when and why; and whether every stored decision follows from its inputs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from agent.cli import output
from agent.cli.answers import MESSAGES, NOTICES
from agent.cli.folders import mappings_option, state_dir_option
from agent.cli.output import grid, show, when
from agent.clock import SystemClock
from agent.desk import audit as records
from agent.desk.state import state
from agent.desk.verify import verify as verify_stored
from agent.desk.words import counted
from agent.mapping import load as load_mapping
from agent.model import MessageState, NoticeState, Rule
from agent.rules.reasons import RULE_WORDS

Found = Mapping[str, Any]
OUTCOMES = {
    "told": "reachable",
    "missing": "nobody is named",
    "inactive": "the person is inactive",
    "no_address": "no usable address",
    "dropped": "no referral account, so nobody",
}
"""How a role was accounted for (D7, D3)."""
THINGS = {"milestones": "milestone", "notices": "notice", "scores": "handling score"}


@click.command()
@click.argument("id_or_number", metavar="[ID]", required=False)
@click.option("--verify", is_flag=True, help="Work every stored decision out again from its stored inputs.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@mappings_option
@state_dir_option
def audit(state_dir: Path, mappings: Path, as_json: bool, id_or_number: str | None, verify: bool) -> None:
    """Who was told what about an SLI, when, why, in which role, and what the mail server said.

    ID: record number or Salesforce id. With --verify every decision is worked out again from the inputs that were
    stored with it, for one SLI or for all; what differs is printed, and the exit code is 1.
    """
    if id_or_number is None and not verify:
        raise click.UsageError("Name one SLI by its record number, or say --verify.")
    mapping = load_mapping(mappings)
    with state(state_dir) as store:
        if verify:
            found = verify_stored(store, id_or_number)
        else:
            found = records.audit(store, mapping, str(id_or_number), SystemClock().now())
    if as_json:
        output.as_json(found)
    else:
        _verified(found) if verify else _told(found)
    if verify and found["differences"]:
        sys.exit(1)


def _told(found: Found) -> None:
    out, zone = output.console(), ZoneInfo(found["zone"])
    deleted = "  deleted" if found["deleted"] else ""
    out.print(f"[bold]{escape(found['number'])}[/]  {escape(found['office'] or 'no office')}{deleted}")
    out.print(f"times on the office's clock: {found['zone']}", style="dim")
    if not found["notices"]:
        out.print("\nNothing was decided to be told about it.")
    for notice in found["notices"]:
        out.print()
        _notice(out, notice, zone)


def _notice(out: Console, notice: Found, zone: ZoneInfo) -> None:
    sides = f" for {' and '.join(notice['sides'])}" if notice["sides"] else ""
    topic = f" ({escape(notice['topic'])})" if notice["topic"] != "-" else ""
    state = NOTICES[NoticeState(notice["state"])]
    title = (
        f"[bold]{RULE_WORDS[Rule(notice['rule'])]}[/]{topic}{sides}, due {when(notice['due'], zone)}: {state}"
    )
    show(out, Text.from_markup(title))
    grid(out, *((f"[dim]{name}[/]", text) for name, text in _facts(notice, zone)), indent=2)
    _people(out, notice, zone)
    if notice["log"]:
        out.print("  log", style="dim")
        lines = ((when(line["at"], zone), escape(line["text"])) for line in notice["log"])
        grid(out, *lines, indent=4)


def _facts(notice: Found, zone: ZoneInfo) -> list[tuple[str, str]]:
    decided = notice["decided"]
    whose = "this agent" if notice["claimed_here"] else "another agent, or an earlier life of this one"
    facts = [("decided", "by another agent, or an earlier life of this one")]
    if decided:
        facts = [("decided", f"{when(decided['at'], zone)}: {escape(decided['why'])}")]
    if notice["reason"] and not (decided and notice["reason"] == decided["reason"]):
        facts.append(("why it stands so", escape(notice["reason"])))
    if notice["claimed_by"]:
        row = f", row {escape(notice['record_id'])} in Salesforce" if notice["record_id"] else ""
        facts.append(("claimed", f"by {whose} ({escape(notice['claimed_by'])}){row}"))
    if notice["told_at"]:
        facts.append(("told", when(notice["told_at"], zone)))
    return [*facts, ("key", escape(notice["key"]))]


def _people(out: Console, notice: Found, zone: ZoneInfo) -> None:
    """Each role and who was written to for it; then each message and what became of it."""
    if notice["roles"]:
        out.print("  roles", style="dim")
        grid(out, *(_role(role) for role in notice["roles"]), indent=4)
    if notice["deliveries"]:
        out.print("  messages", style="dim")
    for sent in notice["deliveries"]:
        at = f" {when(sent['at'], zone)}" if sent["at"] else ""
        about = "; ".join([*sent["roles"], *(f"in place of {role}" for role in sent["fallback_for"])])
        words = f"{MESSAGES[MessageState(sent['state'])]}{at}  {sent['address']}  ({about})"
        show(out, Padding(Text(words), (0, 0, 0, 4)))
        if sent["reply"]:
            show(out, Padding(Text(f"the server said: {sent['reply']}", "dim"), (0, 0, 0, 6)))


def _role(role: Found) -> tuple[str, str]:
    words = OUTCOMES.get(role["outcome"], role["outcome"].replace("_", " "))
    heard = role["address"] or ""
    if heard and role["outcome"] != "told":
        heard = f"{heard} hears it instead"
    if role["in_its_place"]:
        heard = f"{heard}, refused; {', '.join(role['in_its_place'])} instead".removeprefix(", refused; ")
    return escape(role["title"]), escape(": ".join(text for text in (words, heard) if text))


def _verified(found: Found) -> None:
    out = output.console()
    checked = ", ".join(counted(n, THINGS[what]) for what, n in found["checked"].items())
    for d in found["differences"]:
        out.print(f"[red]differs[/]  {escape(d['number'])}: {escape(d['decision'])}")
        text = f"{d['what']}: stored {d['stored']}, recomputed {d['recomputed']}"
        show(out, Padding(Text(text), (0, 0, 0, 9)))
    verdict = "[red]Not all decisions hold.[/]" if found["differences"] else "[green]Every decision holds.[/]"
    out.print(f"{verdict} Worked out again: {checked}.")
    if found["key_only"]:
        why = "another disk has their inputs"
        out.print(f"Of {counted(found['key_only'], 'notice')} only the key: {why}.")
