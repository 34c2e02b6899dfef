"""The many interventions behind the notable ones, days to half a year old, handled as offices handle them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from agent.sandbox.seed.dice import Dice
from agent.sandbox.seed.story import AT_SUBMISSION, DAY, HOUR, UNTOUCHED, SideStory, Story
from agent.sandbox.seed.texts import incidents

_YOUNGEST = 4.6
_OLDEST = 200.0
"""Ages in days. The youngest are submitted before go-live, so that notable ones make the news."""


def background(count: int, dice: Dice) -> Iterator[Story]:
    names = list(incidents())
    for number in range(count):
        # More recent ones than old ones: the share of the way is bent towards the young end.
        share = ((number + 0.5) / count) ** 1.6
        hours = int(24 * (_YOUNGEST + (_OLDEST - _YOUNGEST) * share))
        age = hours * HOUR + timedelta(seconds=dice.below(3600, "age", number))
        name = names[number % len(names)]
        incident = incidents()[name]
        yield Story(
            name,
            age,
            _side(incident.client, age, dice, number, "client"),
            _side(incident.referral, age, dice, number, "referral"),
            incident_days=dice.below(3, "incident", number),
            account=dice.pick((1, 1, 1, 2), "account", number),
            posts=2 + dice.below(5, "posts", number),
        )


def _side(colours: Sequence[str], age: timedelta, dice: Dice, number: int, side: str) -> SideStory:
    if not colours:
        return UNTOUCHED
    story = SideStory(plan=_plan(dice, number, side))
    last = len(colours) - 1
    ends = _resolution(age, dice, number, side)
    for place, colour in enumerate(colours):
        if place < last or place == 0:
            story = story.then(place * (ends // (last + 1) // HOUR) * HOUR, colour)
        elif ends < age:
            story = story.then(ends, colour)
    return story


def _plan(dice: Dice, number: int, side: str) -> tuple[tuple[timedelta, str], ...]:
    """Nine in ten plans are there in time; the others come late or, now and then, never."""
    fate = dice.below(100, "plan", number, side)
    minutes = timedelta(minutes=dice.below(1380, "plan minutes", number, side))
    agreed = SideStory().planned
    if fate < 20:
        return agreed(AT_SUBMISSION).plan
    if fate < 90:
        return agreed(minutes).plan
    return agreed(DAY + 2 * minutes).plan if fate < 96 else ()


def _resolution(age: timedelta, dice: Dice, number: int, side: str) -> timedelta:
    """When the side reached its last colour: mostly within three weeks, sometimes far too late or not yet."""
    fate = dice.below(100, "resolution", number, side)
    hours = dice.below(400, "resolution hours", number, side)
    if fate < 75:
        return 4 * DAY + hours * HOUR
    if fate < 90:
        return 32 * DAY + 2 * hours * HOUR
    return age + DAY
