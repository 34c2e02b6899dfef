"""`score explain`: why a score is what it is, down to the contact that did not count."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from agent.desk.scores.explained import explain_score
from tests.cli.scored_month import APPROVER, MONTH, scored_month
from tests.cli.scored_month import ask as asked
from tests.scoring.cared_for import (
    ALL,
    DAY_1,
    DAY_7,
    DAY_14,
    INTRODUCTION,
    LATER,
    START,
    Care,
    episode_id,
    score,
    workshop,
)
from tests.scoring.small_staff import ANA, BOSTON, CLIENTS, CY, MAPPING

Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored_month(tmp_path_factory.mktemp("scores"))


@pytest.fixture
def ask(state: Path) -> Ask:
    return partial(asked, state)


def explained(ask: Ask, *words: str) -> dict[str, Any]:
    done = ask("explain", *words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def point(found: dict[str, Any], n: int, activity: str) -> dict[str, Any]:
    """A touch point of the n-th client's start of care."""
    [client] = [c for c in found["clients"] if c["start_of_care"] == episode_id(n)]
    [wanted] = [p for p in client["touch_points"] if p["activity"] == activity]
    return dict(wanted)


def test_an_explanation_does_the_arithmetic_by_all_four_methods(ask: Ask) -> None:
    found = explained(ask, "0042", MONTH)
    assert [(m["method"], m["how"]) for m in found["methods"]] == [
        ("mean_of_rates", "(3/3 + 2/2 + 2/2 + 1/2) / 4 = 7/8 = 87.50 %"),
        ("opportunity", "8/9 = 88.89 %"),
        ("patient_average", "(4/4 + 1/1 + 3/4) / 3 = 11/12 = 91.67 %"),
        ("all_or_none", "2/3 = 66.67 %"),
    ]
    assert [m["with_exceptions"] for m in found["methods"]] == ["79.17", "80.00", "75.00", "33.33"]
    rates = {rate["activity"]: (rate["done"], rate["due"], rate["percent"]) for rate in found["rates"]}
    assert rates[DAY_14] == (1, 2, "50.00")
    assert found["rates"][0]["pillar"] == "Match Integrity"


def test_it_says_what_one_more_would_have_made_of_it(ask: Ask) -> None:
    [more] = explained(ask, "0042", MONTH)["one_more"]
    assert (more["label"], more["client"], more["percent"], more["gain"]) == (
        "14-day check-in",
        CLIENTS[1],
        "100.00",
        "12.50",
    )


def test_a_touch_point_that_was_met_shows_its_evidence_on_the_offices_clock(ask: Ask) -> None:
    met = point(explained(ask, "0042", MONTH), 0, DAY_7)
    assert (met["state"], met["opens"], met["due"]) == (
        "met",
        "2026-03-03T10:00:00-05:00",
        "2026-03-09T23:59:59-04:00",  # the clocks have changed
    )
    assert met["evidence"] == {
        "id": "00T000000000003AAA",
        "at": "2026-03-07T10:00:00-05:00",
        "by": "Ana Ruiz",
    }
    assert met["not_counted"] == []  # Bo called as well; nothing hangs on it.


def test_a_missed_one_shows_the_contact_that_did_not_count_and_why(ask: Ask) -> None:
    missed = point(explained(ask, "0042", MONTH), 1, DAY_14)
    assert (missed["state"], missed["evidence"]) == ("missed", None)
    [other] = missed["not_counted"]
    assert (other["by"], other["at"]) == ("Bo Lind", "2026-03-15T11:00:00-04:00")
    assert "not by the CSM who had the client" in other["why"]


def test_what_people_dispute_or_except_shows_the_name_that_other_verbs_take(ask: Ask) -> None:
    text = ask("explain", "0042", MONTH).stdout
    named = [line.split()[-1] for line in text.splitlines() if line.strip().startswith("touch point ")]
    assert named == [f"{episode_id(1)}:{DAY_14}", f"{episode_id(2)}:{DAY_1}"]
    assert "--names says who they are" in text
    assert "--names says" not in ask("explain", "0042", MONTH, "--names").stdout


def test_an_exclusion_and_an_exception_say_why(ask: Ask) -> None:
    found = explained(ask, "0042", MONTH)
    assert point(found, 2, DAY_7)["why"] == "Service ended before the window closed."
    spared = point(found, 2, DAY_1)
    assert (spared["state"], spared["stands"]) == ("exception", "missed")
    assert spared["why"] == "Approved not to count: hospital."
    assert spared["approved"]["by"] == APPROVER


def test_clients_with_something_missed_come_first_and_are_ids_unless_names_are_asked_for(ask: Ask) -> None:
    clients = [client["client"] for client in explained(ask, "0042", MONTH)["clients"]]
    assert clients == [CLIENTS[1], CLIENTS[0], CLIENTS[2]]
    assert "Client Number" not in ask("explain", "0042", MONTH).stdout
    named = ask("explain", "0042", MONTH, "--names").stdout
    assert [
        name for name in ("Client Number0", "Client Number1", "Client Number2") if name not in named
    ] == []


def test_the_definition_is_named_with_its_hash_and_its_approval(
    ask: Ask, state: Path, tmp_path: Path
) -> None:
    [definition] = MAPPING.touch_points.definitions if MAPPING.touch_points else []
    found = explained(ask, "0042", MONTH)["definition"]
    assert (found["version"], found["hash"], found["approved"]["by"]) == (
        "2026-02",
        definition.hash,
        APPROVER,
    )
    assert f"2026-02 ({definition.hash}), approved by {APPROVER}" in ask("explain", "0042", MONTH).stdout
    for source in Path("mappings/sandbox").glob("*.toml"):
        text = source.read_text(encoding="utf-8").replace("hours = 24 }", "hours = 25 }")
        (tmp_path / source.name).write_text(text, encoding="utf-8")
    changed = ask("explain", "0042", MONTH, "--mappings", str(tmp_path)).stdout
    assert f"changed since it was approved as {definition.hash}" in changed


def test_a_locked_score_is_told_apart_from_what_is_known_now(ask: Ask) -> None:
    text = ask("explain", "0043", MONTH).stdout
    for part in (
        "Bo Lind  2026-03  75.00 %  locked",
        "as locked     6 of 8 done; 2 missed",
        "as known now  (2/2 + 2/2 + 2/2 + 1/2) / 4 = 7/8 = 87.50 %",
        f"Locked at 75.00 % by {APPROVER}",
        "75.00 % -> 87.50 % (met 6 -> 7, missed 2 -> 1)",
    ):
        assert part in text
    found = explained(ask, "0043", MONTH)
    assert [lock["percent"] for lock in found["locks"]] == ["75.00"]
    assert [(r["before"], r["percent"]) for r in found["revisions"]] == [("75.00", "87.50")]


def test_a_held_score_says_how_to_resolve_it(ask: Ask) -> None:
    text = ask("explain", CY, MONTH).stdout
    assert "Nothing was due, so there is no score: neither 0 nor 100." in text
    assert f"sli-agent month resolve {CY} 2026-03 --counts-as" in text


def test_a_month_in_which_the_definition_changed_shows_its_segments(tmp_path: Path) -> None:
    terms = MAPPING.touch_points
    assert terms
    [before] = terms.definitions
    after = before.model_copy(
        update={"version": "2026-03", "first_month": MONTH, "starts_from": START.date()}
    )
    both = MAPPING.model_copy(
        update={"touch_points": terms.model_copy(update={"definitions": [before, after]})}
    )
    with workshop(tmp_path, both) as work:
        told = Care(work.store)
        for n, start in enumerate((START - timedelta(days=5), START)):
            told.assign(CLIENTS[n], ANA, START - timedelta(days=60))
            told.start(n, CLIENTS[n], BOSTON, start)
        told.done(CLIENTS[1], ANA, *ALL)
        score(work)
        found = explain_score(work.store, both, ANA, MONTH, LATER, names=False)
    assert [(s["version"], s["done"], s["due"]) for s in found["segments"]] == [
        ("2026-02", 0, 2),
        ("2026-03", 4, 4),
    ]
    assert found["definition"]["version"] == "2026-03"


@pytest.mark.parametrize("who", ["0042", "0043", CY])
def test_an_explanation_fits_a_hundred_columns_and_cuts_nothing_off(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    text = ask("explain", who, MONTH).stdout + ask(MONTH).stdout
    assert [line for line in text.splitlines() if len(line) > 100] == []
    assert "…" not in text


def test_scores_are_shown_without_loading_the_agent(state: Path) -> None:
    heavy = ("simple_salesforce", "requests", "uvicorn", "jinja2")
    for words in (["score"], ["score", "explain", "0042", MONTH]):
        program = f"""
import sys
from agent.cli import main
main({[*words, "--state-dir", str(state)]!r}, standalone_mode=False)
sys.exit(", ".join(name for name in {heavy!r} if name in sys.modules))
"""
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr.strip() == ""
        assert done.stdout


def test_before_anything_is_due_nobody_is_asked_to_decide(tmp_path: Path) -> None:
    with workshop(tmp_path) as work:
        told = Care(work.store)
        told.assign(CLIENTS[0], ANA, START - timedelta(days=60))
        told.start(0, CLIENTS[0], BOSTON)
        score(work, START)
    assert "not yet  0 of 0" in asked(tmp_path / "state", MONTH).stdout
    text = asked(tmp_path / "state", "explain", "0042", MONTH).stdout
    assert "Nothing is due yet, so there is no score: the windows have not closed." in text
    assert "nothing was found so far" in text
    assert "month resolve" not in text


def test_a_late_one_is_shown_with_its_evidence_and_not_credited(tmp_path: Path) -> None:
    with workshop(tmp_path) as work:
        told = Care(work.store)
        told.assign(CLIENTS[0], ANA, START - timedelta(days=60))
        told.start(0, CLIENTS[0], BOSTON)
        told.contact(CLIENTS[0], ANA, START + timedelta(hours=10), [INTRODUCTION])
        score(work)
    text = asked(tmp_path / "state", "explain", "0042", MONTH).stdout
    assert "done Mar 2, 2026, 8:00 PM EST by Ana Ruiz, 00T000000000001AAA" in text
    assert "late completions are shown and not credited" in text
    assert "0 of 4 done; 1 late; 3 missed" in text
