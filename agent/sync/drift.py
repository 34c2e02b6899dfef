"""Drift: the fields the mapping names, against what the org's describe shows of them now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.mapping import OrgMapping
from agent.store.mapped_fields import MappedField
from agent.sync.streams import SYSTEM, Stream, judged_fields, streams

Describe = Mapping[str, Mapping[str, Any]]
"""The fields of an object this user may read, by API name (platform fact: hidden ones are absent)."""
_BODIES = {"feed": {"Body"}, "comment": {"CommentBody", "FeedItemId"}}
_WHOLE = frozenset({"history", "notice", "decision"})
"""Streams of which every column is needed: what was done, and what was told."""
_NO_FIELDS = frozenset({"object", "colours", "not_applicable", "values", "label", "help", "type"})
"""Keys of a mapping below which no field is named."""


@dataclass(frozen=True)
class Drift:
    """How a stream's fields differ from what was last known of them."""

    vanished: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    """(field, type before, type now)."""


def dispensable(mapping: OrgMapping, stream: Stream) -> frozenset[str]:
    """The fields a stream can be read without: never its id, its stamp, its parent or who wrote it and when."""
    if stream.name in _WHOLE:
        return frozenset()
    if stream.name in _BODIES:
        return frozenset(_BODIES[stream.name])
    activities = mapping.chatter.activities
    if stream.name == "activity" and activities:
        return frozenset({activities.subject} - set(SYSTEM))
    return frozenset(stream.fields) - set(SYSTEM)


def deadline_fields(mapping: OrgMapping) -> frozenset[str]:
    """Fields of the SLI that a deadline stands on: while one cannot be read, none is judged to have passed (D11)."""
    i = mapping.intervention
    fields = {i.incident_date, i.office, *judged_fields(mapping)}
    for side in i.sides.values():
        fields |= {side.lookup, side.applies.field if side.applies else None}
    return frozenset(field for field in fields if field)


def readable(all_streams: Sequence[Stream], missing: Sequence[MappedField]) -> tuple[Stream, ...]:
    """The streams without the fields that cannot be read now."""
    gone = {(field.stream, field.field) for field in missing}
    return tuple(
        replace(s, fields=tuple(f for f in s.fields if (s.name, f) not in gone)) for s in all_streams
    )


def compare(stream: Stream, known: Mapping[str, MappedField], described: Describe) -> Drift:
    """What changed since `known` (by field name), to go by this describe of the stream's object."""
    # Salesforce reads names in any letter case; `check` tells of wrong ones.
    types = {name.lower(): str(found["type"]) for name, found in described.items()}
    before = {name: field for name, field in known.items() if name in stream.fields}
    gone = {name for name in stream.fields if name.lower() not in types}
    were_gone = {name for name, field in before.items() if field.missing_since}
    retyped = (
        (name, field.type, types[name.lower()])
        for name, field in before.items()
        if name not in gone and field.type not in ("", types[name.lower()])
    )
    return Drift(
        tuple(name for name in stream.fields if name in gone - were_gone),
        tuple(name for name in stream.fields if name in were_gone - gone),
        tuple(retyped),
    )


def after(
    stream: Stream,
    known: Mapping[str, MappedField],
    described: Describe,
    deadlines: frozenset[str],
    now: str,
    known_through: str | None,
) -> list[MappedField]:
    """What is known of a stream's fields from now on. Instants as text.

    `known_through`: up to where deadlines are judged now; those that stand on a field of `deadlines` that has
    just vanished stop there.
    """
    by_name = {name.lower(): found for name, found in described.items()}
    fields = []
    for name in stream.fields:
        found, before = by_name.get(name.lower()), known.get(name)
        if found is not None:
            fields.append(MappedField(stream.name, name, found["type"], bool(found.get("calculated"))))
        elif before is not None and before.missing_since:
            fields.append(before)
        else:
            through = known_through if stream.name == "intervention" and name in deadlines else None
            last = before or MappedField(stream.name, name, "")
            fields.append(replace(last, missing_since=now, known_through=through))
    return fields


def named_at(mapping: OrgMapping, stream: str, field: str) -> list[str]:
    """Where the mapping names a field: `intervention.toml: sides.client.plan`."""
    story, written = mapping.chatter, mapping.write_back
    activities = story.activities.model_dump() if story.activities else {}
    files: dict[str, list[tuple[str, Any]]] = {
        "intervention": [
            ("intervention.toml: ", mapping.intervention.model_dump(mode="json")),
            ("write_back.toml: ", written.model_dump(mode="json", include={"last_alert_at", "sides"})),
        ],
        "activity": [("chatter.toml: activities.", activities)],
        **{
            name: [(f"reference.toml: {name}.", k.model_dump())]
            for name, k in mapping.reference.kinds().items()
        },
    }
    trees = files.get(stream, [])
    return [where + key for where, tree in trees for key in _keys(tree, field)]


def _keys(tree: Mapping[str, Any], field: str) -> Iterator[str]:
    for key, value in tree.items():
        if key in _NO_FIELDS:
            continue
        if isinstance(value, Mapping):
            yield from (f"{key}.{deeper}" for deeper in _keys(value, field))
        elif field in (key, value):
            yield key


def paths_without(mapping: OrgMapping, paths: Sequence[str], missing: Sequence[MappedField]) -> list[str]:
    """Of these relationship paths from the SLI to a field, those that meet no missing field."""
    gone = {(field.stream, field.field) for field in missing}
    return [path for path in paths if not gone & set(_met(mapping, path))]


def _met(mapping: OrgMapping, path: str) -> Iterator[tuple[str, str]]:
    """The (stream, field) pairs a path leads over."""
    *segments, last = path.split(".")
    at, lookups = "intervention", mapping.lookups_of_intervention()
    for segment in segments:
        lookup = mapping.lookup_field(segment)
        yield at, lookup
        at = lookups[lookup]
        lookups = dict(mapping.reference.kinds()[at].lookups)
    yield at, last


def objects(mapping: OrgMapping) -> tuple[str, ...]:
    """Every object that is read."""
    return tuple(dict.fromkeys(stream.object for stream in streams(mapping)))
