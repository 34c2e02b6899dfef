"""`/sobjects`: rows created, read, changed, upserted and deleted; describe; the front door's manners."""

from __future__ import annotations

from typing import Any

import pytest

from agent.sandbox import ids
from tests.sandbox.small_org import NOTICE, NOW, SLI, SmallOrg, body, code_of


def test_create_answers_201_with_the_id_and_its_place() -> None:
    small = SmallOrg()
    payload = {"Key__c": "k", "Due__c": "2026-11-21T19:01:00.000+0000", "Told__c": "😀\nline two"}
    response = small.call("POST", f"/sobjects/{NOTICE}", payload)
    record_id = body(response)["id"]
    assert body(response) == {"id": record_id, "success": True, "errors": []}
    assert response.status == 201
    assert response.headers["Location"] == f"/services/data/v65.0/sobjects/{NOTICE}/{record_id}"
    shown = body(small.call("GET", f"/sobjects/{NOTICE}/{record_id}?".rstrip("?")))
    assert (shown["Due__c"], shown["Told__c"]) == ("2026-11-21T19:01:00.000+0000", "😀\nline two")
    assert (shown["CreatedById"], shown["CreatedDate"]) == (small.agent, "2026-11-20T17:00:30.000+0000")


def test_get_shows_the_fields_asked_for_by_id_of_either_length() -> None:
    small = SmallOrg()
    for record_id in (small.office, small.office[:15]):
        response = small.call(
            "GET", f"/sobjects/office__c/{record_id}", params={"fields": "name,Time_Zone__c"}
        )
        shown = body(response)
        assert shown.pop("attributes")["type"] == "Office__c"
        assert shown == {"Name": "Reno", "Time_Zone__c": None}


def test_update_answers_204_and_moves_the_row() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    small.later(minutes=1)
    response = small.call("PATCH", f"/sobjects/{SLI}/{record_id}", {"Client_Status__c": "Red"})
    assert (response.status, response.body) == (204, b"")
    (row,) = small.org.rows(SLI, small.now)
    assert (row["Client_Status__c"], row["LastModifiedById"]) == ("Red", small.agent)


def test_null_and_the_empty_string_both_clear_a_field() -> None:
    small = SmallOrg()
    record_id = small.intervention(Client_Status__c="Red", Referral_Status__c="Red")
    payload = {"Client_Status__c": None, "Referral_Status__c": ""}
    assert small.call("PATCH", f"/sobjects/{SLI}/{record_id}", payload).status == 204
    (row,) = small.org.rows(SLI, small.now)
    assert (row["Client_Status__c"], row["Referral_Status__c"]) == (None, None)


def test_delete_puts_the_row_into_the_recycle_bin() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    assert small.call("DELETE", f"/sobjects/{SLI}/{record_id}").status == 204
    assert code_of(small.call("GET", f"/sobjects/{SLI}/{record_id}")) == (404, "ENTITY_IS_DELETED")
    assert code_of(small.call("PATCH", f"/sobjects/{SLI}/{record_id}", {})) == (404, "ENTITY_IS_DELETED")


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("GET", "NOT_FOUND"),
        ("PATCH", "INVALID_CROSS_REFERENCE_KEY"),
        ("DELETE", "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_an_unknown_id_is_a_404(method: str, code: str) -> None:
    path = f"/sobjects/{SLI}/{ids.make('a01', 999)}"
    assert code_of(SmallOrg().call(method, path, {} if method == "PATCH" else None)) == (404, code)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"Nonsense__c": 1}, "INVALID_FIELD"),
        ({"Client_Plan_Due__c": "tomorrow"}, "JSON_PARSER_ERROR"),
        ({"Client_Plan_Due__c": "2026-11-21T19:01:00"}, "JSON_PARSER_ERROR"),
        ({"Incident_Date__c": 5}, "JSON_PARSER_ERROR"),
        ({"Client_Handling_Score__c": "many"}, "JSON_PARSER_ERROR"),
        ({"Name": ["a"]}, "JSON_PARSER_ERROR"),
        ({"CreatedDate": "2026-11-21T19:01:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"SLI_Number__c": "SLI-1"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "x" * 81}, "STRING_TOO_LONG"),
        ({"Office__c": "nonsense"}, "MALFORMED_ID"),
        ({"Office__c": ids.make("a02", 999)}, "INVALID_CROSS_REFERENCE_KEY"),
        (b"{not json", "JSON_PARSER_ERROR"),
        (["not an object"], "JSON_PARSER_ERROR"),
    ],
)
def test_a_bad_save_is_a_400_that_changes_nothing(payload: Any, code: str) -> None:
    small = SmallOrg()
    record_id = small.intervention()
    before = dict(next(small.org.rows(SLI, NOW)))
    small.later(minutes=1)
    assert code_of(small.call("PATCH", f"/sobjects/{SLI}/{record_id}", payload)) == (400, code)
    assert dict(next(small.org.rows(SLI, small.now))) == before


def test_a_refused_save_names_its_fields() -> None:
    small = SmallOrg()
    error = body(small.call("POST", "/sobjects/Account", {}))[0]
    assert (error["errorCode"], error["fields"]) == ("REQUIRED_FIELD_MISSING", ["Name"])


def test_upsert_creates_then_updates_even_under_a_key_with_slashes() -> None:
    small = SmallOrg()
    path = f"/sobjects/{NOTICE}/Key__c/00D|a01/plan?"
    first = small.call("PATCH", path, {"Rule__c": "plan_24h"})
    second = small.call("PATCH", path, {"Rule__c": "changed"})
    assert (first.status, body(first)["created"]) == (201, True)
    assert (second.status, body(second)["created"]) == (200, False)
    assert body(first)["id"] == body(second)["id"]
    shown = body(small.call("GET", path))
    assert (shown["Key__c"], shown["Rule__c"]) == ("00D|a01/plan?", "changed")
    assert small.call("DELETE", path).status == 204
    assert code_of(small.call("GET", path)) == (404, "NOT_FOUND")


def test_a_create_under_a_taken_key_is_a_duplicate_value() -> None:
    small = SmallOrg()
    small.call("POST", f"/sobjects/{NOTICE}", {"Key__c": "k"})
    assert code_of(small.call("POST", f"/sobjects/{NOTICE}", {"Key__c": "k"})) == (400, "DUPLICATE_VALUE")


def test_an_upsert_by_something_else_than_an_external_id_is_not_found() -> None:
    assert code_of(SmallOrg().call("PATCH", f"/sobjects/{NOTICE}/Rule__c/x", {})) == (404, "NOT_FOUND")


def test_the_key_of_an_upsert_stands_in_the_path_only() -> None:
    response = SmallOrg().call("PATCH", f"/sobjects/{NOTICE}/Key__c/k", {"key__c": "k"})
    assert code_of(response) == (400, "INVALID_FIELD")


def test_an_upsert_beside_an_uncommitted_one_is_a_duplicate_value() -> None:
    small = SmallOrg()
    late = {"at": NOW, "commit_at": NOW.replace(minute=9)}
    small.org.insert(NOTICE, {"Key__c": "k"}, by=small.colleague, **late)
    assert code_of(small.call("PATCH", f"/sobjects/{NOTICE}/Key__c/k", {})) == (400, "DUPLICATE_VALUE")


def test_a_row_held_by_an_uncommitted_save_is_locked() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    small.org.update(record_id, {}, at=NOW, by=small.colleague, commit_at=NOW.replace(minute=9))
    response = small.call("PATCH", f"/sobjects/{SLI}/{record_id}", {"Client_Status__c": "Red"})
    assert code_of(response) == (400, "UNABLE_TO_LOCK_ROW")


def test_if_unmodified_since_guards_against_a_lost_update() -> None:
    small = SmallOrg()
    path = f"/sobjects/{SLI}/{small.intervention()}"

    def patched(since: str) -> int:
        return small.call("PATCH", path, {"Name": "B"}, headers={"if-unmodified-since": since}).status

    assert patched("Fri, 20 Nov 2026 17:00:29 GMT") == 412
    assert patched("Fri, 20 Nov 2026 17:00:30 GMT") == 204


def test_a_post_and_a_comment_are_made_as_rows_too() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    item = body(small.call("POST", "/sobjects/FeedItem", {"ParentId": record_id, "Body": "Called"}))["id"]
    small.call("POST", "/sobjects/FeedComment", {"FeedItemId": item, "CommentBody": "Thanks"})
    (record,) = small.query("SELECT Body, CommentCount FROM Service_Level_Intervention__Feed")["records"]
    assert (record["Body"], record["CommentCount"]) == ("Called", 1)


def test_chatter_takes_text_and_mentions() -> None:
    small = SmallOrg()
    segments = [{"type": "Text", "text": "Call "}, {"type": "Mention", "id": small.colleague}]
    payload = {
        "body": {"messageSegments": segments},
        "feedElementType": "FeedItem",
        "subjectId": small.intervention(),
    }
    response = small.call("POST", "/chatter/feed-elements", payload)
    assert response.status == 201
    (record,) = small.query("SELECT Id, Body FROM Service_Level_Intervention__Feed")["records"]
    assert (record["Id"], record["Body"]) == (body(response)["id"], "Call @Colleague Example")
    payload["body"] = {"messageSegments": segments[1:] * 26}
    assert code_of(small.call("POST", "/chatter/feed-elements", payload)) == (400, "LIMIT_EXCEEDED")


def test_describe_tells_what_clients_rely_on() -> None:
    described = body(SmallOrg().call("GET", f"/sobjects/{SLI.lower()}/describe"))
    assert (described["name"], described["keyPrefix"], described["feedEnabled"]) == (SLI, "a01", True)
    fields = {field["name"]: field for field in described["fields"]}
    office = fields["Office__c"]
    assert (office["type"], office["referenceTo"], office["relationshipName"]) == (
        "reference",
        ["Office__c"],
        "Office__r",
    )
    status = fields["Referral_Status__c"]
    assert [value["value"] for value in status["picklistValues"]] == ["Green", "Orange", "Red", "N/A"]
    assert fields["Description__c"]["filterable"] is False
    assert fields["SLI_Number__c"]["autoNumber"] is True
    assert fields["SystemModstamp"]["updateable"] is False
    feeds = next(c for c in described["childRelationships"] if c["relationshipName"] == "Feeds")
    assert (feeds["childSObject"], feeds["field"]) == ("Service_Level_Intervention__Feed", "ParentId")
    key = {f["name"]: f for f in body(SmallOrg().call("GET", f"/sobjects/{NOTICE}/describe"))["fields"]}[
        "Key__c"
    ]
    assert (key["unique"], key["externalId"], key["nillable"]) == (True, True, False)


def test_the_global_describe_lists_every_object() -> None:
    small = SmallOrg()
    listed = body(small.call("GET", "/sobjects"))["sobjects"]
    assert [entry["name"] for entry in listed] == sorted(small.org.schemas)


def test_versions_and_resources_are_listed() -> None:
    small = SmallOrg()
    versions = body(small.send("GET", "/services/data/"))
    assert {"label": "Version 65.0", "url": "/services/data/v65.0", "version": "65.0"} in versions
    assert body(small.call("GET", ""))["query"] == "/services/data/v65.0/query"


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/nonsense", (404, "NOT_FOUND")),
        ("GET", "/sobjects/Nonsense__c/describe", (404, "NOT_FOUND")),
        ("PUT", "/query", (405, "METHOD_NOT_ALLOWED")),
        ("POST", "/limits", (405, "METHOD_NOT_ALLOWED")),
    ],
)
def test_a_wrong_address_or_verb_is_told(method: str, path: str, refusal: tuple[int, str]) -> None:
    assert code_of(SmallOrg().call(method, path)) == refusal


def test_versions_before_20_are_gone() -> None:
    small = SmallOrg()
    headers = {"authorization": f"Bearer {small.token}"}
    assert small.send("GET", "/services/data/v20.0/limits", headers=headers).status == 200
    assert code_of(small.send("GET", "/services/data/v19.0/limits", headers=headers)) == (404, "NOT_FOUND")


def test_a_url_beyond_16_kb_is_a_431_as_html() -> None:
    response = SmallOrg().call("GET", "/query", params={"q": "x" * 16_500})
    assert (response.status, response.headers["Content-Type"]) == (431, "text/html")


def test_every_data_answer_tells_the_usage_and_the_orgs_time() -> None:
    small = SmallOrg(daily_limit=15_000)
    small.call("GET", "/limits")
    for response in (small.call("GET", "/limits"), small.call("GET", "/nonsense")):
        assert response.headers["Date"] == "Fri, 20 Nov 2026 17:00:30 GMT"
    assert response.headers["Sforce-Limit-Info"] == "api-usage=3/15000"


def test_calls_count_for_24_hours_and_the_limit_refuses_more() -> None:
    small = SmallOrg(daily_limit=2, session_seconds=10**6)
    assert [small.call("GET", "/limits").status for _ in range(3)] == [200, 200, 403]
    refusal = body(small.call("GET", "/limits"))
    assert refusal == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    small.later(hours=24)
    assert body(small.call("GET", "/limits"))["DailyApiRequests"] == {"Max": 2, "Remaining": 1}
