"""What a field held over time, as far as its history rows tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

from agent.model import FieldChange, Intervention

_when = attrgetter("at")
T = TypeVar("T")


class Point(NamedTuple, Generic[T]):
    """From `at` on the field held what reads as `value`; None where the history does not tell."""

    at: datetime
    value: T | None


def timeline(
    record: Intervention,
    history: Sequence[FieldChange],
    field: str,
    current: Any,
    read: Callable[[Any], T],
) -> tuple[Point[T], ...]:
    """The field's life from creation on, oldest first; never empty, and the last value is always known.

    Without rows it is one point: the current value, all along. Rows of long text come without values
    (platform fact): only the last of them is known, because it left the current value. Where the rows end
    with something else than the record holds, the change happened unseen between the last row and
    LastModifiedDate.
    """
    of_field = [row for row in history if row.field == field]
    stands = read(current)
    if not of_field:
        return (Point(record.created_at, stands),)
    rows = _oldest_first(of_field, current)
    points = [Point(record.created_at, read(rows[0].old) if _tells(rows[0]) else None)]
    for row in rows:
        points.append(Point(max(row.at, points[-1].at), read(row.new) if _tells(row) else None))
    last = points[-1]
    if last.value is None:
        points[-1] = Point(last.at, stands)
    elif last.value != stands:
        points += [Point(last.at, None), Point(max(record.modified_at, last.at), stands)]
    return tuple(points)


def seen_from(points: Sequence[Point[T]], since: datetime) -> tuple[Point[T], ...]:
    """The same life, told from `since` on: the first point says what stood then."""
    place = bisect_right(points, since, key=_when)
    later = tuple(points[place:])
    return (Point(since, points[place - 1].value), *later) if place else later


def stood_at(points: Sequence[Point[T]], at: datetime) -> T | None:
    """What stood at this instant, which the life must have begun by."""
    return points[bisect_right(points, at, key=_when) - 1].value


def held_since(
    record: Intervention,
    history: Sequence[FieldChange],
    field: str,
    current: Any,
    tracked_since: datetime | None,
) -> datetime | None:
    """When the field came to hold what it holds: by its last row, else with the record; None: nothing tells."""
    of_field = [row for row in history if row.field == field]
    if not of_field:
        return record.created_at if untouched(record, tracked_since) else None
    last = _oldest_first(of_field, current)[-1]
    return None if _tells(last) and last.new != current else last.at


def present_since(points: Sequence[Point[T]]) -> datetime | None:
    """When the present value began, where the life tells what stood before it; else None."""
    since = None
    for point in reversed(points):
        if point.value != points[-1].value:
            return None if point.value is None else since
        since = point.at
    return None


def untouched(record: Intervention, tracked_since: datetime | None) -> bool:
    """True if a field without history rows still holds what it was created with.

    That is so when the record was never modified, or when the field was tracked before the record existed.
    """
    if record.modified_at <= record.created_at:
        return True
    return tracked_since is not None and tracked_since <= record.created_at


def _tells(row: FieldChange) -> bool:
    return row.old is not None or row.new is not None


def _oldest_first(rows: list[FieldChange], current: Any) -> list[FieldChange]:
    """By time; rows of one second are chained back from the value they led to."""
    if len(rows) == 1:
        return rows
    waiting = sorted(rows, key=lambda row: (row.at, str(row.old), str(row.new), row.by))
    newest_first: list[FieldChange] = []
    led_to = current
    while waiting:
        same_second = [row for row in waiting if row.at == waiting[-1].at]
        row = next((row for row in reversed(same_second) if row.new == led_to), same_second[-1])
        waiting.remove(row)
        newest_first.append(row)
        led_to = row.old
    return newest_first[::-1]
