"""What is published of a score, and what stands beside one that is locked (D24, D29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.incentive.months import Ledger, MonthState
from agent.model import DecisionKind
from agent.scoring import locks
from agent.store import Store, scores
from tests.scoring.month_cases import ANN, BEN, MONTH, ORG, T0, lock, put_points, put_score, said
from tests.scoring.small_staff import ANA, staff

MISSED_ONE = ["met", "met", "met", "missed"]
ALL_MET = ["met"] * 4
NOTHING_DUE = ["excluded"] * 4


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = staff(tmp_path / "state.db")
    yield opened
    opened.close()


def now_stands(store: Store, states: list[str]) -> None:
    put_points(store, states)
    put_score(store)


def published(store: Store) -> locks.Published:
    found = locks.published(store, ORG, ANA, MONTH)
    assert found
    return found


def revise(store: Store, minutes: int = 100) -> bool:
    with store.transaction():
        return locks.revise(store, ORG, ANA, MONTH, T0 + timedelta(minutes=minutes))


def revisions(store: Store) -> list[tuple[object, ...]]:
    return [(r["number"], r["before"], r["percent"], r["why"]) for r in scores.revisions(store, ANA, MONTH)]


def test_an_open_month_is_published_as_it_is_known_now_and_one_of_nobody_not_at_all(store: Store) -> None:
    assert locks.published(store, ORG, ANA, MONTH) is None
    now_stands(store, MISSED_ONE)
    assert (published(store).percent, published(store).state) == ("75.00", MonthState.CALCULATED)
    said(store, DecisionKind.MONTH_REVIEWED, ANN, 0)
    now_stands(store, ALL_MET)
    assert (published(store).percent, published(store).state) == ("100.00", MonthState.IN_REVIEW)
    assert not revise(store)


def test_late_evidence_after_a_lock_makes_a_revision_and_the_locked_figure_stays(store: Store) -> None:
    now_stands(store, MISSED_ONE)
    lock(store)
    before = published(store)
    assert not revise(store)

    now_stands(store, ALL_MET)
    assert revise(store)
    assert not revise(store)
    after = published(store)
    assert (after.percent, after.figures, after.version) == (before.percent, before.figures, before.version)
    assert (before.revision, after.revision, after.state) == (0, 1, MonthState.LOCKED)
    assert revisions(store) == [(1, "75.00", "100.00", "met 3 -> 4, missed 1 -> 0")]
    known = locks.as_known(store, ORG, ANA, MONTH)
    assert known
    assert known.percent == "100.00"

    now_stands(store, MISSED_ONE)
    assert revise(store)
    assert revisions(store)[1] == (2, "100.00", "75.00", "met 4 -> 3, missed 0 -> 1")


def test_a_lock_by_a_clock_ahead_of_ours_makes_no_second_revision(store: Store) -> None:
    now_stands(store, MISSED_ONE)
    lock(store, minutes=10)
    now_stands(store, ALL_MET)
    assert [revise(store, minutes) for minutes in (5, 6, 100)] == [True, False, False]


def test_a_revision_names_what_moved_though_the_percent_did_not(store: Store) -> None:
    now_stands(store, MISSED_ONE)
    lock(store)
    now_stands(store, ["met", "met", "met", "late"])
    assert revise(store)
    assert revisions(store) == [(1, "75.00", "75.00", "late 0 -> 1, missed 1 -> 0")]


def test_after_a_lost_disk_a_revision_that_was_read_back_is_not_made_again(store: Store) -> None:
    now_stands(store, MISSED_ONE)
    lock(store)
    now_stands(store, ALL_MET)
    row = {
        "csm": ANA,
        "month": MONTH,
        "number": 1,
        "percent": "100.00",
        "before": "75.00",
        "why": "met 3 -> 4",
    }
    with store.transaction():
        scores.take_revision(store, {**row, "at": "2026-04-03T09:00:00Z", "figures": {}})
    assert not revise(store)


@pytest.mark.parametrize(("ours", "read_back"), [("90", "90.00"), ("90.0", "90.00"), ("89.9967", "90.00")])
def test_a_percent_that_salesforce_keeps_in_hundredths_is_no_other_percent(
    store: Store, ours: str, read_back: str
) -> None:
    now_stands(store, MISSED_ONE)
    lock(store)
    row = {"csm": ANA, "month": MONTH, "number": 1, "before": "75.00", "why": "met 3 -> 4", "figures": {}}
    known = scores.score(store, ANA, MONTH)
    assert known
    with store.transaction():
        scores.take_revision(store, {**row, "percent": read_back, "at": "2026-04-03T09:00:00Z"})
        scores.save_score(store, ANA, MONTH, "2026-02", ours, known["figures"])
    assert not revise(store)


def test_reopened_by_two_a_month_is_calculated_again_and_each_lock_stays_readable(store: Store) -> None:
    now_stands(store, MISSED_ONE)
    lock(store)
    said(store, DecisionKind.MONTH_REOPENED, ANN, 10)
    now_stands(store, ALL_MET)
    assert published(store).percent == "75.00"
    said(store, DecisionKind.MONTH_REOPENED, BEN, 11)
    assert (published(store).percent, published(store).state) == ("100.00", MonthState.CALCULATED)

    lock(store, 20)
    assert [found.percent for _, found in locks.locked(store, ORG, ANA, MONTH)] == ["75.00", "100.00"]
    assert revise(store)
    assert not revise(store)
    assert revisions(store) == [(1, "75.00", "100.00", "met 3 -> 4, missed 1 -> 0")]
    assert (published(store).percent, published(store).revision) == ("100.00", 1)


def test_a_month_locked_again_as_it_was_makes_no_revision(store: Store) -> None:
    now_stands(store, MISSED_ONE)
    lock(store)
    said(store, DecisionKind.MONTH_REOPENED, ANN, 10)
    said(store, DecisionKind.MONTH_REOPENED, BEN, 11)
    lock(store, 20)
    assert not revise(store)


def test_a_score_with_nothing_due_is_held_until_somebody_says_how_it_counts(store: Store) -> None:
    now_stands(store, NOTHING_DUE)
    assert (published(store).percent, published(store).held) == (None, True)
    said(store, DecisionKind.HELD_RESOLVED, ANN, 0, percent=None)
    assert (published(store).percent, published(store).held) == (None, False)
    said(store, DecisionKind.HELD_RESOLVED, ANN, 1, percent="100.00")
    assert (published(store).percent, published(store).held) == ("100.00", False)
    now_stands(store, MISSED_ONE)  # Something was due after all: that counts.
    assert published(store).percent == "75.00"


def test_a_lock_whose_figures_were_lost_in_salesforce_publishes_none_and_breaks_nothing(store: Store) -> None:
    now_stands(store, MISSED_ONE)
    key = lock(store).key
    with store.transaction():
        store.write("UPDATE decision SET data = '{}' WHERE key = ?", (key,))
    assert (published(store).percent, published(store).held) == (None, False)
    assert revise(store)


def test_a_dispute_shows_in_the_standing_until_it_is_settled(store: Store) -> None:
    dispute = said(store, DecisionKind.DISPUTE_OPENED, "ana.ruiz@example.com", 0, line="x")
    at = locks.standing_of(store, ORG, Ledger.SCORE, ANA, MONTH)
    assert at.disputes == (dispute.name,)
    assert locks.standing_of(store, ORG, Ledger.PAY, ANA, MONTH).disputes == ()


@given(
    st.lists(
        st.lists(st.sampled_from(["met", "late", "missed", "excluded"]), min_size=4, max_size=8), max_size=6
    )
)
def test_locked_figures_are_the_same_to_the_byte_after_whatever_comes_later(
    tmp_path_factory: pytest.TempPathFactory, later: list[list[str]]
) -> None:
    store = staff(tmp_path_factory.mktemp("state") / "state.db")
    now_stands(store, MISSED_ONE)
    held = lock(store)
    for n, states in enumerate(later):
        now_stands(store, states)
        revise(store, 100 + n)
        found = published(store)
        assert (found.percent, found.version, found.figures) == tuple(
            held.data[name] for name in ("percent", "version", "figures")
        )
    stands = scores.revisions(store, ANA, MONTH)[-1:]
    known = locks.as_known(store, ORG, ANA, MONTH)
    assert known
    assert known.percent == (stands[0]["percent"] if stands else "75.00")
    store.close()
