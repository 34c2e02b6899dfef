"""The verbs that only read: what they say about a company after its first pass, and what they never say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.cli.main import VERBS
from agent.sandbox.faults import Fault
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.world import CONSUMER_SECRET
from tests.cli.daemons import Served, served_org

SLI = "Service_Level_Intervention__c"
Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def after_a_pass(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An org after one pass in which a mailbox and the fields of one SLI were refused."""
    with served_org(tmp_path_factory.mktemp("company")) as served, MailSink() as sink:
        org = served.org.seeded.org
        reminded = next(
            r for r in org.rows(SLI, served.org.seeded.now) if r["Id"] == served.org.seeded["client_only"]
        )
        [submitter] = [
            u for u in org.rows("User", served.org.seeded.now) if u["Id"] == reminded["CreatedById"]
        ]
        sink.refuse(submitter["Email"])
        refused = {"Id": served.org.seeded["emoji"]}
        org.faults.add(Fault.row_error(SLI, "FIELD_CUSTOM_VALIDATION_EXCEPTION", where=refused))
        done = CliRunner().invoke(main, ["once"], env=served.settings(sink.port))
        assert done.exit_code == 0, done.output
        yield served


@pytest.fixture
def ask(after_a_pass: Served) -> Ask:
    def ask(*words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--state-dir", str(after_a_pass.state)])

    return ask


def record(served: Served, nickname: str) -> dict[str, Any]:
    org = served.org.seeded.org
    return next(
        dict(r) for r in org.rows(SLI, served.org.seeded.now) if r["Id"] == served.org.seeded[nickname]
    )


def test_status_says_how_it_stands_and_what_to_look_at(ask: Ask) -> None:
    done = ask("status")
    assert done.exit_code == 0
    for text in (
        "24-hour alert live",
        "overdue",
        "done in time",
        "refused by the mail server",
        "outbox list",
        " of 100,000",
    ):
        assert text in done.stdout


def test_status_for_machines_counts_in_seconds(ask: Ask) -> None:
    found = json.loads(ask("status", "--json").stdout)
    assert found["behind_seconds"] >= 0
    assert found["last_pass"]["outcome"] == "ok"
    assert found["message"]["dead"] >= 1


@pytest.mark.parametrize(
    "which", [[], ["--all"], ["--open"], ["--resolved"], ["--office", "den"], ["--region", "BAY"]]
)
def test_interventions_are_the_ones_asked_for(ask: Ask, which: list[str]) -> None:
    rows = json.loads(ask("interventions", "--json", *which).stdout)
    everything = json.loads(ask("interventions", "--json", "--all").stdout)
    wanted = {
        "--all": lambda row: True,
        "--resolved": lambda row: row["open"] is False,
        "--office": lambda row: row["open"] and "den" in row["office"].lower(),
        "--region": lambda row: row["open"] and "bay" in (row["region"] or "").lower(),
    }.get(which[0] if which else "--open", lambda row: row["open"])
    assert rows
    assert rows == [row for row in everything if wanted(row)]


def test_interventions_lead_with_the_colours_under_their_region(ask: Ask) -> None:
    lines = ask("interventions", "--region", "bay").stdout.splitlines()
    assert lines[2] == "Bay Area"
    assert lines[3].split()[:3] == ["Client", "Referral", "Number"]
    assert lines[4].startswith("● ")


def test_interventions_fit_a_narrow_terminal_and_cut_nothing_off(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = ask("interventions", "--all").stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_explain_says_clock_due_time_with_zone_state_reason_and_who_was_told(
    ask: Ask, after_a_pass: Served
) -> None:
    number = record(after_a_pass, "plan_missing_client")["SLI_Number__c"]
    text = ask("explain", number).stdout
    for part in ("Client", "Referral", "clock started", "overdue, due", "the time has run out", "Submitter"):
        assert part in text
    assert "24-hour alert for client, due" in text

    found = json.loads(ask("explain", number, "--json").stdout)
    late = [m for side in found["sides"] for m in side["milestones"] if m["state"] == "violated"]
    assert [m["kind"] for m in late] == ["plan"]
    assert late[0]["due"][-6] in "+-"  # the office's clock: an offset, not Z


@pytest.mark.parametrize(
    ("nickname", "said"),
    [
        ("exception_by_someone_else", "Neither the Regional Director nor a delegate set it."),
        ("reopened", "It was resolved once and is open again"),
        ("client_only", "does not apply"),
        ("without_referral_account", "no referral account, so nobody as: Owner of the referral account"),
        ("deleted", "The record was deleted."),
        ("unknown_colour", "The mapping does not name this colour"),
    ],
)
def test_explain_says_in_words_what_is_special(
    ask: Ask, after_a_pass: Served, nickname: str, said: str
) -> None:
    assert said in ask("explain", after_a_pass.org.seeded[nickname]).stdout


def test_explain_of_an_unknown_sli_says_how_to_find_one(ask: Ask) -> None:
    done = ask("explain", "SLI-99999")
    assert done.exit_code == 1
    assert "sli-agent interventions" in done.stderr
    assert done.stdout == ""


def test_the_outbox_shows_the_refused_mailbox_and_the_refused_fields(ask: Ask, after_a_pass: Served) -> None:
    text = ask("outbox", "list").stdout
    assert "550 No such mailbox here" in text
    assert record(after_a_pass, "emoji")["SLI_Number__c"] in text
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in text
    assert len(ask("outbox", "list", "--all").stdout) > len(text)


def test_a_line_of_the_log_shows_without_colours_how_grave_it_is(ask: Ask) -> None:
    for level, mark in (("error", "!! "), ("warning", "! "), ("info", "")):
        shown = ask("log", "--level", level).stdout.splitlines()
        told = [
            json.loads(line)["text"] for line in ask("log", "--level", level, "--json").stdout.splitlines()
        ]
        assert shown
        assert [line.endswith(f" {mark}{text}") for line, text in zip(shown, told, strict=True)] == [
            True
        ] * len(told)


def test_the_log_is_filtered_by_kind_level_and_number(ask: Ask) -> None:
    lines = [json.loads(line) for line in ask("log", "--json", "--limit", "5000").stdout.splitlines()]
    number = next(line["number"] for line in lines if line["kind"] == "alert")
    for name, value in (("kind", "delivery"), ("level", "error"), ("number", number)):
        found = ask("log", "--json", "--limit", "5000", f"--{name}", value).stdout.splitlines()
        assert found
        assert [json.loads(line) for line in found] == [line for line in lines if line[name] == value]


def test_where_no_line_of_the_log_fits_the_verb_says_so_beside_the_answer(ask: Ask) -> None:
    found = ask("log", "--number", "40", "--json")
    assert (found.exit_code, found.stdout) == (0, "")
    assert "--number takes a record number (SLI-00042)" in found.stderr


@pytest.mark.parametrize("place", ["office", "region"])
def test_a_misspelt_place_is_an_error_and_not_an_empty_list(ask: Ask, place: str) -> None:
    found = ask("interventions", f"--{place}", "Bostn")
    assert found.exit_code == 1
    assert re.search(f"No {place} has a name that holds 'Bostn'. Known: .+, .+", found.stderr)


def test_no_reading_verb_tells_a_clients_name_or_a_secret(ask: Ask, after_a_pass: Served) -> None:
    seeded = after_a_pass.org.seeded
    names = {row["Name"] for row in seeded.org.rows("Client__c", seeded.now)}
    names |= {row["Name"] for row in seeded.org.rows(SLI, seeded.now)}
    verbs = (["status"], ["log", "--limit", "9999"], ["interventions", "--all"], ["outbox", "list", "--all"])
    told = "".join(ask(*verb, *form).stdout for verb in verbs for form in ([], ["--json"]))
    told += "".join(ask("explain", row["Id"]).stdout for row in seeded.org.rows(SLI, seeded.now))

    assert len(told) > 100_000
    assert [name for name in names if name in told] == []
    assert CONSUMER_SECRET not in told


def test_the_state_is_found_where_dotenv_says_the_daemon_keeps_it(
    after_a_pass: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mappings = Path("mappings/sandbox").absolute()
    settings = f"SLI_STATE_DIR={after_a_pass.state}\nSLI_MAPPINGS={mappings}\n"
    (tmp_path / ".env").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["status"]).exit_code == 0


@pytest.mark.parametrize(
    "verb",
    [
        ["status"],
        ["log"],
        ["interventions"],
        ["explain", "SLI-1"],
        ["silence", "list"],
        ["ack", "SLI-1", "--by", "Bo"],
        ["outbox", "list"],
    ],
)
def test_without_a_state_a_reading_verb_says_where_to_get_one(verb: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [*verb, "--state-dir", str(tmp_path)])
    assert done.exit_code == 2
    assert "sli-agent once" in done.stderr
    assert "SLI_STATE_DIR" in done.stderr


def test_help_lists_every_verb_in_the_order_in_which_one_meets_them() -> None:
    listed = CliRunner().invoke(main, ["-h"]).stdout.split("Verbs:")[1]
    places = [listed.index(f"\n  {name} ") for name in VERBS]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "words", [["-h"], ["status"], ["explain", "SLI-00001"], ["audit", "--verify"], ["silence", "list"]]
)
def test_verbs_that_only_read_start_without_loading_the_agent(words: list[str], after_a_pass: Served) -> None:
    heavy = ("simple_salesforce", "requests", "uvicorn", "jinja2")
    program = f"""
import sys
from agent.cli import main
main({words!r}, standalone_mode=False)
sys.exit(", ".join(name for name in {heavy!r} if name in sys.modules))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=after_a_pass.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.strip() == ""
    assert done.stdout


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_tells_its_options(verb: str) -> None:
    assert "--help" in CliRunner().invoke(main, [verb, "-h"]).stdout
