"""Objects and fields: each trouble is named by file, key and API name, and says how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.sandbox.faults import Fault
from agent.sandbox.rename import Renames
from tests.mail.mail_server import MailServer
from tests.org.checked_org import NOTICE, SETTINGS, SLI, CheckedOrg

HISTORY = "Service_Level_Intervention__History"
FEED = "Service_Level_Intervention__Feed"


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("Region__c", "reference.toml: region.object"),
        (HISTORY, "chatter.toml: history"),
        (FEED, "chatter.toml: feed"),
        ("FeedComment", "chatter.toml: comments"),
        (NOTICE, "write_back.toml: notice.object"),
        (SETTINGS, "write_back.toml: settings.object"),
    ],
)
def test_a_missing_object_is_named_with_its_key(org: CheckedOrg, name: str, where: str) -> None:
    org.remove_object(name)
    failed = [line for line in org.check() if line.verdict == "failed" and line.area == "object"]
    assert [line.text for line in failed] == [f"{where}: the org shows no object {name}."]


def test_a_missing_business_object_may_be_misspelt_or_hidden(org: CheckedOrg) -> None:
    org.edit_mapping("reference.toml", 'object = "Client__c"', 'object = "Clients__c"')
    missing = next(line for line in org.troubles() if line.area == "object")
    assert "no object Clients__c" in missing.text
    assert "spelled right" in missing.mend
    assert "permission set Read" in missing.mend


@pytest.mark.parametrize(("name", "mend"), [(HISTORY, "Track Field History"), (FEED, "Enable Feed Tracking")])
def test_tracking_that_is_off_is_mended_in_setup(org: CheckedOrg, name: str, mend: str) -> None:
    org.remove_object(name)
    line = org.only_trouble()
    assert mend in line.mend
    assert SLI in line.mend
    assert "remove the line" in line.mend


def test_a_missing_notice_object_comes_with_the_recipe_of_its_fields(org: CheckedOrg) -> None:
    org.remove_object(NOTICE)
    mend = org.only_trouble().mend
    assert "Key__c: Text, of 140 characters or more, unique, external ID" in mend
    assert f"Intervention__c: Lookup Relationship, to {SLI}" in mend
    assert "Told__c: Text Area (Long)" in mend


@pytest.mark.parametrize(
    ("object", "field", "where"),
    [
        (SLI, "Client_Intervention_Plan__c", "intervention.toml: sides.client.plan"),
        (SLI, "Referral_Exception_Until__c", "intervention.toml: sides.referral.exception_until"),
        (SLI, "Service_Incident_Type__c", "intervention.toml: incident_type"),
        ("Office__c", "Regional_Director__c", "reference.toml: office.lookups.Regional_Director__c"),
        ("User", "Email", "reference.toml: person.email"),
        (FEED, "Body", f"every read of {FEED}"),
    ],
)
def test_a_hidden_field_is_named_with_its_key_and_the_mend(
    org: CheckedOrg, object: str, field: str, where: str
) -> None:
    org.org.faults.add(Fault.hidden_field(object, field))
    [line] = [line for line in org.troubles() if line.area == "field"]
    assert line.text == f"{where}: field {field} of {object} is missing, or field-level security hides it."
    assert f"permission set, Object Settings > {object}, tick Read Access" in line.mend
    assert line.verdict == "failed"


def test_a_hidden_field_that_nobody_reads_is_no_trouble(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.hidden_field(FEED, "CommentCount"), Fault.hidden_field(SLI, "Description__c"))
    assert org.troubles() == []


def test_every_hidden_field_is_reported_in_one_run(org: CheckedOrg) -> None:
    hidden = ["Client_Status__c", "Referral_Status__c", "Client_Plan_Due__c", "SLI_Number__c"]
    org.org.faults.add(*(Fault.hidden_field(SLI, field) for field in hidden))
    texts = [line.text for line in org.troubles() if line.area == "field"]
    assert [sum(field in text for text in texts) for field in hidden] == [1, 1, 1, 1]


def test_a_written_field_that_is_missing_comes_with_its_recipe(org: CheckedOrg) -> None:
    org.remove_field(SLI, "Client_Plan_Due__c")
    line = org.only_trouble()
    assert line.verdict == "failed"
    assert "write_back.toml: sides.client.plan_due.field: field Client_Plan_Due__c" in line.text
    assert 'Create it (Date/Time, label "Client plan due", help text "When a plan for the client' in line.mend
    assert "tick Edit Access" in line.mend


@pytest.mark.parametrize(
    ("object", "field", "where"),
    [
        (SLI, "Last_Alert_At__c", "write_back.toml: last_alert_at.field"),
        (NOTICE, "Claimed_By__c", "write_back.toml: notice.claimed_by"),
        (SETTINGS, "Go_Live__c", "write_back.toml: settings.go_live"),
    ],
)
def test_a_field_that_cannot_be_written_is_named(
    org: CheckedOrg, object: str, field: str, where: str
) -> None:
    org.org.faults.add(Fault.read_only_field(object, field))
    line = org.only_trouble()
    assert line.verdict == "failed"
    assert line.text == f"{where}: field {field} of {object} cannot be written by the integration user."
    assert f"Object Settings > {object}, tick Edit Access" in line.mend


def test_a_field_that_is_only_read_may_be_read_only(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.read_only_field(SLI, "Client_Status__c"))
    assert org.troubles() == []


@pytest.mark.parametrize("object", [NOTICE, SETTINGS])
def test_an_own_object_the_agent_may_not_create_rows_of_is_named(org: CheckedOrg, object: str) -> None:
    org.change_object(object, createable=False)
    lines = org.troubles()
    assert [line.verdict for line in lines] == ["failed", "failed"]
    assert all(object in line.text for line in lines)
    assert [line.mend for line in lines] == [
        f"Give the integration user's permission set {right} on the object {object}."
        for right in ("Create", "Edit")
    ]


def test_a_key_that_is_not_unique_is_named(org: CheckedOrg) -> None:
    org.change_field(NOTICE, "Key__c", unique=False)
    line = org.only_trouble()
    assert "write_back.toml: notice.key: field Key__c" in line.text
    assert "tick Unique and External ID" in line.mend


def test_a_key_that_is_no_external_id_is_named(org: CheckedOrg) -> None:
    org.change_field(SETTINGS, "Key__c", external_id=False)
    assert "write_back.toml: settings.key: field Key__c" in org.only_trouble().text


def test_a_short_text_area_does_not_hold_who_was_told(org: CheckedOrg) -> None:
    org.change_field(NOTICE, "Told__c", length=255)
    assert "notice.told: field Told__c of SLI_Agent_Notice__c takes 255 characters" in org.only_trouble().text


def test_a_text_that_is_too_short_for_what_is_written_is_named(org: CheckedOrg) -> None:
    org.change_field(SLI, "Client_Plan_State__c", length=10)
    line = org.only_trouble()
    assert "sides.client.plan_state" in line.text
    assert "takes 10 characters; 18 are needed" in line.text
    assert "longer" in line.mend


@pytest.mark.parametrize(
    ("field", "is_now", "verdict", "words"),
    [
        ("Client_Status__c", "string", "failed", "is of type Text; it should be Picklist"),
        ("Incident_Date__c", "datetime", "failed", "is of type Date/Time; it should be Date"),
        ("SLI_Created_Date__c", "datetime", "warning", "is of type Date/Time; it should be Date"),
        ("Referral_Intervention_Plan__c", "string", "warning", "it should be Text Area"),
        ("Referral_Intervention_Plan__c", "boolean", "failed", "it should be Text Area"),
        ("Client_Resolution_Due__c", "date", "failed", "it should be Date/Time"),
        ("Client_Handling_Score__c", "string", "failed", "it should be Number"),
    ],
)
def test_a_field_of_another_type_is_named(
    org: CheckedOrg, field: str, is_now: str, verdict: str, words: str
) -> None:
    org.change_field(SLI, field, type=is_now)
    [line] = [line for line in org.troubles() if line.area == "field"]
    assert line.verdict == verdict
    assert f"field {field} of {SLI} is of type" in line.text
    assert words in line.text
    assert "Map a field of type" in line.mend


def test_a_lookup_that_leads_elsewhere_is_named(org: CheckedOrg) -> None:
    org.change_field(SLI, "Office__c", reference_to=("Account",))
    line = next(line for line in org.troubles() if line.area == "field")
    assert "intervention.toml: office: field Office__c" in line.text
    assert "leads to Account, not to Office__c" in line.text
    assert "reference.toml" in line.mend


def test_a_colour_made_by_a_formula_is_refused(org: CheckedOrg) -> None:
    org.change_field(SLI, "Referral_Status__c", calculated=True)
    line = org.only_trouble()
    assert (line.verdict, "is a formula" in line.text) == ("failed", True)
    assert "sides.referral.colour" in line.text


def test_a_formula_that_is_only_shown_is_fine(org: CheckedOrg) -> None:
    org.change_field(SLI, "SLI_Number__c", calculated=True)
    assert org.troubles() == []


def test_colours_the_mapping_does_not_know_are_named(org: CheckedOrg) -> None:
    org.change_field(SLI, "Client_Status__c", picklist=("Green", "Yellow", "Orange", "Red", "N/A", "Purple"))
    line = org.only_trouble()
    assert line.verdict == "warning"
    assert "intervention.toml: sides.client.colour: field Client_Status__c" in line.text
    assert '"Purple"' in line.text
    assert '"Green"' not in line.text
    assert "sides.client.colours or intervention.toml: sides.client.not_applicable" in line.mend


def test_a_mapped_colour_the_org_does_not_have_is_named(org: CheckedOrg) -> None:
    org.edit_mapping("intervention.toml", "{ Green =", "{ Lime =")
    texts = [line.text for line in org.troubles()]
    assert [
        sum(words in text for text in texts) for words in ('no active value "Lime"', 'know: "Green"')
    ] == [
        2,
        2,
    ]


def test_a_name_in_other_letters_is_no_match(org: CheckedOrg) -> None:
    org.edit_mapping("intervention.toml", '"Client_Status__c"', '"client_status__c"')
    line = org.only_trouble()
    assert "field client_status__c" in line.text
    assert "the org spells it Client_Status__c" in line.text
    assert "capitals" in line.mend


def test_an_object_in_other_letters_is_no_match(org: CheckedOrg) -> None:
    org.edit_mapping("reference.toml", 'object = "Region__c"', 'object = "region__c"')
    assert any("object region__c: the org spells it Region__c" in line.text for line in org.troubles())


def test_a_mapping_without_an_incident_date_is_warned_about(org: CheckedOrg) -> None:
    org.edit_mapping("intervention.toml", 'incident_date = "Incident_Date__c"', "")
    line = org.only_trouble()
    assert (line.verdict, "(D1)" in line.text) == ("warning", True)
    assert "intervention.toml: incident_date" in line.text
    assert "Date field" in line.mend


def test_a_mapping_without_history_is_warned_about(org: CheckedOrg) -> None:
    org.edit_mapping("chatter.toml", f'history = "{HISTORY}"', "")
    line = org.only_trouble()
    assert (line.area, line.verdict) == ("history", "warning")
    assert "chatter.toml: history" in line.text
    assert "Client_Status__c" in line.mend


def test_the_fields_whose_tracking_cannot_be_seen_are_listed(org: CheckedOrg) -> None:
    [line] = [line for line in org.check() if line.area == "history"]
    assert line.verdict == "ok"
    assert "Client_Intervention_Plan__c, Client_Status__c" in line.text


def test_an_org_of_other_names_is_checked_by_its_own_mapping(tmp_path: Path, mail_server: MailServer) -> None:
    names: dict[str, Renames] = {
        "Region__c": {"object": "Area__c", "fields": {"Division_Head__c": "Chief__c"}},
        SLI: {"values": {"Client_Status__c": {"Green": "Saved"}}},
    }
    org = CheckedOrg(tmp_path, mail_server.port, names)
    assert any("no object Region__c" in line.text for line in org.troubles())
    org.edit_mapping("reference.toml", 'object = "Region__c"', 'object = "Area__c"')
    org.edit_mapping("reference.toml", "Division_Head__c", "Chief__c")
    org.edit_mapping("recipients.toml", "Division_Head__r", "Chief__r")
    org.edit_mapping("intervention.toml", '{ Green = "green", Yellow', '{ Saved = "green", Yellow')
    assert org.troubles() == []
