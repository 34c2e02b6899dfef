"""The readers that are compared, by name, in the order of the table."""

from __future__ import annotations

from pathlib import Path

from bench.readers.agent import AgentLife
from bench.readers.airbyte import AirbyteLife
from bench.readers.bare import BareLife, RawLife
from bench.readers.life import Life
from bench.readers.tap import PatientTapLife, TapLife
from bench.stage import Stage

LIVES: tuple[type[Life], ...] = (AgentLife, BareLife, TapLife, PatientTapLife, AirbyteLife)
GAUGE = RawLife
"""Not a reader: it shows how fast the sandbox can be read at all."""


def begin(life: type[Life], stage: Stage, folder: Path) -> Life:
    """A reader without a past, in a folder of its own."""
    folder.mkdir(parents=True)
    return life(stage, folder)
