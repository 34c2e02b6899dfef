"""`python -m bench`: run the scenarios, print the figures, write them into docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import click

from bench import page, peers, scenarios
from bench.alone.day import day
from bench.alone.memory import memory
from bench.alone.scores import recomputed
from bench.alone.sharing import sharing
from bench.alone.telling import telling
from bench.alone.tick import tick
from bench.alone.writing import writing
from bench.load import load
from bench.readers import LIVES, airbyte, tap
from bench.readers.agent import AgentLife
from bench.readers.bare import BareLife
from bench.readers.life import Life
from bench.readers.tap import PatientTapLife

Measured = dict[str, dict[str, Any]]
SCENARIOS = ("changes", "faults", "sharing", "load", "day", "writing", "telling", "tick", "memory", "scores")
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
    days: int = 3
    hours: int = 24
    written: tuple[int, ...] = (1, 200, 201, 1_000)
    told: tuple[int, ...] = (1, 200, 201)
    states: tuple[int, ...] = (10_000, 500_000)
    """SLIs in the states that tick."""
    ticks: int = 7
    orgs: tuple[int, ...] = (10_000, 500_000)
    """Rows in the orgs by which memory is measured."""
    clients: tuple[int, ...] = (1_000, 10_000)
    """Clients in the states whose scores are put together."""

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
        if "sharing" in names:
            yield "sharing", sharing(loaders, self.changed, self.days) | absent
        for size in self.sizes if "load" in names else ():
            yield f"load {size}", load(loaders, size, self.rounds) | absent
        if AgentLife in here:
            yield from ((name, measure()) for name, measure in self._alone().items() if name in names)

    def _alone(self) -> dict[str, Callable[[], Measured]]:
        """What is measured of this agent only."""
        return {
            "day": lambda: day(self.changed, self.hours),
            "writing": lambda: writing(self.written),
            "telling": lambda: telling(self.told),
            "tick": lambda: tick(self.states, self.ticks),
            "memory": lambda: memory(self.orgs),
            "scores": lambda: recomputed(self.clients, self.ticks),
        }


QUICK = Plan(
    (AgentLife, BareLife),
    changed=100,
    faulty=2_100,
    kinds=("expired_token", "truncated"),
    sizes=(1_000,),
    rounds=1,
    days=1,
    hours=1,
    written=(1, 201),
    told=(1, 2),
    states=(1_000, 4_000),
    ticks=1,
    orgs=(1_000, 2_000),
    clients=(100, 300),
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(SCENARIOS))
@click.option("--rows", multiple=True, type=int, default=SIZES, help="Sizes of the first load.")
@click.option("--rounds", default=3, show_default=True, help="Measured first loads of each reader, in turns.")
@click.option(
    "--largest", default=500_000, show_default=True, help="SLIs of the larger state, rows of the larger org."
)
@click.option("--quick", is_flag=True, help="A smoke test: no peers, small orgs; printed, not written.")
@click.option("--only", multiple=True, help="Readers whose name contains this; printed, not written.")
def main(
    names: tuple[str, ...],
    rows: tuple[int, ...],
    rounds: int,
    largest: int,
    quick: bool,
    only: tuple[str, ...],
) -> None:
    """Compare readers of Salesforce on a sandbox org. Without NAMES, in every scenario."""
    wanted = tuple(life for life in LIVES if not only or any(part in life.name for part in only))
    two = (10_000, largest)
    plan = QUICK if quick else Plan(wanted, sizes=rows, rounds=rounds, states=two, orgs=two)
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
