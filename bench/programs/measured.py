"""Runs a program and writes down what it cost: `python -P measured.py COSTS SECONDS PROGRAM ARGUMENT ...`.

A process begins its life with the memory of the one that started it on its account. This one is small, so the peak
of the program is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    costs, limit, *command = sys.argv[1:]
    began = time.perf_counter()
    try:
        code = subprocess.run(command, timeout=float(limit), check=False).returncode
    except subprocess.TimeoutExpired:
        code = -1
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "ok": code == 0,
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
    }
    Path(costs).write_text(json.dumps(cost), encoding="ascii")


if __name__ == "__main__":
    main()
