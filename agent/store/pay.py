"""pay.db: a file of its own that only its owner may read. Nothing in it goes to Salesforce, a log or the other file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from agent.errors import AgentError, ConfigurationError
from agent.store.database import Store
from agent.store.pay_schema import migrations

NAME = "pay.db"
LAST_BACKUP = "last_backup"
"""The name of the instant of the last backup, in `get` and `put`."""


class PayStore(Store):
    """As the state's own file: reads anywhere; writes only inside `transaction()`.

    Raises:
        ConfigurationError, AgentError: as of the state's own file.
    """

    migrations = (migrations,)

    def __init__(self, path: Path) -> None:
        if path.exists():  # Whoever copied it may have opened it to others.
            with suppress(OSError):  # Where it is not ours to close, opening it says what is wrong.
                path.chmod(0o600)
        try:
            super().__init__(path)
        except ConfigurationError:
            raise
        except AgentError as error:
            hint = "Nothing else holds what is in it: move it away, and `sli-agent restore` the last backup."
            raise AgentError(error.message, hint=hint) from error
