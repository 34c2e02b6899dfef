"""Peak memory of the agent's process, from an empty state to a quiet pass, by the number of rows in the org."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.readers import begin
from bench.readers.agent import AgentLife
from bench.readers.whole import LOADERS
from bench.stage import stage


def memory(sizes: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Peaks in MiB, and each over that of the first size."""
    found: dict[str, dict[str, Any]] = {}
    for size in sizes:
        found[f"{size:,} rows"] = measured = _peak(size)
        measured["times the smallest"] = round(
            measured["peak MiB"] / next(iter(found.values()))["peak MiB"], 2
        )
        print(f"memory: {size:,} rows: {measured}", file=sys.stderr, flush=True)
    return found


def _peak(rows: int) -> dict[str, Any]:
    with stage(rows, whole=True) as org, TemporaryDirectory(prefix="sli-bench-") as folder:
        held = org.do("counts")
        # The first load and a second, quiet pass of the same process.
        ended = begin(LOADERS[AgentLife.name], org, Path(folder) / "life").quiet_poll().well()
    return {
        "rows read": sum(held.values()),
        "SLIs among them": held["intervention"],
        "seconds": round(ended.cost.seconds),
        "peak MiB": round(ended.cost.peak_mib),
    }
