"""simple-salesforce's bare iterator, and a gauge that reads the same pages without looking at them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from agent.sandbox.catalogue import standard_objects
from bench.org import SLI
from bench.readers.life import ROOT, Life, own_python

QUERY = f"SELECT {', '.join(standard_objects()[SLI].fields)} FROM {SLI}"
"""Every field, as the peers read them."""


class _OwnProgram(Life):
    def environ(self) -> Mapping[str, str]:
        return {**self.stage.trust, "PYTHONPATH": str(ROOT)}


class BareLife(_OwnProgram):
    """It keeps no state: each poll reads everything, and what it saw last is its copy."""

    name = "simple-salesforce, bare iterator"
    keeps = "nothing"

    def command(self) -> Sequence[str]:
        return own_python("bench.programs.bare", self.stage.url, QUERY, str(self.folder / "ids"))

    def take(self, out: Path) -> tuple[int, int]:
        file = self.folder / "ids"
        self.copy = {}
        seen = [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []
        for record_id, deleted, formula, stamp in seen:
            self.copy[record_id] = {"deleted": deleted, "formula": str(formula or "")}
            self.versions[record_id, stamp] += 1
        file.unlink(missing_ok=True)
        return len(seen), len(seen)


class RawLife(_OwnProgram):
    """Asks for the same pages as the bare iterator and throws them away."""

    name = "gauge: pages fetched and thrown away"
    keeps = "nothing"

    def command(self) -> Sequence[str]:
        return own_python("bench.programs.raw", self.stage.url, json.dumps([(QUERY, True)]))

    def take(self, out: Path) -> tuple[int, int]:
        rows = int(out.read_text(encoding="ascii") or 0)
        return rows, 0
