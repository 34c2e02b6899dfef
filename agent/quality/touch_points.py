"""The touch points of one start of care, through all versions of the definition (D21 to D23, D25). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from agent.mapping.definitions import Definition, Definitions, Excluded
from agent.quality.episodes import Contact, Episode, csm_at
from agent.quality.matching import Matching
from agent.quality.windows import Window, windows

Key = tuple[str, str]
"""A touch point: start of care, activity."""


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
    def key(self) -> Key:
        return (self.episode, self.activity)


def touch_points(
    episode: Episode,
    contacts: Iterable[Contact],
    definitions: Definitions,
    through: datetime,
    exceptions: Mapping[Key, str] | None = None,
    others: Sequence[Episode] = (),
) -> list[TouchPoint]:
    """Every touch point of this start of care, one for each activity, by the order in which they close.

    A version takes an activity over, or drops it, from its first month on: what closes earlier, by the version
    before or by its own reckoning, stays with the version before, and so do starts of care before its
    `starts_from`. What closes before the oldest version's first month gives none (D24).

    `through` is the instant up to which contacts are known to be complete: a window that closes later is
    pending, and a later contact is only planned. `exceptions` are approved reasons by touch point key. `others`
    are the client's other starts of care: they share the contacts with this one, and each contact serves one.

    Raises:
        ValueError: one of them has neither a first shift nor an expected one.
    """
    free = sorted((c for c in contacts if c.at <= through), key=lambda c: (c.at, c.id))
    asked: dict[Key, _Asked] = {}
    found: dict[Key, TouchPoint] = {}
    judges = [_Judge(one, through, exceptions or {}) for one in (episode, *others)]
    for definition in definitions.definitions:
        concerned = [judge for judge in judges if judge.asked_by(definition)]
        # What closes before a new version is in force is settled as if there never were one.
        if concerned and any(one.window.month < definition.first_month for one in asked.values()):
            settled = _settle(asked.values(), free)
            found |= {key: p for key, p in settled.items() if p.month < definition.first_month}
            spent = {p.contact for p in found.values()}
            free = [contact for contact in free if contact.id not in spent]
            asked = {key: one for key, one in asked.items() if key not in found}
        for judge in concerned:
            reckoned = judge.windows(definition)
            asked = {key: one for key, one in asked.items() if one.judge is not judge or key in reckoned}
            asked |= {
                key: one
                for key, one in reckoned.items()
                if key not in found and one.window.month >= definition.first_month
            }
    found |= _settle(asked.values(), free)
    own = (point for point in found.values() if point.episode == episode.id)
    return sorted(own, key=lambda point: (point.closes, point.activity))


def next_change(
    points: Iterable[TouchPoint], contacts: Iterable[Contact], through: datetime
) -> datetime | None:
    """These touch points, judged through an instant, may change once `through` is later than this; None: never.

    That is when a pending window closes, or a contact takes place that was only planned.
    """
    closing = [point.closes for point in points if point.state is State.PENDING]
    planned = [contact.at for contact in contacts if contact.at > through]
    return min([*closing, *planned], default=None)


class _Judge:
    """What is the same for all touch points of an episode."""

    def __init__(self, episode: Episode, through: datetime, exceptions: Mapping[Key, str]) -> None:
        self.episode, self._through, self._exceptions = episode, through, exceptions
        self._start = episode.begins
        self._start_day = self._start.astimezone(episode.zone).date()
        """On the office's clock."""

    def asked_by(self, definition: Definition) -> bool:
        """Whether this version is for such a start of care."""
        return definition.starts_from is None or self._start_day >= definition.starts_from

    def windows(self, definition: Definition) -> dict[Key, _Asked]:
        """By touch point what this version asks for."""
        end = max(self.episode.first_shift_end or self._start, self._start)
        reckoned = windows(definition, self._start, end, self.episode.zone)
        return {(self.episode.id, activity): _Asked(self, window) for activity, window in reckoned.items()}

    def row(self, window: Window) -> _Row:
        return _Row(self, window, csm_at(self.episode.assignments, window.closes), self._excluded(window))

    def _excluded(self, window: Window) -> Excluded | None:
        """The first reason that the definition lists."""
        episode, listed = self.episode, window.definition.exclusions
        if episode.duplicate_of is not None and Excluded.DUPLICATE in listed:
            return Excluded.DUPLICATE
        if episode.first_shift_start is None and Excluded.NEVER_STARTED in listed:
            return Excluded.NEVER_STARTED
        if self._start_day < window.rule.since and Excluded.BEFORE_ITS_DATE in listed:
            return Excluded.BEFORE_ITS_DATE
        ended = episode.ended_at
        if ended is not None and ended < window.closes and Excluded.SERVICE_ENDED in listed:
            return Excluded.SERVICE_ENDED
        return None

    def judged(self, row: _Row, served: _Served | None) -> TouchPoint:
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
        if row.window.closes >= self._through:
            return State.PENDING
        return State.MISSED if served is None else State.LATE

    def _counts(self, row: _Row, stands: State) -> tuple[State, str]:
        """What counts, and why if it is not what the evidence says (D23)."""
        definition = row.window.definition
        reason = self._exceptions.get((self.episode.id, row.window.rule.activity))
        if row.excluded is not None:
            return State.EXCLUDED, row.excluded.value
        if reason is None:
            return stands, ""
        if reason not in definition.exceptions:
            return stands, (
                f"exception {reason} is not among the definition's ({definition.version}): it has no effect"
            )
        return (stands, "") if stands is State.PENDING else (State.EXCEPTION, reason)


class _Asked(NamedTuple):
    judge: _Judge
    window: Window


class _Row(NamedTuple):
    judge: _Judge
    window: Window
    csm: str | None
    excluded: Excluded | None

    @property
    def key(self) -> Key:
        return (self.judge.episode.id, self.window.rule.activity)


class _Served(NamedTuple):
    contact: Contact
    in_time: bool


def _settle(asked: Iterable[_Asked], free: Sequence[Contact]) -> dict[Key, TouchPoint]:
    """By its key each touch point. Windows that close first choose first."""
    rows = [one.judge.row(one.window) for one in asked]
    rows.sort(key=lambda row: (row.window.closes, row.window.rule.activity, row.judge.episode.id))
    served = _share_out(rows, free)
    return {row.key: row.judge.judged(row, served.get(n)) for n, row in enumerate(rows)}


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
    episode, (definition, rule, opens, closes, _) = row.judge.episode, row.window
    inside, after = [], []
    for i, contact in enumerate(free):
        if rule.activity not in contact.activities or contact.episode not in {None, episode.id}:
            continue
        if contact.by != row.csm and not definition.credit_cover:
            continue
        if opens <= contact.at <= closes:
            inside.append(i)
        elif contact.at > closes and (contact.episode or _before(contact.at, episode.followed_at)):
            after.append(i)
    return inside, after


def _before(instant: datetime, end: datetime | None) -> bool:
    return end is None or instant < end
