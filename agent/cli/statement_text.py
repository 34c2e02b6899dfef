"""How a statement looks on a terminal: first what the month pays, then each line with what it stands on."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from agent.cli import output
from agent.desk.pay import statement_view as view
from agent.desk.pay.statements import Shown
from agent.incentive.statement import WATERMARK, Line

WIDEST = 100
"""Columns: longer lines are hard to follow."""


def show(shown: Shown) -> None:
    _draw(output.console(), shown)


def text_of(shown: Shown) -> str:
    """The same without colours, for a file."""
    drawn = io.StringIO()
    _draw(Console(file=drawn, width=WIDEST, highlight=False, emoji=False, color_system=None), shown)
    return drawn.getvalue()


def _draw(out: Console, shown: Shown) -> None:
    out.width = min(out.width, WIDEST)
    for part in _parts(shown):
        output.show(out, part)


def _parts(shown: Shown) -> Iterator[RenderableType]:
    statement = shown.statement
    watermark = f"[bold red]*** {WATERMARK} ***[/]"
    if statement.assumed:
        yield watermark
    yield f"[bold]{escape(view.headline(shown))}[/]"
    yield escape(f"{view.standing(shown)}.")
    if said := view.paid_as(shown):
        yield escape(f"{said}.")
    yield from (f"Supposed: {escape(text)}" for text in statement.assumed)
    yield ""
    yield _summary(shown)
    yield from _listed("Before the pay can be locked:", list(statement.held), "yellow")
    yield from _listed("Beside the total, not part of it:", view.beside(shown), "cyan")
    for line in statement.lines:
        yield from _line(line, shown)
    if statement.assumed:
        yield ""
        yield watermark


def _summary(shown: Shown) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for line in shown.statement.lines:
        why = f"\n[dim]{escape(line.why)}[/]" if line.why else ""
        table.add_row(escape(line.component), f"{escape(line.result)}{why}", view.money(line.pays))
    table.add_row("[bold]Total[/]", "", f"[bold]{view.money(shown.statement.total)}[/]")
    return table


def _listed(title: str, texts: list[str], style: str) -> Iterator[RenderableType]:
    if texts:
        yield ""
        yield f"[{style}]{title}[/]"
        grid = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
        for text in texts:
            grid.add_row("-", escape(text))
        yield Padding(grid, (0, 0, 0, 2))


def _line(line: Line, shown: Shown) -> Iterator[RenderableType]:
    yield ""
    yield f"[bold]{escape(line.component)}[/]"
    if line.priority:
        yield f"[dim]{escape(line.priority)}[/]"
    facts = [("Result", line.result), *line.facts]
    facts += [
        (more.what, view.money(more.worth) + ("" if more.worth is None else " more"))
        for more in line.one_more
    ]
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(max_width=WIDEST // 2)
    grid.add_column(overflow="fold")
    for what, much in facts:
        grid.add_row(escape(what), escape(much))
    yield Padding(grid, (0, 0, 0, 2))
    if line.details:
        yield from _details(view.table(line.details, shown.labels))


def _details(found: view.Table) -> Iterator[RenderableType]:
    """Facts of one client stand under it: its id is wide, and has four touch points."""
    yield Padding(f"[dim]{escape(found.title)}[/]", (0, 0, 0, 2))
    grouped = found.by_client
    columns = found.columns[1:] if grouped else found.columns
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(
            column.title, justify="right" if column.is_number else "left", overflow="fold", no_wrap=False
        )
    before = ""
    for row, client in enumerate(found.clients):
        if grouped and client != before:
            table.add_row(f"[bold]{escape(client)}[/]", *("" for _ in columns[1:]))
            before = client
        table.add_row(*(escape(column.cells[row].text) for column in columns))
    yield Padding(table, (0, 0, 0, 2))
