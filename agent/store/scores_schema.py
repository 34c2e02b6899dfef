"""The tables of quality scores, as migrations of the same file. What was paid lies elsewhere (store/pay_schema.py)."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("sli-agent-scores")


@migrations()
def s001_evidence(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE episode (           -- starts of care: one row for each client episode
          id TEXT PRIMARY KEY,
          client_id TEXT NOT NULL, office_id TEXT,
          first_shift_start TEXT, first_shift_end TEXT, expected_start TEXT, ended_at TEXT, duplicate_of TEXT,
          deleted INTEGER NOT NULL, hash TEXT NOT NULL,
          changed INTEGER NOT NULL DEFAULT 1,  -- it, or what is told about it, is not judged yet
          again_at TEXT                  -- next instant whose passing may change its touch points
        ) STRICT""")
    db.conn.execute("CREATE INDEX episode_client ON episode (client_id)")
    db.conn.execute("CREATE INDEX episode_office ON episode (office_id)")
    db.conn.execute("CREATE INDEX episode_changed ON episode (changed) WHERE changed = 1")
    db.conn.execute("CREATE INDEX episode_again ON episode (again_at) WHERE again_at IS NOT NULL")
    db.conn.execute("""
        CREATE TABLE assignment (        -- from `since` on the client was this CSM's
          id TEXT PRIMARY KEY, client_id TEXT NOT NULL, csm TEXT, before TEXT, since TEXT NOT NULL,
          hash TEXT NOT NULL, deleted INTEGER NOT NULL
        ) STRICT""")
    db.conn.execute("CREATE INDEX assignment_client ON assignment (client_id, since)")
    db.conn.execute("""
        CREATE TABLE contact (           -- what somebody did: a task, an event
          id TEXT PRIMARY KEY,
          about TEXT NOT NULL,           -- a client, or a start of care
          by TEXT NOT NULL, at TEXT,     -- NULL: not done
          activities TEXT NOT NULL,      -- those it may serve (JSON)
          hash TEXT NOT NULL, deleted INTEGER NOT NULL
        ) STRICT""")
    db.conn.execute("CREATE INDEX contact_about ON contact (about)")
    db.conn.execute("""
        CREATE TABLE dashboard (         -- the org's own figures (D32)
          id TEXT PRIMARY KEY, person_id TEXT NOT NULL, month TEXT NOT NULL, percent TEXT,
          hash TEXT NOT NULL, deleted INTEGER NOT NULL
        ) STRICT""")
    db.conn.execute("CREATE INDEX dashboard_of ON dashboard (person_id, month)")


@migrations()
def s002_scores(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE touch_point (       -- keyed without CSM or version: a transfer updates it
          episode_id TEXT NOT NULL, activity TEXT NOT NULL,
          client_id TEXT NOT NULL, office_id TEXT,
          csm TEXT,                      -- assigned when the window closes; NULL: nobody
          month TEXT NOT NULL,           -- in which the window closes, on the office's clock
          version TEXT NOT NULL, weight INTEGER NOT NULL,
          opens TEXT NOT NULL, closes TEXT NOT NULL,
          state TEXT NOT NULL,           -- what counts
          stands TEXT NOT NULL,          -- what the evidence says
          why TEXT NOT NULL, contact_id TEXT, contact_at TEXT,
          PRIMARY KEY (episode_id, activity)
        ) STRICT""")
    db.conn.execute("CREATE INDEX touch_point_month ON touch_point (csm, month)")
    db.conn.execute("CREATE INDEX touch_point_all ON touch_point (month)")
    db.conn.execute("""
        CREATE TABLE score (             -- a CSM's month, as it is known now
          csm TEXT NOT NULL, month TEXT NOT NULL, version TEXT NOT NULL,
          percent TEXT,                  -- NULL: nothing was due
          figures TEXT NOT NULL,         -- exact fractions, by method and activity, and the counts (JSON)
          PRIMARY KEY (csm, month)
        ) STRICT""")
    db.conn.execute("CREATE INDEX score_month ON score (month)")
    db.conn.execute("""
        CREATE TABLE score_due (         -- to be put together again
          csm TEXT NOT NULL, month TEXT NOT NULL, PRIMARY KEY (csm, month)
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE score_revision (    -- what came to light after a lock; rows are only ever added
          csm TEXT NOT NULL, month TEXT NOT NULL, number INTEGER NOT NULL,
          percent TEXT, before TEXT, why TEXT NOT NULL, at TEXT NOT NULL,
          figures TEXT NOT NULL,
          PRIMARY KEY (csm, month, number)
        ) STRICT""")


@migrations()
def s003_own_rows(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE own_row (           -- the agent's own rows in Salesforce: what they hold, and what they should
          kind TEXT NOT NULL,            -- score, touch_point, revision
          key TEXT NOT NULL,             -- its external id
          record_id TEXT,                -- NULL: not seen there yet
          held TEXT,                     -- the fields as Salesforce holds them (JSON); NULL: not there
          wanted TEXT,                   -- the fields as they should be (JSON); NULL: not ours to say
          state TEXT NOT NULL,           -- kept, due, dead, parked, dropped
          replaced INTEGER NOT NULL DEFAULT 0,  -- how often somebody replaced our values
          attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT, error TEXT,
          PRIMARY KEY (kind, key)
        ) STRICT""")
    db.conn.execute("CREATE INDEX own_row_due ON own_row (next_at, kind) WHERE state = 'due'")


@migrations()
def s004_parents(db: Database) -> None:
    # A row waits for the score it belongs to: its lookup is told by that one's key.
    db.conn.execute("ALTER TABLE own_row ADD COLUMN parent TEXT")
    db.conn.execute("CREATE INDEX own_row_turn ON own_row (kind, parent, key) WHERE state = 'due'")
    db.conn.execute("CREATE INDEX own_row_stuck ON own_row (state) WHERE state NOT IN ('due', 'kept')")


@migrations()
def s005_unsaid(db: Database) -> None:
    db.conn.execute("CREATE INDEX own_row_unsaid ON own_row (kind, key) WHERE wanted IS NULL")


@migrations()
def s006_duplicates(db: Database) -> None:
    db.conn.execute("CREATE INDEX episode_duplicate ON episode (duplicate_of) WHERE duplicate_of IS NOT NULL")
