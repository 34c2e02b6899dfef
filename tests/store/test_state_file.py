"""The state file: written in transactions only, all or nothing, readable meanwhile, never half understood."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.errors import AgentError, ConfigurationError
from agent.store import Store, diary, kinds
from agent.store.pay import PayStore

READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0)
print(connection.execute("SELECT value FROM meta WHERE key = 'fact'").fetchone()[0])
connection.close()
"""


class PowerCut(BaseException):
    """What no `except Exception` holds back."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state" / "sli-agent.db")
    yield opened
    opened.close()


def put(store: Store, key: str, value: str) -> None:
    with store.transaction():
        store.put(key, value)


def test_a_write_outside_a_transaction_is_refused(store: Store) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        store.put("fact", "true")
    with pytest.raises(RuntimeError, match="transaction"):
        store.write_many("INSERT INTO meta VALUES (?, ?)", [("fact", "true")])
    assert store.get("fact") is None


def test_what_is_committed_is_there_when_the_file_is_opened_again(store: Store) -> None:
    put(store, "fact", "true")
    again = Store(store.path)
    assert again.get("fact") == "true"
    again.close()


def test_a_kill_in_the_middle_of_a_transaction_leaves_nothing_of_it(store: Store) -> None:
    put(store, "fact", "before")
    with pytest.raises(PowerCut), store.transaction():
        store.put("fact", "after")
        diary.write(store, "2026-11-18T15:30:00Z", "run", "a line")
        raise PowerCut
    assert store.get("fact") == "before"
    assert store.rows("SELECT * FROM log") == []
    put(store, "fact", "and the store is usable")


def test_a_transaction_sqlite_itself_rolled_back_tells_its_own_error(store: Store) -> None:
    put(store, "fact", "before")
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.put("other", "gone with it")
        # As on a full disk: SQLite gives up the whole transaction by itself.
        store.write("INSERT OR ROLLBACK INTO meta VALUES ('fact', 'again')")
    assert store.get("other") is None
    put(store, "other", "the store is usable")


def test_a_commit_that_fails_leaves_nothing_and_the_store_usable(store: Store) -> None:
    store.db.conn.execute("PRAGMA foreign_keys = ON")
    with store.transaction():
        store.write("CREATE TABLE child (parent TEXT REFERENCES meta (key) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.put("fact", "true")
        store.write("INSERT INTO child VALUES ('nobody')")  # SQLite says so at the COMMIT.
    assert store.get("fact") is None
    put(store, "fact", "the store is usable")


def test_another_process_reads_the_last_commit_while_a_transaction_is_open(store: Store) -> None:
    put(store, "fact", "committed")
    with store.transaction():
        store.put("fact", "not yet")
        command = [sys.executable, "-c", READER, str(store.path)]
        read = subprocess.run(command, capture_output=True, text=True, check=True)
    assert read.stdout.strip() == "committed"


def test_a_second_writer_is_kept_out_from_the_beginning_of_a_transaction(store: Store) -> None:
    other = sqlite3.connect(store.path, timeout=0, isolation_level=None)
    with store.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_the_state_is_its_owners_alone_for_it_holds_clients_names(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        opened = Store(tmp_path / "sli-agent.db")
        with opened.transaction():
            opened.put("org_id", "00D")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    opened.close()
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3, modes


def test_what_was_told_survives_a_power_cut(store: Store) -> None:
    assert store.value("PRAGMA journal_mode") == "wal"
    assert store.value("PRAGMA synchronous") == 2  # FULL


@pytest.mark.parametrize(
    "content", [b"this is no database at all, " * 400, b"SQLite format 3\0" + b"\1" * 9000]
)
def test_a_file_that_is_no_database_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sli-agent.db"
    path.write_bytes(content)
    with pytest.raises(AgentError) as caught:
        Store(path)
    assert str(path) in str(caught.value)
    assert "Move it away" in str(caught.value)
    assert path.read_bytes() == content


def test_migrations_are_applied_once_and_every_table_has_its_kind(store: Store) -> None:
    first = [tuple(row) for row in store.rows("SELECT * FROM _sqlite_migrations")]
    again = Store(store.path)
    assert [tuple(row) for row in again.rows("SELECT * FROM _sqlite_migrations")] == first != []
    named = again.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = [row["name"] for row in named if not row["name"].startswith(("_", "sqlite_"))]
    again.close()
    assert sorted(tables) == sorted([*kinds.REBUILDABLE, *kinds.TOLD, *kinds.HUMAN, *kinds.OWN])


def test_a_run_left_open_by_a_kill_is_closed_as_interrupted_by_the_next(store: Store) -> None:
    with store.transaction():
        diary.begin_run(store, "2026-11-18T15:30:00Z")
    with store.transaction():
        second = diary.begin_run(store, "2026-11-18T15:40:00Z")
        diary.end_run(store, second, "2026-11-18T15:41:00Z", "ok", {})
    outcomes = [row["outcome"] for row in store.rows("SELECT outcome FROM run ORDER BY id")]
    assert outcomes == ["interrupted", "ok"]


@pytest.mark.parametrize("kind", [Store, PayStore])
def test_a_state_that_may_not_be_written_is_left_alone_and_says_how_to_mend_it(
    tmp_path: Path, kind: type[Store]
) -> None:
    (tmp_path / "state").write_text("A file where the folder should be: not even root may write into it.")
    with pytest.raises(ConfigurationError, match=r"cannot be opened for writing .* writable for this one"):
        kind(tmp_path / "state" / "some.db")


def test_a_file_that_sqlite_may_not_open_is_not_taken_for_broken(store: Store) -> None:
    store.close()
    Path(f"{store.path}-wal").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be opened for writing"):
        Store(store.path)


@pytest.mark.parametrize("kind", [Store, PayStore])
def test_what_a_newer_version_has_written_is_not_read_by_an_older_one(
    tmp_path: Path, kind: type[Store]
) -> None:
    path = tmp_path / "some.db"
    opened = kind(path)
    with opened.transaction():
        opened.write(
            "INSERT INTO _sqlite_migrations (migration_set, name) VALUES (?, 'm999')",
            (kind.migrations[0].name,),
        )
    opened.close()
    with pytest.raises(ConfigurationError, match="newer version"):
        kind(path)


@pytest.mark.parametrize("kind", [Store, PayStore])
def test_a_state_that_another_agent_is_just_setting_up_is_not_taken_for_broken(
    tmp_path: Path, kind: type[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.store.database.BUSY_MS", 0)
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigurationError, match="another sli-agent") as refused:
            kind(path)
        assert "ove it away" not in str(refused.value)
    kind(path).close()
