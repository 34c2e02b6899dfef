"""What scores and pay need of the org: each trouble is named by file, key and API name, and says how to mend it."""

from __future__ import annotations

import pytest

from agent.sandbox.faults import Fault
from tests.org.checked_org import CheckedOrg

SCORE, POINT, REVISION = "CSM_Quality_Score__c", "CSM_Touch_Point__c", "CSM_Quality_Revision__c"
START, LINE = "Start_Of_Care__c", "Billing_Line__c"


@pytest.mark.parametrize(
    ("name", "where"),
    [
        (START, ["touchpoints.toml: start_of_care.object", "incentive.toml: sources.admissions.object"]),
        ("Client__History", ["touchpoints.toml: assignments.object"]),
        ("Event", ["touchpoints.toml: contacts.object"]),
        ("Task", ["chatter.toml: activities.object", "touchpoints.toml: contacts.object"]),
        ("Quality_Dashboard__c", ["touchpoints.toml: dashboard.object"]),
        (LINE, ["incentive.toml: sources.revenue.object", "incentive.toml: sources.hours.object"]),
        (SCORE, ["write_back.toml: quality_score.object"]),
        (POINT, ["write_back.toml: touch_point.object"]),
        (REVISION, ["write_back.toml: quality_revision.object"]),
    ],
)
def test_a_missing_object_is_named_by_every_key_that_names_it(
    org: CheckedOrg, name: str, where: list[str]
) -> None:
    org.remove_object(name)
    failed = [line for line in org.check() if line.verdict == "failed" and line.area == "object"]
    assert [line.text for line in failed] == [f"{place}: the org shows no object {name}." for place in where]


@pytest.mark.parametrize(
    ("object", "field", "where"),
    [
        (START, "First_Shift_Start__c", "touchpoints.toml: start_of_care.first_shift_start"),
        ("Event", "Type", "touchpoints.toml: contacts.matching.field"),
        ("Task", "Subject", "touchpoints.toml: contacts.matching.field"),
        ("Task", "Subject", "chatter.toml: activities.subject"),
        ("Client__History", "OldValue", "touchpoints.toml: assignments.before"),
        ("Quality_Dashboard__c", "Score__c", "touchpoints.toml: dashboard.percent"),
        (START, "First_Week_Hours__c", "incentive.toml: sources.admissions.amount"),
        ("User", "EmployeeNumber", "reference.toml: person.employee"),
        ("User", "Title", "reference.toml: person.title"),
        (SCORE, "Difference__c", "write_back.toml: quality_score.fields.difference.field"),
        (POINT, "OwnerId", "write_back.toml: touch_point.owned_by_csm"),
        (LINE, "SystemModstamp", f"every read of {LINE}"),
    ],
)
def test_a_hidden_field_is_named_by_its_key(org: CheckedOrg, object: str, field: str, where: str) -> None:
    org.org.faults.add(Fault.hidden_field(object, field))
    texts = [line.text for line in org.troubles() if line.area == "field"]
    assert f"{where}: field {field} of {object} is missing, or field-level security hides it." in texts


def test_an_object_of_scores_comes_with_its_recipe_and_how_it_must_be_shared(org: CheckedOrg) -> None:
    org.remove_object(POINT)
    mend = org.only_trouble().mend
    assert 'label "CSM Touch Point"' in mend
    assert "default access to Private" in mend
    assert "Modify All" in mend
    assert "Key__c: Text, of 140 characters or more, unique, external ID" in mend
    assert f'Quality_Score__c: Lookup Relationship to {SCORE}, label "Quality score", help text "The' in mend


def test_a_written_field_that_is_missing_comes_with_its_recipe(org: CheckedOrg) -> None:
    org.remove_field(SCORE, "Low_Volume__c")
    line = org.only_trouble()
    assert (
        'Create it (Checkbox, label "Low volume", help text "So few were due that a single miss' in line.mend
    )
    assert "tick Edit Access" in line.mend


@pytest.mark.parametrize("field", ["Score__c", "Month__c", "OwnerId"])
def test_a_field_of_a_score_that_cannot_be_written_is_named(org: CheckedOrg, field: str) -> None:
    org.org.faults.add(Fault.read_only_field(SCORE, field))
    assert f"field {field} of {SCORE} cannot be written" in org.only_trouble().text


@pytest.mark.parametrize("right", ["createable", "updateable"])
def test_a_field_that_is_written_once_only_is_named(org: CheckedOrg, right: str) -> None:
    org.change_field(POINT, "State__c", **{right: False})
    assert f"field State__c of {POINT} cannot be written" in org.only_trouble().text


def test_a_key_that_is_not_unique_is_named(org: CheckedOrg) -> None:
    org.change_field(REVISION, "Key__c", unique=False)
    assert "write_back.toml: quality_revision.key: field Key__c" in org.only_trouble().text


def test_a_score_nobody_may_create_is_named(org: CheckedOrg) -> None:
    org.change_object(SCORE, createable=False)
    assert {line.text for line in org.troubles()} >= {
        f"write_back.toml: quality_score.object: the integration user has no Create right on {SCORE}."
    }


@pytest.mark.parametrize(
    ("object", "field", "traits", "words"),
    [
        (POINT, "Reason__c", {"length": 80}, "takes 80 characters; 255 are needed"),
        (POINT, "Due__c", {"type": "date"}, "it should be Date/Time"),
        (POINT, "Quality_Score__c", {"reference_to": ("Account",)}, f"leads to Account, not to {SCORE}"),
        (START, "Client__c", {"reference_to": ("Account",)}, "leads to Account, not to Client__c"),
        (START, "First_Shift_Start__c", {"calculated": True}, "is a formula"),
        (LINE, "Service_Date__c", {"type": "string"}, "it should be Date/Time or Date"),
    ],
)
def test_a_field_that_does_not_fit_is_named(
    org: CheckedOrg, object: str, field: str, traits: dict[str, object], words: str
) -> None:
    org.change_field(object, field, **traits)
    lines = [line for line in org.troubles() if line.area == "field" and f"field {field}" in line.text]
    assert lines
    assert all(words in line.text for line in lines)


def test_how_scores_must_be_shared_is_told(org: CheckedOrg) -> None:
    [line] = [line for line in org.check() if line.area == "scores"]
    assert line.verdict == "ok"
    assert f"{SCORE}, {REVISION}, {POINT}" in line.text
    assert "Private" in line.text


def test_an_org_without_scores_needs_nothing_of_all_this(org: CheckedOrg) -> None:
    for name in (START, "Event", "Quality_Dashboard__c", LINE, SCORE, POINT, REVISION):
        org.remove_object(name)
    for file in ("touchpoints.toml", "incentive.toml"):
        (org.mappings / file).unlink()
    written = org.mappings / "write_back.toml"
    text = written.read_text(encoding="utf-8")
    written.write_text(text[: text.index("# Quality scores (D30)")], encoding="utf-8")
    assert org.troubles() == []
    assert [line for line in org.check() if line.area == "scores"] == []
