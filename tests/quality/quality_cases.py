"""The company's present definition, and clients to score by it (fictional)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.mapping.definitions import Anchor, Definition, Definitions, Edge, Method, TouchPointRule
from agent.quality.episodes import Assignment, Contact, Episode
from agent.quality.touch_points import TouchPoint, touch_points

ZONE = ZoneInfo("America/Chicago")
START = datetime(2026, 3, 2, 15, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
INTRODUCTION, DAY_1, DAY_7, DAY_14 = "introduction", "check_in_24h", "check_in_7d", "check_in_14d"
ALL = (INTRODUCTION, DAY_1, DAY_7, DAY_14)
CHECK_INS = frozenset({DAY_1, DAY_7, DAY_14})
CSM = "005CSM"


def rules(since: date = date(2026, 2, 1)) -> list[TouchPointRule]:
    start, end, before = Anchor.FIRST_SHIFT_START, Anchor.FIRST_SHIFT_END, Anchor.PREVIOUS_CLOSES
    windows = (
        (INTRODUCTION, Edge(anchor=start, days=-14), Edge(anchor=end)),
        (DAY_1, Edge(anchor=start), Edge(anchor=start, hours=24)),
        (DAY_7, Edge(anchor=before), Edge(anchor=start, days=7)),
        (DAY_14, Edge(anchor=before), Edge(anchor=start, days=14)),
    )
    return [
        TouchPointRule(activity=name, label=name, opens=opens, closes=closes, since=since)
        for name, opens, closes in windows
    ]


def definition(method: Method = Method.MEAN_OF_RATES, **traits: object) -> Definition:
    return Definition.model_validate(
        {"version": "v2026_02", "first_month": "2026-02", "method": method, "touch_points": rules(), **traits}
    )


def episode(client: str = "c1", **traits: object) -> Episode:
    given: dict[str, object] = {
        "first_shift_start": START,
        "first_shift_end": START + timedelta(hours=4),
        "ended_at": None,
        "assignments": (Assignment(START - timedelta(days=30), CSM),),
        **traits,
    }
    return Episode(id=f"e-{client}", client=client, office="o1", zone=ZONE, **given)  # type: ignore[arg-type]


def contact(activity: str, at: datetime, by: str = CSM) -> Contact:
    activities = frozenset({INTRODUCTION}) if activity == INTRODUCTION else CHECK_INS
    return Contact(f"{activity}@{at:%m%dT%H%M}", at, by, activities)


def judged(
    own: Episode,
    contacts: Iterable[Contact] = (),
    *versions: Definition,
    through: datetime = LATER,
    exceptions: Mapping[tuple[str, str], str] | None = None,
) -> list[TouchPoint]:
    """Touch points by these versions, oldest first; by the company's present definition where none is given."""
    known = Definitions(definitions=list(versions) or [definition()])
    return touch_points(own, contacts, known, through, exceptions)


IN_TIME = {
    INTRODUCTION: START - timedelta(days=1),
    DAY_1: START + timedelta(hours=5),
    DAY_7: START + timedelta(days=5),
    DAY_14: START + timedelta(days=12),
}


def points_of(client: str, done: tuple[str, ...] = ALL, **traits: object) -> list[TouchPoint]:
    """The touch points of a client for whom these activities were done in time."""
    contacts = [contact(name, IN_TIME[name]) for name in done]
    return judged(episode(client, **traits), contacts)
