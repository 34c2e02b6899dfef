"""The seeded org: deterministic, coherent, and with something for every rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.sandbox.ids import is_valid
from agent.sandbox.org import SandboxOrg
from agent.sandbox.seed import Seeded, seed
from tests.acceptance.naive import expected_alerts

SLI = "Service_Level_Intervention__c"
NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
FALLBACK = "admin@example.com"


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    return seed(NOW)


def rows(seeded: Seeded, name: str) -> dict[str, dict]:
    return {row["Id"]: row for row in seeded.org.rows(name, seeded.now)}


def notable(seeded: Seeded, nickname: str) -> dict:
    return rows(seeded, SLI)[seeded[nickname]]


def everything(org: SandboxOrg, now: datetime) -> dict[str, list]:
    return {name: list(org.rows(name, now)) for name in org.schemas}


def test_the_same_input_gives_the_same_ids_and_rows() -> None:
    first, second = seed(NOW, size=80, seed=3), seed(NOW, size=80, seed=3)
    assert everything(first.org, NOW) == everything(second.org, NOW)
    assert first.notable == second.notable


def test_another_seed_gives_other_interventions() -> None:
    one, other = seed(NOW, size=80, seed=3), seed(NOW, size=80, seed=4)
    assert everything(one.org, NOW)[SLI] != everything(other.org, NOW)[SLI]


def test_seconds_of_now_make_no_difference() -> None:
    later = NOW + timedelta(seconds=59, microseconds=5)
    assert everything(seed(later, size=60).org, NOW) == everything(seed(NOW, size=60).org, NOW)


def test_size_counts_the_interventions(seeded: Seeded) -> None:
    assert len(rows(seeded, SLI)) == 300
    assert len(rows(seed(NOW, size=75), SLI)) == 75


def test_a_size_without_room_for_the_notable_ones_is_refused(seeded: Seeded) -> None:
    with pytest.raises(ValueError, match=f"needs {len(seeded.notable)} interventions or more"):
        seed(NOW, size=10)


def test_the_seventeen_regions_have_offices_in_their_time_zones(seeded: Seeded) -> None:
    offices = rows(seeded, "Office__c").values()
    assert len(rows(seeded, "Region__c")) == 17
    assert {office["Region__c"] for office in offices} == set(rows(seeded, "Region__c"))
    zones = {office["Time_Zone__c"] for office in offices}
    assert zones >= {
        *("America/Phoenix", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    }
    assert all(ZoneInfo(zone) for zone in zones)


def test_everyone_is_clearly_a_sample(seeded: Seeded) -> None:
    addresses = [user["Email"] for user in rows(seeded, "User").values() if user["Email"]]
    assert all(address.endswith("@example.com") for address in addresses)
    assert len(set(addresses)) == len(addresses)


def test_every_id_carries_a_valid_checksum(seeded: Seeded) -> None:
    assert all(is_valid(row["Id"]) for name in seeded.org.schemas for row in seeded.org.rows(name, NOW))


def test_stamps_follow_the_saves_and_nothing_is_saved_in_the_last_two_minutes(seeded: Seeded) -> None:
    for name in (SLI, "Task", "FeedItem", "FeedComment"):
        for row in rows(seeded, name).values():
            assert row["CreatedDate"] <= row["SystemModstamp"] <= NOW - timedelta(minutes=2)


def test_history_and_feed_come_after_the_submission_by_people_who_worked_there(seeded: Seeded) -> None:
    interventions, users = rows(seeded, SLI), rows(seeded, "User")
    trail = [
        *rows(seeded, "Service_Level_Intervention__History").values(),
        *rows(seeded, "FeedItem").values(),
    ]
    for row in trail:
        assert row["CreatedDate"] >= interventions[row["ParentId"]]["CreatedDate"]
        assert users[row["CreatedById"]]["IsActive"]
    assert len(trail) > 4 * len(interventions)


def test_interventions_are_named_after_client_and_incident(seeded: Seeded) -> None:
    row, clients = notable(seeded, "plan_missing_both"), rows(seeded, "Client__c")
    assert row["Name"] == f"{clients[row['Client__c']]['Name']} - {row['Service_Incident_Type__c']}"
    assert row["Service_Incident_Type__c"] == "No Call No Show"


def test_no_sentence_is_left_with_a_gap_in_it(seeded: Seeded) -> None:
    texts = [row["Description__c"] for row in rows(seeded, SLI).values()]
    texts += [row["Body"] or "" for row in rows(seeded, "FeedItem").values()]
    assert not [text for text in texts if "{" in text or "}" in text]


def test_the_agent_went_live_four_days_ago(seeded: Seeded) -> None:
    [settings] = rows(seeded, "SLI_Agent_Settings__c").values()
    assert settings["Key__c"] == "settings"
    assert settings["Org_Id__c"] == seeded.org.org_id
    assert settings["Go_Live__c"] == seeded.go_live == NOW - timedelta(days=4)
    assert settings["Epoch__c"] is None
    before = [row for row in rows(seeded, SLI).values() if row["CreatedDate"] < seeded.go_live]
    assert len(before) > 250


def test_the_integration_user_is_in_the_org(seeded: Seeded) -> None:
    agent = rows(seeded, "User")[seeded.org.integration_user_id or ""]
    assert agent["Name"] == "SLI Agent"


def test_about_as_many_alerts_are_due_as_a_person_can_look_through(seeded: Seeded) -> None:
    alerts = expected_alerts(seeded.org, NOW, fallback=FALLBACK)
    count = {rule: sum(alert.rule == rule for alert in alerts) for rule in {alert.rule for alert in alerts}}
    assert 25 <= count["submission"] <= 40
    assert 8 <= count["plan_24h"] <= 15
    assert 8 <= count["resolution_30d"] <= 15


BOTH = frozenset({"client", "referral"})
CLIENT, REFERRAL = frozenset({"client"}), frozenset({"referral"})


@pytest.mark.parametrize(
    ("nickname", "owed"),
    [
        ("submitted_minutes_ago", {("submission", frozenset())}),
        ("under_24h_without_plan", {("submission", frozenset())}),
        ("nearly_24h_without_plan", {("submission", frozenset())}),
        ("plan_missing_client", {("submission", frozenset()), ("plan_24h", CLIENT)}),
        ("plan_missing_referral", {("submission", frozenset()), ("plan_24h", REFERRAL)}),
        ("plan_missing_both", {("submission", frozenset()), ("plan_24h", BOTH)}),
        ("plan_late", {("submission", frozenset())}),
        ("plan_tbd", {("submission", frozenset()), ("plan_24h", BOTH)}),
        ("plan_blank_markup", {("submission", frozenset()), ("plan_24h", CLIENT)}),
        ("plan_pending", {("submission", frozenset()), ("plan_24h", REFERRAL)}),
        ("plan_only_markup", {("submission", frozenset()), ("plan_24h", CLIENT)}),
        ("referral_from_day_3", {("plan_24h", REFERRAL)}),
        ("referral_from_day_3_in_time", set()),
        ("client_only", {("submission", frozenset())}),
        ("no_colour", {("submission", frozenset()), ("plan_24h", BOTH)}),
        ("client_not_applicable", {("submission", frozenset()), ("plan_24h", REFERRAL)}),
        ("yellow_on_referral", {("submission", frozenset()), ("plan_24h", REFERRAL)}),
        ("resolved_in_time", set()),
        ("resolved_late", set()),
        ("unresolved_past_30", {("resolution_30d", BOTH)}),
        ("unresolved_for_months", set()),
        ("one_side_unresolved", {("resolution_30d", REFERRAL)}),
        ("nearly_30_days", set()),
        ("reopened", set()),
        ("incident_date_missing", {("resolution_30d", BOTH)}),
        ("incident_after_submission", {("resolution_30d", BOTH)}),
        ("exception_by_director", set()),
        ("exception_by_someone_else", {("resolution_30d", BOTH)}),
        ("exception_without_reason", {("resolution_30d", BOTH)}),
        ("exception_expired", {("resolution_30d", BOTH)}),
        ("exception_for_client_only", {("resolution_30d", REFERRAL)}),
        ("deleted", set()),
    ],
)
def test_each_notable_intervention_meets_its_rule(seeded: Seeded, nickname: str, owed: set) -> None:
    alerts = expected_alerts(seeded.org, NOW, fallback=FALLBACK)
    assert {(a.rule, a.sides) for a in alerts if a.sli_id == seeded[nickname]} == owed


@pytest.mark.parametrize(
    ("nickname", "roles_that_fall_back"),
    [
        ("two_roles", 0),
        ("inactive_regional_csm", 1),
        ("no_regional_csm", 1),
        ("sales_manager_without_address", 1),
        ("no_cc_location", 2),
        ("inactive_owner", 1),
        ("owner_without_manager", 1),
        ("without_referral_account", 0),
    ],
)
def test_roles_nobody_fills_fall_back(seeded: Seeded, nickname: str, roles_that_fall_back: int) -> None:
    users, offices = rows(seeded, "User"), rows(seeded, "Office__c")
    row = notable(seeded, nickname)
    office = offices[row["Office__c"]]
    roles = [row["CreatedById"], office["Regional_Director__c"], office["Regional_CSM__c"]]
    if row["Referral_Account__c"]:
        account = rows(seeded, "Account")[row["Referral_Account__c"]]
        place = offices.get(account["CC_Location__c"], {})
        region = rows(seeded, "Region__c").get(place.get("Region__c"), {})
        roles += [account["OwnerId"], users[account["OwnerId"]]["ManagerId"]]
        roles += [place.get("Regional_Director__c"), region.get("Division_Head__c")]
    people = [users.get(role) for role in roles]
    unreachable = [p for p in people if not (p and p["IsActive"] and p["Email"])]
    assert len(unreachable) == roles_that_fall_back


def test_one_person_holds_two_roles(seeded: Seeded) -> None:
    office = rows(seeded, "Office__c")[notable(seeded, "two_roles")["Office__c"]]
    assert office["Regional_Director__c"] == office["Regional_CSM__c"]


def test_an_account_may_belong_to_an_office_of_another_region(seeded: Seeded) -> None:
    row, offices = notable(seeded, "account_of_another_region"), rows(seeded, "Office__c")
    location = rows(seeded, "Account")[row["Referral_Account__c"]]["CC_Location__c"]
    assert offices[location]["Region__c"] != offices[row["Office__c"]]["Region__c"]


def test_hard_texts_are_in_the_org(seeded: Seeded) -> None:
    assert len(notable(seeded, "long_description")["Description__c"]) > 100_000
    assert "🌻" in notable(seeded, "emoji")["Name"]
    hostile = notable(seeded, "hostile_name")["Name"]
    assert "=?utf-8?" in hostile
    assert "\u202e" in hostile
    assert notable(seeded, "unknown_colour")["Client_Status__c"] == "Purple"
    assert notable(seeded, "deleted")["IsDeleted"]
    assert notable(seeded, "owned_by_queue")["OwnerId"].startswith("00G")
