"""The objects that Salesforce keeps beside another when its feed or its field history is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.sandbox.catalogue.fields import (
    READ_ONLY,
    audit_fields,
    checkbox,
    datetime,
    field,
    is_deleted,
    lookup,
    picklist,
    record_id,
    system_object,
    text,
)
from agent.sandbox.schema import ObjectSchema

FEED_TYPES = ("TextPost", "TrackedChange", "LinkPost", "ContentPost", "CreateRecordEvent")
FEED_ITEM_PREFIX = "0D5"
FEED_COMMENT_PREFIX = "0D7"
HISTORY_PREFIX = "017"


def feed_name(name: str) -> str:
    """`Office__c` -> `Office__Feed`, `Account` -> `AccountFeed`."""
    return f"{name.removesuffix('c')}Feed" if name.endswith("__c") else f"{name}Feed"


def history_name(name: str) -> str:
    """`Office__c` -> `Office__History`, `Account` -> `AccountHistory`."""
    return f"{name.removesuffix('c')}History" if name.endswith("__c") else f"{name}History"


def with_system_objects(schemas: Mapping[str, ObjectSchema]) -> dict[str, ObjectSchema]:
    """These objects, plus `FeedItem`, `FeedComment` and the feed and history objects their flags ask for.

    Doing it twice changes nothing.
    """
    followed = tuple(schema.name for schema in schemas.values() if schema.feed)
    objects = {schema.name: _with_children(schema) for schema in schemas.values()}
    for system in (_feed_item(followed), _feed_comment(followed)):
        objects[system.name] = system
    for schema in schemas.values():
        if schema.feed:
            objects[feed_name(schema.name)] = _feed(schema)
        if schema.history:
            objects[history_name(schema.name)] = _history(schema)
    return objects


def _with_children(schema: ObjectSchema) -> ObjectSchema:
    children = dict(schema.child_relationships)
    if schema.feed:
        children["Feeds"] = (feed_name(schema.name), "ParentId")
    if schema.history:
        children["Histories"] = (history_name(schema.name), "ParentId")
    return replace(schema, child_relationships=children)


def _feed(schema: ObjectSchema) -> ObjectSchema:
    feed = _posts(feed_name(schema.name), (schema.name,))
    return replace(feed, label=f"{schema.label} Feed", createable=False)


def _feed_item(followed: tuple[str, ...]) -> ObjectSchema:
    return replace(_posts("FeedItem", followed), label="Feed Item")


def _posts(name: str, parents: tuple[str, ...]) -> ObjectSchema:
    """One shape for `FeedItem` and every `X__Feed`: they show the same posts under the same ids."""
    fields = [
        record_id(),
        lookup("ParentId", *parents, nillable=False, updateable=False),
        picklist("Type", *FEED_TYPES),
        text("Title"),
        field("Body", "textarea", length=10_000),
        checkbox("IsRichText"),
        field("CommentCount", "int", nillable=False, **READ_ONLY),
        is_deleted(),
        *(f for f in audit_fields() if f.name != "LastModifiedById"),
    ]
    children = {"FeedComments": ("FeedComment", "FeedItemId")}
    return system_object(name, FEED_ITEM_PREFIX, fields, child_relationships=children)


def _feed_comment(followed: tuple[str, ...]) -> ObjectSchema:
    # No LastModifiedDate here: a later edit of a comment shows in SystemModstamp alone.
    fields = [
        record_id(),
        lookup("FeedItemId", "FeedItem", relationship=None, nillable=False, updateable=False),
        lookup("ParentId", *followed, nillable=False, **READ_ONLY),
        field("CommentBody", "textarea", length=10_000, nillable=False),
        checkbox("IsRichText"),
        is_deleted(),
        *(f for f in audit_fields() if not f.name.startswith("LastModified")),
    ]
    return system_object("FeedComment", FEED_COMMENT_PREFIX, fields, label="Feed Comment")


def _history(schema: ObjectSchema) -> ObjectSchema:
    """Field history has no SystemModstamp and is written by Salesforce alone (platform fact)."""
    tracked = (f.name for f in schema.fields.values() if f.tracked)
    fields = [
        record_id(),
        is_deleted(),
        lookup("ParentId", schema.name, nillable=False, **READ_ONLY),
        lookup("CreatedById", "User", nillable=False, **READ_ONLY),
        datetime("CreatedDate", nillable=False, **READ_ONLY),
        picklist("Field", "created", *tracked, nillable=False, **READ_ONLY),
        text("DataType", 40, **READ_ONLY),
        text("OldValue", **READ_ONLY),
        text("NewValue", **READ_ONLY),
    ]
    name = history_name(schema.name)
    label = f"{schema.label} History"
    return system_object(name, HISTORY_PREFIX, fields, label=label, createable=False, deletable=False)
