"""The verbs for dead letters: outbox retry, outbox drop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from agent.cli.folders import state_dir_option
from agent.clock import SystemClock
from agent.desk import mending
from agent.desk.state import state

_F = TypeVar("_F", bound=Callable[..., Any])


def _which(verb: _F) -> _F:
    for option in (
        state_dir_option,
        click.option("--all", "everything", is_flag=True, help="All that `outbox list` shows as stuck."),
        click.argument("number", required=False),
    ):
        verb = option(verb)
    return verb


def _asked_for(number: str | None, everything: bool) -> str | None:
    if (number is not None) == everything:
        raise click.UsageError("Name one SLI by its record number, or say --all.")
    return number


@click.command()
@_which
def retry(state_dir: Path, number: str | None, everything: bool) -> None:
    """Try again what was refused, has no clear outcome, or is parked. NUMBER: record number, Message-ID or key.

    The agent takes it up with its next poll. A mail goes out with the same bytes and the same Message-ID. What was
    dropped comes back when its NUMBER is given.
    """
    which = _asked_for(number, everything)
    with state(state_dir) as store:
        letters = mending.find(store, which, dropped=not everything)
        mending.retry(store, letters, SystemClock().now())
    click.echo(f"To be tried again: {letters}.")


@click.command()
@_which
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(state_dir: Path, number: str | None, everything: bool, yes: bool) -> None:
    """Let go what was refused, has no clear outcome, or is parked. NUMBER: record number, Message-ID or key.

    It stays on record as dropped.
    """
    which = _asked_for(number, everything)
    with state(state_dir) as store:
        letters = mending.find(store, which)
        if letters and not yes:
            click.confirm(f"Drop {letters}?", abort=True)
        mending.drop(store, letters, SystemClock().now())
    click.echo(f"Dropped: {letters}.")
