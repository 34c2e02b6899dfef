"""Where a statement reads its candidate rows: by id, by lookup, from an index by time, or all there are."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import chain
from typing import TypeVar

from agent.sandbox import ids
from agent.sandbox.schema import Field, ObjectSchema
from agent.sandbox.soql.ast import Comparison, Every, Order, Predicate, Query, Some
from agent.sandbox.soql.fields import Scope
from agent.sandbox.soql.ports import Row

_T = TypeVar("_T")
_Merge = Callable[[_T, _T], _T]
_Ids = frozenset[str]
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def candidates(query: Query, scope: Scope, *, include_deleted: bool) -> tuple[Iterable[Row], bool]:
    """A superset of the rows WHERE keeps, and whether they come in the order the statement asks for."""
    named = _by_id(query, scope, include_deleted=include_deleted)
    if named is not None:
        return named, False
    schema, catalog = scope.schema, scope.catalog
    lows = _implied(query.where, lambda one: _lower_bound(one, schema), max, min)
    ordered = _index_order(query.order, schema)
    if ordered is not None and not ordered.nillable:
        lows.setdefault(ordered.name, _BEGINNING)
    first = None if ordered is None else ordered.name
    # An index that also gives the order saves the sort, so it is asked first.
    for name in sorted(lows, key=lambda name: name != first):
        rows = catalog.rows_from(schema.name, name, lows[name], include_deleted=include_deleted)
        if rows is not None:
            return rows, name == first
    return catalog.rows(schema.name, include_deleted=include_deleted), False


def _by_id(query: Query, scope: Scope, *, include_deleted: bool) -> Iterable[Row] | None:
    """The rows of the ids that WHERE demands, of their own or in a lookup; None where it demands none."""
    schema, catalog = scope.schema, scope.catalog
    wanted = _implied(query.where, lambda one: _ids(one, schema), operator.and_, operator.or_)
    own = wanted.pop("Id", None)
    if own is not None:
        found = list(filter(None, map(catalog.row, sorted(own))))
        rows = [row for name, row in found if name == schema.name]
        living = [row for row in rows if not row.get("IsDeleted")]
        # A post has one id, and stands in FeedItem and in its parent's feed: only listings know both. And only
        # they know how long deleted rows are shown.
        elsewhere = any(
            name != schema.name and row["Id"].startswith(schema.key_prefix) for name, row in found
        )
        if not elsewhere and (not include_deleted or len(living) == len(rows)):
            return living
    for lookup, parents in wanted.items():
        families = (
            catalog.children(schema.name, lookup, parent, include_deleted=include_deleted)
            for parent in sorted(parents)
        )
        return chain.from_iterable(families)
    return None


def _implied(
    predicate: Predicate | None,
    own: Callable[[Comparison], Mapping[str, _T]],
    both: _Merge[_T],
    either: _Merge[_T],
) -> dict[str, _T]:
    """By field, what every row that `predicate` keeps must meet, from what each comparison demands."""
    match predicate:
        case Comparison():
            return dict(own(predicate))
        case Every(parts):
            demands = (_implied(part, own, both, either) for part in parts)
            return reduce(lambda a, b: _joined(a, b, both), demands)
        case Some(parts):
            demands = (_implied(part, own, both, either) for part in parts)
            return reduce(lambda a, b: _shared(a, b, either), demands)
        case _:
            return {}


def _joined(a: dict[str, _T], b: dict[str, _T], both: _Merge[_T]) -> dict[str, _T]:
    return a | {name: both(a[name], demand) if name in a else demand for name, demand in b.items()}


def _shared(a: dict[str, _T], b: dict[str, _T], either: _Merge[_T]) -> dict[str, _T]:
    return {name: either(a[name], b[name]) for name in a if name in b}


def _own_field(comparison: Comparison, schema: ObjectSchema) -> Field | None:
    parts = comparison.path.parts
    return schema.field_named(parts[0]) if len(parts) == 1 else None


def _lower_bound(comparison: Comparison, schema: ObjectSchema) -> dict[str, datetime]:
    field = _own_field(comparison, schema)
    moments = [literal.value for literal in comparison.literals if isinstance(literal.value, datetime)]
    # A null in the list matches rows that no bound on the field would keep.
    bounded = len(moments) == len(comparison.literals) and comparison.operator in ("=", ">", ">=", "in")
    if field is None or not bounded:
        return {}
    return {field.name: min(moments)}


def _ids(comparison: Comparison, schema: ObjectSchema) -> dict[str, _Ids]:
    field = _own_field(comparison, schema)
    values = [literal.value for literal in comparison.literals]
    if field is None or field.type not in ("id", "reference") or comparison.operator not in ("=", "in"):
        return {}
    if any(value in (None, "") for value in values):
        return {}
    return {field.name: frozenset(ids.to18(str(value)[:15]) for value in values)}


def _index_order(order: Sequence[Order], schema: ObjectSchema) -> Field | None:
    """The datetime field whose index, ascending by (field, Id), gives the order asked for, if any."""
    if any(one.descending or len(one.path.parts) > 1 for one in order):
        return None
    match [schema.field_named(one.path.parts[0]) for one in order]:
        case [Field(type="datetime") as first] | [Field(type="datetime") as first, Field(type="id")]:
            return first
        case _:
            return None
