"""The touch points of one client: windows, and which contact serves which of them (D21 to D23). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from agent.quality.definitions import Anchor, Definition, Edge, TouchPointRule


class State(StrEnum):
    PENDING = "pending"
    """Its window has not closed."""
    MET = "met"
    LATE = "late"
    MISSED = "missed"
    """Past due without evidence; missing data is never an exclusion (D22)."""
    EXCLUDED = "excluded"
    EXCEPTION = "exception"
    """Somebody approved that it does not count (D23)."""


class Excluded(StrEnum):
    """Why a touch point never counts (D23)."""

    NEVER_STARTED = "never_started"
    SERVICE_ENDED = "service_ended"
    BEFORE_ITS_DATE = "before_its_date"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Assignment:
    """From this instant on the client was this CSM's, until the next assignment; None: nobody's."""

    since: datetime
    csm: str | None


@dataclass(frozen=True)
class Episode:
    """One client's start of care. Instants are aware; the zone is the office's.

    A client who never started has no first shift: `expected_start` says when it was to be.
    """

    id: str
    client: str
    office: str
    zone: ZoneInfo
    first_shift_start: datetime | None
    first_shift_end: datetime | None
    ended_at: datetime | None
    assignments: Sequence[Assignment]
    duplicate_of: str | None = None
    expected_start: datetime | None = None

    def csm_at(self, instant: datetime) -> str | None:
        """Whose client it was at an instant."""
        held = [a for a in self.assignments if a.since <= instant]
        return max(held, key=lambda a: a.since).csm if held else None


@dataclass(frozen=True)
class Contact:
    """Something somebody did for a client: a task, an event. `activities` are those it may serve."""

    id: str
    at: datetime
    by: str
    activities: frozenset[str]


@dataclass(frozen=True)
class TouchPoint:
    """One client episode and activity. Its key carries neither CSM nor version: a transfer updates it.

    `stands` is what the evidence says; `state` what counts: an exception puts it out of the count (D23).
    """

    episode: str
    client: str
    office: str
    activity: str
    weight: int
    opens: datetime
    closes: datetime
    month: str
    """The month in which its window closes, on the office's clock (D21)."""
    csm: str | None
    """Assigned when the window closes (D22)."""
    state: State
    stands: State
    why: str = ""
    contact: str | None = None
    contact_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.episode, self.activity)


def touch_points(
    episode: Episode,
    contacts: Sequence[Contact],
    definition: Definition,
    through: datetime,
    exceptions: Mapping[tuple[str, str], str] | None = None,
) -> list[TouchPoint]:
    """Every touch point of this client, in the definition's order.

    `through` is the instant up to which contacts are known to be complete: a window that closes later is
    pending. `exceptions` are approved reasons by touch point key.
    """
    windows = _windows(episode, definition)
    served = _serve(episode, contacts, definition, windows)
    found = []
    for rule in definition.touch_points:
        point = _judged(episode, rule, windows[rule.activity], served.get(rule.activity), through)
        reason = (exceptions or {}).get(point.key)
        if reason and point.state not in {State.EXCLUDED, State.PENDING}:
            point = replace(point, state=State.EXCEPTION, why=reason)
        found.append(point)
    return found


def _windows(episode: Episode, definition: Definition) -> dict[str, tuple[datetime, datetime]]:
    start = episode.first_shift_start or episode.expected_start
    if start is None:
        raise ValueError(f"episode {episode.id}: neither a first shift nor an expected one; map one of them")
    end = episode.first_shift_end or start
    windows: dict[str, tuple[datetime, datetime]] = {}
    previous = start
    for rule in definition.touch_points:
        anchors = {
            Anchor.FIRST_SHIFT_START: start,
            Anchor.FIRST_SHIFT_END: end,
            Anchor.PREVIOUS_CLOSES: previous,
        }
        opens = _edge(rule.opens, anchors[rule.opens.anchor], episode.zone, closing=False)
        closes = _edge(rule.closes, anchors[rule.closes.anchor], episode.zone, closing=True)
        windows[rule.activity] = (opens, max(opens, closes))
        previous = windows[rule.activity][1]
    return windows


def _edge(edge: Edge, anchor: datetime, zone: ZoneInfo, *, closing: bool) -> datetime:
    if edge.days is None:
        return anchor.astimezone(UTC) + timedelta(hours=edge.hours or 0)
    local = anchor.astimezone(zone)
    day = local.date() + timedelta(days=edge.days)
    at = time(23, 59, 59, fold=1) if closing else local.time()
    return datetime.combine(day, at, zone).astimezone(UTC)


def _serve(
    episode: Episode,
    contacts: Sequence[Contact],
    definition: Definition,
    windows: Mapping[str, tuple[datetime, datetime]],
) -> dict[str, tuple[Contact, bool]]:
    """By activity the contact that serves it, and whether in time. Each contact serves one (D21).

    Windows that close first choose first; what nobody needed in time may still serve a missed one late.
    """
    rules = sorted(definition.touch_points, key=lambda rule: (windows[rule.activity][1], rule.activity))
    free = sorted(contacts, key=lambda contact: (contact.at, contact.id))
    served: dict[str, tuple[Contact, bool]] = {}
    for in_time in (True, False):
        for rule in rules:
            if rule.activity in served:
                continue
            opens, closes = windows[rule.activity]
            csm = episode.csm_at(closes)
            fitting = (
                c
                for c in free
                if rule.activity in c.activities
                and (c.by == csm or definition.credit_cover)
                and (opens <= c.at <= closes if in_time else c.at > closes)
            )
            contact = next(fitting, None)
            if contact is not None:
                served[rule.activity] = (contact, in_time)
                free.remove(contact)
    return served


def _judged(
    episode: Episode,
    rule: TouchPointRule,
    window: tuple[datetime, datetime],
    served: tuple[Contact, bool] | None,
    through: datetime,
) -> TouchPoint:
    opens, closes = window
    excluded = _excluded(episode, rule, closes)
    if excluded is not None:
        state, why = State.EXCLUDED, excluded.value
    elif served is not None and served[1]:
        state, why = State.MET, ""
    elif closes >= through:
        state, why = State.PENDING, ""
    else:
        state, why = (State.LATE if served else State.MISSED), ""
    contact = served[0] if served else None
    return TouchPoint(
        episode=episode.id,
        client=episode.client,
        office=episode.office,
        activity=rule.activity,
        weight=rule.weight,
        opens=opens,
        closes=closes,
        month=f"{closes.astimezone(episode.zone):%Y-%m}",
        csm=episode.csm_at(closes),
        state=state,
        stands=state,
        why=why,
        contact=contact.id if contact else None,
        contact_at=contact.at if contact else None,
    )


def _excluded(episode: Episode, rule: TouchPointRule, closes: datetime) -> Excluded | None:
    start = episode.first_shift_start
    if episode.duplicate_of is not None:
        return Excluded.DUPLICATE
    if start is None:
        return Excluded.NEVER_STARTED
    if _local_day(start, episode.zone) < rule.since:
        return Excluded.BEFORE_ITS_DATE
    if episode.ended_at is not None and episode.ended_at < closes:
        return Excluded.SERVICE_ENDED
    return None


def _local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
