"""What every reader is to the bench: a program run once a poll, and the copy of the org that it leaves behind."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import orjson

from bench.child import Cost, run
from bench.org import FORMULA
from bench.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Poll:
    """One run of a reader. `read`: interventions that came over the wire; `handed_on`: those it then reported,
    stored anew or judged again; `calls`: API calls."""

    cost: Cost
    read: int
    handed_on: int
    calls: int
    complaint: str
    """Its last words where it failed."""

    def well(self) -> Poll:
        """Itself.

        Raises:
            RuntimeError: the run failed where nothing had been made to go wrong: there is no figure to be had.
        """
        if not self.cost.ok:
            raise RuntimeError(f"a reader failed without a fault: {self.complaint}")
        return self


class Life:
    """One life of a reader, from its first poll on. `copy` is what a table fed by it would hold, by id."""

    name: ClassVar[str]
    keeps: ClassVar[str]
    """What it leaves behind, in a few words."""
    sets_clock: ClassVar[bool] = False
    """Its clock is an argument: the bench can let hours pass for it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        self.copy: dict[str, dict[str, Any]] = {}
        self.versions: Counter[tuple[str, str]] = Counter()
        """By id and what tells its versions apart, how often each row was handed on."""

    @property
    def repeated(self) -> int:
        """Rows handed on though the same version had been handed on before."""
        return self.versions.total() - len(self.versions)

    @classmethod
    def missing(cls) -> str:
        """Why it cannot be run here; empty where it can."""
        return ""

    def poll(self) -> Poll:
        """Run it once, to its end."""
        before = self.stage.do("stats")["calls"]
        out, errors = self.folder / "out", self.folder / "errors"
        cost = run(self.command(), self.environ(), out, errors)
        calls = int(self.stage.do("stats")["calls"] - before)
        read, handed_on = self.take(out)
        return Poll(cost, read, handed_on, calls, "" if cost.ok else last_words(errors))

    def quiet_poll(self) -> Poll:
        """A poll in which nothing is new, as it is after many of its kind."""
        return self.poll()

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def environ(self) -> Mapping[str, str]:
        return {**self.stage.trust, "HTTPS_PROXY": self.stage.proxy}

    def take(self, out: Path) -> tuple[int, int]:
        """Bring the copy up to date from what the run said; gives how many rows it read and handed on."""
        raise NotImplementedError

    def keep(self, record: Mapping[str, Any]) -> None:
        """A row handed on, upserted by its id as a destination would."""
        self.versions[record["Id"], str(record.get("SystemModstamp"))] += 1
        self.copy[record["Id"]] = {
            "deleted": str(record.get("IsDeleted")).lower() == "true",
            "formula": str(record.get(FORMULA) or "")[:10],
        }


def lines(out: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, one a line; a last line that was cut off is left out, as pipes do."""
    with out.open("rb") as file:
        for line in file:
            if line.startswith(b"{") and line.endswith(b"\n"):
                yield orjson.loads(line)


def last_words(errors: Path) -> str:
    said = [
        line for line in errors.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()
    ]
    return said[-1].strip()[:200] if said else "it said nothing"


def own_python(module: str, *arguments: str) -> list[str]:
    """A module of the bench, run by the project's own Python."""
    return [sys.executable, "-m", module, *arguments]
