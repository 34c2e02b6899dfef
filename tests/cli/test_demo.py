"""The demo as scripts and newcomers call it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli import main
from agent.model import MilestoneKind, MilestoneState

PASS = {"polled", "api_calls", "milestones", "alerts", "mails", "write_backs", "scores"}


def call(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_demo_once_prints_one_json_object_with_the_counts_of_two_passes(tmp_path: Path) -> None:
    done = call("demo", "--once", "--json", "--state-dir", str(tmp_path / "demo"))

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)  # Fails on anything before or after the one object.
    second = found["second_pass"]
    assert set(found) == PASS | {"second_pass"}
    assert set(second) == PASS
    assert {"sent", "suppressed", "dead"} <= set(found["alerts"])
    assert set(found["write_backs"]) == {"written", "failed"}
    assert set(found["milestones"]) == {kind.value for kind in MilestoneKind}
    assert set(found["milestones"]["plan"]) <= {state.value for state in MilestoneState}
    assert found["polled"]["intervention"] == 300
    # Nothing ran for days before: each person gets one mail for all that has come due (D10).
    assert found["mails"] > 30
    assert found["alerts"]["sent"] > 30
    assert found["write_backs"]["written"] > 250
    assert found["alerts"]["dead"] == found["write_backs"]["failed"] == 0
    assert second["api_calls"] == 1
    assert second["mails"] == 0
    assert set(second["alerts"].values()) == {0}
    assert second["write_backs"] == {"written": 0, "failed": 0}
    assert second["milestones"] == found["milestones"]


def test_the_demo_tells_its_story_and_ends_with_lines_to_paste(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    done = call("demo", "--size", "80", "--state-dir", str(state))

    assert done.returncode == 0, done.stderr
    assert "Filling a sandbox org" in done.stderr
    for scene in (
        "read for the first time",
        "A quiet pass costs one API call",
        "24 hours after the submission",
        "starts of care, ",
        " contacts, ",
        "mean of the activities' rates",
        "touch point a08",
    ):
        assert scene in done.stdout
    assert "\x1b" not in done.stdout + done.stderr  # no colours where there is no terminal
    assert not [line for line in done.stdout.splitlines() if line.endswith(" ")]
    pasted = [line.split("agent ", 1)[1] for line in done.stdout.splitlines() if " -m agent " in line]
    asked = [line.split() for line in pasted if "--state-dir" in line]
    verbs = ["status", "log", "interventions", "explain", "score", "score", "incentive", "plan"]
    assert [words[0] for words in asked] == verbs
    for words in asked:
        answer = CliRunner().invoke(main, words)
        assert answer.exit_code == 0, answer.output


def test_the_demo_never_empties_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(main, ["demo", "--state-dir", str(tmp_path)])

    assert done.exit_code == 2
    assert "--state-dir" in done.stderr
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("verb", ["demo", "sandbox"])
def test_a_machine_without_the_sandbox_says_how_to_install_it(
    verb: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("agent.cli.demo.World", None)
    words = [verb, "--state-dir", str(tmp_path / "demo")] if verb == "demo" else [verb]
    done = CliRunner().invoke(main, words)

    assert done.exit_code == 2
    assert "pip install 'sli-agent[sandbox]'" in done.stderr


@pytest.mark.parametrize(("option", "what"), [("--port", "sandbox"), ("--smtp-port", "mail sink")])
def test_a_port_that_is_taken_is_said_in_a_sentence_with_the_option_to_choose_another(
    option: str, what: str
) -> None:
    other = "--smtp-port" if option == "--port" else "--port"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(main, ["sandbox", "--size", "60", other, "0", option, port])
    assert done.exit_code == 2, done.exception
    told = done.stderr.splitlines()[-1]
    assert told.startswith(f"The {what} cannot listen on port {port} ")
    assert option in told


@pytest.mark.parametrize("verb", ["sandbox", "demo"])
def test_an_org_that_would_be_too_small_is_said_in_a_sentence(verb: str, tmp_path: Path) -> None:
    folder = ["--state-dir", str(tmp_path / "demo")] if verb == "demo" else []
    done = CliRunner().invoke(main, [verb, "--size", "3", *folder])
    assert done.exit_code == 2, done.exception
    assert done.stderr.splitlines()[-1].startswith("size 3 is too small")
