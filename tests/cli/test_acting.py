"""once, run and check: exit codes, one clear line for what is wrong, and no storm of tries."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.sandbox.faults import Fault
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.world import CONSUMER_SECRET
from tests.cli.daemons import Process, Served, served_org

SLI = "Service_Level_Intervention__c"
NOWHERE = 1
"""A port on which no mail server answers."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with served_org(tmp_path) as served:
        yield served


def call(settings: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, list(words), env=settings)


def test_once_says_what_the_pass_did(served: Served) -> None:
    with MailSink() as sink:
        done = call(served.settings(sink.port), "once")
        again = call(served.settings(sink.port), "once", "--json")

    assert done.exit_code == again.exit_code == 0, done.output
    assert f"in {len(sink.messages)} mails" in done.stdout
    assert json.loads(again.stdout)["mails"] == 0


def test_a_dry_run_says_what_it_would_do_and_does_nothing(served: Served) -> None:
    def held() -> list[dict[str, object]]:
        return [dict(row) for row in served.org.seeded.org.rows(SLI, served.org.seeded.now)]

    before = held()
    with MailSink() as sink:
        done = call(served.settings(sink.port), "once", "--dry-run")

    assert done.exit_code == 0, done.output
    assert "Would send" in done.stdout
    assert "24-hour alert" in done.stdout
    assert list(sink.messages) == []
    assert held() == before


def test_wrong_credentials_are_one_clear_line_and_one_try(served: Served) -> None:
    wrong = served.settings(NOWHERE, SLI_SF_CLIENT_SECRET="wrong-secret")
    done = call(wrong, "once")

    assert done.exit_code == 1
    [line] = done.stderr.splitlines()
    assert "SLI_SF_CLIENT_SECRET is not the app's consumer secret." in line
    assert "wrong-secret" not in done.output
    assert done.stdout == ""
    assert served.org.sign_ins() == 1


def test_a_daemon_with_wrong_credentials_says_so_once_and_waits(served: Served) -> None:
    wrong = served.settings(NOWHERE, SLI_SF_CLIENT_SECRET="wrong-secret")
    with Process("run", environ=wrong) as daemon:
        daemon.wait_until_it_says("Next try at")
        daemon.send(signal.SIGTERM)
        assert daemon.end(within=2.0) == 0

    alarms = [line for line in map(json.loads, daemon.said.splitlines()) if line["kind"] == "alarm"]
    assert [line["level"] for line in alarms] == ["error"]
    assert "Traceback" not in daemon.said
    assert "wrong-secret" not in daemon.said
    assert served.org.sign_ins() == 1


def test_missing_settings_are_named_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no .env lies
    done = call({}, "once")

    assert done.exit_code == 2
    for name in ("SLI_SF_CLIENT_ID", "SLI_SMTP_URL", "SLI_MAIL_FROM", "SLI_ADMIN_EMAIL"):
        assert f"{name} is not set" in done.stderr


@pytest.mark.parametrize("verb", ["once", "run", "check"])
def test_a_mapping_with_several_mistakes_is_refused_with_all_of_them(
    served: Served, tmp_path: Path, verb: str
) -> None:
    folder = Path(shutil.copytree("mappings/sandbox", tmp_path / "ours"))
    for file, old, new in (
        ("intervention.toml", 'office = "Office__c"', 'offise = "Office__c"'),
        ("rules.toml", "plan_hours = 24", "plan_hours = 0"),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    done = call(served.settings(NOWHERE, SLI_MAPPINGS=str(folder)), verb)

    assert done.exit_code == 2
    for mistake in ("intervention.toml: office: ", "intervention.toml: offise: ", "rules.toml: plan_hours: "):
        assert mistake in done.stderr
    assert served.org.sign_ins() == 0


def test_check_of_a_sound_org_exits_0(served: Served) -> None:
    with MailSink() as sink:
        done = call(served.settings(sink.port), "check")

    assert done.exit_code == 0, done.output
    assert "sign-in" in done.stdout


def test_check_of_an_org_with_a_hidden_field_exits_3_and_names_it_with_the_mend(served: Served) -> None:
    served.org.seeded.org.faults.add(Fault.hidden_field(SLI, "Client_Status__c"))
    with MailSink() as sink:
        done = call(served.settings(sink.port), "check")
        listed = call(served.settings(sink.port), "check", "--json")

    assert done.exit_code == listed.exit_code == 3
    assert "Client_Status__c" in done.stdout
    assert "mend" in done.stdout
    failed = [row for row in json.loads(listed.stdout) if row["verdict"] == "failed"]
    assert failed
    assert all(row["mend"] for row in failed)
    assert CONSUMER_SECRET not in done.output + listed.output
