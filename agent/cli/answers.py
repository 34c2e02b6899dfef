"""How the answers about the state look: status, log, interventions, explain, outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agent.alerts.text import day
from agent.cli import said
from agent.cli.output import colour, coloured, console, grid, log_line, show, when
from agent.desk.words import counted
from agent.model import MessageState, MilestoneKind, MilestoneState, NoticeState, Rule
from agent.rules.reasons import KIND_WORDS, RULE_WORDS, STATE_WORDS, sentence
from agent.store.intents import IntentState

Found = Mapping[str, Any]
MESSAGES = {
    MessageState.QUEUED: "waiting",
    MessageState.SENDING: "being sent",
    MessageState.SENT: "sent",
    MessageState.DEAD: "refused",
    MessageState.UNCERTAIN: "unclear",
    MessageState.DROPPED: "dropped",
}
WRITES = {
    IntentState.DUE: ("yellow", "again"),
    IntentState.DEAD: ("red", "refused"),
    IntentState.DROPPED: ("dim", "dropped"),
}
NOTICES = {
    NoticeState.INTENT: "to be told",
    NoticeState.CLAIMED: "being told",
    NoticeState.TOLD: "told",
    NoticeState.SUPPRESSED: "not told, for it no longer held",
    NoticeState.DEAD: "nobody could be reached",
    NoticeState.SHADOW: "decided, not sent (shadow)",
    NoticeState.SILENCED: "silenced, not sent",
    NoticeState.ELSEWHERE: "another agent tells it",
    NoticeState.ADOPTED: "left unfinished and begun anew",
    NoticeState.UNCERTAIN: "unclear: a person must look",
}
HEADS = ("Client", "Referral", "Number", "Submitted", "Office", "Incident", "Overdue, remarks")
FIXED = 5
"""The first columns keep their width; the others wrap on a narrow terminal."""
TROUBLED = {MessageState.DEAD, MessageState.UNCERTAIN}


def log_lines(lines: Sequence[Found], *, as_json: bool) -> None:
    for line in lines:
        click.echo(orjson.dumps(line) if as_json else log_line(line))


def interventions(rows: Sequence[Found], which: str) -> None:
    """A table for each region, the newest first (S13, S14); all tables share their columns."""
    out = console()
    kind = "" if which == "all" else f"{which} "
    out.print(f"[bold]{counted(len(rows), f'{kind}intervention')}[/]")
    cells = {row["id"]: _cells(row) for row in rows}
    widths = [max(Text.from_markup(c[n]).cell_len for c in (HEADS, *cells.values())) for n in range(FIXED)]
    for region, group in groupby(sorted(rows, key=_region), key=_region):
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for n, head in enumerate(HEADS):
            table.add_column(head, no_wrap=n < FIXED, overflow="fold", width=widths[n] if n < FIXED else None)
        for row in group:
            table.add_row(*cells[row["id"]])
        out.print(f"\n[bold cyan]{escape(region)}[/]")
        show(out, table)


def _region(row: Found) -> str:
    return row["region"] or "No region"


def _cells(row: Found) -> tuple[str, ...]:
    return (
        colour(row["client"]),
        colour(row["referral"]),
        escape(row["number"]),
        row["submitted_at"][:10],
        escape(row["office"] or "-"),
        escape(row["incident_type"] or "-"),
        "; ".join(filter(None, (_overdue(row), said.cell(row)))) or "-",
    )


def _overdue(row: Found) -> str:
    """`plan, resolution (client)`: the side is named where another one is not overdue."""
    applying = [side for side in ("client", "referral") if row[side] is not None]
    found = []
    for kind in ("plan", "resolution"):
        late = [side for side in applying if f"{side} {kind}" in row["violated"]]
        if late:
            found.append(kind if late == applying else f"{kind} ({late[0]})")
    return ", ".join(found)


def explanation(found: Found) -> None:
    out, zone = console(), ZoneInfo(found["zone"])
    state = "deleted" if found["deleted"] else "open" if found["open"] else "resolved"
    default = "" if found["zone_is_own"] else ", the default: the office has no valid time zone"
    out.print(f"[bold]{escape(found['number'])}[/]  {escape(found['office'] or 'no office')}  {state}")
    incident = found["incident_date"]
    grid(
        out,
        ("submitted", when(found["submitted"], zone)),
        ("incident", day(date.fromisoformat(incident)) if incident else "no date given"),
        ("times", f"{found['zone']}{default}"),
        ("record", found["id"]),
    )
    if found["unseen_since"]:
        since = when(found["unseen_since"], zone)
        out.print(f"[red]cannot be seen since {since}, and nothing proves it deleted[/]: its clocks run on")
    for line in said.lines(found, zone):
        show(out, line)
    for side in found["sides"]:
        _side(out, side, zone)
    if found["findings"]:
        out.print("\n[bold]To mend in the record[/]")
        grid(out, *((f["side"] or "record", escape(f["text"])) for f in found["findings"]), indent=2)
    out.print("\n[bold]Alerts[/]" if found["alerts"] else "\nNobody was alerted.")
    for alert in found["alerts"]:
        _alert(out, alert, zone)


def _side(out: Console, side: Found, zone: ZoneInfo) -> None:
    out.print(
        f"\n[bold]{side['side'].capitalize()}[/]  {colour(side['colour']) if side['colour'] else 'no colour'}"
    )
    if not side["milestones"]:
        out.print("  does not apply")
        return
    rows: list[tuple[str, ...]] = []
    for m in side["milestones"]:
        rows.append((KIND_WORDS[MilestoneKind(m["kind"])], _standing_of(m, zone)))
        rows.append(("", f"[dim]clock started {when(m['clock_start'], zone)}. {escape(m['why'])}[/]"))
    score = side["handling_score"]
    rows.append(("handling", "nothing due yet" if score is None else f"{score:g} of 100"))
    grid(out, *rows, indent=2)


def _standing_of(m: Found, zone: ZoneInfo) -> str:
    state = MilestoneState(m["state"])
    style = {MilestoneState.VIOLATED: "bold red", MilestoneState.MET: "green"}.get(state, "bold")
    done = f", done {when(m['met_at'], zone)}" if m["met_at"] else ""
    return f"[{style}]{STATE_WORDS[state]}[/], due {when(m['due'], zone)}{done}"


def _alert(out: Console, alert: Found, zone: ZoneInfo) -> None:
    rule, state = RULE_WORDS[Rule(alert["rule"])], NOTICES[NoticeState(alert["state"])]
    sides = f" for {' and '.join(alert['sides'])}" if alert["sides"] else ""
    reason = sentence(alert["reason"])
    why = f": {escape(reason)}" if alert["state"] != NoticeState.TOLD and reason else ""
    times = {when(person["at"], zone) for person in alert["told"] if person["at"]}
    at = f" {times.pop()}" if len(times) == 1 else ""
    show(
        out,
        Padding(f"[bold]{rule}[/]{sides}, due {when(alert['due'], zone)}, {state}{at}{why}", (0, 0, 0, 2)),
    )
    people = [
        (
            MESSAGES[MessageState(person["state"])],
            escape(person["address"]),
            escape("; ".join([*person["roles"], *(f"in place of {role}" for role in person["fallback_for"])]))
            + (f", {when(person['at'], zone)}" if times and person["at"] else ""),
        )
        for person in alert["told"]
    ]
    if people:
        grid(out, *people, indent=4)
    if alert["dropped"]:
        nobody = f"[dim]no referral account, so nobody as: {escape('; '.join(alert['dropped']))}[/]"
        show(out, Padding(nobody, (0, 0, 0, 4)))


LETTERS = {"dead": ("refused", ""), "parked": ("parked", "overwritten again and again, no longer written")}
"""State of a row of the scores -> its word, and why where Salesforce gave no reason."""


def outbox(found: Found) -> None:
    out = console()
    if not any(found.values()):
        out.print("[green]Nothing waits and nothing was refused.[/]")
    for m in found["messages"]:
        state = MessageState(m["state"])
        style = "red" if state in TROUBLED else "green" if state is MessageState.SENT else "yellow"
        out.print(f"[{style}]{MESSAGES[state]:<8}[/]  {escape(m['address'])}")
        show(out, Padding(coloured(m["subject"]), (0, 0, 0, 10)))
        if m["reply"] and state is not MessageState.SENT:
            show(out, Padding(Text(m["reply"], "dim"), (0, 0, 0, 10)))
        if state is MessageState.QUEUED:
            out.print(f"          [dim]next try {when(m['next_at'])}[/]")
    for w in found["write_backs"]:
        style, word = WRITES[IntentState(w["state"])]
        out.print(f"[{style}]{word:<8}[/]  {_number(w)}: {escape(', '.join(w['values']))}")
        show(out, Padding(Text(w["error"], "dim"), (0, 0, 0, 10)))
        if w["state"] == IntentState.DUE:
            out.print(f"          [dim]next try {when(w['next_at'])}[/]")
    for p in found["parked"]:
        out.print(f"[red]parked  [/]  {_number(p)}: {escape(p['field'])}")
        show(out, Padding(Text(f"overwritten {p['times']} times, no longer written", "dim"), (0, 0, 0, 10)))
    for row in found["own_rows"]:
        word, why = LETTERS[row["state"]]
        out.print(f"[red]{word:<8}[/]  {escape(row['key'])}")
        show(out, Padding(Text(row["error"] or why, "dim"), (0, 0, 0, 10)))


def _number(found: Found) -> str:
    return escape(found["number"] or found["record_id"])
