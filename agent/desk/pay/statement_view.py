"""A statement as people read it: the same words and columns for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from agent.alerts.text import day
from agent.desk.pay.statements import Shown
from agent.desk.words import counted
from agent.incentive.statement import Detail

NO_FIGURE = "not known"
TITLES = {
    "quality start": "Quality Starts, client by client",
    "client hours": "Billed hours, client by client",
    "touch point": "Touch points; times are on the clock of the client's office",
    "admission": "Admissions",
}
HEADINGS = {
    ("quality start", "Day"): "Reached on",
    ("quality start", "Amount"): "Revenue by then",
    ("client hours", "Amount"): "Hours",
    ("touch point", "Day"): "Due",
    ("admission", "Day"): "First shift",
    ("admission", "Amount"): "New hours",
    ("admission", "Note"): "First week",
}
"""Kind of detail and column -> what the column is called there."""
REASONS = {
    "never_started": "care never began",
    "service_ended": "service ended before it was due",
    "before_its_date": "care began before it was introduced",
    "duplicate": "a duplicate",
    "deleted": "deleted in Salesforce",
}
"""Why a touch point never counts (D23)."""


class Cell(NamedTuple):
    """What stands in a table. `machine` is a date or an instant in ISO 8601, "" for anything else."""

    text: str
    machine: str = ""


class Column(NamedTuple):
    title: str
    is_number: bool
    cells: list[Cell]


class Table(NamedTuple):
    """Facts of one kind. `clients` holds the client of each row; `by_client`: each has several rows together."""

    title: str
    by_client: bool
    clients: list[str]
    columns: list[Column]


def table(details: Sequence[Detail], labels: Mapping[str, str]) -> Table:
    """The details of one line of a statement; a column that would be empty is left out."""
    kind = details[0].kind if details else ""
    made = [
        Column(HEADINGS.get((kind, title), title), is_number, [cell(detail, labels) for detail in details])
        for title, is_number, cell in COLUMNS
    ]
    kept = [column for column in made if any(cell.text for cell in column.cells)]
    clients = [labels.get(detail.client, detail.client) for detail in details]
    return Table(TITLES.get(kind, kind), kind == "touch point", clients, kept)


def money(dollars: Decimal | None) -> str:
    """`$1,234.50`, `-$3.00`; what to say where there is no figure."""
    if dollars is None:
        return NO_FIGURE
    return f"-${-dollars:,.2f}" if dollars < 0 else f"${dollars:,.2f}"


def month_words(month: str) -> str:
    """`March 2026`."""
    return date.fromisoformat(f"{month}-01").strftime("%B %Y")


def headline(shown: Shown) -> str:
    who, statement = shown.who, shown.statement
    return f"{who.called}{f' ({who.employee})' if who.employee else ''}, {month_words(statement.month)}"


def standing(shown: Shown) -> str:
    """By which plan, and how firm it is."""
    version = f" {shown.statement.version}" if shown.statement.version else ""
    plan = {"csm": "CSM plan", "sales": "Sales plan"}[shown.statement.plan]
    revision = f", revision {shown.revision}" if shown.revision > 1 or shown.state == "locked" else ""
    disputed = f"; {counted(len(shown.disputes), 'dispute')} open" if shown.disputes else ""
    return f"{plan}{version}; the month's pay is {shown.state.value}{revision}{disputed}"


def paid_as(shown: Shown) -> str:
    """By which title, and who says so; "" of what was locked before statements said it."""
    return shown.statement.paid_as and f"Paid as {shown.statement.paid_as}"


def beside(shown: Shown) -> list[str]:
    """What came to light after a lock, and what is proposed: none of it is part of the total (D29)."""
    found = [
        f"Proposed for {month_words(a.for_month)}, about {month_words(a.about_month)}: {money(a.amount)} ({a.why})"
        for a in shown.adjustments
    ]
    if shown.later is not None:
        found.append(
            f"Known since it was locked, not proposed yet: {money(shown.later.amount)} ({shown.later.why})"
        )
    return found


def _client(detail: Detail, labels: Mapping[str, str]) -> Cell:
    return Cell(labels.get(detail.client, detail.client))


def _activity(detail: Detail, labels: Mapping[str, str]) -> Cell:
    return Cell(labels.get(detail.activity, detail.activity))


def _state(detail: Detail, _labels: Mapping[str, str]) -> Cell:
    why = REASONS.get(detail.why, detail.why.replace("_", " "))
    return Cell(f"{detail.state}: {why}" if why and detail.kind == "touch point" else detail.state)


def _when(detail: Detail, _labels: Mapping[str, str]) -> Cell:
    return Cell(_short(detail.on), detail.on)


def _amount(detail: Detail, _labels: Mapping[str, str]) -> Cell:
    if detail.amount is None:
        return Cell("")
    return Cell(money(detail.amount) if detail.unit == "USD" else f"{detail.amount:,} h")


def _evidence(detail: Detail, _labels: Mapping[str, str]) -> Cell:
    return Cell(detail.evidence)


def _done(detail: Detail, _labels: Mapping[str, str]) -> Cell:
    return Cell(_short(detail.evidence_at), detail.evidence_at)


def _worth(detail: Detail, _labels: Mapping[str, str]) -> Cell:
    return Cell("" if detail.worth is None else money(detail.worth))


def _note(detail: Detail, _labels: Mapping[str, str]) -> Cell:
    return Cell("" if detail.kind == "touch point" else detail.why)


COLUMNS: Sequence[tuple[str, bool, Callable[[Detail, Mapping[str, str]], Cell]]] = (
    ("Client", False, _client),
    ("Touch point", False, _activity),
    ("State", False, _state),
    ("Day", False, _when),
    ("Amount", True, _amount),
    ("Evidence", False, _evidence),
    ("Done", False, _done),
    ("If met", True, _worth),
    ("Note", False, _note),
)


def _short(on: str) -> str:
    """`Mar 8, 2026` of a date, `Mar 8, 23:59` of an instant: its year is the statement's or next to it."""
    if len(on) <= len("2026-03-08"):
        return day(date.fromisoformat(on)) if on else ""
    at = datetime.fromisoformat(on)
    return f"{day(at.date()).partition(',')[0]}, {at:%H:%M}"
