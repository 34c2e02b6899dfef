"""The sandbox's mapping for what is compared with others: alerts without scores, which no other reader computes."""

from __future__ import annotations

import shutil
from pathlib import Path

SANDBOX = Path(__file__).resolve().parents[1] / "mappings" / "sandbox"


def alerts_only(folder: Path) -> Path:
    """A copy of the mapping under this folder, without touchpoints.toml and incentive.toml."""
    target = folder / "mapping"
    if not target.exists():
        shutil.copytree(SANDBOX, target, ignore=shutil.ignore_patterns("touchpoints.toml", "incentive.toml"))
    return target
