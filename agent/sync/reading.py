"""From the org's rows to ours: what the mapping names, in the shape the house speaks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from agent.instants import from_text, to_text
from agent.mapping import OrgMapping, SideMapping
from agent.model import COLOURS_OF_SIDE, DecisionKind, FieldChange, Intervention, Side, SideFacts
from agent.salesforce import wire
from agent.store import from_json, to_json
from agent.sync.streams import unique, written_fields

Row = Mapping[str, Any]
_NO_CONTENT = frozenset({"attributes", "SystemModstamp"})


def content_hash(values: Any, mapping_version: str = "") -> str:
    """Equal for equal content read with the same mapping; whoever saved the row and when is no content."""
    return hashlib.sha256(f"{mapping_version}{to_json(values)}".encode()).hexdigest()[:24]


def intervention_row(mapping: OrgMapping) -> Callable[[Row], dict[str, Any]]:
    """From an SLI row to the one the mirror keeps (store.mirror.save_interventions)."""
    i, version = mapping.intervention, mapping.reading_version
    # The stamp is left out: our own writes move it, and judgements are not made from it.
    source_names = unique(
        "Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", *i.read_fields()
    )
    written_names = written_fields(mapping)

    def convert(row: Row) -> dict[str, Any]:
        value = row.get
        source = {name: value(name) for name in source_names}
        kept = to_json(source)
        # Whoever saved the row and when is no content.
        del source["LastModifiedDate"]
        return {
            "id": row["Id"],
            "number": str(value(i.number) or row["Id"]),
            "stamp": _instant(row["SystemModstamp"]),
            "office_id": value(i.office),
            "account_id": _get(row, i.referral_account),
            "source": kept,
            "written": to_json({name: value(name) for name in written_names}),
            "hash": content_hash(source, version),
            "deleted": int(bool(value("IsDeleted"))),
        }

    return convert


def intervention_of(mapping: OrgMapping, source: Row, *, deleted: bool | None = None) -> Intervention:
    """The intervention behind a mirrored or freshly read row. Nonsense in it is kept, never a crash."""
    i = mapping.intervention
    created = wire.parse_datetime(source["CreatedDate"])
    return Intervention(
        id=source["Id"],
        number=str(source.get(i.number) or source["Id"]),
        name=_text(source.get(i.name)) or "",
        created_at=created,
        created_by=source.get(i.submitter) or source["CreatedById"],
        modified_at=max(created, wire.parse_datetime(source["LastModifiedDate"])),
        stamp=wire.parse_datetime(source.get("SystemModstamp") or source["LastModifiedDate"]),
        sides={side: _side(side, i.sides[side], source) for side in Side},
        created_date=_date(_get(source, i.created_date)),
        incident_date=_date(_get(source, i.incident_date)),
        incident_type=_text(_get(source, i.incident_type)),
        office_id=source.get(i.office),
        client_id=_get(source, i.client),
        account_id=_get(source, i.referral_account),
        steps=tuple(bool(source.get(step)) for step in i.recovery_steps),
        aligned={who: bool(source.get(field)) for who, field in i.alignment.fields().items()},
        deleted=bool(source.get("IsDeleted")) if deleted is None else deleted,
    )


def _side(side: Side, m: SideMapping, source: Row) -> SideFacts:
    raw = _text(source.get(m.colour))
    colour = m.colours.get(raw) if raw else None
    return SideFacts(
        colour=colour if colour in COLOURS_OF_SIDE[side] else None,
        raw_colour=raw,
        plan=_text(source.get(m.plan)),
        lookup_id=_get(source, m.lookup),
        not_applicable=raw in m.not_applicable,
        applies=source.get(m.applies.field) in m.applies.values if m.applies else None,
        exception_until=_date(_get(source, m.exception_until)),
        exception_reason=_text(_get(source, m.exception_reason)),
        follow_up_from=_date(_get(source, m.follow_up_from)),
        second_follow_up=bool(_get(source, m.second_follow_up)),
    )


def _instant(text: str) -> str:
    """Salesforce tells instants in UTC (platform fact): its text is ours but for the fraction of a second."""
    return f"{text[:19]}Z" if text.endswith("+0000") else to_text(wire.parse_datetime(text))


def _get(source: Row, field: str | None) -> Any:
    return source.get(field) if field else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _date(value: Any) -> date | None:
    """A date; of a datetime its day. Anything else counts as empty, and a finding says so."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def change_row(row: Row) -> tuple[Any, ...]:
    """A field-history row (store.story.save_changes)."""
    at = _instant(row["CreatedDate"])
    values = tuple(None if row[v] is None else to_json(row[v]) for v in ("OldValue", "NewValue"))
    return (row["Id"], row["ParentId"], row["Field"], at, row["CreatedById"], *values)


def field_change(kept: Mapping[str, Any]) -> FieldChange:
    """The change behind a row kept by store.story."""
    old, new = (from_json(kept[v]) if kept[v] is not None else None for v in ("old", "new"))
    return FieldChange(kept["field"], from_text(kept["at"]), kept["by"], old, new)


def chatter_row(kind: str) -> Callable[[Row], tuple[Any, ...]]:
    """A post or comment (store.story.save_chatter)."""
    body_field = {"post": "Body", "comment": "CommentBody"}[kind]

    def convert(row: Row) -> tuple[Any, ...]:
        at = _instant(row["CreatedDate"])
        body, deleted = row.get(body_field), int(bool(row.get("IsDeleted")))
        parts = (row["Id"], row["ParentId"], kind, row["CreatedById"], at, body)
        return (*parts, content_hash([*parts, deleted]), deleted)

    return convert


def activity_row(mapping: OrgMapping) -> Callable[[Row], tuple[Any, ...]]:
    """An activity (store.story.save_activities)."""
    activities = mapping.chatter.activities
    related, subject = (activities.related, activities.subject) if activities else ("WhatId", "Subject")
    completed = (activities.completed if activities else None) or "CreatedDate"

    def convert(row: Row) -> tuple[Any, ...]:
        at = _instant(row["CreatedDate"])
        done_at = _instant(row[completed]) if row[completed] else None
        deleted = int(bool(row.get("IsDeleted")))
        parts = (row["Id"], row[related], row["CreatedById"], at, row.get(subject), done_at)
        return (*parts, content_hash([*parts, deleted]), deleted)

    return convert


def reference_row(mapping: OrgMapping, kind: str) -> Callable[[Row], tuple[Any, ...]]:
    """A reference record (store.mirror.save_references)."""
    name_field, version = mapping.reference.kinds()[kind].name, mapping.reading_version

    def convert(row: Row) -> tuple[Any, ...]:
        source = {k: v for k, v in row.items() if k not in _NO_CONTENT}
        deleted = int(bool(row.get("IsDeleted")))
        kept = (row["Id"], kind, row.get(name_field), to_json(source))
        return (*kept, content_hash(source, version), deleted)

    return convert


def decision_row(mapping: OrgMapping) -> Callable[[Row], dict[str, Any] | None]:
    """A person's decision (store.decisions.save_read); None for a row no agent of this version wrote."""
    d, kinds = mapping.write_back.decision, set(DecisionKind)

    def convert(row: Row) -> dict[str, Any] | None:
        if row[d.kind] not in kinds or not row[d.key] or not row[d.about] or not row[d.at]:
            return None
        return {
            "key": row[d.key],
            "kind": row[d.kind],
            "about": row[d.about],
            "by": row[d.by] or "",
            "reason": row[d.reason] or "",
            "at": _instant(row[d.at]),
            "until": _instant(row[d.until]) if row[d.until] else None,
            "data": _json_object(row[d.data]),
            "record_id": row["Id"],
        }

    return convert


def _json_object(text: str | None) -> str:
    """JSON text of an object; an empty one where somebody left something else there."""
    try:
        return text if text and isinstance(from_json(text), dict) else "{}"
    except ValueError:
        return "{}"
