"""One run of `check`: what a healthy org says, and what stops or narrows the whole run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.errors import ConfigurationError
from agent.org.check import CheckLine, budget_line, skew_line
from agent.salesforce.transport import ApiUsage, AppUsage
from agent.sandbox.faults import Fault
from tests.mail.mail_server import MailServer
from tests.org.checked_org import NOW, SLI, CheckedOrg


def text_of(lines: list[CheckLine], area: str) -> str:
    [line] = [line for line in lines if line.area == area]
    return line.text


def test_a_healthy_org_gives_no_trouble_but_its_empty_roles(org: CheckedOrg) -> None:
    lines = org.check()
    assert {line.area for line in lines if line.verdict != "ok"} == {"roles"}
    assert [line for line in lines if line.verdict == "failed"] == []
    assert {line.area for line in lines} == {
        *("sign-in", "API version", "clock", "API budget", "object", "history", "sharing", "roles"),
        *("time zones", "mail", "alerts", "rules", "scores", "pay"),
    }


def test_every_trouble_comes_with_its_mend(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.hidden_field(SLI, "Client_Status__c"), Fault.lost_sharing("Office__c"))
    org.skew = timedelta(minutes=6)
    troubles = [line for line in org.check() if line.verdict != "ok"]
    assert len({line.area for line in troubles}) > 2
    assert [line for line in troubles if not line.mend] == []


def test_a_line_is_ready_for_json() -> None:
    line = CheckLine("mail", "failed", "it does not answer", "Check SLI_SMTP_URL.")
    assert line.as_dict() == {
        "area": "mail",
        "verdict": "failed",
        "text": "it does not answer",
        "mend": "Check SLI_SMTP_URL.",
    }


def test_a_check_takes_few_calls_and_changes_nothing(org: CheckedOrg, mail_server: MailServer) -> None:
    before = {name: list(org.org.rows(name, NOW)) for name in org.org.schemas}
    org.check()
    assert len(org.org.calls) <= 25
    assert {name: list(org.org.rows(name, NOW)) for name in org.org.schemas} == before
    assert mail_server.messages == []


def test_an_object_that_two_keys_name_is_described_once(org: CheckedOrg) -> None:
    org.edit_mapping("reference.toml", 'object = "Region__c"', 'object = "Office__c"')
    org.check()
    described = [path for path in org.requests if path.endswith("Office__c/describe")]
    assert len(described) == 1


def test_the_connections_are_closed(org: CheckedOrg) -> None:
    org.check()
    assert org.transport_closed


def test_wrong_credentials_are_one_line_and_one_attempt(org: CheckedOrg) -> None:
    [line] = org.check(sf_client_secret="wr0ng-secret")
    assert (line.area, line.verdict) == ("sign-in", "failed")
    assert "invalid client credentials" in line.text
    assert "SLI_SF_CLIENT_SECRET" in line.mend
    assert "wr0ng-secret" not in line.text + line.mend
    assert org.requests == ["/services/oauth2/token"]


def test_an_org_out_of_reach_is_one_line(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.dropped(times=None))
    [line] = org.check()
    assert (line.area, line.verdict) == ("sign-in", "failed")
    assert "SLI_SF_INSTANCE_URL" in line.mend


def test_a_mapping_with_mistakes_is_a_configuration_error(org: CheckedOrg) -> None:
    org.edit_mapping("rules.toml", "plan_hours = 24", "plan_hours = 0")
    with pytest.raises(ConfigurationError, match=r"rules\.toml: plan_hours"):
        org.check()


def test_an_unknown_api_version_is_named_and_no_object_is_blamed(org: CheckedOrg) -> None:
    line = org.only_trouble(sf_api_version="19.0")
    assert (line.area, line.verdict) == ("API version", "failed")
    assert "version 19.0" in line.text
    assert "SLI_SF_API_VERSION" in line.mend


def test_a_used_up_daily_limit_ends_the_check_of_the_org_and_not_that_of_the_mail(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.daily_limit(times=None, path="/describe"))
    lines = org.check()
    [line] = [line for line in lines if line.verdict != "ok"]
    assert "REQUEST_LIMIT_EXCEEDED" in line.text
    assert "not checked" in line.text
    assert len([path for path in org.requests if path.endswith("/describe")]) == 1
    assert "mail" in {line.area for line in lines}


def test_one_question_that_fails_leaves_the_others(org: CheckedOrg) -> None:
    org.org.faults.add(Fault.hidden_field("Office__c", "Regional_CSM__c"))
    lines = org.check()
    failures = {line.area: line for line in lines if line.verdict == "failed"}
    assert set(failures) == {"field", "roles"}
    assert "Regional_CSM__r" in failures["roles"].text
    assert failures["roles"].mend.startswith("First mend what the lines above name")
    assert "each with an IANA time zone" in text_of(lines, "time zones")


def test_a_mail_server_that_turns_us_away_is_named(org: CheckedOrg, mail_server: MailServer) -> None:
    mail_server.answers["GREETING"] = "554 No service here"
    line = org.only_trouble()
    assert (line.area, line.verdict) == ("mail", "failed")
    assert f"smtp://127.0.0.1:{mail_server.port}" in line.text
    assert "554 No service here" in line.text
    assert "SLI_SMTP_URL" in line.mend


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, "ok"), (30, "ok"), (31, "warning"), (-31, "warning"), (300, "warning"), (301, "failed")],
)
def test_the_clock_may_be_half_a_minute_off(seconds: int, verdict: str) -> None:
    line = skew_line(NOW + timedelta(seconds=seconds), NOW)
    assert line.verdict == verdict
    assert f"{abs(seconds)} s apart" in line.text
    assert ("time synchronisation" in line.mend) == (verdict != "ok")


def test_the_clock_is_compared_with_the_orgs(org: CheckedOrg) -> None:
    org.skew = timedelta(seconds=90)
    line = org.only_trouble()
    assert (line.area, line.verdict) == ("clock", "warning")
    assert "90 s apart" in line.text


def test_an_answer_without_a_date_is_no_clock() -> None:
    line = skew_line(None, NOW)
    assert (line.verdict, "Date header" in line.mend) == ("failed", True)


@pytest.mark.parametrize(
    ("usage", "verdict", "left"),
    [
        (ApiUsage(0, 1440), "ok", "1,440 of 1,440"),
        (ApiUsage(1, 1440), "warning", "1,439 of 1,440"),
        (ApiUsage(1440, 1440), "failed", "0 of 1,440"),
        (ApiUsage(0, 100_000, AppUsage("agent", 240, 250)), "warning", "10 of 250"),
    ],
)
def test_the_budget_is_held_against_a_day_of_polling(usage: ApiUsage, verdict: str, left: str) -> None:
    line = budget_line(usage, poll_seconds=60)
    assert line.verdict == verdict
    assert line.text.startswith(left)
    assert ("SLI_POLL_SECONDS" in line.mend) == (verdict != "ok")


def test_a_budget_nobody_tells_is_a_warning() -> None:
    assert budget_line(None, poll_seconds=60).verdict == "warning"


def test_a_nearly_used_up_org_is_warned_about(org: CheckedOrg) -> None:
    org.org.daily_limit = 500
    line = org.only_trouble()
    assert (line.area, line.verdict) == ("API budget", "warning")


def test_the_modes_of_the_alerts_are_told(org: CheckedOrg) -> None:
    org.edit_mapping(
        "rules.toml", '[alerts.submission]\nmode = "live"', '[alerts.submission]\nmode = "shadow"'
    )
    org.edit_mapping("rules.toml", '[alerts.plan_24h]\nmode = "live"', '[alerts.plan_24h]\nmode = "off"')
    told = text_of(org.check(), "alerts")
    assert told.startswith("submission: shadow, plan_24h: off, resolution_30d: live, plan_due_soon: live,")
    assert "not sent" in told


def test_the_placeholders_are_told(org: CheckedOrg) -> None:
    assert '"to be determined"' in text_of(org.check(), "rules")
