"""A statement as CSV: one row for each fact, dates in ISO 8601, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from agent.desk.pay.statements import Shown
from agent.incentive.statement import WATERMARK, Detail, Line

COLUMNS = (
    "status", "kind", "person", "employee", "month", "component", "client", "client_name", "episode", "activity",
    "state", "date", "amount", "unit", "worth", "evidence", "evidence_at", "definition", "text",
)  # fmt: skip
Row = Mapping[str, object]
NUMBER = re.compile(r"-?\d+(\.\d+)?")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet takes for a formula."""


def as_csv(shown: Shown) -> str:
    """Rows of the kinds paid as, total, line, fact, one more, held and beside, and those of the details."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    statement = shown.statement
    status = WATERMARK if statement.assumed else f"{shown.state.value}, revision {shown.revision}"
    common = {
        "status": status,
        "person": shown.who.email or statement.person,
        "employee": shown.who.employee,
        "month": statement.month,
    }
    for row in _rows(shown):
        writer.writerow({name: harmless(value) for name, value in {**common, **row}.items()})
    return out.getvalue()


def harmless(cell: object) -> str:
    """The cell as text; what a spreadsheet would run as a formula begins with an apostrophe. Numbers stay numbers."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


def _rows(shown: Shown) -> Iterator[Row]:
    statement = shown.statement
    yield from ({"kind": "supposed", "text": text} for text in statement.assumed)
    if statement.paid_as:
        yield {"kind": "paid as", "text": statement.paid_as}
    for line in statement.lines:
        yield from _of_line(line, shown)
    yield {"kind": "total", "amount": statement.total, "unit": "USD"}
    yield from ({"kind": "held", "text": text} for text in statement.held)
    if shown.later is not None:
        yield {"kind": "known later", "amount": shown.later.amount, "unit": "USD", "text": shown.later.why}
    for a in shown.adjustments:
        text = f"about {a.about_month}, for {a.for_month}: {a.why}"
        yield {"kind": "proposed adjustment", "amount": a.amount, "unit": "USD", "text": text}


def _of_line(line: Line, shown: Shown) -> Iterator[Row]:
    component = {"component": line.component}
    text = "; ".join(part for part in (line.result, line.why) if part)
    yield {**component, "kind": "line", "amount": line.pays, "unit": "USD", "text": text}
    if line.priority:
        yield {**component, "kind": "priority", "text": line.priority}
    yield from ({**component, "kind": "fact", "text": f"{what}: {much}"} for what, much in line.facts)
    yield from ({**component, **_of_detail(detail, shown)} for detail in line.details)
    for more in line.one_more:
        yield {**component, "kind": "one more", "amount": more.worth, "unit": "USD", "text": more.what}


def _of_detail(detail: Detail, shown: Shown) -> Row:
    name = shown.labels.get(detail.client, "")
    return {
        "kind": detail.kind,
        "client": detail.client,
        "client_name": "" if name == detail.client else name,
        "episode": detail.episode,
        "activity": detail.activity,
        "state": detail.state,
        "date": detail.on,
        "amount": detail.amount,
        "unit": detail.unit,
        "worth": detail.worth,
        "evidence": detail.evidence,
        "evidence_at": detail.evidence_at,
        "definition": detail.version,
        "text": detail.why,
    }
