"""Records with nonsense are kept and flagged; they never crash the agent and never lose their batch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.sandbox.handle import handle
from agent.sandbox.http import Request, Response
from agent.store import judged, mirror
from tests.company import Company

SLI = "Service_Level_Intervention__c"
FLAGGED = {
    "unknown_colour": "unknown_colour",
    "yellow_on_referral": "colour_not_for_side",
    "incident_after_submission": "incident_after_submission",
    "incident_date_missing": "incident_date_missing",
    "plan_only_markup": "plan_markup_only",
    "plan_blank_markup": "plan_markup_only",
    "plan_tbd": "plan_placeholder",
    "no_colour": "no_colour_set",
    "reopened": "reopened",
    "exception_by_someone_else": "exception_refused",
    "exception_without_reason": "exception_refused",
    "long_description": None,
    "emoji": None,
    "hostile_name": None,
}


def test_every_record_is_kept_and_nonsense_is_flagged_by_its_name(company: Company) -> None:
    company.remap(('mode = "live"', 'mode = "off"'))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        held = {row["id"] for row in agent.work.store.rows("SELECT id FROM intervention")}
        found = {
            name: [f["code"] for f in judged.findings_of(agent.work.store, company.seeded[name])]
            for name in FLAGGED
        }
        alarms = agent.work.store.rows("SELECT text FROM log WHERE kind = 'alarm'")
    assert held == {row["Id"] for row in company.rows(SLI)}
    assert {name: code for name, code in FLAGGED.items() if code and code not in found[name]} == {}
    assert [row["text"] for row in alarms] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Name", "x" * 80),
        ("Name", 'Ann "Bo" <ann@example.com>, \u202eevil\u202c \u2066\u00ad - Late'),
        ("Client_Intervention_Plan__c", "<p>" * 5000 + "<![x" + "&#0;" * 100),
        ("Client_Intervention_Plan__c", "Ω🌻" * 15_000),
        ("Client_Status__c", "No such colour \U0001f7e3"),
        ("Referral_Status__c", "🔴"),
        ("Client_Exception_Reason__c", "=HYPERLINK('x')"),
    ],
)
def test_any_text_in_any_field_is_judged_and_alerted(company: Company, field: str, value: str) -> None:
    record_id = company.seeded["submitted_minutes_ago"]
    company.save(record_id, **{field: value})
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert mirror.find(agent.work.store, record_id) is not None
        assert judged.milestones_of(agent.work.store, record_id)
    mails = [m.parsed() for m in company.sink.messages if m.parsed()["X-SLI-Record"] == record_id]
    assert mails
    for mail in mails:
        assert not mail.defects
        assert len(mail.get_all("To")) == len(mail.get_all("Subject")) == 1
        assert value not in str(mail["Subject"])


def test_half_an_emoji_loses_no_batch(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text cut at its field's length can end in half an emoji; Salesforce's JSON then holds a lone surrogate."""
    number = next(row for row in company.rows(SLI) if row["Id"] == company.seeded["emoji"])["Name"]

    def cut(org: Any, request: Request, now: Any, rng: Any) -> Response:
        answer = handle(org, request, now, rng)
        quoted = json.dumps(number, ensure_ascii=False)[1:-1].encode()
        return Response(
            answer.status, answer.body.replace(quoted, quoted[:8] + rb"\ud83c"), dict(answer.headers)
        )

    monkeypatch.setattr("agent.sandbox.org.handle", cut)
    company.remap(('mode = "live"', 'mode = "off"'))
    with company.agent() as agent:
        agent.run_pass(company.clock)
        kept = mirror.find(agent.work.store, company.seeded["emoji"])
    assert kept is not None
    assert str(kept.source["Name"]).endswith("?")
