"""Whether mirror and org agree: both as living rows by stream, with the org's names for fields, and how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.instants import to_text
from agent.loop import Agent
from agent.sandbox.soql.values import json_value
from agent.store import census, from_json
from agent.sync.streams import judged_fields, streams, written_fields
from tests.company import Company
from tests.sync.watching import SLI, mirrored

FEED, COMMENT = "Service_Level_Intervention__Feed", "FeedComment"
HISTORY = "Service_Level_Intervention__History"
FORMULA = "Service_Incident_Type__c"
"""Made a formula in these tests: orgs differ in what they compute."""
Rows = dict[str, dict[str, Any]]
"""By record id, values by field as the API gives them; instants of what is told about an SLI as our text."""

_TOLD = {
    "history": """SELECT id AS Id, intervention_id AS ParentId, by AS CreatedById, at AS CreatedDate, field AS Field,
                  json_extract(old, '$') AS OldValue, json_extract(new, '$') AS NewValue FROM change""",
    "feed": """SELECT id AS Id, intervention_id AS ParentId, by AS CreatedById, at AS CreatedDate, body AS Body
               FROM chatter WHERE kind = 'post' AND deleted = 0""",
    "comment": """SELECT id AS Id, intervention_id AS ParentId, by AS CreatedById, at AS CreatedDate,
                  body AS CommentBody FROM chatter WHERE kind = 'comment' AND deleted = 0""",
    "activity": """SELECT id AS Id, intervention_id AS WhatId, by AS CreatedById, at AS CreatedDate,
                   subject AS Subject FROM activity WHERE deleted = 0""",
}
"""What is told about an SLI, as the mirror holds it."""


def held(agent: Agent) -> dict[str, Rows]:
    """The mirror's living rows; of what is told, only what is told about living SLIs."""
    store = agent.work.store
    slis = {
        i: from_json(row["source"]) | from_json(row["written"])
        for i, row in mirrored(agent).items()
        if not row["deleted"]
    }
    found = {"intervention": slis}
    for stream, sql in _TOLD.items():
        found[stream] = _about(slis, {row["Id"]: dict(row) for row in store.rows(sql)})
    for kind in agent.work.mapping.reference.kinds():
        rows = store.rows("SELECT id, source FROM reference WHERE kind = ? AND deleted = 0", (kind,))
        found[kind] = {row["id"]: from_json(row["source"]) for row in rows}
    return found


def shown(company: Company, agent: Agent) -> dict[str, Rows]:
    """The org's living rows, with the fields that are mapped."""
    mapping = agent.work.mapping
    slis = _living(company, SLI, (*mapping.intervention.read_fields(), *written_fields(mapping)))
    for record_id, row in mirrored(agent).items():
        if not row["open"] and record_id in slis:
            slis[record_id].pop(FORMULA, None)  # It is refreshed for open SLIs.
    judged = judged_fields(mapping)
    changes = _told(company, HISTORY, "Field", "OldValue", "NewValue")
    posts = _told(company, FEED, "Body", "Type")
    told = {
        "history": {i: row for i, row in changes.items() if row["Field"] in judged},
        "feed": {i: row for i, row in posts.items() if row.pop("Type") != "TrackedChange"},
        "comment": _told(company, COMMENT, "CommentBody"),
        "activity": _told(company, "Task", "Subject", parent="WhatId"),
    }
    found = {"intervention": slis} | {stream: _about(slis, rows) for stream, rows in told.items()}
    for stream in streams(mapping):
        if stream.name in mapping.reference.kinds():
            fields = [f for f in stream.fields if f not in ("Id", "IsDeleted", "SystemModstamp")]
            found[stream.name] = _living(company, stream.object, fields)
    return found


def differences(company: Company, agent: Agent) -> list[str]:
    """What the mirror holds otherwise than the org; [] where they agree."""
    ours, theirs = held(agent), shown(company, agent)
    found = []
    for stream, rows in theirs.items():
        own = ours[stream]
        found += [f"{stream} {i} is missing" for i in rows.keys() - own.keys()]
        found += [f"{stream} {i} is still alive" for i in own.keys() - rows.keys()]
        for i in rows.keys() & own.keys():
            other = {f: (own[i].get(f), value) for f, value in rows[i].items() if own[i].get(f) != value}
            found += [f"{stream} {i}: {f} is {a!r}, in the org {b!r}" for f, (a, b) in other.items()]
    unseen = {row["id"] for row in census.unseen(agent.work.store)} & theirs["intervention"].keys()
    return sorted(found) + [f"{i} is unseen" for i in sorted(unseen)]


def _about(slis: Rows, rows: Rows) -> Rows:
    return {i: row for i, row in rows.items() if (row.get("ParentId") or row.get("WhatId")) in slis}


def _told(company: Company, object: str, *fields: str, parent: str = "ParentId") -> Rows:
    rows = _living(company, object, (parent, "CreatedById", *fields))
    created = {row["Id"]: to_text(row["CreatedDate"]) for row in company.rows(object)}
    return {i: {**row, "CreatedDate": created[i]} for i, row in rows.items()}


def _living(company: Company, object: str, fields: Sequence[str]) -> Rows:
    rows = [row for row in company.rows(object) if not row.get("IsDeleted")]
    return {row["Id"]: {field: json_value(row.get(field)) for field in fields} for row in rows}
