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
from agent.cli.output import colour, coloured, console, grid, log_line, show, span, when
from agent.desk.words import counted
from agent.model import MessageState, MilestoneKind, MilestoneState, NoticeState, Rule
from agent.rules.reasons import KIND_WORDS, RULE_WORDS, STATE_WORDS, sentence
from agent.store.intents import IntentState

Found = Mapping[str, Any]
ROWS = {
    "intervention": "SLI",
    "change": "field change",
    "chatter": "post or comment",
    "activity": "activity",
    "person": "person",
}
PLURALS = {"post or comment": "posts and comments", "activity": "activities", "person": "people"}
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
WRITE_BACKS = {"waiting": "waiting", "dead": "refused", "parked": "parked"}
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


def status(found: Found) -> None:
    out = console()
    if found["trouble"]:
        grid(out, *(("[red]![/]", escape(text)) for text in found["trouble"]))
    else:
        out.print("[green]No trouble.[/]")
    out.print()
    grid(
        out,
        *((f"[bold]{name}[/]", escape(text)) for name, text in _standing(found)),
    )


def _standing(found: Found) -> list[tuple[str, str]]:
    modes = (f"{RULE_WORDS[Rule(rule)]} {mode}" for rule, mode in found["modes"].items())
    return [
        ("org", found["org_id"] or "not known yet"),
        ("alerts", ", ".join(modes)),
        ("live since", when(found["go_live"]) if found["go_live"] else "not yet"),
        ("last pass", _last_pass(found["last_pass"])),
        ("read through", _read_through(found)),
        *([("first load", _loading(found["load_progress"]))] if found["load_progress"] else []),
        ("API calls, 24 h", (found["api_usage"] or "not known yet").replace("/", " of ")),
        ("held", _several({ROWS.get(kind, kind): n for kind, n in found["rows"].items()})),
        *(
            (f"{KIND_WORDS[MilestoneKind(kind)]}s", milestones(states))
            for kind, states in found["milestones"].items()
        ),
        ("alerts so far", _plain({NOTICES[NoticeState(s)]: n for s, n in found["notice"].items()})),
        ("mails", _plain({MESSAGES[MessageState(s)]: n for s, n in found["message"].items()})),
        *([("silences", said.silences(found["silences"]))] if found["silences"] else []),
        ("acknowledged", counted(found["acknowledged"], "open SLI") if found["acknowledged"] else "none"),
        (
            "fields to write",
            _plain({WRITE_BACKS[name]: n for name, n in found["write_backs"].items()}),
        ),
        ("to mend in Salesforce", _plain(found["findings"])),
        *([("quality scores", _scores(found["scores"]))] if found["scores"] else []),
    ]


def _scores(found: Found) -> str:
    """`40 scores of CSMs' months from 90 starts of care; evidence read through ...; rows for Salesforce: 3 waiting`."""
    if found["stand_still"]:
        return "stand still: an approved definition was changed"
    care = counted(found["starts_of_care"], "start of care", "starts of care")
    care += f", {found['to_judge']:,} of them to be judged" if found["to_judge"] else ""
    scores = counted(found["scores"], "score of a CSM's month", "scores of CSMs' months")
    rows = _plain({name: found[name] for name in ("waiting", "refused")})
    through = f"evidence read through: {_read_through(found)}"
    return f"{scores} from {care}; {through}; rows for Salesforce: {rows}"


def _last_pass(last: Found | None) -> str:
    if last is None:
        return "none yet"
    if last["ended_at"] is None:
        return f"began {when(last['began_at'])}, not finished"
    return f"{when(last['ended_at'])} ({last['outcome']})"


def _read_through(found: Found) -> str:
    """Up to when what was read is known to be complete (D11)."""
    if found["complete_through"] is None:
        return "nothing is complete yet"
    return f"{when(found['complete_through'])} ({span(found['behind_seconds'])} ago)"


def _loading(found: Found) -> str:
    """`20,000 of 50,000 rows, 3 minutes left (intervention 20,000 of 50,000)`."""
    streams = (f"{name} {s['taken']:,} of {s['total']:,}" for name, s in found["streams"].items())
    return f"{found['taken']:,} of {found['total']:,} rows{time_left(found)} ({', '.join(streams)})"


def time_left(loading: Found) -> str:
    """`, 3 minutes left`; "" while there is no pace to tell it by."""
    seconds = loading["seconds_left"]
    return "" if seconds is None else f", {span(seconds)} left"


def milestones(states: Mapping[str, int]) -> str:
    """`26 overdue, 6 not due yet, 364 done in time`: what needs somebody first."""
    order = (MilestoneState.VIOLATED, MilestoneState.OPEN, *MilestoneState)
    return _plain({STATE_WORDS[s]: states[s] for s in dict.fromkeys(order) if s in states})


def _plain(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items() if n) or "none"


def _several(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(counted(n, thing, PLURALS.get(thing, "")) for thing, n in counts.items() if n) or "nothing"
    )


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
