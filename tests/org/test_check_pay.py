"""What `check` says of pay.db, which no other place holds."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.desk.backup import back_up
from agent.desk.state import database_path, pay_path
from agent.mapping import load
from agent.org.pay import backup_lines
from agent.store import Store
from agent.store.pay import PayStore

NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
MAPPING = load(Path("mappings/sandbox"))


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A state beside which somebody is paid."""
    for path, kind in ((database_path(tmp_path / "state"), Store), (pay_path(tmp_path / "state"), PayStore)):
        with closing(kind(path)):
            pass
    return tmp_path / "state"


def test_pay_that_was_never_backed_up_is_a_warning_with_the_verb_that_mends_it(state_dir: Path) -> None:
    [line] = backup_lines(state_dir, MAPPING, NOW)
    assert (line.area, line.verdict) == ("pay", "warning")
    assert line.text.endswith("in pay.db only, not in Salesforce. Last backup: never.")
    assert "`sli-agent backup FOLDER` every night" in line.mend


@pytest.mark.parametrize(
    ("age", "verdict"), [(timedelta(days=7), "ok"), (timedelta(days=7, seconds=1), "warning")]
)
def test_a_backup_is_fresh_for_seven_days(
    state_dir: Path, tmp_path: Path, age: timedelta, verdict: str
) -> None:
    back_up(state_dir, tmp_path / "backup", NOW)
    [line] = backup_lines(state_dir, MAPPING, NOW + age)
    assert line.verdict == verdict
    assert line.text.endswith("Last backup: 2026-11-18T15:30:00Z.")


def test_where_nothing_was_paid_yet_there_is_nothing_to_lose(tmp_path: Path) -> None:
    [line] = backup_lines(tmp_path, MAPPING, NOW)
    assert line.verdict == "ok"
    assert not pay_path(tmp_path).exists()


def test_an_org_that_pays_nobody_hears_nothing_of_it(state_dir: Path) -> None:
    assert list(backup_lines(state_dir, MAPPING.model_copy(update={"incentive": None}), NOW)) == []
