"""How the quality scores of a month look: a line for each CSM, office or region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent.cli.output import console, grid, show, when
from agent.desk.words import counted
from agent.mapping.definitions import Method

Found = Mapping[str, Any]
METHODS = {
    Method.MEAN_OF_RATES.value: "mean of the activities' rates",
    Method.OPPORTUNITY.value: "all that was done of all that was due",
    Method.PATIENT_AVERAGE.value: "mean of the clients' rates",
    Method.ALL_OR_NONE.value: "clients for whom everything due was done",
}
HEADS = ("", "Score", "Done", "With all", "Dashboard", "State, remarks")
SHOWN = 10
"""Touch points of nobody that are named one by one."""
DISTINCT = 5
"""The first columns keep their width; the last one wraps."""


def scores(found: Found) -> None:
    out = console()
    if found["month"] is None:
        out.print(
            "Nothing was due yet, so there is no score. `sli-agent once` reads starts of care and contacts."
        )
        return
    stand_still(out, found)
    method, definition = found["method"], found["definition"]
    out.print(f"[bold]Quality scores {found['month']}[/]  {METHODS[method]}")
    if method != definition["method"]:
        out.print(f"[yellow]Not the method of record[/], which is: {METHODS[definition['method']]}.")
    if not any(group["total"] or group["parts"] for group in found["groups"]):
        known = ", ".join(found["months"]) or "none"
        out.print(
            f"Nothing of what was asked for is due in {found['month']}. Months with touch points: {known}."
        )
    for group in found["groups"]:
        _group(out, group)


def stand_still(out: Console, found: Found) -> None:
    """Above every figure: an approved definition was changed, so none of them moves until it is back (I5)."""
    for sentence in found["stand_still"]:
        show(out, f"[red]Scores stand still[/]: {escape(sentence)}\n")


def _group(out: Console, group: Found) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for n, head in enumerate(HEADS):
        table.add_column(head, no_wrap=n < DISTINCT, overflow="fold", justify="right" if n == 1 else "left")
    if group["total"]:
        table.add_row(*(f"[bold]{cell}[/]" if cell else "" for cell in _cells(group["total"])))
    names = Counter(row["name"] for row in group["parts"])
    for row in group["parts"]:
        name, *figures = _cells(row)
        table.add_row(f"{name} ({escape(row['employee'])})" if names[row["name"]] > 1 else name, *figures)
    if table.row_count:
        out.print()
        show(out, table)
    if group["nobodys"]:
        _nobodys(out, group["nobodys"])


def _nobodys(out: Console, points: Sequence[Found]) -> None:
    """Which touch points are in no CSM's score: they keep the pay of their offices open (D29)."""
    show(out, f"\n[yellow]{counted(len(points), 'touch point')} without a CSM[/]: in no CSM's score.")
    rows = (
        (p["touch_point"], escape(p["office"]), f"due {when(p['due'], ZoneInfo(p['zone']))}, {p['state']}")
        for p in points[:SHOWN]
    )
    grid(out, *rows, indent=2)
    if len(points) > SHOWN:
        out.print(f"  and {len(points) - SHOWN} more: --json names each")


def _cells(row: Found) -> tuple[str, ...]:
    return (
        escape(row["name"]),
        figure_of(row),
        f"{row['done']} of {row['due']}",
        in_words(row["with_all"]),
        dashboard(row),
        "; ".join(_remarks(row)),
    )


def figure_of(row: Found) -> str:
    if row["percent"] is not None:
        return in_words(row["percent"])
    if row["pending"]:
        return "not yet"
    if row["of"] != "csm":
        return "none"
    return "held" if row["held"] else "left out"


def in_words(text: str | None) -> str:
    return "-" if text is None else f"{text} %"


def dashboard(row: Found) -> str:
    """`80.00 % (-0.83)`: the org's own figure, and ours less it (D32)."""
    if row.get("dashboard") is None:
        return "-"
    less = f" ({_signed(row['difference'])})" if row["difference"] is not None else ""
    return f"{in_words(row['dashboard'])}{less}"


def _signed(text: str) -> str:
    return f"{Decimal(text):+}"


def _remarks(row: Found) -> Iterator[str]:
    if "state" in row:
        yield row["state"]
    else:
        yield counted(row["csms"], "CSM")
    if row.get("revisions"):
        revised = "now without a score" if row["revised"] is None else f"now {in_words(row['revised'])}"
        yield f"[yellow]{counted(row['revisions'], 'revision')}[/], {revised}"
    if row["low_volume"] and row["due"]:
        yield "[yellow]low volume[/]"
    yield from counts(row)


def counts(row: Found) -> Iterator[str]:
    """What is not simply done: `1 late`, `4 missed`, `2 excluded`, `1 exception (with it 78.00 %)`."""
    for state in ("late", "missed", "excluded"):
        if row[state]:
            yield f"{row[state]} {state}"
    if row["pending"]:
        yield f"{row['pending']} not due yet"
    if row["exception"]:
        beside = f"with {'it' if row['exception'] == 1 else 'them'} {in_words(row['with_exceptions'])}"
        yield f"{counted(row['exception'], 'exception')} ({beside})"
