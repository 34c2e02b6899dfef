"""What people decided: silences, acknowledgements. Rows are only ever added; Salesforce keeps them as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.instants import from_text, to_text
from agent.model import DecisionKind, HumanDecision
from agent.store.database import Store, from_json, to_json


def add(store: Store, decision: HumanDecision, now: str) -> bool:
    """Keep a decision that Salesforce is yet to hear of; False if it is known already."""
    return bool(
        store.write(
            "INSERT OR IGNORE INTO decision (key, kind, about, by, reason, at, until, data, next_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                decision.key,
                decision.kind.value,
                decision.about,
                decision.by,
                decision.reason,
                to_text(decision.at),
                to_text(decision.until),
                to_json(dict(decision.data)),
                now,
            ),
        )
    )


def save_read(store: Store, rows: Sequence[Mapping[str, Any]]) -> None:
    """Decisions as Salesforce holds them. Keys: key, kind, about, by, reason, at, until, data, record_id."""
    store.write_many(
        "INSERT INTO decision (key, kind, about, by, reason, at, until, data, record_id)"
        " VALUES (:key, :kind, :about, :by, :reason, :at, :until, :data, :record_id)"
        " ON CONFLICT (key) DO UPDATE SET record_id = excluded.record_id, next_at = NULL",
        rows,
    )


def of(
    store: Store, org_id: str, kind: DecisionKind, abouts: Sequence[str] | None = None
) -> list[HumanDecision]:
    """Decisions of this kind, oldest first: about these, or all of them."""
    rows = store.rows(
        "SELECT * FROM decision WHERE kind = ?"
        " AND (? IS NULL OR about IN (SELECT value FROM json_each(?))) ORDER BY at, key",
        (kind.value, None if abouts is None else 1, to_json(list(abouts or ()))),
    )
    return [
        HumanDecision(
            org_id,
            kind,
            row["about"],
            row["by"],
            row["reason"],
            from_text(row["at"]),
            from_text(row["until"]),
            from_json(row["data"]),
        )
        for row in rows
    ]
