"""What the agent needs of one object or field, and how an admin makes it so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from agent.mapping import WrittenField
from agent.sync.streams import Stream

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
    "checkbox": ("boolean",),
    "lookup": ("reference",),
}
"""Type in write_back.toml -> describe types that take such a value; the first is the usual one."""
LONGEST_KEY = 140
"""Characters: two ids, rule, topic, due time and stage, with room for longer ones."""
LONGEST_LIST = 4_000
"""Characters: who was told, or since when each rule counts, as JSON; more than a short Text Area takes."""
READ_OBJECT = (
    "Is it spelled right, or has the integration user no access? "
    "Give the user's permission set Read and View All Records on the object."
)
OR_REMOVE = "Where this org has no such thing, remove the line."


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


def own_object(where: str, name: str, fields: tuple[FieldNeed, ...]) -> ObjectNeed:
    recipe = "; ".join(f"{field.name}: {field.create}" for field in fields)
    mend = (
        "Create this custom object (if it is there, the integration user has no access), and give the user's "
        f"permission set Read, Create, Edit and View All Records on it. Its fields: {recipe}."
    )
    return ObjectNeed(f"{where}.object", name, mend, fields, ("createable", "updateable"))


def own(where: str, name: str, type: str, *, moves: bool = False, **traits: Any) -> FieldNeed:
    """A field of the agent's own objects: set at creation, and later again where it `moves`."""
    rights: tuple[Right, ...] = ("createable", "updateable") if moves else ("createable",)
    extras = [SETUP_TYPES[type], f"to {traits['to']}" if "to" in traits else ""]
    extras += [f"of {traits['length']} characters or more" if "length" in traits else ""]
    extras += ["unique, external ID" if traits.get("unique") else ""]
    recipe = ", ".join(extra for extra in extras if extra)
    return FieldNeed(where, name, (type,), rights=rights, create=recipe, **traits)


def read(where: str, name: str | None, *types: str, **traits: Any) -> list[FieldNeed]:
    """A field that is only read; none where the mapping leaves it out."""
    return [FieldNeed(where, name, types, **traits)] if name else []


def written(
    where: str,
    target: WrittenField,
    *,
    rights: tuple[Right, ...] = ("updateable",),
    to: str = "",
    length: int = 0,
) -> FieldNeed:
    """A field that write_back.toml describes."""
    types = TYPES_TO_WRITE[target.type]
    kind = f"{SETUP_TYPES[types[0]]} to {to}" if to else SETUP_TYPES[types[0]]
    recipe = f'{kind}, label "{target.label}", help text "{target.help}"'
    return FieldNeed(where, target.field, types, to=to, length=length, rights=rights, create=recipe)


def with_asked(need: ObjectNeed, stream: Stream) -> ObjectNeed:
    """The need with what no key of the mapping names and every read asks for all the same: Id, SystemModstamp, ..."""
    named = {field.name for field in need.fields}
    # A path to a parent's key is two fields that are named elsewhere.
    asked = (name for name in stream.fields if name not in named and "." not in name)
    every = f"every read of {need.name}"
    return replace(need, fields=(*need.fields, *(FieldNeed(every, name) for name in asked)))
