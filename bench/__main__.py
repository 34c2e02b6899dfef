"""`python -m bench`: run the scenarios, print the figures, write them into docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import click

from bench import page, peers, scenarios
from bench.readers import LIVES, airbyte, tap
from bench.readers.agent import AgentLife
from bench.readers.bare import BareLife
from bench.readers.life import Life
from bench.readers.tap import PatientTapLife

Measured = dict[str, dict[str, Any]]
SCENARIOS = ("changes", "faults", "load")
SIZES = (50_000, 500_000)


@dataclass(frozen=True)
class Plan:
    """What is run with whom. Where speed is not the question the orgs are small: an ordinary company's, and one
    of more than two pages."""

    readers: tuple[type[Life], ...]
    changed: int = 2_500
    faulty: int = 4_500
    kinds: tuple[str, ...] = scenarios.FAULTS
    sizes: tuple[int, ...] = SIZES
    rounds: int = 3

    def carried_out(self, names: Sequence[str]) -> Iterator[tuple[str, Measured]]:
        """The figures of each scenario as soon as they are there; who could not be run says why."""
        absent: Measured = {life.name: {"not run": why} for life in self.readers if (why := life.missing())}
        here = [life for life in self.readers if life.name not in absent]
        # A lookback makes no difference to a first load: the tap runs once there.
        loaders = [life for life in here if life is not PatientTapLife]
        if "changes" in names:
            yield "changes", scenarios.changes(here, self.changed) | absent
        if "faults" in names:
            yield "faults", scenarios.faults(loaders, self.faulty, self.kinds) | absent
        for size in self.sizes if "load" in names else ():
            yield f"load {size}", scenarios.load(loaders, size, self.rounds) | absent


QUICK = Plan(
    (AgentLife, BareLife),
    changed=100,
    faulty=2_100,
    kinds=("expired_token", "truncated"),
    sizes=(1_000,),
    rounds=1,
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(SCENARIOS))
@click.option("--rows", multiple=True, type=int, default=SIZES, help="Sizes of the first load.")
@click.option("--rounds", default=3, show_default=True, help="Measured first loads of each reader, in turns.")
@click.option("--quick", is_flag=True, help="A smoke test: no peers, small orgs; printed, not written.")
@click.option("--only", multiple=True, help="Readers whose name contains this; printed, not written.")
def main(
    names: tuple[str, ...], rows: tuple[int, ...], rounds: int, quick: bool, only: tuple[str, ...]
) -> None:
    """Compare readers of Salesforce on a sandbox org. Without NAMES, in every scenario."""
    wanted = tuple(life for life in LIVES if not only or any(part in life.name for part in only))
    plan = QUICK if quick else Plan(wanted, sizes=rows, rounds=rounds)
    for name, measured in plan.carried_out(names or SCENARIOS):
        if quick or only:
            click.echo(json.dumps({name: measured}, indent=1))
        else:
            page.write(page.remember({name: measured, "run": _circumstances()}))


def _circumstances() -> str:
    """Where and with what; no figure of one machine holds for another."""
    versions = ", ".join(peers.version(peer) for peer in (tap.PEER, airbyte.PEER))
    own = f"simple-salesforce {version('simple-salesforce')}"
    return f"{os.cpu_count()} cores under Python {platform.python_version()}, with {own}, {versions}"


if __name__ == "__main__":
    sys.exit(main())
