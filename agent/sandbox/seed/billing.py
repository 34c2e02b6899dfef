"""What is billed for a client: a line a week, from which revenue and hours are added up (D26, D27)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from agent.sandbox.seed.care_story import CareStory
from agent.sandbox.seed.dice import Dice
from agent.sandbox.seed.story import DAY

_RATE = 34
"""Dollars an hour."""
_UNBILLED = 4
"""Hours of a shift that was given and not billed."""
_REFUNDED = 3
"""The week after which somebody gets that shift's money back."""


def billing_lines(story: CareStory, dice: Dice, first: date, last: date) -> Iterator[dict[str, Any]]:
    """The rows of `Billing_Line__c`, one for each week that ends within these local days."""
    weeks = ((last - first).days + 1) // 7
    for week in range(1, weeks + 1):
        day = first + (7 * week - 1) * DAY
        billed = story.weekly_hours - (_UNBILLED if dice.chance(15, story.key, "unbilled", week) else 0)
        yield _line(day, billed * _RATE, billed, story.weekly_hours)
        if story.refunded and week == _REFUNDED:
            yield _line(day, -_UNBILLED * _RATE, 0, 0)


def _line(day: date, revenue: int, billed: int, billable: int) -> dict[str, Any]:
    return {
        "Service_Date__c": day,
        "Revenue__c": revenue,
        "Billed_Hours__c": billed,
        "Billable_Hours__c": billable,
        "Currency__c": "USD",
    }
