"""First loads: an org of so many rows, read by everyone in turns."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.readers import begin
from bench.readers.life import Life
from bench.readers.whole import GAUGE, LOADERS, WholeAgent
from bench.stage import Stage, stage

Measures = dict[str, Any]


def load(readers: Sequence[type[Life]], rows: int, rounds: int) -> dict[str, Measures]:
    """First loads, in turns, so that whatever else the machine does falls on all of them alike."""
    runs: dict[str, list[Measures]] = {}
    entrants: list[type[Life]] = [*(LOADERS[reader.name] for reader in readers), GAUGE]
    with stage(rows, whole=True) as org:
        org.do("keep", on=True)
        held = org.do("counts")
        _say(f"load {rows}", "the org", {"rows": sum(held.values()), **held})
        for turn in range(rounds + 1):
            for reader in entrants:
                measured = _loaded(reader, org, sum(held.values()))
                _say(f"load {rows} {'(warming up)' if turn == 0 else turn}", reader.name, measured)
                # The first turn has the org render its answers; the others find them kept.
                if turn:
                    runs.setdefault(reader.name, []).append(measured)
    return {name: _medians(measured) for name, measured in runs.items()}


def _loaded(reader: type[Life], org: Stage, held: int) -> Measures:
    with tempfile.TemporaryDirectory(prefix="sli-bench-") as folder:
        life = begin(reader, org, Path(folder) / "life")
        before = org.do("stats")
        done = life.poll()
        after = org.do("stats")
    seconds = done.cost.seconds
    return {
        "ended well": done.cost.ok,
        "rows": done.read,
        "of": held,
        "seconds": round(seconds, 2),
        "rows/s": round(done.read / seconds),
        **(
            {"until stored, rows/s": round(done.read / life.stored_after)}
            if isinstance(life, WholeAgent)
            else {}
        ),
        "rows per own CPU second": round(done.read / done.cost.cpu),
        "peak MiB": round(done.cost.peak_mib),
        "API calls": done.calls,
        "own CPU %": round(100 * done.cost.cpu / seconds),
        "sandbox CPU %": round(100 * (after["cpu"] - before["cpu"]) / seconds),
    }


def _medians(runs: Sequence[Measures]) -> Measures:
    first = runs[0]
    return {
        key: all(run[key] for run in runs)
        if isinstance(first[key], bool)
        else median(run[key] for run in runs)
        for key in first
    } | {"rows/s of each run": [run["rows/s"] for run in runs]}


def _say(scenario: str, who: str, measured: Mapping[str, Any]) -> None:
    print(f"{scenario}: {who}: {measured}", file=sys.stderr, flush=True)
