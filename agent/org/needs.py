"""What the agent needs of an org, from the mapping alone: objects and fields, and the key that names each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from agent.mapping import OrgMapping, ReferenceKind, SideMapping, WrittenField
from agent.model import Side
from agent.sync.streams import streams

Right = Literal["createable", "updateable"]
SETUP_TYPES = {
    "string": "Text",
    "textarea": "Text Area (Long)",
    "double": "Number",
    "datetime": "Date/Time",
    "date": "Date",
    "picklist": "Picklist",
    "reference": "Lookup Relationship",
    "boolean": "Checkbox",
}
"""Describe's word for a type -> the word Setup shows."""
TYPES_TO_WRITE = {
    "datetime": ("datetime",),
    "text": ("string", "textarea"),
    "number": ("double", "percent"),
}
"""Type in write_back.toml -> describe types that take such a value; the first is the usual one."""
LONGEST_STATE = 18
"""Characters of `Met (time unknown)`."""
LONGEST_KEY = 140
"""Characters: two ids, rule, topic, due time and stage, with room for longer ones."""
LONGEST_LIST = 4_000
"""Characters: who was told, or since when each rule counts, as JSON; more than a short Text Area takes."""


@dataclass(frozen=True)
class FieldNeed:
    """A field: where it is named (`intervention.toml: number`), and what it has to be.

    `types` are describe types that fit, `bearable` those the agent copes with; none means any. `to` is the
    object a lookup leads to, `length` the least characters of a text, `values` the mapped picklist values
    (None: it needs not be one). `judged`: a formula will not do. `create` tells an admin how to create it.
    """

    where: str
    name: str
    types: tuple[str, ...] = ()
    bearable: tuple[str, ...] = ()
    to: str = ""
    length: int = 0
    values: frozenset[str] | None = None
    judged: bool = False
    unique: bool = False
    rights: tuple[Right, ...] = ()
    create: str = ""


@dataclass(frozen=True)
class ObjectNeed:
    """An object, and its fields. `mend` is what to do where it is not there; `rights` are beyond reading."""

    where: str
    name: str
    mend: str
    fields: tuple[FieldNeed, ...]
    rights: tuple[Right, ...] = ()


def needs(mapping: OrgMapping) -> tuple[ObjectNeed, ...]:
    """Every object the mapping names, once per place that names it, with every field the agent asks for."""
    found = {
        "intervention": _intervention(mapping),
        **_story(mapping),
        **{name: _kind(mapping, name, kind) for name, kind in mapping.reference.kinds().items()},
        "notice": _notice(mapping),
        "decision": _decision(mapping),
        "settings": _settings(mapping),
    }
    for stream in streams(mapping):
        need = found[stream.name]
        named = {field.name for field in need.fields}
        # What no key of the mapping names and every read asks for all the same: Id, SystemModstamp, ...
        asked = (FieldNeed(f"every read of {need.name}", name) for name in stream.fields if name not in named)
        found[stream.name] = replace(need, fields=(*need.fields, *asked))
    return tuple(found.values())


def _intervention(mapping: OrgMapping) -> ObjectNeed:
    i, r, file = mapping.intervention, mapping.reference, "intervention.toml"
    fields = [
        *_field(f"{file}: number", i.number),
        *_field(f"{file}: name", i.name),
        *_field(f"{file}: submitter", i.submitter, "reference", to=r.person.object),
        *_field(f"{file}: created_date", i.created_date, "date", bearable=("datetime",)),
        *_field(f"{file}: incident_date", i.incident_date, "date", judged=True),
        *_field(f"{file}: incident_type", i.incident_type),
        *_field(f"{file}: office", i.office, "reference", to=r.office.object),
        *_field(f"{file}: client", i.client, "reference", to=r.client.object),
        *_field(f"{file}: referral_account", i.referral_account, "reference", to=r.account.object),
    ]
    for step in i.recovery_steps:
        fields += _field(f"{file}: recovery_steps", step, "boolean", "date", "datetime")
    for who, field in i.alignment.fields().items():
        fields += _field(f"{file}: alignment.{who}", field, "boolean")
    for side, fields_of_side in i.sides.items():
        fields += _side(f"{file}: sides.{side}", fields_of_side)
    for name, target in mapping.write_back.fields().items():
        key = f"sides.{name}" if name.partition(".")[0] in set(Side) else name
        fields.append(_written(f"write_back.toml: {key}.field", target))
    rights: tuple[Right, ...] = ("updateable",) if mapping.write_back.fields() else ()
    return ObjectNeed(f"{file}: object", i.object, _READ_OBJECT, tuple(fields), rights)


def _side(where: str, side: SideMapping) -> Iterator[FieldNeed]:
    known = frozenset({*side.colours, *side.not_applicable})
    yield from _field(f"{where}.colour", side.colour, "picklist", values=known, judged=True)
    yield from _field(f"{where}.plan", side.plan, "textarea", bearable=("string",), judged=True)
    yield from _field(f"{where}.lookup", side.lookup, "reference")
    yield from _field(f"{where}.exception_until", side.exception_until, "date", judged=True)
    yield from _field(f"{where}.exception_reason", side.exception_reason, judged=True)
    yield from _field(f"{where}.follow_up_from", side.follow_up_from, "date", bearable=("datetime",))
    yield from _field(f"{where}.second_follow_up", side.second_follow_up, "boolean", "date")
    if side.applies:
        yield from _field(f"{where}.applies.field", side.applies.field, judged=True)


def _written(where: str, target: WrittenField) -> FieldNeed:
    types = TYPES_TO_WRITE[target.type]
    length = LONGEST_STATE if target.type == "text" else 0
    recipe = f'{SETUP_TYPES[types[0]]}, label "{target.label}", help text "{target.help}"'
    return FieldNeed(where, target.field, types, length=length, rights=("updateable",), create=recipe)


def _story(mapping: OrgMapping) -> dict[str, ObjectNeed]:
    """What tells the story of a record, where this org has it."""
    c, sli, file = mapping.chatter, mapping.intervention.object, "chatter.toml"
    found = {}
    if c.history:
        mend = f"In Setup, open Object Manager > {sli} > Edit and tick Track Field History. {_OR_REMOVE}"
        found["history"] = ObjectNeed(f"{file}: history", c.history, mend, ())
    if c.feed:
        mend = f"In Setup, open Feed Tracking > {sli} and tick Enable Feed Tracking. {_OR_REMOVE}"
        found["feed"] = ObjectNeed(f"{file}: feed", c.feed, mend, ())
    if c.comments:
        mend = f"In Setup, open Chatter Settings and switch Chatter on. {_OR_REMOVE}"
        found["comment"] = ObjectNeed(f"{file}: comments", c.comments, mend, ())
    if c.activities:
        where, a = f"{file}: activities", c.activities
        fields = (
            FieldNeed(f"{where}.related", a.related),
            FieldNeed(f"{where}.subject", a.subject),
            *_field(f"{where}.completed", a.completed, "datetime"),
        )
        found["activity"] = ObjectNeed(f"{where}.object", a.object, f"{_READ_OBJECT} {_OR_REMOVE}", fields)
    return found


def _kind(mapping: OrgMapping, name: str, kind: ReferenceKind) -> ObjectNeed:
    where, kinds = f"reference.toml: {name}", mapping.reference.kinds()
    fields = [
        *_field(f"{where}.name", kind.name),
        *_field(f"{where}.email", kind.email, "email", "string"),
        *_field(f"{where}.active", kind.active, "boolean"),
        *_field(f"{where}.time_zone", kind.time_zone, "string", "picklist"),
        *_field(f"{where}.region", kind.region, "reference", to=mapping.reference.region.object),
    ]
    for lookup, target in kind.lookups.items():
        fields += _field(f"{where}.lookups.{lookup}", lookup, "reference", to=kinds[target].object)
    return ObjectNeed(f"{where}.object", kind.object, _READ_OBJECT, tuple(fields))


def _notice(mapping: OrgMapping) -> ObjectNeed:
    n, where = mapping.write_back.notice, "write_back.toml: notice"
    fields = (
        _own(f"{where}.key", n.key, "string", length=LONGEST_KEY, unique=True),
        _own(f"{where}.intervention", n.intervention, "reference", to=mapping.intervention.object),
        _own(f"{where}.rule", n.rule, "string"),
        _own(f"{where}.side", n.side, "string", moves=True),
        _own(f"{where}.due", n.due, "datetime"),
        _own(f"{where}.stage", n.stage, "string"),
        _own(f"{where}.claimed_by", n.claimed_by, "string", length=40),
        _own(f"{where}.outcome", n.outcome, "string", moves=True),
        _own(f"{where}.reason", n.reason, "string", length=255, moves=True),
        _own(f"{where}.told_at", n.told_at, "datetime", moves=True),
        _own(f"{where}.told", n.told, "textarea", length=LONGEST_LIST, moves=True),
    )
    return _own_object(where, n.object, fields)


def _decision(mapping: OrgMapping) -> ObjectNeed:
    d, where = mapping.write_back.decision, "write_back.toml: decision"
    fields = (
        _own(f"{where}.key", d.key, "string", length=LONGEST_KEY, unique=True),
        _own(f"{where}.kind", d.kind, "string"),
        _own(f"{where}.about", d.about, "string", length=LONGEST_KEY),
        _own(f"{where}.by", d.by, "string", length=80),
        _own(f"{where}.reason", d.reason, "textarea", length=LONGEST_LIST),
        _own(f"{where}.at", d.at, "datetime"),
        _own(f"{where}.until", d.until, "datetime"),
        _own(f"{where}.data", d.data, "textarea", length=LONGEST_LIST),
    )
    return _own_object(where, d.object, fields)


def _settings(mapping: OrgMapping) -> ObjectNeed:
    s, where = mapping.write_back.settings, "write_back.toml: settings"
    fields = (
        _own(f"{where}.key", s.key, "string", unique=True),
        _own(f"{where}.org_id", s.org_id, "string", length=18),
        _own(f"{where}.go_live", s.go_live, "datetime"),
        _own(f"{where}.rules_effective", s.rules_effective, "textarea", length=LONGEST_LIST, moves=True),
        _own(f"{where}.epoch", s.epoch, "string", length=40),
    )
    return _own_object(where, s.object, fields)


def _own_object(where: str, name: str, fields: tuple[FieldNeed, ...]) -> ObjectNeed:
    recipe = "; ".join(f"{field.name}: {field.create}" for field in fields)
    mend = (
        "Create this custom object (if it is there, the integration user has no access), and give the user's "
        f"permission set Read, Create, Edit and View All Records on it. Its fields: {recipe}."
    )
    return ObjectNeed(f"{where}.object", name, mend, fields, ("createable", "updateable"))


def _own(where: str, name: str, type: str, *, moves: bool = False, **traits: Any) -> FieldNeed:
    """A field of the agent's own objects: set at creation, and later again where it `moves`."""
    rights: tuple[Right, ...] = ("createable", "updateable") if moves else ("createable",)
    extras = [SETUP_TYPES[type], f"to {traits['to']}" if "to" in traits else ""]
    extras += [f"of {traits['length']} characters or more" if "length" in traits else ""]
    extras += ["unique, external ID" if traits.get("unique") else ""]
    recipe = ", ".join(extra for extra in extras if extra)
    return FieldNeed(where, name, (type,), rights=rights, create=recipe, **traits)


def _field(where: str, name: str | None, *types: str, **traits: Any) -> list[FieldNeed]:
    """A field that is only read; none where the mapping leaves it out."""
    return [FieldNeed(where, name, types, **traits)] if name else []


_READ_OBJECT = (
    "Is it spelled right, or has the integration user no access? "
    "Give the user's permission set Read and View All Records on the object."
)
_OR_REMOVE = "Where this org has no such thing, remove the line."
