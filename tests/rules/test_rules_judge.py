"""The whole judgement: what it holds, when to ask again, and that its inputs tell how it came about."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from rules_cases import (
    CLIENT,
    CREATED,
    DAY,
    GOOD_PLAN,
    HOUR,
    MAPPING,
    PLAN,
    REFERRAL,
    RESOLUTION,
    SECOND,
    codes,
    colour_row,
    context,
    facts,
    milestone,
    plan_row,
    sli,
)

from agent.model import Judgement, Memory, Milestone, MilestoneState
from agent.rules.judge import judge
from agent.rules.reasons import SENTENCES, FindingCode, Reason, Refusal, sentence

RESOLUTION_DUE = datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)


def test_a_side_resolved_with_its_plan_in_time_is_judged_whole() -> None:
    done = CREATED + 10 * DAY
    record = sli(facts("Green", GOOD_PLAN), modified=done)
    history = [plan_row(CREATED + HOUR), colour_row(done, "Yellow", "Green")]
    shared = {
        "mapping": MAPPING.version,
        "zone": "America/Chicago",
        "complete_through": "2026-06-12T14:00:00Z",
        "created_at": "2026-06-01T14:00:00Z",
        "modified_at": "2026-06-11T14:00:00Z",
        "done_now": True,
        "done_by": "2026-06-11T14:00:00Z",
        "undone_through": None,
    }
    plan = Milestone(
        CLIENT,
        PLAN,
        MilestoneState.MET,
        "in_time_at_the_latest",
        clock_start=CREATED,
        due=CREATED + DAY,
        met_at=CREATED + HOUR,
        inputs={
            **shared,
            "clock_start": "2026-06-01T14:00:00Z",
            "clock_start_from": "creation",
            "due": "2026-06-02T14:00:00Z",
            "plan_hours": 24,
            "evidence": {
                "earliest": "2026-06-01T14:00:00Z",
                "latest": "2026-06-01T15:00:00Z",
                "source": "history",
            },
        },
    )
    resolution = Milestone(
        CLIENT,
        RESOLUTION,
        MilestoneState.MET,
        "done_in_time",
        clock_start=datetime(2026, 6, 1, 5, tzinfo=UTC),
        due=RESOLUTION_DUE,
        met_at=done,
        inputs={
            **shared,
            "clock_start": "2026-06-01T05:00:00Z",
            "due": "2026-07-02T04:59:59Z",
            "day_zero": "2026-06-01",
            "day_zero_from": "incident_date",
            "resolution_days": 30,
            "exception": None,
            "evidence": {
                "earliest": "2026-06-11T14:00:00Z",
                "latest": "2026-06-11T14:00:00Z",
                "source": "history",
            },
        },
    )

    assert judge(record, history, {}, context(CREATED + 11 * DAY)) == Judgement(
        intervention_id=record.id,
        milestones=(plan, resolution),
        findings=(),
        memory={
            (CLIENT, PLAN): Memory(done_by=done, met=plan, began=CREATED),
            (CLIENT, RESOLUTION): Memory(done_by=done, met=resolution),
            (REFERRAL, PLAN): Memory(absent_through=CREATED + 11 * DAY),
        },
        again_at=RESOLUTION_DUE,
        open=False,
    )


@pytest.mark.parametrize(
    ("through", "again_at"),
    [
        (CREATED, CREATED + 22 * HOUR),  # the plan is due in two hours
        (CREATED + 22 * HOUR + SECOND, CREATED + 24 * HOUR),
        (CREATED + 24 * HOUR, CREATED + 24 * HOUR),
        (CREATED + 24 * HOUR + SECOND, CREATED + 168 * HOUR),
        (CREATED + 168 * HOUR + SECOND, RESOLUTION_DUE - 7 * DAY),
        (RESOLUTION_DUE - 7 * DAY + SECOND, RESOLUTION_DUE - DAY),
        (RESOLUTION_DUE - DAY + SECOND, RESOLUTION_DUE),
        (RESOLUTION_DUE + SECOND, RESOLUTION_DUE + 7 * DAY),  # still not resolved, every week
        (RESOLUTION_DUE + 7 * DAY + SECOND, RESOLUTION_DUE + 14 * DAY),
    ],
)
def test_the_next_instant_to_ask_again_is_the_next_one_not_passed(
    through: datetime, again_at: datetime
) -> None:
    assert judge(sli(facts("Yellow")), [], {}, context(through)).again_at == again_at


def test_a_record_is_open_until_every_applicable_side_is_green_or_red() -> None:
    def is_open(client: str | None, referral: str | None) -> bool:
        return judge(sli(facts(client), facts(referral)), [], {}, context()).open

    assert [is_open("Green", "Red"), is_open("Green", "N/A"), is_open("Red", None)] == [False] * 3
    assert [is_open("Green", "Orange"), is_open("Yellow", "Red"), is_open("N/A", "N/A")] == [True] * 3


def test_a_side_that_no_longer_applies_keeps_no_record_open() -> None:
    record = sli(facts("Green"), facts("N/A"), modified=CREATED + DAY)
    history = [colour_row(CREATED + DAY, "Orange", "N/A", side=REFERRAL)]

    assert judge(record, history, {}, context()).open is False


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (GOOD_PLAN, []),
        (None, []),
        ("  ", []),
        ("<p>&nbsp;</p>", ["plan_markup_only"]),
        ("TBD", ["plan_placeholder"]),
    ],
)
def test_a_text_that_is_no_plan_is_reported(plan: str | None, expected: list[str]) -> None:
    assert codes(judge(sli(facts("Yellow", plan)), [], {}, context())) == expected


def test_a_client_and_a_partner_who_share_one_plan_field_are_judged_apart() -> None:
    sides = dict(MAPPING.intervention.sides)
    shared = {side: own.model_copy(update={"plan": "Plan__c"}) for side, own in sides.items()}
    mapping = MAPPING.model_copy(
        update={"intervention": MAPPING.intervention.model_copy(update={"sides": shared})}
    )
    record = sli(facts("Yellow", GOOD_PLAN), facts("Orange", GOOD_PLAN))

    found = judge(record, [], {}, context(mapping=mapping))

    assert [m.state for m in found.milestones if m.kind is PLAN] == [MilestoneState.MET] * 2


def test_judging_the_same_again_changes_nothing() -> None:
    record = sli(facts("Green", GOOD_PLAN), facts("Orange"), modified=CREATED + DAY)
    first = judge(record, [plan_row(CREATED + DAY)], {}, context(CREATED + 40 * DAY))

    assert judge(record, [plan_row(CREATED + DAY)], first.memory, context(CREATED + 40 * DAY)) == first


def test_inputs_are_ready_for_json_and_name_no_client() -> None:
    record = sli(facts("Yellow", "TBD", exception_until=CREATED.date(), exception_reason="Jane is ill"))

    found = judge(record, [], {}, context())
    told = json.dumps([dict(m.inputs) for m in found.milestones]) + repr(found.findings)

    assert "Jane" not in told


def test_every_reason_finding_and_refusal_has_a_sentence() -> None:
    assert set(SENTENCES) == {*Reason, *FindingCode, *Refusal}
    assert sentence(milestone(judge(sli(facts("Yellow")), [], {}, context()), PLAN).reason) == (
        "Not done yet, and the time has not run out."
    )
    assert sentence("a_reason_of_a_later_version") == "a_reason_of_a_later_version"
