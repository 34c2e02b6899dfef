"""The agent's own rows: what is to be written, in which order, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store import Store, own_rows, stuck_rows
from agent.store.own_rows import OwnRow, RowKind, RowState

NOW, SOON, LATER = "2026-04-10T15:00:00Z", "2026-04-10T15:01:00Z", "2026-04-10T16:00:00Z"
SCORE, LINE, REVISION = RowKind.SCORE, RowKind.TOUCH_POINT, RowKind.REVISION


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state.db")
    yield opened
    opened.close()


def want(store: Store, kind: RowKind, parent: str | None = None, **rows: int) -> None:
    with store.transaction():
        values = {key: {"X": value} for key, value in rows.items()}
        own_rows.want(store, kind, values, NOW, dict.fromkeys(rows, parent))


def due(store: Store, at: str = NOW, limit: int = 10) -> list[str]:
    return [row.key for row in own_rows.due(store, RowKind, at, limit)]


def row(store: Store, key: str, kind: RowKind = SCORE) -> OwnRow:
    return own_rows.known(store, kind, [key])[key]


def write(store: Store, *, created: bool = True) -> None:
    with store.transaction():
        batch = own_rows.due(store, RowKind, NOW, 10)
        own_rows.accepted(store, [(row, f"id of {row.key}", created) for row in batch], NOW)


def take(store: Store, key: str, values: dict[str, int] | None, record_id: str = "") -> list[str]:
    with store.transaction():
        found = own_rows.take(store, SCORE, [(key, record_id or f"id of {key}", values)], NOW)
    return [row.key for row in found]


def test_scores_go_first_then_revisions_then_lines_and_these_wait_for_their_score(store: Store) -> None:
    want(store, LINE, "a", line=1)
    want(store, REVISION, "a", revision=1)
    assert (due(store), own_rows.next_at(store, "2026-01-01")) == ([], None)
    want(store, SCORE, a=1)
    for kind in ("a", "revision", "line"):
        assert due(store) == [kind]
        write(store)
    assert (due(store), own_rows.waiting(store)) == ([], 0)


def test_lines_of_one_score_go_together(store: Store) -> None:
    want(store, SCORE, a=1, b=1)
    write(store)
    want(store, LINE, "b", p=1, r=1)
    want(store, LINE, "a", q=1, s=1)
    assert due(store) == ["q", "s", "p", "r"]
    assert due(store, limit=3) == ["q", "s", "p"]


def test_what_is_wanted_and_held_already_is_not_to_be_written(store: Store) -> None:
    assert take(store, "a", {"X": 1, "Y": 5}) == []
    want(store, SCORE, a=1)
    assert row(store, "a").state is RowState.KEPT
    want(store, SCORE, a=2)
    assert row(store, "a").differences == {"X": 2}


def test_a_row_that_was_thought_to_be_there_and_is_created_anew_is_written_in_full(store: Store) -> None:
    take(store, "a", {"X": 1, "Y": 5})
    with store.transaction():
        own_rows.want(store, SCORE, {"a": {"X": 2, "Y": 5}}, NOW)
    write(store, created=True)
    assert row(store, "a").differences == {"Y": 5}
    write(store, created=False)
    assert row(store, "a").state is RowState.KEPT


def test_another_value_of_ours_is_no_replacement_and_starts_the_count_anew(store: Store) -> None:
    want(store, SCORE, a=1)
    write(store)
    for value in (7, 8):
        assert take(store, "a", {"X": value}) == []
        write(store, created=False)
    want(store, SCORE, a=2)
    take(store, "a", {"X": 1})  # Read before it was written: ours was waiting.
    assert row(store, "a").replaced == 0
    write(store, created=False)
    assert [take(store, "a", {"X": 9}), take(store, "a", {"X": 9})] == [[], []]
    assert row(store, "a").replaced == 1, "what waits to be written again is not counted again"


def test_the_third_replacement_parks_and_is_told_once(store: Store) -> None:
    want(store, SCORE, a=1)
    write(store)
    told = []
    for value in (7, 8, 9, 10):
        told += take(store, "a", {"X": value})
        write(store, created=False)
    assert (told, row(store, "a").held) == (["a"], {"X": 10})
    assert [letter["state"] for letter in stuck_rows.letters(store)] == ["parked"]


def test_a_field_that_the_row_no_longer_shows_is_nobodys_work(store: Store) -> None:
    want(store, SCORE, a=1)
    write(store)
    assert take(store, "a", {}) == []
    assert row(store, "a").state is RowState.KEPT


def test_a_deleted_row_counts_only_if_it_is_the_one_that_is_known(store: Store) -> None:
    want(store, SCORE, a=1)
    write(store)
    take(store, "a", None, "an older row")
    take(store, "b", None, "nobody's")
    assert row(store, "a").state is RowState.KEPT
    take(store, "a", None)
    assert (row(store, "a").state, row(store, "a").held) == (RowState.DUE, None)
    assert own_rows.known(store, SCORE, ["b"]) == {}


def test_what_is_retried_waits_and_what_is_put_off_waits_with_all_of_its_kind(store: Store) -> None:
    want(store, SCORE, a=1, b=1)
    with store.transaction():
        own_rows.retry_later(store, [row(store, "a")], SOON, "locked")
    assert (due(store), own_rows.next_at(store, NOW)) == (["b"], SOON)
    with store.transaction():
        own_rows.put_off(store, SCORE, SOON, LATER, "no such object")
    assert (due(store, SOON), due(store, LATER)) == ([], ["a", "b"])
    assert [row(store, key).attempts for key in ("a", "b")] == [2, 1]


def test_what_waits_after_a_failure_goes_on_waiting_when_it_is_read(store: Store) -> None:
    want(store, SCORE, a=1)
    with store.transaction():
        own_rows.retry_later(store, [row(store, "a")], SOON, "locked")
    take(store, "a", {"X": 5})
    assert (due(store), due(store, SOON)) == ([], ["a"])


def test_a_failure_that_has_passed_is_no_reason_for_what_comes_later(store: Store) -> None:
    want(store, SCORE, a=1)
    with store.transaction():
        own_rows.retry_later(store, [row(store, "a")], NOW, "locked")
    write(store)
    for value in (7, 8, 9):
        take(store, "a", {"X": value})
        write(store, created=False)
    assert [(letter["state"], letter["error"]) for letter in stuck_rows.letters(store)] == [("parked", None)]


def test_a_dead_letter_stays_one_for_the_same_values(store: Store) -> None:
    want(store, SCORE, a=1)
    with store.transaction():
        stuck_rows.refuse(store, [row(store, "a")], "a rule")
    want(store, SCORE, a=1)
    assert [(letter["key"], letter["error"]) for letter in stuck_rows.letters(store)] == [("a", "a rule")]
    want(store, SCORE, a=2)
    assert (due(store), stuck_rows.letters(store)) == (["a"], [])


def test_a_person_has_letters_tried_again_or_lets_them_go(store: Store) -> None:
    want(store, SCORE, a=1, b=1)
    with store.transaction():
        stuck_rows.refuse(store, [row(store, "a"), row(store, "b")], "a rule")
        stuck_rows.retry_now(store, ["a"], NOW)
        stuck_rows.drop(store, ["b"])
    assert (due(store), stuck_rows.letters(store)) == (["a"], [])
    assert [letter["key"] for letter in stuck_rows.letters(store, RowState.DROPPED)] == ["b"]
    want(store, SCORE, b=2)
    assert due(store) == ["a", "b"]


def test_rows_are_found_by_how_their_keys_begin(store: Store) -> None:
    want(store, LINE, **{"TP:1:a": 1, "TP:1:b": 1, "TP:10:a": 1})
    assert sorted(own_rows.beginning(store, LINE, ["TP:1:"])) == ["TP:1:a", "TP:1:b"]
