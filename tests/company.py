"""A sandbox org, a real mail sink and an agent between them, in one process and on one clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agent import app, settings
from agent.clock import SetClock
from agent.loop import Agent
from agent.sandbox.adapter import SandboxAdapter
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.rename import Renames
from agent.sandbox.seed import Seeded
from agent.sandbox.world import populate, settings_for

NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:1"
"""Never dialled: the adapter stands in for the network."""


SANDBOX = Path("mappings/sandbox")
SCORED = ("touchpoints.toml", "incentive.toml")


@dataclass
class Company:
    """The whole company in one process: `agent()` starts one more agent life in a state folder of its own."""

    seeded: Seeded
    clock: SetClock
    sink: MailSink
    root: Path
    mappings: Path = SANDBOX
    environ: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def agent(self, name: str = "one") -> Iterator[Agent]:
        environ = {
            **settings_for(BASE_URL, self.sink.port),
            "SLI_STATE_DIR": str(self.root / name),
            "SLI_MAPPINGS": str(self.mappings),
            **self.environ,
        }
        transport = SandboxAdapter(self.seeded.org, self.clock.now, Random(name))
        loaded = settings.load(environ, self.root / "no.env")
        with app.agent(loaded, self.clock, transport=transport, rng=Random(name)) as agent:
            yield agent

    def remap(self, *changes: tuple[str, str]) -> None:
        """Use a copy of the mapping in which these texts are replaced."""
        target = self.root / f"mapping{len(list(self.root.glob('mapping*')))}"
        target.mkdir()
        for source in self.mappings.glob("*.toml"):
            text = source.read_text(encoding="utf-8")
            for old, new in changes:
                text = text.replace(old, new)
            (target / source.name).write_text(text, encoding="utf-8")
        self.mappings = target

    def rows(self, object: str) -> list[dict[str, Any]]:
        """What the org holds now."""
        return [dict(row) for row in self.seeded.org.rows(object, self.clock.now())]

    def save(self, record_id: str, **values: Any) -> None:
        """Somebody saves a record now."""
        now = self.clock.now()
        self.seeded.org.update(record_id, values, at=now, by=self.seeded.ids["admin"])

    def later(self, span: timedelta) -> None:
        self.clock.advance(span)


def unscored(root: Path) -> Path:
    """The sandbox's mapping for a company that scores nobody: alerts are the same, and each pass is quicker."""
    target = root / "unscored"
    if not target.exists():
        shutil.copytree(SANDBOX, target, ignore=shutil.ignore_patterns(*SCORED))
    return target


Founding = Callable[..., AbstractContextManager[Company]]


@pytest.fixture
def found_company(tmp_path: Path) -> Founding:
    """Found a company: `with found_company(now=..., size=..., renames=...) as company`.

    Nobody is scored in it unless `scored` says so.
    """

    @contextmanager
    def found(
        now: datetime = NOW,
        size: int = 300,
        seed: int = 7,
        renames: dict[str, Renames] | None = None,
        *,
        scored: bool = False,
    ) -> Iterator[Company]:
        seeded = populate(now, size=size, seed_number=seed, renames=renames)
        mappings = SANDBOX if scored else unscored(tmp_path)
        with MailSink() as sink:
            yield Company(seeded, SetClock(now), sink, tmp_path, mappings)

    return found


@pytest.fixture
def company(found_company: Founding) -> Iterator[Company]:
    """A small company: the notable interventions and a few more."""
    with found_company(size=80) as small:
        yield small


@pytest.fixture
def scored_company(found_company: Founding) -> Iterator[Company]:
    """The same with quality scores and incentives."""
    with found_company(size=80, scored=True) as small:
        yield small
