"""Lookups that are given by the parent's external id instead of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.small_org import NOTICE, NOW, SmallOrg, body, code_of

SCORE, POINT = "CSM_Quality_Score__c", "CSM_Touch_Point__c"
PATH = f"/composite/sobjects/{POINT}/Key__c"


def point(key: str, parent: Any, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": POINT}, "Key__c": key, "Quality_Score__r": parent, **values}


def org_with_score() -> tuple[SmallOrg, str]:
    small = SmallOrg()
    score = small.org.insert(SCORE, {"Key__c": "QS:E-0042:2026-10"}, at=NOW, by=small.agent)
    return small, score


def upsert(small: SmallOrg, *records: dict[str, Any]) -> list[dict[str, Any]]:
    response = small.call("PATCH", PATH, {"records": list(records)})
    assert response.status == 200, response.body
    return list(body(response))


def scores_of(small: SmallOrg) -> dict[str, str | None]:
    return {row["Key__c"]: row["Quality_Score__c"] for row in small.org.rows(POINT, small.now)}


@pytest.mark.parametrize(
    "parent",
    [
        {"Key__c": "QS:E-0042:2026-10"},
        {"attributes": {"type": SCORE}, "key__C": "QS:E-0042:2026-10"},
    ],
)
def test_an_upsert_points_a_lookup_to_the_row_with_that_key(parent: dict[str, Any]) -> None:
    small, score = org_with_score()
    [outcome] = upsert(small, point("TP:1", parent))
    assert (outcome["success"], outcome["created"]) == (True, True)
    assert scores_of(small) == {"TP:1": score}


def test_a_known_row_is_moved_to_another_parent_and_to_none() -> None:
    small, _ = org_with_score()
    other = small.org.insert(SCORE, {"Key__c": "QS:E-0042:2026-11"}, at=NOW, by=small.agent)
    upsert(small, point("TP:1", {"Key__c": "QS:E-0042:2026-10"}))
    upsert(small, point("TP:1", {"Key__c": "QS:E-0042:2026-11"}))
    assert scores_of(small) == {"TP:1": other}
    upsert(small, {"attributes": {"type": POINT}, "Key__c": "TP:1", "Quality_Score__c": None})
    assert scores_of(small) == {"TP:1": None}


def test_a_parent_may_be_upserted_in_the_call_before() -> None:
    small = SmallOrg()
    payload = {"records": [{"attributes": {"type": SCORE}, "Key__c": "QS:new"}]}
    [parent] = body(small.call("PATCH", f"/composite/sobjects/{SCORE}/Key__c", payload))
    upsert(small, point("TP:1", {"Key__c": "QS:new"}))
    assert scores_of(small) == {"TP:1": parent["id"]}


def test_an_unknown_key_fails_that_row_alone() -> None:
    small, score = org_with_score()
    bad, good = upsert(
        small, point("TP:1", {"Key__c": "QS:E-0042:2020-01"}), point("TP:2", {"Key__c": "QS:E-0042:2026-10"})
    )
    assert bad == {
        "success": False,
        "errors": [
            {
                "statusCode": "INVALID_FIELD",
                "message": "Foreign key external ID: qs:e-0042:2020-01 not found for field Key__c "
                "in entity CSM_Quality_Score__c",
                "fields": [],
            }
        ],
    }
    assert good["success"]
    assert scores_of(small) == {"TP:2": score}


@pytest.mark.parametrize(
    ("parent", "code", "why"),
    [
        ({"Name": "QS:E-0042:2026-10"}, "INVALID_FIELD", "Name is not an External ID"),
        ({"Nonsense__c": "x"}, "INVALID_FIELD", "Nonsense__c is not an External ID"),
        ({}, "INVALID_FIELD", "Exactly one field"),
        ({"Key__c": "QS:E-0042:2026-10", "Name": "x"}, "INVALID_FIELD", "Exactly one field"),
        ({"attributes": {"type": NOTICE}, "Key__c": "notice"}, "INVALID_FIELD", f"names one of {SCORE}"),
        ({"Key__c": None}, "INVALID_FIELD", "external ID: null not found"),
        ({"Key__c": {"deeper": 1}}, "JSON_PARSER_ERROR", "Cannot deserialize"),
    ],
)
def test_what_names_no_parent_is_refused(parent: dict[str, Any], code: str, why: str) -> None:
    small, _ = org_with_score()
    small.org.insert(NOTICE, {"Key__c": "notice"}, at=NOW, by=small.agent)
    [outcome] = upsert(small, point("TP:1", parent))
    [error] = outcome["errors"]
    assert error["statusCode"] == code
    assert why in error["message"]
    assert scores_of(small) == {}


def test_a_lookup_to_several_objects_asks_which_one() -> None:
    small, _ = org_with_score()
    refused = small.call("POST", "/sobjects/Task", {"Status": "Not Started", "What": {"Key__c": "x"}})
    assert code_of(refused) == (400, "INVALID_FIELD")
    assert "attributes.type" in body(refused)[0]["message"]


def test_create_and_update_of_one_row_take_keys_as_well() -> None:
    small, score = org_with_score()
    parent = {"Quality_Score__r": {"Key__c": "QS:E-0042:2026-10"}}
    made = small.call("POST", f"/sobjects/{POINT}", {"Key__c": "TP:1", **parent})
    assert made.status == 201
    small.call("POST", f"/sobjects/{POINT}", {"Key__c": "TP:2"})
    assert small.call("PATCH", f"/sobjects/{POINT}/Key__c/TP:2", parent).status == 200
    assert scores_of(small) == {"TP:1": score, "TP:2": score}


def test_an_upsert_may_give_the_row_to_an_owner() -> None:
    small, _ = org_with_score()
    upsert(small, point("TP:1", {"Key__c": "QS:E-0042:2026-10"}, OwnerId=small.colleague))
    [row] = small.org.rows(POINT, small.now)
    assert (row["OwnerId"], row["CreatedById"]) == (small.colleague, small.agent)
