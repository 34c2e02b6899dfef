"""The naive oracle is itself held to the examples of the process."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agent.sandbox.catalogue import standard_objects
from agent.sandbox.org import SandboxOrg
from tests.acceptance.naive import SLI, Alert, expected_alerts, is_documented

GO_LIVE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SUBMITTED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
JUDGED_LATER = timedelta(seconds=600)
FALLBACK = "Admin@Example.com"
BOTH = frozenset({"client", "referral"})


class Company:
    """One office in Phoenix with an account, one person in each role, and an agent that is live."""

    def __init__(self) -> None:
        self.org = SandboxOrg(standard_objects())
        self.users: dict[str, str] = {}
        for name in ("submitter", "owner", "manager", "director", "csm", "head"):
            self.users[name] = self._add(
                "User",
                LastName=name,
                Username=f"{name}@example.com",
                Email=f"{name.title()}@example.com",
                IsActive=True,
                TimeZoneSidKey="America/Phoenix",
            )
        self.change("owner", ManagerId=self.users["manager"])
        region = self._add("Region__c", Division_Head__c=self.users["head"])
        self.office = self._add(
            "Office__c",
            Time_Zone__c="America/Phoenix",
            Region__c=region,
            Regional_Director__c=self.users["director"],
            Regional_CSM__c=self.users["csm"],
        )
        self.account = self._add(
            "Account", Name="Partner", OwnerId=self.users["owner"], CC_Location__c=self.office
        )
        self.client = self._add("Client__c", Office__c=self.office)
        self._add("SLI_Agent_Settings__c", Key__c="settings", Go_Live__c=GO_LIVE)

    def _add(self, table: str, **values: Any) -> str:
        return self.org.insert(table, values, at=GO_LIVE - DAY, by=self.users.get("submitter", ""))

    def change(self, user: str, **values: Any) -> None:
        self.org.update(self.users[user], values, at=GO_LIVE - DAY, by=self.users["submitter"])

    def submit(self, *, at: datetime = SUBMITTED, **values: Any) -> str:
        row = {
            "Client__c": self.client,
            "Referral_Account__c": self.account,
            "Office__c": self.office,
            "Client_Status__c": "Orange",
            "Referral_Status__c": "Orange",
            "Incident_Date__c": date(2026, 3, 1),
            **values,
        }
        return self.org.insert(SLI, row, at=at, by=self.users["submitter"])

    def update(self, sli: str, *, at: datetime, by: str = "submitter", **values: Any) -> None:
        self.org.update(sli, values, at=at, by=self.users[by])

    def owed(self, rule: str, now: datetime) -> list[Alert]:
        alerts = expected_alerts(self.org, now, fallback=FALLBACK)
        return sorted((a for a in alerts if a.rule == rule), key=lambda alert: alert.due)

    def told(self) -> frozenset[str]:
        [alert] = self.owed("submission", SUBMITTED + HOUR)
        return alert.recipients


@pytest.fixture
def company() -> Company:
    return Company()


def test_a_submission_is_told_to_everyone_in_a_role_once(company: Company) -> None:
    company.submit()
    people = {"submitter", "owner", "manager", "director", "csm", "head"}
    assert company.told() == {f"{name}@example.com" for name in people}


def test_a_submission_at_the_very_instant_of_go_live_is_not_told(company: Company) -> None:
    company.submit(at=GO_LIVE)
    company.submit(at=GO_LIVE + SECOND)
    assert [alert.due for alert in company.owed("submission", GO_LIVE + HOUR)] == [GO_LIVE + SECOND]


def test_a_role_without_a_reachable_person_goes_to_the_fallback(company: Company) -> None:
    company.submit()
    company.change("csm", IsActive=False)
    company.change("head", Email=None)
    told = company.told()
    assert "admin@example.com" in told
    assert not {"csm@example.com", "head@example.com"} & told


def test_without_a_referral_account_its_four_roles_drop_out(company: Company) -> None:
    company.submit(Referral_Account__c=None)
    assert company.told() == {"submitter@example.com", "director@example.com", "csm@example.com"}


def test_an_account_without_a_location_leaves_two_roles_to_the_fallback(company: Company) -> None:
    company.org.update(company.account, {"CC_Location__c": None}, at=GO_LIVE, by=company.users["owner"])
    company.submit()
    assert company.told() >= {"admin@example.com", "owner@example.com", "manager@example.com"}
    assert "head@example.com" not in company.told()


def test_a_missing_plan_is_owed_once_the_mirror_is_complete_through_24_hours(company: Company) -> None:
    company.submit()
    due = SUBMITTED + 24 * HOUR
    assert company.owed("plan_24h", due + JUDGED_LATER - SECOND) == []
    [alert] = company.owed("plan_24h", due + JUDGED_LATER)
    assert (alert.due, alert.sides) == (due, BOTH)


def test_a_plan_that_is_there_when_judged_is_not_alerted(company: Company) -> None:
    sli = company.submit(Client_Intervention_Plan__c="<p>Call on Monday</p>")
    company.update(sli, at=SUBMITTED + 24 * HOUR + SECOND, Referral_Intervention_Plan__c="Visit")
    assert company.owed("plan_24h", SUBMITTED + 25 * HOUR) == []


def test_a_side_that_begins_to_apply_later_has_a_clock_of_its_own(company: Company) -> None:
    sli = company.submit(Referral_Status__c=None)
    company.update(sli, at=SUBMITTED + 3 * DAY, Referral_Status__c="Orange")
    alerts = company.owed("plan_24h", SUBMITTED + 5 * DAY)
    assert [(alert.due, alert.sides) for alert in alerts] == [
        (SUBMITTED + DAY, {"client"}),
        (SUBMITTED + 4 * DAY, {"referral"}),
    ]


def test_without_any_colour_the_sides_with_a_lookup_apply(company: Company) -> None:
    company.submit(Client_Status__c=None, Referral_Status__c=None, Client__c=None)
    [alert] = company.owed("plan_24h", SUBMITTED + 2 * DAY)
    assert alert.sides == {"referral"}


def test_a_side_that_is_not_applicable_owes_nothing(company: Company) -> None:
    company.submit(Client_Status__c="N/A")
    [alert] = company.owed("plan_24h", SUBMITTED + 2 * DAY)
    assert alert.sides == {"referral"}


# Phoenix keeps UTC-7 all year: its March 31 ends at 07:00 UTC on April 1.
THIRTY_DAYS = datetime(2026, 4, 1, 6, 59, 59, tzinfo=UTC)


def test_thirty_days_end_with_the_local_day_of_the_office(company: Company) -> None:
    company.submit()
    assert company.owed("resolution_30d", THIRTY_DAYS + JUDGED_LATER - SECOND) == []
    [alert] = company.owed("resolution_30d", THIRTY_DAYS + JUDGED_LATER)
    assert (alert.due, alert.sides) == (THIRTY_DAYS, BOTH)


@pytest.mark.parametrize("incident", [None, date(2026, 3, 3)])
def test_without_a_trusted_incident_date_the_clock_starts_on_the_day_of_submission(
    company: Company, incident: date | None
) -> None:
    company.submit(Incident_Date__c=incident)
    [alert] = company.owed("resolution_30d", THIRTY_DAYS + 5 * DAY)
    assert alert.due == THIRTY_DAYS + DAY


def test_only_the_side_that_is_still_open_is_named(company: Company) -> None:
    sli = company.submit()
    company.update(sli, at=SUBMITTED + DAY, Client_Status__c="Red")
    [alert] = company.owed("resolution_30d", THIRTY_DAYS + DAY)
    assert alert.sides == {"referral"}


def test_a_side_once_resolved_and_reopened_is_not_late(company: Company) -> None:
    sli = company.submit(Referral_Status__c=None)
    company.update(sli, at=SUBMITTED + DAY, Client_Status__c="Green")
    company.update(sli, at=SUBMITTED + 9 * DAY, Client_Status__c="Orange")
    assert company.owed("resolution_30d", THIRTY_DAYS + DAY) == []


def test_an_exception_by_the_regional_director_moves_the_due_date(company: Company) -> None:
    sli = company.submit(Referral_Status__c=None)
    exception = {"Client_Exception_Until__c": date(2026, 4, 10), "Client_Exception_Reason__c": "Rehab"}
    company.update(sli, at=SUBMITTED + DAY, by="director", **exception)
    assert company.owed("resolution_30d", THIRTY_DAYS + 9 * DAY) == []
    [alert] = company.owed("resolution_30d", THIRTY_DAYS + 11 * DAY)
    assert alert.due == THIRTY_DAYS + 10 * DAY


@pytest.mark.parametrize(("by", "reason"), [("csm", "Rehab"), ("director", None)])
def test_an_exception_by_someone_else_or_without_reason_moves_nothing(
    company: Company, by: str, reason: str | None
) -> None:
    sli = company.submit(Referral_Status__c=None)
    exception = {"Client_Exception_Until__c": date(2026, 4, 10), "Client_Exception_Reason__c": reason}
    company.update(sli, at=SUBMITTED + DAY, by=by, **exception)
    [alert] = company.owed("resolution_30d", THIRTY_DAYS + DAY)
    assert alert.due == THIRTY_DAYS


def test_a_deleted_intervention_owes_nothing(company: Company) -> None:
    sli = company.submit()
    company.org.delete(sli, at=SUBMITTED + HOUR, by=company.users["submitter"])
    assert expected_alerts(company.org, SUBMITTED + 2 * DAY, fallback=FALLBACK) == set()


@pytest.mark.parametrize(
    "plan", [None, "", "TBD", "<p>&nbsp;</p>", "<ul><li></li></ul>", "<p>Pending.</p>", "n/a"]
)
def test_placeholders_and_bare_markup_are_no_plan(plan: str | None) -> None:
    assert not is_documented(plan)


@pytest.mark.parametrize("plan", ["Call", "<p>Pending items: call</p>", "TBD on Monday", "👍"])
def test_any_other_text_is_a_plan(plan: str) -> None:
    assert is_documented(plan)
