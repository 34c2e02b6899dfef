"""Messages: one person, one outcome, and nothing lost when mailboxes, servers or the agent fail."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from agent.model import MessageState
from agent.pipeline import deliver
from agent.ports import MailReply, MailVerdict
from agent.sandbox.world import ADMIN
from agent.store import messages
from tests.company import Company
from tests.heard import mails_telling, people_told

NOTICE = "SLI_Agent_Notice__c"


def addresses(company: Company) -> Counter[tuple[str, str]]:
    """(Message-ID, address) of everything that arrived, and how often."""
    return Counter((str(m.parsed()["Message-ID"]), m.rcpt_tos[0]) for m in company.sink.messages)


def test_a_refused_address_stops_nobody_else_and_its_fallback_hears_in_its_place(company: Company) -> None:
    record_id = company.seeded["plan_missing_both"]
    director = next(
        office for office in company.rows("Office__c") if office["Id"] == sli(company, record_id)["Office__c"]
    )["Regional_Director__c"]
    address = next(user["Email"] for user in company.rows("User") if user["Id"] == director)
    company.sink.refuse(address, 550, "No such mailbox")
    with company.agent() as agent:
        found = agent.run_pass(company.clock)
        dead = messages.listed(agent.work.store, states=(MessageState.DEAD,))

    assert found["alerts"]["dead"] == len(dead) > 0
    assert {message["address"] for message in dead} == {address}
    assert all("550" in message["reply"] for message in dead)
    heard_by = people_told(company.sink, record_id, "plan_24h")
    assert address not in heard_by
    assert ADMIN in heard_by
    stood_in = [m for m in mails_telling(company.sink, record_id, "plan_24h") if m["To"] == ADMIN]
    assert "in place of" in stood_in[0].get_body(("plain",)).get_content().lower()  # type: ignore[union-attr]
    assert {row["Outcome__c"] for row in company.rows(NOTICE)} == {"told"}


def sli(company: Company, record_id: str) -> dict[str, object]:
    return next(r for r in company.rows("Service_Level_Intervention__c") if r["Id"] == record_id)


def test_mail_that_is_down_is_tried_again_and_everything_arrives_once(company: Company) -> None:
    company.sink.down()
    with company.agent() as agent:
        found = agent.run_pass(company.clock)
        assert found["mails"] == 0
        assert set(messages.counts(agent.work.store)) == {"queued"}
        for _ in range(5):
            company.later(timedelta(minutes=15))
            agent.run_pass(company.clock)
        company.sink.up()
        company.later(timedelta(minutes=20))
        agent.run_pass(company.clock)
        assert set(messages.counts(agent.work.store)) == {"sent"}

    assert set(addresses(company).values()) == {1}
    assert {row["Outcome__c"] for row in company.rows(NOTICE)} == {"told"}


def test_an_address_put_off_by_the_server_holds_back_no_other(company: Company) -> None:
    one = next(
        user["Email"] for user in company.rows("User") if user["Id"] == company.seeded.ids["rd/Nebraska"]
    )
    company.sink.refuse(one, 451, "Try again later")
    with company.agent() as agent:
        agent.run_pass(company.clock)
        waiting = messages.listed(agent.work.store, states=(MessageState.QUEUED,))
        assert {message["address"] for message in waiting} == {one}
        company.sink.accept(one)
        company.later(timedelta(minutes=20))
        agent.run_pass(company.clock)
        assert messages.listed(agent.work.store, states=(MessageState.QUEUED,)) == []
    assert set(addresses(company).values()) == {1}


def test_a_reply_lost_after_the_message_was_offered_is_repeated_once_with_the_same_id(
    company: Company,
) -> None:
    company.sink.drop_connection_after_data(kept=True)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(timedelta(minutes=2))
        agent.run_pass(company.clock)

    repeated = [key for key, n in addresses(company).items() if n > 1]
    assert len(repeated) == 1
    assert addresses(company)[repeated[0]] == 2


def test_a_message_twice_without_an_answer_is_uncertain_and_not_repeated_again(company: Company) -> None:
    with company.agent() as agent:
        agent.work.mail = _Unknown()
        for _ in range(6):
            agent.run_pass(company.clock)
            company.later(timedelta(minutes=2))
        states = messages.counts(agent.work.store)
        assert set(states) == {"uncertain"}
        assert agent.work.mail.offers == 2 * states["uncertain"]


def test_the_admins_hear_of_each_mail_whose_fate_nobody_knows_once(company: Company) -> None:
    with company.agent() as agent:
        door, agent.work.mail = agent.work.mail, _Unknown()
        for _ in range(2):
            agent.run_pass(company.clock)
            company.later(timedelta(minutes=2))
        uncertain = messages.listed(agent.work.store, states=(MessageState.UNCERTAIN,))
        agent.work.mail = door
        for _ in range(3):
            agent.run_pass(company.clock)
            company.later(timedelta(minutes=2))
        assert messages.listed(agent.work.store, states=(MessageState.UNCERTAIN,)) == uncertain
    told = [m for m in company.sink.messages if m.parsed()["X-SLI-Rule"] == "uncertain"]
    assert {m.rcpt_tos for m in told} == {(ADMIN,)}
    assert len(told) == len(uncertain) > 10
    texts = [m.parsed().get_body(("plain",)).get_content() for m in told]  # type: ignore[union-attr]
    assert all(any(mail["id"].strip("<>") in text for text in texts) for mail in uncertain)


def test_a_mail_put_off_before_its_outcome_is_lost_is_repeated_all_the_same(company: Company) -> None:
    with company.agent() as agent:
        agent.work.mail = post = _PutOffThenUnknown()
        agent.run_pass(company.clock)
        first = set(post.offers)
        for _ in range(2):
            company.later(timedelta(minutes=20))
            agent.run_pass(company.clock)
        assert {n for mail, n in post.offers.items() if mail in first} == {3}
        sent = messages.listed(agent.work.store, states=(MessageState.SENT,))
        assert len(sent) == len(first)


class _Unknown:
    """A mail server that takes the message and never says so."""

    offers = 0

    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        self.offers += 1
        return MailReply(MailVerdict.UNKNOWN, "the connection broke")

    def close(self) -> None:
        pass


class _PutOffThenUnknown:
    """A server that puts each mail off, then takes it without a word, and then with one."""

    def __init__(self) -> None:
        self.offers: Counter[bytes] = Counter()

    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        self.offers[message] += 1
        replies = (
            MailReply(MailVerdict.DEFERRED, "451 Try again later"),
            MailReply(MailVerdict.UNKNOWN, "the connection broke"),
            MailReply(MailVerdict.ACCEPTED, "250 OK"),
        )
        return replies[min(self.offers[message], 3) - 1]

    def close(self) -> None:
        pass


class _Killed(BaseException):
    """The power goes."""


class _PowerCut:
    """The power goes after the first message was handed over and before its answer came."""

    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        raise _Killed

    def close(self) -> None:
        pass


def test_a_kill_while_sending_repeats_that_message_at_most_once(company: Company) -> None:
    with company.agent() as agent:
        door, agent.work.mail = agent.work.mail, _PowerCut()
        with pytest.raises(_Killed):
            agent.run_pass(company.clock)
        assert messages.counts(agent.work.store)["sending"] == 1
        door.close()
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(timedelta(minutes=2))
        agent.run_pass(company.clock)
        assert set(messages.counts(agent.work.store)) == {"sent"}
        offers = agent.work.store.rows("SELECT attempts, count(*) AS n FROM message GROUP BY attempts")

    assert {row["attempts"]: row["n"] for row in offers}[2] == 1
    assert set(addresses(company).values()) == {1}


def test_recovery_finds_nothing_after_an_orderly_stop(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
    with company.agent() as agent:
        assert deliver.recover(agent.work, company.clock.now()) == 0
