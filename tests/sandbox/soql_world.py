"""A tiny org in memory for the SOQL tests: some objects and rows, and a catalog that notes what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from agent.sandbox import ids
from agent.sandbox.schema import Field, ObjectSchema
from agent.sandbox.soql import Result, Row, execute, parse


def at(minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 21, 19, minute, second, tzinfo=UTC)


def _schema(name: str, prefix: str, *fields: Field, **more: Any) -> ObjectSchema:
    system = (
        Field("Id", "id", nillable=False),
        Field("Name", "string", length=80),
        Field("IsDeleted", "boolean", nillable=False),
        Field("CreatedDate", "datetime"),
        Field("CreatedById", "reference", reference_to=("User",), relationship="CreatedBy"),
        Field("SystemModstamp", "datetime", nillable=False),
    )
    return ObjectSchema(name, name, prefix, {f.name: f for f in (*system, *fields)}, **more)


def _to(name: str, *objects: str, via: str) -> Field:
    return Field(name, "reference", reference_to=objects, relationship=via)


SCHEMAS = {
    schema.name: schema
    for schema in (
        _schema(
            "User",
            "005",
            Field("Email", "email"),
            Field("IsActive", "boolean"),
            _to("ManagerId", "User", via="Manager"),
        ),
        _schema("Group", "00G"),
        _schema("Region__c", "a0R", _to("Head__c", "User", via="Head__r")),
        _schema("Office__c", "a0O", _to("Region__c", "Region__c", via="Region__r")),
        _schema(
            "Case__c",
            "a0C",
            Field("Status__c", "picklist", picklist=("Green", "Red")),
            Field("Plan__c", "textarea", html=True, length=255),
            Field("Story__c", "textarea", length=32000),
            Field("Note__c", "textarea", length=255),
            Field("Day__c", "date"),
            Field("Due__c", "datetime"),
            Field("Score__c", "double"),
            Field("Steps__c", "int"),
            Field("Key__c", "string", length=255),
            _to("Office__c", "Office__c", via="Office__r"),
            _to("OwnerId", "User", "Group", via="Owner"),
            _to("Lost__c", "Gone__c", via="Lost__r"),
            Field("Bare__c", "reference", reference_to=("User",)),
            child_relationships={
                "Feeds": ("Case__Feed", "ParentId"),
                "Histories": ("Case__History", "ParentId"),
                "Ghosts": ("Gone__c", "ParentId"),
            },
        ),
        _schema(
            "Case__Feed",
            "0D5",
            Field("Body", "textarea", length=10000),
            Field("Type", "picklist"),
            _to("ParentId", "Case__c", via="Parent"),
        ),
        _schema("Case__History", "017", Field("Field", "string"), _to("ParentId", "Case__c", via="Parent")),
    )
}


def id_of(name: str, number: int) -> str:
    return ids.make(SCHEMAS[name].key_prefix, number)


@dataclass
class World:
    """A catalog over plain lists. `asked` tells how rows were read, call by call."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in SCHEMAS})
    indexed: frozenset[str] = frozenset({"SystemModstamp", "CreatedDate"})
    asked: list[str] = field(default_factory=list)
    read: int = 0
    """Rows handed out so far."""
    purged: dict[str, Any] = field(default_factory=dict)
    """A case deleted so long ago that it is still found by its id, and listed no more."""

    def add(self, name: str, number: int, **values: Any) -> str:
        record_id = id_of(name, number)
        system = {"Id": record_id, "IsDeleted": False, "SystemModstamp": at(0), "CreatedDate": at(0)}
        self.tables[name].append({**system, **values})
        return record_id

    def schema(self, name: str) -> ObjectSchema | None:
        return next((schema for key, schema in SCHEMAS.items() if key.lower() == name.lower()), None)

    def rows(self, name: str, *, include_deleted: bool) -> Iterable[Row]:
        self.asked.append("all")
        return self._handed_out(self.tables[name], include_deleted)

    def rows_from(self, name: str, field: str, low: Any, *, include_deleted: bool) -> Iterable[Row] | None:
        if field not in self.indexed:
            return None
        self.asked.append(f"{field} from {low:%H:%M:%S}")
        held = [row for row in self.tables[name] if row.get(field) is not None and row[field] >= low]
        return self._handed_out(sorted(held, key=lambda row: (row[field], row["Id"])), include_deleted)

    def row(self, record_id: str) -> tuple[str, Row] | None:
        assert isinstance(record_id, str), "a lookup that holds nothing has no parent to fetch"
        for name, rows in self.tables.items():
            for row in rows:
                if row["Id"] == record_id:
                    return name, row
        return ("Case__c", self.purged) if self.purged.get("Id") == record_id else None

    def children(self, child: str, lookup: str, parent_id: str, *, include_deleted: bool) -> Iterable[Row]:
        self.asked.append(f"{child} by {lookup}")
        family = [row for row in self.tables[child] if row.get(lookup) == parent_id]
        return self._handed_out(family, include_deleted)

    def _handed_out(self, rows: Iterable[dict[str, Any]], include_deleted: bool) -> Iterable[Row]:
        for row in rows:
            if include_deleted or not row["IsDeleted"]:
                self.read += 1
                yield row

    def ask(self, text: str, **how: Any) -> Result:
        return execute(parse(text), self, **how)

    def names(self, where: str, **how: Any) -> list[str]:
        """The names of the cases that `where` (with ORDER BY and LIMIT, if any) keeps."""
        return [record["Name"] for record in self.records(f"SELECT Name FROM Case__c {where}", **how)]

    def records(self, text: str, **how: Any) -> list[dict[str, Any]]:
        return self.ask(text, **how).render(version="65.0")


def small_world() -> World:
    """Three cases: A with everything, B with half, C with nothing; D is in the recycle bin."""
    world = World()
    boss = world.add("User", 1, Name="Ada Boss", Email="ada@example.com", IsActive=True)
    worker = world.add("User", 2, Name="Ben Work", Email="ben@example.com", IsActive=False, ManagerId=boss)
    queue = world.add("Group", 1, Name="Queue")
    region = world.add("Region__c", 1, Name="Ohio", Head__c=boss)
    office = world.add("Office__c", 1, Name="Dayton", Region__c=region)
    world.add(
        "Case__c",
        1,
        Name="A",
        Status__c="Green",
        Day__c=date(2026, 11, 21),
        Due__c=at(5, 30),
        Score__c=79.5,
        Steps__c=6,
        Key__c="100% sure_thing",
        Note__c="first\nsecond",
        Office__c=office,
        OwnerId=worker,
        CreatedById=worker,
        SystemModstamp=at(1),
    )
    world.add(
        "Case__c",
        2,
        Name="B",
        Status__c="red",
        Day__c=date(2026, 11, 22),
        Due__c=at(6),
        Score__c=80.0,
        Steps__c=2,
        Key__c="100x sureXthing",
        OwnerId=queue,
        CreatedById=boss,
        SystemModstamp=at(2),
    )
    world.add("Case__c", 3, Name="C", SystemModstamp=at(3))
    world.add("Case__c", 4, Name="D", IsDeleted=True, SystemModstamp=at(4))
    return world
