"""Touch points and scores worked out anew in SQL, from the evidence alone and in whole numbers (D20 to D24, D28).

It shares nothing with the agent but the SQLite file. It knows one set of touch points, offices in UTC, and one start
of care for each client.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

METHODS = ("mean_of_rates", "opportunity", "patient_average", "all_or_none")
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Terms:
    """What a version of the definition says, from its first month on."""

    first_month: str
    credit_late: bool
    weights: dict[str, int]


@dataclass(frozen=True)
class Figure:
    """A score as the fraction `num / den`, and in hundredths of a percent, half-up; None: nothing was due."""

    num: int
    den: int
    hundredths: int | None


WINDOWS = f"""
CREATE TEMP TABLE span AS
WITH began AS (
  SELECT *, coalesce(first_shift_start, expected_start) AS start FROM episode
),
spans AS (
  SELECT id, 1 AS place, 'introduction' AS activity, strftime('{INSTANT}', start, '-14 days') AS opens,
         coalesce(first_shift_end, start) AS closes FROM began
  UNION ALL
  SELECT id, 2, 'check_in_24h', start, strftime('{INSTANT}', start, '+24 hours') FROM began
  UNION ALL
  SELECT id, 3, 'check_in_7d', strftime('{INSTANT}', start, '+24 hours'),
         date(start, '+7 days') || 'T23:59:59Z' FROM began
  UNION ALL
  SELECT id, 4, 'check_in_14d', date(start, '+7 days') || 'T23:59:59Z',
         date(start, '+14 days') || 'T23:59:59Z' FROM began
)
SELECT e.id AS episode, e.client_id AS client, s.place, s.activity, s.opens, s.closes,
       substr(s.closes, 1, 7) AS month,
       CASE WHEN EXISTS (SELECT 1 FROM assignment a WHERE a.client_id = e.client_id AND a.since <= s.closes)
         THEN (SELECT csm FROM assignment a WHERE a.client_id = e.client_id AND a.since <= s.closes
               ORDER BY a.since DESC LIMIT 1)
         ELSE (SELECT before FROM assignment a WHERE a.client_id = e.client_id ORDER BY a.since LIMIT 1)
       END AS csm,
       e.duplicate_of IS NOT NULL OR e.first_shift_start IS NULL
         OR coalesce(e.ended_at < s.closes, 0) AS excluded
FROM episode e JOIN spans s ON s.id = e.id WHERE e.deleted = 0
"""
"""Windows by the sandbox's definition, whose touch point each is, and whether it is ever due."""

IN_TIME = """
CREATE TEMP TABLE met AS
SELECT s.episode, s.activity, min(c.id) AS used FROM span s JOIN contact c ON c.about = s.client AND c.by = s.csm
WHERE NOT s.excluded AND c.deleted = 0 AND c.at <= :through AND c.at BETWEEN s.opens AND s.closes
  AND EXISTS (SELECT 1 FROM json_each(c.activities) WHERE value = s.activity)
GROUP BY s.episode, s.activity
"""
"""Windows do not overlap, so that any contact within may be the one that is used up."""

LATER = """
CREATE TEMP TABLE undone AS
SELECT *, row_number() OVER (PARTITION BY episode, activity = 'introduction', csm ORDER BY place) AS turn
FROM (
  SELECT s.*, (
      SELECT count(*) FROM contact c WHERE c.about = s.client AND c.by = s.csm AND c.deleted = 0
        AND c.at > s.closes AND c.at <= :through AND c.id NOT IN (SELECT used FROM met)
        AND EXISTS (SELECT 1 FROM json_each(c.activities) WHERE value = s.activity)
    ) AS after
  FROM span s LEFT JOIN met m ON m.episode = s.episode AND m.activity = s.activity
  WHERE m.used IS NULL AND NOT s.excluded
)
"""
"""Who was not served in time, with the contacts left over for it; `turn` says who chooses first among its equals."""

LATE = """
CREATE TEMP TABLE late AS
WITH first AS (SELECT *, after >= 1 AS is_late FROM undone WHERE turn = 1),
second AS (
  SELECT u.*, u.after >= 1 AND (NOT f.is_late OR f.after >= 2) AS is_late
  FROM undone u JOIN first f
    ON f.episode = u.episode AND f.csm IS u.csm AND (f.place = 1) = (u.place = 1) WHERE u.turn = 2
),
third AS (
  SELECT u.*, u.after >= 1 AND (NOT s.is_late OR s.after >= 2) AND (NOT f.is_late OR f.after >= 2 + s.is_late)
    AS is_late
  FROM undone u
  JOIN first f ON f.episode = u.episode AND f.csm IS u.csm AND (f.place = 1) = (u.place = 1)
  JOIN second s ON s.episode = u.episode AND s.csm IS u.csm WHERE u.turn = 3
)
SELECT episode, activity FROM first WHERE is_late
UNION ALL SELECT episode, activity FROM second WHERE is_late
UNION ALL SELECT episode, activity FROM third WHERE is_late
"""
"""Three check-ins at most want what is left over: who comes later has it only if enough is left for those before."""

POINTS = """
CREATE TEMP TABLE point AS
SELECT *, CASE WHEN stands IN ('excluded', 'pending') OR approved IS NULL THEN stands ELSE 'exception' END AS state
FROM (
  SELECT s.episode, s.client, s.activity, s.month, s.csm,
    CASE WHEN s.excluded THEN 'excluded' WHEN m.used IS NOT NULL THEN 'met'
         WHEN s.closes >= :through THEN 'pending' WHEN l.episode IS NOT NULL THEN 'late' ELSE 'missed'
    END AS stands,
    (SELECT key FROM decision d WHERE d.kind = 'exception_approved' AND d.about = s.episode || ':' || s.activity)
      AS approved
  FROM span s
  LEFT JOIN met m ON m.episode = s.episode AND m.activity = s.activity
  LEFT JOIN late l ON l.episode = s.episode AND l.activity = s.activity
)
"""

COUNTED = """
CREATE TEMP TABLE counted AS
SELECT b.beside, p.csm, p.month, p.client, p.activity, t.weight,
  CASE WHEN b.beside THEN p.stands ELSE p.state END AS state, t.credit_late
FROM point p JOIN (SELECT 0 AS beside UNION ALL SELECT 1) b
JOIN terms t ON t.activity = p.activity
  AND t.first_month = (SELECT max(first_month) FROM terms WHERE first_month <= p.month)
WHERE p.csm IS NOT NULL
"""
"""Each touch point twice: as it is of record, and beside it with approved exceptions counted."""

RATES = """
CREATE TEMP TABLE {table} AS
SELECT beside, csm, month, {by} AS name, max(weight) AS weight, count(*) AS n,
  sum(state = 'met' OR (state = 'late' AND credit_late)) AS d,
  row_number() OVER (PARTITION BY beside, csm, month ORDER BY {by}) AS k
FROM counted WHERE state IN ('met', 'late', 'missed') GROUP BY beside, csm, month, {by}
"""

FIGURES = """
CREATE TEMP TABLE figure AS
WITH RECURSIVE fold (beside, csm, month, k, num, den, weights) AS (
  SELECT beside, csm, month, k, weight * d, n, weight FROM by_activity WHERE k = 1
  UNION ALL
  SELECT f.beside, f.csm, f.month, r.k, f.num * r.n + r.weight * r.d * f.den, f.den * r.n, f.weights + r.weight
  FROM fold f JOIN by_activity r ON r.beside = f.beside AND r.csm = f.csm AND r.month = f.month AND r.k = f.k + 1
),
whole AS (
  SELECT * FROM fold f WHERE k = (SELECT max(k) FROM by_activity r
    WHERE r.beside = f.beside AND r.csm = f.csm AND r.month = f.month)
)
SELECT beside, csm, month, 'mean_of_rates' AS method, num, den * weights AS den FROM whole
UNION ALL SELECT beside, csm, month, 'opportunity', sum(d), sum(n) FROM by_activity GROUP BY beside, csm, month
UNION ALL SELECT beside, csm, month, 'patient_average', sum(12 * d / n), 12 * count(*) FROM by_client
  GROUP BY beside, csm, month
UNION ALL SELECT beside, csm, month, 'all_or_none', sum(d = n), count(*) FROM by_client
  GROUP BY beside, csm, month
"""
"""Sums of fractions, one after the other. Of a client at most four are due: twelfths hold all their rates."""

HALF_UP = "SELECT beside, csm, month, method, num, den, (20000 * num + den) / (2 * den) FROM figure"
"""Hundredths of a percent, in whole numbers: SQLite's division of these drops what is left."""


class Naive:
    """What the evidence in this file comes to, as known through an instant (`2026-04-10T00:00:00Z`)."""

    def __init__(self, path: Path, terms: Iterable[Terms], through: str) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._db.execute("CREATE TEMP TABLE terms (first_month, credit_late, activity, weight)")
        rows = [(t.first_month, t.credit_late, *weight) for t in terms for weight in t.weights.items()]
        self._db.executemany("INSERT INTO temp.terms VALUES (?, ?, ?, ?)", rows)
        for statement in (WINDOWS, IN_TIME, LATER, LATE, POINTS, COUNTED):
            self._db.execute(statement, {"through": through} if ":through" in statement else ())
        for table, by in (("by_activity", "activity"), ("by_client", "client")):
            self._db.execute(RATES.format(table=table, by=by))
        for table in ("by_activity", "by_client"):
            self._db.execute(f"CREATE INDEX temp.of_{table} ON {table} (beside, csm, month, k)")
        self._db.execute(FIGURES)

    def close(self) -> None:
        self._db.close()

    def points(self) -> set[tuple[str, ...]]:
        """(episode, activity, CSM, month, state, what the evidence says)."""
        return set(self._db.execute("SELECT episode, activity, csm, month, state, stands FROM point"))

    def figures(self) -> dict[tuple[str, str], dict[tuple[bool, str], Figure]]:
        """(CSM, month) -> whether exceptions are counted, and by which method -> the figure, where there is one."""
        found: dict[tuple[str, str], dict[tuple[bool, str], Figure]] = {}
        for beside, csm, month, method, *figure in self._db.execute(HALF_UP):
            found.setdefault((csm, month), {})[bool(beside), method] = Figure(*figure)
        return found
