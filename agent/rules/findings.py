"""What people should mend in a record; never an alarm, and never a client's name or free text (D15).

`since` is the instant from which it holds, where a fact tells one: the owner of the side hears of it (D16).
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.model import COLOURS_OF_SIDE, Finding, Milestone, Side
from agent.rules.conduct import colour_since
from agent.rules.context import Case
from agent.rules.milestones import Obligation
from agent.rules.plan import PlanText, read_plan
from agent.rules.reasons import FindingCode
from agent.rules.sides import Mark, no_colour_set, read_colour, read_mark
from agent.rules.timeline import held_since, present_since

NO_PLAN = {
    PlanText.MARKUP_ONLY: FindingCode.PLAN_MARKUP_ONLY,
    PlanText.PLACEHOLDER: FindingCode.PLAN_PLACEHOLDER,
}


def record_findings(case: Case) -> Iterator[Finding]:
    """About the record as a whole: nobody coloured it; its incident date cannot be used (D1, D3)."""
    mapping = case.context.mapping.intervention
    if no_colour_set(case.record, mapping):
        yield Finding(FindingCode.NO_COLOUR_SET.value)
    if case.zero.finding is not None:
        yield Finding(case.zero.finding.value)


def colour_findings(case: Case, side: Side) -> Iterator[Finding]:
    """A colour that nobody knows, or that only the other side has (S5)."""
    sides = case.context.mapping.intervention.sides
    raw = case.record.sides[side].raw_colour
    own = read_colour(raw, sides[side])
    if own in COLOURS_OF_SIDE[side] or read_mark(raw, sides[side]) is not Mark.SET:
        return
    known = {colour for colour in (read_colour(raw, mapping) for mapping in sides.values()) if colour}
    if not known:
        yield Finding(FindingCode.UNKNOWN_COLOUR.value, side, sides[side].colour)
    else:
        yield Finding(
            FindingCode.COLOUR_NOT_FOR_SIDE.value, side, sides[side].colour, colour_since(case, side)
        )


def plan_findings(case: Case, asked: Obligation, judged: Milestone) -> Iterator[Finding]:
    """A text that is no plan, or a plan that is gone (D4)."""
    if asked.done_now:
        return
    plan = case.record.sides[asked.side].plan
    text = read_plan(plan, case.context.mapping.rules.placeholders)
    codes = [NO_PLAN[text]] if text in NO_PLAN else []
    if judged.state.is_met:
        codes.append(FindingCode.PLAN_CLEARED)
    if codes:
        tracked_since = case.context.tracked_since.get(asked.field)
        since = held_since(case.record, case.history, asked.field, plan, tracked_since)
        yield from (Finding(code.value, asked.side, asked.field, since) for code in codes)


def resolution_findings(asked: Obligation, judged: Milestone) -> Iterator[Finding]:
    """A side that is open again (D5), or an exception that does not count (D6)."""
    if judged.state.is_met and not asked.done_now:
        yield Finding(FindingCode.REOPENED.value, asked.side, since=present_since(asked.points))
    if asked.exception is not None and not asked.exception.granted:
        why = ", ".join(refusal.value for refusal in asked.exception.refusals)
        yield Finding(FindingCode.EXCEPTION_REFUSED.value, asked.side, why, asked.exception.at)
