"""A result as Bulk API 2.0 query hands it out: CSV, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable

from agent.sandbox.soql.ast import Path, Query
from agent.sandbox.soql.errors import SoqlError
from agent.sandbox.soql.run import Result
from agent.sandbox.soql.values import csv_value


def refuse_for_bulk(query: Query) -> None:
    """Bulk API 2.0 query knows neither aggregates nor subqueries (platform fact).

    Raises:
        SoqlError: MALFORMED_QUERY.
    """
    if query.count is not None:
        raise SoqlError("MALFORMED_QUERY", "Bulk API 2.0 query does not support COUNT; ask /query instead.")
    if any(isinstance(item, Query) for item in query.select):
        raise SoqlError(
            "MALFORMED_QUERY", "Bulk API 2.0 query does not support child subqueries; ask /query instead."
        )


def csv_page(result: Result, start: int, count: int) -> bytes:
    """`count` rows from `start` under a header of the selected paths: UTF-8, every value quoted, LF.

    Raises:
        SoqlError: the statement is one that `refuse_for_bulk` refuses.
    """
    refuse_for_bulk(result.query)
    columns = [result.scope.column(item) for item in result.query.select if isinstance(item, Path)]
    getters = [column.get for column in columns]
    lines = [_line([column.spelled for column in columns])]
    lines += [_line([csv_value(get(row)) for get in getters]) for row in result.rows[start : start + count]]
    return "".join(lines).encode()


def _line(values: Iterable[str]) -> str:
    return '"' + '","'.join([value.replace('"', '""') for value in values]) + '"\n'
