"""The handling score of one side (D31): a default, not policy, and never part of anyone's pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache

from agent.mapping.models import Handling
from agent.model import Milestone, MilestoneKind, MilestoneState, Side
from agent.rounding import half_up

WORDS = {
    MilestoneState.MET: "Done in time.",
    MilestoneState.MET_TIME_UNKNOWN: "Done; the time is not known, so it is not called late.",
    MilestoneState.MET_LATE: "Done, but late.",
}
PASSED = frozenset({MilestoneState.MET, MilestoneState.MET_TIME_UNKNOWN})


class CheckName(StrEnum):
    PLAN = "plan_documented"
    COLOUR = "colour_set"
    CHATTER = "chatter"
    CONTACT = "contact_made"
    STEPS = "recovery_steps"
    RESOLUTION = "resolved_in_time"


@dataclass(frozen=True)
class Check:
    """One equal part of the score. `passed` is None until `due` has passed; `why` is a sentence."""

    name: CheckName
    due: datetime
    passed: bool | None
    why: str


@dataclass(frozen=True)
class HandlingScore:
    """Percent with two decimals; None while nothing is due, or when the side does not apply."""

    score: float | None
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class HandlingFacts:
    """What a side's score is made of; instants are aware UTC.

    `colour_set_at` is when the side first had a colour after its clock started, None: never.
    `chatter` are posts and comments by people: the agent's own are no evidence (D17); None: none are mapped.
    `complete_through` is the low-water mark of everything that was read for it, the feed included.
    `steps` are those of the recovery that are mapped, done or not, while the side is Green; else empty (D13).
    """

    side: Side
    milestones: Sequence[Milestone]
    colour_set_at: datetime | None
    chatter: Sequence[datetime] | None
    complete_through: datetime
    steps: Sequence[bool] = ()


def handling_score(facts: HandlingFacts, hours: Handling) -> HandlingScore:
    """100 x checks passed / checks due, rounded half-up once (D28). Checks not due yet do not count.

    A milestone met at an unknown time counts as passed: it is never called late (D4).
    """
    own = {
        milestone.kind: milestone
        for milestone in facts.milestones
        if milestone.side is facts.side and milestone.state is not MilestoneState.CANCELLED
    }
    if MilestoneKind.PLAN not in own:
        return HandlingScore(None, ())
    start = own[MilestoneKind.PLAN].clock_start
    checks = [
        _milestone_check(CheckName.PLAN, own[MilestoneKind.PLAN], facts),
        _colour_check(start + timedelta(hours=hours.colour_hours), facts),
    ]
    if facts.chatter is not None:
        checks.append(
            _chatter_check(start, start + timedelta(hours=hours.chatter_hours), facts.chatter, facts)
        )
    # A contact is a milestone only while it is asked for: not before a plan, and not after Red.
    if MilestoneKind.CONTACT in own:
        checks.append(_milestone_check(CheckName.CONTACT, own[MilestoneKind.CONTACT], facts))
    if MilestoneKind.RESOLUTION in own:
        checks += _steps_check(own[MilestoneKind.RESOLUTION], facts)
        checks.append(_milestone_check(CheckName.RESOLUTION, own[MilestoneKind.RESOLUTION], facts))
    return HandlingScore(percent([check.passed for check in checks]), tuple(checks))


def _milestone_check(name: CheckName, milestone: Milestone, facts: HandlingFacts) -> Check:
    passed = milestone.state in PASSED
    if milestone.state is MilestoneState.OPEN:
        return Check(name, milestone.due, None, "Not done, and not due yet.")
    return _check(name, milestone.due, passed, WORDS.get(milestone.state, "Not done."), facts)


def _colour_check(due: datetime, facts: HandlingFacts) -> Check:
    at = facts.colour_set_at
    if at is None:
        return _check(CheckName.COLOUR, due, False, "No colour was set.", facts)
    passed = at <= due
    return _check(CheckName.COLOUR, due, passed, "Set in time." if passed else "Set, but late.", facts)


def _chatter_check(
    start: datetime, due: datetime, chatter: Sequence[datetime], facts: HandlingFacts
) -> Check:
    passed = any(start <= at <= due for at in chatter)
    words = "Somebody wrote in Chatter in time." if passed else "Nobody wrote in Chatter in time."
    return _check(CheckName.CHATTER, due, passed, words, facts)


def _steps_check(resolution: Milestone, facts: HandlingFacts) -> list[Check]:
    """Due when the side was first resolved; it drops out where no steps are mapped, and unless the side is Green."""
    if not facts.steps or resolution.met_at is None:
        return []
    words = f"{sum(facts.steps)} of {len(facts.steps)} steps of the recovery are complete."
    return [_check(CheckName.STEPS, resolution.met_at, all(facts.steps), words, facts)]


def _check(name: CheckName, due: datetime, passed: bool, why: str, facts: HandlingFacts) -> Check:
    if due >= facts.complete_through:
        return Check(name, due, None, "Not due yet.")
    return Check(name, due, passed, why)


def percent(passed: Sequence[bool | None]) -> float | None:
    """The share of the checks that are due, rounded half-up once (D28); None: this one is not due yet."""
    due = [one for one in passed if one is not None]
    return _share(sum(due), len(due)) if due else None


@cache  # Of a few checks only a few shares can pass.
def _share(passed: int, due: int) -> float:
    return float(half_up(Fraction(100 * passed, due), Decimal("0.01")))
