"""`/composite` and `/composite/sobjects`: many requests or rows in one call."""

from __future__ import annotations

from typing import Any

import pytest

from agent.sandbox import ids
from tests.sandbox.small_org import NOTICE, NOW, SLI, SmallOrg, body, code_of

ROOT = "/services/data/v65.0"
COUNT = f"{ROOT}/query?q=SELECT COUNT() FROM {NOTICE}"


def sub(reference: str, method: str, url: str, payload: Any = None) -> dict[str, Any]:
    request = {"referenceId": reference, "method": method, "url": url}
    return request if payload is None else {**request, "body": payload}


def composite(small: SmallOrg, *requests: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    response = small.call("POST", "/composite", {"compositeRequest": list(requests), **options})
    assert response.status == 200, response.body
    return list(body(response)["compositeResponse"])


def notice(key: str | None, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": NOTICE}, "Key__c": key, **values}


def keys(small: SmallOrg) -> list[str]:
    return [row["Key__c"] for row in small.org.rows(NOTICE, small.now) if not row["IsDeleted"]]


def codes(outcomes: list[dict[str, Any]]) -> list[str | None]:
    return [outcome["errors"][0]["statusCode"] if outcome["errors"] else None for outcome in outcomes]


def test_each_subrequest_answers_on_its_own_and_the_call_counts_once() -> None:
    small = SmallOrg()
    before = len(small.org.calls)
    good, bad, made = composite(
        small,
        sub("good", "GET", f"{ROOT}/query?q=SELECT+Id+FROM+Office__c+WHERE+Name+=+'Reno'"),
        sub("bad", "GET", f"{ROOT}/query?q=SELECT Nonsense__c FROM User"),
        sub("made", "POST", f"{ROOT}/sobjects/{NOTICE}", {"Key__c": "k"}),
    )
    assert (good["httpStatusCode"], good["body"]["totalSize"]) == (200, 1)
    assert (bad["httpStatusCode"], bad["body"][0]["errorCode"]) == (400, "INVALID_FIELD")
    record_id = made["body"]["id"]
    assert made == {
        "body": {"id": record_id, "success": True, "errors": []},
        "httpHeaders": {"Location": f"{ROOT}/sobjects/{NOTICE}/{record_id}"},
        "httpStatusCode": 201,
        "referenceId": "made",
    }
    assert len(small.org.calls) == before + 1


def test_a_later_subrequest_is_built_from_an_earlier_answer() -> None:
    small = SmallOrg()
    answers = composite(
        small,
        sub("office", "GET", f"{ROOT}/query?q=SELECT Id FROM Office__c"),
        sub("sli", "POST", f"{ROOT}/sobjects/{SLI}", {"Office__c": "@{office.records[0].Id}"}),
        sub("read", "GET", f"{ROOT}/sobjects/{SLI}/@{{sli.id}}?fields=Office__c"),
    )
    assert [answer["httpStatusCode"] for answer in answers] == [200, 201, 200]
    assert answers[2]["body"]["Office__c"] == small.office


def test_a_reference_to_what_failed_fails_that_subrequest_alone() -> None:
    failed, dependent, other = composite(
        SmallOrg(),
        sub("sli", "POST", f"{ROOT}/sobjects/{SLI}", {"Nonsense__c": 1}),
        sub("read", "GET", f"{ROOT}/sobjects/{SLI}/@{{sli.id}}"),
        sub("other", "GET", f"{ROOT}/limits"),
    )
    assert failed["httpStatusCode"] == 400
    assert dependent["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert other["httpStatusCode"] == 200


def test_all_or_none_undoes_everything() -> None:
    small = SmallOrg()
    requests = (
        sub("one", "POST", f"{ROOT}/sobjects/{NOTICE}", {"Key__c": "k"}),
        sub("seen", "GET", COUNT),
        sub("two", "POST", f"{ROOT}/sobjects/{NOTICE}", {"Key__c": "k"}),
    )
    halted, read, failed = composite(small, *requests, allOrNone=True)
    assert failed["body"][0]["errorCode"] == "DUPLICATE_VALUE"
    assert [answer["body"][0]["errorCode"] for answer in (halted, read)] == ["PROCESSING_HALTED"] * 2
    assert keys(small) == []
    composite(small, *requests)
    assert keys(small) == ["k"]


@pytest.mark.parametrize(
    ("requests", "code"),
    [
        ([sub(f"r{n}", "GET", f"{ROOT}/limits") for n in range(26)], "LIMIT_EXCEEDED"),
        ([sub(f"r{n}", "GET", COUNT) for n in range(6)], "LIMIT_EXCEEDED"),
        ([sub("same", "GET", f"{ROOT}/limits")] * 2, "INVALID_INPUT"),
        ([{"method": "GET"}], "JSON_PARSER_ERROR"),
        ("nonsense", "JSON_PARSER_ERROR"),
    ],
)
def test_an_unsound_composite_is_refused_as_a_whole(requests: Any, code: str) -> None:
    assert code_of(SmallOrg().call("POST", "/composite", {"compositeRequest": requests})) == (400, code)


def test_25_subrequests_with_5_queries_are_allowed() -> None:
    requests = [sub(f"q{n}", "GET", COUNT) for n in range(5)]
    requests += [sub(f"l{n}", "GET", f"{ROOT}/limits") for n in range(20)]
    assert {answer["httpStatusCode"] for answer in composite(SmallOrg(), *requests)} == {200}


def test_a_composite_within_a_composite_is_refused() -> None:
    (answer,) = composite(SmallOrg(), sub("in", "POST", f"{ROOT}/composite", {"compositeRequest": []}))
    assert answer["httpStatusCode"] == 400


def test_a_page_of_a_query_can_be_read_within_a_composite() -> None:
    small = SmallOrg()
    for number in range(201):
        small.org.insert(NOTICE, {"Key__c": f"k{number}"}, at=NOW, by=small.agent)
    first = sub("first", "GET", f"{ROOT}/query?q=SELECT Id FROM {NOTICE}")
    (page,) = composite(small, {**first, "httpHeaders": {"Sforce-Query-Options": "batchSize=200"}})
    (rest,) = composite(small, sub("rest", "GET", page["body"]["nextRecordsUrl"]))
    assert (rest["body"]["done"], len(rest["body"]["records"])) == (True, 1)


def test_rows_are_created_in_order_and_failed_ones_carry_no_id() -> None:
    small = SmallOrg()
    records = [notice("a"), notice(None), notice("b"), {"attributes": {"type": "Nonsense__c"}}, {}]
    response = small.call("POST", "/composite/sobjects", {"records": records})
    outcomes = body(response)
    assert response.status == 200
    assert codes(outcomes) == [None, "REQUIRED_FIELD_MISSING", None, "INVALID_TYPE", "INVALID_TYPE"]
    assert [("id" in outcome) for outcome in outcomes] == [True, False, True, False, False]
    assert outcomes[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Key__c]",
                "fields": ["Key__c"],
            }
        ],
    }
    assert keys(small) == ["a", "b"]


def test_updates_answer_200_even_when_every_row_fails() -> None:
    small = SmallOrg()
    records = [{"attributes": {"type": SLI}, "id": ids.make("a01", 999), "Name": "x"}, notice("k")]
    response = small.call("PATCH", "/composite/sobjects", {"allOrNone": False, "records": records})
    assert response.status == 200
    assert codes(body(response)) == ["INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT"]


def test_all_or_none_rolls_back_the_rows_that_were_good() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    records = [
        {"attributes": {"type": SLI}, "Id": record_id, "Client_Status__c": "Red"},
        {"attributes": {"type": SLI}, "Id": record_id, "Nonsense__c": 1},
    ]
    response = small.call("PATCH", "/composite/sobjects", {"allOrNone": True, "records": records})
    assert codes(body(response)) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"]
    (row,) = small.org.rows(SLI, NOW)
    assert row["Client_Status__c"] is None
    assert len(list(small.org.rows("Service_Level_Intervention__History", NOW))) == 1


def test_an_upsert_tells_new_rows_from_known_ones() -> None:
    small = SmallOrg()
    small.org.insert(NOTICE, {"Key__c": "known"}, at=NOW, by=small.agent)
    payload = {"records": [notice("known", Rule__c="x"), notice("new"), notice(None)]}
    outcomes = body(small.call("PATCH", f"/composite/sobjects/{NOTICE}/Key__c", payload))
    assert [outcome.get("created") for outcome in outcomes] == [False, True, None]
    assert codes(outcomes) == [None, None, "MISSING_ARGUMENT"]


def test_a_key_twice_in_one_upsert_fails_both() -> None:
    small = SmallOrg()
    payload = {"records": [notice("twice"), notice("once"), notice("twice")]}
    outcomes = body(small.call("PATCH", f"/composite/sobjects/{NOTICE}/Key__c", payload))
    assert codes(outcomes) == ["DUPLICATE_VALUE", None, "DUPLICATE_VALUE"]
    assert keys(small) == ["once"]


def test_rows_are_deleted_by_id() -> None:
    small = SmallOrg()
    first, second = (small.org.insert(NOTICE, {"Key__c": k}, at=NOW, by=small.agent) for k in "ab")
    params = {"ids": f"{first},{ids.make('a05', 999)}", "allOrNone": "true"}
    outcomes = body(small.call("DELETE", "/composite/sobjects", params=params))
    assert codes(outcomes) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_CROSS_REFERENCE_KEY"]
    assert keys(small) == ["a", "b"]
    body(small.call("DELETE", "/composite/sobjects", params={"ids": f"{first},{second}"}))
    assert keys(small) == []


def test_rows_are_read_by_id_with_null_for_those_not_found() -> None:
    small = SmallOrg()
    wanted = [small.office, ids.make("a02", 999)]
    path = "/composite/sobjects/Office__c"
    got = body(small.call("GET", path, params={"ids": ",".join(wanted), "fields": "Id,Name"}))
    assert [row and row["Name"] for row in got] == ["Reno", None]
    assert body(small.call("POST", path, {"ids": wanted, "fields": ["Id", "Name"]})) == got


def test_more_than_200_rows_are_refused() -> None:
    small = SmallOrg()
    payload = {"records": [notice(str(number)) for number in range(201)]}
    assert code_of(small.call("POST", "/composite/sobjects", payload)) == (400, "EXCEEDED_ID_LIMIT")
    payload["records"].pop()
    assert all(outcome["success"] for outcome in body(small.call("POST", "/composite/sobjects", payload)))


def test_a_body_without_records_is_a_parser_error() -> None:
    assert code_of(SmallOrg().call("POST", "/composite/sobjects", {})) == (400, "JSON_PARSER_ERROR")
