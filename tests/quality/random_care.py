"""Starts of care, contacts and definitions as they never were: what the properties are tried on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from agent.mapping.definitions import Anchor, Definition, Edge, Excluded, TouchPointRule
from agent.quality.episodes import Assignment, Contact, Episode
from agent.quality.touch_points import TouchPoint
from tests.quality.quality_cases import ALL, CSM, LATER, START, definition, judged

COLLEAGUE = "005COLLEAGUE"
ZONES = [ZoneInfo(name) for name in ("America/New_York", "America/Los_Angeles", "America/Phoenix")]
MONTHS = ("2026-02", "2026-03", "2026-04")
FIRST_START = datetime(2026, 2, 10, tzinfo=UTC)
BEGINNING, END, BEFORE = Anchor.FIRST_SHIFT_START, Anchor.FIRST_SHIFT_END, Anchor.PREVIOUS_CLOSES
OPENS = [Edge(anchor=BEGINNING, days=days) for days in (-14, 0, 5)] + [
    Edge(anchor=BEGINNING, hours=24),
    Edge(anchor=END),
]
CLOSES = [Edge(anchor=BEGINNING, days=days) for days in (1, 7, 14, 30)] + [
    Edge(anchor=BEGINNING, hours=240),
    Edge(anchor=END, hours=36),
]
AFTER_ANOTHER = [Edge(anchor=BEFORE), Edge(anchor=BEFORE, days=2)]
whole_sets = st.sets(st.sampled_from(ALL), min_size=1)
half_days = st.integers(-28, 90)


class Care(NamedTuple):
    """A start of care about when its definitions change, and what was done for it."""

    versions: list[Definition]
    episode: Episode
    contacts: list[Contact]

    def judged(self, through: datetime = LATER) -> list[TouchPoint]:
        return judged(self.episode, self.contacts, *self.versions, through=through)


@st.composite
def some_rules(draw: st.DrawFn) -> list[TouchPointRule]:
    found: list[TouchPointRule] = []
    for activity in draw(st.lists(st.sampled_from(ALL), min_size=1, unique=True)):
        after = AFTER_ANOTHER if found else []
        found.append(
            TouchPointRule(
                activity=activity,
                label=activity,
                opens=draw(st.sampled_from(OPENS + after)),
                closes=draw(st.sampled_from(CLOSES + after)),
                since=draw(st.sampled_from([date(2026, 1, 1), date(2026, 3, 1)])),
            )
        )
    return found


@st.composite
def some_versions(draw: st.DrawFn, least: int = 1) -> list[Definition]:
    """Oldest first; what they ask for, from when on, and whom they credit are all their own."""
    months = draw(st.lists(st.sampled_from(MONTHS), min_size=least, unique=True))
    return [
        definition(
            version=f"v{month}",
            first_month=month,
            touch_points=draw(some_rules()),
            starts_from=draw(st.sampled_from([None, None, date(2026, 3, 1), date(2026, 3, 15)])),
            credit_cover=draw(st.booleans()),
            exclusions=draw(st.sampled_from([list(Excluded), []])),
        )
        for month in sorted(months)
    ]


@st.composite
def some_care(draw: st.DrawFn, versions: int = 1) -> Care:
    start = FIRST_START + timedelta(hours=12 * draw(st.integers(0, 90)))
    transfer = start + timedelta(hours=12 * draw(half_days))
    assigned = (Assignment(datetime(2026, 1, 1, tzinfo=UTC), CSM), Assignment(transfer, COLLEAGUE))
    own = Episode(
        id="e1",
        client="c1",
        office="o1",
        zone=draw(st.sampled_from(ZONES)),
        first_shift_start=start,
        first_shift_end=start + timedelta(hours=draw(st.sampled_from([4, 48]))),
        ended_at=draw(st.sampled_from([None, start + timedelta(days=10)])),
        assignments=assigned[: draw(st.integers(1, 2))],
    )
    told = draw(st.lists(st.tuples(half_days, st.sampled_from([CSM, COLLEAGUE]), whole_sets), max_size=6))
    contacts = [
        Contact(f"t{n}", start + timedelta(hours=12 * at), by, frozenset(names))
        for n, (at, by, names) in enumerate(told)
    ]
    return Care(draw(some_versions(versions)), own, contacts)


@st.composite
def crowded(draw: st.DrawFn) -> tuple[Definition, list[Contact]]:
    """A definition of narrow windows side by side or one above the other, and contacts at and between their edges."""
    few = st.integers(0, 6)
    found = []
    for activity in ALL[: draw(st.integers(1, 4))]:
        opens, closes = sorted((draw(few), draw(few)))
        found.append(
            TouchPointRule(
                activity=activity,
                label=activity,
                opens=Edge(anchor=BEGINNING, hours=opens),
                closes=Edge(anchor=BEGINNING, hours=closes),
                since=date(2026, 1, 1),
            )
        )
    told = draw(
        st.lists(st.tuples(st.integers(0, 8), st.sampled_from([CSM, COLLEAGUE]), whole_sets), max_size=5)
    )
    contacts = [
        Contact(f"t{n}", START + timedelta(hours=at), by, frozenset(names))
        for n, (at, by, names) in enumerate(told)
    ]
    return definition(touch_points=found, credit_cover=draw(st.booleans())), contacts
