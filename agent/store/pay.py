"""pay.db: a file of its own that only its owner may read. Nothing in it goes to Salesforce, a log or the other file."""

from __future__ import annotations

import os
from pathlib import Path

from agent.errors import AgentError
from agent.store.database import Store
from agent.store.pay_schema import migrations

NAME = "pay.db"
LAST_BACKUP = "last_backup"
"""The name of the instant of the last backup, in `get` and `put`."""


class PayStore(Store):
    """As the state's own file: reads anywhere; writes only inside `transaction()`.

    Raises:
        AgentError: the file is no database that can be used.
    """

    migrations = (migrations,)

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives the files beside it (-wal, -shm) the same rights.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        try:
            super().__init__(path)
        except AgentError as error:
            hint = "Nothing else holds what is in it: move it away, and `sli-agent restore` the last backup."
            raise AgentError(error.message, hint=hint) from error
