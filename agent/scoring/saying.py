"""What a score, a touch point and a revision say in Salesforce, by the names of write_back.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from agent.incentive.months import Ledger, MonthState
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.rounding import cents
from agent.salesforce import wire
from agent.scoring import locks, people
from agent.scoring.locks import Published
from agent.scoring.people import Person
from agent.scoring.shapes import Column, Row, Table, tables
from agent.store import Store, care, own_rows, scores
from agent.store.own_rows import OwnRow, RowKind

Said = dict[str, Any]
Pair = tuple[str, str]
"""A CSM's month: user id and `2026-03`."""
COUNTED_AS = {
    "late": "late",
    "missed": "missed",
    "pending": "pending",
    "excluded": "excluded",
    "exceptions": "exception",
}
"""The score's value -> the state of the touch points that are counted in it."""


class Saying:
    """Asks the state once for each person and month of a batch."""

    def __init__(self, store: Store, mapping: OrgMapping, org_id: str) -> None:
        self._store, self._mapping, self._org_id = store, mapping, org_id
        self._published: dict[Pair, Published | None] = {}
        self._people: dict[str, Person] = {}
        self._keys: dict[Pair, str] = {}

    def key(self, csm: str, month: str) -> str:
        """`QS:{employee}:{2026-03}`. A month stays under the key it was first written under, whatever number its CSM
        had then; who shares a number with another user goes by the id, so that each has a row of their own."""
        if (csm, month) not in self._keys:
            first, key = f"QS:{csm}:{month}", f"QS:{self._person(csm).number}:{month}"
            known = own_rows.known(self._store, RowKind.SCORE, [first, key])
            theirs = [name for name in (first, key) if name in known and self._tells(known[name], csm)]
            self._keys[csm, month] = theirs[0] if theirs else self._new_key(csm, month, key, key in known)
        return self._keys[csm, month]

    def _tells(self, row: OwnRow, csm: str) -> bool:
        """Whether a score's row is this user's; where the CSM is not mapped, whoever has its key has the row."""
        column = self._columns.get("csm")
        return column is None or (row.wanted or row.held or {}).get(column.name) in {None, csm}

    def _new_key(self, csm: str, month: str, key: str, is_anothers: bool) -> str:
        """`key`, unless the month stands under an earlier number, or the number is another user's."""
        if found := self._earlier.get((csm, month)):
            return found
        return f"QS:{csm}:{month}" if is_anothers or csm in self._without_number else key

    @cached_property
    def _earlier(self) -> Mapping[Pair, str]:
        """Keys of all scores there are; read only where one has none under its present names."""
        if not {"csm", "month"} <= self._columns.keys():
            return {}
        csm, month = self._columns["csm"].name, self._columns["month"].name
        return own_rows.telling(self._store, RowKind.SCORE, csm, month)

    @cached_property
    def _columns(self) -> Mapping[str, Column]:
        """Of a score's row; none where scores are not written."""
        known = tables(self._mapping)
        return known[RowKind.SCORE].columns if RowKind.SCORE in known else {}

    def published(self, csm: str, month: str) -> Published | None:
        """The score as people see it; None where there is none."""
        if (csm, month) not in self._published:
            self._published[csm, month] = locks.published(self._store, self._org_id, csm, month)
        return self._published[csm, month]

    def was_locked(self, csm: str, month: str) -> bool:
        """The month is locked, or was before it was reopened."""
        return bool(locks.standing_of(self._store, self._org_id, Ledger.SCORE, csm, month).locks)

    def score(self, csm: str, month: str, found: Published) -> Said:
        figures = found.figures
        counts = figures.get("counts", {})
        board = care.dashboard_of(self._store, csm, month)
        return {
            **self._whose(csm),
            "month": month,
            "percent": found.percent,
            "with_exceptions": figures.get("with_exceptions"),
            "with_all": figures.get("with_all"),
            "method": _words(figures.get("method", "")),
            "due": figures.get("due", 0),
            "done": figures.get("done", 0),
            **{name: counts.get(state, 0) for name, state in COUNTED_AS.items()},
            "low_volume": figures.get("low_volume", False),
            "definition": found.version,
            "state": _words(found.state.value),
            "dashboard": board,
            "difference": _difference(found.percent, board),
            "revision": found.revision,
        }

    def revisions(self, csm: str, month: str) -> Iterator[tuple[int, Said]]:
        """Number and values of each revision."""
        for row in scores.revisions(self._store, csm, month):
            told = {name: row[name] for name in ("month", "number", "percent", "before", "why", "at")}
            yield row["number"], {**self._whose(csm), **told, "score": self.key(csm, month)}

    def line(self, point: Row, stood_as: str | None) -> Said:
        """A touch point (store.scores). `stood_as`: what its line says of the lock so far."""
        csm, month = point["csm"], point["month"]
        label = self._labels.get((point["version"], point["activity"]))
        return {
            **(self._whose(csm) if csm else {"csm": None}),
            "score": self.key(csm, month) if csm else None,
            "client": point["client_id"],
            "activity": label or _words(point["activity"]),
            "month": month,
            "opens": point["opens"],
            "due": point["closes"],
            "state": _words(point["state"]),
            "reason": _words(point["why"]),
            "evidence": point["contact_id"],
            "done_at": point["contact_at"],
            "locked_as": self._locked_as(point, stood_as),
        }

    def _locked_as(self, point: Row, stood_as: str | None) -> str | None:
        """What it first said after the lock stays, also of one that was transferred since; reopening ends it."""
        csm, month = point["csm"], point["month"]
        found = self.published(csm, month) if csm else None
        if found is not None and found.state is MonthState.LOCKED:
            return stood_as or f"{month} {point['state']}"
        return None if stood_as and csm and self.was_locked(csm, month) else stood_as

    def _whose(self, csm: str) -> Said:
        """Whose row it is. Salesforce gives a row to active users only (platform fact)."""
        return {"csm": csm, **({"owner": csm} if self._person(csm).active else {})}

    def _person(self, csm: str) -> Person:
        if csm not in self._people:
            self._people[csm] = people.person(self._store, self._mapping, csm)
        return self._people[csm]

    @cached_property
    def _without_number(self) -> frozenset[str]:
        return people.without_number(self._store, self._mapping)

    @cached_property
    def _labels(self) -> Mapping[Pair, str]:
        """(version, activity) -> its label."""
        terms = self._mapping.touch_points
        versions = terms.definitions if terms else []
        return {(d.version, rule.activity): rule.label for d in versions for rule in d.touch_points}


def no_longer_due() -> Said:
    """A touch point that no definition knows any more, or that has lost its date."""
    gone = dict.fromkeys(("score", "evidence", "done_at"))
    return {**gone, "state": "Excluded", "reason": "No longer due"}


def revision_of(table: Table, values: Mapping[str, Any]) -> Said | None:
    """The row of store.scores behind a revision as Salesforce shows it; None where too little of it is mapped.

    Salesforce keeps the percents in whole hundredths, and no figures.
    """
    said = {name: values.get(column.name) for name, column in table.columns.items()}
    if not all(said.get(name) for name in ("csm", "month", "number", "at")):
        return None
    return {
        "csm": said["csm"],
        "month": said["month"],
        "number": int(said["number"] or 0),
        "percent": _percent(said.get("percent")),
        "before": _percent(said.get("before")),
        "why": said.get("why") or "",
        "at": to_text(wire.parse_datetime(str(said["at"]))),
        "figures": {},
    }


def _percent(value: float | None) -> str | None:
    return None if value is None else str(cents(Decimal(str(value))))


def _difference(percent: str | None, board: str | None) -> Decimal | None:
    """Ours less the org's own figure, in percentage points (D32)."""
    try:
        return None if percent is None or board is None else Decimal(percent) - Decimal(board)
    except InvalidOperation:  # What stands there is no number; nothing can be compared.
        return None


def _words(name: str) -> str:
    """`service_ended` -> `Service ended`."""
    return name.replace("_", " ").capitalize()
