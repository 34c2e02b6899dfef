"""People in CSV for roles no lookup holds: read beside the mapping, every mistake by its line, told like the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.alerts.recipients import resolve, soql_fields
from agent.errors import ConfigurationError
from agent.mapping import OrgMapping, load
from agent.model import RoleOutcome
from agent.org.check import CheckLine
from agent.org.people import directory_lines

SANDBOX = Path(__file__).parents[2] / "mappings" / "sandbox"
PATH = 'path = "Referral_Account__r.CC_Location__r.Region__r.Division_Head__r"'
IN_DIRECTORY = 'directory = "people.csv"\nby = "Referral_Account__r.CC_Location__r.Region__r"'
BAY_AREA, OHIO = "a0R000000000001AAA", "a0R000000000002AAA"
PEOPLE = f"""role,key,name,email,user_id
division_head,Bay Area,Dora Example,dora@agency.example,0050000000000D1AAA
division_head,{OHIO},Dan Example,dan@agency.example,
"""
Listed = Callable[[str], Path]


@pytest.fixture
def listed(tmp_path: Path) -> Listed:
    """A mapping whose Division Heads stand in people.csv."""
    folder = tmp_path / "ours"
    shutil.copytree(SANDBOX, folder)
    recipients = folder / "recipients.toml"
    text = recipients.read_text(encoding="utf-8")
    assert PATH in text
    recipients.write_text(text.replace(PATH, IN_DIRECTORY), encoding="utf-8")

    def write(people: str) -> Path:
        (folder / "people.csv").write_text(people, encoding="utf-8")
        return folder

    return write


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    return list(caught.value.problems)


def head(mapping: OrgMapping, region: dict[str, Any] | None) -> RoleOutcome:
    tree = {"Referral_Account__r": {"CC_Location__r": {"Region__r": region}}}
    audience = resolve(mapping, tree, has_account=True, admin="admin@agency.example")
    [found] = [outcome for outcome in audience.outcomes if outcome.role == "division_head"]
    return found


@pytest.mark.parametrize("name", ["Bay Area", "  bay   AREA "])
def test_a_person_is_found_by_the_name_of_the_record_in_any_case(listed: Listed, name: str) -> None:
    found = head(load(listed(PEOPLE)), {"Id": BAY_AREA, "Name": name})
    assert found == RoleOutcome("division_head", "told", "dora@agency.example", "0050000000000D1AAA")


def test_a_person_is_found_by_the_id_of_the_record_whatever_it_is_called(listed: Listed) -> None:
    found = head(load(listed(PEOPLE)), {"Id": OHIO, "Name": "Bay Area"})
    assert found == RoleOutcome("division_head", "told", "dan@agency.example", None)


@pytest.mark.parametrize("region", [None, {"Id": "a0R000000000003AAA", "Name": "Nebraska"}])
def test_a_record_no_line_names_is_heard_by_the_fallback(
    listed: Listed, region: dict[str, Any] | None
) -> None:
    found = head(load(listed(PEOPLE)), region)
    assert found == RoleOutcome("division_head", "missing", "admin@agency.example", None)


def test_the_query_asks_for_the_record_that_is_the_key_and_for_no_person_there(listed: Listed) -> None:
    region = "Referral_Account__r.CC_Location__r.Region__r."
    asked = [field for field in soql_fields(load(listed(PEOPLE))) if field.startswith(region)]
    assert asked == [f"{region}Id", f"{region}Name"]


def test_a_role_in_the_directory_still_drops_out_without_the_account(listed: Listed) -> None:
    audience = resolve(load(listed(PEOPLE)), {}, has_account=False, admin="admin@agency.example")
    assert RoleOutcome("division_head", "dropped", None) in audience.outcomes


def test_another_line_makes_another_version(listed: Listed) -> None:
    before = load(listed(PEOPLE))
    after = load(listed(PEOPLE.replace("dan@", "daniel@")))
    assert after.version != before.version
    assert after.reading_version == before.reading_version


def test_a_file_from_a_spreadsheet_is_read_as_it_is(listed: Listed) -> None:
    text = "\ufeff" + PEOPLE.replace("Dora Example", '"Example, Dora"').replace("\n", "\r\n") + "\r\n"
    found = load(listed(text)).directory.find("division_head", None, "Bay Area")
    assert found is not None
    assert found.name == "Example, Dora"


def test_every_mistake_is_named_with_its_line_at_once(listed: Listed) -> None:
    folder = listed(
        PEOPLE
        + "division_haed,Ohio,Dan,dan@agency.example,\n"
        + "division_head,,Dan,dan@agency.example,\n"
        + "division_head,BAY AREA,Dan,dan@agency.example,\n"
        + "division_head,Florida,Dan,dan at agency,005\n"
        + "submitter,Florida,Dan,dan@agency.example,\n"
        + "division_head,Ohio,Dan,dan@agency.example,,too,many\n"
    )
    found = problems(folder)
    for line, text in (
        (4, "'division_haed' is none of the seven roles: submitter,"),
        (5, "key is empty"),
        (6, "names somebody for division_head of 'BAY AREA' a second time"),
        (7, "'dan at agency' is not exactly one mail address"),
        (7, "'005' is no id of 18 characters"),
        (8, "recipients.toml does not look up submitter in this file"),
        (9, "has more cells than the first line has columns"),
    ):
        assert any(problem.startswith(f"people.csv: line {line}: {text}") for problem in found), (line, text)
    assert len(found) == 7


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("", "people.csv: line 1: lacks role, key, name, email"),
        ("role;key;name;email\n", "people.csv: line 1: lacks role, key, name, email"),
        ("role,key,name,email,phone\n", "people.csv: line 1: has unknown columns: 'phone'"),
        ("role,key,name,email,email\n", "people.csv: line 1: names a column twice"),
        ("role,key,name,email\n", "people.csv: holds nobody for the role division_head"),
    ],
)
def test_a_file_that_cannot_serve_is_refused(listed: Listed, people: str, said: str) -> None:
    assert problems(listed(people))[0].startswith(said)


def test_a_file_that_is_not_there_or_not_text_is_refused(listed: Listed) -> None:
    folder = listed(PEOPLE)
    (folder / "people.csv").write_bytes(PEOPLE.encode("utf-16"))
    assert problems(folder)[0].startswith("people.csv: cannot be read as CSV in UTF-8")
    (folder / "people.csv").unlink()
    assert problems(folder)[0].startswith("people.csv: cannot be read from ")


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        (f"{PATH}\n{IN_DIRECTORY}", "give either path, or directory and by"),
        ('directory = "people.csv"', "give either path, or directory and by"),
        ('by = "Office__r"', "give either path, or directory and by"),
        ("", "give either path, or directory and by"),
        ('directory = "people.csv"\nby = "Location__r"', "'Location__r' needs the lookup Location__c"),
        ('directory = "../people.csv"\nby = "Office__r"', "is not a valid name here"),
    ],
)
def test_a_role_has_a_path_or_a_place_in_a_directory(listed: Listed, instead: str, said: str) -> None:
    folder = listed(PEOPLE)
    recipients = folder / "recipients.toml"
    text = recipients.read_text(encoding="utf-8").replace(IN_DIRECTORY, instead)
    recipients.write_text(text, encoding="utf-8")
    [problem] = problems(folder)
    assert problem.startswith("recipients.toml: roles.division_head")
    assert said in problem


def checked(mapping: OrgMapping, *keys: tuple[str, str], whole: bool = True) -> list[CheckLine]:
    role = mapping.recipients.roles["division_head"]
    return list(directory_lines(mapping.directory, "division_head", role, keys, whole=whole))


def test_check_names_records_without_a_line_and_lines_without_a_record(listed: Listed) -> None:
    mapping = load(listed(PEOPLE))
    ohio, bay_area, florida = (OHIO, "Ohio"), (BAY_AREA, "Bay Area"), ("a0R000000000003AAA", "Florida")
    assert [line.verdict for line in checked(mapping, ohio, bay_area)] == ["ok"]

    [gap] = checked(mapping, ohio, bay_area, florida)
    assert "people.csv: division_head: names nobody for 1 of 3 records" in gap.text
    assert "Florida" in gap.text

    [stale] = checked(mapping, ohio)
    assert "1 keys belong to no record. For example bay area" in stale.text
    assert [line.verdict for line in checked(mapping, ohio, whole=False)] == ["ok"]
