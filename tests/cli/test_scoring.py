"""`score`: what it lists of a month that the agent's own parts have judged."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.desk.scores.listed import Month, newest_month
from agent.instants import to_text
from agent.model import DecisionKind
from agent.store import Store, care, scores
from tests.cli.scored_month import APPROVER, MONTH, say, scored_month
from tests.cli.scored_month import ask as asked
from tests.scoring.cared_for import (
    DAY_1,
    LATER,
    START,
    Care,
    episode_id,
    score,
    workshop,
)
from tests.scoring.small_staff import ANA, BO, BOSTON, CLIENTS, CY, MAPPING

Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored_month(tmp_path_factory.mktemp("scores"))


@pytest.fixture
def ask(state: Path) -> Ask:
    return partial(asked, state)


def rows(done: Result) -> dict[str, dict[str, Any]]:
    """Every row of a list by its name, totals and parts."""
    assert done.exit_code == 0, done.output
    groups = json.loads(done.stdout)["groups"]
    return {row["name"]: row for group in groups for row in (group["total"], *group["parts"]) if row}


def test_without_words_it_lists_every_csm_of_the_newest_month(ask: Ask) -> None:
    found = rows(ask("--json"))
    assert list(found) == ["Ana Ruiz", "Bo Lind", "Cy Quinn"]
    assert json.loads(ask("--json").stdout)["month"] == MONTH
    assert ask("--json").stdout == ask("list", MONTH, "--json").stdout == ask(MONTH, "--json").stdout


def test_a_line_tells_the_figure_the_counts_and_what_stands_beside_it(ask: Ask) -> None:
    ana = rows(ask(MONTH, "--json"))["Ana Ruiz"]
    # By the documents' example it was 79.17; the exception takes C's 24-hour check-in out of the count.
    assert (ana["percent"], ana["with_exceptions"], ana["with_all"]) == ("87.50", "79.17", "66.67")
    counts = {name: ana[name] for name in ("due", "done", "met", "late", "missed", "pending")}
    assert counts == {"due": 9, "done": 8, "met": 8, "late": 0, "missed": 1, "pending": 0}
    assert (ana["excluded"], ana["exception"], ana["low_volume"]) == (2, 1, False)
    assert (ana["dashboard"], ana["difference"]) == ("80.00", "7.50")
    assert (ana["employee"], ana["state"], ana["held"]) == ("0042", "calculated", False)


def test_the_table_says_the_same_in_words(ask: Ask) -> None:
    lines = ask().stdout.splitlines()
    assert lines[0] == "Quality scores 2026-03  mean of the activities' rates"
    [ana] = [line for line in lines if line.startswith("Ana Ruiz")]
    assert re.split(r"\s{2,}", ana) == [
        "Ana Ruiz",
        "87.50 %",
        "8 of 9",
        "66.67 %",
        "80.00 % (+7.50)",
        "calculated; 1 missed; 2 excluded; 1 exception (with it 79.17 %)",
    ]
    assert "4 touch points without a CSM: in no CSM's score." in lines


def test_no_figure_is_cut_off_on_a_narrow_terminal(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = ask().stdout.splitlines()
    [ana] = [line for line in lines if line.startswith("Ana Ruiz")]
    assert re.split(r"\s{2,}", ana)[:5] == ["Ana Ruiz", "87.50 %", "8 of 9", "66.67 %", "80.00 % (+7.50)"]
    assert "…" not in "".join(lines)


def test_two_people_of_one_name_are_told_apart_by_their_employee_numbers(tmp_path: Path) -> None:
    with workshop(tmp_path) as work:
        told = Care(work.store)
        for n, csm in enumerate((ANA, BO, CY)):
            told.assign(CLIENTS[n], csm, START - timedelta(days=60))
            told.start(n, CLIENTS[n], BOSTON)
        score(work)
        with work.store.transaction():
            work.store.write("UPDATE reference SET name = 'Bo Lind' WHERE id = ?", (ANA,))
    lines = asked(tmp_path / "state", MONTH).stdout.splitlines()
    names = [re.split(r"\s{2,}", line)[0] for line in lines if line.startswith(("Bo", "Cy"))]
    assert names == ["Bo Lind (0042)", "Bo Lind (0043)", "Cy Quinn"]


def test_a_locked_score_stays_and_its_revision_stands_beside_it(ask: Ask) -> None:
    bo = rows(ask("--csm", "bo.lind@example.com", "--json"))["Bo Lind"]
    assert (bo["state"], bo["percent"], bo["missed"]) == ("locked", "75.00", 2)
    assert (bo["revisions"], bo["revised"]) == (1, "87.50")
    assert "locked; 1 revision, now 87.50 %; 2 missed" in ask("--csm", "0043").stdout


def test_nothing_due_is_held_and_not_a_figure(ask: Ask) -> None:
    cy = rows(ask("--csm", "Cy Quinn", "--json"))["Cy Quinn"]
    assert (cy["percent"], cy["held"], cy["due"], cy["excluded"]) == (None, True, 0, 4)
    assert "held  0 of 0" in ask("--csm", "Cy Quinn").stdout


@pytest.mark.parametrize(
    ("counts_as", "cell", "said"),
    [("85.00", "85.00 %  0 of 0", "counts as 85.00 %"), (None, "left out  0 of 0", "is left out")],
)
def test_a_held_score_counts_as_somebody_said(
    tmp_path: Path, counts_as: str | None, cell: str, said: str
) -> None:
    with workshop(tmp_path) as work:
        told = Care(work.store)
        told.assign(CLIENTS[0], CY, START - timedelta(days=60))
        told.start(0, CLIENTS[0], BOSTON, ended_at=to_text(START + timedelta(minutes=30)))
        score(work)
        say(work.store, DecisionKind.HELD_RESOLVED, f"score:{CY}:{MONTH}", LATER, percent=counts_as)
    assert cell in asked(tmp_path / "state", MONTH).stdout
    text = asked(tmp_path / "state", "explain", CY, MONTH).stdout
    assert f"The month {said}, said {APPROVER}" in text
    assert "month resolve" not in text


def test_whose_clients_all_moved_to_a_colleague_is_not_listed(tmp_path: Path) -> None:
    with workshop(tmp_path) as work:
        told = Care(work.store)
        told.assign(CLIENTS[0], ANA, START - timedelta(days=60))
        told.start(0, CLIENTS[0], BOSTON)
        score(work)
        assert Month(work.store, MAPPING, MONTH, LATER).csm(ANA)
        told.assign(CLIENTS[0], BO, START - timedelta(days=1))
        score(work)
        [group] = Month(work.store, MAPPING, MONTH, LATER).everybody()
    assert [row["name"] for row in group["parts"]] == ["Bo Lind"]


def test_the_newest_month_is_not_one_that_is_still_to_come(tmp_path: Path) -> None:
    end_of_march = datetime(2026, 3, 31, 15, tzinfo=UTC)
    with workshop(tmp_path) as work:
        told = Care(work.store)
        told.assign(CLIENTS[0], ANA, START - timedelta(days=60))
        told.start(0, CLIENTS[0], BOSTON, end_of_march - timedelta(days=12))
        told.contact(CLIENTS[0], ANA, end_of_march - timedelta(hours=1))  # Serves what is due on April 2.
        score(work, end_of_march)
        assert [row["state"] for row in scores.points(work.store, "2026-04")] == ["met"]
        assert newest_month(work.store, MAPPING, end_of_march) == MONTH
        assert newest_month(work.store, MAPPING, end_of_march + timedelta(days=2)) == "2026-04"


def test_an_office_is_reckoned_from_all_its_touch_points_and_shows_its_csms(ask: Ask) -> None:
    found = rows(ask("--office", "BOS", "--json"))
    # Ana's 8 of 9, Bo's 4 of 4 there, and 4 that were nobody's and were missed.
    assert (found["Boston"]["done"], found["Boston"]["due"]) == (12, 17)
    # (4/5 + 3/4 + 3/4 + 2/4) / 4; the mean of the CSMs' own scores is another figure.
    assert found["Boston"]["percent"] == "70.00"
    assert list(found) == ["Boston", "Ana Ruiz", "Bo Lind", "Cy Quinn"]
    assert found["Bo Lind"]["due"] == 8  # their whole month, Denver's client too


def test_touch_points_of_nobody_are_named_until_an_exception_is_approved(tmp_path: Path) -> None:
    state = scored_month(tmp_path)
    nobodys = f"{episode_id(6)}:{DAY_1}"
    lines = asked(state, "--office", "bos").stdout.splitlines()
    start = lines.index("4 touch points without a CSM: in no CSM's score.")
    assert re.split(r"\s{2,}", lines[start + 2].strip()) == [
        nobodys,
        "Boston",
        "due Mar 3, 2026, 10:00 AM EST, missed",
    ]
    [group] = json.loads(asked(state, MONTH, "--json").stdout)["groups"]
    assert group["nobodys"][1]["touch_point"] == nobodys

    with workshop(tmp_path) as work:
        say(work.store, DecisionKind.EXCEPTION_APPROVED, nobodys, LATER, reason="hospital")
        with work.store.transaction():
            care.mark_all(work.store)
        score(work)
    left = asked(state, MONTH).stdout
    assert "3 touch points without a CSM" in left
    assert nobodys not in left


def test_scores_that_stand_still_say_so_above_every_figure_and_in_the_status(
    state: Path, ask: Ask, tmp_path: Path
) -> None:
    shutil.copytree("mappings/sandbox", tmp_path / "mapping")
    changed = tmp_path / "mapping" / "touchpoints.toml"
    text = changed.read_text(encoding="utf-8")
    changed.write_text(text.replace("hours = 24 }", "hours = 25 }"), encoding="utf-8")
    now = ("--mappings", str(tmp_path / "mapping"))
    for words in ((MONTH,), ("explain", "0042", MONTH)):
        assert ask(*words, *now).stdout.startswith("Scores stand still: Definition 2026-02 was approved as ")
        assert "stand still" not in ask(*words).stdout
        assert len(json.loads(ask(*words, *now, "--json").stdout)["stand_still"]) == 1

    status = partial(CliRunner().invoke, main)
    broken = status(["status", "--state-dir", str(state), *now]).stdout
    assert "scores stand still: Definition 2026-02 was approved as" in broken
    assert re.search(r"quality scores +stand still: an approved definition was changed", broken)
    found = json.loads(status(["status", "--state-dir", str(state), "--json"]).stdout)
    assert found["scores"] == {
        "complete_through": None,
        "behind_seconds": None,
        "starts_of_care": 7,
        "to_judge": 0,
        "scores": 3,
        "waiting": found["scores"]["waiting"],
        "refused": 0,
        "stand_still": [],
    }
    whole = status(["status", "--state-dir", str(state)]).stdout
    assert "3 scores of CSMs' months from 7 starts of care" in whole


def test_the_company_is_the_sum_of_its_regions_and_a_region_of_its_offices(ask: Ask) -> None:
    company = rows(ask("--company", "--json"))
    assert list(company) == ["Company", "Central States", "New England"]
    for count in ("due", "done", "missed", "excluded", "exception"):
        assert company["Company"][count] == sum(company[r][count] for r in ("Central States", "New England"))
    assert company["Company"]["csms"] == 3
    assert list(rows(ask("--region", "central", "--json"))) == ["Central States", "Denver"]
    assert rows(ask("--region", "central", "--json"))["Denver"]["done"] == 3


@pytest.mark.parametrize(
    ("method", "percent", "beside"),
    [
        ("opportunity", "88.89", "80.00"),
        ("patient_average", "91.67", "75.00"),
        ("all_or_none", "66.67", "33.33"),
    ],
)
def test_every_figure_is_shown_by_another_method_on_request(
    ask: Ask, method: str, percent: str, beside: str
) -> None:
    ana = rows(ask("--method", method, "--json"))["Ana Ruiz"]
    assert (ana["percent"], ana["with_exceptions"]) == (percent, beside)
    assert (
        "Not the method of record, which is: mean of the activities' rates." in ask("--method", method).stdout
    )


def test_a_month_without_a_definition_is_an_error_that_says_so(ask: Ask) -> None:
    for words in (["2026-01"], ["explain", "0042", "2026-01"]):
        done = ask(*words)
        assert done.exit_code == 1
        assert (
            "No quality definition is in force in 2026-01; the first one scores from 2026-02 on."
            in done.stderr
        )


def test_a_month_in_which_nothing_closes_says_which_months_there_are(ask: Ask) -> None:
    assert "Months with touch points: 2026-03." in ask("2027-05").stdout
    done = ask("explain", "0042", "2027-05")
    assert done.exit_code == 1
    assert "Ana Ruiz has no touch point in 2027-05. Months in which they have some: 2026-03." in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["March"], 2, "'March' is not a month; write it as 2026-03"),
        (["2026-13"], 2, "not a month"),
        (["explain", "0042", "03/2026"], 2, "not a month"),
        (["--csm", "0042", "--company"], 2, "Name one of"),
        (["--csm", "ana.ruis"], 1, "Did you mean Ana Ruiz (ana.ruiz@example.com)"),
        (["--office", "Bostn"], 1, "Known: Boston, Denver"),
    ],
)
def test_what_is_not_understood_is_named_with_the_mend(
    ask: Ask, words: list[str], code: int, said: str
) -> None:
    done = ask(*words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr


def test_an_org_that_scores_nothing_says_which_file_is_missing(ask: Ask, tmp_path: Path) -> None:
    for source in Path("mappings/sandbox").glob("*.toml"):
        if source.name not in {"touchpoints.toml", "incentive.toml"}:
            (tmp_path / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    done = ask("--mappings", str(tmp_path))
    assert done.exit_code == 2
    assert "no touchpoints.toml" in done.stderr


def test_before_anything_was_read_there_is_no_score_and_no_error(tmp_path: Path) -> None:
    Store(tmp_path / "sli-agent.db").close()
    done = asked(tmp_path)
    assert (done.exit_code, done.stdout[:23]) == (0, "Nothing was due yet, so")
