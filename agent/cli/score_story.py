"""Why a score is what it is, as a tired CSM reads it at 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from agent.cli.output import console, grid, show, when
from agent.cli.score_answers import METHODS, counts, dashboard, figure_of, in_words, stand_still
from agent.incentive.months import MonthState
from agent.quality.touch_points import State

Found = Mapping[str, Any]
STATES = {
    State.MET.value: "[green]done[/]",
    State.LATE.value: "[yellow]late[/]",
    State.MISSED.value: "[bold red]missed[/]",
    State.PENDING.value: "not due",
    State.EXCLUDED.value: "[dim]excluded[/]",
    State.EXCEPTION.value: "[cyan]exception[/]",
}
NAMED = frozenset({State.LATE.value, State.MISSED.value, State.EXCEPTION.value})
"""What people dispute, except, or try in a what-if."""
NOTHING = {State.MISSED.value: "nothing was found", State.PENDING.value: "nothing was found so far"}


def explained(found: Found) -> None:
    out, figure = console(), found["figure"]
    stand_still(out, found)
    head = f"[bold]{escape(figure['name'])}[/]  {found['month']}  [bold]{figure_of(figure)}[/]  {figure['state']}"
    out.print(head)
    own, locked = found["methods"][0], figure["state"] == MonthState.LOCKED
    counted = f"{figure['done']} of {figure['due']} done; {'; '.join(counts(figure)) or 'none missed'}"
    grid(
        out,
        ("as locked" if locked else "touch points", counted),
        ("as known now" if locked else "how", escape(own["how"]) or "nothing was due"),
        ("", f"[dim]{METHODS[own['method']]}[/]"),
        *_beside(figure),
        ("definition", _definition(found["definition"])),
    )
    for line in _standing(found):
        show(out, line)
    _rates(out, found)
    if own["how"]:
        _methods(out, found["methods"])
    _one_more(out, found["one_more"])
    hint = "" if found["names"] else "; --names says who they are"
    out.print(f"\n[bold]Clients[/]  [dim]those with something late or missed first{hint}[/]")
    for client in found["clients"]:
        _client(out, client)


def _beside(figure: Found) -> Iterator[tuple[str, str]]:
    if figure["low_volume"] and figure["due"]:
        yield "low volume", "So few were due that a single miss moves the score a lot."
    if figure["dashboard"] is not None:
        yield "dashboard", f"{dashboard(figure)}: the org's own figure, and this score less it"


def _definition(found: Found) -> str:
    approved, by_hash = found["approved"], f"{found['version']} [dim]({found['hash']})[/]"
    if approved is None:
        return f"{by_hash}, [yellow]not approved yet[/]"
    if found["approved_as"] != found["hash"]:
        return f"{by_hash}, [red]changed since it was approved as {escape(found['approved_as'])}[/]"
    return f"{by_hash}, approved by {escape(approved['by'])} {when(approved['at'])}"


def _standing(found: Found) -> Iterator[str]:
    """What people decided about the month, and what came to light afterwards; each a paragraph."""
    figure = found["figure"]
    if figure["held"] and figure["pending"]:
        yield "\nNothing is due yet, so there is no score: the windows have not closed."
    elif figure["held"]:
        yield (
            "\n[yellow]Nothing was due, so there is no score[/]: neither 0 nor 100. "
            "An approver says how the month counts:\n"
            f"sli-agent month resolve {figure['employee']} {found['month']} --counts-as PERCENT --as WHO --reason TEXT"
        )
    if found["resolved"]:
        said = found["resolved"]
        counted_as = "is left out" if said["percent"] is None else f"counts as {in_words(said['percent'])}"
        yield f"\nNothing was due. The month {counted_as}, said {_word(said)}."
    for lock in found["locks"]:
        yield f"\n[bold]Locked at {in_words(lock['percent'])}[/] by {_word(lock)}. This figure never changes."
    for r in found["revisions"]:
        before, now = in_words(r["before"]), in_words(r["percent"])
        yield f"[yellow]Revision {r['number']}[/], {when(r['at'])}: {before} -> {now} ({escape(r['why'])})"
    if found["locks"] or found["revisions"]:
        yield "[dim]What follows is as known now.[/]"


def _word(said: Found, zone: ZoneInfo | None = None) -> str:
    return f"{escape(said['by'])}, {when(said['at'], zone)}: {escape(said['reason'].rstrip('.'))}"


def _rates(out: Console, found: Found) -> None:
    if not found["rates"]:
        return
    out.print("\n[bold]By activity[/]")
    rows = []
    for rate in found["rates"]:
        tags = [rate["pillar"] or "", f"weight {rate['weight']}" if rate["weight"] != 1 else ""]
        share = f"{rate['done']} of {rate['due']}"
        rows.append(
            (
                escape(rate["label"]),
                share,
                in_words(rate["percent"]),
                f"[dim]{escape(', '.join(filter(None, tags)))}[/]",
            )
        )
    grid(out, *rows, indent=2)
    if found["segments"]:
        parts = (
            f"{s['version']}: {s['done']} of {s['due']} ({in_words(s['percent'])})" for s in found["segments"]
        )
        show(out, Padding(f"The definition changed within this month. {'; '.join(parts)}", (0, 0, 0, 2)))


def _methods(out: Console, methods: Sequence[Found]) -> None:
    out.print("\n[bold]By every method[/]  [dim]the first is the one of record[/]")
    for m in methods:
        beside = (
            f", with exceptions {in_words(m['with_exceptions'])}"
            if m["with_exceptions"] != m["percent"]
            else ""
        )
        show(out, Padding(f"{METHODS[m['method']]}: [bold]{in_words(m['percent'])}[/]{beside}", (0, 0, 0, 2)))
        show(out, Padding(f"[dim]{escape(m['how'])}[/]", (0, 0, 0, 4)))


def _one_more(out: Console, worth: Sequence[Found]) -> None:
    """What one more would have been worth; many that are worth the same share a line."""
    if not worth:
        return
    out.print("\n[bold]What one more would have made of it[/]")
    alike: dict[tuple[str, ...], list[str]] = {}
    for more in worth:
        alike.setdefault((more["label"], more["percent"], more["gain"]), []).append(more["client"])
    grid(
        out,
        *(
            (escape(label), in_words(percent), f"+{gain}", escape(", ".join(clients)))
            for (label, percent, gain), clients in alike.items()
        ),
        indent=2,
    )


def _client(out: Console, client: Found) -> None:
    office = escape(client["office"] or "no office")
    out.print(
        f"\n[bold]{escape(client['client'])}[/]  {office}  [dim]start of care {client['start_of_care']}[/]"
    )
    grid(out, *(row for p in client["touch_points"] for row in rows_of(p, client)), indent=2)


def rows_of(p: Found, client: Found) -> Iterator[tuple[str, ...]]:
    """A touch point as rows of a grid; one that is not simply done with the name that other verbs take."""
    zone = ZoneInfo(client["zone"])
    yield STATES[p["state"]], escape(p["label"]), f"due {when(p['due'], zone)}"
    for line in _lines(p, zone):
        yield "", "", f"[dim]{line}[/]"
    if p["state"] in NAMED:
        yield "", "", f"[dim]touch point {client['start_of_care']}:{p['activity']}[/]"


def _lines(p: Found, zone: ZoneInfo) -> Iterator[str]:
    """What there is to say of a touch point beneath its due time."""
    if p["why"]:
        yield escape(p["why"])
    if p["approved"]:
        yield f"approved by {_word(p['approved'], zone)}"
    if p["evidence"]:
        by = f" by {escape(p['evidence']['by'])}" if p["evidence"]["by"] else ""
        yield f"done {when(p['evidence']['at'], zone)}{by}, {p['evidence']['id']}"
    if p["state"] == State.LATE and not p["credited"]:
        yield "late completions are shown and not credited"
    if p["state"] in NOTHING and not p["evidence"]:
        that_counts = " that counts" if p["not_counted"] else ""
        yield f"counts from {when(p['opens'], zone)}; {NOTHING[p['state']]}{that_counts}"
    for c in p["not_counted"]:
        yield f"not counted: {when(c['at'], zone)} by {escape(c['by'])}, {c['id']}: {escape(c['why'])}"
