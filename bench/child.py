"""A program run to its end, with what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MEASURED = Path(__file__).parent / "programs" / "measured.py"
TIME_LIMIT = 3600
"""Seconds; a reader that hangs is a result, too."""


@dataclass(frozen=True)
class Cost:
    """`ok`: it ended by itself, and well. `peak_mib`: the most memory one of its processes held at once."""

    ok: bool
    seconds: float
    cpu: float
    peak_mib: float


def run(command: Sequence[str], environ: Mapping[str, str], out: Path, errors: Path) -> Cost:
    """Run a program with just this environment, in the folder of `out`; what it says goes to files."""
    costs = out.with_suffix(".costs")
    # -P: the folder of that program is no place to import from, for it has a token.py as Python itself has.
    measured = [sys.executable, "-P", str(MEASURED), str(costs), str(TIME_LIMIT), *command]
    basis = {"PATH": os.environ["PATH"], "HOME": str(out.parent), "TZ": "UTC"}
    with out.open("wb") as stdout, errors.open("wb") as stderr:
        subprocess.run(
            measured,
            cwd=out.parent,
            env={**basis, **environ},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            check=True,
        )
    return Cost(**json.loads(costs.read_text(encoding="ascii")))
