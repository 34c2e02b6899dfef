"""The same org under other API names: for tests that no name is built into the agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict

from agent.sandbox.catalogue import feed_name, history_name, with_system_objects
from agent.sandbox.catalogue.fields import label_of, relationship_of
from agent.sandbox.schema import Field, ObjectSchema


class Renames(TypedDict, total=False):
    """The other names of one object: its own, its fields' and its picklist values', keyed by the old ones."""

    object: str
    fields: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    """Old field name -> old value -> new value."""


@dataclass(frozen=True)
class Names:
    """Translates the catalogue's names to those of another org. A name it does not know stays as it is."""

    renames: Mapping[str, Renames] = field(default_factory=dict)
    """By the object's name in the catalogue."""

    def object(self, name: str) -> str:
        return self._of(name).get("object", name)

    def field(self, object_name: str, name: str) -> str:
        return self._of(object_name).get("fields", {}).get(name, name)

    def value(self, object_name: str, field_name: str, value: Any) -> Any:
        values = self._of(object_name).get("values", {}).get(field_name, {})
        return values.get(value, value) if isinstance(value, str) else value

    def row(self, object_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """A row written in the catalogue's names and values, in this org's."""
        if object_name not in self.renames:
            return dict(values)
        return {
            self.field(object_name, name): self.value(object_name, name, value)
            for name, value in values.items()
        }

    def _of(self, object_name: str) -> Renames:
        return self.renames.get(object_name, Renames())


def renamed(schemas: Mapping[str, ObjectSchema], renames: Mapping[str, Renames]) -> dict[str, ObjectSchema]:
    """These objects under other names.

    Relationships, the targets of lookups, labels, feed and history objects follow.
    """
    if not renames:
        return dict(schemas)
    names = Names(renames)
    derived = {derive(name) for name in schemas for derive in (feed_name, history_name)}
    base = (schema for name, schema in schemas.items() if name not in derived)
    return with_system_objects({names.object(schema.name): _renamed_object(schema, names) for schema in base})


def _renamed_object(schema: ObjectSchema, names: Names) -> ObjectSchema:
    fields = (_renamed_field(schema.name, f, names) for f in schema.fields.values())
    name = names.object(schema.name)
    return replace(
        schema,
        name=name,
        label=schema.label if name == schema.name else label_of(name),
        fields={f.name: f for f in fields},
        child_relationships={
            relationship: (names.object(child), names.field(child, lookup))
            for relationship, (child, lookup) in schema.child_relationships.items()
        },
    )


def _renamed_field(object_name: str, old: Field, names: Names) -> Field:
    name = names.field(object_name, old.name)
    moved = replace(
        old,
        reference_to=tuple(names.object(target) for target in old.reference_to),
        picklist=tuple(names.value(object_name, old.name, value) for value in old.picklist),
    )
    if name == old.name:
        return moved
    relationship = relationship_of(name) if old.relationship else None
    return replace(moved, name=name, label=label_of(name), relationship=relationship)
