"""The org that every reader reads: the sandbox's company, and as many old interventions as a scenario asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from agent.sandbox import ids
from agent.sandbox.seed import Seeded
from agent.sandbox.store import Row
from agent.sandbox.world import populate

SLI = "Service_Level_Intervention__c"
FORMULA = "SLI_Created_Date__c"
"""Made a formula here: orgs differ in what they compute, and every reader must cope with one."""
COMPANY = 80
"""Interventions that the sandbox itself tells stories about; the rest is bulk."""
BATCH = 200
"""Rows that share one stamp: what a data loader leaves behind."""
_FIRST_SERIAL = 10_000_000
_OLDEST = timedelta(days=300)
_YOUNGEST = timedelta(days=20)
"""Older than go-live (D9), so that the bulk is judged and told to nobody."""


def filled(now: datetime, rows: int) -> Seeded:
    """A company with `rows` interventions in all, at least `COMPANY`; the bulk is 20 to 300 days old."""
    seeded = populate(now, size=COMPANY, seed_number=7)
    _compute(seeded)
    models = _models(seeded)
    table = seeded.org.store.tables[SLI]
    count = max(rows - COMPANY, 0)
    batches = count // BATCH + 1
    for number in range(count):
        age = _OLDEST - (_OLDEST - _YOUNGEST) * (number // BATCH / batches)
        row = _copied(models[number % len(models)], _FIRST_SERIAL + number, seeded.now - age)
        table.put(row["Id"], row)
    return seeded


def _compute(seeded: Seeded) -> None:
    schemas = seeded.org.schemas
    if not isinstance(schemas, dict):
        raise TypeError("the sandbox org's schemas are expected in a dict")
    field = replace(schemas[SLI].fields[FORMULA], calculated=True, createable=False, updateable=False)
    schemas[SLI] = schemas[SLI].with_fields(field)


def _models(seeded: Seeded) -> list[Row]:
    """Interventions of ordinary size, as the company wrote them."""
    rows = seeded.org.rows(SLI, seeded.now)
    return [row for row in rows if not row["IsDeleted"] and row["Client_Status__c"] and row["Description__c"]]


def bulk_id(number: int) -> str:
    """The id of an intervention of the bulk, counted from 0, the oldest."""
    return ids.make("a01", _FIRST_SERIAL + number)


def _copied(model: Row, serial: int, at: datetime) -> Row:
    at = at.replace(microsecond=0)
    return model.changed(
        {
            "Id": ids.make("a01", serial),
            "SLI_Number__c": f"SLI-{serial}",
            "SLI_Created_Date__c": at.date(),
            "Incident_Date__c": at.date(),
            "CreatedDate": at,
            "LastModifiedDate": at,
            "SystemModstamp": at,
        }
    )
