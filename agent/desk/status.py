"""How the agent stands: sync, budget, milestones, outbox, trouble."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from agent.desk.words import counted
from agent.instants import from_text
from agent.mapping import OrgMapping
from agent.model import ALERTS
from agent.store import Store, diary, from_json, intents, judged, messages, mirror, notices
from agent.sync.streams import streams

STALE = timedelta(hours=2)
"""Longer than any pause between two polls (SLI_POLL_SECONDS)."""


def status(store: Store, mapping: OrgMapping, now: datetime) -> dict[str, Any]:
    """Everything an operator looks at first; JSON-ready. Instants are UTC texts, ages whole seconds."""
    cursors = mirror.cursors(store)
    mine = [s for s in streams(mapping) if s.every_poll]
    marks = [cursors[s.name].low_water if s.name in cursors else None for s in mine]
    complete = min((m for m in marks if m), default=None) if all(marks) else None
    last = diary.last_run(store)
    return {
        "org_id": store.get("org_id"),
        "go_live": store.get("go_live"),
        "modes": {rule.value: mapping.rules.mode(rule).value for rule in ALERTS},
        "live_since": from_json(store.get("rules_effective") or "{}"),
        "last_pass": last and {k: last[k] for k in ("began_at", "ended_at", "outcome", "tally")},
        "complete_through": complete,
        "behind_seconds": max(0, int((now - from_text(complete)).total_seconds())) if complete else None,
        "api_usage": store.get("api_usage"),
        "rows": mirror.counts(store),
        "milestones": judged.counts(store),
        "findings": judged.finding_counts(store),
        "notice": notices.counts(store),
        "message": messages.counts(store),
        "write_backs": {"waiting": intents.waiting(store), "dead": len(intents.dead(store))},
        "trouble": _trouble(store, cursors, now),
    }


def _trouble(store: Store, cursors: dict[str, mirror.Cursor], now: datetime) -> list[str]:
    """What somebody should look at, one sentence each."""
    found = [f"{c.stream} cannot be read: {c.error}" for c in cursors.values() if c.error]
    last = diary.last_run(store)
    if last and last["outcome"] not in {None, "ok"}:
        found.append(f"the last pass ended with: {last['outcome']}")
    if last and now - from_text(last["ended_at"] or last["began_at"]) > STALE:
        found.append("no pass for more than two hours: is `sli-agent run` running?")
    mails = messages.counts(store)
    for state, words in (("dead", "refused by the mail server"), ("uncertain", "without a clear outcome")):
        if mails.get(state):
            found.append(f"{counted(mails[state], 'mail')} {words}: see `sli-agent outbox list`")
    dead = len(intents.dead(store))
    if dead:
        found.append(
            f"Salesforce refuses the agent's fields on {counted(dead, 'SLI')}: see `sli-agent outbox list`"
        )
    return found
