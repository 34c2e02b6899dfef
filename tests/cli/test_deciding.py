"""silence and ack: what a person says is kept at once, also in Salesforce, or refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.clock import SystemClock
from agent.desk.decided.silences import until_of
from agent.desk.state import state
from agent.sandbox.faults import Fault
from agent.sandbox.mail_sink import MailSink
from agent.store import Store
from tests.cli.daemons import Served, served_org

SLI, DECISION = "Service_Level_Intervention__c", "SLI_Agent_Decision__c"
Say = Callable[..., Result]
WHO = ("--owner", "Ana Ruiz", "--reason", "storm")
BY = ("--by", "Bo Lind")
LAST = (SystemClock().now() + timedelta(days=80)).date().isoformat()
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def after_a_pass(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, MailSink]]:
    with served_org(tmp_path_factory.mktemp("company")) as served, MailSink() as sink:
        done = CliRunner().invoke(main, ["once"], env=served.settings(sink.port))
        assert done.exit_code == 0, done.output
        yield served, sink


@pytest.fixture
def served(after_a_pass: tuple[Served, MailSink]) -> Iterator[Served]:
    """Each test finds what the pass left, and nobody's word."""
    served, _ = after_a_pass
    with state(served.state) as store, store.transaction():
        store.write("DELETE FROM decision")
    yield served
    served.org.seeded.org.faults.clear()


@pytest.fixture
def say(served: Served, after_a_pass: tuple[Served, MailSink]) -> Say:
    environ = served.settings(after_a_pass[1].port)
    environ.pop("COLUMNS", None)

    def say(*words: str, env: dict[str, str] = environ) -> Result:
        return CliRunner().invoke(main, list(words), env=env)

    return say


def rows(served: Served, object: str) -> list[dict[str, Any]]:
    return [dict(row) for row in served.org.seeded.org.rows(object, SystemClock().now())]


def number(served: Served, nickname: str) -> str:
    wanted = served.org.seeded[nickname]
    return next(str(row["SLI_Number__c"]) for row in rows(served, SLI) if row["Id"] == wanted)


def in_salesforce(served: Served, key: str) -> bool:
    return key in {row["Key__c"] for row in rows(served, DECISION)}


def office_of(served: Served, nickname: str) -> dict[str, Any]:
    wanted = served.org.seeded[nickname]
    office = next(row["Office__c"] for row in rows(served, SLI) if row["Id"] == wanted)
    return next(row for row in rows(served, "Office__c") if row["Id"] == office)


def test_a_silence_is_kept_at_once_in_salesforce_too_and_says_what_it_does_not_mute(
    say: Say, served: Served
) -> None:
    office = office_of(served, "plan_missing_both")["Name"]
    done = say("silence", "add", "--office", office.upper(), *WHO, "--until", LAST)
    [row] = json.loads(say("silence", "list", "--json").stdout)

    assert done.exit_code == 0, done.output
    assert f"Quiet about office {office} until" in done.stdout
    assert "Never silenced: submission alert, 24-hour alert, 30-day alert" in done.stdout
    assert row["name"] in done.stdout
    assert in_salesforce(served, row["key"])
    assert (row["place"], row["by"], row["reason"]) == (f"office {office}", "Ana Ruiz", "storm")


@pytest.mark.parametrize("kind", ["sli", "office", "region"])
def test_a_date_is_the_end_of_that_day_on_the_offices_clock_and_of_a_region_on_the_default_one(
    say: Say, served: Served, kind: str
) -> None:
    office = next(row for row in rows(served, "Office__c") if row["Name"] == "Phoenix")
    sli = next(str(row["SLI_Number__c"]) for row in rows(served, SLI) if row["Office__c"] == office["Id"])
    which = {"sli": sli, "office": "Phoenix", "region": "Texas and Arizona"}[kind]
    zone = NEW_YORK if kind == "region" else ZoneInfo("America/Phoenix")
    done = say("silence", "add", f"--{kind}", which, *WHO, "--until", LAST, "--json")
    until = datetime.fromisoformat(json.loads(done.stdout)["until"])
    assert until.astimezone(zone).isoformat()[:19] == f"{LAST}T23:59:59"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-24", "2026-12-25T04:59:59+00:00"),
        ("2026-12-24T17:00", "2026-12-24T22:00:00+00:00"),
        ("2026-12-24T17:00:00Z", "2026-12-24T17:00:00+00:00"),
        ("2027-02-16", "2027-02-17T04:59:59+00:00"),
        ("2026-11-18", "2026-11-19T04:59:59+00:00"),
    ],
)
def test_the_end_may_be_a_date_or_an_instant(text: str, instant: str) -> None:
    assert until_of(text, NEW_YORK, NOON).astimezone(UTC).isoformat() == instant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-17", "has passed"),
        ("2026-11-18T12:00:00Z", "has passed"),
        ("2027-02-17", "90 days at most"),
        ("9999-12-31", "90 days at most"),
        ("0001-01-01T00:00:00Z", "neither a date"),
        ("tomorrow", "neither a date"),
        ("2026-13-01", "neither a date"),
        ("", "neither a date"),
    ],
)
def test_an_end_that_is_none_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        until_of(text, NEW_YORK, NOON)


def test_an_end_in_the_past_is_a_mistake_of_usage_and_keeps_nothing(say: Say) -> None:
    done = say("silence", "add", "--office", "Phoenix", *WHO, "--until", "2020-01-01")
    assert done.exit_code == 2
    assert "has passed" in done.stderr
    assert json.loads(say("silence", "list", "--all", "--json").stdout) == []


@pytest.mark.parametrize("where", [[], ["--office", "Phoenix", "--region", "Bay Area"]])
def test_exactly_one_place_must_be_named(say: Say, where: list[str]) -> None:
    done = say("silence", "add", *where, *WHO, "--until", LAST)
    assert done.exit_code == 2
    assert "--sli, --office and --region" in done.stderr


@pytest.mark.parametrize(
    ("where", "offered"),
    [
        (["--office", "Phenix"], "Phoenix"),
        (["--office", "phoe"], "Phoenix"),
        (["--region", "Bay"], "Bay Area"),
        (["--sli", "42"], "SLI-00042?"),
        (["--sli", "SLI-0042"], "SLI-00042?"),
    ],
)
def test_an_unknown_place_is_refused_with_the_ones_it_is_like(
    say: Say, where: list[str], offered: str
) -> None:
    done = say("silence", "add", *where, *WHO, "--until", LAST)
    assert done.exit_code == 1
    assert f"Did you mean {offered}" in done.stderr


def with_a_twin(store: Store, office: str, twin: str) -> None:
    with store.transaction():
        store.write(
            "INSERT INTO reference SELECT ?, kind, name, source, hash, deleted FROM reference WHERE name = ?",
            (twin, office),
        )


def test_a_name_that_two_offices_bear_is_refused_and_the_id_is_not(say: Say, served: Served) -> None:
    twin = "a02000000000TWIAAA"
    with state(served.state) as store:
        with_a_twin(store, "Phoenix", twin)
        try:
            refused = say("silence", "add", "--office", "Phoenix", *WHO, "--until", LAST)
            done = say("silence", "add", "--office", twin, *WHO, "--until", LAST)
        finally:
            with store.transaction():
                store.write("DELETE FROM reference WHERE id = ?", (twin,))
    assert refused.exit_code == 1
    assert twin in refused.stderr
    assert "Give the id." in refused.stderr
    assert done.exit_code == 0, done.output


def test_a_deleted_sli_is_refused(say: Say, served: Served) -> None:
    done = say("ack", served.org.seeded["deleted"], *BY)
    assert done.exit_code == 1
    assert "was deleted in Salesforce" in done.stderr


@pytest.mark.parametrize("verb", ["silence", "ack"])
def test_a_reason_that_names_a_client_is_refused_and_not_repeated(
    say: Say, served: Served, verb: str
) -> None:
    name = next(row["Name"] for row in rows(served, "Client__c") if " " in row["Name"])
    which = number(served, "client_only")
    text = f"the family of {name.upper()} is away"
    words = {
        "silence": ["silence", "add", "--sli", which, "--owner", "Ana", "--until", LAST, "--reason", text],
        "ack": ["ack", which, *BY, "--note", text],
    }[verb]
    done = say(*words)
    assert done.exit_code == 1
    assert "holds a client's name" in done.stderr
    assert name.upper() not in done.output


def test_a_reason_that_names_the_slis_own_client_is_refused_though_no_record_bears_the_name(
    say: Say, served: Served
) -> None:
    org, at = served.org.seeded.org, SystemClock().now()
    record_id = served.org.seeded["client_only"]
    named = next(row["Name"] for row in rows(served, SLI) if row["Id"] == record_id)
    with state(served.state) as store:
        source = json.loads(store.value("SELECT source FROM intervention WHERE id = ?", (record_id,)))
        with store.transaction():
            text = json.dumps({**source, "Name": "Xeni - No Call No Show"})
            store.write("UPDATE intervention SET source = ? WHERE id = ?", (text, record_id))
        done = say("ack", record_id, *BY, "--note", "Xeni is at home")
        with store.transaction():
            store.write("UPDATE intervention SET source = ? WHERE id = ?", (json.dumps(source), record_id))
    assert named in {row["Name"] for row in org.rows(SLI, at)}
    assert done.exit_code == 1
    assert "Xeni" not in done.stderr


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, "a\u202eb"])
def test_a_reason_must_be_visible_and_short(say: Say, text: str) -> None:
    done = say("silence", "add", "--office", "Phoenix", "--owner", "A", "--until", LAST, "--reason", text)
    assert done.exit_code == 1
    assert "1 to 500 visible characters" in done.stderr


@pytest.mark.parametrize("by", ["name", "key", "number"])
def test_a_silence_is_ended_by_its_name_its_key_or_its_slis_number(say: Say, served: Served, by: str) -> None:
    which = number(served, "client_only")
    made = json.loads(say("silence", "add", "--sli", which, *WHO, "--until", LAST, "--json").stdout)
    named = {"name": made["name"], "key": made["key"], "number": which}[by]
    done = say("silence", "end", named, *BY, "--reason", "over")
    again = say("silence", "end", named, *BY, "--reason", "over")
    [row] = json.loads(say("silence", "list", "--all", "--json").stdout)

    assert done.exit_code == 0, done.output
    assert which in done.stdout
    assert row["in_force"] is False
    assert row["ended_by"] == {"by": "Bo Lind", "reason": "over"}
    assert "ended by Bo Lind: over" in say("silence", "list", "--all").stdout
    assert "Nobody has asked for quiet." in say("silence", "list").stdout
    assert again.exit_code == 1
    assert "ended at" in again.stderr


def test_an_unknown_silence_is_refused_with_those_in_force(say: Say) -> None:
    made = json.loads(say("silence", "add", "--region", "Bay Area", *WHO, "--until", LAST, "--json").stdout)
    done = say("silence", "end", "12345678", *BY, "--reason", "over")
    assert done.exit_code == 1
    assert made["name"] in done.stderr


def test_explain_interventions_status_and_log_show_what_was_said(say: Say, served: Served) -> None:
    which = number(served, "plan_missing_both")
    say("silence", "add", "--sli", which, *WHO, "--until", LAST)
    done = say("ack", which, *BY, "--note", "on it")
    assert done.exit_code == 0, done.output
    assert "counts as an answer" in done.stdout

    explained, listed = say("explain", which).stdout, say("interventions").stdout
    assert "quiet until" in explained
    assert "Ana Ruiz: storm" in explained
    assert "by Bo Lind: on it" in explained
    [line] = [line for line in listed.splitlines() if which in line]
    assert "(Ana Ruiz: storm); acknowledged by Bo Lind" in line
    standing = say("status").stdout
    assert f"{which} until" in standing
    assert "1 open SLI" in standing
    said = [json.loads(text) for text in say("log", "--json", "--number", which).stdout.splitlines()]
    texts = [line["text"] for line in said if line["kind"] == "decision"]
    assert texts[-1] == "acknowledged by Bo Lind"
    assert texts[-2].endswith("asked for by Ana Ruiz")
    assert not any("storm" in text for text in texts)  # Free text stays out of the log (D15).


def test_without_credentials_a_word_is_kept_here_and_the_agent_sends_it(say: Say, served: Served) -> None:
    done = say("ack", number(served, "client_only"), *BY, "--json", env=dict(served.environ))
    found = json.loads(done.stdout)
    assert done.exit_code == 0, done.output
    assert (found["in_salesforce"], found["why_not"]) == (False, "no credentials here")
    assert "1 decision of a person not in Salesforce yet" in say("status").stdout

    assert say("once").exit_code == 0
    assert in_salesforce(served, found["key"])
    assert "not in Salesforce yet" not in say("status").stdout


def test_while_salesforce_is_away_a_word_is_kept_here_and_says_so(say: Say, served: Served) -> None:
    served.org.seeded.org.faults.add(Fault.unavailable(times=None))
    done = say("silence", "add", "--region", "Bay Area", *WHO, "--until", LAST)
    assert done.exit_code == 0, done.output
    assert "Kept here, and not in Salesforce yet" in done.stderr
    assert "not in Salesforce yet" in say("silence", "list").stdout


def test_credentials_of_another_org_send_nothing_there(say: Say, served: Served) -> None:
    with state(served.state) as store:
        own = store.get("org_id") or ""
        with store.transaction():
            store.put("org_id", "00D000000000OTHAA0")
        done = say("ack", number(served, "client_only"), *BY, "--json")
        with store.transaction():
            store.put("org_id", own)
    assert f"another org, {own}" in json.loads(done.stdout)["why_not"]
    assert not in_salesforce(served, json.loads(done.stdout)["key"])
