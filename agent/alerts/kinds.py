"""The words of each kind of alert (D16), as a table: what happened, what to do about it, what good records say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.model import MilestoneKind, Rule, Side

GOOD_PLAN = {
    Side.CLIENT: (
        "What was done about the cause, by whom and when: with a caregiver, the talk, the write-up, the "
        "change of case.",
        "Who covers the visits now, and how a lasting replacement is being found.",
        "When someone follows up after the new start of care.",
        "A call to the client after 14 days, and another at 30 days if they are not satisfied by then.",
    ),
    Side.REFERRAL: (
        "Who tells the partner about the plan, and when.",
        "A visit or call after 14 days that brings news of how satisfied the client is.",
        "Another contact at 30 days if the client or the partner is not satisfied by then.",
    ),
}
"""What a plan should cover (S17)."""
GOOD_STORY = {
    Side.CLIENT: (
        "The talk about the cause and what was decided, with its date.",
        "Who took over the visits, and from which day.",
        "How the follow-up after the new start of care went.",
        "When the client was contacted, and how satisfied they are.",
    ),
    Side.REFERRAL: (
        "When the plan was explained to the partner, and by whom.",
        "When somebody met or called them after that, and what came of it.",
    ),
}
"""What Chatter should tell (S16, S17)."""


@dataclass(frozen=True)
class Good:
    """What good documentation says, for each side; `title` goes on with the side."""

    title: str
    points: Mapping[Side, tuple[str, ...]]


PLANS = Good("A good plan for the {side} says", GOOD_PLAN)
STORIES = Good("Good Chatter about the {side} tells", GOOD_STORY)


@dataclass(frozen=True)
class Words:
    """Texts with `{places}` that `agent.alerts.wording` fills in; none of them is for a client's name (D15).

    `title` heads a group in a digest, `happened` is for subjects and headlines, `lead` tells it in two or three
    sentences, `brief` in one for a digest. `side_step` is the next step of a side's owner, `steps` are anybody's.
    """

    title: str
    happened: str
    lead: str
    brief: str
    side_step: str
    steps: tuple[str, ...]
    good: Good = STORIES


_PLAN_ELSEWHERE = "If a plan exists elsewhere, copy it into the plan field: only what stands there counts."
_STORY_SO_FAR = "Post in Chatter what has been done so far, with dates."
_WHERE_THINGS_STAND = "Post in Chatter where things stand and what comes next, with dates."
_EXCEPTION = (
    "If recovery needs longer for a good reason, the Regional Director enters a new due date and the "
    "reason in the record."
)

WORDS: Mapping[Rule, Words] = {
    # In the order of a digest: first what can still be kept, then what was missed, last what can wait.
    Rule.PLAN_DUE_SOON: Words(
        title="Plan due soon",
        happened="Plan due {deadline}",
        lead="The intervention plan for {sides} is due {deadline}, {hours} hours after the clock started. "
        "The plan field in Salesforce holds no plan yet.",
        brief="Plan for {sides} due {deadline}.",
        side_step="{owner} writes the plan into the record by then.",
        steps=(_PLAN_ELSEWHERE, _STORY_SO_FAR),
        good=PLANS,
    ),
    Rule.PLAN_24H: Words(
        title="No plan in time",
        happened="No plan after {hours} hours",
        lead="The intervention plan for {sides} was due {deadline}, {hours} hours after the clock started. "
        "The plan field in Salesforce holds no plan yet.",
        brief="Plan for {sides} was due {deadline}.",
        side_step="{owner} writes the plan into the record today.",
        steps=(_PLAN_ELSEWHERE, _STORY_SO_FAR),
        good=PLANS,
    ),
    Rule.SUBMISSION: Words(
        title="New interventions",
        happened="New intervention",
        lead="{submitter} submitted this intervention on {submitted}.",
        brief="{submitter} submitted it on {submitted}.",
        side_step="{owner} writes the intervention plan into the record{plan_by}.",
        steps=(
            "Agree on the colours: Regional Director, Regional Client Success Manager and Sales.",
            "Post in Chatter what was done, with dates, and move the colour as the relationship moves.",
        ),
        good=PLANS,
    ),
    Rule.RESOLUTION_30D: Words(
        title="Not resolved in time",
        happened="Not resolved by {day}",
        lead="This intervention was to be resolved for {sides}, Green or Red, by {deadline}.{opened}",
        brief="Was to be resolved for {sides} by {deadline}.",
        side_step="{owner} sets the colour to Green or Red if the outcome is known.",
        steps=(_EXCEPTION, _WHERE_THINGS_STAND),
    ),
    Rule.STILL_OPEN: Words(
        title="Still not resolved",
        happened="Still not resolved, {overdue} overdue",
        lead="This intervention was to be resolved for {sides}, Green or Red, by {deadline}.{opened}{joined}",
        brief="Was to be resolved for {sides} by {deadline}, {overdue} overdue.{joined}",
        side_step="{owner} sets the colour to Green or Red, or tells in Chatter what recovery still needs.",
        steps=(_EXCEPTION, "A colour that moves, an edited plan or a post in Chatter counts as an answer."),
    ),
    Rule.RESOLUTION_DUE_SOON: Words(
        title="To be resolved soon",
        happened="To be resolved by {day}",
        lead="This intervention is to be resolved for {sides}, Green or Red, by {deadline}.{opened}",
        brief="To be resolved for {sides} by {deadline}.",
        side_step="{owner} sets the colour to Green or Red once the outcome is known.",
        steps=(_EXCEPTION, _WHERE_THINGS_STAND),
    ),
    Rule.FOLLOW_UP: Words(
        title="Follow-up missing",
        happened="No follow-up by {day}",
        lead="After the plan, somebody was to contact {sides} by {deadline}. The record shows no post, comment or "
        "activity about it.",
        brief="Contact with {sides} was due {deadline}.",
        side_step="{owner} makes the contact and posts in Chatter how it went, with its date.",
        steps=(
            "If it took place already, post it in Chatter with its date.",
            "If client or partner is not satisfied, plan one more contact at 30 days. Should that fall behind the "
            "day of resolution, ask the Regional Director for an exception.",
        ),
    ),
    Rule.SILENCE_ENDED: Words(
        title="Silence over, still open",
        happened="Silence over, still open",
        lead="Reminders about this intervention were silenced until {deadline}. It is still open.{opened}{note}",
        brief="Silenced until {deadline}, and still open.{note}",
        side_step="{owner} looks whether plan and colour still say how things stand.",
        steps=(
            _WHERE_THINGS_STAND,
            "From now on reminders come again. If more quiet is needed, ask the administrator of the SLI agent.",
        ),
    ),
    Rule.CONDUCT: Words(
        title="Records to mend",
        happened="Record to mend",
        lead="{finding} This has been so since {deadline}.",
        brief="{finding} Since {deadline}.",
        side_step="{owner} mends it in the record, or posts in Chatter why it is right as it is.",
        steps=("This is a note and no alarm; it comes once.",),
    ),
}
DEADLINES = {
    Rule.PLAN_DUE_SOON: MilestoneKind.PLAN,
    Rule.RESOLUTION_DUE_SOON: MilestoneKind.RESOLUTION,
    Rule.STILL_OPEN: MilestoneKind.RESOLUTION,
}
"""Kinds that speak of another instant than their own: of the deadline of this milestone."""
