"""Saves: stamps, history, feed, uniqueness, commits that come late, deletion."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sandbox import ids
from agent.sandbox.errors import SalesforceError
from agent.sandbox.faults import Fault
from tests.sandbox.small_org import NOTICE, NOW, SLI, SmallOrg

HISTORY = "Service_Level_Intervention__History"
FEED = "Service_Level_Intervention__Feed"


def rows(small: SmallOrg, name: str, **where: Any) -> list[Any]:
    return [
        row
        for row in small.org.rows(name, small.now)
        if all(row[key] == value for key, value in where.items())
    ]


def test_a_new_record_has_its_system_fields_filled_in() -> None:
    small = SmallOrg()
    at = NOW.replace(microsecond=987_654)
    record_id = small.org.insert(SLI, {"Name": "A - Late"}, at=at, by=small.colleague)
    small.now = at
    (row,) = rows(small, SLI)
    # A checkbox is never empty.
    boxes = {name for name, field in small.org.schemas[SLI].fields.items() if field.type == "boolean"}
    assert {name: row[name] for name in boxes - {"IsDeleted"}} == dict.fromkeys(boxes - {"IsDeleted"}, False)
    assert {name: value for name, value in row.items() if name not in boxes - {"IsDeleted"}} == {
        "Id": record_id,
        "Name": "A - Late",
        "SLI_Number__c": "SLI-00001",
        "OwnerId": small.colleague,
        "IsDeleted": False,
        "CreatedDate": NOW,
        "CreatedById": small.colleague,
        "LastModifiedDate": NOW,
        "LastModifiedById": small.colleague,
        "SystemModstamp": NOW,
    }
    assert ids.is_valid(record_id)
    assert record_id.startswith(small.org.schemas[SLI].key_prefix)


def test_auto_numbers_count_up() -> None:
    small = SmallOrg()
    for _ in range(2):
        small.intervention()
    assert [row["SLI_Number__c"] for row in rows(small, SLI)] == ["SLI-00001", "SLI-00002"]


def test_the_same_saves_make_the_same_org() -> None:
    def build() -> list[dict[str, Any]]:
        small = SmallOrg()
        record_id = small.intervention(Client_Status__c="Red")
        small.org.post(record_id, "hello", at=NOW, by=small.colleague)
        return [dict(row) for name in small.org.schemas for row in rows(small, name)]

    assert build() == build()


def test_another_first_serial_gives_other_ids() -> None:
    assert SmallOrg(first_serial=1000).intervention() != SmallOrg().intervention()


def test_a_save_moves_the_stamps_even_when_nothing_changed() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    small.later(minutes=5)
    small.org.update(record_id, {"Name": "A - Late"}, at=small.now, by=small.agent)
    (row,) = rows(small, SLI)
    assert (row["SystemModstamp"], row["LastModifiedDate"], row["LastModifiedById"]) == (
        small.now,
        small.now,
        small.agent,
    )
    assert row["CreatedDate"] == NOW


def test_a_formula_changes_without_moving_the_stamp() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    small.later(minutes=5)
    small.org.set_formula(record_id, "Client_Handling_Score__c", 88.5)
    (row,) = rows(small, SLI)
    assert (row["Client_Handling_Score__c"], row["SystemModstamp"]) == (88.5, NOW)


def test_tracked_changes_are_logged_and_untracked_ones_are_not() -> None:
    small = SmallOrg()
    record_id = small.intervention(Incident_Date__c=date(2026, 11, 1), Client_Status__c="Yellow")
    small.later(minutes=5)
    changed = {
        "Client_Status__c": "Green",
        "Incident_Date__c": date(2026, 11, 2),
        "Description__c": "not tracked",
    }
    small.org.update(record_id, changed, at=small.now, by=small.agent)
    logged = [
        (
            row["Field"],
            row["DataType"],
            row["OldValue"],
            row["NewValue"],
            row["CreatedById"],
            row["CreatedDate"],
        )
        for row in rows(small, HISTORY, ParentId=record_id)
    ]
    assert logged == [
        ("created", "Text", None, None, small.colleague, NOW),
        ("Incident_Date__c", "DateOnly", "2026-11-01", "2026-11-02", small.agent, small.now),
        ("Client_Status__c", "DynamicEnum", "Yellow", "Green", small.agent, small.now),
    ]


def test_a_changed_lookup_is_logged_twice_with_ids_and_with_names() -> None:
    small = SmallOrg()
    given = {"Name": "A", "CSM__c": small.colleague}
    client = small.org.insert("Client__c", given, at=NOW, by=small.colleague)
    small.later(days=9)
    small.org.update(client, {"CSM__c": small.agent, "Name": "B"}, at=small.now, by=small.colleague)
    small.org.update(client, {"CSM__c": None}, at=small.now, by=small.colleague)
    logged = [
        (row["Field"], row["DataType"], row["OldValue"], row["NewValue"])
        for row in rows(small, "Client__History", ParentId=client)
    ]
    assert logged == [
        ("created", "Text", None, None),
        ("CSM__c", "EntityId", small.colleague, small.agent),
        ("CSM__c", "Text", "Colleague Example", "Agent Example"),
        ("CSM__c", "EntityId", small.agent, None),
        ("CSM__c", "Text", "Agent Example", None),
    ]


def test_the_history_of_one_object_moves_no_id_in_that_of_another() -> None:
    alone, beside = SmallOrg(), SmallOrg()
    beside.org.insert("Client__c", {"Name": "A"}, at=NOW, by=beside.colleague)
    for small in (alone, beside):
        small.intervention()
    assert rows(alone, HISTORY) == rows(beside, HISTORY)
    ids_of_both = {row["Id"] for name in (HISTORY, "Client__History") for row in rows(beside, name)}
    assert len(ids_of_both) == 2
    assert {record_id[:3] for record_id in ids_of_both} == {"017"}


def test_a_long_text_is_logged_without_its_values() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    small.org.update(record_id, {"Client_Intervention_Plan__c": "<p>Call</p>"}, at=NOW, by=small.agent)
    (row,) = rows(small, HISTORY, Field="Client_Intervention_Plan__c")
    assert (row["OldValue"], row["NewValue"]) == (None, None)


def test_a_tracked_change_makes_one_feed_item_without_a_body() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    both = {"Client_Status__c": "Red", "Referral_Status__c": "Red"}
    small.org.update(record_id, both, at=NOW, by=small.agent)
    (item,) = rows(small, FEED, ParentId=record_id)
    assert (item["Type"], item["Body"], item["CreatedById"]) == ("TrackedChange", None, small.agent)


def test_a_post_stands_in_both_feeds_and_leaves_the_record_alone() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    small.later(minutes=5)
    item = small.org.post(record_id, "<b>Called</b>", at=small.now, by=small.colleague, rich=True)
    (row,) = rows(small, FEED)
    assert (row["Id"], row["Type"], row["Body"], row["IsRichText"]) == (
        item,
        "TextPost",
        "<b>Called</b>",
        True,
    )
    assert rows(small, "FeedItem") == [row]
    assert rows(small, SLI)[0]["SystemModstamp"] == NOW


def test_a_comment_moves_the_count_and_the_stamp_of_its_post() -> None:
    small = SmallOrg()
    item = small.org.post(small.intervention(), "Called", at=NOW, by=small.colleague)
    small.later(minutes=5)
    comment = small.org.comment(item, "Thanks", at=small.now, by=small.agent)
    for name in (FEED, "FeedItem"):
        (row,) = rows(small, name)
        assert (row["CommentCount"], row["SystemModstamp"], row["CreatedDate"]) == (1, small.now, NOW)
    (row,) = rows(small, "FeedComment")
    assert (row["FeedItemId"], row["CommentBody"]) == (item, "Thanks")
    small.org.delete(comment, at=small.now, by=small.agent)
    assert rows(small, FEED)[0]["CommentCount"] == 0


def test_an_object_without_feed_tracking_takes_no_post() -> None:
    small = SmallOrg()
    with pytest.raises(SalesforceError, match="feed tracking is off"):
        small.org.post(small.office, "hello", at=NOW, by=small.colleague)


def test_a_unique_value_belongs_to_one_record() -> None:
    small = SmallOrg()
    first = small.org.insert(NOTICE, {"Key__c": "k"}, at=NOW, by=small.agent)
    with pytest.raises(SalesforceError, match="DUPLICATE_VALUE") as refused:
        small.org.insert(NOTICE, {"Key__c": "k"}, at=NOW, by=small.agent)
    assert refused.value.message == (
        f"duplicate value found: Key__c duplicates value on record with id: {first[:15]}"
    )


def test_a_unique_value_is_taken_from_the_save_on_not_from_the_commit() -> None:
    small = SmallOrg()
    late = NOW + timedelta(minutes=5)
    small.org.insert(NOTICE, {"Key__c": "k"}, at=NOW, by=small.colleague, commit_at=late)
    with pytest.raises(SalesforceError, match="DUPLICATE_VALUE"):
        small.org.insert(NOTICE, {"Key__c": "k"}, at=NOW, by=small.agent)


def test_a_unique_value_is_free_again_once_its_record_changed_or_went() -> None:
    small = SmallOrg()
    first = small.org.insert(NOTICE, {"Key__c": "a"}, at=NOW, by=small.agent)
    small.org.update(first, {"Key__c": "b"}, at=NOW, by=small.agent)
    small.org.insert(NOTICE, {"Key__c": "a"}, at=NOW, by=small.agent)
    small.org.delete(first, at=NOW, by=small.agent)
    small.org.insert(NOTICE, {"Key__c": "b"}, at=NOW, by=small.agent)
    with pytest.raises(SalesforceError, match="DUPLICATE_VALUE"):
        small.org.undelete(first, at=NOW, by=small.agent)


def test_a_late_commit_keeps_the_stamp_of_its_save() -> None:
    small = SmallOrg()
    commit_at = NOW + timedelta(minutes=8)
    small.org.insert(SLI, {"Name": "A"}, at=NOW, by=small.colleague, commit_at=commit_at)
    small.now = commit_at - timedelta(seconds=1)
    assert rows(small, SLI) == []
    assert rows(small, HISTORY) == []
    assert small.org.covered_until(small.now) == NOW
    small.now = commit_at
    assert [row["SystemModstamp"] for row in rows(small, SLI)] == [NOW]
    assert len(rows(small, HISTORY)) == 1
    assert small.org.covered_until(small.now) == commit_at


def test_late_commits_hold_back_what_others_save_and_not_the_agents_own() -> None:
    small = SmallOrg()
    small.org.faults.add(Fault.late_commits(300))
    theirs = small.intervention()
    own = small.org.insert(SLI, {"Name": "B"}, at=NOW, by=small.agent)
    assert [row["Id"] for row in rows(small, SLI)] == [own]
    small.later(seconds=300)
    assert {row["Id"] for row in rows(small, SLI)} == {theirs, own}


def test_a_save_waits_for_the_one_that_holds_the_record() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    late = NOW + timedelta(minutes=5)
    small.org.update(record_id, {"Client_Status__c": "Red"}, at=NOW, by=small.colleague, commit_at=late)
    small.org.update(record_id, {"Referral_Status__c": "Red"}, at=NOW, by=small.colleague)
    small.now = late - timedelta(seconds=1)
    assert rows(small, SLI)[0]["Referral_Status__c"] is None
    small.now = late
    (row,) = rows(small, SLI)
    assert (row["Client_Status__c"], row["Referral_Status__c"]) == ("Red", "Red")


def test_what_a_view_has_found_stays_as_it_was() -> None:
    small = SmallOrg()
    record_id = small.intervention(Client_Status__c="Yellow")
    (found,) = rows(small, SLI)
    small.org.update(record_id, {"Client_Status__c": "Green"}, at=NOW, by=small.agent)
    assert rows(small, SLI)[0]["Client_Status__c"] == "Green"
    assert found["Client_Status__c"] == "Yellow"


def test_a_soft_delete_takes_the_feed_and_the_history_along_and_undelete_brings_them_back() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    item = small.org.post(record_id, "Called", at=NOW, by=small.colleague)
    small.org.comment(item, "Thanks", at=NOW, by=small.agent)
    small.later(minutes=5)
    small.org.delete(record_id, at=small.now, by=small.colleague)
    names = (SLI, FEED, "FeedItem", "FeedComment", HISTORY)
    assert [rows(small, name)[0]["IsDeleted"] for name in names] == [True] * 5
    assert rows(small, SLI)[0]["SystemModstamp"] == small.now
    with pytest.raises(SalesforceError, match="ENTITY_IS_DELETED"):
        small.org.update(record_id, {"Name": "B"}, at=small.now, by=small.agent)
    small.org.undelete(record_id, at=small.now, by=small.colleague)
    assert [rows(small, name)[0]["IsDeleted"] for name in names] == [False] * 5


def test_a_hard_delete_leaves_nothing_to_query() -> None:
    small = SmallOrg()
    record_id = small.intervention()
    small.org.post(record_id, "Called", at=NOW, by=small.colleague)
    small.org.delete(record_id, at=NOW, by=small.colleague, hard=True)
    assert [rows(small, name) for name in (SLI, FEED, "FeedItem", HISTORY)] == [[]] * 4
    with pytest.raises(SalesforceError, match="INVALID_CROSS_REFERENCE_KEY"):
        small.org.update(record_id, {"Name": "B"}, at=NOW, by=small.agent)


def test_the_recycle_bin_forgets_after_15_days() -> None:
    small = SmallOrg()
    small.org.delete(small.intervention(), at=NOW, by=small.colleague)
    small.now = NOW + timedelta(days=15)
    assert len(rows(small, SLI)) == 1
    small.later(seconds=1)
    assert rows(small, SLI) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Nonsense__c": 1}, "INVALID_FIELD"),
        ({"Name": "x" * 81}, "STRING_TOO_LONG"),
        ({"Office__c": "not an id"}, "MALFORMED_ID"),
        ({"Office__c": ids.make("a02", 999)}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Office__c": ids.make("005", 1)}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_bad_value_is_refused_with_salesforces_code(values: dict[str, Any], code: str) -> None:
    small = SmallOrg()
    with pytest.raises(SalesforceError) as refused:
        small.org.insert(SLI, values, at=NOW, by=small.colleague)
    assert refused.value.code == code


def test_all_missing_fields_are_named_at_once() -> None:
    small = SmallOrg()
    with pytest.raises(SalesforceError) as refused:
        small.org.insert("User", {"FirstName": "No"}, at=NOW, by=small.agent)
    assert refused.value.code == "REQUIRED_FIELD_MISSING"
    assert {"Username", "LastName"} <= set(refused.value.fields or ())


def test_a_restricted_picklist_takes_only_its_values() -> None:
    small = SmallOrg()
    with pytest.raises(SalesforceError) as refused:
        small.org.insert("Group", {"Name": "G", "Type": "Nonsense"}, at=NOW, by=small.agent)
    assert refused.value.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_text_is_kept_as_salesforce_keeps_it() -> None:
    small = SmallOrg()
    record_id = small.intervention(Name="  Ann\r\nBcc: x  ", Description__c=" a\nb ", Client_Status__c="")
    small.org.update(record_id, {"Office__c": small.office[:15]}, at=NOW, by=small.agent)
    (row,) = rows(small, SLI)
    assert (row["Name"], row["Description__c"], row["Client_Status__c"], row["Office__c"]) == (
        "Ann Bcc: x",
        "a\nb",
        None,
        small.office,
    )


STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(0, 90)), max_size=25)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(STEPS, st.integers(0, 60))
def test_the_index_by_stamp_gives_what_a_full_scan_gives(steps: list[tuple[int, int, int]], low: int) -> None:
    """Inserts, updates and deletions at any pace of commits, read by index and by scan."""
    small = SmallOrg()
    made: list[str] = []
    for minute, (what, delay, pick) in enumerate(steps):
        at = NOW + timedelta(minutes=minute)
        when = {"at": at, "by": small.colleague}
        if what < 2 or not made:
            commit_at = at + timedelta(minutes=delay)
            made.append(small.org.insert(NOTICE, {"Key__c": str(minute)}, commit_at=commit_at, **when))
        elif what == 2:
            small.org.update(made[pick % len(made)], {"Rule__c": "x"}, **when)
        else:
            small.org.delete(made.pop(pick % len(made)), **when, hard=bool(delay % 2))
        view = small.org.view(at)
        bound = NOW + timedelta(minutes=low)
        scanned = [r for r in view.rows(NOTICE, include_deleted=True) if r["SystemModstamp"] >= bound]
        indexed = list(view.rows_from(NOTICE, "SystemModstamp", bound, include_deleted=True) or ())
        assert indexed == sorted(scanned, key=lambda row: (row["SystemModstamp"], row["Id"]))


def stamps_by_index(small: SmallOrg) -> list[datetime]:
    found = small.org.view(small.now).rows_from(NOTICE, "SystemModstamp", NOW, include_deleted=False)
    return [row["SystemModstamp"] for row in found or ()]


def test_the_index_keeps_its_order_when_an_older_stamp_commits_after_a_younger_one() -> None:
    small = SmallOrg()
    assert stamps_by_index(small) == []
    late = NOW + timedelta(minutes=9)
    small.org.insert(NOTICE, {"Key__c": "late"}, at=NOW, by=small.colleague, commit_at=late)
    small.later(minutes=1)
    small.org.insert(NOTICE, {"Key__c": "prompt"}, at=small.now, by=small.colleague)
    assert stamps_by_index(small) == [NOW + timedelta(minutes=1)]
    small.now = late
    assert stamps_by_index(small) == [NOW, NOW + timedelta(minutes=1)]


def test_a_stamp_that_was_left_and_came_back_is_read_once() -> None:
    small = SmallOrg()
    record_id = small.org.insert(NOTICE, {"Key__c": "k"}, at=NOW, by=small.agent)
    assert stamps_by_index(small) == [NOW]
    small.later(minutes=1)
    with small.org.store.savepoint() as roll_back:
        small.org.update(record_id, {"Rule__c": "x"}, at=small.now, by=small.agent)
        assert stamps_by_index(small) == [small.now]
        roll_back()
    assert stamps_by_index(small) == [NOW]


def test_a_save_that_is_still_to_come_does_not_hold_the_covered_date_back() -> None:
    small = SmallOrg()
    small.org.insert(NOTICE, {"Key__c": "k"}, at=NOW + timedelta(hours=1), by=small.colleague)
    assert small.org.covered_until(NOW) == NOW


def test_only_indexed_fields_are_read_by_index() -> None:
    view = SmallOrg().org.view(NOW)
    assert view.rows_from(NOTICE, "Due__c", datetime(2026, 1, 1, tzinfo=UTC), include_deleted=False) is None


def test_children_follow_a_lookup_that_moves() -> None:
    small = SmallOrg()
    other = small.org.insert("Office__c", {"Name": "Other"}, at=NOW, by=small.agent)
    record_id = small.intervention(Office__c=small.office)

    def offices_of_children() -> list[int]:
        view = small.org.view(NOW)
        return [
            len(list(view.children(SLI, "Office__c", o, include_deleted=False)))
            for o in (small.office, other)
        ]

    assert offices_of_children() == [1, 0]
    small.org.update(record_id, {"Office__c": other}, at=NOW, by=small.agent)
    assert offices_of_children() == [0, 1]


def test_a_savepoint_undoes_what_was_saved_since_and_frees_its_unique_values() -> None:
    small = SmallOrg()
    kept = small.org.insert(NOTICE, {"Key__c": "kept"}, at=NOW, by=small.agent)
    with small.org.store.savepoint() as roll_back:
        small.org.insert(NOTICE, {"Key__c": "undone"}, at=NOW, by=small.agent)
        small.org.update(kept, {"Key__c": "moved"}, at=NOW, by=small.agent)
        small.org.insert(NOTICE, {"Key__c": "kept"}, at=NOW, by=small.agent)
        small.org.view(NOW)
        small.org.insert(NOTICE, {"Key__c": "waiting"}, at=NOW, by=small.agent)
        roll_back()
    assert [row["Key__c"] for row in rows(small, NOTICE)] == ["kept"]
    with pytest.raises(SalesforceError, match="DUPLICATE_VALUE"):
        small.org.insert(NOTICE, {"Key__c": "kept"}, at=NOW, by=small.agent)
    for key in ("undone", "moved", "waiting"):
        small.org.insert(NOTICE, {"Key__c": key}, at=NOW, by=small.agent)


def test_people_are_named_by_their_first_and_last_names() -> None:
    small = SmallOrg()
    small.org.update(small.agent, {"LastName": "Renamed"}, at=NOW, by=small.colleague)
    assert [row["Name"] for row in rows(small, "User", Id=small.agent)] == ["Agent Renamed"]


def test_the_organization_row_has_the_orgs_id() -> None:
    small = SmallOrg()
    assert small.org.insert("Organization", {"Name": "Sample"}, at=NOW, by=small.agent) == small.org.org_id
