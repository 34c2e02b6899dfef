"""mail preview: every kind of mail as files, from fictional data, without an org, a state or a mail server."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli.main import main
from agent.model import Rule


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "deep" / "mails"


def preview(*words: str) -> Result:
    return CliRunner().invoke(main, ["mail", "preview", *words], catch_exceptions=False)


def test_every_kind_of_mail_is_written_as_it_travels_as_html_and_as_text(out: Path) -> None:
    done = preview("--out", str(out))
    assert done.exit_code == 0
    kinds = {path.stem[3:].replace("-", "_") for path in out.glob("*.eml")}
    assert kinds == {rule.value for rule in Rule} | {"daily_digest", "catch_up_digest"}
    assert f"{len(kinds)} mails from fictional data. Open {out / 'index.html'}" in done.output
    for eml in out.glob("*.eml"):
        message = message_from_bytes(eml.read_bytes(), policy=modern)
        for suffix, kind in ((".html", "html"), (".txt", "plain")):
            body = message.get_body((kind,))
            assert body is not None
            kept = eml.with_suffix(suffix).read_bytes().decode()
            assert kept == body.get_content().replace("\r\n", "\n")


def test_the_index_leads_to_every_file_and_says_that_nothing_is_real(out: Path) -> None:
    preview("--out", str(out))
    index = (out / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'href="([^"]+)"', index))
    assert named == {path.name for path in out.iterdir()} - {"index.html"}
    assert "fictional" in index
    assert "[Client: Yellow · Referral: Orange] New intervention: SLI-00042, Sample Tampa" in index


def test_every_person_place_and_address_in_a_preview_is_marked_as_a_sample(out: Path) -> None:
    preview("--out", str(out))
    for path in out.glob("*.txt"):
        message = message_from_bytes(path.with_suffix(".eml").read_bytes(), policy=modern)
        assert message["From"].addresses[0].domain == message["To"].addresses[0].domain == "sample.example"
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"[\w.]+@([\w.]+)", text)) <= {"sample.example"}
        assert set(re.findall(r"https?://([^/\s:]+)", text)) <= {"sample.example"}
    offices = re.findall(
        r"^Office: (.+)$", (out / "01-submission.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert offices == ["Sample Tampa, Sample Region"]


def test_a_second_preview_writes_the_same_files_again(out: Path) -> None:
    preview("--out", str(out))
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert preview("--out", str(out)).exit_code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_a_preview_goes_where_git_does_not_look_unless_a_folder_is_named(out: Path) -> None:
    assert preview().exit_code == 0
    assert Path("state/mail-preview/index.html").is_file()
