"""The program behind the gauge: fetches the bare iterator's pages and looks for nothing but the next one's address.

`python -m bench.programs.raw URL QUERIES`, QUERIES being JSON of (query, with the recycle bin or not); it prints how
many rows the org said there are.
"""

from __future__ import annotations

import json
import re
import sys

import requests

from bench.programs.token import sign_in

_NEXT = re.compile(rb'"nextRecordsUrl":"([^"]+)"')
_TOTAL = re.compile(rb'"totalSize":(\d+)')
_HEAD = 300
"""Bytes at a page's beginning in which the org says these things."""


def main() -> None:
    url, queries = sys.argv[1:]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {sign_in(url)}"
        print(sum(_fetched(session, url, *query) for query in json.loads(queries)))


def _fetched(session: requests.Session, url: str, query: str, include_deleted: bool) -> int:
    path: str | None = f"/services/data/v65.0/{'queryAll' if include_deleted else 'query'}/"
    params: dict[str, str] | None = {"q": query}
    total = 0
    while path is not None:
        answer = session.get(url + path, params=params, timeout=60)
        answer.raise_for_status()
        head, params = answer.content[:_HEAD], None
        found, told = _NEXT.search(head), _TOTAL.search(head)
        path = found[1].decode() if found else None
        total = int(told[1]) if told else total
    return total


if __name__ == "__main__":
    main()
