"""What an object of the sandbox org looks like: the part of Salesforce's describe that clients rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

FieldType = Literal[
    "id",
    "string",
    "textarea",
    "email",
    "picklist",
    "boolean",
    "int",
    "double",
    "date",
    "datetime",
    "reference",
]


@dataclass(frozen=True)
class Field:
    """One field as describe tells it. `length` is in characters, 0 for unlimited or not applicable."""

    name: str
    type: FieldType
    label: str = ""
    length: int = 0
    html: bool = False
    """Rich text: the value is HTML."""
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    """How SOQL walks to the parent (`Office__r`); None where it cannot."""
    picklist: tuple[str, ...] = ()
    restricted: bool = True
    """A value outside the picklist is refused (`INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST`)."""
    nillable: bool = True
    unique: bool = False
    external_id: bool = False
    createable: bool = True
    updateable: bool = True
    calculated: bool = False
    """A formula: changes without moving SystemModstamp."""
    auto_number: str | None = None
    """Format of an auto-number, `SLI-{0:05d}`."""
    scale: int = 0
    tracked: bool = False
    """Field history tracking is on."""

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")


@dataclass(frozen=True)
class ObjectSchema:
    """One object: its name, key prefix (first three characters of its ids) and fields by API name."""

    name: str
    label: str
    key_prefix: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    feed: bool = False
    """Feed tracking is on: `X__Feed` exists."""
    history: bool = False
    """Field history is on: `X__History` exists."""
    child_relationships: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Child relationship name -> (child object, its lookup field), for child subqueries."""
    createable: bool = True
    deletable: bool = True

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    def field_named(self, name: str) -> Field | None:
        """The field of this API name, in any letter case, as Salesforce reads names; None if there is none."""
        exact = self.fields.get(name)
        if exact is not None:
            return exact
        lowered = name.lower()
        return next((f for f in self.fields.values() if f.name.lower() == lowered), None)

    def with_fields(self, *more: Field) -> ObjectSchema:
        return replace(self, fields={**self.fields, **{f.name: f for f in more}})
