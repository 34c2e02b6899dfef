"""Copies of a database while somebody works with it, and what a copy must forget before it is worked with again."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from agent.errors import AgentError
from agent.model import MessageState
from agent.store import messages
from agent.store.database import Store


def copy(store: Store, target: Path) -> None:
    """The database as it stands at one instant, in one file that only its owner may read.

    Raises:
        FileExistsError: there is such a file.
        AgentError: the copy is damaged, because the database is.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(target)) as made:
        store.db.conn.backup(made)
        made.execute("PRAGMA journal_mode = DELETE")  # One file: nothing of it in files beside it.
        [verdict] = made.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise AgentError(
            f"{store.path}: is damaged ({verdict}), and so would its backup be.",
            hint="Keep the last good backup. What pay.db lost comes back from it, what the state lost from Salesforce.",
        )


def at_rest(path: Path) -> bool:
    """Fold the files beside the database into it; False where another process has it open.

    Only the last connection may end the write-ahead log: as long as a daemon has the file open, it waits or works.
    """
    with closing(sqlite3.connect(path, timeout=0)) as opened:
        try:
            opened.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.DatabaseError as error:
            return error.sqlite_errorcode != sqlite3.SQLITE_BUSY  # A damaged file is nobody's to work with.
    return True


def forget_what_moved_on(store: Store, now: str) -> None:
    """An old copy of the state must not tell what was told since; for the rest it is as after an outage.

    Mails that waited are let go, and what they told is left to its rows in Salesforce, as after a lost disk. A new
    epoch begins, so that no row of the former life passes for our own lost answer. In a transaction.
    """
    messages.take_back(store, messages.ids_of(store, [MessageState.QUEUED, MessageState.SENDING], None))
    store.write(
        """UPDATE notice SET state = 'elsewhere', unreported = 0, next_at = ?
           WHERE state = 'claimed' OR (state = 'intent' AND record_id IS NOT NULL)""",
        (now,),
    )
    store.write("DELETE FROM meta WHERE key = 'epoch'")
