"""outbox retry and drop: what a person does about dead letters, beside an agent that is running."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.clock import SystemClock
from agent.loop import Agent
from agent.ports import MailReply, MailVerdict
from agent.sandbox.faults import Fault
from agent.store import intents
from tests.company import Company, Founding
from tests.sync.watching import MINUTE, SLI, Post, with_post

Ask = Callable[..., Result]
NOTICE = "SLI_Agent_Notice__c"


class PickyPost(Post):
    """Refuses one address for good, or never answers about it, until it is content."""

    def __init__(self) -> None:
        super().__init__()
        self.picky: tuple[str, MailVerdict] | None = None
        self.offered: list[tuple[str, bytes]] = []

    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        self.offered.append((address, message))
        if self.picky and address == self.picky[0]:
            return MailReply(self.picky[1], "550 No such mailbox here")
        return super().send(sender, address, message)


@pytest.fixture
def running(found_company: Founding) -> Iterator[tuple[Company, Agent, PickyPost]]:
    """An agent on this machine's clock: the verbs read that one."""
    now = SystemClock().now().replace(microsecond=0)
    with found_company(now=now, size=60) as company, company.agent() as agent:
        with_post(agent)
        agent.work.mail = post = PickyPost()
        yield company, agent, post


@pytest.fixture
def ask(running: tuple[Company, Agent, PickyPost]) -> Ask:
    company, _, _ = running

    def ask(*words: str, **more: Any) -> Result:
        return CliRunner().invoke(main, ["outbox", *words, "--state-dir", str(company.root / "one")], **more)

    return ask


def record(company: Company, nickname: str) -> dict[str, Any]:
    return next(row for row in company.rows(SLI) if row["Id"] == company.seeded[nickname])


def submitter(company: Company, nickname: str) -> str:
    by = record(company, nickname)["CreatedById"]
    return str(next(u["Email"] for u in company.rows("User") if u["Id"] == by))


def told(company: Company, nickname: str) -> dict[str, str]:
    """Address -> state, as Salesforce keeps it."""
    rows = [r for r in company.rows(NOTICE) if r.get("Intervention__c") == company.seeded[nickname]]
    return {d["address"]: d["state"] for row in rows for d in json.loads(row["Told__c"])["deliveries"]}


def settled(company: Company, agent: Agent) -> None:
    company.later(5 * MINUTE)
    agent.run_pass(company.clock)


@pytest.mark.parametrize("verdict", [MailVerdict.REFUSED, MailVerdict.UNKNOWN])
def test_a_mail_tried_again_is_the_same_bytes_and_salesforce_learns_that_it_arrived(
    running: tuple[Company, Agent, PickyPost], ask: Ask, verdict: MailVerdict
) -> None:
    company, agent, post = running
    address, number = submitter(company, "client_only"), record(company, "client_only")["SLI_Number__c"]
    post.picky = (address, verdict)
    agent.run_pass(company.clock)
    settled(company, agent)
    stuck = {MailVerdict.REFUSED: "dead", MailVerdict.UNKNOWN: "uncertain"}[verdict]
    assert told(company, "client_only")[address] == stuck

    post.picky = None
    before = [m for a, m in post.offered if a == address]
    done = ask("retry", number)
    assert done.exit_code == 0
    assert "1 mail" in done.output
    settled(company, agent)
    again = [m for a, m in post.offered if a == address][len(before) :]
    assert len(again) == 1
    assert again[0] in before
    assert message_from_bytes(again[0])["Message-ID"]
    assert told(company, "client_only")[address] == "sent"


def test_a_dropped_mail_is_not_offered_again_and_stays_on_record_in_salesforce_too(
    running: tuple[Company, Agent, PickyPost], ask: Ask
) -> None:
    company, agent, post = running
    address, number = submitter(company, "client_only"), record(company, "client_only")["SLI_Number__c"]
    post.picky = (address, MailVerdict.REFUSED)
    agent.run_pass(company.clock)

    asked = ask("drop", number, input="n\n")
    assert asked.exit_code == 1
    assert told(company, "client_only")[address] == "dead"

    done = ask("drop", number, "--yes")
    assert done.exit_code == 0
    offered = len(post.offered)
    settled(company, agent)
    assert len(post.offered) == offered
    assert told(company, "client_only")[address] == "dropped"
    listed = json.loads(ask("list", "--all", "--json").stdout)["messages"]
    assert "dropped" in {m["state"] for m in listed if m["address"] == address}
    assert "dropped" in ask("list", "--all").stdout

    post.picky = None
    assert "1 mail" in ask("retry", number).output  # It was dropped by mistake.
    settled(company, agent)
    assert told(company, "client_only")[address] == "sent"


def test_refused_fields_are_listed_tried_again_and_gone_from_the_list(
    running: tuple[Company, Agent, PickyPost], ask: Ask
) -> None:
    company, agent, _ = running
    number = record(company, "emoji")["SLI_Number__c"]
    company.seeded.org.faults.add(
        Fault.row_error(SLI, "FIELD_CUSTOM_VALIDATION_EXCEPTION", where={"Id": company.seeded["emoji"]})
    )
    company.seeded.org.faults.add(Fault.lock_row(company.seeded["client_only"], times=None))
    agent.run_pass(company.clock)
    text = ask("list").stdout
    assert f"refused   {number}" in text
    assert f"again     {record(company, 'client_only')['SLI_Number__c']}" in text
    assert "next try" in text

    company.seeded.org.faults.clear()
    assert "1 SLI's refused fields" in ask("retry", "--all").output
    settled(company, agent)
    assert intents.letters(agent.work.store) == []
    assert number not in ask("list").stdout
    assert "nothing" in ask("retry", "--all").output


@pytest.mark.parametrize("verb", ["retry", "drop"])
@pytest.mark.parametrize("words", [[], ["SLI-00001", "--all"]])
def test_what_is_meant_must_be_said(ask: Ask, verb: str, words: list[str]) -> None:
    done = ask(verb, *words)
    assert done.exit_code == 2
    assert "--all" in done.output


def test_where_nothing_is_stuck_nobody_is_asked_whether_to_drop_it(
    running: tuple[Company, Agent, PickyPost], ask: Ask
) -> None:
    company, agent, _ = running
    agent.run_pass(company.clock)
    done = ask("drop", "--all")
    assert (done.exit_code, done.stdout) == (0, "Dropped: nothing.\n")


def test_an_unknown_number_says_how_to_find_one(running: tuple[Company, Agent, PickyPost], ask: Ask) -> None:
    company, agent, _ = running
    agent.run_pass(company.clock)
    done = ask("retry", "SLI-99999")
    assert done.exit_code == 1
    assert "outbox list" in done.output
