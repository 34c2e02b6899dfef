"""Where the state lies, and opening it to read. Loads little: verbs that only read start quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import ConfigurationError
from agent.store import Store
from agent.store.pay import NAME as PAY

DATABASE = "sli-agent.db"


@contextmanager
def state(state_dir: Path) -> Iterator[Store]:
    """The state as it is on disk.

    Raises:
        ConfigurationError: there is none yet.
    """
    path = database_path(state_dir)
    if not path.is_file():
        text = f"{path}: no state yet. Run `sli-agent once` first, or name the folder where the agent runs: "
        raise ConfigurationError([f"{text}--state-dir or SLI_STATE_DIR."])
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def database_path(state_dir: Path) -> Path:
    return state_dir / DATABASE


def pay_path(state_dir: Path) -> Path:
    """Where pay lies: a file of its own, that only its owner may read."""
    return state_dir / PAY
