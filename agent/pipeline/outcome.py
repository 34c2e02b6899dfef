"""What becomes of a notice once each of its messages has its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.instants import to_text
from agent.model import FINAL_MESSAGE_STATES, Channel, MessageState, Notice, NoticeState
from agent.pipeline.judging import intend_write_back
from agent.pipeline.told_elsewhere import ORG_ITSELF, already_told
from agent.pipeline.work import Workshop
from agent.rules.reasons import RULE_WORDS, TOLD_IN_PART
from agent.store import diary, messages, mirror, notices, to_json
from agent.store.notices import KeptNotice


def settle(work: Workshop, key: str, now: datetime) -> None:
    """Told, once every message has its outcome and somebody got one; dead where nobody did."""
    kept = notices.by_key(work.store, work.org_id, key)
    deliveries = messages.deliveries_of(work.store, key)
    if kept is None or any(MessageState(d["state"]) not in FINAL_MESSAGE_STATES for d in deliveries):
        return
    reached = _people_reached(deliveries)
    heard_before = not _to_people(deliveries) and bool(already_told(work, kept.notice))
    state = NoticeState.TOLD if reached or heard_before else NoticeState.DEAD
    if state is NoticeState.TOLD and kept.state is not NoticeState.TOLD:
        work.tally.sent += kept.notice.intervention_id != ORG_ITSELF
    notices.set_state(
        work.store,
        key,
        state,
        unreported=True,
        told_at=max(reached) if reached else None,
        told=to_json({**kept.told, "deliveries": deliveries}),
    )
    _write_back(work, kept.notice.intervention_id, now)


def close_untold(
    work: Workshop, kept: KeptNotice, state: NoticeState, why: str, now: datetime, checked: str | None = None
) -> None:
    """Nobody is told, or nobody more: to whoever has heard it already it stays told. `checked` is what that was
    decided on."""
    deliveries = messages.deliveries_of(work.store, kept.notice.key)
    reached = _people_reached(deliveries)
    notices.set_state(
        work.store,
        kept.notice.key,
        NoticeState.TOLD if reached else state,
        unreported=kept.record_id is not None,
        reason=f"{TOLD_IN_PART}{why}" if reached else why,
        record_id=kept.record_id,
        told_at=max(reached, default=None),
        told=to_json({**kept.told, "deliveries": deliveries}),
        checked=checked,
    )
    if reached:
        work.tally.sent += 1
        _write_back(work, kept.notice.intervention_id, now)
    log_notice(work, kept.notice, now, f"{state.value}: {why}")


def _people_reached(deliveries: Sequence[Mapping[str, Any]]) -> list[str]:
    """When each person was told. A post to a chat tells nobody in particular (D7)."""
    return [d["at"] for d in _to_people(deliveries) if d["state"] == MessageState.SENT]


def _to_people(deliveries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [delivery for delivery in deliveries if delivery["channel"] == Channel.MAIL]


def log_notice(
    work: Workshop, notice: Notice, now: datetime, text: str, *, level: str = "info", kind: str = "alert"
) -> None:
    """A line of the sync log about this notice."""
    found = mirror.interventions(work.store, [notice.intervention_id])
    about = (found[0].id, found[0].number) if found else None
    line = f"{RULE_WORDS[notice.rule]}: {text}"
    diary.write(work.store, to_text(now), kind, line, level=level, about=about, key=notice.key)


def _write_back(work: Workshop, intervention_id: str, now: datetime) -> None:
    """The record's "last alert" field says when people last heard of it."""
    for row in mirror.interventions(work.store, [intervention_id]):
        intend_write_back(work, row, to_text(now))
