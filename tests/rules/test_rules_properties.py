"""What holds for every record and history, sensible or not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from rules_cases import (
    CHICAGO,
    CLIENT,
    CREATED,
    DAY,
    GOOD_PLAN,
    MAPPING,
    PLAN,
    REFERRAL,
    RESOLUTION,
    context,
    facts,
    milestone,
    plan_row,
    sli,
)

from agent import reminders
from agent.model import FieldChange, Intervention, Judgement, Memory, MilestoneState
from agent.rules.conduct import WHO
from agent.rules.judge import Heard, judge

steady = settings(derandomize=True, deadline=None, max_examples=200)
"""The same examples on every machine, however slow it is."""

FIELDS = [
    "Client_Status__c",
    "Referral_Status__c",
    "Client_Intervention_Plan__c",
    "Client_Exception_Until__c",
    "created",
]
instants = st.integers(-10 * 24, 60 * 24).map(lambda hours: CREATED + timedelta(hours=hours))
colours = st.sampled_from([None, "", "Green", "Yellow", "Orange", "Red", "N/A", "Mauve", " green "])
plans = st.sampled_from([None, "", "TBD", "<p></p>", GOOD_PLAN, "<![x", "\u2028"])
dates = st.none() | st.dates()
values = colours | plans | dates | st.integers() | st.text(max_size=5) | st.just(float("nan"))
rows = st.builds(
    FieldChange, st.sampled_from(FIELDS), instants, st.sampled_from(["005A", "005B"]), values, values
)
histories = st.lists(rows, max_size=8)
sides = st.builds(
    facts,
    colours,
    plans,
    lookup_id=st.sampled_from([None, "001X"]),
    exception_until=dates,
    exception_reason=plans,
    follow_up_from=dates,
    second_follow_up=st.booleans(),
)
words = st.none() | st.lists(instants, max_size=4)
hearings = st.builds(Heard, words, words, st.none() | instants)
memories = st.dictionaries(
    st.tuples(st.sampled_from([CLIENT, REFERRAL]), st.sampled_from([PLAN, RESOLUTION])),
    st.builds(Memory, st.none() | instants, st.none() | instants),
)


@st.composite
def records(draw: st.DrawFn) -> Intervention:
    record = sli(
        draw(sides), draw(sides), modified=draw(instants), incident=draw(dates), deleted=draw(st.booleans())
    )
    return replace(
        record,
        stamp=draw(instants),
        created_date=draw(dates),
        steps=tuple(draw(st.lists(st.booleans(), max_size=6))),
        aligned=draw(st.dictionaries(st.sampled_from(sorted(WHO)), st.booleans())),
    )


@steady
@given(records(), histories, memories, instants, hearings)
def test_nonsense_is_judged_and_never_raises(
    record: Intervention, history: list[FieldChange], memory: dict, through: datetime, heard: Heard
) -> None:
    judged = judge(record, history, memory, context(through), heard)

    for found in judged.milestones:
        json.dumps(dict(found.inputs), allow_nan=False)
        assert (found.met_at is not None) == found.state.is_met
        assert found.due.tzinfo is UTC
        evidence = found.inputs.get("evidence")
        assert evidence is None or evidence["earliest"] <= evidence["latest"]
    assert judged.again_at is None or judged.again_at >= through


@steady
@given(records(), histories, memories, instants, st.data())
def test_the_order_of_history_rows_does_not_matter(
    record: Intervention, history: list[FieldChange], memory: dict, through: datetime, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(history))

    assert judge(record, shuffled, memory, context(through)) == judge(
        record, history, memory, context(through)
    )


@steady
@given(records(), histories, memories, instants)
def test_judging_twice_gives_the_same(
    record: Intervention, history: list[FieldChange], memory: dict, through: datetime
) -> None:
    first = judge(record, history, memory, context(through))

    again = judge(record, history, first.memory, context(through))

    assert [(m.kind, m.side, m.state, m.due) for m in again.milestones] == [
        (m.kind, m.side, m.state, m.due) for m in first.milestones
    ]


@steady
@given(records(), histories, instants, hearings)
def test_an_audit_recomputes_the_state_from_the_stored_inputs_alone(
    record: Intervention, history: list[FieldChange], through: datetime, heard: Heard
) -> None:
    for found in judge(record, history, {}, context(through), heard).milestones:
        if found.state is not MilestoneState.CANCELLED:
            assert _recomputed(json.loads(json.dumps(dict(found.inputs)))) is found.state


def _recomputed(inputs: dict) -> MilestoneState:
    """Instants of one form compare as text."""
    evidence, due = inputs["evidence"], inputs["due"]
    if evidence is None:
        return MilestoneState.VIOLATED if due < inputs["complete_through"] else MilestoneState.OPEN
    if evidence["latest"] <= due:
        return MilestoneState.MET
    return MilestoneState.MET_LATE if evidence["earliest"] > due else MilestoneState.MET_TIME_UNKNOWN


@steady
@given(records(), histories, instants, words, words, st.integers(0, 30 * 24 * 60))
def test_without_a_changed_row_nothing_is_news_before_the_instant_to_ask_again(
    record: Intervention,
    history: list[FieldChange],
    through: datetime,
    chatter: list[datetime] | None,
    activities: list[datetime] | None,
    minutes: int,
) -> None:
    heard = Heard(chatter, activities)
    first = judge(record, history, {}, context(through), heard)
    later = through + timedelta(minutes=minutes)
    if first.again_at is not None:
        later = min(later, first.again_at)

    again = judge(record, history, first.memory, context(later), heard)

    assert news(again, later) == news(first, through)


def news(judgement: Judgement, through: datetime) -> tuple[object, ...]:
    """All that people may be told of, the warnings and weekly reminders among it."""
    open_now = [m for m in judgement.milestones if m.state is MilestoneState.OPEN]
    overdue = [m for m in judgement.milestones if (m.kind, m.state) == (RESOLUTION, MilestoneState.VIOLATED)]
    alerts = MAPPING.rules.alerts
    return (
        [(m.kind, m.side, m.state, m.due) for m in judgement.milestones],
        [f for f in judgement.findings if f.since is None or f.since < through],
        [[at for at in reminders.warnings(m, alerts, CREATED) if at < through] for m in open_now],
        [reminders.weekly(m, alerts, CHICAGO).latest(through) for m in overdue],
    )


@steady
@given(records(), histories, st.lists(instants, min_size=2, max_size=4))
def test_as_the_mirror_completes_a_milestone_only_moves_from_open_to_violated(
    record: Intervention, history: list[FieldChange], marks: list[datetime]
) -> None:
    memory: dict = {}
    before: list[MilestoneState] = []
    for through in sorted(marks):
        judged = judge(record, history, memory, context(through))
        memory = dict(judged.memory)
        after = [m.state for m in judged.milestones]
        for was, now in zip(before, after, strict=True) if before else []:
            assert now is was or (was is MilestoneState.OPEN and now is MilestoneState.VIOLATED)
        before = after


@steady
@given(
    st.lists(st.tuples(st.integers(0, 80), st.booleans()), max_size=6),
    st.lists(st.integers(0, 100), max_size=8),
    st.integers(0, 3),
)
def test_an_agent_that_follows_a_plan_agrees_with_the_truth_or_leaves_it_open(
    edits: list[tuple[int, bool]], looks: list[int], lag: int
) -> None:
    """Somebody writes and clears a plan; the agent looks at random hours, and the rows tell no values."""
    truth = _life_of(edits)
    first_done = next((hour for hour, done in truth if done), None)
    states = _followed(truth, sorted(looks), lag)

    if first_done is None or first_done > 24:
        assert MilestoneState.MET not in states
    elif all(done for hour, done in truth if hour > first_done):
        assert not {MilestoneState.MET_LATE, MilestoneState.VIOLATED} & states
    assert not {MilestoneState.MET, MilestoneState.MET_LATE} <= states


def _followed(truth: list[tuple[int, bool]], looks: list[int], lag: int) -> set[MilestoneState]:
    """Every state the plan was seen in; the mirror is complete up to `lag` hours before each look."""
    memory: dict = {}
    states = set()
    for look in looks:
        past = [(hour, done) for hour, done in truth if hour <= look]
        modified, done = CREATED + timedelta(hours=past[-1][0]), past[-1][1]
        history = [plan_row(CREATED + timedelta(hours=hour)) for hour, _ in past[1:]]
        through = context(CREATED + timedelta(hours=look - lag))
        record = sli(facts("Yellow", GOOD_PLAN if done else None), modified=modified)
        judged = judge(record, history, memory, through)
        memory = dict(judged.memory)
        states.add(milestone(judged, PLAN).state)
    return states


def _life_of(edits: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """(hour, documented from then on), beginning at hour 0; one edit an hour at most, each a real change."""
    life = [(0, False)]
    for hour, done in sorted(dict(edits).items()):
        if hour > 0:
            life.append((hour, done))
        else:
            life[0] = (0, done)
    return life


@steady
@given(st.integers(0, 60 * 24), st.integers(0, 60 * 24))
def test_what_an_agent_remembers_never_turns_in_time_into_late(done_after: int, looked_after: int) -> None:
    """Both judge the same version; one has also seen, at some time before, that the plan was missing."""
    done = CREATED + timedelta(minutes=done_after)
    looked = CREATED + timedelta(minutes=looked_after)
    record = sli(facts("Yellow", GOOD_PLAN), modified=done)
    through = context(CREATED + 90 * DAY)

    without = milestone(judge(record, [plan_row(done)], {}, through), PLAN).state
    memory = {(CLIENT, PLAN): Memory(undone_through=min(looked, done - timedelta(seconds=1)))}
    with_memory = milestone(judge(record, [plan_row(done)], memory, through), PLAN).state

    assert (without, with_memory) != (MilestoneState.MET, MilestoneState.MET_LATE)
    assert (done - CREATED > timedelta(hours=24)) or with_memory is MilestoneState.MET
