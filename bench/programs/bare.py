"""The program behind `BareLife`: every intervention by `query_all_iter`, to which nothing is done.

`python -m bench.programs.bare URL QUERY IDS`; ids, deletion, formula and stamp go to the file IDS at the end, so that
the bench can compare them. They are the only things kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import requests
from simple_salesforce.api import Salesforce

from bench.programs.token import sign_in


def main() -> None:
    url, query, ids = sys.argv[1:]
    with requests.Session() as session:
        org = Salesforce(session_id=sign_in(url), instance_url=url, session=session, version="65.0")
        rows = org.query_all_iter(query, include_deleted=True)
        kept = ("Id", "IsDeleted", "SLI_Created_Date__c", "SystemModstamp")
        seen = [[row[field] for field in kept] for row in rows]
    Path(ids).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in seen))


if __name__ == "__main__":
    main()
