"""What people decided: silences, acknowledgements. Rows are only ever added; Salesforce keeps them as well."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from agent.instants import from_text, to_text
from agent.model import DecisionKind, HumanDecision
from agent.store.database import Store, from_json, to_json

_APOSTROPHES = "'\u2019\u2018\u02bc"
_WORD = re.compile(r"[^\W_]+|,")


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


def save_read(store: Store, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Decisions as Salesforce holds them; the keys that are new here.

    Who said it and what was said (a locked figure, an approved hash) is as Salesforce held it first, though somebody
    edits the row there: a locked figure never changes (D29). A corrected reason or end is followed.

    Keys: key, kind, about, by, reason, at, until, data, record_id.
    """
    keys = [row["key"] for row in rows]
    sql = "SELECT key FROM decision WHERE key IN (SELECT value FROM json_each(?))"
    known = {row[0] for row in store.rows(sql, (to_json(keys),))}
    store.write_many(
        "INSERT INTO decision (key, kind, about, by, reason, at, until, data, record_id)"
        " VALUES (:key, :kind, :about, :by, :reason, :at, :until, :data, :record_id)"
        " ON CONFLICT (key) DO UPDATE SET reason = excluded.reason, until = excluded.until, next_at = NULL,"
        " by = CASE WHEN record_id IS NULL THEN excluded.by ELSE by END,"
        " data = CASE WHEN record_id IS NULL THEN excluded.data ELSE data END, record_id = excluded.record_id",
        rows,
    )
    return [key for key in keys if key not in known]


def of(
    store: Store, org_id: str, kind: DecisionKind, abouts: Sequence[str] | None = None
) -> list[HumanDecision]:
    """Decisions of this kind, oldest first: about these, or all of them."""
    rows = store.rows(
        "SELECT * FROM decision WHERE kind = ?"
        " AND (? IS NULL OR about IN (SELECT value FROM json_each(?))) ORDER BY at, key",
        (kind.value, None if abouts is None else 1, to_json(list(abouts or ()))),
    )
    return [_decision(row, org_id) for row in rows]


def about(store: Store, org_id: str, abouts: Sequence[str]) -> list[HumanDecision]:
    """Decisions of every kind about these, oldest first."""
    rows = store.rows(
        "SELECT * FROM decision WHERE about IN (SELECT value FROM json_each(?)) ORDER BY at, key",
        (to_json(list(abouts)),),
    )
    return [_decision(row, org_id) for row in rows]


def under(store: Store, org_id: str, kind: DecisionKind, ids: Sequence[str]) -> list[HumanDecision]:
    """Decisions of this kind about what is written `ID:PART` of these ids, oldest first."""
    # A semicolon follows the colon: a stretch of the index for each id, however many decisions there are.
    rows = store.rows(
        """SELECT d.* FROM json_each(?) AS wanted JOIN decision AS d
             ON d.about > wanted.value || ':' AND d.about < wanted.value || ';' AND d.kind = ?
           ORDER BY d.at, d.key""",
        (to_json(list(ids)), kind.value),
    )
    return [_decision(row, org_id) for row in rows]


def by_key(store: Store, org_id: str, key: str) -> HumanDecision | None:
    row = store.row("SELECT * FROM decision WHERE key = ?", (key,))
    return None if row is None else _decision(row, org_id)


def last_acknowledged(store: Store, org_id: str, ids: Sequence[str]) -> dict[str, HumanDecision]:
    """Intervention -> the newest acknowledgement; those without are left out."""
    return {d.about: d for d in of(store, org_id, DecisionKind.ACKNOWLEDGED, ids)}


def acknowledged_open(store: Store) -> int:
    """Open interventions that somebody has acknowledged."""
    return int(
        store.value(
            """SELECT count(*) FROM intervention WHERE deleted = 0 AND open = 1
                 AND id IN (SELECT about FROM decision WHERE kind = 'acknowledged')"""
        )
    )


def unannounced(store: Store, org_id: str) -> list[HumanDecision]:
    """Silences whose end has not been announced on this disk."""
    rows = store.rows("SELECT * FROM decision WHERE kind = 'silence' AND announced = 0 ORDER BY at, key")
    return [_decision(row, org_id) for row in rows]


def announced(store: Store, key: str) -> None:
    store.write("UPDATE decision SET announced = 1 WHERE key = ?", (key,))


def unkept(store: Store, org_id: str, now: str, limit: int) -> list[tuple[HumanDecision, int]]:
    """Decisions Salesforce is yet to hear of whose turn it is, each with the tries so far."""
    rows = store.rows(
        "SELECT * FROM decision WHERE record_id IS NULL AND next_at <= ? ORDER BY at, key LIMIT ?",
        (now, limit),
    )
    return [(_decision(row, org_id), row["attempts"]) for row in rows]


def kept(store: Store, key: str, record_id: str | None) -> None:
    """Salesforce has it. Its id is None where somebody else created the row: it comes with the next read."""
    store.write(
        "UPDATE decision SET record_id = coalesce(?, record_id), next_at = NULL WHERE key = ?",
        (record_id, key),
    )


def retry_later(store: Store, key: str, next_at: str) -> None:
    store.write("UPDATE decision SET attempts = attempts + 1, next_at = ? WHERE key = ?", (next_at, key))


def next_at(store: Store, after: str) -> str | None:
    """The earliest instant from then on at which a decision is to be sent to Salesforce."""
    found: str | None = store.value(
        "SELECT min(next_at) FROM decision WHERE record_id IS NULL AND next_at > ?", (after,)
    )
    return found


def unkept_keys(store: Store) -> frozenset[str]:
    """Keys of decisions that Salesforce does not know yet."""
    rows = store.rows("SELECT key FROM decision WHERE record_id IS NULL AND next_at IS NOT NULL")
    return frozenset(row["key"] for row in rows)


def names_a_client(store: Store, text: str) -> bool:
    """True where the text holds the whole name of a mirrored client, or it as `Last, First`, whatever the capitals,
    accents, signs and blanks; one word alone may be any word.
    """
    said = f" {_plain(text)}"
    names = (row["name"] for row in store.rows("SELECT name FROM reference WHERE kind = 'client'"))
    return any(f" {form}" in said for name in names for form in _forms(_plain(name or "")))


def _plain(text: str) -> str:
    """Its words and commas without case, accents and apostrophes, one blank between two."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c) and c not in _APOSTROPHES)
    return " ".join(_WORD.findall(bare))


def _forms(name: str) -> list[str]:
    """A plain name in both orders, `ann baker` and `baker , ann`; nothing of a single word."""
    last, comma, first = name.partition(" , ")
    if not comma:
        first, _, last = name.rpartition(" ")
    return [f"{first} {last}", f"{last} , {first}"] if first else []


def open_under(store: Store, about: str, region_field: str | None) -> list[str]:
    """Ids of open interventions under a silence about an SLI, an office or a region.

    `region_field`: an office's lookup to its region, where the mapping has one.
    """
    rows = store.rows(
        """SELECT i.id FROM intervention i LEFT JOIN reference o ON o.id = i.office_id
           WHERE i.deleted = 0 AND i.open = 1
             AND (i.id = :about OR i.office_id = :about OR json_extract(o.source, '$.' || :region) = :about)
           ORDER BY i.id""",
        {"about": about, "region": region_field},
    )
    return [row["id"] for row in rows]


def _decision(row: Any, org_id: str) -> HumanDecision:
    return HumanDecision(
        org_id,
        DecisionKind(row["kind"]),
        row["about"],
        row["by"],
        row["reason"],
        from_text(row["at"]),
        from_text(row["until"]),
        from_json(row["data"]),
    )
