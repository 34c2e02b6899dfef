"""Sharing lost for half the rows: what is concluded from it, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.readers import begin
from bench.readers.agent import AgentLife
from bench.readers.life import Life
from bench.simulated import HOUR, MINUTE, simulated
from bench.stage import stage

POLLS_EVERY = 15 * MINUTE
"""As slowly as a daemon polls that is short of calls; three days at one a minute would take long."""
CANCELLED = "SELECT count(*) FROM milestone WHERE state = 'cancelled'"
DELETED = "SELECT count(*) FROM intervention WHERE deleted = 1"
ALARMS = "SELECT count(*) FROM log WHERE kind = 'alarm' AND number IS NULL"
HELD = "SELECT count(DISTINCT number) FROM log WHERE kind = 'alarm' AND number IS NOT NULL"
HELD_LINES = "SELECT count(*) FROM log WHERE kind = 'alarm' AND number IS NOT NULL"
SETTLED = 3 * HOUR
"""Until the first comparison of ids is through."""


def sharing(readers: Sequence[type[Life]], rows: int, days: int) -> dict[str, dict[str, Any]]:
    """By reader: the agent lives on for so many days, the peers are polled once more."""
    return {life.name: _agent(rows, days) if life is AgentLife else _peer(life, rows) for life in readers}


def _agent(rows: int, days: int) -> dict[str, Any]:
    with simulated(rows, POLLS_EVERY) as world:
        world.live(SETTLED)
        before = {sql: world.count(sql) for sql in (DELETED, CANCELLED, ALARMS, HELD, HELD_LINES)}
        hidden = world.stage.do("lose_sharing")
        world.live(days * 24 * HOUR)
        deleted, cancelled, alarms, held, held_lines = (world.count(sql) - n for sql, n in before.items())
    return {
        "rows out of sight": len(hidden),
        "gone from the copy": deleted,
        "milestones cancelled": cancelled,
        "alarms about the sharing": alarms,
        "SLIs whose alerts wait": held,
        "log lines that say so": held_lines,
    }


def _peer(reader: type[Life], rows: int) -> dict[str, Any]:
    with stage(rows) as org, TemporaryDirectory(prefix="sli-bench-") as folder:
        life = begin(reader, org, Path(folder) / "life")
        life.poll().well()
        hidden = org.do("lose_sharing")
        ended = life.poll()
        held = {record_id for record_id, row in life.copy.items() if not row["deleted"]}
        return {
            "rows out of sight": len(hidden),
            "gone from the copy": len(set(hidden) - held),
            "milestones cancelled": "-",
            "alarms about the sharing": "none: the run ends well" if ended.cost.ok else ended.complaint,
            "SLIs whose alerts wait": "-",
            "log lines that say so": "-",
        }
