"""The readers once more, for the load: each reads all that the agent mirrors, as far as it can."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.desk.state import DATABASE
from agent.sandbox.seed.company import FOUNDED
from bench.readers.agent import AgentLife
from bench.readers.airbyte import AirbyteLife, configured
from bench.readers.bare import BareLife, RawLife
from bench.readers.life import Life, own_python
from bench.readers.tap import INCREMENTAL, TapLife
from bench.whole import QUERIES, STREAMS


class WholeAgent(AgentLife):
    """It reads everything anyway. Rows count only if every intervention among them is stored and judged."""

    stored_after = float("inf")
    """Seconds until all was stored, some of it judged already."""

    def command(self) -> Sequence[str]:
        self._began_at = time.perf_counter()
        return super().command()

    def take(self, out: Path) -> tuple[int, int]:
        super().take(out)
        database = self.folder / "state" / DATABASE
        if not database.exists():
            return 0, 0
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        (waiting,) = connection.execute(
            "SELECT count(*) FROM intervention WHERE judged_at IS NULL"
        ).fetchone()
        connection.close()
        for told in self._passes[:1]:
            self.stored_after = told["stored"] - self._began_at
        read = sum(int(told["rows"]) for told in self._passes)
        return (0 if waiting else read), read


class WholeBare(BareLife):
    def command(self) -> Sequence[str]:
        return own_python("bench.programs.every", self.stage.url, json.dumps(QUERIES))

    def take(self, out: Path) -> tuple[int, int]:
        rows = int(out.read_text(encoding="ascii") or 0)
        return rows, rows


class WholeTap(TapLife):
    """The same objects with the same fields, as far as it knows them."""

    def choose(self, stream: dict[str, Any]) -> bool:
        wanted = next((s for s in STREAMS if s.object == stream["stream"]), None)
        if wanted is None:
            return False
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"] |= {**INCREMENTAL, "replication-key": wanted.stamp}
            elif entry["metadata"].get("inclusion") == "available":
                entry["metadata"]["selected"] = entry["breadcrumb"][-1] in wanted.fields
        return True

    def keep(self, record: Mapping[str, Any]) -> None:
        """Counted, and no more."""


class WholeAirbyte(AirbyteLife):
    """The same objects, with all fields: it knows no choice of them."""

    def start(self) -> str:
        """The day before the oldest row."""
        oldest = datetime.fromisoformat(self.stage.do("now")) - FOUNDED - timedelta(days=1)
        return f"{oldest:%Y-%m-%dT%H:%M:%SZ}"

    def streams(self) -> list[dict[str, Any]]:
        return [configured(stream.object, stream.stamp) for stream in STREAMS]

    def keep(self, record: Mapping[str, Any]) -> None:
        """Counted, and no more."""


class WholeRaw(RawLife):
    def command(self) -> Sequence[str]:
        return own_python("bench.programs.raw", self.stage.url, json.dumps(QUERIES))


LOADERS: dict[str, type[Life]] = {life.name: life for life in (WholeAgent, WholeBare, WholeTap, WholeAirbyte)}
"""By the name of the reader; a lookback makes no difference to a first load."""
GAUGE = WholeRaw
