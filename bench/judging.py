"""How fast mirrored interventions are judged, stage by stage: `python -m bench.judging --rows 20000 --due 1000`.

The mirror is filled in SQLite itself: copies of the sandbox company's interventions with their history and Chatter,
without a network. Two figures come of it: the first load judged, and a tick in which only deadlines came due.
"""

from __future__ import annotations

import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import click

from agent import app, settings
from agent.clock import SetClock
from agent.instants import to_text
from agent.loop import Agent
from agent.pipeline import judging
from agent.pipeline.work import Workshop
from agent.sandbox import ids
from agent.sandbox.adapter import SandboxAdapter
from agent.sandbox.world import populate, settings_for
from agent.store import from_json, mirror, to_json
from bench.mapped import alerts_only

NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
COMPANY = 80
YOUNG = timedelta(hours=23)
"""Age of the interventions whose plans come due in the tick."""
READ = ("change", "chatter")
JUDGED = ("milestone", "memory", "finding", "handling")
STAGES = (
    (judging, "judge"),
    (judging, "decide"),
    (judging, "Batch"),
    (judging, "_scored"),
    (judging, "_differences"),
    (judging, "_save"),
)
"""What is timed by itself, where the module has it."""


@click.command()
@click.option("--rows", default=20_000, show_default=True, help="Mirrored interventions.")
@click.option("--due", default=1_000, show_default=True, help="Milestones that come due in the tick.")
@click.option("--tick", is_flag=True, help="Only the tick; all but what comes due in it counts as judged.")
@click.option("--profile", is_flag=True, help="Print where the time goes, function by function.")
def main(rows: int, due: int, tick: bool, profile: bool) -> None:
    """Judge a first load, then a tick."""
    with tempfile.TemporaryDirectory(prefix="sli-bench-") as folder, rested(Path(folder)) as agent:
        fill(agent.work, rows, [YOUNG] * (due // 2), judged=tick)
        if tick:
            judge_all(agent.work, NOW)
        else:
            _measure("first load", agent.work, NOW, profile=profile)
        soon = NOW + timedelta(hours=2)
        cover(agent.work, soon)
        _measure("tick", agent.work, soon, profile=profile and tick)
        began = time.perf_counter()
        agent.work.tally.as_dict(agent.work.store, 0)
        click.echo(f"tally of the pass: {1000 * (time.perf_counter() - began):.2f} ms")


@dataclass(frozen=True)
class Batch:
    """What judging one batch took, in seconds."""

    rows: int
    wall: float
    cpu: float


@contextmanager
def rested(folder: Path) -> Iterator[Agent]:
    """An agent that sends and writes nothing, with the company read, judged and at rest."""
    seeded, clock = populate(NOW, size=COMPANY, seed_number=7), SetClock(NOW)
    environ = {
        **settings_for("http://127.0.0.1:1", 1),
        "SLI_STATE_DIR": str(folder),
        "SLI_MAPPINGS": str(alerts_only(folder)),
    }
    transport = SandboxAdapter(seeded.org, clock.now, Random(7))
    loaded = settings.load(environ, folder / "no.env")
    with app.agent(loaded, clock, transport=transport, rng=Random(7), acts=False) as agent:
        agent.run_pass(clock)
        yield agent


def fill(work: Workshop, rows: int, ages: Sequence[timedelta], *, judged: bool) -> None:
    """As many copies as asked for, judged already or not. One of each age has no plan, and is to be judged: at the
    age of 24 hours two milestones of it come due."""
    store, young = work.store, len(ages)
    through = to_text(NOW + timedelta(hours=2))
    # No copy of what has something due in the tick by itself.
    models = store.rows(
        "SELECT * FROM intervention WHERE again_at IS NULL OR again_at > ? ORDER BY id", (through,)
    )
    about = {table: _by_parent(work, table) for table in (*READ, *(JUDGED if judged else ()))}
    with store.transaction():
        for table in ("intervention", "write_intent", "notice", "log", *READ, *JUDGED):
            store.write(f"DELETE FROM {table}")
        store.write("DELETE FROM meta WHERE key = 'summary_intended'")
        store.put("go_live", to_text(NOW))
        store.put("rules_effective", "{}")
    serials = range(10_000_000, 10_000_000 + rows)
    pairs = [(models[serial % len(models)], ids.make("a01", serial)) for serial in serials]
    with store.transaction():
        mirror.save_interventions(store, (_copied(model, new) for model, new in pairs[young:]))
        for table, rows_of in about.items():
            _copy(work, table, rows_of, pairs[young:])
        if judged:
            store.write(
                "UPDATE intervention SET changed = 0, open = 1, again_at = '2027', judged_at = ?",
                (to_text(NOW),),
            )
        mirror.save_interventions(store, map(partial(_without_plan, work), pairs[:young], ages))


def _by_parent(work: Workshop, table: str) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in work.store.rows(f"SELECT * FROM {table}"):
        found.setdefault(row["intervention_id"], []).append(tuple(row))
    return found


def _copy(work: Workshop, table: str, rows_of: dict[str, Any], pairs: list[tuple[Any, str]]) -> None:
    """Every model's rows of this table, once for each of its copies. What was read has an id of its own."""
    copies = (
        (f"{new}{number}", new, *row[2:]) if table in READ else (new, *row[1:])
        for model, new in pairs
        for number, row in enumerate(rows_of.get(model["id"], ()))
    )
    columns = len(work.store.rows(f"SELECT 1 FROM pragma_table_info('{table}')"))
    work.store.write_many(f"INSERT INTO {table} VALUES ({','.join('?' * columns)})", copies)


def _copied(model: Any, new: str) -> dict[str, Any]:
    return {**dict(model), "id": new, "source": to_json({**from_json(model["source"]), "Id": new})}


def _without_plan(work: Workshop, pair: tuple[Any, str], age: timedelta) -> dict[str, Any]:
    """A young intervention with both sides affected and no plan: two milestones that come due."""
    model, new = pair
    created = f"{NOW - age:%Y-%m-%dT%H:%M:%S}.000+0000"
    source = {**from_json(model["source"]), "Id": new, "CreatedDate": created, "LastModifiedDate": created}
    for side in work.mapping.intervention.sides.values():
        source |= {side.plan: None, side.colour: "Orange"}
    return {**dict(model), "id": new, "source": to_json(source), "deleted": 0}


def cover(work: Workshop, instant: datetime) -> None:
    """As if the mirror were complete through this instant."""
    with work.store.transaction():
        work.store.write("UPDATE cursor SET low_water = ?", (to_text(instant),))


def judge_all(work: Workshop, now: datetime) -> list[Batch]:
    """Every batch until nothing waits, its commit included."""
    batches: list[Batch] = []
    while True:
        wall, cpu = time.perf_counter(), time.process_time()
        with work.store.transaction():
            judged = judging.judge_waiting(work, now)
        if not judged:
            return batches
        batches.append(Batch(judged, time.perf_counter() - wall, time.process_time() - cpu))


def _measure(title: str, work: Workshop, now: datetime, *, profile: bool = False) -> None:
    """Judge all that waits and tell what it took, in milliseconds a row."""
    profiler = cProfile.Profile()
    with _stages() as stages:
        batches = profiler.runcall(judge_all, work, now) if profile else judge_all(work, now)
    rows = sum(batch.rows for batch in batches)
    wall, cpu = sum(batch.wall for batch in batches), sum(batch.cpu for batch in batches)
    # The best batch tells what the code takes; the rest tells what else the machine did.
    best = min(batch.cpu / batch.rows for batch in batches)
    click.echo(f"{title}: {rows:,} judged in {wall:.2f} s, {cpu:.2f} s of CPU")
    told = {"wall": wall / rows, "CPU": cpu / rows, "CPU, best batch": best}
    told |= {f"  {name}": seconds / rows for name, seconds in stages.items()}
    for name, seconds in told.items():
        click.echo(f"  {name:20} {1000 * seconds:.3f} ms a row")
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(60)


@contextmanager
def _stages() -> Iterator[dict[str, float]]:
    """Seconds by stage, while the block runs."""
    found: dict[str, float] = {}
    kept = [(module, name, getattr(module, name)) for module, name in STAGES if hasattr(module, name)]
    for module, name, function in kept:
        setattr(module, name, _timed(name, function, found))
    try:
        yield found
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def _timed(name: str, function: Callable[..., Any], found: dict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            found[name] = found.get(name, 0.0) + time.perf_counter() - began

    return timed


if __name__ == "__main__":
    main()
