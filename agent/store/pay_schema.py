"""The tables of pay.db, as migrations: what is billed, what was paid, and nothing that Salesforce keeps."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("sli-agent-pay")


@migrations()
def p001_lines(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE cursor (            -- as in the state's own file (store/schema.py)
          stream TEXT PRIMARY KEY,
          covered TEXT, latest_covered TEXT, low_water TEXT, resume_stamp TEXT, resume_id TEXT, began TEXT,
          loaded INTEGER NOT NULL DEFAULT 0, error TEXT
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE line (              -- revenue, hours, admissions, opening balances, baselines
          kind TEXT NOT NULL,            -- revenue, hours, admissions, opening, baseline
          id TEXT NOT NULL,              -- the record's, or the line's own in a file
          client_id TEXT, person_id TEXT,
          day TEXT,                      -- service date, or the date of the first shift
          amount TEXT NOT NULL,          -- dollars or hours, exact
          billable TEXT,                 -- of hours
          source TEXT NOT NULL,          -- 'salesforce', or the import's file
          deleted INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY (kind, id)
        ) STRICT""")
    db.conn.execute("CREATE INDEX line_client ON line (kind, client_id, day)")
    db.conn.execute("CREATE INDEX line_person ON line (kind, person_id, day)")
    db.conn.execute("CREATE INDEX line_day ON line (kind, day)")
    db.conn.execute("""
        CREATE TABLE import (            -- files that were taken in
          id INTEGER PRIMARY KEY, kind TEXT NOT NULL, file TEXT NOT NULL, digest TEXT NOT NULL,
          at TEXT NOT NULL, by TEXT NOT NULL, lines INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL
        ) STRICT""")


@migrations()
def p002_statements(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE locked_statement (  -- as it was locked: never changed, one row a revision
          person_id TEXT NOT NULL, month TEXT NOT NULL, revision INTEGER NOT NULL,
          statement TEXT NOT NULL,       -- all of it (JSON)
          digest TEXT NOT NULL,          -- of the statement; the decision in Salesforce holds it too
          total TEXT NOT NULL, decision_key TEXT NOT NULL, at TEXT NOT NULL,
          PRIMARY KEY (person_id, month, revision)
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE adjustment (        -- proposed for an open month, for what came to light after a lock
          id INTEGER PRIMARY KEY,
          person_id TEXT NOT NULL, about_month TEXT NOT NULL, for_month TEXT NOT NULL,
          amount TEXT NOT NULL, why TEXT NOT NULL, at TEXT NOT NULL,
          UNIQUE (person_id, about_month, amount, why)
        ) STRICT""")


@migrations()
def p003_imports(db: Database) -> None:
    db.conn.execute("ALTER TABLE line ADD COLUMN currency TEXT")
    # Of a baseline that somebody set: why (I4).
    db.conn.execute("ALTER TABLE line ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
    # Small facts about this file: when it was last backed up.
    db.conn.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")


@migrations()
def p004_statements_of_locks_cut_short(db: Database) -> None:
    """A statement may stand here without the decision that locks it: the next one of its revision stands beside it."""
    db.conn.execute("ALTER TABLE locked_statement RENAME TO before")
    db.conn.execute("""
        CREATE TABLE locked_statement (  -- as it was locked: never changed; that of its decision's digest counts
          person_id TEXT NOT NULL, month TEXT NOT NULL, revision INTEGER NOT NULL,
          statement TEXT NOT NULL,       -- all of it (JSON)
          digest TEXT NOT NULL,          -- of the statement; the decision in Salesforce holds it too
          total TEXT NOT NULL, decision_key TEXT NOT NULL, at TEXT NOT NULL,
          PRIMARY KEY (person_id, month, revision, digest)
        ) STRICT""")
    db.conn.execute("INSERT INTO locked_statement SELECT * FROM before")
    db.conn.execute("DROP TABLE before")
