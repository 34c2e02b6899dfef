"""The mirror of the org: what was read, where reading stands, and what changed since it was judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.store.database import Store, from_json, to_json
from agent.store.story import held_already


@dataclass(frozen=True)
class Cursor:
    """Where one stream stands. Instants as text. `resume_stamp` is set while a read is unfinished."""

    stream: str
    covered: str | None = None
    latest_covered: str | None = None
    low_water: str | None = None
    resume_stamp: str | None = None
    resume_id: str | None = None
    began: str | None = None
    loaded: bool = False
    error: str | None = None


@dataclass(frozen=True)
class MirroredIntervention:
    """One row of the mirror. `source` and `written` map API names to values as the org gave them."""

    id: str
    number: str
    source: Mapping[str, Any]
    written: Mapping[str, Any]
    hash: str
    deleted: bool
    open: bool | None


def cursors(store: Store) -> dict[str, Cursor]:
    return {
        row["stream"]: Cursor(**{**dict(row), "loaded": bool(row["loaded"])})
        for row in store.rows("SELECT * FROM cursor")
    }


def save_cursor(store: Store, cursor: Cursor) -> None:
    store.write(
        "INSERT OR REPLACE INTO cursor (stream, covered, latest_covered, low_water, resume_stamp, resume_id,"
        " began, loaded, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            cursor.stream,
            cursor.covered,
            cursor.latest_covered,
            cursor.low_water,
            cursor.resume_stamp,
            cursor.resume_id,
            cursor.began,
            int(cursor.loaded),
            cursor.error,
        ),
    )


def interventions(store: Store, ids: Sequence[str]) -> list[MirroredIntervention]:
    """These rows, in the order of their ids; unknown ids are left out."""
    marks = ",".join("?" * len(ids))
    found = store.rows(f"SELECT * FROM intervention WHERE id IN ({marks}) ORDER BY id", ids)  # noqa: S608  # marks only
    return [_mirrored(row) for row in found]


def _mirrored(row: Any) -> MirroredIntervention:
    return MirroredIntervention(
        row["id"],
        row["number"],
        from_json(row["source"]),
        from_json(row["written"]),
        row["hash"],
        bool(row["deleted"]),
        None if row["open"] is None else bool(row["open"]),
    )


def hashes(store: Store, ids: Sequence[str]) -> dict[str, str]:
    marks = ",".join("?" * len(ids))
    return dict(
        map(tuple, store.rows(f"SELECT id, hash FROM intervention WHERE id IN ({marks})", ids))  # noqa: S608  # marks only
    )


def save_interventions(store: Store, rows: Iterable[Mapping[str, Any]]) -> None:
    """New and changed rows; each waits for judgement. Keys: id, number, stamp, office_id, account_id, source, written,
    hash, deleted."""
    store.write_many(
        """INSERT INTO intervention (id, number, stamp, office_id, account_id, source, written, hash, deleted)
           VALUES (:id, :number, :stamp, :office_id, :account_id, :source, :written, :hash, :deleted)
           ON CONFLICT (id) DO UPDATE SET number = excluded.number, stamp = excluded.stamp,
             office_id = excluded.office_id, account_id = excluded.account_id,
             source = excluded.source, written = excluded.written,
             hash = excluded.hash, deleted = excluded.deleted, changed = 1""",
        rows,
    )


def save_written(store: Store, rows: Iterable[tuple[str, str, str]]) -> None:
    """(written, stamp, id) of rows whose source did not change: they wait for no judgement."""
    store.write_many("UPDATE intervention SET written = ?, stamp = ? WHERE id = ?", rows)


def written_of(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Id -> the fields the agent writes (JSON), of the living rows among these that have been judged."""
    marks = ",".join("?" * len(ids))
    sql = f"SELECT id, written FROM intervention WHERE open IS NOT NULL AND deleted = 0 AND id IN ({marks})"  # noqa: S608  # marks only
    return dict(map(tuple, store.rows(sql, ids)))


def merge_written(store: Store, record_id: str, values: Mapping[str, Any]) -> None:
    """Values the org has just accepted from us."""
    before = store.value("SELECT written FROM intervention WHERE id = ?", (record_id,))
    if before is not None:
        merged = to_json({**from_json(before), **values})
        store.write("UPDATE intervention SET written = ? WHERE id = ?", (merged, record_id))


def mark_deleted(store: Store, ids: Iterable[str]) -> int:
    """Proven deletions (getDeleted); the number of rows that were still live.

    The hash goes too: a row that is read again afterwards was undeleted, though nothing else in it changed.
    """
    return sum(
        store.write(
            "UPDATE intervention SET deleted = 1, changed = 1, hash = '' WHERE id = ? AND deleted = 0",
            (record_id,),
        )
        for record_id in ids
    )


def first_due(store: Store) -> str | None:
    """The earliest instant at which a judgement may change, passed or not."""
    found: str | None = store.value("SELECT min(again_at) FROM intervention")
    return found


def open_ids(store: Store, after: str, limit: int) -> list[str]:
    """Ids of interventions that are open or not judged yet, in order, beginning after this one."""
    rows = store.rows(
        "SELECT id FROM intervention WHERE deleted = 0 AND coalesce(open, 1) = 1 AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [row["id"] for row in rows]


def mark_changed(store: Store, ids: Iterable[str]) -> None:
    """Rows whose surroundings changed: history, Chatter, office. They wait for judgement."""
    # In a first load almost all wait already: those are found, and not written once more.
    sql = "UPDATE intervention SET changed = 1 WHERE changed = 0 AND id IN (SELECT value FROM json_each(?))"
    store.write(sql, (to_json(list(ids)),))


def mark_all_changed(store: Store) -> None:
    store.write("UPDATE intervention SET changed = 1")


def waiting_for_judgement(store: Store, complete_through: str, limit: int) -> list[str]:
    """Both ways into judgement: rows that changed, and deadlines that the mirror has passed (D11)."""
    changed = store.rows("SELECT id FROM intervention WHERE changed = 1 LIMIT ?", (limit,))
    # Two questions: one with a UNION would look at all that waits, for every batch of a first load.
    due = store.rows(
        "SELECT id FROM intervention WHERE again_at < ? AND changed = 0 LIMIT ?",
        (complete_through, limit - len(changed)),
    )
    return [row["id"] for row in (*changed, *due)]


def judged_so_far(store: Store) -> tuple[int, int]:
    """Interventions that wait for no judgement, and all of them."""
    total = int(store.value("SELECT count(*) FROM intervention"))
    return total - int(store.value("SELECT count(*) FROM intervention WHERE changed = 1")), total


def judge_again_at(store: Store, record_id: str, at: str) -> None:
    """Leave this record alone until then, unless it changes."""
    store.write("UPDATE intervention SET changed = 0, again_at = ? WHERE id = ?", (at, record_id))


def save_references(store: Store, rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Reference records (id, kind, name, source, hash, deleted); the ids that were new or different."""
    held = held_already(store, "reference", "hash", rows)
    different = [row for row in rows if held.get(row[0]) != row[4]]
    store.write_many("INSERT OR REPLACE INTO reference VALUES (?, ?, ?, ?, ?, ?)", different)
    return [row[0] for row in different]


def reference(store: Store, record_id: str) -> tuple[str, str | None, dict[str, Any]] | None:
    """(kind, name, source) of a reference record, or None where it is not mirrored."""
    row = store.row("SELECT kind, name, source FROM reference WHERE id = ?", (record_id,))
    return None if row is None else (row["kind"], row["name"], from_json(row["source"]))


def references_of(store: Store, kind: str) -> dict[str, str]:
    """Id -> name of the reference records of a kind that are not deleted and have a name."""
    sql = "SELECT id, name FROM reference WHERE kind = ? AND deleted = 0 AND name IS NOT NULL ORDER BY name"
    return {row["id"]: row["name"] for row in store.rows(sql, (kind,))}


def people(store: Store) -> list[tuple[str, str | None, dict[str, Any]]]:
    """(id, name, source) of everybody, in the order of their ids."""
    sql = "SELECT id, name, source FROM reference WHERE kind = 'person' AND deleted = 0 ORDER BY id"
    return [(row["id"], row["name"], from_json(row["source"])) for row in store.rows(sql)]


def people_with(store: Store, field: str, value: str) -> list[dict[str, Any]]:
    """The fields of the people in whose field this text stands, in any case."""
    rows = store.rows(
        """SELECT source FROM reference WHERE kind = 'person' AND deleted = 0
             AND lower(json_extract(source, '$.' || ?)) = lower(?)""",
        (field, value),
    )
    return [from_json(row["source"]) for row in rows]


def shared_by_people(store: Store, field: str) -> list[list[str]]:
    """Ids of the people in whose field the same text stands, in any case; a list for each text that several have."""
    rows = store.rows(
        """SELECT json_group_array(id) AS ids FROM reference
           WHERE kind = 'person' AND deleted = 0 AND json_extract(source, '$.' || :field) IS NOT NULL
           GROUP BY lower(trim(json_extract(source, '$.' || :field))) HAVING count(*) > 1""",
        {"field": field},
    )
    return [from_json(row["ids"]) for row in rows]


def interventions_around(store: Store, kind: str, record_id: str) -> list[str]:
    """Open interventions that hang on this office or account: their zone or their directors may be others now."""
    near = {
        "office": """office_id = :id OR account_id IN
                     (SELECT id FROM reference WHERE kind = 'account' AND instr(source, :id))""",
        "account": "account_id = :id",
    }
    if kind not in near:
        return []
    rows = store.rows(
        f"SELECT id FROM intervention WHERE deleted = 0 AND coalesce(open, 1) = 1 AND ({near[kind]})",  # noqa: S608  # our own words
        {"id": record_id},
    )
    return [row[0] for row in rows]


def counts(store: Store) -> dict[str, int]:
    """Rows held, by what they are."""
    tables = ("intervention", "change", "chatter", "activity")
    found = {t: store.value(f"SELECT count(*) FROM {t}") for t in tables}  # noqa: S608  # our own names
    found |= {row[0]: row[1] for row in store.rows("SELECT kind, count(*) FROM reference GROUP BY kind")}
    return found


def forget_cursors(store: Store) -> None:
    """Read everything again from the beginning."""
    store.write("DELETE FROM cursor")


def forget_cursor(store: Store, stream: str) -> None:
    """Read this stream again from the beginning."""
    store.write("DELETE FROM cursor WHERE stream = ?", (stream,))


def find(store: Store, which: str) -> MirroredIntervention | None:
    """By record number, or by an id of 15 or 18 characters."""
    record_id = store.value(
        "SELECT id FROM intervention WHERE number = :w COLLATE NOCASE OR id = :w OR substr(id, 1, 15) = :w LIMIT 1",
        {"w": which},
    )
    return next(iter(interventions(store, [record_id])), None) if record_id else None


def listed(store: Store, which: str) -> list[MirroredIntervention]:
    """Interventions not deleted, the newest number first: all, open or resolved."""
    condition = {"all": "1", "open": "coalesce(open, 1) = 1", "resolved": "open = 0"}[which]
    rows = store.rows(
        f"SELECT * FROM intervention WHERE deleted = 0 AND {condition} ORDER BY number DESC"  # noqa: S608  # our own words
    )
    return [_mirrored(row) for row in rows]
