"""Touch points as they stand, the scores made of them, and revisions of scores that are locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.store.database import Store, from_json, to_json

Row = Mapping[str, Any]
TOUCH_POINT = (
    "episode_id", "activity", "client_id", "office_id", "csm", "month", "version", "weight", "opens", "closes",
    "state", "stands", "why", "contact_id", "contact_at",
)  # fmt: skip
"""The columns of a touch point, in the order in which it is saved."""


def points_of_episodes(store: Store, ids: Sequence[str]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(episode, activity) -> the touch point as it is kept (TOUCH_POINT)."""
    sql = "SELECT * FROM touch_point WHERE episode_id IN (SELECT value FROM json_each(?))"
    return {(row[0], row[1]): tuple(row) for row in store.rows(sql, (to_json(list(ids)),))}


def save_points(store: Store, rows: Iterable[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(TOUCH_POINT))
    store.write_many(f"INSERT OR REPLACE INTO touch_point VALUES ({marks})", rows)  # noqa: S608  # marks only


def drop_points(store: Store, keys: Iterable[tuple[str, str]]) -> None:
    """Touch points that no definition knows any more."""
    store.write_many("DELETE FROM touch_point WHERE episode_id = ? AND activity = ?", keys)


def points(store: Store, month: str, csm: str | None = None, *, unassigned: bool = False) -> list[Row]:
    """A month's touch points in a fixed order: all, those of one CSM, or those of nobody."""
    # A condition each, so that a CSM's month costs the same however many others there are.
    whose = "csm IS NULL AND" if unassigned else "csm = :csm AND" if csm is not None else ""
    order = "client_id, episode_id, closes, activity"
    sql = f"SELECT * FROM touch_point WHERE {whose} month = :month ORDER BY {order}"  # noqa: S608  # our own words
    return [dict(row) for row in store.rows(sql, {"month": month, "csm": csm})]


def point(store: Store, episode_id: str, activity: str) -> Row | None:
    row = store.row("SELECT * FROM touch_point WHERE episode_id = ? AND activity = ?", (episode_id, activity))
    return dict(row) if row else None


def months(store: Store, csm: str | None = None) -> list[str]:
    """Months in which anything is or was due, the newest first: of all, or of one CSM."""
    sql = "SELECT DISTINCT month FROM touch_point WHERE ? IS NULL OR csm = ? ORDER BY month DESC"
    return [row[0] for row in store.rows(sql, (csm, csm))]


def newest_due(store: Store, latest: str) -> str | None:
    """The newest month, up to this one, in which anything counted."""
    sql = "SELECT max(month) FROM touch_point WHERE month <= ? AND state IN ('met', 'late', 'missed')"
    found: str | None = store.value(sql, (latest,))
    return found


def people(store: Store, month: str) -> list[str]:
    """CSMs who have touch points in this month."""
    sql = "SELECT DISTINCT csm FROM touch_point WHERE month = ? AND csm IS NOT NULL ORDER BY csm"
    return [row[0] for row in store.rows(sql, (month,))]


def make_due(store: Store, pairs: Iterable[tuple[str, str]]) -> None:
    """(csm, month) whose score is to be put together again."""
    store.write_many("INSERT OR IGNORE INTO score_due VALUES (?, ?)", sorted(pairs))


def make_all_due(store: Store) -> None:
    store.write(
        "INSERT OR IGNORE INTO score_due SELECT DISTINCT csm, month FROM touch_point WHERE csm IS NOT NULL"
    )
    store.write("INSERT OR IGNORE INTO score_due SELECT csm, month FROM score")


def due(store: Store, limit: int) -> list[tuple[str, str]]:
    rows = store.rows("SELECT csm, month FROM score_due ORDER BY month, csm LIMIT ?", (limit,))
    return [(row["csm"], row["month"]) for row in rows]


def is_done(store: Store, pairs: Iterable[tuple[str, str]]) -> None:
    store.write_many("DELETE FROM score_due WHERE csm = ? AND month = ?", pairs)


def save_score(
    store: Store, csm: str, month: str, version: str, percent: str | None, figures: Mapping[str, Any]
) -> bool:
    """The score of a CSM's month; False where it stands so already."""
    return bool(
        store.write(
            """INSERT INTO score VALUES (?, ?, ?, ?, ?) ON CONFLICT (csm, month) DO UPDATE SET
                 version = excluded.version, percent = excluded.percent, figures = excluded.figures
               WHERE version IS NOT excluded.version OR percent IS NOT excluded.percent
                 OR figures IS NOT excluded.figures""",
            (csm, month, version, percent, to_json(figures)),
        )
    )


def drop_score(store: Store, csm: str, month: str) -> None:
    """Of a month in which nothing is or was due any more."""
    store.write("DELETE FROM score WHERE csm = ? AND month = ?", (csm, month))


def score(store: Store, csm: str, month: str) -> Row | None:
    """Keys: csm, month, version, percent (text or None), figures (a dict)."""
    row = store.row("SELECT * FROM score WHERE csm = ? AND month = ?", (csm, month))
    return _score(row) if row else None


def scores(store: Store, month: str) -> list[Row]:
    """Every CSM's, in the order of their ids."""
    return [_score(row) for row in store.rows("SELECT * FROM score WHERE month = ? ORDER BY csm", (month,))]


def count(store: Store) -> int:
    """Scores, one for each CSM and month."""
    return int(store.value("SELECT count(*) FROM score"))


def _score(row: Any) -> Row:
    return {**dict(row), "figures": from_json(row["figures"])}


def add_revision(store: Store, row: Row) -> None:
    """A revision beside a locked score. Keys: csm, month, number, percent, before, why, at, figures (a dict)."""
    store.write(
        "INSERT INTO score_revision VALUES (:csm, :month, :number, :percent, :before, :why, :at, :figures)",
        {**row, "figures": to_json(row["figures"])},
    )


def take_revision(store: Store, row: Row) -> bool:
    """A revision as Salesforce holds it (keys as above), whatever this disk held under its number; True if it is news.

    Of two agents that found different ones at once, Salesforce let one add its own. Figures are known of what we
    found ourselves alone.
    """
    return bool(
        store.write(
            """INSERT INTO score_revision VALUES (:csm, :month, :number, :percent, :before, :why, :at, :figures)
               ON CONFLICT (csm, month, number) DO UPDATE SET percent = excluded.percent,
                 before = excluded.before, why = excluded.why, at = excluded.at, figures = excluded.figures
               WHERE at IS NOT excluded.at OR round(percent, 2) IS NOT round(excluded.percent, 2)""",
            {**row, "figures": to_json(row["figures"])},
        )
    )


def revisions(store: Store, csm: str, month: str) -> list[Row]:
    """In the order of their numbers."""
    sql = "SELECT * FROM score_revision WHERE csm = ? AND month = ? ORDER BY number"
    return [_score(row) for row in store.rows(sql, (csm, month))]
