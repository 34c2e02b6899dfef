"""Files of revenue, hours, admissions, opening balances, baselines: from bytes to lines, or to all mistakes. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a file holds. The value names it on the command line and in pay.db."""

    REVENUE = "revenue"
    HOURS = "hours"
    ADMISSIONS = "admissions"
    OPENING = "opening"
    """Revenue of a client before revenue is complete (D26)."""
    BASELINE = "baseline"
    """Hours a month set by the GM or the RDO for someone new in the position (I4)."""


class Columns(NamedTuple):
    """Which column holds what; an optional one may be missing, and empty."""

    names: tuple[str, ...]
    amount: str
    day: str | None = None
    optional: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        return (self.amount, *self.optional)


COLUMNS = {
    Kind.REVENUE: Columns(
        ("line", "client", "service_date", "amount", "currency"), "amount", day="service_date"
    ),
    Kind.HOURS: Columns(
        ("line", "client", "service_date", "hours"), "hours", day="service_date", optional=("billable",)
    ),
    Kind.ADMISSIONS: Columns(
        ("line", "person", "client", "first_shift", "first_week_hours"), "first_week_hours", day="first_shift"
    ),
    Kind.OPENING: Columns(("client", "amount", "currency"), "amount"),
    Kind.BASELINE: Columns(("person", "hours", "reason"), "hours"),
}
DOLLARS, HOURS = 2, 4
"""Decimals of an amount."""
SHOWN = 40
"""Characters of a cell that a problem repeats."""
LONGEST = 500
"""Characters of a cell."""
HOW = "write it as 1234.56: a point before the decimals, nothing between the thousands, no currency sign."
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.([0-9]+))?")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
"""Where a comma stands before the decimals, 1.234 is more than a thousand."""
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")


class Problem(NamedTuple):
    """What is wrong with a row (as a spreadsheet counts them: the header is row 1), and how to mend it.

    Never repeats what stands under `client`: names are health data (D15).
    """

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        return f"row {self.row}{self.column and f', {self.column}'}: {self.text}"


@dataclass(frozen=True)
class FileLine:
    """One row, client and person as the file names them. `line` is "" where the client or person is the key."""

    row: int
    line: str
    client: str
    person: str
    day: str | None
    amount: Decimal
    billable: Decimal | None
    currency: str | None
    reason: str


class Parsed(NamedTuple):
    """`lines` are the rows without a problem, in the order of the file."""

    lines: list[FileLine]
    problems: list[Problem]


def parse(kind: Kind, raw: bytes, *, currency: str, with_refunds: bool = False) -> Parsed:
    """The lines of a file in UTF-8, separated by commas or semicolons, whose first row names the columns.

    `currency`: the only one that is taken. `with_refunds`: negative revenue is netted (D26) and not refused.
    """
    columns = COLUMNS[kind]
    try:
        # Spreadsheets begin a file with a byte-order mark.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        return Parsed([], [Problem(row, "", "is not UTF-8; save the file as CSV UTF-8.")])
    rows, broken = _rows(text)
    if not rows and not broken:
        return Parsed([], [Problem(1, "", f"is empty; name the columns here: {', '.join(columns.names)}.")])
    header = [cell.lower() for cell in rows[0][1]] if rows else []
    wrong = list(_wrong_header(columns, header)) if rows else []
    if wrong or broken:
        return Parsed([], wrong + broken)
    if len(rows) == 1:
        return Parsed([], [Problem(2, "", "is missing: the file holds no lines.")])
    reader = _Reader(kind, columns, currency, with_refunds)
    for number, cells in rows[1:]:
        reader.read(number, header, cells)
    return Parsed(reader.lines, reader.problems)


def _rows(text: str) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """The rows that hold anything with their numbers; and where the file ends to be CSV, if it does."""
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    found: list[tuple[int, list[str]]] = []
    number = 0
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for number, cells in enumerate(lines, start=1):
            stripped = [cell.strip(" \t") for cell in cells]
            if any(stripped):
                found.append((number, stripped))
    except csv.Error as error:
        return found, [Problem(number + 1, "", f"cannot be read as CSV ({error}); mend its quotes.")]
    return found, []


def _wrong_header(columns: Columns, header: Sequence[str]) -> Iterator[Problem]:
    known = (*columns.names, *columns.optional)
    if not set(known) & set(header):
        # What stands there instead may be anybody's name.
        wanted = ", ".join(columns.names)
        yield Problem(1, "", f"names no column of this kind; let it name {wanted}, in a file saved as CSV.")
        return
    for name in dict.fromkeys(header):
        if name not in known:
            text = f"no column of this kind; remove it. Known are {', '.join(known)}."
            yield Problem(1, _shown(name), text)
        elif header.count(name) > 1:
            yield Problem(1, name, "stands there twice; keep one.")
    for name in columns.names:
        if name not in header:
            yield Problem(1, name, "this column is missing; add it.")


class _Reader:
    """Reads row after row; remembers which lines it has met."""

    def __init__(self, kind: Kind, columns: Columns, currency: str, with_refunds: bool) -> None:
        self.lines: list[FileLine] = []
        self.problems: list[Problem] = []
        self._columns, self._currency = columns, currency
        self._refunds = kind is Kind.REVENUE
        self._with_refunds = with_refunds
        self._places = HOURS if columns.amount != "amount" else DOLLARS
        self._met: dict[str, int] = {}

    def read(self, number: int, header: Sequence[str], cells: Sequence[str]) -> None:
        if len(cells) != len(header):
            text = f"has {len(cells)} cells, and the header {len(header)}; put text that holds separators in quotes."
            self.problems.append(Problem(number, "", text))
            return
        row = dict(zip(header, cells, strict=True))
        wrong = [Problem(number, name, text) for name, text in self._wrong(number, row)]
        self.problems += wrong
        if not wrong:
            self.lines.append(self._line(number, row))

    def _wrong(self, number: int, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name, cell in row.items():
            text = self._wrong_cell(name, cell)
            if text:
                yield name, text
        line = row.get("line")
        if line:
            first = self._met.setdefault(line, number)
            if first != number:
                yield (
                    "line",
                    f"{_shown(line)} stands in row {first} already; every line has a name of its own.",
                )

    def _wrong_cell(self, name: str, cell: str) -> str:
        """What is wrong with a cell; "" where nothing is."""
        if not cell:
            return "" if name in self._columns.optional else "is empty; fill it in or remove the row."
        if not cell.isprintable() or len(cell) > LONGEST:
            return f"holds an invisible character, or more than {LONGEST} of them; type the cell anew."
        if name in self._columns.numbers:
            return self._wrong_number(cell)
        if cell[0] in "=+-@":
            return "looks like a formula; write the value itself."
        if name == self._columns.day:
            return _wrong_day(cell)
        return self._wrong_currency(cell) if name == "currency" else ""

    def _wrong_currency(self, cell: str) -> str:
        if cell.upper() == self._currency:
            return ""
        return f"{_shown(cell)} is not {self._currency}, in which the plans pay (incentive.toml: currency)."

    def _wrong_number(self, cell: str) -> str:
        found = _NUMBER.fullmatch(cell)
        if found is None:
            return f"{_shown(cell)} is no number; {HOW}"
        if len(found[1] or "") > self._places:
            return f"{cell} has more than {self._places} decimals; {HOW}"
        if _THOUSANDS.fullmatch(cell):
            whole = cell.replace(".", "")
            return f"{cell} may mean {whole}; write {whole}, or {cell}0 if it does not."
        if cell.startswith("-") and Decimal(cell):
            return self._wrong_negative(cell)
        return ""

    def _wrong_negative(self, cell: str) -> str:
        if not self._refunds:
            return f"{cell} is negative; write what it is in all, 0 or more."
        if self._with_refunds:
            return ""
        return f"{cell} is a refund; with --with-refunds it is subtracted from the client's revenue."

    def _line(self, number: int, row: Mapping[str, str]) -> FileLine:
        columns = self._columns
        billable = row.get("billable")
        return FileLine(
            row=number,
            line=row.get("line", ""),
            client=row.get("client", ""),
            person=row.get("person", ""),
            day=row[columns.day] if columns.day else None,
            amount=Decimal(row[columns.amount]),
            billable=Decimal(billable) if billable else None,
            currency=row["currency"].upper() if "currency" in row else None,
            reason=row.get("reason", ""),
        )


def _wrong_day(cell: str) -> str:
    try:
        if _DAY.fullmatch(cell) and date.fromisoformat(cell):
            return ""
    except ValueError:
        pass
    return f"{_shown(cell)} is no date of this century; write it as 2026-03-31."


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= SHOWN else f"{cell[: SHOWN - 1]}…")
