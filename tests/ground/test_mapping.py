"""A mapping is read whole or refused whole: every mistake at once, by file and key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli import main
from agent.errors import ConfigurationError
from agent.mapping import load
from agent.model import Mode, Rule

SANDBOX = Path("mappings/sandbox")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SANDBOX, tmp_path / "org"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    return list(caught.value.problems)


def test_the_sandbox_mapping_is_sound() -> None:
    mapping = load(SANDBOX)
    assert mapping.rules.mode(Rule.PLAN_24H) is Mode.LIVE
    assert mapping.write_back.fields()["client.plan_due"].field == "Client_Plan_Due__c"
    assert mapping.needs_account(mapping.recipients.roles["division_head"])
    assert not mapping.needs_account(mapping.recipients.roles["regional_csm"])


def test_mistakes_in_several_files_are_reported_at_once_by_file_and_key(folder: Path) -> None:
    change(folder, "intervention.toml", 'office = "Office__c"', 'offise = "Office__c"')
    change(folder, "intervention.toml", 'Yellow = "yellow"', 'Yellow = "amber"')
    change(folder, "rules.toml", "plan_hours = 24", "plan_hours = 0")
    change(folder, "recipients.toml", 'path = "CreatedBy"', 'path = "Created By"')
    (folder / "chatter.toml").write_text("history = [", encoding="utf-8")
    (folder / "reference.toml").unlink()

    found = "\n".join(problems(folder))
    for expected in (
        "intervention.toml: office: missing; add it",
        "intervention.toml: offise: unknown key",
        "intervention.toml: sides.client.colours.Yellow: ",
        "rules.toml: plan_hours: ",
        "recipients.toml: roles.submitter.path: 'Created By' is not a valid name",
        "chatter.toml: not valid TOML",
        "reference.toml: missing from",
    ):
        assert expected in found


def test_a_roles_path_over_an_undeclared_lookup_is_named_with_its_mend(folder: Path) -> None:
    change(folder, "recipients.toml", "Office__r.Regional_CSM__r", "Office__r.Regional_Boss__r")
    [problem] = problems(folder)
    assert problem.startswith("recipients.toml: roles.regional_csm.path: 'Regional_Boss__r'")
    assert "[office.lookups] in reference.toml" in problem


def test_a_roles_path_that_ends_at_no_person_is_refused(folder: Path) -> None:
    change(folder, "recipients.toml", "Office__r.Regional_CSM__r", "Office__r.Region__r")
    assert problems(folder) == [
        "recipients.toml: roles.regional_csm.path: leads to region (Region__c), not to a person"
    ]


def test_a_missing_role_and_a_missing_side_are_named(folder: Path) -> None:
    text = (folder / "recipients.toml").read_text(encoding="utf-8")
    start = text.index("[roles.division_head]")
    (folder / "recipients.toml").write_text(text[:start], encoding="utf-8")
    change(folder, "intervention.toml", "[sides.referral]", "[sides.partner]")
    found = "\n".join(problems(folder))
    assert "intervention.toml: sides.partner" in found
    change(folder, "intervention.toml", "[sides.partner]", "[sides.referral]")
    assert problems(folder) == [
        "recipients.toml: roles.division_head: missing; all seven roles of S10 must be there"
    ]


@pytest.mark.parametrize(
    "field",
    ["Client_Status__c", "Recovery_Step_3__c", "Client_Second_Follow_Up__c", "RD_Aligned__c"],
)
def test_the_agent_never_writes_a_field_it_judges_by(folder: Path, field: str) -> None:
    change(folder, "write_back.toml", '"Client_Plan_State__c"', f'"{field}"')
    [problem] = problems(folder)
    assert problem.startswith(f"write_back.toml: client.plan_state.field: {field} is read")


def test_two_values_never_go_to_one_field(folder: Path) -> None:
    change(folder, "write_back.toml", '"Client_Plan_State__c"', '"Client_Resolution_State__c"')
    [problem] = problems(folder)
    assert "Client_Resolution_State__c already receives client.plan_state" in problem


@pytest.mark.parametrize("zone", ["Eastern", "America", "", "../etc"])
def test_a_wrong_time_zone_is_named_with_an_example(folder: Path, zone: str) -> None:
    change(folder, "reference.toml", "America/New_York", zone)
    assert problems(folder) == [
        f"reference.toml: default_time_zone: '{zone}' is no IANA time zone (example: America/Chicago)"
    ]


def test_every_change_of_a_file_makes_another_version(folder: Path) -> None:
    before = load(folder).version
    change(folder, "rules.toml", "plan_hours = 24", "plan_hours = 48")
    assert load(folder).version != before


def test_a_kind_of_alert_nobody_switched_on_stays_in_shadow(folder: Path) -> None:
    text = (folder / "rules.toml").read_text(encoding="utf-8")
    (folder / "rules.toml").write_text(text[: text.index("[alerts.submission]")], encoding="utf-8")
    mapping = load(folder)
    assert {mapping.rules.mode(rule) for rule in (Rule.SUBMISSION, Rule.PLAN_24H)} == {Mode.SHADOW}
    assert mapping.rules.mode(Rule.GO_LIVE) is Mode.LIVE


def test_a_verb_with_a_wrong_mapping_prints_every_mistake_and_exits_2(folder: Path) -> None:
    change(folder, "rules.toml", "plan_hours = 24", 'plan_hours = "a day"')
    change(folder, "intervention.toml", "number = ", "numbre = ")
    done = CliRunner().invoke(main, ["status", "--mappings", str(folder)])
    assert done.exit_code == 2
    assert "rules.toml: plan_hours" in done.stderr
    assert "intervention.toml: number: missing" in done.stderr
