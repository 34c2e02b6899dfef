"""The state directory is deleted at any point of a message's life: nothing is lost, nothing told twice beyond the
promise (at most one repetition of what nobody can know to have arrived, with the same Message-ID)."""

from __future__ import annotations

import copy
import shutil
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.loop import Agent
from agent.sandbox.mail_sink import MailSink
from tests.company import Company
from tests.heard import Told, keys_in
from tests.pipeline.agency import DAY, HOUR, MINUTE, SEVEN_OF_BOSTON, addresses, agency, submit

__all__ = ["agency"]

RULES = {"submission", "plan_24h"}


@pytest.fixture(autouse=True)
def one_mail_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a disk can be lost between any two mails."""
    monkeypatch.setattr("agent.pipeline.deliver.BATCH", 1)


def offered(sink: MailSink) -> dict[Told, Counter[str]]:
    """By notice and person, the Message-IDs it arrived with, and how often."""
    found: defaultdict[Told, Counter[str]] = defaultdict(Counter)
    for message in sink.messages:
        mail = message.parsed()
        for key in keys_in(mail):
            _, record_id, rule, topic, rest = key.split(":", 4)
            if rule in RULES:
                due = rest.rsplit(":", 1)[0]
                told = Told(record_id, rule, topic, due, message.rcpt_tos[0].lower())
                found[told][str(mail["Message-ID"])] += 1
    return found


def copied(company: Company, sink: MailSink, root: Path) -> Company:
    """The same company once more: its org, the time, and the first life's disk."""
    shutil.copytree(company.root / "first life", root / "first life")
    return Company(copy.deepcopy(company.seeded), SetClock(company.clock.now()), sink, root)


def steps(agent: Agent, company: Company, most: int) -> int:
    """So many steps, or fewer where there is nothing more to do; how many they were."""
    return next((n for n in range(most) if not agent.step(company.clock.now())), most)


@pytest.mark.parametrize("away", [DAY + 15 * MINUTE, 3 * DAY], ids=["a mail each", "one mail for both"])
def test_a_disk_lost_at_any_step_loses_nothing_and_repeats_only_what_nobody_knows(
    agency: Company, away: timedelta, tmp_path: Path
) -> None:
    with agency.agent("first life") as agent:
        agent.run_pass(agency.clock)
        records = [submit(agency) for _ in range(2)]
        agent.run_pass(agency.clock)
    agency.later(away)
    before = offered(agency.sink)
    people = len(addresses(agency, *SEVEN_OF_BOSTON))
    repeated = set()
    for lost_after in range(100):
        with MailSink() as sink:
            here = copied(agency, sink, tmp_path / str(lost_after))
            with here.agent("first life") as agent:
                done = steps(agent, here, lost_after)
            with here.agent("second life") as agent:
                agent.run_pass(here.clock)
                here.later(HOUR + MINUTE)
                for _ in range(8):  # The notice stream takes its turn among the others.
                    here.later(MINUTE)
                    agent.run_pass(here.clock)
            told = offered(sink)
            assert len([t for t in told if t.rule == "plan_24h"]) == len(records) * people, lost_after
            assert not set(told) & set(before), "submissions were told before"
            for ids in told.values():
                assert len(ids) == 1, "a repetition keeps its Message-ID"
                assert ids.total() <= 2
            repeated |= {lost_after for ids in told.values() if ids.total() == 2}
        if done < lost_after:
            break
    # Only a mail whose outcome Salesforce had not heard of when the disk was lost.
    assert 0 < len(repeated) < lost_after
