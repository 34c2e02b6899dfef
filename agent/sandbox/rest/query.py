"""`/query` and `/queryAll`: SOQL, a page at a time."""

from __future__ import annotations

import re
from typing import Any

from agent.sandbox import locators
from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Response, json_response
from agent.sandbox.rest.call import Call
from agent.sandbox.soql import Result, SoqlError, execute, parse

PAGE = 2000
SMALLEST_PAGE = 200
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)")
_PLACE = re.compile(r"(\w+)-(\d+)")


def query(call: Call) -> Response:
    """`GET /query?q=`: the rows that are not deleted."""
    return _first_page(call, include_deleted=False)


def query_all(call: Call) -> Response:
    """`GET /queryAll?q=`: deleted rows, too."""
    return _first_page(call, include_deleted=True)


def more(call: Call, place: str) -> Response:
    """`GET /query/{locator}-{offset}`: the next page, for the session that opened the query."""
    found = _PLACE.fullmatch(place)
    if found is None or call.org.faults.take("lost_locator", method="GET", path=call.request.path):
        raise locators.lost()
    name, start = found[1], int(found[2])
    locator = call.org.locators.find(name, call.session.token, call.now)
    return _page(call, locator.result, name, start, locator.page_size)


def _first_page(call: Call, *, include_deleted: bool) -> Response:
    text = call.request.params.get("q")
    if not text:
        raise SalesforceError("MALFORMED_QUERY", "The query is empty: give it as q=SELECT ...")
    try:
        result = execute(parse(text), call.view(), include_deleted=include_deleted)
    except SoqlError as error:
        raise SalesforceError(error.code, error.message) from None
    size = _page_size(call)
    name = (
        call.org.locators.open(result, call.session.token, size, call.now) if len(result.rows) > size else ""
    )
    return _page(call, result, name, 0, size)


def _page_size(call: Call) -> int:
    asked = _BATCH_SIZE.search(call.request.headers.get("sforce-query-options", ""))
    return min(max(int(asked[1]), SMALLEST_PAGE), PAGE) if asked else PAGE


def _page(call: Call, result: Result, locator: str, start: int, size: int) -> Response:
    end = start + size
    page: dict[str, Any] = {"totalSize": result.total, "done": end >= len(result.rows)}
    if not page["done"]:
        page["nextRecordsUrl"] = f"{call.root}/query/{locator}-{end}"
    page["records"] = result.render(start, size, version=call.version)
    return json_response(page)
