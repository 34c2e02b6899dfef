"""Which sides apply, and since when (D2, D3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

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
    sli,
)

from agent.mapping.models import Applies
from agent.model import (
    FieldChange,
    Intervention,
    Judgement,
    Memory,
    Milestone,
    MilestoneKind,
    MilestoneState,
    Side,
)
from agent.rules.judge import judge
from agent.rules.sides import colour_set_at


def judged(record: Intervention, *history: FieldChange, through: datetime = CREATED) -> Judgement:
    return judge(record, history, {}, context(through))


def sides_of(judgement: Judgement) -> list[Side]:
    return [m.side for m in judgement.milestones if m.kind is PLAN]


def test_a_side_with_a_colour_applies_from_the_submission() -> None:
    found = judged(sli(facts("Yellow"), facts(lookup_id="001ACCOUNT")))

    assert sides_of(found) == [CLIENT]
    assert milestone(found, PLAN).clock_start == CREATED
    assert codes(found) == []


def test_each_side_with_a_colour_has_both_milestones() -> None:
    found = judged(sli(facts("Yellow"), facts("Orange")))

    assert [(m.side, m.kind.value) for m in found.milestones] == [
        (CLIENT, "plan"),
        (CLIENT, "resolution"),
        (REFERRAL, "plan"),
        (REFERRAL, "resolution"),
    ]


def test_without_any_colour_the_sides_with_a_filled_lookup_apply_and_a_finding_says_so() -> None:
    found = judged(sli(facts(lookup_id="a0CLIENT"), facts(lookup_id="001ACCOUNT")))

    assert sides_of(found) == [CLIENT, REFERRAL]
    assert codes(found) == ["no_colour_set"]


def test_a_side_that_is_not_applicable_does_not_apply_by_its_lookup() -> None:
    found = judged(sli(facts("N/A", lookup_id="a0CLIENT"), facts(lookup_id="001ACCOUNT")))

    assert sides_of(found) == [REFERRAL]


def test_without_colour_and_lookup_no_side_applies_and_the_record_stays_open() -> None:
    found = judged(sli())

    assert (sides_of(found), found.open, found.again_at) == ([], True, None)


def test_an_unknown_colour_counts_as_set_and_not_resolved() -> None:
    found = judged(sli(facts("Chartreuse"), facts(lookup_id="001ACCOUNT")))

    assert (sides_of(found), codes(found), found.open) == ([CLIENT], ["unknown_colour"], True)


def test_yellow_on_the_referral_side_counts_as_set_and_is_reported() -> None:
    found = judged(sli(facts("Green"), facts("Yellow")))

    assert sides_of(found) == [CLIENT, REFERRAL]
    assert codes(found) == ["colour_not_for_side"]


def test_yellow_that_the_mapping_names_for_the_referral_side_is_reported_as_well() -> None:
    referral = MAPPING.intervention.sides[REFERRAL]
    named = referral.model_copy(update={"colours": MAPPING.intervention.sides[CLIENT].colours})
    sides = {CLIENT: MAPPING.intervention.sides[CLIENT], REFERRAL: named}
    mapping = MAPPING.model_copy(
        update={"intervention": MAPPING.intervention.model_copy(update={"sides": sides})}
    )

    found = judge(sli(facts("Green"), facts("Yellow")), [], {}, context(mapping=mapping))

    assert (codes(found), found.open) == (["colour_not_for_side"], True)


def test_a_side_that_begins_to_apply_later_starts_its_own_clock_then() -> None:
    day_three = CREATED + 3 * DAY
    record = sli(facts("Yellow"), facts("Orange"), modified=day_three)

    found = judged(record, colour_row(day_three, None, "Orange", side=REFERRAL))

    assert milestone(found, PLAN).clock_start == CREATED
    assert milestone(found, PLAN, side=REFERRAL).due == day_three + 24 * HOUR
    assert milestone(found, PLAN, side=REFERRAL).inputs["clock_start_from"] == "history"


def test_a_colour_set_after_the_lookup_made_the_side_apply_does_not_restart_its_clock() -> None:
    record = sli(facts("Yellow", lookup_id="a0CLIENT"), modified=CREATED + DAY)

    found = judged(record, colour_row(CREATED + DAY, None, "Yellow"))

    assert milestone(found, PLAN).clock_start == CREATED


def test_a_side_that_applied_by_lookup_is_out_once_the_other_side_gets_a_colour() -> None:
    record = sli(
        facts("Yellow", lookup_id="a0CLIENT"), facts(lookup_id="001ACCOUNT"), modified=CREATED + HOUR
    )

    found = judged(record, colour_row(CREATED + HOUR, None, "Yellow"))

    assert milestone(found, PLAN).state is MilestoneState.OPEN
    out = milestone(found, PLAN, side=REFERRAL)
    assert (out.state, out.reason, out.met_at) == (
        MilestoneState.CANCELLED,
        "side_no_longer_applies",
        None,
    )


def test_a_side_set_to_not_applicable_is_cancelled_and_keeps_its_due_time() -> None:
    record = sli(facts("N/A"), facts("Orange"), modified=CREATED + DAY)

    found = judged(record, colour_row(CREATED + DAY, "Yellow", "N/A"), through=CREATED + 9 * DAY)

    assert milestone(found, PLAN).state is MilestoneState.CANCELLED
    assert milestone(found, PLAN).due == CREATED + 24 * HOUR


def test_a_side_that_comes_back_gets_a_new_plan_clock() -> None:
    record = sli(facts("Yellow"), modified=CREATED + 5 * DAY)
    history = [
        colour_row(CREATED + DAY, "Yellow", "N/A"),
        colour_row(CREATED + 5 * DAY, "N/A", "Yellow"),
    ]

    found = judged(record, *history, through=CREATED + 5 * DAY)

    assert milestone(found, PLAN).clock_start == CREATED + 5 * DAY
    assert milestone(found, PLAN).state is MilestoneState.OPEN


def test_a_plan_met_under_an_earlier_clock_does_not_answer_the_new_one() -> None:
    record = sli(facts("Yellow"), modified=CREATED + 5 * DAY)
    history = [
        colour_row(CREATED + DAY, "Yellow", "N/A"),
        colour_row(CREATED + 5 * DAY, "N/A", "Yellow"),
    ]
    earlier = Milestone(CLIENT, PLAN, MilestoneState.MET, "done_in_time", CREATED, CREATED + DAY, CREATED)

    found = judge(record, history, {(CLIENT, PLAN): Memory(met=earlier)}, context())

    assert milestone(found, PLAN).state is MilestoneState.OPEN


def test_a_later_clock_is_remembered_where_history_is_gone() -> None:
    start = CREATED + 3 * DAY
    met = Milestone(CLIENT, PLAN, MilestoneState.MET, "done_in_time", start, start + DAY, start)
    record = sli(facts("Yellow", GOOD_PLAN), modified=start)

    found = judge(record, [], {(CLIENT, PLAN): Memory(done_by=start, met=met)}, context(CREATED + 9 * DAY))

    assert milestone(found, PLAN).clock_start == start
    assert milestone(found, PLAN).inputs["clock_start_from"] == "memory"


def test_history_that_tells_the_start_outweighs_memory() -> None:
    told, remembered = CREATED + 3 * DAY, CREATED + 5 * DAY
    met = Milestone(
        CLIENT, PLAN, MilestoneState.MET, "done_in_time", remembered, remembered + DAY, remembered
    )
    record = sli(facts("Yellow", GOOD_PLAN), modified=remembered)

    found = judge(
        record, [colour_row(told, None, "Yellow")], {(CLIENT, PLAN): Memory(met=met)}, context(remembered)
    )

    assert milestone(found, PLAN).clock_start == told


def test_a_change_dated_before_the_submission_counts_from_the_submission() -> None:
    found = judged(sli(facts("Yellow")), colour_row(CREATED - HOUR, None, "Yellow"))

    assert milestone(found, PLAN).clock_start == CREATED


def test_a_colour_change_without_values_leaves_the_side_as_it_came_to_be() -> None:
    record = sli(facts("Yellow"), modified=CREATED + DAY)

    assert milestone(judged(record, colour_row(CREATED + DAY, None, None)), PLAN).clock_start == CREATED


def test_where_the_mapping_has_an_expression_it_decides_and_not_the_colour() -> None:
    client = MAPPING.intervention.sides[CLIENT].model_copy(
        update={"applies": Applies(field="Affected__c", values=[True])}
    )
    sides = {CLIENT: client, REFERRAL: MAPPING.intervention.sides[REFERRAL]}
    mapping = MAPPING.model_copy(
        update={"intervention": MAPPING.intervention.model_copy(update={"sides": sides})}
    )

    yes = judge(sli(facts(applies=True), facts("Orange")), [], {}, context(mapping=mapping))
    no = judge(sli(facts("Yellow", applies=False), facts("Orange")), [], {}, context(mapping=mapping))

    assert (sides_of(yes), sides_of(no)) == ([CLIENT, REFERRAL], [REFERRAL])


def test_changes_of_one_second_are_read_in_the_order_that_leads_to_the_present() -> None:
    at = CREATED + DAY
    record = sli(facts("Yellow"), modified=at)
    there_and_back = [colour_row(at, "Yellow", "Green"), colour_row(at, "Green", "Yellow")]

    # Read the other way round, the side would have been Green from the start.
    assert milestone(judged(record, *there_and_back), RESOLUTION).met_at == at
    assert judged(record, *there_and_back) == judged(record, *reversed(there_and_back))


def test_a_deleted_record_cancels_every_milestone_and_asks_for_nothing() -> None:
    found = judged(sli(facts("Yellow", "<p></p>"), facts("Orange"), incident=None, deleted=True))

    assert {(m.state, m.reason) for m in found.milestones} == {(MilestoneState.CANCELLED, "record_deleted")}
    assert (len(found.milestones), found.findings, found.open, found.again_at) == (4, (), False, None)


def test_the_colour_was_set_when_the_side_first_had_one_after_its_clock_started() -> None:
    mapping = MAPPING.intervention
    later = sli(facts("Yellow", lookup_id="a0CLIENT"), modified=CREATED + DAY)
    rows = [colour_row(CREATED + DAY, None, "Yellow")]

    assert colour_set_at(later, rows, mapping, CLIENT, CREATED) == CREATED + DAY
    assert colour_set_at(sli(facts("Yellow")), [], mapping, CLIENT, CREATED) == CREATED
    assert colour_set_at(sli(facts(lookup_id="a0CLIENT")), [], mapping, CLIENT, CREATED) is None
    assert colour_set_at(later, rows, mapping, CLIENT, CREATED + 2 * DAY) == CREATED + 2 * DAY


def test_a_mapping_with_one_side_judges_that_side_alone() -> None:
    only_client = {CLIENT: MAPPING.intervention.sides[CLIENT]}
    mapping = MAPPING.model_copy(
        update={"intervention": MAPPING.intervention.model_copy(update={"sides": only_client})}
    )

    found = judge(sli(facts("Yellow"), facts("Orange")), [], {}, context(mapping=mapping))

    assert [m.kind for m in found.milestones] == [MilestoneKind.PLAN, MilestoneKind.RESOLUTION]


def test_without_colour_history_a_side_seen_to_appear_starts_its_clock_with_the_version_that_has_it() -> None:
    early = sli(facts("Orange", GOOD_PLAN))
    memory = judge(early, [], {}, context(CREATED + 2 * DAY)).memory
    late = sli(facts("Orange", GOOD_PLAN), facts("Orange"), modified=CREATED + 3 * DAY)

    first = judge(late, [], memory, context(CREATED + 3 * DAY))
    again = judge(
        replace(late, modified_at=CREATED + 5 * DAY), [], first.memory, context(CREATED + 3 * DAY + 23 * HOUR)
    )
    after = judge(late, [], again.memory, context(CREATED + 4 * DAY + SECOND))

    for judgement, state in ((first, "open"), (again, "open"), (after, "violated")):
        plan = next(m for m in judgement.milestones if (m.side, m.kind) == (REFERRAL, PLAN))
        assert (plan.clock_start, plan.state) == (CREATED + 3 * DAY, state)


def test_a_side_that_was_there_at_first_sight_started_with_the_submission() -> None:
    record = sli(facts("Orange"), modified=CREATED + 3 * DAY)
    memory = judge(record, [], {}, context(CREATED + 4 * DAY)).memory
    plan = judge(record, [], memory, context(CREATED + 5 * DAY)).milestones[0]
    assert plan.clock_start == CREATED
