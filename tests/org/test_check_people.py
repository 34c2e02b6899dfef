"""What the org's data lets the agent do: visible interventions, resolvable roles, time zones."""

from __future__ import annotations

import pytest

from agent.mapping import load
from agent.org.check import CheckLine
from agent.org.people import is_time_zone, role_lines
from agent.sandbox.faults import Fault
from tests.org.checked_org import NOW, SANDBOX_MAPPINGS, SLI, CheckedOrg


def lines_of(lines: list[CheckLine], area: str) -> list[CheckLine]:
    return [line for line in lines if line.area == area]


def role_line(org: CheckedOrg, role: str) -> CheckLine:
    [line] = [line for line in org.check() if f"roles.{role}:" in line.text]
    return line


def test_the_interventions_in_sight_are_counted(org: CheckedOrg) -> None:
    seen = sum(not row["IsDeleted"] for row in org.org.rows(SLI, NOW))
    [line] = lines_of(org.check(), "sharing")
    assert (line.verdict, f"sees {seen} records" in line.text) == ("ok", True)


def test_no_intervention_in_sight_is_a_matter_of_sharing(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.lost_sharing(SLI))
    lines = org.check()
    [line] = lines_of(lines, "sharing")
    assert (line.verdict, SLI in line.text) == ("warning", True)
    assert f"View All Records on {SLI}" in line.mend
    [untried] = lines_of(lines, "roles")
    assert untried.verdict == "warning"
    assert lines_of(lines, "time zones")[0].verdict == "ok"


def test_a_role_whose_person_left_is_counted_with_the_reason(org: CheckedOrg) -> None:
    for key in org.seeded.ids:
        if key.startswith("head/"):
            org.save(key, IsActive=False)
    line = role_line(org, "division_head")
    assert line.verdict == "warning"
    assert line.text.startswith("recipients.toml: roles.division_head: reaches nobody on ")
    assert "the person is inactive: " in line.text
    assert "Referral_Account__r.CC_Location__r.Region__r.Division_Head__r" in line.mend


def test_a_role_without_a_person_or_an_address_is_counted_with_the_reason(org: CheckedOrg) -> None:
    for key in org.seeded.ids:
        if key.startswith("office/"):
            org.save(key, Regional_CSM__c=None)
        if key.startswith("rd/"):
            org.save(key, Email=None)
    assert "nobody is named: " in role_line(org, "regional_csm").text
    assert "the person has no usable e-mail address: " in role_line(org, "regional_director").text


def test_misses_are_counted_per_role_and_reason() -> None:
    mapping = load(SANDBOX_MAPPINGS)
    found = {"Id": "1", "Name": "Ada", "Email": "ada@example.com", "IsActive": True}
    gone = found | {"IsActive": False}
    rows = [
        {"Id": "a", "SLI_Number__c": f"SLI-{n}", "CreatedBy": found, "Office__r": office}
        for n, office in enumerate(
            [
                {"Regional_Director__r": found, "Regional_CSM__r": gone},
                {"Regional_Director__r": found, "Regional_CSM__r": gone},
                {"Regional_Director__r": found, "Regional_CSM__r": None},
                {"Regional_Director__r": found, "Regional_CSM__r": found},
            ]
        )
    ]
    missed, complete = role_lines(mapping, rows, "admin@example.com")
    assert missed.text == (
        "recipients.toml: roles.regional_csm: reaches nobody on 3 of the newest 4 interventions "
        "(the person is inactive: 2; nobody is named: 1); the fallback hears it instead. "
        "For example SLI-0, SLI-1, SLI-2."
    )
    assert complete.verdict == "ok"
    assert "Submitter" in complete.text


def test_roles_that_drop_out_without_an_account_are_no_misses() -> None:
    found = {"Id": "1", "Name": "Ada", "Email": "ada@example.com", "IsActive": True}
    office = {"Regional_Director__r": found, "Regional_CSM__r": found}
    row = {"Id": "a", "Referral_Account__c": None, "CreatedBy": found, "Office__r": office}
    [line] = role_lines(load(SANDBOX_MAPPINGS), [row], "admin@example.com")
    assert line.verdict == "ok"


def test_roles_are_tried_on_the_newest_two_hundred(org: CheckedOrg) -> None:
    for number in range(201):
        values = {"Name": f"Person {number}", "Office__c": org.seeded.ids["office/Scottsbluff"]}
        org.org.insert(SLI, values, at=NOW, by=org.seeded.ids["hcl/Scottsbluff"])
    assert "reaches nobody on 200 of the newest 200" in role_line(org, "regional_csm").text


def test_no_line_carries_a_clients_name(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.hidden_field(SLI, "Client_Status__c"))
    told = " ".join(line.text + line.mend for line in org.check())
    clients = {row["Name"] for row in org.org.rows("Client__c", NOW)}
    assert [name for name in clients if name in told] == []


def test_an_office_without_a_zone_is_named(org: CheckedOrg) -> None:
    org.save("office/Omaha", Time_Zone__c=None)
    org.save("office/Boise", Time_Zone__c="Mountain")
    line = org.only_trouble()
    assert (line.area, line.verdict) == ("time zones", "warning")
    assert line.text.startswith("2 of ")
    assert "America/New_York" in line.text
    assert {name for name in ("Omaha", "Boise") if name in line.text} == {"Omaha", "Boise"}
    assert "Fill in Time_Zone__c of Office__c" in line.mend


def test_a_mapping_without_time_zones_is_warned_about(org: CheckedOrg) -> None:
    org.edit_mapping("reference.toml", 'time_zone = "Time_Zone__c"', "")
    line = org.only_trouble()
    assert (line.area, line.verdict) == ("time zones", "warning")
    assert "reference.toml: office.time_zone" in line.text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("America/Chicago", True),
        ("America/Nowhere", False),
        ("America", False),  # a folder of zones
        ("../etc/passwd", False),
        ("", False),
        (None, False),
        (5, False),
    ],
)
def test_a_time_zone_is_one_that_python_knows(name: object, expected: bool) -> None:
    assert is_time_zone(name) is expected


def test_a_directory_is_held_against_the_records_it_names(org: CheckedOrg) -> None:
    regions = [row["Name"] for row in org.org.rows("Region__c", NOW)]
    listed = "".join(f'division_head,"{name}",Dora,dora@example.com\n' for name in regions[1:])
    people = f"role,key,name,email\n{listed}division_head,Bay Erea,Dora,dora@example.com\n"
    (org.mappings / "people.csv").write_text(people, encoding="utf-8")
    path = 'path = "Referral_Account__r.CC_Location__r.Region__r.Division_Head__r"'
    by = 'directory = "people.csv"\nby = "Referral_Account__r.CC_Location__r.Region__r"'
    org.edit_mapping("recipients.toml", path, by)

    gap, stale = [line for line in org.check() if line.text.startswith("people.csv: division_head: ")]
    assert f"names nobody for 1 of {len(regions)} records" in gap.text
    assert regions[0] in gap.text
    assert "1 keys belong to no record. For example bay erea." in stale.text
