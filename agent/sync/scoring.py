"""What scores and pay are read from: a stream for each object that touchpoints.toml and incentive.toml name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.instants import to_text
from agent.mapping import OrgMapping, TouchPoints
from agent.mapping.incentive import LineSource
from agent.mapping.scoring import Assignments, ContactSource, Dashboard, StartOfCare
from agent.rounding import cents
from agent.salesforce import wire
from agent.store import to_json
from agent.sync.reading import content_hash
from agent.sync.streams import Stream, unique

Row = Mapping[str, Any]
CONTACTS = "contact_"
LINES = "line_"
"""How the names of such streams begin; the object, or the kind of line, follows."""
ALL_DAY = "IsAllDayEvent"
"""Of an event. One that takes the whole day is dated by midnight UTC, wherever it is (platform fact)."""


def evidence_streams(mapping: OrgMapping) -> tuple[Stream, ...]:
    """What touch points stand on; their low-water marks say up to when it is complete."""
    t = mapping.touch_points
    return () if t is None else (_episodes(t), _assignments(t), *(_contacts(mapping, c) for c in t.contacts))


def slow_streams(mapping: OrgMapping) -> tuple[Stream, ...]:
    """What nothing is judged by: the org's own figures."""
    board = mapping.touch_points.dashboard if mapping.touch_points else None
    return (
        ()
        if board is None
        else (_stream("dashboard", board.object, board.person, board.month, board.percent),)
    )


def origins(mapping: OrgMapping) -> dict[str, list[Any]]:
    """By the table of store.care, what tells where its rows are read: rows of another place are none of them."""
    t = mapping.touch_points
    if t is None:
        return {}
    streams = {
        "episode": [_episodes(t)],
        "assignment": [_assignments(t)],
        "contact": [_contacts(mapping, source) for source in t.contacts],
        "dashboard": slow_streams(mapping),
    }
    return {table: sorted([s.object, s.where or ""] for s in found) for table, found in streams.items()}


def line_streams(mapping: OrgMapping) -> tuple[Stream, ...]:
    """Lines of revenue, hours and admissions, for pay.db."""
    if mapping.incentive is None:
        return ()
    sources = mapping.incentive.sources
    return tuple(
        _stream(f"{LINES}{kind}", source.object, *_line_fields(source))
        for kind in type(sources).model_fields
        if (source := getattr(sources, kind)) is not None
    )


def _stream(name: str, object: str, *fields: str | None, where: str | None = None) -> Stream:
    named = (field for field in fields if field)
    return Stream(name, object, unique("Id", *named, "SystemModstamp", "IsDeleted"), where=where)


def _episodes(t: TouchPoints) -> Stream:
    s = t.start_of_care
    fields = (s.client, s.office, s.first_shift_start, s.first_shift_end, s.expected_start, s.ended)
    return _stream("episode", s.object, *fields, s.duplicate_of)


def _assignments(t: TouchPoints) -> Stream:
    a = t.assignments
    if not a.is_history:
        return _stream("assignment", a.object, a.client, a.csm, a.since, a.before)
    fields = unique("Id", a.client, "Field", a.csm, a.since, *([a.before] if a.before else []), "CreatedDate")
    where = f"Field = '{a.field}'" if a.field else None
    # History rows have no SystemModstamp and are never deleted by themselves (platform fact).
    return Stream("assignment", a.object, fields, "CreatedDate", where, include_deleted=False)


def _contacts(mapping: OrgMapping, source: ContactSource) -> Stream:
    where = None
    if source.client in {"WhatId", "WhoId"} and mapping.touch_points:
        # A task may be about anything: only those about clients and starts of care are asked for.
        about = (mapping.reference.client.object, mapping.touch_points.start_of_care.object)
        kinds = (f"{source.client.removesuffix('Id')}.Type = '{name}'" for name in unique(*about))
        where = f"({' OR '.join(kinds)})"
    fields = [source.client, source.by, source.at, *(m.field for m in source.matching)]
    fields += [source.done.field] if source.done else []
    fields += [ALL_DAY] if source.object == "Event" else []
    return _stream(f"{CONTACTS}{source.object}", source.object, *fields, where=where)


def _line_fields(source: LineSource) -> tuple[str | None, ...]:
    return (source.client, source.day, source.amount, source.billable, source.person, source.currency)


def when(value: Any) -> str | None:
    """A date as `2026-03-01`, an instant as the house writes it; anything else counts as empty."""
    if not value:
        return None
    text = str(value)
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else to_text(wire.parse_datetime(text))
    except ValueError:
        return None


def episode_row(s: StartOfCare, version: str) -> Callable[[Row], dict[str, Any] | None]:
    """A start of care (store.care.save_episodes); None for one without a client."""

    def convert(row: Row) -> dict[str, Any] | None:
        if not row.get(s.client):
            return None
        kept: dict[str, Any] = {
            "id": row["Id"],
            "client_id": row[s.client],
            "office_id": row.get(s.office) if s.office else None,
            "first_shift_start": when(row.get(s.first_shift_start)),
            "first_shift_end": when(row.get(s.first_shift_end)) if s.first_shift_end else None,
            "expected_start": when(row.get(s.expected_start)) if s.expected_start else None,
            "ended_at": when(row.get(s.ended)) if s.ended else None,
            "duplicate_of": row.get(s.duplicate_of) if s.duplicate_of else None,
            "deleted": int(bool(row.get("IsDeleted"))),
        }
        return {**kept, "hash": content_hash(kept, version)}

    return convert


def assignment_row(a: Assignments, version: str) -> Callable[[Row], tuple[Any, ...] | None]:
    """An assignment (store.care.save_assignments); None for a row that tells none."""

    def convert(row: Row) -> tuple[Any, ...] | None:
        csm, before = row.get(a.csm), row.get(a.before) if a.before else None
        # Of a changed lookup the history has two rows: one with ids, one with names (platform fact).
        if a.is_history and not all(value is None or _is_id(value) for value in (csm, before)):
            return None
        since = when(row.get(a.since))
        if not row.get(a.client) or since is None:
            return None
        parts = (row["Id"], row[a.client], csm, before, since)
        deleted = int(bool(row.get("IsDeleted")))
        return (*parts, content_hash([*parts, deleted], version), deleted)

    return convert


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 18 and value.isalnum()


def contact_row(source: ContactSource, version: str) -> Callable[[Row], tuple[Any, ...] | None]:
    """A contact (store.care.save_contacts) and the activities it may serve; None for one about nobody."""
    matchers = [(_matcher(m.field, m.values, m.pattern), m.activities) for m in source.matching]

    def convert(row: Row) -> tuple[Any, ...] | None:
        if not row.get(source.client) or not row.get(source.by):
            return None
        serves = sorted({name for fits, names in matchers if fits(row) for name in names})
        done = source.done is None or row.get(source.done.field) in source.done.values
        at = when(row.get(source.at)) if done and serves else None
        if at and row.get(ALL_DAY):
            at = at[: len("2026-03-01")]
        parts = (row["Id"], row[source.client], row[source.by], at, to_json(serves))
        deleted = int(bool(row.get("IsDeleted")))
        return (*parts, content_hash([*parts, deleted], version), deleted)

    return convert


def _matcher(field: str, values: list[str], pattern: str | None) -> Callable[[Row], bool]:
    known = {value.casefold() for value in values}
    found = re.compile(pattern, re.IGNORECASE) if pattern is not None else None

    def fits(row: Row) -> bool:
        text = str(row.get(field) or "")
        return bool(found.search(text)) if found else text.casefold() in known

    return fits


def dashboard_row(board: Dashboard, version: str) -> Callable[[Row], tuple[Any, ...] | None]:
    """The org's own figure (store.care.save_dashboards); None for a row that says nobody's month."""

    def convert(row: Row) -> tuple[Any, ...] | None:
        month = str(row.get(board.month) or "")[:7]
        if not row.get(board.person) or not re.fullmatch(r"\d{4}-\d{2}", month):
            return None
        parts = (row["Id"], row[board.person], month, _percent(row.get(board.percent)))
        deleted = int(bool(row.get("IsDeleted")))
        return (*parts, content_hash([*parts, deleted], version), deleted)

    return convert


def _percent(value: Any) -> str | None:
    """As JSON carries numbers, 87.5 is 87.50 percent; anything else counts as empty."""
    try:
        return None if value is None else str(cents(Decimal(str(value))))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def line_row(kind: str, source: LineSource) -> Callable[[Row], dict[str, Any]]:
    """A line for pay.db: kind, id, client_id, person_id, day, amount, billable, currency, source, deleted.

    A row without its client, its day or its amount counts as deleted: an admission that has not begun is none.
    """

    def convert(row: Row) -> dict[str, Any]:
        day, amount = when(row.get(source.day)), row.get(source.amount)
        tells = row.get(source.client) and day and amount is not None
        billable = row.get(source.billable) if source.billable else None
        return {
            "kind": kind,
            "id": row["Id"],
            "client_id": row.get(source.client),
            "person_id": row.get(source.person) if source.person else None,
            "day": day,
            "amount": str(amount or 0),
            "billable": None if billable is None else str(billable),
            "currency": row.get(source.currency) if source.currency else None,
            "source": "salesforce",
            "deleted": int(bool(row.get("IsDeleted")) or not tells),
        }

    return convert
