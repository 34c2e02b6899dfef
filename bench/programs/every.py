"""The program behind `WholeBare`: every row of every query by `query_all_iter`, to which nothing is done but counting.

`python -m bench.programs.every URL QUERIES`, QUERIES being JSON of (query, with the recycle bin or not).
"""

from __future__ import annotations

import json
import sys

import requests
from simple_salesforce.api import Salesforce

from bench.programs.token import sign_in


def main() -> None:
    url, queries = sys.argv[1:]
    count = 0
    with requests.Session() as session:
        org = Salesforce(session_id=sign_in(url), instance_url=url, session=session, version="65.0")
        for query, include_deleted in json.loads(queries):
            for _row in org.query_all_iter(query, include_deleted=include_deleted):
                count += 1
    print(count)


if __name__ == "__main__":
    main()
