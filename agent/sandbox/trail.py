"""What Salesforce writes beside a save: field history and feed items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from agent.sandbox.catalogue import feed_name, history_name
from agent.sandbox.schema import Field, ObjectSchema
from agent.sandbox.soql.values import json_value
from agent.sandbox.store import Row

_DATA_TYPES = {
    "boolean": "Boolean",
    "date": "DateOnly",
    "datetime": "DateTime",
    "double": "Double",
    "int": "Integer",
    "picklist": "DynamicEnum",
    "reference": "EntityId",
}
# Longer text areas are logged without their values (platform fact).
_LONGEST_LOGGED = 255


def created_entry() -> dict[str, Any]:
    """The history row of a record's beginning."""
    return {"Field": "created", "DataType": "Text"}


def change_entries(
    schema: ObjectSchema, before: Row, after: Row, name_of: Callable[[str], str | None]
) -> list[dict[str, Any]]:
    """One history row for each tracked field that changed; two for a lookup, of ids and of names (platform fact)."""
    entries = []
    for field in _changed(schema, before, after):
        old, new = before[field.name], after[field.name]
        entries.append({"Field": field.name, "DataType": _data_type(field), **_logged(field, old, new)})
        if field.type == "reference":
            names = {"OldValue": old and name_of(old), "NewValue": new and name_of(new)}
            entries.append({"Field": field.name, "DataType": "Text", **names})
    return entries


def _changed(schema: ObjectSchema, before: Row, after: Row) -> Iterator[Field]:
    return (f for f in schema.fields.values() if f.tracked and before[f.name] != after[f.name])


def _data_type(field: Field) -> str:
    return "TextArea" if field.type == "textarea" else _DATA_TYPES.get(field.type, "Text")


def _logged(field: Field, before: Any, after: Any) -> dict[str, Any]:
    if field.type == "textarea" and (field.length == 0 or field.length > _LONGEST_LOGGED):
        return {}
    return {"OldValue": json_value(before), "NewValue": json_value(after)}


def post_values(parent_id: str, body: str | None, *, rich: bool = False) -> dict[str, Any]:
    """A feed item: somebody's post or, without a body, the note that tracked fields changed."""
    return {
        "ParentId": parent_id,
        "Type": "TextPost" if body is not None else "TrackedChange",
        "Body": body,
        "IsRichText": rich,
        "CommentCount": 0,
    }


def kept_beside(schema: ObjectSchema) -> list[tuple[str, str]]:
    """The objects whose rows come and go with a record of this one, and their lookups to it."""
    if schema.name == "FeedItem":
        return [("FeedComment", "FeedItemId")]
    beside = []
    if schema.feed:
        beside += [
            (feed_name(schema.name), "ParentId"),
            ("FeedItem", "ParentId"),
            ("FeedComment", "ParentId"),
        ]
    if schema.history:
        beside.append((history_name(schema.name), "ParentId"))
    return beside
