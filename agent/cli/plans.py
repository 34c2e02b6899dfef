"""The verbs of the plan's owner: plan check, plan confirm, plan approve."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from agent.cli import output
from agent.cli.at_hand import at_hand, state_options
from agent.cli.word import answer, word_options
from agent.clock import SystemClock
from agent.desk.decided import plans
from agent.desk.decided.word import Word


@click.group()
def plan() -> None:
    """Definitions of quality scores and the plans that pay by them: what is in force, approved, confirmed."""


@plan.command("check", short_help="What is in force, and what nobody has approved or confirmed.")
@state_options
def check(state_dir: Path, mappings: Path, as_json: bool) -> None:
    """What is in force, what nobody has approved or confirmed yet, what is missing. A line each, with the mend.

    Exit code 1 when an approved version was changed: then nothing is scored or locked until it is back.
    """
    # The reading verbs start without the parts that look at the org.
    from agent.cli.passes import check_lines  # noqa: PLC0415
    from agent.org.pay import backup_lines  # noqa: PLC0415

    now = SystemClock().now()
    with at_hand(state_dir, mappings) as (store, mapping):
        backup = [asdict(line) for line in backup_lines(state_dir, mapping, now)]
        rows = [*plans.check(store, mapping, now), *backup]
    output.as_json(rows) if as_json else check_lines(rows)
    if any(row["verdict"] == "failed" for row in rows):
        sys.exit(1)


@plan.command("confirm")
@click.argument("number", metavar="NUMBER")
@word_options
@state_options
def confirm(state_dir: Path, mappings: Path, as_json: bool, number: str, by: str, reason: str) -> None:
    """Stand by a decision that changes somebody's pay. `plan check` lists those that nobody has confirmed.

    NUMBER is written D20. Before all of a plan are confirmed, no pay by it is locked.
    """
    with at_hand(state_dir, mappings) as (store, mapping):
        kept = plans.confirm(store, mapping, number, Word(by, reason, SystemClock().now()))
        wanted = kept.about.partition(":")[2]
        row = {"key": kept.key, "number": wanted, "by": kept.by}
        answer(store, mapping, kept, [f"{wanted}: confirmed by {kept.by}."], row, as_json=as_json)


@plan.command("approve")
@click.argument("version", metavar="VERSION")
@word_options
@state_options
def approve(state_dir: Path, mappings: Path, as_json: bool, version: str, by: str, reason: str) -> None:
    """Approve a version as it stands in its file. From then on it never changes: what is new is a new version.

    VERSION: definition:2026-02, csm:2026 or sales:2026, as `plan check` lists them.
    """
    with at_hand(state_dir, mappings) as (store, mapping):
        kept = plans.approve(store, mapping, version, Word(by, reason, SystemClock().now()))
        said = [f"{kept.about}: approved by {kept.by} as {kept.data['hash']}."]
        row = {"key": kept.key, "version": kept.about, "hash": kept.data["hash"], "by": kept.by}
        answer(store, mapping, kept, said, row, as_json=as_json)
