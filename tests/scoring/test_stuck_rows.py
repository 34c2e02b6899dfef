"""Rows of scores that wait for a person: shown by `outbox list`, tried again by `retry`, let go by `drop`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from scored_org import POINT, SCORE, ScoredOrg, log

from agent.cli import main
from agent.clock import SystemClock
from agent.desk.status import status
from agent.pipeline.work import Workshop
from agent.sandbox.faults import Fault
from agent.store import stuck_rows

KEY, LINE = "QS:E-0042:2026-03", "TP:a08000000000000AAA:introduction"
Ask = Callable[..., str]


@pytest.fixture
def work(org: ScoredOrg) -> Workshop:
    """An agent whose score of Ana's March was refused once."""
    made = org.workshop()
    org.org.faults.add(Fault.row_error(SCORE, "FIELD_CUSTOM_VALIDATION_EXCEPTION", times=1))
    org.score(made, org.ana, {"0:introduction": "met"})
    org.publish(made)
    return made


@pytest.fixture
def ask(org: ScoredOrg) -> Ask:
    def asked(*words: str, fails: bool = False) -> str:
        done = CliRunner().invoke(main, ["outbox", *words, "--state-dir", str(org.folder / "one")])
        assert (done.exit_code != 0) is fails, done.output
        return done.output

    return asked


def test_what_waits_for_a_person_is_shown_with_its_reason(work: Workshop, ask: Ask, org: ScoredOrg) -> None:
    shown = ask("list")
    assert "refused" in shown
    assert KEY in shown
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in shown
    assert [row["key"] for row in json.loads(ask("list", "--json"))["own_rows"]] == [KEY]
    trouble = status(work.store, work.mapping, org.clock.now())["trouble"]
    assert any(line.startswith("1 row of the scores refused") for line in trouble)


def after_that(org: ScoredOrg) -> None:
    """The verbs go by the machine's clock."""
    org.clock.advance(SystemClock().now() - org.clock.now() + timedelta(minutes=1))


@pytest.mark.parametrize("which", [KEY, "--all"])
def test_retry_has_it_written_and_its_lines_follow(
    work: Workshop, ask: Ask, org: ScoredOrg, which: str
) -> None:
    assert "1 row of the scores" in ask("retry", which)
    after_that(org)
    org.publish(work)
    assert org.rows(SCORE).keys() == {KEY}
    assert org.rows(POINT).keys() == {LINE}
    assert f"{KEY} is to be tried again, as a person asked" in log(work, "write_back")


def test_what_is_dropped_is_shown_no_more_and_comes_back_only_by_its_key(
    work: Workshop, ask: Ask, org: ScoredOrg
) -> None:
    ask("drop", KEY, "--yes")
    assert "Nothing waits" in ask("list")
    assert "nothing" in ask("retry", "--all")
    assert org.publish(work) == 0
    ask("retry", KEY)
    after_that(org)
    org.publish(work)
    assert stuck_rows.letters(work.store) == []
    assert org.rows(SCORE).keys() == {KEY}


def test_a_key_that_is_not_known_is_refused(work: Workshop, ask: Ask) -> None:
    assert "QS:E-9999:2026-03" in ask("retry", "QS:E-9999:2026-03", fails=True)
