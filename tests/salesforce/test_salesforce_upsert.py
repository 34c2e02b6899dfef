"""Rows of ours named by external id: created or changed, and parents named the same way."""

from __future__ import annotations

from typing import Any

import pytest

from agent.errors import Forbidden, Gone, Rejected, Unreachable
from agent.sandbox.faults import Fault

SCORE, LINE = "CSM_Quality_Score__c", "CSM_Touch_Point__c"


def test_the_first_time_creates_and_the_second_changes_the_same_row(world: Any) -> None:
    org = world.door()
    first = org.upsert(SCORE, "Key__c", [{"Key__c": "QS:1", "Score__c": 50}])[0]
    second = org.upsert(SCORE, "Key__c", [{"Key__c": "QS:1", "Score__c": 60}])[0]
    assert (first.success, first.created, second.success, second.created) == (True, True, True, False)
    assert first.id == second.id != ""
    rows = org.query(f"SELECT Id, Score__c FROM {SCORE}").records
    assert [(row["Id"], row["Score__c"]) for row in rows] == [(first.id, 60)]


def test_a_parent_is_named_by_its_own_key_and_read_back_through_the_relationship(world: Any) -> None:
    org = world.door()
    parent = org.upsert(SCORE, "Key__c", [{"Key__c": "QS:1"}])[0]
    line = {"Key__c": "TP:1", "Quality_Score__r": {"Key__c": "QS:1"}}
    assert org.upsert(LINE, "Key__c", [line])[0].success
    [row] = org.query(f"SELECT Quality_Score__c, Quality_Score__r.Key__c FROM {LINE}").records
    assert (row["Quality_Score__c"], row["Quality_Score__r"]["Key__c"]) == (parent.id, "QS:1")


def test_each_row_answers_for_itself_in_the_order_of_the_request(world: Any) -> None:
    rows = [
        {"Key__c": "TP:1", "Quality_Score__r": {"Key__c": "QS:nobody"}},
        {"Key__c": "TP:2"},
        {"Key__c": "TP:3"},
        {"Key__c": "TP:3"},
    ]
    orphan, fine, *twice = world.door().upsert(LINE, "Key__c", rows)
    assert isinstance(orphan.error, Forbidden)
    assert "external ID" in orphan.error.message
    assert (orphan.id, fine.success) == ("", True)
    assert [result.error.code for result in twice] == ["DUPLICATE_VALUE"] * 2


def test_a_field_that_is_no_external_id_names_no_row(world: Any) -> None:
    with pytest.raises(Gone, match="PATCH CSM_Quality_Score__c: NOT_FOUND"):
        world.door().upsert(SCORE, "Month__c", [{"Month__c": "2026-03"}])


def test_no_rows_need_no_call_and_201_are_refused(world: Any) -> None:
    org = world.door()
    assert org.upsert(SCORE, "Key__c", []) == []
    with pytest.raises(Rejected, match="200 records in a call, not 201"):
        org.upsert(SCORE, "Key__c", [{"Key__c": f"QS:{number}"} for number in range(201)])
    assert org.calls == 0


def test_a_lost_answer_is_not_sent_again_by_itself_and_sending_it_again_does_no_harm(world: Any) -> None:
    org = world.door()
    org.sign_in()
    world.sandbox.faults.add(Fault.lost_answer())
    with pytest.raises(Unreachable):
        org.upsert(SCORE, "Key__c", [{"Key__c": "QS:1"}])
    assert (org.calls, world.waits) == (1, [])
    again = org.upsert(SCORE, "Key__c", [{"Key__c": "QS:1"}])[0]
    assert (again.success, again.created) == (True, False)
    assert org.query(f"SELECT Id FROM {SCORE}").total == 1
