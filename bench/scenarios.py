"""What the readers go through. Each scenario gives, by reader, a row of named measures for the page."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.readers import begin
from bench.readers.life import Life, Poll
from bench.stage import stage

Measures = dict[str, Any]
Readers = Sequence[type[Life]]

LATE = (0.0, 5.0, 60.0, 300.0, 590.0)
"""Seconds before the cursor at which the rows that commit late were stamped."""
VERY_LATE = 900.0
BURST = 1000
"""Rows that a data loader saves in the cursor's own second."""
FAULTS = (
    "expired_token",
    "lost_locator",
    "unavailable",
    "unavailable_html",
    "dropped",
    "truncated",
    "slow",
    "concurrent_limit",
    "daily_limit",
)
SLOW_SECONDS = 5.0
OVERLAP_SECONDS = 660.0
HOUR = 3600.0


def changes(readers: Readers, rows: int) -> dict[str, Measures]:
    """Late commits, deletions, a formula, and a poll in which nothing happened."""
    found = {}
    for reader in readers:
        with _fresh(reader, rows) as life:
            found[reader.name] = _live_through(life)
        _say("changes", reader, found[reader.name])
    return found


def _live_through(life: Life) -> Measures:
    org = life.stage
    life.poll().well()
    if life.sets_clock:
        org.do("later", seconds=HOUR)
    victims = org.do("oldest", count=6)
    unresolved = org.do("oldest", count=11, unresolved=True)
    computed = [record_id for record_id in unresolved if record_id not in victims][:5]
    org.do("save", count=BURST)
    late = org.do("save_late", ago=LATE, visible_in=1)
    very_late = org.do("save_late", ago=[VERY_LATE], visible_in=1)
    org.do("remove", ids=victims[:3], hard=True)
    org.do("remove", ids=victims[3:], hard=False)
    org.do("compute", ids=computed, value="2020-02-02")
    life.poll().well()
    _poll_later(life, 2)
    lost = sum(record_id not in life.copy for record_id in late)
    repeated = life.repeated
    # An instant of its own tells what this poll hands on from what the one before did.
    org.do("later", seconds=1)
    quiet = life.quiet_poll().well()
    settled = _afterwards(life) if life.sets_clock else None
    return {
        "late rows lost of 5": lost,
        "900 s late": "found" if very_late[0] in life.copy else "lost",
        **_compared(life),
        "handed on twice": repeated,
        "quiet poll: rows read": quiet.read,
        "quiet poll: handed on": quiet.handed_on,
        "quiet poll: API calls": quiet.calls,
        "11 minutes later: rows read": settled.read if settled else "-",
    }


def _afterwards(life: Life) -> Poll:
    """What the agent alone does every five minutes and every hour; then a poll that overlaps with no change."""
    _poll_later(life, 301)
    _poll_later(life, HOUR)
    life.stage.do("later", seconds=OVERLAP_SECONDS)
    return life.quiet_poll().well()


def _poll_later(life: Life, seconds: float) -> Poll:
    life.stage.do("later", seconds=seconds)
    return life.poll().well()


def _compared(life: Life) -> Measures:
    """The copy against the org, row by row."""
    truth = life.stage.do("rows")
    living = {record_id for record_id, row in truth.items() if not row["deleted"]}
    held = {record_id: row for record_id, row in life.copy.items() if not row["deleted"]}
    stale = sum(
        record_id in held and held[record_id]["formula"] != truth[record_id]["formula"]
        for record_id in living
    )
    return {
        "deleted, still live": len(held.keys() - living),
        "missing": len(living - held.keys()),
        "stale formulas": stale,
    }


def faults(readers: Readers, rows: int, kinds: Sequence[str] = FAULTS) -> dict[str, Measures]:
    """One fault a life, in the middle of the first load."""
    found: dict[str, Measures] = {}
    for reader in readers:
        with stage(rows) as org, _folder() as folder:
            found[reader.name] = {kind: _survived(begin(reader, org, folder / kind), kind) for kind in kinds}
        _say("faults", reader, found[reader.name])
    return found


def _survived(life: Life, kind: str) -> str:
    org = life.stage
    org.do("trap", after=1, kind=kind, seconds=SLOW_SECONDS if kind == "slow" else 0)
    first = life.poll()
    if not org.do("disarm"):
        return "not met"
    if first.cost.ok:
        again = first.read - len(org.do("rows"))
        how = f"recovers, {again:,} rows read again" if again > 0 else "recovers"
        return how if _is_whole(life) else "LOSES ROWS"
    life.poll()
    return "fails; next run mends" if _is_whole(life) else "fails; LOSES ROWS"


def _is_whole(life: Life) -> bool:
    found = _compared(life)
    return not found["missing"] and not found["deleted, still live"]


@contextmanager
def _fresh(reader: type[Life], rows: int) -> Iterator[Life]:
    with stage(rows) as org, _folder() as folder:
        yield begin(reader, org, folder / "life")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sli-bench-") as name:
        yield Path(name)


def _say(scenario: str, reader: type[Life], measured: Mapping[str, Any]) -> None:
    print(f"{scenario}: {reader.name}: {measured}", file=sys.stderr, flush=True)
