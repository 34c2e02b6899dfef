"""Which facts are to be told, and whether one still is, by hand-made judgements (D2, D8, D9, D12, D16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.alerts.notices import Telling, decide, still_holds, unanswered
from agent.mapping.alerts import Alerts
from agent.model import (
    ALERTS,
    Colour,
    Finding,
    Intervention,
    Judgement,
    Milestone,
    MilestoneKind,
    MilestoneState,
    Notice,
    Rule,
    Side,
    SideFacts,
)

ORG, SLI = "00D000000000001EAA", "a01000000000001AAA"
PHOENIX = ZoneInfo("America/Phoenix")
SUBMITTED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
PLAN_DUE = SUBMITTED + DAY
RESOLUTION_DUE = datetime(2026, 4, 1, 6, 59, 59, tzinfo=UTC)
"""The end of March 31 in Phoenix."""
EVER = dict.fromkeys(ALERTS, SUBMITTED - DAY)
Told = tuple[str, datetime, tuple[Side, ...]]


def milestone(
    side: Side = Side.CLIENT,
    kind: MilestoneKind = MilestoneKind.RESOLUTION,
    state: MilestoneState = MilestoneState.OPEN,
    due: datetime | None = None,
) -> Milestone:
    own = PLAN_DUE if kind is MilestoneKind.PLAN else RESOLUTION_DUE
    return Milestone(side, kind, state, "because", SUBMITTED, due or own, inputs={"side": side.value})


def record(*, deleted: bool = False) -> Intervention:
    return Intervention(
        SLI,
        "SLI-00001",
        "A Client - Fall",
        created_at=SUBMITTED,
        created_by="005",
        modified_at=SUBMITTED,
        stamp=SUBMITTED,
        sides={side: SideFacts(colour=Colour.ORANGE, raw_colour="Orange") for side in Side},
        deleted=deleted,
    )


def judged(*milestones: Milestone, findings: Sequence[Finding] = ()) -> Judgement:
    return Judgement(SLI, milestones, findings, {}, None, open=True)


def told(
    judgement: Judgement, through: datetime, told_after: dict[Rule, datetime] | None = None, **alerts: object
) -> list[Told]:
    """What is decided beside the submission."""
    telling = Telling(ORG, Alerts.model_validate(alerts), told_after or EVER)
    decided = decide(telling, record(), judgement, PHOENIX, through)
    return [(n.rule.value, n.due, n.sides) for n, _, _ in decided if n.rule is not Rule.SUBMISSION]


def holds(
    rule: Rule, due: datetime, judgement: Judgement, at: datetime, topic: str = "-"
) -> tuple[Side, ...] | str:
    """The sides it names now, or why it does not hold."""
    notice = Notice(ORG, SLI, rule, due, (), topic=topic)
    sides, why_not = still_holds(notice, record(), judgement, Alerts(), PHOENIX, at)
    return why_not or sides


def test_both_sides_late_at_one_instant_share_a_notice_and_late_at_two_have_one_each() -> None:
    late = [milestone(side, MilestoneKind.PLAN, MilestoneState.VIOLATED) for side in reversed(Side)]
    assert told(judged(*late), PLAN_DUE + HOUR) == [("plan_24h", PLAN_DUE, (Side.CLIENT, Side.REFERRAL))]
    later = replace(late[0], due=PLAN_DUE + 3 * DAY)
    assert told(judged(later, late[1]), PLAN_DUE + 4 * DAY) == [
        ("plan_24h", PLAN_DUE + 3 * DAY, (Side.REFERRAL,)),
        ("plan_24h", PLAN_DUE, (Side.CLIENT,)),
    ]


def test_a_plan_is_warned_of_two_hours_before_it_is_due_once_the_mirror_is_complete_beyond_that() -> None:
    judgement = judged(milestone(kind=MilestoneKind.PLAN))
    warned_at = PLAN_DUE - 2 * HOUR
    assert told(judgement, warned_at) == []
    assert told(judgement, warned_at + SECOND) == [("plan_due_soon", warned_at, (Side.CLIENT,))]
    assert told(judgement, PLAN_DUE) == [], "the deadline itself has come"


def test_after_an_outage_only_the_newest_warning_is_told() -> None:
    judgement = judged(milestone())
    week, day = RESOLUTION_DUE - 7 * DAY, RESOLUTION_DUE - DAY
    assert told(judgement, week + HOUR) == [("resolution_due_soon", week, (Side.CLIENT,))]
    assert told(judgement, day + HOUR) == [("resolution_due_soon", day, (Side.CLIENT,))]


@pytest.mark.parametrize("state", [s for s in MilestoneState if s is not MilestoneState.OPEN])
def test_nobody_is_warned_of_what_is_done_or_late_already(state: MilestoneState) -> None:
    judgement = judged(milestone(state=state), milestone(kind=MilestoneKind.PLAN, state=state))
    rules = {rule for rule, _, _ in told(judgement, PLAN_DUE - HOUR)}
    assert not rules & {"plan_due_soon", "resolution_due_soon"}


def test_a_side_that_stays_open_is_recalled_every_week_at_the_end_of_the_local_day() -> None:
    judgement = judged(milestone(state=MilestoneState.VIOLATED))
    weeks = [RESOLUTION_DUE + n * 7 * DAY for n in range(3)]

    def weekly(through: datetime) -> list[Told]:
        return [one for one in told(judgement, through) if one[0] == "still_open"]

    assert weekly(weeks[1]) == []
    assert weekly(weeks[1] + SECOND) == [("still_open", weeks[1], (Side.CLIENT,))]
    assert weekly(weeks[2] + SECOND) == [("still_open", weeks[2], (Side.CLIENT,))]


def test_a_contact_nobody_made_is_told_to_the_owner_of_its_side() -> None:
    due = SUBMITTED + 15 * DAY
    missed = milestone(Side.REFERRAL, MilestoneKind.CONTACT, MilestoneState.VIOLATED, due)
    assert told(judged(missed), due + HOUR) == [("follow_up", due, (Side.REFERRAL,))]


def test_a_finding_with_an_instant_is_told_once_it_has_passed_and_one_without_never() -> None:
    since = SUBMITTED + 5 * DAY
    findings = [Finding("silent", None, "", since), Finding("shown_only", Side.CLIENT)]
    judgement = judged(milestone(Side.REFERRAL), findings=findings)
    assert told(judgement, since) == []
    assert told(judgement, since + SECOND) == [("conduct", since, (Side.REFERRAL,))]


def test_a_finding_about_a_record_without_a_side_is_told_to_the_clients_owner() -> None:
    since = SUBMITTED + DAY
    judgement = judged(milestone(state=MilestoneState.CANCELLED), findings=[Finding("name", None, "", since)])
    assert told(judgement, since + SECOND) == [("conduct", since, (Side.CLIENT,))]


def test_two_findings_of_one_instant_are_two_facts() -> None:
    since = SUBMITTED + DAY
    findings = [Finding("moved", side, "", since) for side in Side]
    decided = decide(
        Telling(ORG, Alerts(), EVER), record(), judged(milestone(), findings=findings), PHOENIX, since + HOUR
    )
    keys = {notice.key for notice, _, _ in decided if notice.rule is Rule.CONDUCT}
    assert len(keys) == 2


def test_what_became_due_before_its_kind_was_switched_on_is_not_told() -> None:
    late = judged(milestone(state=MilestoneState.VIOLATED))
    since = {Rule.RESOLUTION_30D: RESOLUTION_DUE, Rule.STILL_OPEN: RESOLUTION_DUE}
    assert told(late, RESOLUTION_DUE + 7 * DAY + SECOND, since) == [
        ("still_open", RESOLUTION_DUE + 7 * DAY, (Side.CLIENT,))
    ]


def test_a_deleted_record_is_told_of_no_more() -> None:
    judgement = judged(milestone(state=MilestoneState.VIOLATED))
    assert decide(Telling(ORG, Alerts(), EVER), record(deleted=True), judgement, PHOENIX, PLAN_DUE) == []
    notice = Notice(ORG, SLI, Rule.SUBMISSION, SUBMITTED)
    assert still_holds(notice, record(deleted=True), judgement, Alerts(), PHOENIX, PLAN_DUE).why_not


def test_what_still_stands_is_told_for_the_sides_that_are_left() -> None:
    late = milestone(Side.REFERRAL, MilestoneKind.PLAN, MilestoneState.VIOLATED)
    met = milestone(Side.CLIENT, MilestoneKind.PLAN, MilestoneState.MET)
    assert holds(Rule.PLAN_24H, PLAN_DUE, judged(met, late), PLAN_DUE + HOUR) == (Side.REFERRAL,)
    assert holds(Rule.PLAN_24H, PLAN_DUE, judged(met), PLAN_DUE + HOUR) == "client met (because)"


def test_a_warning_whose_deadline_came_while_it_waited_holds_no_more() -> None:
    judgement = judged(milestone(kind=MilestoneKind.PLAN))
    warned_at = PLAN_DUE - 2 * HOUR
    assert holds(Rule.PLAN_DUE_SOON, warned_at, judgement, PLAN_DUE - SECOND) == (Side.CLIENT,)
    assert "due 2026-03-03T15:00:00Z" in holds(Rule.PLAN_DUE_SOON, warned_at, judgement, PLAN_DUE)


def test_a_reminder_that_a_later_one_has_followed_holds_no_more() -> None:
    judgement = judged(milestone(state=MilestoneState.VIOLATED))
    first = RESOLUTION_DUE + 7 * DAY
    assert holds(Rule.STILL_OPEN, first, judgement, first + 6 * DAY) == (Side.CLIENT,)
    assert isinstance(holds(Rule.STILL_OPEN, first, judgement, first + 8 * DAY), str)


def test_a_finding_that_was_mended_or_began_anew_is_not_told_as_it_was() -> None:
    since = SUBMITTED + DAY
    standing = judged(milestone(), findings=[Finding("silent", None, "", since)])
    assert holds(Rule.CONDUCT, since, standing, since + HOUR, "silent") == (Side.CLIENT,)
    anew = judged(milestone(), findings=[Finding("silent", None, "", since + DAY)])
    assert holds(Rule.CONDUCT, since, anew, since + 2 * DAY, "silent") == "it has been put right"


def test_the_end_of_a_silence_is_told_while_a_side_is_open() -> None:
    assert holds(Rule.SILENCE_ENDED, SUBMITTED + DAY, judged(milestone()), SUBMITTED + DAY) == (Side.CLIENT,)
    gone = judged(milestone(state=MilestoneState.CANCELLED))
    assert holds(Rule.SILENCE_ENDED, SUBMITTED, gone, SUBMITTED + DAY) == "no side is open any more"


WEEKS = [RESOLUTION_DUE + n * 7 * DAY for n in range(1, 5)]


@pytest.mark.parametrize(
    ("reminders", "answers", "expected"),
    [
        (WEEKS[:1], [], False),
        (WEEKS[:2], [], True),
        (WEEKS[:2], [WEEKS[0] - HOUR], True),  # before the first of them: no answer to it
        (WEEKS[:2], [WEEKS[0] + HOUR], False),
        (WEEKS[:2], [WEEKS[1] + HOUR], False),
        (WEEKS[:3], [WEEKS[0] + HOUR], True),  # two more have gone by since
        (list(reversed(WEEKS[:3])), [WEEKS[0] + HOUR], True),
    ],
)
def test_the_division_head_joins_after_two_reminders_in_a_row_without_an_answer(
    reminders: list[datetime], answers: list[datetime], expected: bool
) -> None:
    assert unanswered(reminders, answers, 2) is expected
