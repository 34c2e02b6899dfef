"""A backup of any moment is brought back: nobody hears again what was told since, and what was not is told."""

from __future__ import annotations

import copy
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.desk.backup import back_up, restore
from agent.model import NoticeState
from agent.sandbox.mail_sink import MailSink
from tests.company import Company
from tests.pipeline.agency import DAY, HOUR, MINUTE, SEVEN_OF_BOSTON, addresses, agency, submit

__all__ = ["agency"]
FINAL = {NoticeState.TOLD, NoticeState.ADOPTED}


@pytest.fixture(autouse=True)
def one_mail_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a backup can be made between any two mails."""
    monkeypatch.setattr("agent.pipeline.deliver.BATCH", 1)


def backed_up_at_every_step(company: Company) -> list[Path]:
    """The first life steps until nothing is left to do; a backup before each step and after the last."""
    made: list[Path] = []
    with company.agent("first life") as agent:
        agent.run_pass(company.clock)
        submit(company)
        company.later(DAY + 15 * MINUTE)
        more = True
        while more:
            made.append(company.root / "backups" / str(len(made)))
            back_up(company.root / "first life", made[-1], company.clock.now())
            more = agent.step(company.clock.now())
    return made


def restored(company: Company, folder: Path, sink: MailSink, age: timedelta) -> Counter[str]:
    """The second life begins from this backup so much later; who hears something in its first hours."""
    root = company.root / f"of {folder.name} in {folder.parent.name}"
    here = Company(copy.deepcopy(company.seeded), SetClock(company.clock.now()), sink, root, company.mappings)
    here.later(age)
    restore(root / "second life", folder, replace=False, now=here.clock.now())
    with here.agent("second life") as agent:
        agent.run_pass(here.clock)
        here.later(HOUR + MINUTE)
        for _ in range(12):  # The notices take their turn among the streams.
            here.later(MINUTE)
            agent.run_pass(here.clock)
        states = {row["state"] for row in agent.work.store.rows("SELECT state FROM notice")}
    assert states <= FINAL, folder
    return Counter(message.rcpt_tos[0] for message in sink.messages)


def test_a_restored_state_tells_nothing_again_that_was_told_since(agency: Company) -> None:
    backups = backed_up_at_every_step(agency)
    told = len(agency.sink.messages)
    assert len(backups) > told > 5
    for folder in backups[2::6]:  # Held for a shared mail, then between two mails.
        with MailSink() as sink:
            assert not restored(agency, folder, sink, 5 * DAY), folder


def test_what_was_claimed_and_never_told_is_told_after_the_restore(agency: Company) -> None:
    with agency.agent("first life") as agent:
        agent.run_pass(agency.clock)
        submit(agency)
        agency.later(2 * MINUTE)
        before = len(agency.sink.messages)
        while not agent.work.store.value("SELECT count(*) FROM message WHERE state = 'queued'"):
            agent.step(agency.clock.now())
        for _ in range(25):  # A step a minute is a poll: the claim is read back, and lies behind the mark.
            agency.later(MINUTE)
            agent.step(agency.clock.now())
    assert len(agency.sink.messages) == before
    back_up(agency.root / "first life", agency.root / "backup", agency.clock.now())
    with MailSink() as sink:
        heard = restored(agency, agency.root / "backup", sink, MINUTE)
    assert heard == Counter(addresses(agency, *SEVEN_OF_BOSTON))
