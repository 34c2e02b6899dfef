"""The state stays small: old letters, runs and log lines go; who was told what stays."""

from __future__ import annotations

from datetime import timedelta

from agent.instants import to_text
from agent.loop import Agent
from agent.pipeline import tidy
from tests.company import Company

A_MOMENT = timedelta(minutes=1)


def count(agent: Agent, what: str) -> int:
    return int(agent.work.store.value(f"SELECT count(*) FROM {what}"))


def tidied(agent: Agent, company: Company) -> None:
    while tidy.tidy_when_due(agent.work, company.clock.now()):
        pass


def test_the_text_of_a_mail_goes_after_a_month_and_the_record_of_it_stays(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        sent, told = count(agent, "message WHERE state = 'sent'"), count(agent, "notice")
        with agent.work.store.transaction():
            agent.work.store.write(
                "UPDATE message SET state = 'dead' WHERE id = (SELECT min(id) FROM message)"
            )
        company.later(tidy.KEEP_LETTERS)
        tidied(agent, company)
        assert count(agent, "message WHERE body = x''") == 0

        company.later(tidy.EVERY)
        tidied(agent, company)
        assert count(agent, "message WHERE body = x''") == sent - 1 > 10
        # A dead letter may be sent yet.
        assert count(agent, "message WHERE state = 'dead' AND body != x''") == 1
        assert (count(agent, "message"), count(agent, "notice")) == (sent, told)
        assert count(agent, "message WHERE reply = ''") == 0


def test_lines_and_runs_go_when_their_time_has_come_oldest_first(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        began, lines = company.clock.now(), count(agent, "log")
        company.later(tidy.KEEP_RUNS + A_MOMENT)
        agent.run_pass(company.clock)
        assert count(agent, f"run WHERE began_at <= '{to_text(began)}'") == 0
        assert count(agent, "run") == 1
        assert count(agent, f"log WHERE at <= '{to_text(began)}'") == lines

        company.later(tidy.KEEP_LOG - tidy.KEEP_RUNS)
        tidied(agent, company)
        assert count(agent, f"log WHERE at <= '{to_text(began)}'") == 0 < count(agent, "log")


def test_no_more_than_a_batch_goes_at_once_and_then_a_day_passes(company: Company) -> None:
    with company.agent() as agent:
        store = agent.work.store
        agent.run_pass(company.clock)
        with store.transaction():
            store.write("DELETE FROM log")
            store.write_many(
                "INSERT INTO log (at, kind, level, text, data) VALUES (?, 'run', 'info', '', '{}')",
                [(to_text(company.clock.now()),)] * (tidy.AT_ONCE + 1),
            )
        company.later(tidy.KEEP_LOG + A_MOMENT)
        assert tidy.tidy_when_due(agent.work, company.clock.now())
        assert count(agent, "log") == 1
        tidied(agent, company)
        assert count(agent, "log") == 0
        with store.transaction():
            store.write(
                "INSERT INTO log (at, kind, level, text, data) VALUES ('2020', 'run', 'info', '', '{}')"
            )
        assert not tidy.tidy_when_due(agent.work, company.clock.now())
