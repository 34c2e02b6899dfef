"""Drift: fields the org no longer shows are named and left out, and read anew when they are back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.errors import SalesforceError
from agent.instants import from_text, to_text
from agent.pipeline.work import Workshop
from agent.salesforce.parts import part_describe
from agent.store import diary, mapped_fields, mirror
from agent.store.mapped_fields import MappedField
from agent.sync import drift
from agent.sync.drift import Describe, Drift
from agent.sync.poll import Read
from agent.sync.streams import Stream, streams

Row = Mapping[str, Any]
LOOK_EVERY = timedelta(days=1)
LOOK_AGAIN = timedelta(hours=1)
"""While a field is missing, or a look failed."""
NO_SUCH_FIELD = "INVALID_FIELD"


def look_when_due(work: Workshop, now: datetime) -> bool:
    """Compare the mapping with what the org shows: daily and when it changed; while a field is missing, hourly
    and at the start."""
    looked = from_text(work.store.get("fields_looked_at"))
    missing = bool(work.missing)
    pause = LOOK_AGAIN if missing or work.store.get("fields_look_failed") else LOOK_EVERY
    other_fields = work.store.get("fields_looked_for") != work.mapping.reading_version
    due = looked is None or other_fields or now - looked >= pause or (missing and not work.looked)
    if not due or not work.started:
        return False
    _look(work, now)
    return True


def explained(
    work: Workshop, reads: Sequence[Read], cursors: Mapping[str, mirror.Cursor], now: datetime
) -> list[Read]:
    """The reads without those that failed for a field that is left out from now on: they are asked anew.

    The org is asked once for each refusal it words anew.
    """
    refused = [r for r in reads if r.error is not None and r.error.code == NO_SUCH_FIELD]
    if all(_is_old(r, cursors) for r in refused):
        return list(reads)
    before = set(work.missing)
    _look(work, now)
    mended = {field.stream for field in set(work.missing) - before}
    return [r for r in reads if r.error is None or r.stream.name not in mended]


def _is_old(read: Read, cursors: Mapping[str, mirror.Cursor]) -> bool:
    cursor = cursors.get(read.stream.name)
    return cursor is not None and cursor.error == str(read.error)


def filled(work: Workshop, stream: str, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows with what the mirror last knew of their missing fields: nothing is blanked by not being seen."""
    gone = [field.field for field in work.missing if field.stream == stream]
    if not gone or not rows:
        return rows
    ids = [row["Id"] for row in rows]
    held = {name: mapped_fields.held_values(work.store, stream, ids, name) for name in gone}
    return [{**row, **{name: held[name].get(row["Id"]) for name in gone}} for row in rows]


def cause(work: Workshop) -> str:
    """Why deadlines stand still, where a missing field is the reason; else ""."""
    blocking = [field for field in work.missing if field.known_through is not None]
    return " ".join(_is_missing(work, field) for field in blocking)


def _look(work: Workshop, now: datetime) -> None:
    """Ask for every describe in one call, and follow what changed. A look that fails is repeated in an hour."""
    work.looked = True
    names = {f"object{n}": name for n, name in enumerate(drift.objects(work.mapping))}
    described: dict[str, Describe] = {}
    failure = ""
    try:
        answers = work.org.composite([part_describe(part, name) for part, name in names.items()])
        for part, name in names.items():
            if not isinstance(answers[part], SalesforceError):
                described[name] = answers.described(part).fields
    except SalesforceError as error:
        failure = str(error)
    with work.store.transaction():
        work.store.put("fields_looked_at", to_text(now))
        work.store.put("fields_looked_for", work.mapping.reading_version)
        if failure and not work.store.get("fields_look_failed"):
            _say(work, now, f"the org's fields cannot be compared with the mapping: {failure}")
        work.store.put("fields_look_failed", failure)
        if described:
            _follow(work, described, now)


def _follow(work: Workshop, described: Mapping[str, Describe], now: datetime) -> None:
    known: dict[str, dict[str, MappedField]] = {}
    for field in mapped_fields.known(work.store):
        known.setdefault(field.stream, {})[field.field] = field
    through = work.store.get("complete_through")
    cursors = mirror.cursors(work.store)
    deadlines = drift.deadline_fields(work.mapping)
    kept: list[MappedField] = []
    for stream in streams(work.mapping):
        before, found = known.get(stream.name, {}), described.get(stream.object, {})
        changes = drift.compare(stream, before, found)
        loaded = stream.name in cursors and cursors[stream.name].loaded
        seen = stream.fields if loaded else [name for name, field in before.items() if field.type]
        if not found or not _goes_on(work, stream, changes.vanished, seen, through):
            kept += [field for name, field in before.items() if name in stream.fields]
            continue
        fields = drift.after(stream, before, found, deadlines, to_text(now), through)
        _tell(work, stream, changes, {field.field: field for field in fields}, now)
        if changes.returned:
            mirror.forget_cursor(work.store, stream.name)
        kept += fields
    mapped_fields.replace_all(work.store, kept)
    work.follow_fields()


def _goes_on(
    work: Workshop, stream: Stream, vanished: Sequence[str], seen: Sequence[str], through: str | None
) -> bool:
    """Whether the stream can be read without these fields; else it stands still, with its own alarm.

    A field that was never seen is a mistake in the mapping, not drift: judging without it would be guessing.
    """
    without = drift.dispensable(work.mapping, stream).intersection(seen)
    if through is None:
        without -= drift.deadline_fields(work.mapping)
    return without.issuperset(vanished)


def _tell(
    work: Workshop, stream: Stream, changes: Drift, fields: Mapping[str, MappedField], now: datetime
) -> None:
    for name in changes.vanished:
        _say(work, now, _is_missing(work, fields[name]), stream.name)
    for name in changes.returned:
        text = f"{name} of {stream.object} is back: every {stream.name} is read once more to fill it."
        _say(work, now, text, stream.name, level="info")
    for name, before, found in changes.retyped:
        text = (
            f"{name} of {stream.object}{_named(work, stream.name, name)} changed its type from {before} to {found}. "
            "It is read on; `sli-agent check` says whether the agent can use it so."
        )
        _say(work, now, text, stream.name)


def _is_missing(work: Workshop, field: MappedField) -> str:
    """What vanished, what it means and how to mend it."""
    object = next(s.object for s in streams(work.mapping) if s.name == field.stream)
    waits = " Deadlines wait until it is back." if field.known_through is not None else ""
    return (
        f"{field.field} of {object}{_named(work, field.stream, field.field)} is gone: deleted, renamed, or hidden "
        f"from the agent. What is known of it stays, and all else is read on.{waits} Give the integration user's "
        "permission set read access to it, or mend its name in the mapping."
    )


def _named(work: Workshop, stream: str, field: str) -> str:
    places = ", ".join(drift.named_at(work.mapping, stream, field))
    return f" ({places})" if places else ""


def _say(work: Workshop, now: datetime, text: str, stream: str = "", *, level: str = "error") -> None:
    diary.write(work.store, to_text(now), "alarm", text, level=level, stream=stream or None)
