"""Roles that stand in a people directory: told like the others, and directors among them may grant exceptions (D6)."""

from __future__ import annotations

import csv
from typing import Any

from agent.loop import Agent
from tests.company import Company

DIRECTOR = 'path = "Office__r.Regional_Director__r"'
LISTED = 'directory = "people.csv"\nby = "Office__r"'


def with_directory(company: Company, *, user_ids: bool) -> None:
    """The offices' Regional Directors, out of the org and into a file: the same people."""
    users = {row["Id"]: row for row in company.rows("User")}
    company.remap((DIRECTOR, LISTED))
    with (company.mappings / "people.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["role", "key", "name", "email", "user_id"])
        for office in company.rows("Office__c"):
            person = users.get(office["Regional_Director__c"])
            if person and person["Email"] and person["IsActive"]:
                user_id = person["Id"] if user_ids else ""
                lines.writerow(
                    ["regional_director", office["Name"], person["Name"], person["Email"], user_id]
                )


def exceptions(agent: Agent) -> dict[str, Any]:
    """SLI and side -> whether its exception counts, and why not."""
    rows = agent.work.store.rows(
        "SELECT intervention_id || side AS whose, json_extract(inputs, '$.exception.refused_because') AS refused"
        " FROM milestone WHERE side = 'client' AND json_extract(inputs, '$.exception') IS NOT NULL"
    )
    return {row["whose"]: row["refused"] for row in rows}


def test_a_directory_tells_the_same_people_and_its_directors_grant_exceptions(company: Company) -> None:
    with company.agent("by lookups") as agent:
        agent.run_pass(company.clock)
        granted = exceptions(agent)
    assert "[]" in granted.values()

    with_directory(company, user_ids=True)
    with company.agent("by directory") as agent:
        agent.run_pass(company.clock)
        assert exceptions(agent) == granted


def test_a_director_without_a_user_id_grants_none(company: Company) -> None:
    with_directory(company, user_ids=False)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        found = exceptions(agent)
    assert found
    assert "[]" not in found.values()
    assert any("not_the_regional_director" in refused for refused in found.values())


def test_whom_the_directory_names_gets_the_mail(company: Company) -> None:
    with_directory(company, user_ids=False)
    people = company.mappings / "people.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("@", "@new."), encoding="utf-8")
    with company.agent() as agent:
        agent.run_pass(company.clock)
        title = agent.work.mapping.recipients.roles["regional_director"].title
    heard = {
        message.rcpt_tos[0]
        for message in company.sink.messages
        if any(title in line for line in reasons(message.parsed()))
    }
    assert heard
    assert {address for address in heard if "@new." not in address} == set()


def reasons(mail: Any) -> list[str]:
    """Why somebody gets a mail: the lines that name the roles held."""
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    return [part.partition(".")[0] for part in text.split("You get this as: ")[1:]]
