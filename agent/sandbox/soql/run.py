"""A parsed statement run over a catalog: which rows it answers, and their rendering a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.sandbox.soql.ast import Count, Query
from agent.sandbox.soql.errors import advice, located
from agent.sandbox.soql.fields import Scope
from agent.sandbox.soql.ports import Catalog, Row
from agent.sandbox.soql.rows import choosing
from agent.sandbox.soql.shape import Render, aggregate_shape, record_shape
from agent.sandbox.soql.source import candidates


@dataclass(frozen=True)
class Result:
    """An answer: the rows as they were when the statement ran; parents and children are read on rendering."""

    query: Query
    total: int
    """The REST answer's `totalSize`: rows in all pages, or what COUNT() counted."""
    is_count: bool
    """The statement was COUNT(): `total` is the answer and there are no rows."""
    rows: Sequence[Row]
    scope: Scope
    _render: Render = field(repr=False)

    def render(self, start: int = 0, count: int | None = None, *, version: str) -> list[dict[str, Any]]:
        """One page of `records`: `count` from `start` (None: all), with URLs of API `version`, "65.0"."""
        stop = None if count is None else start + count
        root = f"/services/data/v{version}/sobjects"
        return [self._render(row, root) for row in self.rows[start:stop]]


def execute(query: Query, catalog: Catalog, *, include_deleted: bool = False) -> Result:
    """Runs `query`; with `include_deleted` soft-deleted rows are answered too, as queryAll does.

    Raises:
        SoqlError: INVALID_TYPE, INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR, MALFORMED_QUERY or
            QUERY_TOO_COMPLICATED.
    """
    scope = _scope(query, catalog)
    if query.count is not None:
        return _counted(query, query.count, scope, include_deleted=include_deleted)
    render = record_shape(query, scope, include_deleted=include_deleted)
    rows = _rows(query, scope, include_deleted=include_deleted)
    return Result(query, len(rows), False, rows, scope, render)


def _rows(query: Query, scope: Scope, *, include_deleted: bool) -> Sequence[Row]:
    choose = choosing(query, scope)
    rows, in_order = candidates(query, scope, include_deleted=include_deleted)
    return choose(rows, in_order)


def _counted(query: Query, count: Count, scope: Scope, *, include_deleted: bool) -> Result:
    render = aggregate_shape(count)
    if query.order or (count.path is not None and query.limit is not None):
        words = "ORDER BY" if query.order else "LIMIT"
        message = f"a query that only counts cannot also use {words}"
        raise scope.error("MALFORMED_QUERY", query.source, message)
    rows = _rows(query, scope, include_deleted=include_deleted)
    if count.path is None:
        return Result(query, len(rows), True, (), scope, render)
    column = scope.column(count.path)
    number = sum(column.get(row) is not None for row in rows)
    return Result(query, 1, False, ({count.alias: number},), scope, render)


def _scope(query: Query, catalog: Catalog) -> Scope:
    name = ".".join(query.source.parts)
    schema = catalog.schema(name)
    if schema is None:
        message = f"sObject type '{name}' is not supported. {advice('object', '__c', 'entity')}"
        raise located("INVALID_TYPE", query.text, query.source.at, message)
    return Scope(catalog, schema, query.text)
