"""What happens with each start of care: some are there for one rule each, the others are as offices are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agent.sandbox.seed.dice import Dice

ACTIVITIES = ("introduction", "check_in_24h", "check_in_7d", "check_in_14d")
"""What is due for each client (I5), in the order of time."""
Fate = Literal["in_time", "late", "missed", "covered"]

MOST = 90
_FEWEST = 32
_OLDEST = 120
"""Days since the first shift; the youngest began yesterday."""
_TURNS = (
    *("Boston", "Phoenix", "Boston", "Chicago", "Oakland", "Boston", "Denver", "Tampa"),
    *("Phoenix", "Boston", "Hartford", "Chicago", "Indianapolis", "Boston", "Oakland"),
)
"""Whose turn it is: busy offices and small ones, in six time zones."""


@dataclass(frozen=True)
class CareStory:
    """One start of care. Days count from the day of the first shift."""

    key: str
    office: str
    days_ago: int
    fates: Mapping[str, Fate] = field(default_factory=dict)
    """By activity; what is left out is done in time."""
    weekly_hours: int = 20
    started: bool = True
    ended_after: int | None = None
    duplicate_of: str | None = None
    """The key of the start of care that this one repeats, with the same client."""
    assigned: bool = True
    """Whether the client has a CSM."""
    moved_after: int | None = None
    """When the client went over to the CSM of the office `moved_to`."""
    moved_to: str | None = None
    refunded: bool = False


def care_stories(size: int, dice: Dice) -> list[CareStory]:
    """About as many as suit an org with `size` interventions; those for one rule each are always among them."""
    notable = list(_notable())
    count = min(MOST, max(_FEWEST, size * 3 // 10)) - len(notable)
    return [*notable, *_usual(count, dice)]


def _notable() -> Iterator[CareStory]:
    yield CareStory("care/all_in_time", "Boston", 36, weekly_hours=56)
    yield CareStory("care/duplicate", "Boston", 36, _missed(*ACTIVITIES), duplicate_of="care/all_in_time")
    yield CareStory("care/late_7d", "Phoenix", 38, {"check_in_7d": "late"})
    yield CareStory("care/missed_14d", "Denver", 44, {"check_in_14d": "missed"}, weekly_hours=40)
    yield CareStory("care/never_started", "Chicago", 40, _missed(*ACTIVITIES), started=False)
    yield CareStory("care/ended_early", "Boston", 48, _missed("check_in_7d", "check_in_14d"), ended_after=5)
    yield CareStory("care/transferred", "Boston", 46, weekly_hours=40, moved_after=9, moved_to="Hartford")
    yield CareStory("care/covered", "Oakland", 42, {"check_in_7d": "covered"}, weekly_hours=24)
    yield CareStory("care/without_csm", "Tampa", 33, _missed(*ACTIVITIES), weekly_hours=12, assigned=False)
    yield CareStory("care/refunded", "Oakland", 75, weekly_hours=40, refunded=True)


def _usual(count: int, dice: Dice) -> Iterator[CareStory]:
    """Those of an office are numbered from the youngest on: `care/Boston/1`."""
    numbers: Counter[str] = Counter()
    for place in range(count):
        office = _TURNS[place % len(_TURNS)]
        numbers[office] += 1
        key = f"care/{office}/{numbers[office]}"
        # More recent ones than old ones, so that this month and the last have something to score.
        days_ago = 1 + int((_OLDEST - 1) * ((place + 0.5) / count) ** 1.3)
        hours = dice.pick((8, 12, 20, 24, 40, 56), key, "hours")
        yield CareStory(key, office, days_ago, _fates(key, dice), weekly_hours=hours)


def _fates(key: str, dice: Dice) -> dict[str, Fate]:
    """Six in ten have everything in time.

    At most one contact is late: a late check-in beside a missed one would be evidence for the missed one (D21).
    """
    fate = dice.below(100, "fate", key)
    first = dice.below(len(ACTIVITIES), "activity", key)
    second = (first + 1 + dice.below(3, "second activity", key)) % len(ACTIVITIES)
    if fate < 60:
        return {}
    if fate < 72:
        return {ACTIVITIES[first]: "late"}
    return _missed(ACTIVITIES[first]) if fate < 92 else _missed(ACTIVITIES[first], ACTIVITIES[second])


def _missed(*activities: str) -> dict[str, Fate]:
    return dict.fromkeys(activities, "missed")
