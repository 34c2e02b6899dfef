"""What an answer looks like: order, limits, counting, nesting, REST and CSV; and where its rows are read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from soql_world import World, at, id_of, small_world

from agent.sandbox.soql import SoqlError, csv_page, parse, refuse_for_bulk

URL = "/services/data/v65.0/sobjects"


def refusal(text: str) -> SoqlError:
    with pytest.raises(SoqlError) as caught:
        small_world().ask(text)
    return caught.value


# Shape


def test_a_record_has_the_rest_shape_in_the_schemas_spelling() -> None:
    (record,) = small_world().records(
        "SELECT id, NAME, due__C, day__c, score__c, steps__c, isdeleted FROM case__c LIMIT 1"
    )
    case = id_of("Case__c", 1)
    assert record == {
        "attributes": {"type": "Case__c", "url": f"{URL}/Case__c/{case}"},
        "Id": case,
        "Name": "A",
        "Due__c": "2026-11-21T19:05:30.000+0000",
        "Day__c": "2026-11-21",
        "Score__c": 79.5,
        "Steps__c": 6,
        "IsDeleted": False,
    }
    assert list(record)[1:3] == ["Id", "Name"]


def test_parents_are_nested_once_each_with_attributes_of_their_own() -> None:
    text = (
        "SELECT Office__r.Region__r.Name, Id, office__r.NAME, Office__r.Region__r.Head__r.Email FROM Case__c"
    )
    record, *_ = small_world().records(text)
    assert list(record) == ["attributes", "Office__r", "Id"]
    assert record["Office__r"] == {
        "attributes": {"type": "Office__c", "url": f"{URL}/Office__c/{id_of('Office__c', 1)}"},
        "Region__r": {
            "attributes": {"type": "Region__c", "url": f"{URL}/Region__c/{id_of('Region__c', 1)}"},
            "Name": "Ohio",
            "Head__r": {
                "attributes": {"type": "User", "url": f"{URL}/User/{id_of('User', 1)}"},
                "Email": "ada@example.com",
            },
        },
        "Name": "Dayton",
    }


def test_a_missing_parent_is_null() -> None:
    (record,) = small_world().records("SELECT Office__r.Region__r.Name FROM Case__c WHERE Name = 'C'")
    assert record["Office__r"] is None


def test_an_owner_of_several_kinds_is_shown_as_a_name() -> None:
    records = small_world().records("SELECT Owner.Name, Owner.Type FROM Case__c WHERE OwnerId != null")
    assert [record["Owner"] for record in records] == [
        {
            "attributes": {"type": "Name", "url": f"{URL}/User/{id_of('User', 2)}"},
            "Name": "Ben Work",
            "Type": "User",
        },
        {
            "attributes": {"type": "Name", "url": f"{URL}/Group/{id_of('Group', 1)}"},
            "Name": "Queue",
            "Type": "Group",
        },
    ]


def test_who_wrote_a_history_row_is_shown_as_a_name_with_all_their_fields() -> None:
    world = small_world()
    world.add("Case__History", 1, Field="created", ParentId=id_of("Case__c", 1), CreatedById=id_of("User", 1))
    (record,) = world.records("SELECT CreatedBy.Email, Parent.Name FROM Case__History")
    assert record["CreatedBy"]["attributes"] == {"type": "Name", "url": f"{URL}/User/{id_of('User', 1)}"}
    assert record["CreatedBy"]["Email"] == "ada@example.com"
    assert record["Parent"]["attributes"]["type"] == "Case__c"


def test_a_page_is_part_of_the_answer_and_the_version_is_the_callers() -> None:
    result = small_world().ask("SELECT Name FROM Case__c")
    (record,) = result.render(1, 1, version="59.0")
    assert result.total == 3
    assert record["Name"] == "B"
    assert record["attributes"]["url"].startswith("/services/data/v59.0/sobjects/Case__c/")
    assert result.render(3, 2000, version="59.0") == []


def test_a_field_selected_twice_is_refused() -> None:
    error = refusal("SELECT Id, Name, NAME FROM Case__c")
    assert error.code == "MALFORMED_QUERY"
    assert error.message.endswith("ERROR at Row:1:Column:18\nduplicate field selected: Name")


def test_an_unknown_object_is_an_invalid_type() -> None:
    error = refusal("SELECT Id FROM Cases")
    assert error.code == "INVALID_TYPE"
    assert "ERROR at Row:1:Column:16\nsObject type 'Cases' is not supported." in error.message


@pytest.mark.parametrize("text", ["SELECT Nmae FROM Case__c", "SELECT Office__r FROM Case__c"])
def test_an_unknown_field_in_the_select_list_is_an_invalid_field(text: str) -> None:
    assert refusal(text).code == "INVALID_FIELD"


# Deleted rows


def test_deleted_rows_are_answered_only_where_they_are_asked_for() -> None:
    world = small_world()
    assert world.names("") == ["A", "B", "C"]
    assert world.names("", include_deleted=True) == ["A", "B", "C", "D"]
    deleted = id_of("Case__c", 4)
    assert world.names(f"WHERE Id = '{deleted}'") == []
    assert world.names(f"WHERE Id = '{deleted}'", include_deleted=True) == ["D"]


# Order and limit


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("Name DESC", "CBA"),
        ("Status__c", "CAB"),
        ("Status__c ASC NULLS LAST", "ABC"),
        ("Status__c DESC", "CBA"),
        ("Status__c DESC NULLS LAST", "BAC"),
        ("Office__r.Name NULLS LAST, Name DESC", "ACB"),
        ("Office__c, Steps__c DESC NULLS FIRST", "CBA"),
        ("Due__c DESC NULLS LAST LIMIT 1", "B"),
    ],
)
def test_rows_come_in_the_order_asked_for(order: str, names: str) -> None:
    assert "".join(small_world().names(f"ORDER BY {order}")) == names


def test_text_is_ordered_without_regard_to_letter_case() -> None:
    world = World()
    for number, name in enumerate(["b", "C", "a", "B"], start=1):
        world.add("Case__c", number, Name=name)
    assert world.names("ORDER BY Name") == ["a", "b", "B", "C"]


def test_rows_equal_in_one_field_are_ordered_by_the_next() -> None:
    world = World()
    for number, (steps, name) in enumerate([(2, "x"), (1, "y"), (2, "a"), (1, "b")], start=1):
        world.add("Case__c", number, Name=name, Steps__c=steps)
    assert world.names("ORDER BY Steps__c DESC, Name") == ["a", "x", "b", "y"]


def test_long_text_cannot_be_sorted() -> None:
    error = refusal("SELECT Id FROM Case__c ORDER BY Plan__c")
    assert error.code == "INVALID_FIELD"
    assert error.message.endswith("field 'Plan__c' can not be sorted in a query call")


def test_a_limit_of_none_answers_nothing_and_the_total_is_what_is_answered() -> None:
    assert small_world().ask("SELECT Id FROM Case__c LIMIT 0").total == 0
    assert small_world().ask("SELECT Id FROM Case__c LIMIT 2").total == 2


# Counting


def test_counting_rows_answers_a_total_and_no_records() -> None:
    result = small_world().ask("SELECT COUNT() FROM Case__c WHERE Name != 'A'")
    assert (result.total, result.is_count, result.render(version="65.0")) == (2, True, [])
    assert small_world().ask("SELECT COUNT() FROM Case__c LIMIT 1").total == 1


def test_counting_a_field_answers_one_row_and_leaves_out_nulls() -> None:
    result = small_world().ask("SELECT COUNT(Id) FROM Case__c")
    assert (result.total, result.is_count) == (1, False)
    assert result.render(version="65.0") == [{"attributes": {"type": "AggregateResult"}, "expr0": 3}]
    (record,) = small_world().records("SELECT COUNT(Office__r.Name) offices FROM Case__c")
    assert record == {"attributes": {"type": "AggregateResult"}, "offices": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT COUNT() FROM Case__c ORDER BY Name", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id) FROM Case__c LIMIT 5", "MALFORMED_QUERY"),
        ("SELECT COUNT(Nmae) FROM Case__c", "INVALID_FIELD"),
    ],
)
def test_a_count_that_makes_no_sense_is_refused(text: str, code: str) -> None:
    assert refusal(text).code == code


# Children


def family() -> World:
    world = small_world()
    for number, (parent, body, deleted) in enumerate(
        [(1, "old", False), (1, "new", False), (2, "other", False), (1, "gone", True)], start=1
    ):
        world.add(
            "Case__Feed",
            number,
            Body=body,
            Type="TextPost",
            ParentId=id_of("Case__c", parent),
            CreatedDate=at(number),
            CreatedById=id_of("User", 1),
            IsDeleted=deleted,
        )
    return world


def test_children_come_as_an_answer_within_the_record() -> None:
    text = (
        "SELECT Name, (SELECT Body, CreatedBy.Name FROM feeds ORDER BY CreatedDate DESC LIMIT 1) FROM Case__c"
    )
    first, _, last = family().records(text)
    assert first["Feeds"]["totalSize"] == 1
    assert first["Feeds"]["done"] is True
    (post,) = first["Feeds"]["records"]
    assert post["attributes"] == {"type": "Case__Feed", "url": f"{URL}/Case__Feed/{id_of('Case__Feed', 2)}"}
    assert (post["Body"], post["CreatedBy"]["Name"]) == ("new", "Ada Boss")
    assert last["Feeds"] is None


def test_children_are_filtered_and_deleted_ones_are_answered_only_where_asked_for() -> None:
    text = "SELECT (SELECT Body FROM Feeds WHERE Body != null) FROM Case__c WHERE Name = 'A'"
    assert refusal(text).code == "INVALID_FIELD"
    text = "SELECT (SELECT Body FROM Feeds WHERE Type = 'textpost') FROM Case__c WHERE Name = 'A'"
    (plain,) = family().records(text)
    (everything,) = family().records(text, include_deleted=True)
    assert [post["Body"] for post in plain["Feeds"]["records"]] == ["old", "new"]
    assert [post["Body"] for post in everything["Feeds"]["records"]] == ["old", "new", "gone"]


@pytest.mark.parametrize("name", ["Feed", "Case__Feed", "Ghosts"])
def test_an_unknown_child_relationship_is_an_invalid_type(name: str) -> None:
    error = refusal(f"SELECT Id, (SELECT Id FROM {name}) FROM Case__c")
    assert error.code == "INVALID_TYPE"
    assert f"Didn't understand relationship '{name}' in FROM part of query call." in error.message


def test_an_unknown_field_of_a_child_is_an_invalid_field() -> None:
    assert "on entity 'Case__Feed'" in refusal("SELECT (SELECT Nmae FROM Feeds) FROM Case__c").message


def test_the_same_children_twice_are_refused() -> None:
    assert (
        refusal("SELECT (SELECT Id FROM Feeds), (SELECT Id FROM Feeds) FROM Case__c").code
        == "MALFORMED_QUERY"
    )


# CSV


def test_csv_quotes_every_value_under_a_header_of_paths() -> None:
    result = small_world().ask(
        "SELECT id, NOTE__c, due__c, day__c, score__c, isdeleted, OFFICE__r.name FROM Case__c"
    )
    case_a, case_b = id_of("Case__c", 1), id_of("Case__c", 2)
    assert csv_page(result, 0, 2).decode() == (
        '"Id","Note__c","Due__c","Day__c","Score__c","IsDeleted","Office__r.Name"\n'
        f'"{case_a}","first\nsecond","2026-11-21T19:05:30.000Z","2026-11-21","79.5","false","Dayton"\n'
        f'"{case_b}","","2026-11-21T19:06:00.000Z","2026-11-22","80.0","false",""\n'
    )
    assert csv_page(result, 2, 2).decode().count("\n") == 2


def test_csv_doubles_quotes_within_a_value() -> None:
    world = World()
    world.add("Case__c", 1, Name='the "big" one, é')
    assert csv_page(world.ask("SELECT Name FROM Case__c"), 0, 1) == '"Name"\n"the ""big"" one, é"\n'.encode()


@pytest.mark.parametrize(
    "text", ["SELECT COUNT() FROM Case__c", "SELECT Id, (SELECT Id FROM Feeds) FROM Case__c"]
)
def test_csv_refuses_what_bulk_queries_cannot_do(text: str) -> None:
    with pytest.raises(SoqlError, match=r"Bulk API 2\.0") as caught:
        refuse_for_bulk(parse(text))
    assert caught.value.code == "MALFORMED_QUERY"
    with pytest.raises(SoqlError):
        csv_page(small_world().ask(text), 0, 1)


# Where rows are read

KEYSET = (
    "(SystemModstamp > 2026-11-21T19:02:00Z) OR "
    f"(SystemModstamp = 2026-11-21T19:02:00Z AND Id > '{id_of('Case__c', 2)}') ORDER BY SystemModstamp, Id"
)


def many() -> World:
    """Six hundred cases, six a second, stored in no order."""
    world = World()
    for number in sorted(range(600), key=lambda n: n * 7919 % 600):
        world.add(
            "Case__c", number, Name=f"N{number:03d}", SystemModstamp=at(0) + timedelta(seconds=number // 6)
        )
    return world


def test_paging_by_key_reads_the_index_stops_at_the_limit_and_loses_nothing() -> None:
    world, seen, stamp, last = many(), [], "2026-11-21T19:00:00Z", ""
    while True:
        page = world.records(
            f"SELECT Id, Name, SystemModstamp FROM Case__c WHERE (SystemModstamp > {stamp}) OR "
            f"(SystemModstamp = {stamp} AND Id > '{last}') ORDER BY SystemModstamp, Id LIMIT 50"
        )
        if not page:
            break
        assert world.read <= 56
        world.read = 0
        seen += [record["Name"] for record in page]
        stamp, last = page[-1]["SystemModstamp"].replace("+0000", "Z"), page[-1]["Id"]
    assert seen == [f"N{number:03d}" for number in range(600)]
    assert all(question.startswith("SystemModstamp from ") for question in world.asked)


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        (KEYSET, "SystemModstamp from 19:02:00"),
        ("SystemModstamp >= 2026-11-21T19:02:00Z", "SystemModstamp from 19:02:00"),
        (
            "SystemModstamp > 2026-11-21T19:01:00Z AND SystemModstamp >= 2026-11-21T19:02:00Z",
            "SystemModstamp from 19:02:00",
        ),
        ("CreatedDate > 2026-11-21T19:01:00Z AND Name != null", "CreatedDate from 19:01:00"),
        ("CreatedDate IN (2026-11-21T19:03:00Z, 2026-11-21T19:02:00Z)", "CreatedDate from 19:02:00"),
        ("CreatedDate IN (2026-11-21T19:03:00Z, null)", "all"),
        ("SystemModstamp <= 2026-11-21T19:02:00Z", "all"),
        ("(NOT SystemModstamp > 2026-11-21T19:02:00Z)", "all"),
        ("SystemModstamp > 2026-11-21T19:02:00Z OR Name = 'A'", "all"),
        ("SystemModstamp > 2026-11-21T19:02:00Z OR CreatedDate > 2026-11-21T19:02:00Z", "all"),
        ("CreatedBy.CreatedDate > 2026-11-21T19:02:00Z", "all"),
        ("Due__c > 2026-11-21T19:02:00Z", "all"),
        (f"Office__c = '{id_of('Office__c', 1)}'", "Case__c by Office__c"),
        (f"OwnerId IN ('{id_of('Group', 1)}') AND Name = 'x'", "Case__c by OwnerId"),
        (f"OwnerId IN ('{id_of('Group', 1)}', null)", "all"),
        (f"OwnerId != '{id_of('Group', 1)}'", "all"),
        (
            "CreatedDate > 2026-11-21T19:01:00Z AND SystemModstamp > 2026-11-21T19:02:00Z "
            "ORDER BY SystemModstamp",
            "SystemModstamp from 19:02:00",
        ),
        ("SystemModstamp != null ORDER BY SystemModstamp, Id", "SystemModstamp from 00:00:00"),
        ("Name != null ORDER BY CreatedDate", "all"),
    ],
)
def test_rows_are_read_from(condition: str, asked: str) -> None:
    world = small_world()
    world.names(f"WHERE {condition}")
    assert world.asked == [asked]


@pytest.mark.parametrize(
    "condition",
    [
        KEYSET,
        "SystemModstamp > 2026-11-21T19:00:00Z ORDER BY SystemModstamp DESC, Id",
        "SystemModstamp > 2026-11-21T19:00:00Z ORDER BY SystemModstamp, Id DESC",
        "SystemModstamp > 2026-11-21T19:00:00Z ORDER BY SystemModstamp, Name DESC",
        "SystemModstamp > 2026-11-21T19:00:00Z ORDER BY Name DESC",
        "CreatedDate > 2026-11-21T19:00:00Z ORDER BY SystemModstamp DESC",
    ],
)
def test_an_index_changes_how_rows_are_read_but_not_the_answer(condition: str) -> None:
    with_index, without = many(), many()
    without.indexed = frozenset()
    assert with_index.names(f"WHERE {condition}") == without.names(f"WHERE {condition}")


def test_rows_of_several_lookups_are_read_by_each_and_still_filtered() -> None:
    world = small_world()
    users = ", ".join(f"'{id_of('User', number)}'" for number in (1, 2))
    assert world.names(f"WHERE CreatedById IN ({users}) AND Name != 'B' ORDER BY Name DESC LIMIT 5") == ["A"]
    assert world.asked == ["Case__c by CreatedById"] * 2


def test_a_deleted_row_is_found_by_its_id_only_where_the_catalog_lists_it() -> None:
    living, deleted = id_of("Case__c", 1), id_of("Case__c", 4)
    world = small_world()
    assert world.names(f"WHERE Id = '{living}'", include_deleted=True) == ["A"]
    assert world.asked == []
    world.tables["Case__c"] = [row for row in world.tables["Case__c"] if row["Id"] != deleted]
    world.purged = {"Id": deleted, "Name": "long gone", "IsDeleted": True}
    assert world.row(deleted) is not None
    assert world.names(f"WHERE Id IN ('{living}', '{deleted}')", include_deleted=True) == ["A"]


def test_rows_of_two_demands_on_an_id_are_those_that_meet_both() -> None:
    one, two = id_of("Case__c", 1), id_of("Case__c", 2)
    world = small_world()
    assert world.names(f"WHERE Id IN ('{one}', '{two}') AND Id = '{two[:15]}'") == ["B"]
    assert world.names(f"WHERE Id = '{one}' OR Id = '{two}'") == ["A", "B"]
    assert world.names(f"WHERE Id = '{id_of('User', 1)}'") == []
    assert world.asked == []
