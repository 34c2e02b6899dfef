"""Judgements on disk: milestones with their inputs, what is remembered, findings, handling scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orjson import Fragment

from agent.instants import from_text, to_text
from agent.model import Judgement, Memory, Milestone, MilestoneKind, MilestoneState, Side
from agent.store.database import Store, from_json, to_json

Remembered = dict[tuple[Side, MilestoneKind], Memory]
Stood = dict[tuple[str, str], tuple[str, str, str]]
"""Where an intervention's milestones stand: (side, kind) -> (state, due, reason), all as text."""
COLUMNS = ("side", "kind", "state", "reason", "clock_start", "due", "met_at", "inputs")
"""Of a milestone, beside its intervention and when it was judged."""


@dataclass(frozen=True)
class Rows:
    """A judgement as the tables hold it, made before anything is written: what cannot be stored fails here."""

    intervention_id: str
    milestones: Sequence[tuple[Any, ...]]
    memory: Sequence[tuple[Any, ...]]
    findings: Sequence[tuple[Any, ...]]
    handling: Sequence[tuple[Any, ...]]
    open: bool
    again_at: str | None


def rows_of(judgement: Judgement, checks: Mapping[Side, Sequence[Mapping[str, Any]]]) -> Rows:
    """Pure."""
    key = judgement.intervention_id
    kept = [(m, _columns(m)) for m in judgement.milestones]
    return Rows(
        key,
        [(key, *columns) for _, columns in kept],
        [
            (key, side.value, kind.value, *_memory_columns(m, kept))
            for (side, kind), m in judgement.memory.items()
        ],
        [
            (key, f.code, f.side.value if f.side else "", f.detail, to_text(f.since))
            for f in judgement.findings
        ],
        [(key, side.value, score, to_json(checks.get(side, []))) for side, score in judgement.scores.items()],
        judgement.open,
        to_text(judgement.again_at),
    )


def memories_of(store: Store, ids: Sequence[str]) -> dict[str, Remembered]:
    """What is remembered about these interventions; those without memories are left out."""
    found: dict[str, Remembered] = {}
    for row in store.rows(
        "SELECT * FROM memory WHERE intervention_id IN (SELECT value FROM json_each(?))", (to_json(ids),)
    ):
        found.setdefault(row["intervention_id"], {})[Side(row["side"]), MilestoneKind(row["kind"])] = Memory(
            done_by=from_text(row["done_by"]),
            undone_through=from_text(row["undone_through"]),
            met=milestone_of(from_json(row["met"])) if row["met"] else None,
            granted=row["granted"],
            absent_through=from_text(row["absent_through"]),
            began=from_text(row["began"]),
        )
    return found


def stood(store: Store, ids: Sequence[str]) -> dict[str, Stood]:
    """Where the milestones of these interventions stand; those without are left out."""
    found: dict[str, Stood] = {}
    for key, side, kind, *where in store.rows(
        "SELECT intervention_id, side, kind, state, due, reason FROM milestone"
        " WHERE intervention_id IN (SELECT value FROM json_each(?))",
        (to_json(ids),),
    ):
        found.setdefault(key, {})[side, kind] = tuple(where)
    return found


def save(store: Store, judged: Sequence[Rows], judged_at: str) -> None:
    """Replace what was judged about these interventions; they no longer wait for judgement."""
    ids = to_json([rows.intervention_id for rows in judged])
    since = _since(store, ids)
    for table in ("milestone", "memory", "finding", "handling"):
        store.write(
            f"DELETE FROM {table} WHERE intervention_id IN (SELECT value FROM json_each(?))",  # noqa: S608  # our own names
            (ids,),
        )
    store.write_many(
        "INSERT INTO milestone VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((*row, judged_at) for rows in judged for row in rows.milestones),
    )
    store.write_many(
        "INSERT INTO memory VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (row for rows in judged for row in rows.memory),
    )
    store.write_many(
        "INSERT OR IGNORE INTO finding (intervention_id, code, side, detail, holds_from, since)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        ((*row, since.get(row[:3], judged_at)) for rows in judged for row in rows.findings),
    )
    store.write_many(
        "INSERT INTO handling VALUES (?, ?, ?, ?)", (row for rows in judged for row in rows.handling)
    )
    store.write_many(
        "UPDATE intervention SET changed = 0, open = ?, again_at = ?, judged_at = ? WHERE id = ?",
        ((int(rows.open), rows.again_at, judged_at, rows.intervention_id) for rows in judged),
    )


def _since(store: Store, ids: str) -> dict[tuple[str, str, str], str]:
    """By (intervention, code, side) since when a finding stands: it keeps that instant while it does."""
    return {
        tuple(row[:3]): row["since"]
        for row in store.rows(
            "SELECT * FROM finding WHERE intervention_id IN (SELECT value FROM json_each(?))", (ids,)
        )
    }


def milestones_of(store: Store, intervention_id: str) -> list[Milestone]:
    rows = store.rows(
        "SELECT * FROM milestone WHERE intervention_id = ? ORDER BY side, kind", (intervention_id,)
    )
    return [milestone_of({**dict(row), "inputs": from_json(row["inputs"])}) for row in rows]


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
    for row in store.rows("SELECT kind, state, n FROM milestone_count WHERE n > 0 ORDER BY kind, state"):
        found[row["kind"]][row["state"]] = row["n"]
    return found


def finding_counts(store: Store) -> dict[str, int]:
    return {
        row[0]: row[1] for row in store.rows("SELECT code, count(*) FROM finding GROUP BY code ORDER BY code")
    }


def _memory_columns(m: Memory, judged: Sequence[tuple[Milestone, tuple[Any, ...]]]) -> tuple[str | None, ...]:
    """A milestone that has just been judged to be met is remembered as it is: its columns are not made twice."""
    met = None
    if m.met:
        columns = next((columns for known, columns in judged if known is m.met), ()) or _columns(m.met)
        met = to_json({**dict(zip(COLUMNS, columns, strict=True)), "inputs": Fragment(columns[-1])})
    seen = (to_text(m.done_by), to_text(m.undone_through))
    return (*seen, met, m.granted, to_text(m.absent_through), to_text(m.began))


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


def milestone_of(row: Mapping[str, Any]) -> Milestone:
    """The milestone behind a row whose inputs have been parsed."""
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
