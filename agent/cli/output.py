"""What every answer is made of: the console, JSON, times, counts, colours that are words too, progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import click
import orjson
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agent.alerts.text import local_time
from agent.desk.words import counted
from agent.instants import from_text
from agent.ports import Clock

COLOURS = {"Green": "green", "Yellow": "yellow", "Orange": "dark_orange", "Red": "red"}
LEVELS = {"info": (None, ""), "warning": ("yellow", "! "), "error": ("red", "!! ")}
"""Level of a line of the log -> its colour, and the mark that says the same without one."""
WIDE = 160
"""Columns where nobody's terminal sets the width: nothing is cut off or wrapped early."""
LEAST, GAP = 8, 2
"""Columns of a terminal that text which wraps has at least, and between two columns of a table."""
EVERY = timedelta(seconds=3)
"""Between two lines of progress where there is no terminal."""


def console(*, stderr: bool = False) -> Console:
    """Colours only on a terminal that wants them (NO_COLOR)."""
    out = Console(highlight=False, soft_wrap=True, emoji=False, stderr=stderr)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = WIDE
    return out


def as_json(value: Any) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def when(at: str, zone: ZoneInfo | None = None) -> str:
    """`Nov 14, 2026, 3:05 PM EST`: an instant as text, on that zone's clock or on this machine's."""
    instant = from_text(at)
    # The machine's own zone is no ZoneInfo, and serves as well.
    return local_time(instant, zone or cast(ZoneInfo, instant.astimezone().tzinfo))


def span(seconds: int) -> str:
    """`40 seconds`, `12 minutes`, `3 hours`, `2 days`: the largest unit that is reached twice."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size:
            return counted(seconds // size, unit)
    return counted(seconds, "second")


def colour(word: str | None) -> str:
    """The org's own word in its colour, as markup; a dash where there is none."""
    if word is None:
        return "-"
    style = COLOURS.get(word.capitalize())
    return f"[{style}]● {escape(word)}[/]" if style else escape(word)


def coloured(text: str) -> Text:
    """A line in which the names of colours wear them."""
    found = Text(text)
    for word, style in COLOURS.items():
        found.highlight_words([word], style)
    return found


def grid(out: Console, *rows: tuple[str, ...], indent: int = 0) -> None:
    """Rows of markup in aligned columns; only the last column wraps."""
    table = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for _ in rows[0][:-1] if rows else ():
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    show(out, Padding(table, (0, 0, 0, indent)))


def show(out: Console, what: RenderableType) -> None:
    """Print without the spaces with which columns are filled up.

    Where a terminal is too narrow for a table, its lines run on into the next: no figure is ever cut off.
    """
    room = out.width
    out.width = max(room, _need(out, what))
    with out.capture() as drawn:
        out.print(what, soft_wrap=False)
    out.width = room
    out.file.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))
    out.file.flush()


def _need(out: Console, what: RenderableType) -> int:
    """The least width of a table with columns that do not wrap; 0 for what can be folded as it must."""
    if isinstance(what, Padding):
        need = _need(out, what.renderable)
        return what.left + need if need else 0
    if not isinstance(what, Table) or not any(column.no_wrap for column in what.columns):
        return 0
    roomy = out.options.update(max_width=sys.maxsize)
    need = 0
    for column in what.columns:
        wide = max(Measurement.get(out, roomy, cell).maximum for cell in (column.header, *column.cells))
        need += (wide if column.no_wrap else min(wide, LEAST)) + GAP
    return need - GAP


def log_line(line: Mapping[str, Any]) -> str:
    """A line of the sync log: this machine's time, what it is, which record, what happened."""
    at = from_text(line["at"]).astimezone()
    fg, mark = LEVELS[line["level"]]
    text = f"{at:%Y-%m-%d %H:%M:%S}  {line['kind']:<10} {line.get('number') or '':<10} {mark}{line['text']}"
    return click.style(text, fg=fg) if fg and "NO_COLOR" not in os.environ else text


class SoFar(NamedTuple):
    """What is being done, in words, and how much of it is done, from 0 to 1, where that is known."""

    text: str
    part: float | None = None


@contextmanager
def progress(clock: Clock, first: str) -> Iterator[Callable[[SoFar], None]]:
    """Show on stderr what is being done: in place on a terminal, with a bar; elsewhere as a line now and then."""
    out = console(stderr=True)
    if out.is_terminal:
        # Verbs that only read have no use for it, and start quickly.
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

        columns = (SpinnerColumn(), BarColumn(bar_width=30), TextColumn("{task.description}", markup=False))
        with Progress(*columns, console=out, transient=True) as bar:
            task = bar.add_task(first, total=None)

            def draw(so_far: SoFar) -> None:
                bar.update(task, description=so_far.text)
                # Without a total the bar moves to and fro.
                bar.update(task, total=None if so_far.part is None else 1.0, completed=so_far.part or 0.0)

            yield draw
        return
    shown = clock.now()

    def show(so_far: SoFar) -> None:
        nonlocal shown
        if clock.now() - shown >= EVERY:
            shown = clock.now()
            out.print(f"  ... {so_far.text}")

    yield show
