"""A judgement follows from the inputs that are stored with it: whatever the record, and whatever was changed since."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules_cases import CREATED, DAY, GOOD_PLAN, context, facts, milestone, sli
from test_rules_properties import hearings, histories, instants, memories, records, steady

from agent.instants import to_text
from agent.model import FieldChange, Intervention, Milestone, MilestoneKind, MilestoneState
from agent.rules.judge import Heard, judge
from agent.rules.verify import differences


def as_stored(judged: Milestone) -> Milestone:
    return replace(judged, inputs=json.loads(json.dumps(dict(judged.inputs))))


@steady
@given(records(), histories, memories, instants, hearings)
def test_whatever_is_judged_verifies(
    record: Intervention, history: list[FieldChange], memory: dict, through: datetime, heard: Heard
) -> None:
    for judged in judge(record, history, memory, context(through), heard).milestones:
        assert differences(as_stored(judged)) == []


def in_words(value: Any) -> str:
    return "nothing" if value is None else to_text(value) if isinstance(value, datetime) else str(value)


@pytest.fixture
def stored() -> list[Milestone]:
    """Plan, resolution and contacts of a side, none of them done but the plan."""
    record = sli(facts("Yellow", GOOD_PLAN, second_follow_up=True))
    judged = judge(record, [], {}, context(CREATED + 40 * DAY), Heard((), (), None)).milestones
    assert [m.kind for m in judged] == list(MilestoneKind)
    return [as_stored(m) for m in judged]


CHANGES: list[dict[str, Any]] = [
    {"state": MilestoneState.OPEN},
    {"reason": "time_unknown"},
    {"due": CREATED + 400 * DAY},
    {"clock_start": CREATED - DAY},
    {"met_at": CREATED + timedelta(hours=1)},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_changed_decision_is_named_with_what_it_should_be(
    stored: list[Milestone], change: dict[str, Any]
) -> None:
    [name] = change
    for judged in stored:
        found = {d.what: d for d in differences(replace(judged, **change))}
        assert found[name].recomputed == in_words(getattr(judged, name))
        assert found[name].stored == in_words(change[name])


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        (MilestoneKind.PLAN, {"plan_hours": 48}),
        (MilestoneKind.PLAN, {"clock_start": "2026-05-01T00:00:00Z"}),
        (MilestoneKind.PLAN, {"evidence": None}),
        (MilestoneKind.PLAN, {"due": "2026-07-01T00:00:00Z"}),
        (MilestoneKind.RESOLUTION, {"resolution_days": 45}),
        (MilestoneKind.RESOLUTION, {"day_zero": "2026-05-30"}),
        (MilestoneKind.RESOLUTION, {"zone": "Asia/Tokyo"}),
        (MilestoneKind.RESOLUTION, {"exception": {"until": "2026-08-01", "refused_because": []}}),
        (MilestoneKind.RESOLUTION, {"complete_through": "2026-06-02T00:00:00Z"}),
        (MilestoneKind.RESOLUTION, {"deleted": True, "applies": True}),
        (MilestoneKind.CONTACT, {"follow_up_days": 7}),
        (MilestoneKind.CONTACT, {"counted_from": "2026-06-05"}),
        (MilestoneKind.SECOND_CONTACT, {"lost": True, "deleted": False, "applies": True}),
    ],
)
def test_a_changed_input_shows(stored: list[Milestone], kind: MilestoneKind, inputs: dict[str, Any]) -> None:
    [judged] = [m for m in stored if m.kind is kind]
    assert differences(replace(judged, inputs={**judged.inputs, **inputs}))


@steady
@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())), st.data())
def test_inputs_that_are_nonsense_are_reported_and_never_raise(
    nonsense: dict[str, Any], data: st.DataObject
) -> None:
    judged = as_stored(milestone(judge(sli(facts("Yellow")), [], {}, context()), MilestoneKind.PLAN))
    assert [d.what for d in differences(replace(judged, inputs=nonsense))] == ["inputs"]
    name = data.draw(st.sampled_from(["clock_start", "due", "plan_hours", "complete_through"]))
    spoilt = {**judged.inputs, name: data.draw(st.none() | st.text() | st.lists(st.integers()))}
    assert differences(replace(judged, inputs=spoilt))


def test_a_clock_from_a_recorded_day_starts_with_that_day() -> None:
    side = facts("Yellow", GOOD_PLAN, follow_up_from=date(2026, 6, 3))
    judged = judge(sli(side), [], {}, context(), Heard((), (), None))
    contact = as_stored(milestone(judged, MilestoneKind.CONTACT))
    assert differences(contact) == []
    moved = contact.clock_start + timedelta(hours=2)
    later = replace(contact, clock_start=moved, inputs={**contact.inputs, "clock_start": to_text(moved)})
    assert [d.what for d in differences(later)] == ["clock_start", "inputs.clock_start"]


def test_a_refused_exception_moves_no_deadline(stored: list[Milestone]) -> None:
    [judged] = [m for m in stored if m.kind is MilestoneKind.RESOLUTION]
    refused = {"until": date(2027, 1, 1).isoformat(), "refused_because": ["no_reason"]}
    assert differences(replace(judged, inputs={**judged.inputs, "exception": refused})) == []
