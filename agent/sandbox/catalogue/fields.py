"""Short ways to write a field, so that the catalogue reads like the list in Setup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agent.sandbox.schema import Field, FieldType, ObjectSchema


def label_of(api_name: str) -> str:
    """`SLI_Created_Date__c` -> `SLI Created Date`."""
    return api_name.removesuffix("__c").replace("_", " ")


def field(name: str, type: FieldType, **traits: Any) -> Field:
    return Field(name, type, **{"label": label_of(name), **traits})


def text(name: str, length: int = 255, **traits: Any) -> Field:
    return field(name, "string", length=length, **traits)


def long_text(name: str, length: int = 131_072, **traits: Any) -> Field:
    return field(name, "textarea", length=length, **traits)


def rich_text(name: str, length: int = 32_000, **traits: Any) -> Field:
    return field(name, "textarea", length=length, html=True, **traits)


def date(name: str, **traits: Any) -> Field:
    return field(name, "date", **traits)


def datetime(name: str, **traits: Any) -> Field:
    return field(name, "datetime", **traits)


def number(name: str, scale: int = 0, **traits: Any) -> Field:
    return field(name, "double", scale=scale, **traits)


def checkbox(name: str, **traits: Any) -> Field:
    return field(name, "boolean", **{"nillable": False, **traits})


def picklist(name: str, *values: str, **traits: Any) -> Field:
    return field(name, "picklist", length=255, picklist=values, **traits)


def lookup(name: str, *targets: str, **traits: Any) -> Field:
    """A reference; SOQL walks `Office__c` as `Office__r` and `OwnerId` as `Owner`."""
    return field(
        name,
        "reference",
        **{"length": 18, "reference_to": targets, "relationship": relationship_of(name), **traits},
    )


def relationship_of(lookup_name: str) -> str:
    if lookup_name.endswith("__c"):
        return lookup_name.removesuffix("__c") + "__r"
    return lookup_name.removesuffix("Id")


READ_ONLY = {"createable": False, "updateable": False}


def record_id() -> Field:
    return field("Id", "id", label="Record ID", length=18, nillable=False, **READ_ONLY)


def audit_fields() -> list[Field]:
    """Who saved a record first and last, and the stamp that every save moves."""
    return [
        datetime("CreatedDate", nillable=False, **READ_ONLY),
        lookup("CreatedById", "User", nillable=False, **READ_ONLY),
        datetime("LastModifiedDate", nillable=False, **READ_ONLY),
        lookup("LastModifiedById", "User", nillable=False, **READ_ONLY),
        datetime("SystemModstamp", nillable=False, **READ_ONLY),
    ]


def is_deleted() -> Field:
    return checkbox("IsDeleted", label="Deleted", **READ_ONLY)


def owner(*targets: str) -> Field:
    return lookup("OwnerId", *targets, label="Owner ID", nillable=False)


def system_object(name: str, key_prefix: str, fields: Iterable[Field], **traits: Any) -> ObjectSchema:
    """An object with exactly these fields."""
    return ObjectSchema(
        name, traits.pop("label", label_of(name)), key_prefix, {f.name: f for f in fields}, **traits
    )


def custom_object(name: str, key_prefix: str, fields: Iterable[Field], **traits: Any) -> ObjectSchema:
    """A custom object: these fields, an owner (a user or a queue) and the system fields."""
    system = [record_id(), owner("Group", "User"), is_deleted(), *audit_fields()]
    return system_object(name, key_prefix, [*system, *fields], **traits)
