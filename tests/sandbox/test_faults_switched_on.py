"""Faults: each does what it says, where it says, as often as it says; and the transport shows them."""

from __future__ import annotations

import random
from typing import Any

import pytest
import requests

from agent.sandbox.adapter import SandboxAdapter
from agent.sandbox.faults import Fault, Faults
from tests.sandbox.small_org import NOTICE, NOW, SLI, SmallOrg, body, code_of


@pytest.fixture
def small() -> SmallOrg:
    return SmallOrg()


def test_a_fault_is_used_up_and_a_standing_one_is_not(small: SmallOrg) -> None:
    small.org.faults.add(Fault.unavailable(times=2))
    assert [small.call("GET", "/limits").status for _ in range(3)] == [503, 503, 200]
    small.org.faults.add(Fault.unavailable(times=None))
    assert [small.call("GET", "/limits").status for _ in range(3)] == [503, 503, 503]
    small.org.faults.clear()
    assert small.call("GET", "/limits").status == 200


def test_a_fault_keeps_to_its_method_and_path(small: SmallOrg) -> None:
    small.org.faults.add(Fault.unavailable(times=None, method="GET", path="/query$"))
    assert small.call("GET", "/limits").status == 200
    assert small.call("GET", "/query", params={"q": "SELECT Id FROM User"}).status == 503


def test_faults_are_taken_in_the_order_they_were_switched_on(small: SmallOrg) -> None:
    small.org.faults.add(Fault.unavailable_html(), Fault.unavailable())
    types = [small.call("GET", "/limits").headers["Content-Type"] for _ in range(3)]
    assert [kind.partition(";")[0] for kind in types] == ["text/html", "application/json", "application/json"]


def test_an_expired_token_needs_a_new_one(small: SmallOrg) -> None:
    small.org.faults.add(Fault.expired_token())
    assert code_of(small.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")
    assert code_of(small.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")
    small.token = small.sign_in()
    assert small.call("GET", "/limits").status == 200


def test_the_two_limits_share_a_code_and_differ_in_words(small: SmallOrg) -> None:
    small.org.faults.add(Fault.daily_limit())
    daily = small.call("GET", "/limits")
    small.org.faults.add(Fault.concurrent_limit())
    concurrent = small.call("GET", "/limits")
    assert code_of(daily) == code_of(concurrent) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert body(daily)[0]["message"] == "TotalRequests Limit exceeded."
    assert body(concurrent)[0]["message"].startswith("ConcurrentRequests ")


def test_a_lost_locator_loses_the_next_page_only(small: SmallOrg) -> None:
    for number in range(201):
        small.org.insert(NOTICE, {"Key__c": f"k{number}"}, at=NOW, by=small.agent)
    soql = f"SELECT Id FROM {NOTICE}"
    small.org.faults.add(Fault.lost_locator())
    page = small.query(soql, headers={"sforce-query-options": "batchSize=200"})
    url = page["nextRecordsUrl"].removeprefix("/services/data/v65.0")
    assert code_of(small.call("GET", url)) == (400, "INVALID_QUERY_LOCATOR")


def test_one_subrequest_of_a_composite_can_fail_alone(small: SmallOrg) -> None:
    small.org.faults.add(Fault.unavailable(path="/limits"))
    urls = ("/services/data/v65.0/limits", "/services/data/v65.0/sobjects")
    requests_ = [{"method": "GET", "url": url, "referenceId": f"r{n}"} for n, url in enumerate(urls)]
    answers = body(small.call("POST", "/composite", {"compositeRequest": requests_}))["compositeResponse"]
    assert [answer["httpStatusCode"] for answer in answers] == [503, 200]


def test_an_html_answer_to_a_subrequest_is_a_body_of_text(small: SmallOrg) -> None:
    small.org.faults.add(Fault.unavailable_html(path="/limits"))
    requests_ = [{"method": "GET", "url": "/services/data/v65.0/limits", "referenceId": "r"}]
    (answer,) = body(small.call("POST", "/composite", {"compositeRequest": requests_}))["compositeResponse"]
    assert (answer["httpStatusCode"], answer["body"].startswith("<html>")) == (503, True)


def test_locked_rows_fail_in_their_place(small: SmallOrg) -> None:
    first, second = small.intervention(), small.intervention()
    small.org.faults.add(Fault.lock_row(second))
    records = [{"attributes": {"type": SLI}, "id": i, "Client_Status__c": "Red"} for i in (first, second)]
    outcomes = body(small.call("PATCH", "/composite/sobjects", {"records": records}))
    assert [outcome["success"] for outcome in outcomes] == [True, False]
    assert outcomes[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    outcomes = body(small.call("PATCH", "/composite/sobjects", {"records": records}))
    assert [outcome["success"] for outcome in outcomes] == [True, True]


def test_a_row_error_strikes_the_rows_that_match(small: SmallOrg) -> None:
    code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    small.org.faults.add(Fault.row_error(NOTICE, code, where={"Rule__c": "plan_24h"}, message="Not today"))
    payload = {"Key__c": "a", "Rule__c": "plan_24h"}
    assert body(small.call("POST", f"/sobjects/{NOTICE}", payload)) == [
        {"errorCode": code, "message": "Not today", "fields": []}
    ]
    made = small.call("POST", f"/sobjects/{NOTICE}", {"Key__c": "a", "Rule__c": "other"})
    assert made.status == 201
    path = f"/sobjects/{NOTICE}/{body(made)['id']}"
    assert code_of(small.call("PATCH", path, {"Rule__c": "plan_24h"})) == (400, code)
    assert small.call("PATCH", path, {"Rule__c": "another"}).status == 204


def test_lost_sharing_hides_a_record_with_its_feed_and_history_and_refuses_to_save_it(
    small: SmallOrg,
) -> None:
    hidden, shown = small.intervention(), small.intervention()
    item = small.org.post(hidden, "Called", at=NOW, by=small.colleague)
    small.org.comment(item, "Thanks", at=NOW, by=small.colleague)
    small.org.faults.add(Fault.lost_sharing(SLI, hidden))
    assert [record["Id"] for record in small.query(f"SELECT Id FROM {SLI}")["records"]] == [shown]
    for name in ("Service_Level_Intervention__Feed", "FeedItem", "FeedComment"):
        assert small.query(f"SELECT Id FROM {name}")["totalSize"] == 0
    assert small.query("SELECT Id FROM Service_Level_Intervention__History")["totalSize"] == 1
    assert code_of(small.call("GET", f"/sobjects/{SLI}/{hidden}")) == (404, "NOT_FOUND")
    refused = small.call("PATCH", f"/sobjects/{SLI}/{hidden}", {"Name": "B"})
    assert code_of(refused) == (404, "INVALID_CROSS_REFERENCE_KEY")
    assert len(list(small.org.rows(SLI, NOW))) == 2


def test_a_parent_out_of_sight_reads_as_null(small: SmallOrg) -> None:
    small.intervention(Office__c=small.office)
    small.org.faults.add(Fault.lost_sharing("Office__c"))
    (record,) = small.query(f"SELECT Office__r.Name FROM {SLI}")["records"]
    assert record["Office__r"] is None


def test_a_hidden_field_is_unknown_to_soql_describe_and_saves(small: SmallOrg) -> None:
    record_id = small.intervention(Client_Status__c="Red")
    small.org.faults.add(Fault.hidden_field(SLI, "Client_Status__c"))
    query = small.call("GET", "/query", params={"q": f"SELECT Client_Status__c FROM {SLI}"})
    assert code_of(query) == (400, "INVALID_FIELD")
    described = body(small.call("GET", f"/sobjects/{SLI}/describe"))["fields"]
    assert "Client_Status__c" not in {field["name"] for field in described}
    assert "Client_Status__c" not in body(small.call("GET", f"/sobjects/{SLI}/{record_id}"))
    saved = small.call("PATCH", f"/sobjects/{SLI}/{record_id}", {"Client_Status__c": "Green"})
    assert code_of(saved) == (400, "INVALID_FIELD")


def test_a_read_only_field_can_be_read_and_not_written(small: SmallOrg) -> None:
    record_id = small.intervention()
    small.org.faults.add(Fault.read_only_field(SLI, "Last_Alert_At__c"))
    described = {f["name"]: f for f in body(small.call("GET", f"/sobjects/{SLI}/describe"))["fields"]}
    assert described["Last_Alert_At__c"]["updateable"] is False
    payload = {"Last_Alert_At__c": "2026-11-20T17:00:00Z"}
    refused = small.call("PATCH", f"/sobjects/{SLI}/{record_id}", payload)
    assert code_of(refused) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_faults_are_switched_over_http_without_a_token(small: SmallOrg) -> None:
    response = small.send("POST", "/sandbox/faults", payload={"kind": "unavailable", "path": "/limits"})
    expected = [{"kind": "unavailable", "times": None, "path": "/limits"}]
    assert (response.status, body(response)) == (200, expected)
    locked = [{"kind": "lock_row", "times": 2, "ids": [small.office]}]
    small.send("POST", "/sandbox/faults", payload=locked)
    assert body(small.send("GET", "/sandbox/faults")) == expected + locked
    assert small.call("GET", "/limits").status == 503
    assert body(small.send("DELETE", "/sandbox/faults")) == []
    assert small.call("GET", "/limits").status == 200


@pytest.mark.parametrize("payload", [{"kind": "nonsense"}, {"kind": "slow", "second": 5}, b"{", 7])
def test_a_fault_that_is_none_is_refused(small: SmallOrg, payload: Any) -> None:
    assert code_of(small.send("POST", "/sandbox/faults", payload=payload)) == (400, "JSON_PARSER_ERROR")
    assert body(small.send("GET", "/sandbox/faults")) == []


def test_what_is_told_as_json_can_be_switched_on_again() -> None:
    faults, again = Faults(), Faults()
    faults.add(
        Fault.slow(3.5, method="GET"),
        Fault.row_error(NOTICE, "X", where={"a": 1}),
        Fault.lost_sharing(SLI, "b", "a"),
        Fault.late_commits(60),
    )
    again.add_json(faults.to_json())
    assert again.to_json() == faults.to_json()


def client(small: SmallOrg) -> requests.Session:
    session = requests.Session()
    session.mount("https://", SandboxAdapter(small.org, lambda: small.now, random.Random(1)))
    session.headers["Authorization"] = f"Bearer {small.token}"
    return session


URL = "https://sandbox.test/services/data/v65.0"


def test_the_transport_carries_a_request_there_and_back(small: SmallOrg) -> None:
    with client(small) as session:
        made = session.patch(f"{URL}/sobjects/{NOTICE}/Key__c/a%20b%2Fc", json={"Rule__c": "é"})
        assert made.status_code == 201
        found = session.get(f"{URL}/query", params={"q": f"SELECT Key__c, Rule__c FROM {NOTICE}"}).json()
    assert [(r["Key__c"], r["Rule__c"]) for r in found["records"]] == [("a b/c", "é")]


def test_the_transport_signs_in_under_the_address_it_was_called_by(small: SmallOrg) -> None:
    form = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret"}
    with client(small) as session:
        answer = session.post("https://sandbox.test/services/oauth2/token", data=form).json()
    assert answer["instance_url"] == "https://sandbox.test"


@pytest.mark.parametrize(
    ("fault", "error", "rows"),
    [
        (Fault.dropped(), requests.ConnectionError, 0),
        (Fault.lost_answer(), requests.ConnectionError, 1),
        (Fault.truncated(), requests.exceptions.ChunkedEncodingError, 1),
        (Fault.slow(11), requests.ReadTimeout, 1),
    ],
)
def test_a_broken_connection_is_an_exception_and_the_work_may_be_done(
    small: SmallOrg, fault: Fault, error: type[Exception], rows: int
) -> None:
    small.org.faults.add(fault)
    with client(small) as session:
        with pytest.raises(error):
            session.post(f"{URL}/sobjects/{NOTICE}", json={"Key__c": "k"}, timeout=(1, 10))
        assert session.get(f"{URL}/limits", timeout=10).status_code == 200
    assert len(list(small.org.rows(NOTICE, NOW))) == rows


def test_a_slow_answer_within_the_timeout_arrives_at_once(small: SmallOrg) -> None:
    small.org.faults.add(Fault.slow(9))
    with client(small) as session:
        assert session.get(f"{URL}/limits", timeout=10).status_code == 200


def test_hard_deletes_bypass_the_recycle_bin_and_get_deleted_still_tells(small: SmallOrg) -> None:
    small.org.faults.add(Fault.hard_deletes(object=SLI))
    record_id, start = small.intervention(), small.now
    small.later(minutes=1)
    assert small.call("DELETE", f"/sobjects/{SLI}/{record_id}").status == 204
    small.later(minutes=5)
    found = small.call("GET", "/queryAll", params={"q": f"SELECT Id FROM {SLI}"})
    assert body(found)["totalSize"] == 0
    span = {"start": start.isoformat(), "end": small.now.isoformat()}
    told = body(small.call("GET", f"/sobjects/{SLI}/deleted", params=span))
    assert [row["id"] for row in told["deletedRecords"]] == [record_id]
