"""A WHERE compiled once into a closure over rows, with Salesforce's rules on types, nulls and letter case."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from agent.sandbox.schema import Field
from agent.sandbox.soql.ast import Comparison, Every, Literal, LiteralKind, Not, Predicate, Some
from agent.sandbox.soql.errors import SoqlError
from agent.sandbox.soql.fields import Scope, is_long_text
from agent.sandbox.soql.ports import Row
from agent.sandbox.soql.strings import like_pattern

Test = Callable[[Row], bool]
ValueTest = Callable[[Any], bool]

NESTING = 100
"""Levels of parentheses and NOT beyond which the sandbox answers QUERY_TOO_COMPLICATED."""

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT_TYPES = frozenset({"string", "textarea", "email", "picklist"})
_ID_TYPES = frozenset({"id", "reference"})
_BARE_TYPES: dict[str, tuple[LiteralKind, ...]] = {
    "boolean": ("boolean",),
    "int": ("int",),
    "double": ("double", "int"),
    "date": ("date",),
    "datetime": ("dateTime",),
}
"""Field type -> kinds of literal it can be compared with, the first being the one errors name."""
_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")


def compile_where(predicate: Predicate, scope: Scope, depth: int = 0) -> Test:
    """A test for one row. A comparison is true or false, never unknown, so NOT keeps rows with nulls too.

    Raises:
        SoqlError: a name, a type or an operator does not fit, or the nesting is too deep.
    """
    if depth > NESTING:
        raise SoqlError("QUERY_TOO_COMPLICATED", f"The WHERE clause nests more than {NESTING} levels deep.")
    match predicate:
        case Every(parts):
            return _every([compile_where(part, scope, depth + 1) for part in parts])
        case Some(parts):
            return _some([compile_where(part, scope, depth + 1) for part in parts])
        case Not(part):
            test = compile_where(part, scope, depth + 1)
            return lambda row: not test(row)
        case Comparison():
            return _comparison(predicate, scope)


def _every(tests: Sequence[Test]) -> Test:
    def test(row: Row) -> bool:
        for one in tests:  # noqa: SIM110 -- all() would build a generator for each of 500,000 rows
            if not one(row):
                return False
        return True

    return test


def _some(tests: Sequence[Test]) -> Test:
    def test(row: Row) -> bool:
        for one in tests:  # noqa: SIM110 -- as in _every
            if one(row):
                return True
        return False

    return test


def _comparison(comparison: Comparison, scope: Scope) -> Test:
    column = scope.column(comparison.path)
    _check_operator(comparison, column.field, scope)
    for literal in comparison.literals:
        _check_literal(literal, comparison, column.field, scope)
    test, get = _value_test(comparison, column.field), column.get
    return lambda row: test(get(row))


def _check_operator(comparison: Comparison, field: Field, scope: Scope) -> None:
    if is_long_text(field):
        message = f"field '{field.name}' can not be filtered in a query call"
        raise scope.error("INVALID_FIELD", comparison.path, message)
    ranked = comparison.operator in _ORDERINGS
    if (comparison.operator == "like" and field.type not in _TEXT_TYPES) or (
        ranked and field.type == "boolean"
    ):
        message = f"invalid operator on {field.type} field"
        raise scope.error("INVALID_QUERY_FILTER_OPERATOR", comparison.path, message)
    if (ranked or comparison.operator == "like") and comparison.literals[0].kind == "null":
        message = f"field '{field.name}' can be compared with null by = and != only"
        raise scope.error("INVALID_QUERY_FILTER_OPERATOR", comparison.path, message)


def _check_literal(literal: Literal, comparison: Comparison, field: Field, scope: Scope) -> None:
    if literal.kind == "null":
        return
    kinds = _BARE_TYPES.get(field.type, ("string",))
    if literal.kind not in kinds:
        quotes = (
            "should not be enclosed in quotes"
            if field.type in _BARE_TYPES
            else "should be enclosed in quotes"
        )
        message = (
            f"value of filter criterion for field '{field.name}' must be of type {kinds[0]} and {quotes}"
        )
        raise scope.error("INVALID_FIELD", comparison.path, message)
    if field.type in _ID_TYPES and literal.value != "" and not _ID.fullmatch(str(literal.value)):
        message = f"invalid ID field: {literal.value}"
        raise scope.error("INVALID_QUERY_FILTER_OPERATOR", comparison.path, message)


def _value_test(comparison: Comparison, field: Field) -> ValueTest:
    fold = folding(field)
    operands = [
        literal.value if literal.kind == "null" else fold(literal.value) for literal in comparison.literals
    ]
    match comparison.operator:
        case "=" | "in":
            return _among(operands, field)
        case "!=" | "not in":
            among = _among(operands, field)
            return lambda value: not among(value)
        case "like":
            matches = like_pattern(comparison.literals[0].pattern).fullmatch
            return lambda value: value is not None and matches(value) is not None
        case ranked:
            compare, operand = _ORDERINGS[ranked], operands[0]
            return lambda value: value is not None and compare(fold(value), operand)


def _among(operands: Sequence[Any], field: Field) -> ValueTest:
    fold = folding(field)
    wanted = frozenset(operands) - {None}
    # An empty string is kept as null, and a missing parent's checkbox reads as false (platform facts).
    null_matches = None in operands or "" in wanted or (field.type == "boolean" and False in wanted)
    if null_matches:
        return lambda value: value is None or fold(value) in wanted
    return lambda value: value is not None and fold(value) in wanted


def folding(field: Field) -> Callable[[Any], Any]:
    """What makes two values of a field that Salesforce holds equal the same, and orders them as it does.

    Text ignores letter case; ids count by their first 15 characters, exactly; datetimes by the whole second.
    """
    if field.type in _TEXT_TYPES:
        return str.casefold
    if field.type in _ID_TYPES:
        return _short_id
    if field.type == "datetime":
        return _whole_second
    return _as_it_is


def _short_id(value: str) -> str:
    return value[:15]


def _whole_second(value: datetime) -> datetime:
    return value.replace(microsecond=0) if value.microsecond else value


def _as_it_is(value: Any) -> Any:
    return value
