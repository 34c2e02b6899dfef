"""How the agent stands: sync, budget, milestones, outbox, trouble."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from agent.desk.decided.silences import listed
from agent.desk.loading import load_progress
from agent.desk.words import counted
from agent.instants import from_text, to_text
from agent.mapping import OrgMapping
from agent.model import ALERTS
from agent.pipeline import org_time
from agent.scoring.evidence import complete_through
from agent.scoring.plans import broken_promises
from agent.store import (
    Store,
    care,
    census,
    decisions,
    diary,
    from_json,
    intents,
    judged,
    mapped_fields,
    messages,
    mirror,
    notices,
    overwritten,
    own_rows,
    scores,
    stuck_rows,
)
from agent.sync.streams import streams

STALE = timedelta(hours=2)
"""Longer than any pause between two polls (SLI_POLL_SECONDS)."""


def status(store: Store, mapping: OrgMapping, now: datetime) -> dict[str, Any]:
    """Everything an operator looks at first; JSON-ready. Instants are UTC texts, ages whole seconds."""
    cursors = mirror.cursors(store)
    mine = [s for s in streams(mapping) if s.every_poll]
    marks = [cursors[s.name].low_water if s.name in cursors else None for s in mine]
    known_through = mapped_fields.known_through(store)
    complete = min((m for m in (*marks, known_through) if m), default=None) if all(marks) else None
    last, org_now = diary.last_run(store), org_time.org_now(store, now)
    found = _scores(store, mapping, org_now)
    return {
        "org_id": store.get("org_id"),
        "go_live": store.get("go_live"),
        "modes": {rule.value: mapping.rules.mode(rule).value for rule in ALERTS},
        "live_since": from_json(store.get("rules_effective") or "{}"),
        "last_pass": last and {k: last[k] for k in ("began_at", "ended_at", "outcome", "tally")},
        "complete_through": complete,
        "behind_seconds": max(0, int((org_now - from_text(complete)).total_seconds())) if complete else None,
        "api_usage": store.get("api_usage"),
        "load_progress": load_progress(store, now),
        "rows": mirror.counts(store),
        "milestones": judged.counts(store),
        "findings": judged.finding_counts(store),
        "notice": notices.counts(store),
        "message": messages.counts(store),
        "write_backs": _write_backs(store),
        "silences": listed(store, now, everything=False),
        "acknowledged": decisions.acknowledged_open(store),
        "scores": found,
        "trouble": [*_trouble(store, cursors, now), *(_trouble_of_scores(found) if found else [])],
    }


def _scores(store: Store, mapping: OrgMapping, org_now: datetime) -> dict[str, Any] | None:
    """How scores stand; None where nothing is scored. `waiting` and `refused` are the agent's own rows."""
    if mapping.touch_points is None:
        return None
    through = complete_through(store, mapping)
    return {
        "complete_through": through and to_text(through),
        "behind_seconds": max(0, int((org_now - through).total_seconds())) if through else None,
        "starts_of_care": care.count(store),
        "to_judge": care.to_judge(store),
        "scores": scores.count(store),
        "waiting": own_rows.waiting(store),
        "refused": len(stuck_rows.letters(store)),
        "stand_still": broken_promises(store, mapping, store.get("org_id") or ""),
    }


def _trouble_of_scores(found: dict[str, Any]) -> list[str]:
    told = [f"scores stand still: {sentence}" for sentence in found["stand_still"]]
    if found["refused"]:
        rows = counted(found["refused"], "row of the scores", "rows of the scores")
        told.append(f"{rows} refused by Salesforce or overwritten there: see `sli-agent outbox list`")
    return told


def _write_backs(store: Store) -> dict[str, int]:
    """SLIs whose fields wait to be written or are refused; fields that are left to whoever overwrites them."""
    return {
        "waiting": intents.waiting(store),
        "dead": len(intents.dead(store)),
        "parked": len(overwritten.parked(store)),
    }


def _out_of_sight(store: Store) -> list[str]:
    """SLIs that vanished without proof that they were deleted, and clocks that differ."""
    found, unseen, lost = [], len(census.unseen(store)), store.get("sharing_lost")
    if unseen:
        slis = counted(unseen, "SLI")
        found.append(
            f"{slis} can no longer be seen, and nothing proves them deleted: check the agent's sharing"
        )
    if lost:
        found.append(
            f"{lost} SLIs can no longer be seen: has the agent lost their sharing? Nothing is concluded"
        )
    if store.get("clock_told"):
        apart = timedelta(seconds=int(store.get("clock_skew") or 0))
        found.append(f"{org_time.words(apart)} Salesforce's times count; set this machine's clock")
    return found


def _trouble(store: Store, cursors: dict[str, mirror.Cursor], now: datetime) -> list[str]:
    """What somebody should look at, one sentence each."""
    found = [f"{c.stream} cannot be read: {c.error}" for c in cursors.values() if c.error]
    gone = mapped_fields.missing(store)
    found += [f"{f.field} of {f.stream} is gone since {f.missing_since}" for f in gone]
    last, paused, slow = diary.last_run(store), store.get("trouble"), store.get("pacing")
    if paused:
        pause = from_json(paused)
        found.append(f"Salesforce is left alone until {pause['until']}: {pause['text']}")
    elif last and last["outcome"] not in {None, "ok"}:
        found.append(f"the last pass ended with: {last['outcome']}")
    if last and now - from_text(last["ended_at"] or last["began_at"]) > STALE:
        found.append("no pass for more than two hours: is `sli-agent run` running?")
    if slow:
        found.append(f"polls are slow: {slow}")
    found += _out_of_sight(store)
    unkept = len(decisions.unkept_keys(store))
    if unkept:
        words = counted(unkept, "decision of a person", "decisions of people")
        found.append(f"{words} not in Salesforce yet: should this disk be lost, so would they be")
    mails = messages.counts(store)
    for state, words in (("dead", "refused by the mail server"), ("uncertain", "without a clear outcome")):
        if mails.get(state):
            found.append(f"{counted(mails[state], 'mail')} {words}: see `sli-agent outbox list`")
    writes = _write_backs(store)
    if writes["dead"]:
        slis = counted(writes["dead"], "SLI")
        found.append(f"Salesforce refuses the agent's fields on {slis}: see `sli-agent outbox list`")
    if writes["parked"]:
        fields = counted(writes["parked"], "field")
        found.append(f"something overwrites what the agent writes to {fields}: see `sli-agent outbox list`")
    return found
