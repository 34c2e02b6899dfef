"""The tables, as migrations; what kind each is stands in store/kinds.py.

They are applied in the order in which they stand here, whatever their numbers. Instants are texts in UTC
(`2026-11-21T19:01:00Z`), so that they sort as time does; JSON is text.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("sli-agent")


@migrations()
def m001_mirror(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE cursor (            -- one row per stream (sync/streams.py)
          stream TEXT PRIMARY KEY,
          covered TEXT,                  -- every row visible at this instant of the server has been read
          latest_covered TEXT,           -- latestDateCovered, where the org told it
          low_water TEXT,                -- re-read from here; complete through here (D11)
          resume_stamp TEXT, resume_id TEXT,  -- where an unfinished read goes on
          began TEXT,                    -- server's time when the unfinished read began
          loaded INTEGER NOT NULL DEFAULT 0,
          error TEXT                     -- why this stream stands still
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE intervention (
          id TEXT PRIMARY KEY,
          number TEXT NOT NULL,
          stamp TEXT NOT NULL,
          office_id TEXT, account_id TEXT,
          source TEXT NOT NULL,          -- the mapped fields as the org holds them (JSON)
          written TEXT NOT NULL,         -- the fields the agent writes, as the org holds them (JSON)
          hash TEXT NOT NULL,            -- of `source`, versioned by the mapping
          deleted INTEGER NOT NULL DEFAULT 0,
          open INTEGER,                  -- NULL: not judged yet
          changed INTEGER NOT NULL DEFAULT 1,  -- waits for judgement
          again_at TEXT,                 -- next instant whose passing may change the judgement
          judged_at TEXT
        ) STRICT""")
    db.conn.execute("CREATE INDEX intervention_changed ON intervention (changed) WHERE changed = 1")
    db.conn.execute("CREATE INDEX intervention_again ON intervention (again_at) WHERE again_at IS NOT NULL")
    db.conn.execute("CREATE INDEX intervention_office ON intervention (office_id)")
    db.conn.execute("CREATE INDEX intervention_account ON intervention (account_id)")
    db.conn.execute("CREATE INDEX intervention_number ON intervention (number)")
    db.conn.execute("""
        CREATE TABLE change (            -- field history
          id TEXT PRIMARY KEY, intervention_id TEXT NOT NULL, field TEXT NOT NULL,
          at TEXT NOT NULL, by TEXT NOT NULL, old TEXT, new TEXT
        ) STRICT""")
    db.conn.execute("CREATE INDEX change_of ON change (intervention_id, at)")
    db.conn.execute("CREATE INDEX change_field ON change (field, at)")
    db.conn.execute("""
        CREATE TABLE chatter (           -- posts and comments
          id TEXT PRIMARY KEY, intervention_id TEXT NOT NULL, kind TEXT NOT NULL,
          by TEXT NOT NULL, at TEXT NOT NULL, body TEXT, hash TEXT NOT NULL, deleted INTEGER NOT NULL
        ) STRICT""")
    db.conn.execute("CREATE INDEX chatter_of ON chatter (intervention_id, at)")
    db.conn.execute("""
        CREATE TABLE activity (
          id TEXT PRIMARY KEY, intervention_id TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
          subject TEXT, hash TEXT NOT NULL, deleted INTEGER NOT NULL
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE reference (         -- people, accounts, offices, regions, clients
          id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT, source TEXT NOT NULL,
          hash TEXT NOT NULL, deleted INTEGER NOT NULL
        ) STRICT""")
    db.conn.execute("CREATE INDEX reference_kind ON reference (kind)")


@migrations()
def m002_judged(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE milestone (
          intervention_id TEXT NOT NULL, side TEXT NOT NULL, kind TEXT NOT NULL,
          state TEXT NOT NULL, reason TEXT NOT NULL, clock_start TEXT NOT NULL, due TEXT NOT NULL,
          met_at TEXT, inputs TEXT NOT NULL, judged_at TEXT NOT NULL,
          PRIMARY KEY (intervention_id, side, kind)
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE memory (            -- what the agent saw and the org can no longer tell
          intervention_id TEXT NOT NULL, side TEXT NOT NULL, kind TEXT NOT NULL,
          done_by TEXT, undone_through TEXT, met TEXT, granted TEXT, absent_through TEXT, began TEXT,
          PRIMARY KEY (intervention_id, side, kind)
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE finding (
          intervention_id TEXT NOT NULL, code TEXT NOT NULL, side TEXT NOT NULL, detail TEXT NOT NULL,
          since TEXT NOT NULL, PRIMARY KEY (intervention_id, code, side)
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE handling (
          intervention_id TEXT NOT NULL, side TEXT NOT NULL, score REAL, checks TEXT NOT NULL,
          PRIMARY KEY (intervention_id, side)
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE write_intent (      -- fields whose value in the org differs from what it should be
          record_id TEXT PRIMARY KEY, "values" TEXT NOT NULL, state TEXT NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT NOT NULL, error TEXT
        ) STRICT""")


@migrations()
def m003_told(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE notice (            -- a fact to be told, once
          key TEXT PRIMARY KEY, intervention_id TEXT NOT NULL, rule TEXT NOT NULL, due TEXT NOT NULL,
          stage TEXT NOT NULL, sides TEXT NOT NULL,
          state TEXT NOT NULL,           -- NoticeState (agent/model/)
          reason TEXT NOT NULL DEFAULT '', inputs TEXT NOT NULL DEFAULT '{}',
          decided_at TEXT NOT NULL, next_at TEXT, attempts INTEGER NOT NULL DEFAULT 0,
          record_id TEXT,                -- of the notice's row in Salesforce
          claimed_by TEXT, told_at TEXT, told TEXT NOT NULL DEFAULT '{}',
          unreported INTEGER NOT NULL DEFAULT 0  -- Salesforce does not know this state yet
        ) STRICT""")
    db.conn.execute("CREATE INDEX notice_of ON notice (intervention_id)")
    db.conn.execute("CREATE INDEX notice_state ON notice (state, next_at)")
    db.conn.execute("CREATE INDEX notice_unreported ON notice (unreported) WHERE unreported = 1")
    db.conn.execute("""
        CREATE TABLE message (           -- one person and a set of notices, frozen when claimed
          id TEXT PRIMARY KEY,           -- Message-ID
          address TEXT NOT NULL, name TEXT NOT NULL, person_id TEXT,
          roles TEXT NOT NULL, fallback_for TEXT NOT NULL,
          subject TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT, reply TEXT NOT NULL DEFAULT '',
          created_at TEXT NOT NULL, sent_at TEXT
        ) STRICT""")
    db.conn.execute("CREATE INDEX message_state ON message (state, next_at)")
    db.conn.execute("""
        CREATE TABLE message_notice (
          message_id TEXT NOT NULL, notice_key TEXT NOT NULL, PRIMARY KEY (message_id, notice_key)
        ) STRICT""")
    db.conn.execute("CREATE INDEX message_notice_key ON message_notice (notice_key)")


@migrations()
def m004_diary(db: Database) -> None:
    db.conn.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    db.conn.execute("""
        CREATE TABLE run (
          id INTEGER PRIMARY KEY, began_at TEXT NOT NULL, ended_at TEXT, outcome TEXT, tally TEXT
        ) STRICT""")
    db.conn.execute("CREATE INDEX run_open ON run (id) WHERE ended_at IS NULL")
    db.conn.execute("""
        CREATE TABLE log (
          id INTEGER PRIMARY KEY, at TEXT NOT NULL, run_id INTEGER, kind TEXT NOT NULL, level TEXT NOT NULL,
          intervention_id TEXT, number TEXT, text TEXT NOT NULL, data TEXT NOT NULL
        ) STRICT""")
    db.conn.execute("CREATE INDEX log_intervention ON log (intervention_id)")


@migrations()
def m005_drift(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE mapped_field (      -- what describe told of each field that is read (sync/drift.py)
          stream TEXT NOT NULL, field TEXT NOT NULL,
          type TEXT NOT NULL,            -- '' where it was never seen
          calculated INTEGER NOT NULL,   -- a formula or a roll-up: changes without moving the stamp
          missing_since TEXT,            -- NULL: it is there
          known_through TEXT,            -- deadlines that stand on a missing field are judged up to here (D11)
          PRIMARY KEY (stream, field)
        ) STRICT""")


@migrations()
def m007_write_back(db: Database) -> None:
    # Office and account of the record: what writes are ordered by.
    db.conn.execute("ALTER TABLE write_intent ADD COLUMN parents TEXT NOT NULL DEFAULT ''")
    # What the record held when Salesforce refused its fields.
    db.conn.execute("ALTER TABLE write_intent ADD COLUMN refused_hash TEXT")
    db.conn.execute("CREATE INDEX write_intent_due ON write_intent (state, parents, record_id)")
    db.conn.execute("""
        CREATE TABLE overwritten (       -- fields of ours that somebody else overwrites
          record_id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, times INTEGER NOT NULL,
          state TEXT,                    -- parked, dropped; NULL: still written
          parked_at TEXT, PRIMARY KEY (record_id, field)
        ) STRICT""")


@migrations()
def m009_milestone_count(db: Database) -> None:
    # Every pass tells how many milestones stand where: counted as they are judged, not counted over each time.
    db.conn.execute("""
        CREATE TABLE milestone_count (
          kind TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (kind, state)
        ) STRICT""")
    db.conn.execute(
        "INSERT INTO milestone_count SELECT kind, state, count(*) FROM milestone GROUP BY kind, state"
    )
    db.conn.execute("""
        CREATE TRIGGER milestone_came AFTER INSERT ON milestone BEGIN
          INSERT INTO milestone_count VALUES (new.kind, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
        END""")
    db.conn.execute("""
        CREATE TRIGGER milestone_went AFTER DELETE ON milestone BEGIN
          UPDATE milestone_count SET n = n - 1 WHERE kind = old.kind AND state = old.state;
        END""")


@migrations()
def m008_backfill(db: Database) -> None:
    db.conn.execute("""
        CREATE TABLE backfill (          -- first loads of many rows (store/backfill.py)
          stream TEXT PRIMARY KEY,
          way TEXT NOT NULL,             -- Way
          query TEXT NOT NULL, types TEXT NOT NULL, total INTEGER NOT NULL, taken INTEGER NOT NULL,
          since TEXT NOT NULL, next_at TEXT NOT NULL,
          asked_at TEXT, job_id TEXT, created_at TEXT, locator TEXT,
          jobs INTEGER NOT NULL, failures INTEGER NOT NULL
        ) STRICT""")


@migrations()
def m006_census(db: Database) -> None:
    # Since when the record cannot be seen, though nothing proves it deleted; NULL: it can be seen.
    db.conn.execute("ALTER TABLE intervention ADD COLUMN unseen TEXT")
    db.conn.execute("CREATE INDEX intervention_unseen ON intervention (unseen) WHERE unseen IS NOT NULL")
    db.conn.execute("""
        CREATE TABLE census (            -- the comparison of ids, per stream (pipeline/census.py)
          stream TEXT PRIMARY KEY,
          next_at TEXT NOT NULL,         -- when the next one begins, by the org's clock
          began TEXT,                    -- NULL: none is under way
          resume_id TEXT NOT NULL,       -- ids up to here have been compared
          ended TEXT                     -- all ids have; what vanished waits for proof that it was deleted
        ) STRICT""")
    db.conn.execute("""
        CREATE TABLE doubt (             -- records to be looked up by their id (store/census.py)
          stream TEXT NOT NULL, id TEXT NOT NULL,
          why TEXT NOT NULL,             -- Why
          next_at TEXT,                  -- NULL: waits for proof
          PRIMARY KEY (stream, id)
        ) STRICT""")


@migrations()
def m010_process(db: Database) -> None:
    # The instant a finding holds from, by facts alone; NULL: it is not told to anybody.
    db.conn.execute("ALTER TABLE finding ADD COLUMN holds_from TEXT")
    # What tells apart notices of one rule and instant: a finding's code and side.
    db.conn.execute("ALTER TABLE notice ADD COLUMN topic TEXT NOT NULL DEFAULT '-'")
    db.conn.execute("""
        CREATE TABLE decision (          -- what people decided; rows are only ever added
          key TEXT PRIMARY KEY,
          kind TEXT NOT NULL,            -- DecisionKind (agent/model/)
          about TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,
          at TEXT NOT NULL, until TEXT, data TEXT NOT NULL DEFAULT '{}',
          record_id TEXT,                -- of its row in Salesforce; NULL: not there yet
          attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT
        ) STRICT""")
    db.conn.execute("CREATE INDEX decision_about ON decision (about, kind)")
    db.conn.execute("CREATE INDEX decision_unkept ON decision (next_at) WHERE record_id IS NULL")


@migrations()
def m011_messages(db: Database) -> None:
    # Offers whose outcome nobody knows.
    db.conn.execute("ALTER TABLE message ADD COLUMN unclear INTEGER NOT NULL DEFAULT 0")
    # 1: these very bytes are offered again, for somebody may have them already, or a person asked for it.
    db.conn.execute("ALTER TABLE message ADD COLUMN as_is INTEGER NOT NULL DEFAULT 0")


@migrations()
def m013_told_by_which_door(db: Database) -> None:
    # `mail`, or the webhook it is posted to.
    db.conn.execute("ALTER TABLE message ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail'")
    # Why it was decided; `reason` goes on to say why it stands where it stands.
    db.conn.execute("ALTER TABLE notice ADD COLUMN decided_for TEXT NOT NULL DEFAULT ''")
    # What the check just before telling stood on, where it ended the notice (JSON).
    db.conn.execute("ALTER TABLE notice ADD COLUMN checked TEXT")


@migrations()
def m012_silences(db: Database) -> None:
    # 1: what was open when this silence ended has been decided to be told.
    db.conn.execute("ALTER TABLE decision ADD COLUMN announced INTEGER NOT NULL DEFAULT 0")
    db.conn.execute(
        "CREATE INDEX decision_unannounced ON decision (at) WHERE kind = 'silence' AND announced = 0"
    )


@migrations()
def m014_activities_done(db: Database) -> None:
    # An activity tells of a contact once it is done: all of them are read again.
    db.conn.execute("DROP TABLE activity")
    db.conn.execute("""
        CREATE TABLE activity (
          id TEXT PRIMARY KEY, intervention_id TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
          subject TEXT, done_at TEXT,    -- NULL: planned
          hash TEXT NOT NULL, deleted INTEGER NOT NULL
        ) STRICT""")
    db.conn.execute("CREATE INDEX activity_of ON activity (intervention_id)")
    db.conn.execute("DELETE FROM cursor WHERE stream = 'activity'")
