"""Employee numbers that two users have, or that change: each month of each CSM has one row, and keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.pipeline.work import Workshop
from agent.store import from_json, mirror, scores
from tests.scoring.cared_for import ALL, START, Care, score, workshop
from tests.scoring.small_staff import ANA, BOSTON, CLIENTS, DEE, person

NUMBERED, BY_ID = "QS:0042:2026-03", f"QS:{DEE}:2026-03"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        yield found


@pytest.fixture
def care(work: Workshop) -> Care:
    return Care(work.store)


def begin(care: Care, n: int, csm: str, *done: str) -> str:
    care.assign(CLIENTS[n], csm, START - timedelta(days=30))
    care.done(CLIENTS[n], csm, *done)
    return care.start(n, CLIENTS[n], BOSTON)


def told(work: Workshop) -> dict[str, tuple[str, float | None]]:
    """Key of a score's row -> whose it is, and the percent."""
    rows = work.store.rows("SELECT key, wanted FROM own_row WHERE kind = 'score' ORDER BY key")
    values: dict[str, dict[str, Any]] = {row["key"]: from_json(row["wanted"]) for row in rows}
    return {key: (row["CSM__c"], row["Score__c"]) for key, row in values.items()}


def parents(work: Workshop, episode: str) -> set[str]:
    sql = "SELECT DISTINCT parent FROM own_row WHERE key LIKE ?"
    return {row["parent"] for row in work.store.rows(sql, (f"TP:{episode}:%",))}


def test_whoever_is_active_goes_by_the_number_and_the_other_by_the_id(work: Workshop, care: Care) -> None:
    hers, old = begin(care, 0, ANA, *ALL), begin(care, 1, DEE)
    score(work)
    assert told(work) == {NUMBERED: (ANA, 100.0), BY_ID: (DEE, 0.0)}
    assert (parents(work, hers), parents(work, old)) == ({NUMBERED}, {BY_ID})


def test_a_row_stays_whose_it_was_when_another_user_gets_the_number(work: Workshop, care: Care) -> None:
    with work.store.transaction():
        mirror.save_references(work.store, [person(ANA, "Ana Ruiz", "ana.ruiz@example.com", None)])
    before = begin(care, 1, DEE)
    score(work)
    assert told(work) == {NUMBERED: (DEE, 0.0)}
    with work.store.transaction():
        mirror.save_references(work.store, [person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0042")])
    after = begin(care, 0, ANA, *ALL)
    care.done(CLIENTS[1], DEE, ALL[0])
    score(work)
    assert told(work) == {NUMBERED: (DEE, 25.0), f"QS:{ANA}:2026-03": (ANA, 100.0)}
    assert (parents(work, before), parents(work, after)) == ({NUMBERED}, {f"QS:{ANA}:2026-03"})
    assert scores.count(work.store) == 2


def test_another_number_gives_a_month_no_second_row(work: Workshop, care: Care) -> None:
    episode = begin(care, 0, ANA)
    score(work)
    with work.store.transaction():
        mirror.save_references(work.store, [person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0777")])
    care.done(CLIENTS[0], ANA, *ALL)
    care.start(5, CLIENTS[0], BOSTON, START + timedelta(days=40))
    score(work)
    assert told(work) == {NUMBERED: (ANA, 100.0), "QS:0777:2026-04": (ANA, None)}
    assert parents(work, episode) == {NUMBERED}
