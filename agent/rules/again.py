"""When a judgement may say something else though no row has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from agent import reminders
from agent.model import Finding, Milestone, MilestoneKind, MilestoneState
from agent.rules.context import Case


def again_at(case: Case, milestones: Sequence[Milestone], findings: Sequence[Finding]) -> datetime | None:
    """The earliest instant that the low-water mark has not passed, and with which something falls due; None: never.

    `findings` are all that hold, and those that will hold from their `since` on if nothing changes.
    """
    through = case.context.complete_through
    binding = [m for m in milestones if m.state is not MilestoneState.CANCELLED]
    instants = [instant for m in binding for instant in _instants(case, m)]
    instants += [finding.since for finding in findings if finding.since]
    return min((instant for instant in instants if instant >= through), default=None)


def _instants(case: Case, milestone: Milestone) -> Iterator[datetime]:
    """Of one milestone: its due time, its reminders (D16), and the checks of the score that hang on it (D31).

    Met ones are among them: their check counts only from its due time on.
    """
    context = case.context
    rules, through = context.mapping.rules, context.complete_through
    yield milestone.due
    if milestone.kind is MilestoneKind.PLAN:
        yield milestone.clock_start + timedelta(hours=rules.handling.colour_hours)
        yield milestone.clock_start + timedelta(hours=rules.handling.chatter_hours)
    if milestone.kind is MilestoneKind.RESOLUTION and milestone.met_at:
        yield milestone.met_at
    if milestone.state is MilestoneState.OPEN:
        yield from reminders.warnings(milestone, rules.alerts, case.record.created_at)
        if milestone.due < through:
            # A contact, and activities are not known through its due time yet: again as soon as they may be.
            yield through
    elif milestone.state is MilestoneState.VIOLATED and milestone.kind is MilestoneKind.RESOLUTION:
        yield reminders.weekly(milestone, rules.alerts, context.zone).following(through)
