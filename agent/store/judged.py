"""Judgements on disk: milestones with their inputs, what is remembered, findings, handling scores."""

from __future__ import annotations

from typing import Any

from agent.instants import from_text, to_text
from agent.model import Judgement, Memory, Milestone, MilestoneKind, MilestoneState, Side
from agent.store.database import Store, from_json, to_json

Remembered = dict[tuple[Side, MilestoneKind], Memory]


def memory_of(store: Store, intervention_id: str) -> Remembered:
    rows = store.rows("SELECT * FROM memory WHERE intervention_id = ?", (intervention_id,))
    return {
        (Side(row["side"]), MilestoneKind(row["kind"])): Memory(
            done_by=from_text(row["done_by"]),
            undone_through=from_text(row["undone_through"]),
            met=_milestone(from_json(row["met"])) if row["met"] else None,
            granted=row["granted"],
            absent_through=from_text(row["absent_through"]),
            began=from_text(row["began"]),
        )
        for row in rows
    }


def save(
    store: Store, judgement: Judgement, judged_at: str, checks: dict[Side, list[dict[str, Any]]]
) -> None:
    """Replace what was judged about this intervention; it no longer waits for judgement."""
    key = judgement.intervention_id
    store.write("DELETE FROM milestone WHERE intervention_id = ?", (key,))
    store.write_many(
        "INSERT INTO milestone VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((key, *_columns(m), judged_at) for m in judgement.milestones),
    )
    store.write("DELETE FROM memory WHERE intervention_id = ?", (key,))
    store.write_many(
        "INSERT INTO memory VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((key, side, kind, *_memory_columns(m)) for (side, kind), m in judgement.memory.items()),
    )
    _save_findings(store, judgement, judged_at)
    store.write("DELETE FROM handling WHERE intervention_id = ?", (key,))
    store.write_many(
        "INSERT INTO handling VALUES (?, ?, ?, ?)",
        ((key, side, score, to_json(checks.get(side, []))) for side, score in judgement.scores.items()),
    )
    store.write(
        "UPDATE intervention SET changed = 0, open = ?, again_at = ?, judged_at = ? WHERE id = ?",
        (int(judgement.open), to_text(judgement.again_at), judged_at, key),
    )


def _save_findings(store: Store, judgement: Judgement, judged_at: str) -> None:
    """A finding keeps the instant since when it stands."""
    key = judgement.intervention_id
    since = {
        (row["code"], row["side"]): row["since"]
        for row in store.rows("SELECT * FROM finding WHERE intervention_id = ?", (key,))
    }
    store.write("DELETE FROM finding WHERE intervention_id = ?", (key,))
    store.write_many(
        "INSERT OR IGNORE INTO finding VALUES (?, ?, ?, ?, ?)",
        (
            (key, f.code, f.side or "", f.detail, since.get((f.code, f.side or ""), judged_at))
            for f in judgement.findings
        ),
    )


def milestones_of(store: Store, intervention_id: str) -> list[Milestone]:
    rows = store.rows(
        "SELECT * FROM milestone WHERE intervention_id = ? ORDER BY side, kind", (intervention_id,)
    )
    return [_milestone({**dict(row), "inputs": from_json(row["inputs"])}) for row in rows]


def findings_of(store: Store, intervention_id: str) -> list[dict[str, Any]]:
    rows = store.rows(
        "SELECT * FROM finding WHERE intervention_id = ? ORDER BY code, side", (intervention_id,)
    )
    return [dict(row) for row in rows]


def handling_of(store: Store, intervention_id: str) -> dict[Side, tuple[float | None, list[dict[str, Any]]]]:
    rows = store.rows("SELECT * FROM handling WHERE intervention_id = ?", (intervention_id,))
    return {Side(row["side"]): (row["score"], from_json(row["checks"])) for row in rows}


def counts(store: Store) -> dict[str, dict[str, int]]:
    """Milestones by kind and state."""
    found: dict[str, dict[str, int]] = {kind.value: {} for kind in MilestoneKind}
    for row in store.rows(
        "SELECT kind, state, count(*) AS n FROM milestone GROUP BY kind, state ORDER BY 1, 2"
    ):
        found[row["kind"]][row["state"]] = row["n"]
    return found


def finding_counts(store: Store) -> dict[str, int]:
    return {
        row[0]: row[1] for row in store.rows("SELECT code, count(*) FROM finding GROUP BY code ORDER BY code")
    }


def _memory_columns(m: Memory) -> tuple[str | None, ...]:
    met = to_json(_as_dict(m.met)) if m.met else None
    seen = (to_text(m.done_by), to_text(m.undone_through))
    return (*seen, met, m.granted, to_text(m.absent_through), to_text(m.began))


def _as_dict(m: Milestone) -> dict[str, Any]:
    side, kind, state, reason, clock_start, due, met_at, inputs = _columns(m)
    return {
        "side": side,
        "kind": kind,
        "state": state,
        "reason": reason,
        "clock_start": clock_start,
        "due": due,
        "met_at": met_at,
        "inputs": from_json(inputs),
    }


def _columns(m: Milestone) -> tuple[Any, ...]:
    return (
        m.side.value,
        m.kind.value,
        m.state.value,
        m.reason,
        to_text(m.clock_start),
        to_text(m.due),
        to_text(m.met_at),
        to_json(dict(m.inputs)),
    )


def _milestone(row: dict[str, Any]) -> Milestone:
    return Milestone(
        Side(row["side"]),
        MilestoneKind(row["kind"]),
        MilestoneState(row["state"]),
        row["reason"],
        from_text(row["clock_start"]),
        from_text(row["due"]),
        from_text(row["met_at"]),
        row["inputs"],
    )


def before(store: Store, instant: str) -> dict[str, int]:
    """What stood open when the agent went live (D9): open interventions, and those with an overdue side."""
    overdue = """SELECT count(DISTINCT m.intervention_id) FROM milestone m
                 JOIN intervention i ON i.id = m.intervention_id
                 WHERE i.deleted = 0 AND m.state = 'violated' AND m.kind = ? AND m.due <= ?"""
    is_open = "SELECT count(*) FROM intervention WHERE open = 1 AND deleted = 0"
    return {
        "open": int(store.value(is_open)),
        "without_plan": int(store.value(overdue, ("plan", instant))),
        "past_resolution": int(store.value(overdue, ("resolution", instant))),
    }
