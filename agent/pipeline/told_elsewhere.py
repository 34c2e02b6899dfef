"""Notices kept in Salesforce: our row for one, and what another agent's or an earlier life's row means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agent.instants import to_text
from agent.model import Notice, NoticeState, Rule, Side
from agent.pipeline.prepared import FIRST_STAGE
from agent.pipeline.work import Workshop
from agent.rules.reasons import RULE_WORDS
from agent.salesforce import wire
from agent.store import diary, messages, mirror, notices, to_json
from agent.store.notices import KeptNotice

LEASE = timedelta(minutes=60)
"""A claim without an outcome and without a sign of life for this long was left behind by a lost disk."""
SIGN_OF_LIFE = timedelta(minutes=15)
"""How often an agent that still tries renews its claims; well under the lease."""
LAST_STAGE = "2"
"""A notice left behind once is adopted; left behind twice it goes to a person (the promise)."""
ORG_ITSELF = "-"
KNOWN_OUTCOMES = {
    NoticeState.TOLD,
    NoticeState.SUPPRESSED,
    NoticeState.SILENCED,
    NoticeState.DEAD,
    NoticeState.ADOPTED,
    NoticeState.UNCERTAIN,
}


def row_of(work: Workshop, notice: Notice) -> dict[str, Any]:
    """The row that claims this notice. Its key is unique in the org: creating it is the claim."""
    n = work.mapping.write_back.notice
    about = None if notice.intervention_id == ORG_ITSELF else notice.intervention_id
    return {
        n.key: notice.key,
        n.intervention: about,
        n.rule: notice.rule.value,
        n.side: ", ".join(side.value for side in notice.sides) or ORG_ITSELF,
        n.due: notice.due,
        n.stage: notice.stage,
        n.claimed_by: work.epoch,
        n.outcome: NoticeState.CLAIMED.value,
    }


def outcome_of(work: Workshop, kept: KeptNotice) -> dict[str, Any]:
    """What Salesforce is told of a notice's fate; while it is being delivered, who has been told so far."""
    n = work.mapping.write_back.notice
    so_far = {**kept.told, "deliveries": messages.deliveries_of(work.store, kept.notice.key)}
    known = so_far if kept.state is NoticeState.CLAIMED else kept.told
    return {
        "Id": kept.record_id,
        n.outcome: kept.state.value,
        n.reason: kept.reason[:255] or None,
        n.side: ", ".join(side.value for side in kept.notice.sides) or ORG_ITSELF,
        n.told_at: kept.told_at and wire.to_wire(wire.parse_datetime(kept.told_at)),
        n.told: to_json(known) if known else None,
    }


def foreign_notice(work: Workshop, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A row of the notice object as store.notices keeps it; None for one of ours and for one we cannot read."""
    n = work.mapping.write_back.notice
    if row[n.claimed_by] == work.epoch:
        return None
    try:
        rule, due = Rule(row[n.rule]), wire.parse_datetime(row[n.due])
        sides = [Side(s).value for s in (row[n.side] or ORG_ITSELF).split(", ") if s != ORG_ITSELF]
    except (TypeError, ValueError):
        return None
    state, next_at = _fate(row, n.outcome)
    return {
        "key": row[n.key],
        "intervention_id": row[n.intervention] or ORG_ITSELF,
        "rule": rule.value,
        "topic": _topic(row[n.key]),
        "due": to_text(due),
        "stage": row[n.stage] or "1",
        "sides": to_json(sides),
        "state": state.value,
        "reason": row[n.reason] or "",
        "at": to_text(wire.parse_datetime(row["CreatedDate"])),
        "next_at": to_text(next_at),
        "record_id": row["Id"],
        "claimed_by": row[n.claimed_by],
        "told_at": to_text(wire.parse_datetime(row[n.told_at])) if row[n.told_at] else None,
        "told": row[n.told] or "{}",
    }


def _topic(key: str) -> str:
    """The part of a notice's key behind org, record and rule."""
    parts = key.split(":", 4)
    return parts[3] if len(parts) > 4 else "-"


def _fate(row: Mapping[str, Any], outcome_field: str) -> tuple[NoticeState, datetime | None]:
    """A final outcome stands; a bare claim is left alone until its lease ends."""
    outcome = row[outcome_field]
    if outcome in KNOWN_OUTCOMES:
        return NoticeState(outcome), None
    return NoticeState.ELSEWHERE, wire.parse_datetime(row["LastModifiedDate"]) + LEASE


def adopt_left_behind(work: Workshop, now: datetime) -> int:
    """Notices another life claimed and never finished: claim them anew, once, as the next stage."""
    found = notices.due(work.store, work.org_id, NoticeState.ELSEWHERE, to_text(now), limit=200)
    read_through = (mirror.cursors(work.store).get("notice") or mirror.Cursor("notice")).covered or ""
    abandoned = [k for k in found if (notices.lease_end(work.store, k.notice.key) or "") <= read_through]
    with work.store.transaction():
        for kept in abandoned:
            _adopt(work, kept, to_text(now))
    return len(abandoned)


def _adopt(work: Workshop, kept: KeptNotice, now: str) -> None:
    notice = kept.notice
    if notice.stage == LAST_STAGE:
        notices.set_state(
            work.store, notice.key, NoticeState.UNCERTAIN, unreported=True, reason="left behind twice"
        )
        diary.write(
            work.store,
            now,
            "alarm",
            f"{RULE_WORDS[notice.rule]} was claimed twice and never finished: tell the people by hand",
            level="error",
            key=notice.key,
        )
        return
    notices.set_state(work.store, notice.key, NoticeState.ADOPTED, unreported=True, reason="left behind")
    again = replace(notice, stage=LAST_STAGE)
    # As old as the first claim: so it shares a mail now only if it shared one then, and keeps its Message-ID.
    decided = (again, "left behind by another life", {"told": dict(kept.told)})
    notices.add(work.store, [decided], now, decided_at=kept.decided_at)
    diary.write(
        work.store,
        now,
        "alert",
        f"{RULE_WORDS[notice.rule]} was left behind by another agent; begun anew",
        key=again.key,
    )


def already_told(work: Workshop, notice: Notice) -> frozenset[str]:
    """Addresses an earlier stage is known to have told: they are not told again."""
    if notice.stage != LAST_STAGE:
        return frozenset()
    kept = notices.by_key(work.store, work.org_id, replace(notice, stage=FIRST_STAGE).key)
    deliveries = kept.told.get("deliveries", ()) if kept else ()
    return frozenset(d["address"].lower() for d in deliveries if d["state"] == "sent")
