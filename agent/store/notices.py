"""Notices: facts to be told, and what became of each. Kept in Salesforce as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent.instants import from_text, to_text
from agent.model import Notice, NoticeState, Rule, Side
from agent.store.database import Store, from_json, to_json


@dataclass(frozen=True)
class KeptNotice:
    """A notice and its fate. `told` is {"roles": {role: how}, "deliveries": [...]}."""

    notice: Notice
    state: NoticeState
    reason: str
    record_id: str | None
    claimed_by: str | None
    attempts: int
    decided_at: str
    told_at: str | None
    told: Mapping[str, Any]


def add(
    store: Store,
    notices: Iterable[tuple[Notice, str, Mapping[str, Any]]],
    now: str,
    *,
    decided_at: str | None = None,
) -> list[Notice]:
    """Decided notices (notice, reason, inputs); those that are new. A known key is never decided twice.

    `decided_at`: when another life decided them, where one did.
    """
    return [
        notice
        for notice, reason, inputs in notices
        if store.write(
            "INSERT OR IGNORE INTO notice"
            " (key, intervention_id, rule, topic, due, stage, sides, state, reason, decided_for, inputs, decided_at,"
            " next_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'intent', ?, ?, ?, ?, ?)",
            (
                notice.key,
                notice.intervention_id,
                notice.rule.value,
                notice.topic,
                to_text(notice.due),
                notice.stage,
                to_json([s.value for s in notice.sides]),
                reason,
                reason,
                to_json(dict(inputs)),
                decided_at or now,
                now,
            ),
        )
    ]


def has_near(store: Store, notice: Notice, span: timedelta) -> bool:
    """True if another notice of this rule and intervention has its due time within this span."""
    first, last = to_text(notice.due - span), to_text(notice.due + span)
    return bool(
        store.value(
            "SELECT count(*) FROM notice WHERE intervention_id = ? AND rule = ? AND due BETWEEN ? AND ? AND key != ?",
            (notice.intervention_id, notice.rule.value, first, last, notice.key),
        )
    )


def due(store: Store, org_id: str, state: NoticeState, now: str, limit: int) -> list[KeptNotice]:
    """Notices in this state whose hour has come, oldest deadline first."""
    rows = store.rows(
        "SELECT * FROM notice WHERE state = ? AND next_at <= ? ORDER BY due, key LIMIT ?",
        (state.value, now, limit),
    )
    return [_notice(row, org_id) for row in rows]


def of_intervention(store: Store, org_id: str, intervention_id: str) -> list[KeptNotice]:
    rows = store.rows("SELECT * FROM notice WHERE intervention_id = ? ORDER BY due, key", (intervention_id,))
    return [_notice(row, org_id) for row in rows]


def by_key(store: Store, org_id: str, key: str) -> KeptNotice | None:
    row = store.row("SELECT * FROM notice WHERE key = ?", (key,))
    return None if row is None else _notice(row, org_id)


def set_state(
    store: Store,
    key: str,
    state: NoticeState,
    *,
    next_at: str | None = None,
    unreported: bool = False,
    **columns: str | None,
) -> None:
    """Move a notice on. `columns` may set reason, record_id, claimed_by, told_at, told, sides, checked."""
    names = "".join(f", {name} = :{name}" for name in columns)
    store.write(
        "UPDATE notice SET state = :state, next_at = :next_at,"  # noqa: S608  # our own names
        f" unreported = max(unreported, :unreported){names} WHERE key = :key",
        {"key": key, "state": state.value, "next_at": next_at, "unreported": int(unreported), **columns},
    )


def lease_end(store: Store, key: str) -> str | None:
    """When a notice held elsewhere may be taken for left behind."""
    found: str | None = store.value("SELECT next_at FROM notice WHERE key = ?", (key,))
    return found


def retry_later(store: Store, key: str, next_at: str, reason: str) -> None:
    store.write(
        "UPDATE notice SET attempts = attempts + 1, next_at = ?, reason = ? WHERE key = ?",
        (next_at, reason, key),
    )


def save_foreign(store: Store, notice: Mapping[str, Any]) -> bool:
    """A notice row read from Salesforce, unless this disk knows better (it claimed the key itself).

    Keys: key, intervention_id, rule, topic, due, stage, sides, state, reason, at, next_at, record_id, claimed_by,
    told_at, told. True if it was new or news.
    """
    return bool(
        store.write(
            """INSERT INTO notice (key, intervention_id, rule, topic, due, stage, sides, state, reason, decided_at,
                 next_at, record_id, claimed_by, told_at, told)
               VALUES (:key, :intervention_id, :rule, :topic, :due, :stage, :sides, :state, :reason, :at, :next_at,
                 :record_id, :claimed_by, :told_at, :told)
               ON CONFLICT (key) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                 next_at = excluded.next_at, record_id = excluded.record_id, claimed_by = excluded.claimed_by,
                 told_at = excluded.told_at, told = excluded.told
               WHERE notice.state IN ('intent', 'elsewhere') AND notice.unreported = 0
                 AND (notice.state != excluded.state OR notice.next_at IS NOT excluded.next_at)""",
            notice,
        )
    )


def renew_claims(store: Store, now: str, next_at: str) -> None:
    """Claims still being delivered give a sign of life, so that no other agent takes them for left behind."""
    store.write(
        "UPDATE notice SET unreported = 1, next_at = ? WHERE state = 'claimed' AND next_at <= ?",
        (next_at, now),
    )


def unreported(store: Store, org_id: str, now: str, limit: int) -> list[KeptNotice]:
    """Notices whose fate Salesforce does not know yet."""
    rows = store.rows(
        """SELECT * FROM notice WHERE unreported = 1 AND record_id IS NOT NULL
             AND (state = 'claimed' OR next_at IS NULL OR next_at <= ?) ORDER BY key LIMIT ?""",
        (now, limit),
    )
    return [_notice(row, org_id) for row in rows]


def reported(store: Store, key: str) -> None:
    store.write(
        "UPDATE notice SET unreported = 0, next_at = CASE WHEN state = 'claimed' THEN next_at END WHERE key = ?",
        (key,),
    )


def report_later(store: Store, key: str, next_at: str) -> None:
    store.write("UPDATE notice SET next_at = ? WHERE key = ?", (next_at, key))


def told_dues(store: Store, notice: Notice) -> list[str]:
    """Due times of the earlier notices of this rule and intervention that people got, oldest first."""
    rows = store.rows(
        "SELECT DISTINCT due FROM notice WHERE intervention_id = ? AND rule = ? AND state = 'told' AND due < ?"
        " ORDER BY due",
        (notice.intervention_id, notice.rule.value, to_text(notice.due)),
    )
    return [row[0] for row in rows]


def wait_until(store: Store, put_off: Mapping[str, str]) -> None:
    """Key -> next_at of notices whose turn comes later, though nothing has gone wrong."""
    rows = ((next_at, key) for key, next_at in put_off.items())
    store.write_many("UPDATE notice SET next_at = ? WHERE key = ?", rows)


def shadow_counts(store: Store, since: str) -> dict[str, int]:
    """By rule, how many notices due since then were decided and not sent, as their kind is in shadow (D18)."""
    rows = store.rows(
        "SELECT rule, count(*) FROM notice WHERE state = 'shadow' AND due >= ? GROUP BY rule", (since,)
    )
    return {row[0]: row[1] for row in rows}


def last_told_at(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """When people were last told about these interventions; those nobody was told about are left out."""
    rows = store.rows(
        """SELECT intervention_id, max(told_at) FROM notice
           WHERE intervention_id IN (SELECT value FROM json_each(?)) AND told_at IS NOT NULL GROUP BY 1""",
        (to_json(ids),),
    )
    return {row[0]: row[1] for row in rows}


def next_at(store: Store, after: str) -> str | None:
    """The earliest instant from then on at which a notice has its turn."""
    found: str | None = store.value("SELECT min(next_at) FROM notice WHERE next_at > ?", (after,))
    return found


def _notice(row: Any, org_id: str) -> KeptNotice:
    notice = Notice(
        org_id,
        row["intervention_id"],
        Rule(row["rule"]),
        from_text(row["due"]),
        tuple(Side(s) for s in from_json(row["sides"])),
        row["stage"],
        row["topic"],
    )
    return KeptNotice(
        notice,
        NoticeState(row["state"]),
        row["reason"],
        row["record_id"],
        row["claimed_by"],
        row["attempts"],
        row["decided_at"],
        row["told_at"],
        from_json(row["told"]),
    )


def waiting(store: Store) -> list[dict[str, Any]]:
    """Notices decided and not claimed yet, by record number."""
    rows = store.rows(
        """SELECT n.rule, n.due, i.number FROM notice n LEFT JOIN intervention i ON i.id = n.intervention_id
           WHERE n.state = 'intent' ORDER BY n.due, n.key"""
    )
    return [dict(row) for row in rows]


def counts(store: Store) -> dict[str, int]:
    """Notices by state."""
    return {
        row[0]: row[1] for row in store.rows("SELECT state, count(*) FROM notice GROUP BY state ORDER BY 1")
    }
