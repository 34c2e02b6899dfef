"""A parsed SOQL statement: what was written, before it is held against any object's schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal as OneOf

LiteralKind = OneOf["null", "boolean", "int", "double", "string", "date", "dateTime"]
Value = None | bool | int | float | str | date | datetime
Operator = OneOf["=", "!=", "<", "<=", ">", ">=", "like", "in", "not in"]


@dataclass(frozen=True, slots=True)
class Path:
    """A field as the statement names it, relationships first. `at` is its offset in the statement's text."""

    parts: tuple[str, ...]
    at: int

    @property
    def rest(self) -> Path:
        """The same path, seen from the first relationship's object."""
        return Path(self.parts[1:], self.at)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a WHERE. `pattern` is a string's text with its escapes still in it, as LIKE needs it."""

    kind: LiteralKind
    value: Value
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`literals` holds one value, or those of the list after IN and NOT IN."""

    path: Path
    operator: Operator
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """Predicates joined by AND."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Predicates joined by OR."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Predicate


Predicate = Comparison | Every | Some | Not


@dataclass(frozen=True, slots=True)
class Order:
    path: Path
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """COUNT(), where `path` is None, or COUNT(field), whose one row carries the number as `alias`."""

    path: Path | None
    alias: str = "expr0"


@dataclass(frozen=True, slots=True)
class Query:
    """A statement, or a child subquery, whose `source` is then a child relationship's name.

    `select` is empty where `count` is set. `text` is the whole statement, which every `at` is an offset in; a
    subquery carries none of its own.
    """

    text: str
    select: tuple[Path | Query, ...]
    count: Count | None
    source: Path
    where: Predicate | None
    order: tuple[Order, ...]
    limit: int | None
