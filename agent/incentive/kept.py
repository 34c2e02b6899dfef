"""A statement as plain data and back, to the last sign: what is locked is this (D29). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from agent.incentive.statement import Detail, Line, OneMore, Statement


def plain(statement: Statement) -> dict[str, Any]:
    """For machines: dicts, lists and texts, with the total. Dollars are texts, never binary fractions."""
    shown: dict[str, Any] = _texts({**asdict(statement), "total": statement.total})
    return shown


def statement_of(found: Mapping[str, Any]) -> Statement:
    """The statement of what `plain` made; keys that this version does not know are left aside."""
    known = _known(Statement, found)
    parts = {"lines": tuple(_line(line) for line in found["lines"])}
    return Statement(**known | parts | {name: tuple(found[name]) for name in ("held", "assumed")})


def _texts(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    return [_texts(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _line(found: Mapping[str, Any]) -> Line:
    details = tuple(Detail(**_money(_known(Detail, d), "amount", "worth")) for d in found["details"])
    more = tuple(OneMore(**_money(_known(OneMore, m), "worth")) for m in found["one_more"])
    facts = tuple((what, much) for what, much in found["facts"])
    rest = _money(_known(Line, found), "pays")
    return Line(**rest | {"facts": facts, "details": details, "one_more": more})


def _known(model: type[Any], found: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(model)}
    return {key: value for key, value in found.items() if key in names}


def _money(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return found | {name: None if found[name] is None else Decimal(found[name]) for name in names}
