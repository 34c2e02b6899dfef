"""Starts of care and what is told about them: assignments, contacts, the org's own figures. Evidence of scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.store.database import Store, from_json, to_json

Row = Mapping[str, Any]
EPISODE = (
    "id", "client_id", "office_id", "first_shift_start", "first_shift_end", "expected_start", "ended_at",
    "duplicate_of", "deleted", "hash",
)  # fmt: skip
ASSIGNMENT = ("id", "client_id", "csm", "before", "since", "hash", "deleted")
CONTACT = ("id", "about", "by", "at", "activities", "hash", "deleted")
DASHBOARD = ("id", "person_id", "month", "percent", "hash", "deleted")
"""The columns of a row, in the order in which it is saved."""
ABOUT = {"episode": "client_id", "assignment": "client_id", "contact": "about"}
"""The column that says whom a row is about."""


def save_episodes(store: Store, rows: Sequence[Row]) -> int:
    """New and changed starts of care (keys: EPISODE); each waits for judgement. The number that differed."""
    held = _held(store, "episode", "client_id", [row["id"] for row in rows])
    different = [row for row in rows if row["id"] not in held or held[row["id"]]["hash"] != row["hash"]]
    names = ", ".join(EPISODE)
    values = ", ".join(f":{name}" for name in EPISODE)
    updates = ", ".join(f"{name} = excluded.{name}" for name in EPISODE)
    store.write_many(
        f"INSERT INTO episode ({names}) VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {updates}, changed = 1",  # noqa: S608  # our own names
        different,
    )
    # A client's starts of care share what was done for the client, the one that leaves a client too.
    before = {held[row["id"]]["about"] for row in different if row["id"] in held}
    mark_about(store, before | {row["client_id"] for row in different})
    _mark_duplicates(store, [row["id"] for row in different])
    return len(different)


def save_assignments(store: Store, rows: Sequence[tuple[Any, ...]]) -> set[str]:
    """Assignments (ASSIGNMENT); the clients whose story changed, before and after."""
    return _save(store, "assignment", ASSIGNMENT, rows)


def save_contacts(store: Store, rows: Sequence[tuple[Any, ...]]) -> set[str]:
    """Contacts (CONTACT); the clients or starts of care they are about, before and after."""
    return _save(store, "contact", CONTACT, rows)


def save_dashboards(store: Store, rows: Sequence[tuple[Any, ...]]) -> set[tuple[str, str]]:
    """The org's own figures (DASHBOARD); the (person, month) they are and were about."""
    held = _held(store, "dashboard", "json_array(person_id, month)", [row[0] for row in rows])
    different = [row for row in rows if row[0] not in held or held[row[0]]["hash"] != row[4]]
    store.write_many("INSERT OR REPLACE INTO dashboard VALUES (?, ?, ?, ?, ?, ?)", different)
    before = {tuple(from_json(held[row[0]]["about"])) for row in different if row[0] in held}
    return before | {(row[1], row[2]) for row in different}


def living(store: Store, table: str, ids: Sequence[str]) -> list[str]:
    """Those of these ids whose rows are held and not deleted."""
    return [name for name, row in _held(store, table, ABOUT[table], ids).items() if not row["deleted"]]


def vanished(store: Store, table: str, ids: Sequence[str]) -> None:
    """Rows of `episode`, `assignment` or `contact` that Salesforce shows no longer: they count as deleted.

    Their content counts as unknown, so that whatever is shown of them again is news.
    """
    held = _held(store, table, ABOUT[table], ids)
    gone = [row for row in held.values() if not row["deleted"]]
    sql = f"UPDATE {table} SET deleted = 1, hash = '' WHERE id = ?"  # noqa: S608  # our own names
    store.write_many(sql, ((row["id"],) for row in gone))
    mark_about(store, {name for row in gone for name in (row["id"], row["about"])})
    if table == "episode":
        _mark_duplicates(store, [row["id"] for row in gone])


def forget(store: Store, table: str) -> None:
    """No row of this table (`dashboard` is one too) counts until it is shown again."""
    store.write(f"UPDATE {table} SET deleted = 1, hash = ''")  # noqa: S608  # our own names


def mark_about(store: Store, abouts: Iterable[str]) -> None:
    """Starts of care of these clients, and of the clients of these starts of care, wait for judgement.

    What was done for one of them is shared out among all that their client has.
    """
    ids = to_json(sorted(abouts))
    store.write(
        """UPDATE episode SET changed = 1 WHERE changed = 0 AND client_id IN (
             SELECT value FROM json_each(:ids) UNION
             SELECT client_id FROM episode WHERE id IN (SELECT value FROM json_each(:ids)))""",
        {"ids": ids},
    )


def _mark_duplicates(store: Store, originals: Sequence[str]) -> None:
    """Duplicates of these wait for judgement, whichever client they are of."""
    if originals:
        sql = """UPDATE episode SET changed = 1
                 WHERE duplicate_of IN (SELECT value FROM json_each(?)) AND changed = 0"""
        store.write(sql, (to_json(list(originals)),))


def mark_all(store: Store) -> None:
    store.write("UPDATE episode SET changed = 1")


def waiting(store: Store, through: str, limit: int) -> list[str]:
    """Ids of starts of care that changed, or whose next instant the evidence has passed."""
    changed = store.rows("SELECT id FROM episode WHERE changed = 1 LIMIT ?", (limit,))
    due = store.rows(
        "SELECT id FROM episode WHERE again_at < ? AND changed = 0 ORDER BY again_at LIMIT ?",
        (through, limit - len(changed)),
    )
    return [row["id"] for row in (*changed, *due)]


def judged(store: Store, rows: Iterable[tuple[str | None, str]]) -> None:
    """(again_at, id) of starts of care whose touch points stand."""
    store.write_many("UPDATE episode SET changed = 0, again_at = ? WHERE id = ?", rows)


def episodes(store: Store, ids: Sequence[str]) -> list[Row]:
    sql = "SELECT * FROM episode WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
    return [dict(row) for row in store.rows(sql, (to_json(list(ids)),))]


def count(store: Store) -> int:
    """Starts of care that were not deleted."""
    return int(store.value("SELECT count(*) FROM episode WHERE deleted = 0"))


def to_judge(store: Store) -> int:
    """Starts of care that changed since they were judged, or of which something was told or decided since."""
    return int(store.value("SELECT count(*) FROM episode WHERE changed = 1"))


def episode_of(store: Store, which: str) -> Row | None:
    """By an id of 15 or 18 characters."""
    row = store.row("SELECT * FROM episode WHERE id = :w OR substr(id, 1, 15) = :w LIMIT 1", {"w": which})
    return dict(row) if row else None


def starts_of(store: Store, clients: Sequence[str]) -> dict[str, list[Row]]:
    """Client -> its starts of care that are dated, duplicates among them, by id; those without are left out."""
    rows = store.rows(
        """SELECT * FROM episode WHERE deleted = 0 AND coalesce(first_shift_start, expected_start) IS NOT NULL
             AND client_id IN (SELECT value FROM json_each(?)) ORDER BY id""",
        (to_json(list(clients)),),
    )
    return _grouped(rows, "client_id")


def originals_of(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Duplicate -> the start of care that it duplicates, of these ids.

    What was deleted has no duplicates any more, nothing is its own, and of two that name each other the first is the
    original: a client must not be left without any.
    """
    rows = store.rows(
        """SELECT d.id, o.id AS original FROM episode d JOIN episode o ON o.id = d.duplicate_of
           WHERE d.id IN (SELECT value FROM json_each(?)) AND o.deleted = 0 AND o.id != d.id
             AND NOT (o.duplicate_of IS d.id AND d.id < o.id)""",
        (to_json(list(ids)),),
    )
    return {row["id"]: row["original"] for row in rows}


def assignments_of(store: Store, clients: Sequence[str]) -> dict[str, list[Row]]:
    """Client -> its assignments, oldest first; those without are left out."""
    rows = store.rows(
        """SELECT client_id, id, csm, before, since FROM assignment WHERE deleted = 0
             AND client_id IN (SELECT value FROM json_each(?)) ORDER BY client_id, since, id""",
        (to_json(list(clients)),),
    )
    return _grouped(rows, "client_id")


def contacts_about(store: Store, abouts: Sequence[str]) -> dict[str, list[Row]]:
    """Client or start of care -> what was done for it; those without are left out."""
    rows = store.rows(
        """SELECT about, id, by, at, activities FROM contact WHERE deleted = 0 AND at IS NOT NULL
             AND about IN (SELECT value FROM json_each(?)) ORDER BY about, at, id""",
        (to_json(list(abouts)),),
    )
    return _grouped(rows, "about")


def dashboards_of(store: Store, month: str) -> dict[str, str]:
    """Person -> the org's own figure of a month, in percent; the newest record where there are several."""
    sql = "SELECT person_id, percent FROM dashboard WHERE month = ? AND deleted = 0 AND percent IS NOT NULL ORDER BY id"
    return {row["person_id"]: row["percent"] for row in store.rows(sql, (month,))}


def dashboard_of(store: Store, person_id: str, month: str) -> str | None:
    """The org's own figure of a person's month, in percent; the newest record where there are several."""
    found: str | None = store.value(
        """SELECT percent FROM dashboard WHERE person_id = ? AND month = ? AND deleted = 0
             AND percent IS NOT NULL ORDER BY id DESC LIMIT 1""",
        (person_id, month),
    )
    return found


def first_shift_of(store: Store, clients: Sequence[str] | None = None) -> dict[str, str]:
    """Client -> the beginning of its first start of care, of those that began."""
    rows = store.rows(
        """SELECT client_id, min(first_shift_start) AS began FROM episode
           WHERE deleted = 0 AND first_shift_start IS NOT NULL
             AND (? IS NULL OR client_id IN (SELECT value FROM json_each(?))) GROUP BY client_id""",
        (None if clients is None else 1, to_json(list(clients or ()))),
    )
    return {row["client_id"]: row["began"] for row in rows}


def first_due(store: Store) -> str | None:
    """The earliest instant at which touch points may change, passed or not."""
    found: str | None = store.value("SELECT min(again_at) FROM episode")
    return found


def _held(store: Store, table: str, about: str, ids: Sequence[str]) -> dict[str, Any]:
    """Id -> whom a row is about, its hash, whether it is deleted; of the rows that are held."""
    sql = f"SELECT id, {about} AS about, hash, deleted FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own names
    return {row["id"]: row for row in store.rows(sql, (to_json(list(ids)),))}


def _save(store: Store, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> set[str]:
    """Rows that are new or different; whom they are and were about."""
    about = ABOUT[table]
    place, hash_at = columns.index(about), columns.index("hash")
    held = _held(store, table, about, [row[0] for row in rows])
    different = [row for row in rows if row[0] not in held or held[row[0]]["hash"] != row[hash_at]]
    marks = ", ".join("?" * len(columns))
    store.write_many(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", different)  # noqa: S608  # our own names
    return {row[place] for row in different} | {held[r[0]]["about"] for r in different if r[0] in held}


def _grouped(rows: Iterable[Any], key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(dict(row))
    return found
