"""From starts of care and contacts to touch points: only what changed, or whose hour came, and in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agent.instants import to_text
from agent.pipeline.work import Workshop
from agent.quality.episodes import Episode
from agent.quality.touch_points import TouchPoint, next_change, touch_points
from agent.quality.windows import windows
from agent.scoring import publish
from agent.scoring.around import Around, early, terms_of
from agent.scoring.exceptions import exceptions_for
from agent.store import StoreError, care, diary, scores

BATCH = 100
"""Starts of care judged in one transaction: some 50 ms where all is new, so that no alert waits for long."""
TRY_AGAIN = timedelta(hours=1)
Row = Mapping[str, Any]
Key = tuple[str, str]
Kept = tuple[Any, ...]
"""A touch point as it is kept (store.scores.TOUCH_POINT)."""
CSM, MONTH = scores.TOUCH_POINT.index("csm"), scores.TOUCH_POINT.index("month")


@dataclass
class Judged:
    """What a batch came to, before any of it is written."""

    found: dict[Key, Kept] = field(default_factory=dict)
    again: dict[str, str | None] = field(default_factory=dict)
    """Start of care -> the next instant that may change it."""
    failed: dict[str, Exception] = field(default_factory=dict)
    """Those that could not be judged: what stood stands."""


def judge_waiting(work: Workshop, through: datetime, now: datetime) -> int:
    """Judge a batch of what waits; the number of starts of care judged.

    `through`: evidence is complete up to this instant; a window that closes later is pending (D11, D21).
    """
    ids = care.waiting(work.store, to_text(through), BATCH)
    if not ids:
        return 0
    # What somebody decides meanwhile, in another process, waits: it must not count as judged.
    with work.store.transaction():
        judged = _judge(work, ids, through, now)
        stood = scores.points_of_episodes(work.store, list(judged.again.keys() - judged.failed.keys()))
        moved = {key: row for key, row in judged.found.items() if stood.get(key) != row}
        gone = [key for key in stood if key not in judged.found]
        before = [stood[key] for key in (*moved, *gone) if key in stood]
        scores.save_points(work.store, moved.values())
        scores.drop_points(work.store, gone)
        # As they were and as they are: a transfer concerns two.
        scores.make_due(
            work.store, {(r[CSM], r[MONTH]) for r in (*moved.values(), *before) if r[CSM] is not None}
        )
        care.judged(work.store, [(at, episode) for episode, at in judged.again.items()])
        publish.want_points(work, sorted({key[0] for key in (*moved, *gone)}), now)
        for episode, error in judged.failed.items():
            _tell_failed(work, episode, error, now)
    return len(ids)


def _judge(work: Workshop, ids: Sequence[str], through: datetime, now: datetime) -> Judged:
    judging, judged = _Judging(work, ids, through), Judged()
    for row in judging.rows:
        try:
            points, again = judging.points(row)
        except StoreError:
            raise
        except Exception as error:  # Whatever one start of care holds, the others must be judged.
            judged.failed[row["id"]] = error
            judged.again[row["id"]] = to_text(now + TRY_AGAIN)
            continue
        judged.found |= {point.key: kept_row(point) for point in points}
        judged.again[row["id"]] = to_text(again)
    return judged


class _Judging:
    """A batch with all it is judged by, read at once."""

    def __init__(self, work: Workshop, ids: Sequence[str], through: datetime) -> None:
        store, self._through = work.store, through
        self._definitions = terms_of(work).all_definitions
        self._agent_id = store.get("user_id")
        self._around = Around(store, work.mapping, through)
        self.rows = care.episodes(store, ids)
        clients = sorted({row["client_id"] for row in self.rows})
        self._assigned = self._around.assignments(clients)
        self._starts = care.starts_of(store, clients)
        starts = [start["id"] for found in self._starts.values() for start in found]
        self._originals = care.originals_of(store, starts)
        self._about = care.contacts_about(store, [*starts, *clients])
        self._exceptions = exceptions_for(store, work.org_id, ids)
        self._nears: dict[str, tuple[datetime, str]] = {}

    def points(self, row: Row) -> tuple[list[TouchPoint], datetime | None]:
        """Its touch points, and when they may change by time alone."""
        if row["deleted"]:
            return [], None  # Salesforce forgets it, and so must every agent alike.
        if row["first_shift_start"] is None and row["expected_start"] is None:
            return [], None  # Nobody knows when care is to begin: nothing has a window yet.
        client = row["client_id"]
        cares = {start["id"]: self._episode(start) for start in self._starts[client]}
        episode = cares.pop(row["id"])
        told = [c for about in (client, episode.id, *cares) for c in self._about.get(about, [])]
        contacts = self._around.contacts(told, client, episode.zone, self._agent_id)
        points = touch_points(
            episode, contacts, self._definitions, self._through, self._exceptions, list(cares.values())
        )
        return points, next_change(points, contacts, self._through)

    def _episode(self, row: Row) -> Episode:
        episode = self._around.episode(row, self._assigned[row["client_id"]])
        episode = replace(episode, duplicate_of=self._originals.get(episode.id))
        starts = self._starts[row["client_id"]]
        if len(starts) < 2:
            return episode
        own = self._near(row)
        later = [near for s in starts if s["id"] not in self._originals and (near := self._near(s)) > own]
        return replace(episode, followed_at=min(later)[0]) if later else episode

    def _near(self, start: Row) -> tuple[datetime, str]:
        """When the earliest window of a start of care could open; its id tells apart those that begin at once."""
        if start["id"] not in self._nears:
            zone = self._around.zone(start["office_id"] or self._around.office_of(start["client_id"]))
            began = early(start["first_shift_start"] or start["expected_start"], zone)
            versions = self._definitions.definitions
            opening = [w.opens for d in versions for w in windows(d, began, began, zone).values()]
            self._nears[start["id"]] = (min([began, *opening]), start["id"])
        return self._nears[start["id"]]


def kept_row(point: TouchPoint) -> Kept:
    """A touch point as store.scores keeps it."""
    return (
        point.episode,
        point.activity,
        point.client,
        point.office or None,
        point.csm,
        point.month,
        point.version,
        point.weight,
        to_text(point.opens),
        to_text(point.closes),
        point.state.value,
        point.stands.value,
        point.why,
        point.contact,
        to_text(point.contact_at),
    )


def _tell_failed(work: Workshop, episode_id: str, error: Exception, now: datetime) -> None:
    """Admins hear which start of care it is, and never its content."""
    text = (
        f"the start of care {episode_id} cannot be judged ({type(error).__name__}); tried again in an hour. "
        "Please report it as a fault."
    )
    diary.write(work.store, to_text(now), "alarm", text, level="error")
