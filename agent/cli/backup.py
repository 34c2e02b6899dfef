"""The verbs for what lies on this disk alone: backup, restore."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from agent.cli import output
from agent.cli.folders import state_dir_option
from agent.clock import SystemClock
from agent.desk import backup as desk
from agent.store import pay

as_json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@state_dir_option
@as_json_option
def backup(folder: Path, state_dir: Path, as_json: bool) -> None:
    """Copy the state and pay.db into FOLDER, also while the agent runs.

    FOLDER must be new or empty. Whoever may read it reads pay and clients' names: its files are its owner's alone,
    and should lie on another machine. Imports, locked statements and what was paid are in pay.db and nowhere else.
    """
    found = desk.back_up(state_dir, folder, SystemClock().now())
    if as_json:
        output.as_json(asdict(found))
        return
    click.echo(
        f"Backed up to {folder}: {' and '.join(found.files)}. `sli-agent restore {folder}` brings it back."
    )
    if pay.NAME not in found.files:
        click.echo(f"There is no {pay.NAME} yet: nothing was imported or paid.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Move away what lies there, instead of refusing.")
@state_dir_option
@as_json_option
def restore(folder: Path, replace: bool, state_dir: Path, as_json: bool) -> None:
    """Bring back what `sli-agent backup` put into FOLDER. The agent must not run.

    It then goes on as after an outage: it reads what changed since the backup, and what was told since is not told
    again.
    """
    found = desk.restore(state_dir, folder, replace=replace, now=SystemClock().now())
    if as_json:
        output.as_json(asdict(found))
        return
    click.echo(f"Restored {' and '.join(found.files)} as of {output.when(found.at)}.")
    for name in found.moved:
        click.echo(f"What lay there is now {state_dir / name}.")
    for name in found.left:
        click.echo(f"{state_dir / name} stays as it is: the backup has none.")
