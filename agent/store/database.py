"""Opening the state and writing to it: one connection, explicit transactions, no hidden commit."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlite_utils import Database, Migrations

from agent.errors import AgentError, ConfigurationError
from agent.store import scores_schema
from agent.store.schema import migrations

StoreError = sqlite3.Error
"""The disk or the file failed: nothing above can go on."""
Params = Sequence[Any] | Mapping[str, Any]
BUSY_MS = 10_000
"""How long a writer waits for another (a verb reading beside the daemon never blocks it: WAL)."""
PRIMARY = 0xFF
"""The part of SQLite's extended error codes that says which kind of trouble it is."""
SHUT = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
"""File or folder may not be written. There is nothing wrong with what they hold."""


class Store:
    """The SQLite file. Reads anywhere; writes only inside `transaction()`.

    Raises:
        ConfigurationError: it cannot be opened for writing, or a newer version has written it.
        AgentError: the file is no database that can be used.
    """

    migrations: Sequence[Migrations] = (migrations, scores_schema.migrations)

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Clients' names stand in it: a new file is its owner's alone, and so are those beside it (-wal, -shm).
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise _shut(path, error.strerror) from error
        self._connection = sqlite3.connect(path, isolation_level=None)
        try:
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            self._connection.execute("PRAGMA journal_mode = WAL")
            # A notice that was told must be known to be told after a power cut.
            self._connection.execute("PRAGMA synchronous = FULL")
            self.db = Database(self._connection)
            self._migrate()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if getattr(error, "sqlite_errorcode", 0) & PRIMARY in SHUT:
                raise _shut(path, str(error)) from error
            if getattr(error, "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_BUSY:
                text = f"{path}: another sli-agent has kept it to itself for {BUSY_MS // 1000} s. Try again."
                raise ConfigurationError([text]) from error
            raise AgentError(
                f"{path}: cannot be used as the agent's state ({error}).",
                hint="Move it away: the agent rebuilds its state from Salesforce and tells nothing twice.",
            ) from error
        self._connection.row_factory = sqlite3.Row

    def _migrate(self) -> None:
        """Bring the tables up to date, unless this version does not know all that they went through."""
        with closing(Database(memory=True)) as nothing:
            known = {(one.name, m.name) for one in self.migrations for m in one.pending(nothing)}
        if not known.issuperset((one.name, m.name) for one in self.migrations for m in one.applied(self.db)):
            self._connection.close()
            text = f"{self.path}: a newer version of sli-agent has written it. Install that version again."
            raise ConfigurationError([text])
        for wanted in self.migrations:
            wanted.apply(self.db)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Takes the write lock at once, so that a read before a write cannot be stale."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # On a full disk SQLite has rolled back by itself, and says no to a second time.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Part of a transaction that can fail alone."""
        self._must_be_in_transaction()
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # As above: a full disk has ended it already.
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise
        self._connection.execute("RELEASE part")

    def rows(self, sql: str, params: Params = ()) -> list[sqlite3.Row]:
        return self._connection.execute(sql, params).fetchall()

    def row(self, sql: str, params: Params = ()) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._connection.execute(sql, params).fetchone()
        return found

    def value(self, sql: str, params: Params = ()) -> Any:
        """The first column of the first row; None where there is no row."""
        found = self._connection.execute(sql, params).fetchone()
        return None if found is None else found[0]

    def write(self, sql: str, params: Params = ()) -> int:
        """One statement inside the current transaction; the number of rows it changed."""
        self._must_be_in_transaction()
        return self._connection.execute(sql, params).rowcount

    def write_many(self, sql: str, params: Iterable[Params]) -> None:
        self._must_be_in_transaction()
        self._connection.executemany(sql, params)

    def _must_be_in_transaction(self) -> None:
        if not self._connection.in_transaction:
            raise RuntimeError("writes belong inside Store.transaction()")

    def get(self, key: str) -> str | None:
        """A small fact about this state by name (org id, go-live, epoch, ...)."""
        found: str | None = self.value("SELECT value FROM meta WHERE key = ?", (key,))
        return found

    def put(self, key: str, value: str) -> None:
        self.write(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            " WHERE value != excluded.value",  # nothing new writes no page
            (key, value),
        )

    def close(self) -> None:
        self._connection.close()


def to_json(value: Any) -> str:
    """JSON text with sorted keys: equal values have equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def from_json(text: str) -> Any:
    return orjson.loads(text)


def _shut(path: Path, why: str | None) -> ConfigurationError:
    """What lies there is left alone: it may be the only copy."""
    text = f"{path}: cannot be opened for writing ({why}). Run it as the user who runs the agent, or make"
    return ConfigurationError([f"{text} the folder and the file writable for this one."])
