"""A statement as one HTML page, with nothing beside it: for a browser, and for paper."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from agent.desk.pay import statement_view as view
from agent.desk.pay.statements import Shown
from agent.incentive.statement import WATERMARK

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(enabled_extensions=("html.j2",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def as_html(shown: Shown) -> str:
    """Every text in it is escaped, whatever a name holds."""
    lines = [(line, view.table(line.details, shown.labels)) for line in shown.statement.lines]
    return _TEMPLATES.get_template("statement.html.j2").render(
        shown=shown,
        statement=shown.statement,
        lines=lines,
        watermark=WATERMARK if shown.statement.assumed else "",
        headline=view.headline(shown),
        standing=view.standing(shown),
        paid_as=view.paid_as(shown),
        beside=view.beside(shown),
        money=view.money,
    )
