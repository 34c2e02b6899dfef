"""Every decision of a busy month follows from what was stored with it: of each kind, told, suppressed or waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from agent.desk.verify import verify
from agent.loop import Agent
from agent.model import Rule
from agent.ports import MailReply, MailVerdict
from tests.company import Company

SLI = "Service_Level_Intervention__c"
PLAN = "<p>A replacement starts tomorrow; we call the family on Friday.</p>"
PASSES = 40
Send = Callable[[str, str, bytes], MailReply]


def away(_sender: str, _address: str, _message: bytes) -> MailReply:
    return MailReply(MailVerdict.DEFERRED, "the mail server is away")


def a_busy_month(company: Company, agent: Agent) -> None:
    """People go on working, and every few days the mail server is away for two."""
    send: Send = agent.work.mail.send
    for number in range(PASSES):
        agent.work.mail.send = away if number % 7 < 3 else send  # type: ignore[method-assign]
        agent.run_pass(company.clock)
        for row in [r for r in company.rows(SLI) if not r["IsDeleted"]][number::PASSES]:
            company.save(row["Id"], Client_Intervention_Plan__c=PLAN, Client_Status__c="Green")
        company.later(timedelta(hours=19))


def test_every_decision_of_a_busy_month_verifies(company: Company) -> None:
    with company.agent() as agent:
        a_busy_month(company, agent)
        store = agent.work.store
        found = verify(store, None)
        kinds = {row["rule"] for row in store.rows("SELECT DISTINCT rule FROM notice")}
        suppressed = store.value("SELECT count(*) FROM notice WHERE checked IS NOT NULL")

    assert found["differences"] == []
    assert found["checked"]["notices"] > 200
    assert found["key_only"] == 0
    assert kinds >= {
        Rule.SUBMISSION,
        Rule.PLAN_24H,
        Rule.RESOLUTION_DUE_SOON,
        Rule.RESOLUTION_30D,
        Rule.STILL_OPEN,
        Rule.FOLLOW_UP,
        Rule.CONDUCT,
    }
    assert suppressed > 10
