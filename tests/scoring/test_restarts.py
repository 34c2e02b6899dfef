"""A client who begins care again soon: what was done for the first start of care stays done (D21, D22)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.instants import to_text
from agent.pipeline.work import Workshop
from agent.store import care as kept
from agent.store import scores
from tests.scoring.cared_for import (
    ALL,
    CHECK_INS,
    DAY_1,
    DAY_7,
    DAY_14,
    START,
    Care,
    episode_id,
    score,
    workshop,
)
from tests.scoring.small_staff import ANA, BOSTON, CLIENTS

ONE, TWO = CLIENTS[:2]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        yield found


def states(work: Workshop, episode: str) -> dict[str, str]:
    rows = (scores.point(work.store, episode, activity) for activity in ALL)
    return {row["activity"]: row["state"] for row in rows if row}


def test_care_that_begins_again_after_a_hospital_stay_takes_no_call_from_what_was_before(
    work: Workshop,
) -> None:
    care = Care(work.store)
    care.assign(ONE, ANA, START - 30 * DAY)
    left = to_text(START + 9 * DAY)
    first = care.start(1, ONE, BOSTON, ended_at=left)
    care.done(ONE, ANA, *ALL)
    score(work)
    before = states(work, first)
    assert before == {**dict.fromkeys(ALL, "met"), DAY_14: "excluded"}
    again = care.start(2, ONE, BOSTON, START + 18 * DAY)
    score(work)
    assert states(work, first) == before
    assert set(states(work, again).values()) == {"missed"}


def test_a_call_about_one_start_of_care_leaves_one_about_the_client_to_the_other(work: Workshop) -> None:
    care = Care(work.store)
    care.assign(ONE, ANA, START - 30 * DAY)
    first, second = care.start(1, ONE, BOSTON), care.start(2, ONE, BOSTON, START + 10 * DAY)
    care.contact(ONE, ANA, START + 10 * DAY + 5 * HOUR)
    score(work)
    assert (states(work, first)[DAY_14], states(work, second)[DAY_1]) == ("missed", "met")
    care.contact(second, ANA, START + 10 * DAY + 6 * HOUR, [DAY_1])
    score(work)
    assert (states(work, first)[DAY_14], states(work, second)[DAY_1]) == ("met", "met")


def test_months_later_a_call_is_no_late_one_for_the_first_start_of_care(work: Workshop) -> None:
    care = Care(work.store)
    care.assign(ONE, ANA, START - 90 * DAY)
    first, second = care.start(1, ONE, BOSTON, START - 60 * DAY), care.start(2, ONE, BOSTON)
    for days in (1, 5, 12, 20, 21, 22):
        care.contact(ONE, ANA, START + days * DAY - HOUR, CHECK_INS)
    score(work, START + 38 * DAY)
    assert "late" not in states(work, first).values()
    assert [states(work, second)[name] for name in (DAY_1, DAY_7, DAY_14)] == ["met", "met", "met"]


@pytest.mark.parametrize("fault", ["deleted", "its own", "of each other"])
def test_a_duplicate_of_nothing_that_counts_counts_itself(work: Workshop, fault: str) -> None:
    """A client whose only start of care is called a duplicate would be due from nobody."""
    care = Care(work.store)
    for client in (ONE, TWO):
        care.assign(client, ANA, START - 30 * DAY)
    original, twin = episode_id(1), episode_id(2)
    care.start(1, ONE, BOSTON)
    care.start(2, TWO, BOSTON, duplicate_of=original)
    score(work)
    assert set(states(work, twin).values()) == {"excluded"}
    if fault == "deleted":
        care.start(1, ONE, BOSTON, deleted=1)
    elif fault == "its own":
        care.start(2, TWO, BOSTON, duplicate_of=twin)
    else:
        care.start(1, ONE, BOSTON, duplicate_of=twin)
    score(work)
    counted = [one for one in (original, twin) if "missed" in states(work, one).values()]
    assert counted == {"deleted": [twin], "its own": [original, twin], "of each other": [original]}[fault]


def test_a_duplicate_whose_original_vanished_counts_at_once(work: Workshop) -> None:
    care = Care(work.store)
    care.assign(TWO, ANA, START - 30 * DAY)
    original, twin = care.start(1, ONE, BOSTON), care.start(2, TWO, BOSTON, duplicate_of=episode_id(1))
    score(work)
    with work.store.transaction():
        kept.vanished(work.store, "episode", [original])
    score(work)
    assert set(states(work, twin).values()) == {"missed"}
