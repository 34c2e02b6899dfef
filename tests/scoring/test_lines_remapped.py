"""Lines follow the mapping: what was read from another field or object counts no longer, and is read again."""

from __future__ import annotations

from billed_lines import amounts, billed, kept
from clinic import HOUR, client, looked

from agent.loop import Agent
from agent.scoring import line_sources
from agent.scoring.plans import CSM, SALES
from agent.store import pay_lines
from tests.company import Company

SOURCE = '[sources.hours]\nobject = "Billing_Line__c"\nclient = "Client__c"\nday = "Service_Date__c"\n'
MAPPED = 'amount = "Billed_Hours__c"\nbillable = "Billable_Hours__c"\n'
"""In the sandbox's incentive.toml."""


def unread(agent: Agent) -> list[str]:
    with kept(agent) as pay:
        return line_sources.unread(pay, agent.work.mapping, CSM)


def test_a_field_that_is_mapped_anew_is_read_anew_and_until_then_its_lines_are_not_all_known(
    clinic: Company,
) -> None:
    one = client(clinic)
    billed(clinic, one, Billable_Hours__c=25, Revenue__c=900)
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        assert (amounts(agent, "hours"), unread(agent)) == ([20], [])
    clinic.remap((MAPPED, 'amount = "Billable_Hours__c"\n'))
    with clinic.agent() as agent:
        assert unread(agent) == ["hours were read by another mapping, and are read anew (`sli-agent once`)"]
        looked(agent, clinic, HOUR)
        assert (amounts(agent, "hours"), amounts(agent, "revenue"), unread(agent)) == ([25], [900], [])


def test_lines_that_are_to_be_read_anew_from_an_org_that_does_not_answer_are_not_all_known(
    clinic: Company,
) -> None:
    billed(clinic, client(clinic), Revenue__c=900)
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
    clinic.remap((MAPPED, 'amount = "Billable_Hours__c"\n'))
    with clinic.agent() as agent, kept(agent) as pay:
        line_sources.follow(pay, agent.work.mapping)
        why = "hours are still being read from Salesforce (`sli-agent once`)"
        assert (amounts(agent, "hours"), unread(agent)) == ([], [why])
        assert line_sources.unread(pay, agent.work.mapping, SALES) == []


def test_a_source_that_is_mapped_no_more_leaves_the_lines_of_files_alone(clinic: Company) -> None:
    billed(clinic, client(clinic), Revenue__c=900)
    file = {
        "kind": "hours",
        "id": "1",
        "client_id": None,
        "person_id": None,
        "day": "2026-03-09",
        "amount": "7",
    }
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        with kept(agent) as pay, pay.transaction():
            pay_lines.save_lines(pay, [{**file, "billable": None, "source": "file:march.csv"}])
        assert sorted(amounts(agent, "hours")) == [7, 20]
    clinic.remap((f"{SOURCE}{MAPPED}", ""))
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        assert (amounts(agent, "hours"), amounts(agent, "revenue")) == ([7], [900])
