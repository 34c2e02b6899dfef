"""What verbs that work on the state alone take, and are given: they need no credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from agent.cli.folders import mappings_option, state_dir_option
from agent.desk.state import state
from agent.mapping import OrgMapping
from agent.mapping import load as load_mapping
from agent.store import Store

_F = TypeVar("_F", bound=Callable[..., Any])


def state_options(verb: _F) -> _F:
    """The folders of the state and of the mapping to read it by; `--json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="For machines."),
        mappings_option,
        state_dir_option,
    ):
        verb = option(verb)
    return verb


@contextmanager
def at_hand(state_dir: Path, mappings: Path) -> Iterator[tuple[Store, OrgMapping]]:
    """The state and the mapping, for as long as the verb takes."""
    mapping = load_mapping(mappings)
    with state(state_dir) as store:
        yield store, mapping
