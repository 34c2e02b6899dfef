"""A few people, offices and clients in a state file of their own (fictional)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.mapping import load
from agent.store import Store, mirror
from agent.store.database import to_json

MAPPING = load(Path("mappings/sandbox"))
ANA, BO, CY, DEE = (f"005000000000{name}AAA" for name in ("ANA", "BOL", "CYQ", "DEE"))
BOSTON, DENVER = "a01000000000BOSAAA", "a01000000000DENAAA"
EAST, WEST = "a02000000000EASAAA", "a02000000000WESAAA"
CLIENTS = tuple(f"a03000000000{n:03}AAA" for n in range(12))


def person(
    person_id: str, name: str, email: str, employee: str | None, *, active: bool = True, title: str = ""
) -> tuple[Any, ...]:
    fields = {"Email": email, "EmployeeNumber": employee, "Title": title, "IsActive": active}
    return reference(person_id, "person", name, **fields)


def reference(record_id: str, kind: str, name: str, **fields: Any) -> tuple[Any, ...]:
    return (record_id, kind, name, to_json(fields), f"{name}{fields}", 0)


def staff(path: Path) -> Store:
    """The state with everybody in it."""
    store = Store(path)
    csm = "Client Success Manager"
    rows = [
        person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0042", title=csm),
        person(BO, "Bo Lind", "bo.lind@example.com", "0043", title=csm),
        person(CY, "Cy Quinn", "cy.quinn@example.com", None, title=f"RN {csm}"),
        person(DEE, "Ana Ruiz", "old.ana@example.com", "0042", active=False),
        reference(EAST, "region", "New England"),
        reference(WEST, "region", "Central States"),
        reference(BOSTON, "office", "Boston", Time_Zone__c="America/New_York", Region__c=EAST),
        reference(DENVER, "office", "Denver", Time_Zone__c="America/Denver", Region__c=WEST),
        *(reference(client, "client", f"Client Number{n}") for n, client in enumerate(CLIENTS)),
    ]
    with store.transaction():
        store.put("org_id", "00D000000000001AAA")
        mirror.save_references(store, rows)
    return store
