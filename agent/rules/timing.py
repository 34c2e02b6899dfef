"""When something was done, as far as anybody can tell, and what that means against a due time (D4, D5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from agent.model import Intervention, Memory, MilestoneState
from agent.rules.reasons import Reason
from agent.rules.timeline import Point, seen_from, untouched


class Evidence(NamedTuple):
    """It was done at `earliest` or later, and at `latest` or earlier; equal when the instant is known.

    `source` is `creation`, `history` (rows tell) or `versions` (only what the agent saw when).
    """

    earliest: datetime
    latest: datetime
    source: str

    @property
    def exact(self) -> bool:
        return self.earliest == self.latest


def find_evidence(
    record: Intervention,
    points: Sequence[Point[bool]],
    memory: Memory,
    since: datetime,
    tracked_since: datetime | None,
) -> Evidence | None:
    """When it was first done at or after `since`; None if that is not known ever to have been.

    `points` is the field's life (rules/timeline.py) read as done or not; one point means no history rows.
    `memory.done_by` must already know the present version. What was done before `since` counts as done then.
    Contradicting sources are reconciled in favour of the earlier instant: nothing is called late that
    may have been in time (D4).
    """
    told = len(points) > 1
    found = (
        _from_history(points, memory, since)
        if told
        else _from_versions(record, points, memory, tracked_since)
    )
    if found is None:
        return None
    latest = max(found.latest, since)
    return Evidence(min(max(found.earliest, since), latest), latest, found.source)


def _from_history(points: Sequence[Point[bool]], memory: Memory, since: datetime) -> Evidence | None:
    undone_through = memory.undone_through
    seen = points
    if undone_through is not None:
        seen = [
            Point(point.at, False) if point.value is None and point.at <= undone_through else point
            for point in points
        ]
    seen = seen_from(seen, since)
    done = next((point.at for point in seen if point.value), None)
    if done is None:
        return None
    earliest = next(point.at for point in seen if point.value is not False)
    latest = done if memory.done_by is None else min(done, memory.done_by)
    source = "creation" if latest == points[0].at else "history"
    return Evidence(earliest, latest, source)


def _from_versions(
    record: Intervention, points: Sequence[Point[bool]], memory: Memory, tracked_since: datetime | None
) -> Evidence | None:
    if not points[0].value:
        return None
    undone_through = memory.undone_through
    seen_undone = undone_through is not None and undone_through >= record.created_at
    if untouched(record, tracked_since) and not seen_undone:
        return Evidence(record.created_at, record.created_at, "creation")
    latest = record.modified_at if memory.done_by is None else min(record.modified_at, memory.done_by)
    earliest = undone_through if undone_through is not None and seen_undone else record.created_at
    return Evidence(earliest, latest, "versions")


def verdict(evidence: Evidence, due: datetime, created_at: datetime) -> tuple[MilestoneState, Reason]:
    """In time up to and with the due second; late only if even the earliest instant is after it (D2, D4)."""
    if evidence.latest <= due:
        if not evidence.exact:
            return MilestoneState.MET, Reason.IN_TIME_AT_THE_LATEST
        at_submission = evidence.latest == created_at
        return MilestoneState.MET, Reason.DONE_AT_SUBMISSION if at_submission else Reason.DONE_IN_TIME
    if evidence.earliest > due:
        return MilestoneState.MET_LATE, Reason.DONE_LATE if evidence.exact else Reason.LATE_AT_THE_EARLIEST
    return MilestoneState.MET_TIME_UNKNOWN, Reason.TIME_UNKNOWN


def remember(memory: Memory, record: Intervention, done_now: bool, complete_through: datetime) -> Memory:
    """What this version of the record teaches about when the thing was done (D4).

    Done: it was so by the version's LastModifiedDate. Not done: the version has stood since its stamp, so
    once the mirror is complete past the stamp the thing was not done up to the low-water mark; a version
    younger than that mark says nothing about the time before it. After the first sighting nothing moves:
    what was undone later has no bearing on when it was first done.
    """
    if memory.done_by is not None:
        return memory
    if done_now:
        return replace(memory, done_by=record.modified_at)
    if complete_through < max(record.stamp, record.modified_at):
        return memory
    known = memory.undone_through or complete_through
    return replace(memory, undone_through=max(known, complete_through))
