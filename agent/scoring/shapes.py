"""How scores, their lines and their revisions are written down in Salesforce: columns, and one form for each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.mapping import OrgMapping, WriteBack
from agent.mapping.write_back import QualityRevisionObject, QualityScoreObject, TouchPointObject
from agent.rounding import cents
from agent.salesforce import wire
from agent.store.own_rows import RowKind
from agent.sync.streams import unique

LONGEST_TEXT = 255
"""Characters of a Text field (platform fact)."""
OWNER = "OwnerId"
Spec = QualityScoreObject | TouchPointObject | QualityRevisionObject
PREFIXES = {RowKind.SCORE: "QS:", RowKind.TOUCH_POINT: "TP:", RowKind.REVISION: "QS:"}
"""How the keys of our rows begin; what somebody entered by hand is none of ours."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A field of the object, or the path to a parent's external id: `Quality_Score__r.Key__c`."""

    name: str
    type: str
    lookup: str = ""
    """Of a path: the field that it goes through."""

    def form(self, value: Any) -> Any:
        """The one form of a value, ours or Salesforce's, so that equal ones compare as equal."""
        if self.type == "checkbox":
            return bool(value)
        if value is None or value == "":
            return None
        try:
            return _FORMS[self.type](value)
        except (ValueError, InvalidOperation):
            return str(value)  # The field is of another type than write_back.toml says; `check` tells so.


@dataclass(frozen=True)
class Table:
    """One of the three objects: where its rows stand, and the columns by the names of write_back.toml."""

    kind: RowKind
    object: str
    key: str
    columns: Mapping[str, Column]

    @property
    def fields(self) -> tuple[str, ...]:
        """What is read back."""
        named = (column.name for column in self.columns.values())
        return unique("Id", self.key, *named, "IsDeleted", "SystemModstamp")

    def values(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """From what is to be said, by the names of write_back.toml, to what its columns should hold."""
        return {column.name: column.form(said[name]) for name, column in self.columns.items() if name in said}

    def shown(self, row: Row) -> tuple[str, str, dict[str, Any] | None] | None:
        """Key, record id and values (None: deleted) of a row as Salesforce shows it; None for one not ours."""
        key = str(row.get(self.key) or "")
        if not key.startswith(PREFIXES[self.kind]):
            return None
        if row.get("IsDeleted"):
            return key, row["Id"], None
        return key, row["Id"], {c.name: c.form(_at(row, c.name)) for c in self.columns.values()}

    def record(self, key: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """What an upsert sends: these columns of the row with this key."""
        lookups = {column.name: column.lookup for column in self.columns.values() if column.lookup}
        record: dict[str, Any] = {self.key: key}
        for name, value in values.items():
            if name not in lookups:
                record[name] = value
            elif value is None:
                record[lookups[name]] = None
            else:
                relationship, _, field = name.partition(".")
                record[relationship] = {field: value}
        return record


def specs(mapping: OrgMapping) -> dict[RowKind, Spec]:
    """Those of the three objects that write_back.toml has; the others are not written."""
    written = mapping.write_back
    found: dict[RowKind, Spec | None] = {
        RowKind.SCORE: written.quality_score,
        RowKind.REVISION: written.quality_revision,
        RowKind.TOUCH_POINT: written.touch_point,
    }
    return {kind: spec for kind, spec in found.items() if spec is not None}


def tables(mapping: OrgMapping) -> dict[RowKind, Table]:
    """The same with their columns."""
    written = mapping.write_back
    return {
        kind: Table(kind, spec.object, spec.key, _columns(spec, written))
        for kind, spec in specs(mapping).items()
    }


def _columns(spec: Spec, written: WriteBack) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for name, target in spec.fields.items():
        if name != "score":
            found[name] = Column(target.field, target.type)
        elif written.quality_score is not None:
            path = f"{_relationship(target.field)}.{written.quality_score.key}"
            found[name] = Column(path, "text", lookup=target.field)
    if spec.owned_by_csm:
        found["owner"] = Column(OWNER, "lookup")
    return found


def _relationship(lookup: str) -> str:
    """`Quality_Score__c` -> `Quality_Score__r`."""
    return f"{lookup.removesuffix('__c')}__r" if lookup.endswith("__c") else lookup.removesuffix("Id")


def _at(row: Row, path: str) -> Any:
    first, _, rest = path.partition(".")
    value = row.get(first)
    return _at(value, rest) if rest and isinstance(value, dict) else value


def _number(value: Any) -> float:
    """Salesforce keeps every digit an API call sends, whatever the field's scale (platform fact): two decimals."""
    return float(cents(Decimal(str(value))))


def _datetime(value: Any) -> str:
    return wire.format_datetime(wire.parse_datetime(str(value)))


def _text(value: Any) -> str | None:
    """On one line and without spaces around it, as Salesforce keeps it."""
    return " ".join(str(value).split())[:LONGEST_TEXT].rstrip() or None


_FORMS: Mapping[str, Any] = {"number": _number, "datetime": _datetime, "text": _text, "lookup": str}
