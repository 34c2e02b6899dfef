"""The one summary the admins get when the agent first reads an org (D9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern
from zoneinfo import ZoneInfo

from agent.alerts.compose import GoLiveView, compose_go_live
from agent.model import Mode, Notice, Recipient, Rule

NOW = datetime(2026, 11, 14, 20, 7, tzinfo=UTC)
VIEW = GoLiveView(
    go_live=NOW,
    zone=ZoneInfo("America/New_York"),
    open=1320,
    without_plan=17,
    past_resolution=41,
    modes={Rule.SUBMISSION: Mode.LIVE, Rule.PLAN_24H: Mode.SHADOW, Rule.RESOLUTION_30D: Mode.OFF},
    url="https://agency.example/lightning/o/Service_Level_Intervention__c/list",
)
NOTICE = Notice("00D5e000001ABCDEA2", "-", Rule.GO_LIVE, NOW)
ADMIN = Recipient("admin@agency.example", "", None, roles=("Administrator",))


def texts(view: GoLiveView) -> tuple[str, str, str]:
    composed = compose_go_live(NOTICE, view, ADMIN, sender="sli@agency.example", now=NOW)
    message = message_from_bytes(composed.data.replace(b"\r\n", b"\n"), policy=modern)
    bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    return composed.subject, bodies[0], bodies[1]


def test_the_summary_says_what_is_old_and_will_not_be_alerted() -> None:
    subject, text, page = texts(VIEW)
    assert subject == "SLI agent is live; already open, not alerted: 1,320"
    assert text.startswith("The SLI agent is live\n")
    for body in (text, page):
        assert "It went live on Nov 14, 2026, 3:07 PM EST." in body
        assert "Open interventions: 1,320" in body
        assert "Of them, without a plan in time: 17" in body
        assert "Of them, past the 30 days: 41" in body
        assert "You get this as: Administrator." in body


def test_the_summary_says_what_happens_from_now_on_in_the_rules_own_numbers() -> None:
    _, text, _ = texts(replace(VIEW, plan_hours=48, resolution_days=45))
    assert "- On submission: sent\n" in text
    assert "- When no plan is documented after 48 hours: decided and logged, not sent (shadow)\n" in text
    assert "- When not resolved after 45 days: off\n" in text


def test_the_summary_is_the_same_bytes_every_time() -> None:
    assert texts(VIEW) == texts(VIEW)
