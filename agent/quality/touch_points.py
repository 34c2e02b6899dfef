"""The touch points of one start of care, through all versions of the definition (D21 to D23, D25). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agent.mapping.definitions import Definitions, Excluded
from agent.quality.matching import Matching
from agent.quality.windows import Window, windows


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


@dataclass(frozen=True)
class Assignment:
    """From this instant on the client was this CSM's, until the next assignment; None: nobody's."""

    since: datetime
    csm: str | None


@dataclass(frozen=True)
class Episode:
    """One client's start of care. Instants are aware; the zone is the office's.

    A client who never started has no first shift: `expected_start` says when it was to be. Without
    `first_shift_end` the first shift counts as over when it starts.
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
        """Whose client it was at an instant; of two assignments at the same instant the later in order counts."""
        found: Assignment | None = None
        for one in self.assignments:
            if one.since <= instant and (found is None or one.since >= found.since):
                found = one
        return found.csm if found else None


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
    version: str
    """Of the definition that asks for it."""
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
    contacts: Iterable[Contact],
    definitions: Definitions,
    through: datetime,
    exceptions: Mapping[tuple[str, str], str] | None = None,
) -> list[TouchPoint]:
    """Every touch point of this start of care, one for each activity, by the order in which they close.

    A version takes an activity over, or drops it, from its first month on: what closes earlier, by the version
    before or by its own reckoning, stays with the version before, and so do starts of care before its
    `starts_from`. What closes before the oldest version's first month gives none (D24).

    `through` is the instant up to which contacts are known to be complete: a window that closes later is
    pending, and a later contact is only planned. `exceptions` are approved reasons by touch point key.

    Raises:
        ValueError: the episode has neither a first shift nor an expected one.
    """
    start = _start(episode)
    free = sorted((c for c in contacts if c.at <= through), key=lambda c: (c.at, c.id))
    asked: dict[str, Window] = {}
    found: dict[str, TouchPoint] = {}
    judge = _Judge(episode, start.astimezone(episode.zone).date(), through, exceptions or {})
    for definition in definitions.definitions:
        if definition.starts_from is not None and judge.start_day < definition.starts_from:
            continue
        # What closes before a new version is in force is settled as if there never were one.
        if any(window.month < definition.first_month for window in asked.values()):
            settled = judge.settle(asked.values(), free)
            found |= {name: p for name, p in settled.items() if p.month < definition.first_month}
            spent = {p.contact for p in found.values()}
            free = [contact for contact in free if contact.id not in spent]
        reckoned = windows(definition, start, episode.first_shift_end or start, episode.zone)
        asked = {name: w for name, w in asked.items() if name in reckoned and name not in found}
        asked |= {
            name: w for name, w in reckoned.items() if name not in found and w.month >= definition.first_month
        }
    found |= judge.settle(asked.values(), free)
    return sorted(found.values(), key=lambda point: (point.closes, point.activity))


def next_change(
    points: Iterable[TouchPoint], contacts: Iterable[Contact], through: datetime
) -> datetime | None:
    """These touch points, judged through an instant, may change once `through` is later than this; None: never.

    That is when a pending window closes, or a contact takes place that was only planned.
    """
    closing = [point.closes for point in points if point.state is State.PENDING]
    planned = [contact.at for contact in contacts if contact.at > through]
    return min([*closing, *planned], default=None)


@dataclass(frozen=True)
class _Judge:
    """What is the same for all touch points of an episode."""

    episode: Episode
    start_day: date
    """On the office's clock."""
    through: datetime
    exceptions: Mapping[tuple[str, str], str]

    def settle(self, asked: Iterable[Window], free: Sequence[Contact]) -> dict[str, TouchPoint]:
        """By activity its touch point. Windows that close first choose first."""
        rows = [
            _Row(window, self.episode.csm_at(window.closes), self._excluded(window))
            for window in sorted(asked, key=lambda w: (w.closes, w.rule.activity))
        ]
        served = _share_out(rows, free)
        return {row.window.rule.activity: self._judged(row, served.get(n)) for n, row in enumerate(rows)}

    def _excluded(self, window: Window) -> Excluded | None:
        """The first reason that the definition lists."""
        episode, listed = self.episode, window.definition.exclusions
        if episode.duplicate_of is not None and Excluded.DUPLICATE in listed:
            return Excluded.DUPLICATE
        if episode.first_shift_start is None and Excluded.NEVER_STARTED in listed:
            return Excluded.NEVER_STARTED
        if self.start_day < window.rule.since and Excluded.BEFORE_ITS_DATE in listed:
            return Excluded.BEFORE_ITS_DATE
        ended = episode.ended_at
        if ended is not None and ended < window.closes and Excluded.SERVICE_ENDED in listed:
            return Excluded.SERVICE_ENDED
        return None

    def _judged(self, row: _Row, served: _Served | None) -> TouchPoint:
        definition, rule, opens, closes, month = row.window
        contact = served.contact if served else None
        stands = self._stands(row, served)
        state, why = self._counts(row, stands)
        return TouchPoint(
            episode=self.episode.id,
            client=self.episode.client,
            office=self.episode.office,
            activity=rule.activity,
            version=definition.version,
            weight=rule.weight,
            opens=opens,
            closes=closes,
            month=month,
            csm=row.csm,
            state=state,
            stands=stands,
            why=why,
            contact=contact.id if contact else None,
            contact_at=contact.at if contact else None,
        )

    def _stands(self, row: _Row, served: _Served | None) -> State:
        """What the evidence says."""
        if row.excluded is not None:
            return State.EXCLUDED
        if served is not None and served.in_time:
            return State.MET
        if row.window.closes >= self.through:
            return State.PENDING
        return State.MISSED if served is None else State.LATE

    def _counts(self, row: _Row, stands: State) -> tuple[State, str]:
        """What counts, and why if it is not what the evidence says (D23)."""
        definition = row.window.definition
        reason = self.exceptions.get((self.episode.id, row.window.rule.activity))
        if row.excluded is not None:
            return State.EXCLUDED, row.excluded.value
        if reason is None:
            return stands, ""
        if reason not in definition.exceptions:
            return stands, (
                f"exception {reason} is not among the definition's ({definition.version}): it has no effect"
            )
        return (stands, "") if stands is State.PENDING else (State.EXCEPTION, reason)


class _Row(NamedTuple):
    window: Window
    csm: str | None
    excluded: Excluded | None


class _Served(NamedTuple):
    contact: Contact
    in_time: bool


def _share_out(rows: Sequence[_Row], free: Sequence[Contact]) -> dict[int, _Served]:
    """By a row's number the contact that serves it; each contact serves one (D21), an excluded row needs none.

    What nobody needs in time may still serve a missed one late.
    """
    matching = Matching()
    fits = {n: _fitting(row, free) for n, row in enumerate(rows) if row.excluded is None}
    in_time = {n for n, (inside, _) in fits.items() if matching.serve(n, inside)}
    for n, (_, after) in fits.items():
        if n not in in_time:
            matching.serve(n, after)
    return {n: _Served(free[i], n in in_time) for n, i in matching.held().items()}


def _fitting(row: _Row, free: Sequence[Contact]) -> tuple[list[int], list[int]]:
    """Numbers of the contacts that could serve it: in time, and late."""
    definition, rule, opens, closes, _ = row.window
    inside, after = [], []
    for i, contact in enumerate(free):
        if rule.activity not in contact.activities:
            continue
        if contact.by != row.csm and not definition.credit_cover:
            continue
        if contact.at > closes:
            after.append(i)
        elif contact.at >= opens:
            inside.append(i)
    return inside, after


def _start(episode: Episode) -> datetime:
    start = episode.first_shift_start or episode.expected_start
    if start is None:
        raise ValueError(f"episode {episode.id}: neither a first shift nor an expected one; map one of them")
    return start
