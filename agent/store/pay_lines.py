"""What pay.db holds: lines of revenue and hours, the files they came in, statements as locked, and adjustments.

Reading where a stream of lines stands: `mirror.cursors` and `mirror.save_cursor` take this store as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agent.store.database import from_json, to_json
from agent.store.pay import PayStore

SALESFORCE = "salesforce"
"""The source of a line that was read there; of any other it is `file:NAME`."""
COLUMNS = (
    "kind", "id", "client_id", "person_id", "day", "amount", "billable", "currency", "reason", "source", "deleted",
)  # fmt: skip
"""The columns of a line, in the order in which it is saved."""
SOURCE = COLUMNS.index("source")
Row = Mapping[str, Any]
Kept = tuple[Any, ...]
"""A line as it is kept (COLUMNS)."""
Touched = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Line:
    """A line of `kind` revenue, hours, admissions, opening or baseline.

    `amount` is dollars, or hours; of a baseline hours a month. `day` is the service date as text; of an admission
    the date, or the instant, of the first shift; None for an opening balance and a baseline.
    """

    kind: str
    id: str
    client_id: str | None
    person_id: str | None
    day: str | None
    amount: Decimal
    billable: Decimal | None
    currency: str | None
    reason: str
    source: str


@dataclass(frozen=True)
class LockedStatement:
    """A statement as it was locked; `statement` is all of it, `total` in dollars."""

    person_id: str
    month: str
    revision: int
    statement: Mapping[str, Any]
    digest: str
    total: Decimal
    decision_key: str
    at: str


@dataclass(frozen=True)
class Adjustment:
    """Dollars proposed for `for_month`, for what came to light about a locked month (D29)."""

    person_id: str
    about_month: str
    for_month: str
    amount: Decimal
    why: str
    at: str


def difference(pay: PayStore, rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Of these lines (keys: COLUMNS; currency and reason may be left out) those that are new, and those that are
    held otherwise. A line that comes in another file is the same line.
    """
    given = list(rows)
    held = _held(pay, given)
    new = [row for row in given if (row["kind"], row["id"]) not in held]
    other = [
        row
        for row in given
        if (before := held.get((row["kind"], row["id"]))) and _compared(before) != _compared(_kept(row))
    ]
    return new, other


def save_lines(pay: PayStore, rows: Iterable[Row]) -> set[Touched]:
    """Save what is new or held otherwise; the (kind, month, client) that are concerned, before and after.

    Amounts are Decimals, or their texts; the month is None for a line without a day. In a transaction.
    """
    new, other = difference(pay, rows)
    held = _held(pay, other)
    marks = ", ".join("?" * len(COLUMNS))
    kept = [_kept(row) for row in (*new, *other)]
    pay.write_many(f"INSERT OR REPLACE INTO line ({', '.join(COLUMNS)}) VALUES ({marks})", kept)  # noqa: S608  # our own names
    return {_touched(row) for row in (*kept, *held.values())}


def lines(
    pay: PayStore,
    kind: str,
    *,
    client_ids: Collection[str] | None = None,
    person: str | None = None,
    month: str | None = None,
    through: str | None = None,
) -> list[Line]:
    """Lines of a kind in the order of their days: of these clients, this person, this month (`2026-03`), and up to
    this day with it (`2026-03-31`).
    """
    wanted = {
        "client_id IN (SELECT value FROM json_each(:clients))": client_ids is not None,
        "person_id = :person": person is not None,
        # A day may be an instant: '~' sorts behind all that may follow a month or a date.
        "day >= :month AND day < :month || '~'": month is not None,
        "day < :through || '~'": through is not None,
    }
    where = " AND ".join(condition for condition, asked in wanted.items() if asked)
    # `+day`: else the order would choose the index of days, and a few clients' lines be sought among everybody's.
    rows = pay.rows(
        f"SELECT * FROM line WHERE kind = :kind AND deleted = 0 {where and f'AND {where}'} ORDER BY +day, id",  # noqa: S608  # our own words
        {
            "kind": kind,
            "clients": to_json(sorted(client_ids or ())),
            "person": person,
            "month": month,
            "through": through,
        },
    )
    return [_line(row) for row in rows]


def has_lines(pay: PayStore, kind: str, month: str) -> bool:
    """Whether any line of this kind has its day in this month."""
    sql = "SELECT 1 FROM line WHERE kind = ? AND day >= ? AND day < ? || '~' AND deleted = 0 LIMIT 1"
    return pay.value(sql, (kind, month, month)) is not None


def named(pay: PayStore, kind: str, ids: Collection[str]) -> dict[str, Line]:
    """The lines of these names, by name; those that were deleted in Salesforce as well."""
    sql = "SELECT * FROM line WHERE kind = ? AND id IN (SELECT value FROM json_each(?))"
    return {row["id"]: _line(row) for row in pay.rows(sql, (kind, to_json(sorted(ids))))}


def living(pay: PayStore, kind: str, ids: Collection[str]) -> list[str]:
    """Those of these names whose lines were read in Salesforce and are not deleted."""
    sql = (
        "SELECT id FROM line WHERE kind = ? AND id IN (SELECT value FROM json_each(?))"
        " AND deleted = 0 AND source = ? ORDER BY id"
    )
    return [row["id"] for row in pay.rows(sql, (kind, to_json(sorted(ids)), SALESFORCE))]


def vanished(pay: PayStore, kind: str, ids: Collection[str]) -> None:
    """Lines that Salesforce shows no longer: they count as deleted."""
    sql = (
        "UPDATE line SET deleted = 1 WHERE kind = ? AND id IN (SELECT value FROM json_each(?)) AND source = ?"
    )
    pay.write(sql, (kind, to_json(sorted(ids)), SALESFORCE))


def forget(pay: PayStore, kind: str) -> None:
    """All lines of this kind that were read in Salesforce go, as if they had never been read."""
    pay.write("DELETE FROM line WHERE kind = ? AND source = ?", (kind, SALESFORCE))


def add_import(pay: PayStore, taken: Row) -> None:
    """A file that was taken in. Keys: kind, file, digest, at, by, lines, added, changed."""
    pay.write(
        "INSERT INTO import (kind, file, digest, at, by, lines, added, changed)"
        " VALUES (:kind, :file, :digest, :at, :by, :lines, :added, :changed)",
        taken,
    )


def imports(pay: PayStore, kind: str | None = None) -> list[Row]:
    """Files that were taken in, of this kind or all; the newest first."""
    sql = "SELECT * FROM import WHERE :kind IS NULL OR kind = :kind ORDER BY id DESC"
    return [dict(row) for row in pay.rows(sql, {"kind": kind})]


def digest_of(statement: Mapping[str, Any]) -> str:
    """What the decision in Salesforce holds of a statement: equal statements have equal digests."""
    return hashlib.sha256(to_json(statement).encode()).hexdigest()


def lock_statement(pay: PayStore, locked: LockedStatement) -> None:
    """Keep a statement as it was locked. Whatever is kept of the same revision stays as it is."""
    values = (
        locked.person_id,
        locked.month,
        locked.revision,
        to_json(locked.statement),
        locked.digest,
        str(locked.total),
        locked.decision_key,
        locked.at,
    )
    pay.write("INSERT OR IGNORE INTO locked_statement VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def locked(pay: PayStore, person_id: str, month: str) -> list[LockedStatement]:
    """A person's statements of a month as they were locked, the first revision first.

    Of one revision there are several where a lock was cut short before its decision was kept: the decision's digest
    tells which one counts.
    """
    sql = "SELECT * FROM locked_statement WHERE person_id = ? AND month = ? ORDER BY revision, at, digest"
    return [
        LockedStatement(
            **{**dict(row), "statement": from_json(row["statement"]), "total": Decimal(row["total"])}
        )
        for row in pay.rows(sql, (person_id, month))
    ]


def propose(pay: PayStore, adjustment: Adjustment) -> bool:
    """Keep a proposed adjustment; False where the same was proposed already."""
    a = adjustment
    return bool(
        pay.write(
            "INSERT OR IGNORE INTO adjustment (person_id, about_month, for_month, amount, why, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (a.person_id, a.about_month, a.for_month, _exact(a.amount), a.why, a.at),
        )
    )


def adjustments(pay: PayStore, person_id: str) -> list[Adjustment]:
    """What was proposed for a person, the oldest first."""
    sql = "SELECT person_id, about_month, for_month, amount, why, at FROM adjustment WHERE person_id = ? ORDER BY id"
    return [
        Adjustment(**{**dict(row), "amount": Decimal(row["amount"])}) for row in pay.rows(sql, (person_id,))
    ]


def _held(pay: PayStore, rows: Sequence[Row]) -> dict[tuple[str, str], Kept]:
    sql = f"SELECT {', '.join(COLUMNS)} FROM line WHERE kind = ? AND id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own names
    found: dict[tuple[str, str], Kept] = {}
    for kind in {row["kind"] for row in rows}:
        ids = to_json([row["id"] for row in rows if row["kind"] == kind])
        found |= {(row[0], row[1]): tuple(row) for row in pay.rows(sql, (kind, ids))}
    return found


def _kept(row: Row) -> Kept:
    whole = {"currency": None, "reason": "", "deleted": 0, **row}
    whole |= {"amount": _exact(row["amount"]), "billable": _exact(row["billable"])}
    return tuple(whole[name] for name in COLUMNS)


def _exact(amount: Decimal | str | None) -> str | None:
    """One text for equal amounts: 10, 10.0 and 1E+1 are all `10`."""
    return None if amount is None else f"{Decimal(amount).normalize() + 0:f}"


def _compared(kept: Kept) -> Kept:
    return (*kept[:SOURCE], kept[SOURCE] == SALESFORCE, *kept[SOURCE + 1 :])


def _touched(kept: Kept) -> Touched:
    row = dict(zip(COLUMNS, kept, strict=True))
    return row["kind"], row["day"] and row["day"][:7], row["client_id"]


def _line(row: Any) -> Line:
    found = {name: row[name] for name in COLUMNS if name != "deleted"}
    billable = None if row["billable"] is None else Decimal(row["billable"])
    return Line(**{**found, "amount": Decimal(row["amount"]), "billable": billable})
