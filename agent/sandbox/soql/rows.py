"""Which of the candidate rows a statement answers, in what order, and how many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from agent.sandbox.soql.ast import Order, Query
from agent.sandbox.soql.fields import Column, Scope, is_long_text
from agent.sandbox.soql.ports import Row
from agent.sandbox.soql.where import compile_where, folding

Choose = Callable[[Iterable[Row], bool], Sequence[Row]]
"""From candidate rows, and whether they already come in the statement's order, to the rows of the answer."""
_SortKey = tuple[bool, Any]


def choosing(query: Query, scope: Scope) -> Choose:
    """Compiles WHERE, ORDER BY and LIMIT once; where rows come in order, reading stops at the limit.

    Raises:
        SoqlError: a name, a type or an operator does not fit.
    """
    test = None if query.where is None else compile_where(query.where, scope)
    columns = [_sortable(order, scope) for order in query.order]

    def choose(candidates: Iterable[Row], in_order: bool) -> Sequence[Row]:
        kept = candidates if test is None else filter(test, candidates)
        if in_order or not columns:
            return list(islice(kept, query.limit))
        return _sorted(kept, query.order, columns)[: query.limit]

    return choose


def _sortable(order: Order, scope: Scope) -> Column:
    column = scope.column(order.path)
    if is_long_text(column.field):
        message = f"field '{column.field.name}' can not be sorted in a query call"
        raise scope.error("INVALID_FIELD", order.path, message)
    return column


def _sorted(rows: Iterable[Row], order: Sequence[Order], columns: Sequence[Column]) -> Sequence[Row]:
    result = list(rows)
    # Sorting is stable: the least important field first leaves the most important one in charge.
    for one, column in reversed(list(zip(order, columns, strict=True))):
        result.sort(key=_sort_key(one, column), reverse=one.descending)
    return result


def _sort_key(order: Order, column: Column) -> Callable[[Row], _SortKey]:
    get, fold = column.get, folding(column.field)
    # Nulls come first unless NULLS LAST is said, whichever the direction (platform fact).
    null_rank = order.nulls_last != order.descending

    def key(row: Row) -> _SortKey:
        value = get(row)
        return (null_rank, 0) if value is None else (not null_rank, fold(value))

    return key
