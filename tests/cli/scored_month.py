"""March 2026 of three CSMs: judged, an exception approved, a month locked, and a call found after that."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from agent.cli import main
from agent.instants import to_text
from agent.model import DecisionKind, HumanDecision
from agent.store import Store, care, decisions, mirror, scores
from agent.store.mirror import Cursor
from tests.scoring.cared_for import (
    ALL,
    DAY_1,
    DAY_7,
    INTRODUCTION,
    LATER,
    START,
    Care,
    episode_id,
    score,
    workshop,
)
from tests.scoring.small_staff import ANA, BO, BOSTON, CLIENTS, CY, DENVER, MAPPING

MONTH = "2026-03"
APPROVER = "payroll.lead@example.com"


def say(store: Store, kind: DecisionKind, about: str, at: datetime, **data: Any) -> None:
    org_id = store.get("org_id") or ""
    said = HumanDecision(org_id, kind, about, APPROVER, f"Because of {kind.value}.", at, None, data)
    with store.transaction():
        assert decisions.add(store, said, to_text(at))


def fill(told: Care) -> None:
    """Ana has the documents' three clients, Bo one that is complete and one not, Cy a client who left at once.

    Bo's second client is cared for from Denver. One client is nobody's.
    """
    csms = (ANA, ANA, ANA, BO, BO, CY)
    done = (ALL, (INTRODUCTION, DAY_1, DAY_7), (INTRODUCTION,), ALL, (INTRODUCTION, DAY_7), ())
    ends = {2: START + timedelta(days=5), 5: START + timedelta(minutes=30)}
    for n, (csm, activities) in enumerate(zip(csms, done, strict=True)):
        told.assign(CLIENTS[n], csm, START - timedelta(days=60))
        office = DENVER if n == 4 else BOSTON
        told.start(n, CLIENTS[n], office, ended_at=to_text(ends.get(n)))
        told.done(CLIENTS[n], csm, *activities)
    told.start(6, CLIENTS[6], BOSTON)
    told.contact(CLIENTS[1], BO, START + timedelta(days=13))
    told.contact(CLIENTS[0], BO, START + timedelta(days=4))
    told.dashboard(ANA, MONTH, "80.00")


def scored_month(folder: Path) -> Path:
    """The state: Ana's exception was approved, Bo's month locked, and Bo's missing day-1 call found after that."""
    with workshop(folder) as work:
        store, told = work.store, Care(work.store)
        with store.transaction():  # Nobody revises before knowing what Salesforce holds.
            mirror.save_cursor(store, Cursor("own_revision", loaded=True))
        fill(told)
        score(work)
        [definition] = MAPPING.touch_points.definitions if MAPPING.touch_points else []
        say(store, DecisionKind.PLAN_APPROVED, "definition:2026-02", LATER, hash=definition.hash)
        hospital = f"{episode_id(2)}:{DAY_1}"
        say(store, DecisionKind.EXCEPTION_APPROVED, hospital, LATER, reason="hospital")
        lock(store, BO)
        with store.transaction():
            care.mark_about(store, [CLIENTS[2]])
        told.contact(CLIENTS[4], BO, START + timedelta(hours=5))
        score(work, LATER + timedelta(days=1))
    return folder / "state"


def lock(store: Store, csm: str) -> None:
    kept = scores.score(store, csm, MONTH)
    assert kept
    as_it_is = {name: kept[name] for name in ("percent", "version", "figures")}
    about = f"score:{csm}:{MONTH}"
    say(store, DecisionKind.MONTH_REVIEWED, about, LATER)
    say(store, DecisionKind.MONTH_APPROVED, about, LATER + timedelta(hours=1))
    say(store, DecisionKind.MONTH_LOCKED, about, LATER + timedelta(hours=2), **as_it_is)


def ask(state: Path, *words: str) -> Result:
    """What `sli-agent score` answers."""
    return CliRunner().invoke(main, ["score", *words, "--state-dir", str(state)])
