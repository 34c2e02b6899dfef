"""What is to be written, for many records at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store import Store, intents, mirror, overwritten

NOW = "2026-11-18T15:30:00Z"
LATER = "2026-11-18T16:30:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state.db")
    with opened.transaction():
        mirror.save_interventions(opened, [_row("a"), _row("b"), _row("c")])
    yield opened
    opened.close()


def _row(record_id: str) -> dict[str, object]:
    columns = {"number": record_id, "stamp": NOW, "office_id": None, "account_id": None, "deleted": 0}
    return {"id": record_id, **columns, "source": "{}", "written": "{}", "hash": "1"}


def _due(store: Store) -> dict[str, object]:
    return {intent.record_id: intent.values for intent in intents.due(store, LATER, 10)}


def test_of_many_records_each_gets_its_own_differences_and_one_without_any_has_nothing_to_write(
    store: Store,
) -> None:
    with store.transaction():
        intents.want(store, {"a": {"X": 1}, "b": {"X": 2}, "c": {}}, NOW)
    assert _due(store) == {"a": {"X": 1}, "b": {"X": 2}}
    with store.transaction():
        intents.want(store, {"a": {}, "b": {"X": 3}}, LATER)
    assert _due(store) == {"b": {"X": 3}}


def test_a_parked_field_is_left_out_for_its_own_record_only(store: Store) -> None:
    with store.transaction():
        for record_id, field in (("a", "X"), ("b", "X"), ("b", "Y")):
            overwritten.count(store, record_id, field, 0)
            overwritten.park(store, record_id, field, NOW)
        intents.want(store, {i: {"X": 1, "Y": 2} for i in ("a", "b", "c")}, NOW)
    assert _due(store) == {"a": {"Y": 2}, "c": {"X": 1, "Y": 2}}
