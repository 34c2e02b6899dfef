"""backup and restore: a consistent copy while others work, brought back whole or not at all."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.desk import backup
from agent.desk.state import database_path, pay_path
from agent.store import Store, pay_lines
from agent.store.pay import PayStore

LINE = {"kind": "opening", "id": "C", "client_id": "C", "person_id": None, "day": None, "amount": "4711.25",
        "billable": None, "source": "file:x.csv", "deleted": 0}  # fmt: skip
OPENS_IT = """
import sys
from pathlib import Path
from agent.store import Store
from agent.store.pay import PayStore
path = Path(sys.argv[1])
opened = PayStore(path) if path.name == "pay.db" else Store(path)
print("open", flush=True)
sys.stdin.read()
"""
Say = Callable[..., Result]


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A state with a fact in it, and pay beside it."""
    state = tmp_path / "state"
    with closing(Store(database_path(state))) as store, store.transaction():
        store.put("fact", "as it was")
        store.put("epoch", "the former life")
    with closing(PayStore(pay_path(state))) as pay, pay.transaction():
        pay_lines.save_lines(pay, [LINE])
    return state


@pytest.fixture
def say(state_dir: Path) -> Say:
    def say(*words: object, state: Path = state_dir) -> Result:
        return CliRunner().invoke(main, [*map(str, words)], env={"SLI_STATE_DIR": str(state)})

    return say


def change(state_dir: Path) -> None:
    """Somebody works on after the backup."""
    with closing(Store(database_path(state_dir))) as store, store.transaction():
        store.put("fact", "as it is now")
    with closing(PayStore(pay_path(state_dir))) as pay, pay.transaction():
        pay_lines.save_lines(pay, [{**LINE, "amount": "1"}])


def held(state_dir: Path) -> tuple[str | None, str]:
    """The fact of the state, and the amount in pay.db."""
    with closing(Store(database_path(state_dir))) as store, closing(PayStore(pay_path(state_dir))) as pay:
        return store.get("fact"), str(pay_lines.lines(pay, "opening")[0].amount)


@contextmanager
def at_work(path: Path) -> Iterator[None]:
    """Another process has the database open, as a daemon between two polls."""
    command = [sys.executable, "-c", OPENS_IT, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"open\n"
        yield
        process.communicate()


def test_what_was_backed_up_comes_back_on_another_machine(say: Say, state_dir: Path, tmp_path: Path) -> None:
    made = say("backup", tmp_path / "backups" / "monday")
    change(state_dir)
    done = say("restore", tmp_path / "backups" / "monday", state=tmp_path / "elsewhere")
    assert made.exit_code == done.exit_code == 0, made.output + done.output
    assert "sli-agent.db and pay.db" in made.stdout
    assert held(tmp_path / "elsewhere") == ("as it was", "4711.25")
    assert held(state_dir) == ("as it is now", "1")


def test_only_its_owner_may_read_a_backup_and_what_is_restored(say: Say, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "monday", tmp_path / "elsewhere"
    say("backup", folder)
    say("restore", folder, state=elsewhere)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in sorted(folder.iterdir())] == ["manifest.json", "pay.db", "sli-agent.db"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (*folder.iterdir(), *elsewhere.iterdir())}
    assert modes == {0o600}


def test_whoever_looks_into_a_backup_changes_nothing_in_it(say: Say, tmp_path: Path) -> None:
    say("backup", tmp_path / "monday")
    with closing(sqlite3.connect(tmp_path / "monday" / "pay.db")) as opened:
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert opened.execute("SELECT amount FROM line").fetchone() == ("4711.25",)
        assert len(list((tmp_path / "monday").iterdir())) == 3
    assert say("restore", tmp_path / "monday", state=tmp_path / "elsewhere").exit_code == 0


def test_a_backup_holds_what_is_committed_while_another_writes(
    say: Say, state_dir: Path, tmp_path: Path
) -> None:
    with closing(Store(database_path(state_dir))) as store, store.transaction():
        store.put("fact", "half done")
        made = say("backup", tmp_path / "monday")
    assert made.exit_code == 0, made.output
    say("restore", tmp_path / "monday", state=tmp_path / "elsewhere")
    assert held(tmp_path / "elsewhere") == ("as it was", "4711.25")


def test_a_backup_overwrites_nothing_and_leaves_nothing_of_itself_when_it_fails(
    say: Say, state_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "monday"
    say("backup", folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    again = say("backup", folder)
    with pay_path(state_dir).open("r+b") as file:
        file.write(b"no database any more")
    broken = say("backup", tmp_path / "tuesday")
    assert again.exit_code == broken.exit_code == 1
    assert "holds something already" in again.stderr
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert "pay.db: cannot be used" in broken.stderr
    assert not (tmp_path / "tuesday").exists()


def test_a_damaged_database_makes_no_backup(say: Say, state_dir: Path, tmp_path: Path) -> None:
    with closing(Store(database_path(state_dir))) as store, store.transaction():
        for n in range(2_000):
            store.put(f"fact {n}", "x" * 100)
    with closing(sqlite3.connect(database_path(state_dir))) as opened:
        [pages], [size] = (
            opened.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
        )
    with database_path(state_dir).open("r+b") as file:
        file.seek((pages - 20) * size)
        file.write(b"\xff" * size * 10)
    done = say("backup", tmp_path / "monday")
    assert done.exit_code == 1
    assert "is damaged" in done.stderr
    assert not (tmp_path / "monday").exists()


def test_a_state_without_pay_is_backed_up_alone_and_says_so(
    say: Say, state_dir: Path, tmp_path: Path
) -> None:
    for path in state_dir.glob("pay.db*"):
        path.unlink()
    made = json.loads(say("backup", tmp_path / "monday", "--json").stdout)
    assert list(made["files"]) == ["sli-agent.db"]
    assert "There is no pay.db yet" in say("backup", tmp_path / "tuesday").stdout
    assert not pay_path(state_dir).exists()


def test_without_a_state_there_is_nothing_to_back_up(say: Say, tmp_path: Path) -> None:
    done = say("backup", tmp_path / "monday", state=tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "no state yet" in done.stderr
    assert not (tmp_path / "monday").exists()


def test_a_restore_overwrites_nothing_until_it_is_told_to_and_then_moves_it_away(
    say: Say, state_dir: Path, tmp_path: Path
) -> None:
    say("backup", tmp_path / "monday")
    change(state_dir)
    refused = say("restore", tmp_path / "monday")
    assert refused.exit_code == 1
    assert "holds sli-agent.db and pay.db; a restore overwrites nothing" in refused.stderr
    assert held(state_dir) == ("as it is now", "1")

    found = json.loads(say("restore", tmp_path / "monday", "--replace", "--json").stdout)
    assert held(state_dir) == ("as it was", "4711.25")
    old_state, old_pay = (state_dir / name for name in found["moved"])
    with closing(Store(old_state)) as store, closing(PayStore(old_pay)) as pay:
        assert store.get("fact") == "as it is now"
        assert pay_lines.lines(pay, "opening")[0].amount == 1


def test_what_was_moved_away_is_not_overwritten_by_another_restore_in_the_same_second(
    say: Say, state_dir: Path, tmp_path: Path
) -> None:
    say("backup", tmp_path / "monday")
    change(state_dir)
    now = datetime(2026, 4, 10, 15, tzinfo=UTC)
    first, second = (backup.restore(state_dir, tmp_path / "monday", replace=True, now=now) for _ in range(2))
    assert not set(first.moved) & set(second.moved)
    with closing(PayStore(state_dir / first.moved[1])) as pay:
        assert pay_lines.lines(pay, "opening")[0].amount == 1


def test_a_restore_that_fails_leaves_no_copy_of_pay_behind(say: Say, state_dir: Path, tmp_path: Path) -> None:
    monday = tmp_path / "monday"
    say("backup", monday)
    with closing(sqlite3.connect(monday / "pay.db")) as pay, pay:
        pay.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('sli-agent-pay', 'p999')")
    manifest = json.loads((monday / "manifest.json").read_bytes())
    manifest["files"]["pay.db"] = hashlib.sha256((monday / "pay.db").read_bytes()).hexdigest()
    (monday / "manifest.json").write_text(json.dumps(manifest))
    before = sorted(path.name for path in state_dir.iterdir())
    done = say("restore", monday, "--replace")
    assert "newer version" in done.stderr
    assert sorted(path.name for path in state_dir.iterdir()) == before


def test_pay_that_the_backup_does_not_have_stays(say: Say, state_dir: Path, tmp_path: Path) -> None:
    hidden = pay_path(state_dir).rename(tmp_path / "pay.db")
    say("backup", tmp_path / "monday")
    hidden.rename(pay_path(state_dir))
    change(state_dir)
    done = say("restore", tmp_path / "monday", "--replace")
    assert done.exit_code == 0, done.output
    assert "pay.db stays as it is" in done.stdout
    assert held(state_dir) == ("as it was", "1")


@pytest.mark.parametrize("name", ["sli-agent.db", "pay.db"])
def test_nothing_is_restored_while_somebody_has_a_database_open(
    say: Say, state_dir: Path, tmp_path: Path, name: str
) -> None:
    say("backup", tmp_path / "monday")
    change(state_dir)
    with at_work(state_dir / name):
        done = say("restore", tmp_path / "monday", "--replace")
    assert done.exit_code == 1
    assert "Stop the agent first." in done.stderr
    assert held(state_dir) == ("as it is now", "1")


def test_a_broken_database_is_moved_away_as_any_other(say: Say, state_dir: Path, tmp_path: Path) -> None:
    say("backup", tmp_path / "monday")
    database_path(state_dir).write_bytes(b"no database any more" * 100)
    done = say("restore", tmp_path / "monday", "--replace")
    assert done.exit_code == 0, done.output
    assert held(state_dir) == ("as it was", "4711.25")


def test_a_log_left_by_another_database_is_not_played_into_the_restored_one(
    say: Say, state_dir: Path, tmp_path: Path
) -> None:
    say("backup", tmp_path / "monday")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with closing(Store(database_path(state_dir))) as store:
        with store.transaction():
            store.put("fact", "of the log")
        (elsewhere / "sli-agent.db-wal").write_bytes((state_dir / "sli-agent.db-wal").read_bytes())
        (elsewhere / "sli-agent.db.restoring-wal").write_bytes((state_dir / "sli-agent.db-wal").read_bytes())
    done = say("restore", tmp_path / "monday", state=elsewhere)
    assert done.exit_code == 0, done.output
    assert held(elsewhere) == ("as it was", "4711.25")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "(there is no manifest.json)"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "is no finished backup"),
        (lambda folder: (folder / "manifest.json").write_text('{"files": {}}'), "is no finished backup"),
        (lambda folder: (folder / "pay.db").unlink(), "is no finished backup"),
        (lambda folder: (folder / "pay.db").write_bytes(b"\0"), "pay.db: is not what was backed up"),
    ],
    ids=["no manifest", "a list", "no version", "a file lost", "another file"],
)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    say: Say, state_dir: Path, tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    say("backup", tmp_path / "monday")
    spoil(tmp_path / "monday")
    change(state_dir)
    done = say("restore", tmp_path / "monday", "--replace")
    assert done.exit_code == 1
    assert why in done.stderr
    assert held(state_dir) == ("as it is now", "1")


def test_the_last_backup_is_remembered_also_by_what_is_restored(
    say: Say, state_dir: Path, tmp_path: Path
) -> None:
    made = json.loads(say("backup", tmp_path / "monday", "--json").stdout)
    say("restore", tmp_path / "monday", state=tmp_path / "elsewhere")
    for state in (state_dir, tmp_path / "elsewhere"):
        with closing(PayStore(pay_path(state))) as pay:
            assert pay.get("last_backup") == made["at"]
