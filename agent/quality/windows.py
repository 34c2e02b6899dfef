"""When the window of each touch point opens and closes, by one definition (D21). Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agent.days import days_after, end_of_day
from agent.mapping.definitions import Anchor, Definition, Edge, TouchPointRule


class Window(NamedTuple):
    """Both edges belong to it; they are UTC. `month` is that of its end on the office's clock, `2026-03`."""

    definition: Definition
    rule: TouchPointRule
    opens: datetime
    closes: datetime
    month: str


def windows(definition: Definition, start: datetime, end: datetime, zone: ZoneInfo) -> dict[str, Window]:
    """By activity, in the definition's order; `start` and `end` are those of the first shift.

    A window that would close before it opens is that one instant: its touch point is not lost.
    """
    found: dict[str, Window] = {}
    anchors = {
        Anchor.FIRST_SHIFT_START: start.astimezone(UTC),
        Anchor.FIRST_SHIFT_END: end.astimezone(UTC),
    }
    for rule in definition.touch_points:
        opens = _opening(rule.opens, anchors[rule.opens.anchor], zone)
        closes = max(opens, _closing(rule.closes, anchors[rule.closes.anchor], zone))
        local = closes.astimezone(zone)
        found[rule.activity] = Window(definition, rule, opens, closes, _month(local.year, local.month))
        anchors[Anchor.PREVIOUS_CLOSES] = closes
    return found


def _opening(edge: Edge, anchor: datetime, zone: ZoneInfo) -> datetime:
    if edge.days is None:
        return anchor + _elapsed(edge.hours) if edge.hours else anchor
    local = anchor.astimezone(zone)
    day = days_after(local.date(), edge.days)
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def _closing(edge: Edge, anchor: datetime, zone: ZoneInfo) -> datetime:
    if edge.days is None:
        return anchor + _elapsed(edge.hours) if edge.hours else anchor
    return end_of_day(days_after(anchor.astimezone(zone).date(), edge.days), zone)


# Ten thousand starts of care are reckoned at once, and always with the same few figures.
@lru_cache(maxsize=256)
def _elapsed(hours: int) -> timedelta:
    return timedelta(hours=hours)


@lru_cache(maxsize=256)
def _month(year: int, month: int) -> str:
    return f"{year:04}-{month:02}"
