"""This agent: a process that does full passes over a state folder, as the daemon would at this instant."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from agent.desk.state import DATABASE
from agent.instants import to_text
from bench.mapped import alerts_only
from bench.org import FORMULA
from bench.readers.life import ROOT, Life, Poll, lines, own_python


class AgentLife(Life):
    name = "sli-agent"
    keeps = "SQLite, judged"
    sets_clock = True

    _second: timedelta | None = None
    """How long after the first pass the same process makes another one."""

    def quiet_poll(self) -> Poll:
        """The second of two passes of one process: a daemon's first one also asks what it needs only once."""
        self._second = timedelta(minutes=1)
        quiet = self.poll()
        self._second = None
        return replace(quiet, calls=sum(int(told["calls"]) for told in self._passes[-1:]))

    def command(self) -> Sequence[str]:
        self._began = datetime.fromisoformat(self.stage.do("now"))
        instants = [self._began, *([self._began + self._second] if self._second else [])]
        return own_python("bench.programs.agent", *(instant.isoformat() for instant in instants))

    def environ(self) -> Mapping[str, str]:
        return {
            **self.stage.trust,
            **self.stage.settings,
            "PYTHONPATH": str(ROOT),
            "SLI_STATE_DIR": str(self.folder / "state"),
            "SLI_MAPPINGS": str(alerts_only(self.folder)),
        }

    def take(self, out: Path) -> tuple[int, int]:
        self._passes = list(lines(out))
        read = sum(int(told["interventions"]) for told in self._passes[-1:])
        database = self.folder / "state" / DATABASE
        return read, self._look_into(database) if database.exists() else 0

    def _look_into(self, database: Path) -> int:
        """The copy is the mirror. Handed on is what was judged since the run began."""
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        rows = connection.execute("SELECT id, deleted, source FROM intervention").fetchall()
        judged = "SELECT id, hash || deleted FROM intervention WHERE judged_at >= ?"
        handed_on = connection.execute(judged, (to_text(self._began),)).fetchall()
        connection.close()
        self.versions.update(handed_on)
        self.copy = {
            record_id: {
                "deleted": bool(deleted),
                "formula": str(orjson.loads(source).get(FORMULA) or "")[:10],
            }
            for record_id, deleted, source in rows
        }
        return len(handed_on)
