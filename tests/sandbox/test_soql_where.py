"""Which rows a WHERE keeps: types, nulls, letter case, ids, and what cannot be filtered at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from soql_world import World, at, id_of, small_world

from agent.sandbox.soql import SoqlError

A, B, C = "A", "B", "C"


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("Status__c = 'GREEN'", [A]),
        ("status__C != 'green'", [B, C]),
        ("Status__c < 'r'", [A]),
        ("Status__c >= 'RED'", [B]),
        ("Status__c IN ('Red', 'Orange')", [B]),
        ("Status__c IN ('Red', null)", [B, C]),
        ("Status__c NOT IN ('Red', 'Orange')", [A, C]),
        ("Status__c NOT IN ('Red', null)", [A]),
        ("Status__c = null", [C]),
        ("Status__c != null", [A, B]),
        ("Status__c = ''", [C]),
        ("Status__c > ''", [A, B]),
        ("Note__c = 'First\\nSecond'", [A]),
        ("Score__c = 80", [B]),
        ("Score__c < 79.75", [A]),
        ("Score__c <= 80", [A, B]),
        ("Steps__c IN (2, 3)", [B]),
        ("Steps__c > -1", [A, B]),
        ("Day__c = 2026-11-21", [A]),
        ("Day__c > 2026-11-21", [B]),
        ("Day__c != 2026-11-21", [B, C]),
        ("IsDeleted = false", [A, B, C]),
        ("IsDeleted != FALSE", []),
        ("NOT Score__c < 80", [B, C]),
        ("(NOT Score__c < 80) AND Score__c != null", [B]),
        ("Steps__c = 6 OR Name = 'c'", [A, C]),
        ("Name != 'a' AND (Steps__c = 2 OR Steps__c = 6)", [B]),
    ],
)
def test_a_condition_keeps(condition: str, kept: list[str]) -> None:
    assert small_world().names(f"WHERE {condition}") == kept


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        (r"100\% sure\_thing", [A]),
        (r"100% sure_thing", [A, B]),
        (r"100%", [A, B]),
        (r"%SURE%", [A, B]),
        (r"%x%x%", [B]),
        (r"100_ sure_thing", [A, B]),
        (r"100", []),
        (r"%.*%", []),
    ],
)
def test_like_matches_whole_values_in_any_letter_case(pattern: str, kept: list[str]) -> None:
    assert small_world().names(f"WHERE Key__c LIKE '{pattern}'") == kept


def test_like_reaches_across_lines() -> None:
    assert small_world().names("WHERE Note__c LIKE 'first%second'") == [A]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("Due__c = 2026-11-21T19:05:30Z", [A]),
        ("Due__c = 2026-11-21T14:05:30-05:00", [A]),
        ("Due__c = 2026-11-21T19:05:30.999Z", [A]),
        ("Due__c > 2026-11-21T19:05:30Z", [B]),
        ("Due__c <= 2026-11-21T19:05:30Z", [A]),
        ("Due__c < 2027-01-01T00:00:00Z", [A, B]),
        ("Due__c IN (2026-11-21T19:06:00Z)", [B]),
    ],
)
def test_datetimes_are_compared(condition: str, kept: list[str]) -> None:
    assert small_world().names(f"WHERE {condition}") == kept


def test_a_fraction_of_a_second_is_not_seen_by_a_comparison() -> None:
    world = World()
    world.add("Case__c", 1, Name="late in its second", Due__c=at(5, 30) + timedelta(microseconds=999_999))
    assert world.names("WHERE Due__c = 2026-11-21T19:05:30Z") == ["late in its second"]
    assert world.names("WHERE Due__c > 2026-11-21T19:05:30Z") == []


def test_an_id_is_found_by_15_and_by_18_characters_and_letter_case_counts() -> None:
    world, wanted = small_world(), id_of("Case__c", 1)
    assert world.names(f"WHERE Id = '{wanted}'") == [A]
    assert world.names(f"WHERE Id = '{wanted[:15]}'") == [A]
    assert world.names(f"WHERE Id = '{wanted[:15]}zzz'") == [A]
    assert world.names(f"WHERE Id IN ('{wanted[:15].swapcase()}')") == []
    assert world.names(f"WHERE (NOT Id = '{wanted[:15]}')") == [B, C]


def test_ids_have_an_order_for_paging_by_key() -> None:
    assert small_world().names(f"WHERE Id > '{id_of('Case__c', 1)}' ORDER BY Id") == [B, C]
    assert small_world().names("WHERE Id > '' ORDER BY Id") == [A, B, C]


def test_a_lookup_that_is_empty_is_null() -> None:
    assert small_world().names("WHERE Office__c = ''") == [B, C]
    assert small_world().names("WHERE Office__c != null") == [A]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("Office__r.Region__r.Name = 'ohio'", [A]),
        ("office__R.region__R.name != 'Ohio'", [B, C]),
        ("Office__r.Name = null", [B, C]),
        ("Office__r.Region__r.Head__r.Email LIKE 'ADA@%'", [A]),
        ("CreatedBy.ManagerId != null", [A]),
        ("CreatedBy.IsActive = true", [B]),
        ("Owner.Type = 'Group'", [B]),
        ("Owner.Name LIKE 'Ben%'", [A]),
        (f"Owner.Id = '{id_of('Group', 1)}'", [B]),
    ],
)
def test_a_path_is_followed_and_through_a_null_parent_is_null(condition: str, kept: list[str]) -> None:
    assert small_world().names(f"WHERE {condition}") == kept


def test_a_checkbox_of_a_missing_parent_counts_as_false() -> None:
    assert small_world().names("WHERE CreatedBy.IsActive = false") == [A, C]


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (
            "Due__c > '2026-11-21T19:00:00Z'",
            "'Due__c' must be of type dateTime and should not be enclosed in quotes",
        ),
        ("Due__c > 2026-11-21", "'Due__c' must be of type dateTime and should not be enclosed in quotes"),
        (
            "Day__c = 2026-11-21T19:00:00Z",
            "'Day__c' must be of type date and should not be enclosed in quotes",
        ),
        ("Score__c = '80'", "'Score__c' must be of type double and should not be enclosed in quotes"),
        ("Steps__c = 2.5", "'Steps__c' must be of type int and should not be enclosed in quotes"),
        ("IsDeleted = 'false'", "'IsDeleted' must be of type boolean and should not be enclosed in quotes"),
        ("IsDeleted = 0", "'IsDeleted' must be of type boolean and should not be enclosed in quotes"),
        ("Name = 3999", "'Name' must be of type string and should be enclosed in quotes"),
        ("Name IN ('a', 3)", "'Name' must be of type string and should be enclosed in quotes"),
        ("Name LIKE 3", "'Name' must be of type string and should be enclosed in quotes"),
        ("OwnerId = 5", "'OwnerId' must be of type string and should be enclosed in quotes"),
    ],
)
def test_a_value_of_another_type_is_an_invalid_field(condition: str, says: str) -> None:
    error = refusal(f"SELECT Id FROM Case__c WHERE {condition}")
    assert error.code == "INVALID_FIELD"
    assert error.message.endswith(f"ERROR at Row:1:Column:30\nvalue of filter criterion for field {says}")


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("Due__c LIKE '2026%'", "invalid operator on datetime field"),
        ("Id LIKE 'a0C%'", "invalid operator on id field"),
        ("IsDeleted > false", "invalid operator on boolean field"),
        ("Name < null", "field 'Name' can be compared with null by = and != only"),
        ("Name LIKE null", "field 'Name' can be compared with null by = and != only"),
        ("Id = 'a0C'", "invalid ID field: a0C"),
        ("OwnerId IN ('005000000000001', 'a 0000000000000')", "invalid ID field: a 0000000000000"),
    ],
)
def test_an_operator_or_id_that_does_not_fit_is_an_invalid_filter(condition: str, says: str) -> None:
    error = refusal(f"SELECT Id FROM Case__c WHERE {condition}")
    assert error.code == "INVALID_QUERY_FILTER_OPERATOR"
    assert error.message.endswith(f"\n{says}")


@pytest.mark.parametrize("condition", ["Plan__c != null", "Story__c LIKE 'a%'", "Parent.Story__c = null"])
def test_long_and_rich_text_cannot_be_filtered(condition: str) -> None:
    name = "Case__Feed" if condition.startswith("Parent") else "Case__c"
    error = refusal(f"SELECT Id FROM {name} WHERE {condition}")
    assert error.code == "INVALID_FIELD"
    assert error.message.endswith("can not be filtered in a query call")


def test_a_short_text_area_can_be_filtered() -> None:
    assert small_world().names("WHERE Note__c != null") == [A]


def test_an_unknown_field_names_field_and_object_and_the_place() -> None:
    error = refusal("SELECT Id FROM case__c WHERE Nmae = 'x'")
    assert error.code == "INVALID_FIELD"
    assert error.message == (
        "\nSELECT Id FROM case__c WHERE Nmae = 'x'\n                             ^\n"
        "ERROR at Row:1:Column:30\n"
        "No such column 'Nmae' on entity 'Case__c'. If you are attempting to use a custom field, be sure to "
        "append the '__c' after the custom field name. Please reference your WSDL or the describe call for "
        "the appropriate names."
    )


@pytest.mark.parametrize(
    "path", ["Offices__r.Name", "Office__c.Name", "Lost__r.Name", "Bare__r.Name", "Owner.Manager.Name"]
)
def test_an_unknown_relationship_is_an_invalid_field(path: str) -> None:
    error = refusal(f"SELECT Id FROM Case__c WHERE {path} = 'x'")
    assert error.code == "INVALID_FIELD"
    assert "Didn't understand relationship '" in error.message
    assert "in field path. If you are attempting to use a custom relationship" in error.message


def test_a_reference_to_several_objects_shows_id_name_and_type_only() -> None:
    error = refusal("SELECT Id FROM Case__c WHERE Owner.Email = 'x'")
    assert error.code == "INVALID_FIELD"
    assert "No such column 'Email' on entity 'Name'." in error.message


def test_a_path_climbs_five_levels_and_no_more() -> None:
    world = small_world()
    assert world.names("WHERE CreatedBy.Manager.Manager.Manager.Manager.Name = 'x'") == []
    error = refusal(
        "SELECT Id FROM Case__c WHERE CreatedBy.Manager.Manager.Manager.Manager.Manager.Name = 'x'"
    )
    assert error.code == "MALFORMED_QUERY"
    assert "a path may climb 5 relationships" in error.message


def test_a_where_nested_without_end_is_too_complicated_instead_of_a_crash() -> None:
    deep = "(NOT " * 2000 + "Name = 'a'" + ")" * 2000
    assert refusal(f"SELECT Id FROM Case__c WHERE {deep}").code == "QUERY_TOO_COMPLICATED"


def test_parentheses_alone_nest_as_deep_as_they_like() -> None:
    assert small_world().names(f"WHERE {'(' * 2000}Name = 'a'{')' * 2000}") == [A]


def refusal(text: str) -> SoqlError:
    with pytest.raises(SoqlError) as caught:
        small_world().ask(text)
    return caught.value
