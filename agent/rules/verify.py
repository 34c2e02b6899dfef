"""A stored milestone, judged once more from its stored inputs by the same rules (`audit --verify`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.days import days_after, end_of_day, start_of_day
from agent.instants import from_text, to_text
from agent.model import Milestone, MilestoneKind
from agent.rules.deadlines import plan_due
from agent.rules.milestones import cancelled, standing
from agent.rules.timing import Evidence


@dataclass(frozen=True)
class Difference:
    """What is stored, and what its own inputs lead to; both as text."""

    what: str
    stored: str
    recomputed: str


def differences(stored: Milestone) -> list[Difference]:
    """Where a stored milestone is not what its inputs lead to; empty: it verifies. Never raises."""
    try:
        again = recompute(stored)
        said = {name: from_text(stored.inputs[name]) for name in ("clock_start", "due")}
    except (AttributeError, KeyError, TypeError, ValueError, OSError, OverflowError) as error:
        return [Difference("inputs", "cannot be read", f"{type(error).__name__}: {error}")]
    return [
        *_between(stored, again),
        *(
            Difference(f"inputs.{name}", _text(instant), _text(getattr(again, name)))
            for name, instant in said.items()
            if instant != getattr(again, name)
        ),
    ]


def recompute(stored: Milestone) -> Milestone:
    """The milestone its inputs lead to: clock, due time, state, reason and when it was met.

    Raises:
        KeyError, TypeError, ValueError: the inputs are not what a judgement stores.
    """
    given = stored.inputs
    clock_start, due = _times(stored.kind, given)
    evidence = _evidence(given.get("evidence"))
    # Only a milestone that was cancelled holds what it was cancelled for.
    lost = given.get("lost", False)
    if given.get("deleted", False) or not given.get("applies", True) or lost:
        state, reason = cancelled(given["deleted"], lost)
    else:
        created_at, through = from_text(given["created_at"]), from_text(given["complete_through"])
        state, reason = standing(evidence, due, created_at, through)
    return replace(
        stored,
        state=state,
        reason=reason.value,
        clock_start=clock_start,
        due=due,
        met_at=evidence.latest if evidence else None,
    )


def _times(kind: MilestoneKind, given: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """When the clock starts and when it runs out."""
    if kind is MilestoneKind.PLAN:
        start = from_text(given["clock_start"])
        return start, plan_due(start, given["plan_hours"])
    return (_resolution if kind is MilestoneKind.RESOLUTION else _contact)(given, ZoneInfo(given["zone"]))


def _resolution(given: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the local day of the incident to the end of the 30th day, or of a granted exception's (D1, D6)."""
    first_day = date.fromisoformat(given["day_zero"])
    last_day, exception = first_day + timedelta(days=given["resolution_days"]), given["exception"]
    if exception is not None and not exception["refused_because"]:
        last_day = date.fromisoformat(exception["until"])
    return start_of_day(first_day, zone), end_of_day(last_day, zone)


def _contact(given: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the day that the record names, or from when the plan was documented on it (D12)."""
    day = date.fromisoformat(given["counted_from"])
    start = from_text(given["clock_start"])
    if given["counted_from_source"] == "recorded" or start.astimezone(zone).date() != day:
        start = start_of_day(day, zone)
    return start, end_of_day(days_after(day, given["follow_up_days"]), zone)


def _evidence(given: Mapping[str, Any] | None) -> Evidence | None:
    if given is None:
        return None
    return Evidence(from_text(given["earliest"]), from_text(given["latest"]), given["source"])


def _between(stored: Milestone, again: Milestone) -> Iterator[Difference]:
    for name in ("state", "reason", "clock_start", "due", "met_at"):
        one, other = getattr(stored, name), getattr(again, name)
        if one != other:
            yield Difference(name, _text(one), _text(other))


def _text(value: Any) -> str:
    return (to_text(value) if isinstance(value, datetime) else str(value)) if value is not None else "nothing"
