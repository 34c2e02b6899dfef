"""A month's scores as people ask for them: nobody's locked figure is left out, and no two offices are made one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.desk.scores.listed import Month
from agent.store import Store, mirror, scores
from tests.scoring.month_cases import ACTIVITIES, MONTH, T0, episode, lock, put_points, put_score
from tests.scoring.small_staff import ANA, BOSTON, DENVER, MAPPING, WEST, reference, staff


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = staff(tmp_path / "state.db")
    yield opened
    opened.close()


def test_a_locked_score_is_listed_when_all_its_touch_points_are_gone(store: Store) -> None:
    put_points(store, ["met", "met", "met", "missed"])
    put_score(store)
    lock(store)
    with store.transaction():
        scores.drop_points(store, [(episode(0), activity) for activity in ACTIVITIES])
        scores.drop_score(store, ANA, MONTH)
    [group] = Month(store, MAPPING, MONTH, T0).everybody()
    assert [(row["id"], row["percent"], row["state"]) for row in group["parts"]] == [(ANA, "75.00", "locked")]


def test_two_offices_of_one_name_have_a_figure_each(store: Store) -> None:
    with store.transaction():
        rows = [reference(DENVER, "office", "Boston", Time_Zone__c="America/Denver", Region__c=WEST)]
        mirror.save_references(store, rows)
    put_points(store, ["met"] * 4 + ["missed"] * 4)
    with store.transaction():
        store.write("UPDATE touch_point SET office_id = ? WHERE episode_id = ?", (DENVER, episode(1)))
    found = Month(store, MAPPING, MONTH, T0).of_offices("boston")
    assert BOSTON < DENVER
    assert [(g["total"]["name"], g["total"]["percent"]) for g in found] == [
        ("Boston", "100.00"),
        ("Boston", "0.00"),
    ]
