"""Which sides an intervention affects, and since when (D2, D3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from agent.mapping import InterventionMapping, SideMapping
from agent.model import (
    RESOLVED_COLOURS,
    Colour,
    FieldChange,
    Intervention,
    Memory,
    MilestoneKind,
    Side,
)
from agent.rules.timeline import Point, seen_from, stood_at, timeline


class Mark(StrEnum):
    """What a colour field says about its side."""

    BLANK = "blank"
    NOT_APPLICABLE = "not_applicable"
    SET = "set"


@dataclass(frozen=True)
class Applying:
    """A side that applies, or did once. `since` starts the present or the last unbroken time of applying;
    `source` says what told it: creation, history or memory."""

    now: bool
    since: datetime
    source: str


def read_mark(raw: object, mapping: SideMapping) -> Mark:
    """A colour the mapping does not know counts as set: somebody meant something by it."""
    value = _text(raw)
    if not value:
        return Mark.BLANK
    return Mark.NOT_APPLICABLE if value in mapping.not_applicable else Mark.SET


def read_colour(raw: object, mapping: SideMapping) -> Colour | None:
    """Our colour for the org's value; None when blank, not applicable or unknown."""
    return mapping.colours.get(_text(raw))


def is_resolved(raw: object, mapping: SideMapping) -> bool:
    """Green and Red resolve a side (S12)."""
    return read_colour(raw, mapping) in RESOLVED_COLOURS


def applying(
    record: Intervention,
    history: Sequence[FieldChange],
    memory: Mapping[tuple[Side, MilestoneKind], Memory],
    mapping: InterventionMapping,
) -> dict[Side, Applying]:
    """The sides that apply or once applied, with the start of their clocks (D2).

    Where no colour was ever seen to change, memory may know a later start than the creation: from a milestone
    met earlier, or because an earlier version was seen without the side.
    """
    known = _both(record, mapping)
    tracks = {side: _marks(record, history, side, mapping) for side in Side if side in known}
    found: dict[Side, Applying] = {}
    for at in sorted({point.at for track in tracks.values() for point in track}):
        marks = {side: stood_at(track, at) for side, track in tracks.items()}
        affected = _affected(record, marks, mapping)
        for side in tracks:
            was = found.get(side)
            if side in affected and not (was and was.now):
                found[side] = Applying(True, at, "creation" if at == record.created_at else "history")
            elif was and was.now and side not in affected:
                found[side] = Applying(False, was.since, was.source)
    if any(len(track) > 1 for track in tracks.values()):
        return found
    return {side: _remembered(record, applies, memory, side) for side, applies in found.items()}


def no_colour_set(record: Intervention, mapping: InterventionMapping) -> bool:
    """True when nobody has said the colour of any side (D3)."""
    return all(
        read_mark(record.sides[side].raw_colour, mapping.sides[side]) is not Mark.SET
        for side in _both(record, mapping)
    )


def colour_set_at(
    record: Intervention,
    history: Sequence[FieldChange],
    mapping: InterventionMapping,
    side: Side,
    since: datetime,
) -> datetime | None:
    """When the side first had a colour at or after `since`, its clock's start; None: never (D31)."""
    track = seen_from(_marks(record, history, side, mapping), since)
    return next((point.at for point in track if point.value is Mark.SET), None)


def _marks(
    record: Intervention, history: Sequence[FieldChange], side: Side, mapping: InterventionMapping
) -> list[Point[Mark]]:
    """The side's marks over time; what the history leaves untold is as it was before, or as it came to be."""
    own = mapping.sides[side]
    read = partial(read_mark, mapping=own)
    points = timeline(record, history, own.colour, record.sides[side].raw_colour, read)
    if len(points) == 1:
        return list(points)
    told = [point for point in points if point.value is not None]
    return [Point(record.created_at, told[0].value), *told[1:]]


def _affected(
    record: Intervention, marks: Mapping[Side, Mark | None], mapping: InterventionMapping
) -> set[Side]:
    """The sides that apply at one instant; expression and lookup have no history, so today's count (D3)."""
    expressed = {
        side: record.sides[side].applies for side in marks if mapping.sides[side].applies is not None
    }
    affected = {
        side
        for side, mark in marks.items()
        if (mark is Mark.SET if expressed.get(side) is None else expressed[side])
    }
    if affected:
        return affected
    return {
        side
        for side, mark in marks.items()
        if mark is Mark.BLANK and record.sides[side].lookup_id and expressed.get(side) is None
    }


def _remembered(
    record: Intervention,
    applies: Applying,
    memory: Mapping[tuple[Side, MilestoneKind], Memory],
    side: Side,
) -> Applying:
    known = memory.get((side, MilestoneKind.PLAN), Memory())
    starts = [known.met.clock_start] if known.met else []
    if known.absent_through is not None and applies.now:
        # Seen without this side before: it began after that, and at the latest with the version that has it.
        starts.append(known.began or max(record.modified_at, known.absent_through))
    since = max([applies.since, *starts])
    return applies if since == applies.since else Applying(applies.now, since, "memory")


def remember_applying(memory: Memory, applies: Applying | None, complete_through: datetime) -> Memory:
    """What this judgement teaches about when the side began to apply (D2)."""
    if applies is None or not applies.now:
        return replace(
            memory,
            absent_through=max(complete_through, memory.absent_through or complete_through),
            began=None,
        )
    return memory if memory.began == applies.since else replace(memory, began=applies.since)


def _text(raw: object) -> str:
    return "" if raw is None else str(raw).strip()


def _both(record: Intervention, mapping: InterventionMapping) -> set[Side]:
    return set(record.sides) & set(mapping.sides)
