"""`/updated` and `/deleted`: what changed in a span, and how far the answer can be trusted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.sandbox.faults import Fault
from tests.sandbox.small_org import NOW, SLI, SmallOrg, body, code_of

HOUR = timedelta(hours=1)


def span(small: SmallOrg, what: str, start: datetime, end: datetime) -> dict[str, Any]:
    params = {"start": start.isoformat(), "end": end.isoformat()}
    response = small.call("GET", f"/sobjects/{SLI}/{what}", params=params)
    assert response.status == 200, response.body
    return dict(body(response))


def test_updated_lists_the_rows_whose_stamp_lies_in_the_span() -> None:
    small = SmallOrg()
    early, inside = small.intervention(NOW - 3 * HOUR), small.intervention(NOW - HOUR)
    small.org.post(early, "a post moves no stamp", at=NOW - HOUR, by=small.colleague)
    small.intervention(NOW - HOUR / 60)
    gone = small.intervention(NOW - HOUR)
    small.org.delete(gone, at=NOW - HOUR, by=small.colleague)
    answer = span(small, "updated", NOW - 2 * HOUR, NOW - HOUR / 60)
    assert answer == {"ids": [inside], "latestDateCovered": "2026-11-20T16:59:00.000+0000"}


def test_deleted_lists_soft_and_hard_deletions_and_not_what_came_back() -> None:
    small = SmallOrg()
    soft, hard, back = (small.intervention(NOW - 5 * HOUR) for _ in range(3))
    small.org.delete(hard, at=NOW - 2 * HOUR, by=small.colleague, hard=True)
    small.org.delete(soft, at=NOW - HOUR, by=small.colleague)
    small.org.delete(back, at=NOW - HOUR, by=small.colleague)
    small.org.undelete(back, at=NOW - HOUR / 2, by=small.colleague)
    answer = span(small, "deleted", NOW - 3 * HOUR, NOW)
    assert answer["deletedRecords"] == [
        {"id": hard, "deletedDate": "2026-11-20T15:00:30.000+0000"},
        {"id": soft, "deletedDate": "2026-11-20T16:00:30.000+0000"},
    ]
    assert span(small, "deleted", NOW - HOUR / 2, NOW)["deletedRecords"] == []
    assert len(span(small, "deleted", NOW - 3 * HOUR, NOW - 2 * HOUR + HOUR / 60)["deletedRecords"]) == 1


def test_the_covered_date_stops_at_the_oldest_running_save() -> None:
    small = SmallOrg()
    saved = NOW - timedelta(minutes=5)
    small.org.insert(SLI, {}, at=saved, by=small.colleague, commit_at=NOW + timedelta(minutes=5))
    for what in ("updated", "deleted"):
        assert span(small, what, NOW - HOUR, NOW)["latestDateCovered"] == "2026-11-20T16:55:30.000+0000"
    small.later(minutes=5)
    assert span(small, "updated", NOW - HOUR, small.now)["latestDateCovered"] == (
        "2026-11-20T17:05:00.000+0000"
    )


def test_the_covered_date_can_lag() -> None:
    small = SmallOrg()
    small.org.faults.add(Fault.covered_lag(600))
    answer = span(small, "updated", NOW - HOUR, NOW)
    assert answer["latestDateCovered"] == "2026-11-20T16:50:30.000+0000"


@pytest.mark.parametrize(
    ("what", "start", "end"),
    [
        ("updated", NOW, NOW),
        ("updated", NOW, NOW - HOUR),
        ("updated", NOW - timedelta(days=31), NOW),
        ("deleted", NOW - timedelta(days=16), NOW),
    ],
)
def test_an_impossible_span_is_refused(what: str, start: datetime, end: datetime) -> None:
    params = {"start": start.isoformat(), "end": end.isoformat()}
    response = SmallOrg().call("GET", f"/sobjects/{SLI}/{what}", params=params)
    assert code_of(response) == (400, "INVALID_REPLICATION_DATE")


@pytest.mark.parametrize("params", [{}, {"start": "yesterday", "end": "today"}])
def test_a_span_that_is_no_span_is_refused(params: dict[str, str]) -> None:
    response = SmallOrg().call("GET", f"/sobjects/{SLI}/updated", params=params)
    assert code_of(response) == (400, "INVALID_REPLICATION_DATE")


def test_history_is_not_replicated() -> None:
    params = {"start": (NOW - HOUR).isoformat(), "end": NOW.isoformat()}
    path = "/sobjects/Service_Level_Intervention__History"
    for what in ("updated", "deleted"):
        response = SmallOrg().call("GET", f"{path}/{what}", params=params)
        assert code_of(response) == (400, "INVALID_TYPE_FOR_OPERATION")
