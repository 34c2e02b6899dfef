"""Judgement of mirrored interventions, and the intents that follow from it. Runs inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from agent.alerts.notices import decide
from agent.instants import from_text, to_text
from agent.model import (
    ALERTS,
    FieldChange,
    Finding,
    Intervention,
    Judgement,
    Mode,
    Notice,
    Rule,
    Side,
)
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.work import Workshop
from agent.quality.handling import HandlingFacts, handling_score
from agent.rules.judge import Context, judge
from agent.rules.reasons import RULE_WORDS, STATE_WORDS, sentence
from agent.rules.sides import colour_set_at
from agent.store import StoreError, diary, intents, judged, mirror, notices
from agent.sync import reading, writeback

TRY_AGAIN = timedelta(hours=1)
SAME_DEADLINE = timedelta(hours=23)
"""Ends of one local day in different time zones lie closer together than this."""
BATCH = 500
"""Interventions judged in one transaction."""


def complete_through(work: Workshop) -> datetime | None:
    """The instant up to which the mirror holds all that judgement stands on (D11); None before the first load.

    It never goes back, though the org's `latestDateCovered` may: what was judged to be late stays late.
    """
    cursors = mirror.cursors(work.store)
    marks = [cursors[s.name].low_water if s.name in cursors else None for s in work.streams if s.every_poll]
    known = [mark for mark in marks if mark is not None]
    if len(known) < len(marks):
        return None
    return from_text(max(min(known), work.store.get("complete_through") or ""))


def judge_waiting(work: Workshop, now: datetime) -> int:
    """Judge what changed and what came due, at most one batch; the number judged. In the caller's transaction."""
    through = complete_through(work)
    if through is None:
        return 0
    work.store.put("complete_through", to_text(through))
    ids = mirror.waiting_for_judgement(work.store, to_text(through), BATCH)
    around = Surroundings(work.store, work.mapping, through)
    for row in mirror.interventions(work.store, ids):
        try:
            with work.store.savepoint():
                _judge_one(work, row, around, now)
        except StoreError:
            raise
        except Exception as error:  # Whatever one record holds, the others must be judged.
            _set_aside(work, row, error, now)
    return len(ids)


def _set_aside(work: Workshop, row: mirror.MirroredIntervention, error: Exception, now: datetime) -> None:
    """A record that cannot be judged is tried again in an hour; admins hear which one, and never its content."""
    mirror.judge_again_at(work.store, row.id, to_text(now + TRY_AGAIN))
    diary.write(
        work.store,
        to_text(now),
        "alarm",
        f"cannot be judged ({type(error).__name__}); tried again in an hour. Please report it as a fault.",
        level="error",
        about=(row.id, row.number),
    )


def _judge_one(work: Workshop, row: mirror.MirroredIntervention, around: Surroundings, now: datetime) -> None:
    record = reading.intervention_of(work.mapping, row.source, deleted=row.deleted)
    history = [reading.field_change(change) for change in mirror.changes_of(work.store, row.id)]
    context = around.context(record, row.source)
    judgement = judge(record, history, judged.memory_of(work.store, row.id), context)
    judgement = replace(judgement, findings=[*judgement.findings, *_zone_findings(record, around)])
    judgement, checks = _scored(work, judgement, record, history, context)
    _log_changes(work, record, judgement, now)
    judged.save(work.store, judgement, to_text(now), checks)
    _intend(work, row, record, judgement, now)


def _scored(
    work: Workshop,
    judgement: Judgement,
    record: Intervention,
    history: Sequence[FieldChange],
    context: Context,
) -> tuple[Judgement, dict[Side, list[dict[str, Any]]]]:
    """The judgement with its handling scores (D31), and the checks behind them."""
    found = {
        side: handling_score(
            HandlingFacts(
                side,
                judgement.milestones,
                _colour_set_at(judgement, record, history, side, context),
                _people_in_chatter(work, record.id),
                context.complete_through,
            ),
            work.mapping.rules.handling,
        )
        for side in Side
    }
    checks = {
        side: [{**asdict(c), "name": c.name.value, "due": to_text(c.due)} for c in handling.checks]
        for side, handling in found.items()
    }
    return replace(judgement, scores={side: handling.score for side, handling in found.items()}), checks


def _colour_set_at(
    judgement: Judgement, record: Intervention, history: Sequence[FieldChange], side: Side, context: Context
) -> datetime | None:
    start = next((m.clock_start for m in judgement.milestones if m.side is side), None)
    if start is None:
        return None
    return colour_set_at(record, history, context.mapping.intervention, side, start)


def _people_in_chatter(work: Workshop, intervention_id: str) -> list[datetime] | None:
    """When people spoke; None where this org has no Chatter. What the agent wrote is no evidence (D17)."""
    if work.mapping.chatter.feed is None:
        return None
    agent = work.store.get("user_id")
    return [from_text(c["at"]) for c in mirror.chatter_of(work.store, intervention_id) if c["by"] != agent]


def _zone_findings(record: Intervention, around: Surroundings) -> list[Finding]:
    if around.zone(record.office_id)[1]:
        return []
    return [Finding("office_zone_missing", None, "the office has no valid time zone; the default was used")]


def _log_changes(work: Workshop, record: Intervention, judgement: Judgement, now: datetime) -> None:
    """One line of the sync log for every milestone that moved."""
    before = {(m.side, m.kind): m for m in judged.milestones_of(work.store, record.id)}
    for m in judgement.milestones:
        earlier = before.get((m.side, m.kind))
        if earlier is None or (earlier.state, earlier.due, earlier.reason) != (m.state, m.due, m.reason):
            diary.write(
                work.store,
                to_text(now),
                "decision",
                f"{m.side.value} {m.kind.value}: {STATE_WORDS[m.state]}. {sentence(m.reason)}",
                about=(record.id, record.number),
                due=to_text(m.due),
                reason=m.reason,
                before=earlier.state.value if earlier else None,
            )


def _intend(
    work: Workshop,
    row: mirror.MirroredIntervention,
    record: Intervention,
    judgement: Judgement,
    now: datetime,
) -> None:
    """Notices to tell and fields to write, as rows beside the judgement."""
    after = {rule: work.told_after(rule) for rule in ALERTS if _is_on(work, rule)}
    decided = [d for d in decide(work.org_id, record, judgement, after) if not _told_before(work, d[0])]
    new = notices.add(work.store, decided, to_text(now))
    for notice in new:
        diary.write(
            work.store,
            to_text(now),
            "alert",
            f"{RULE_WORDS[notice.rule]} decided (due {notice.due:%Y-%m-%d %H:%M} UTC)",
            about=(record.id, record.number),
            key=notice.key,
        )
    intend_write_back(work, row, judgement, to_text(now))


def _told_before(work: Workshop, notice: Notice) -> bool:
    """True where a corrected time zone moved the end of the day of a deadline that is told already (D16: once)."""
    return notice.rule is Rule.RESOLUTION_30D and notices.has_near(work.store, notice, SAME_DEADLINE)


def _is_on(work: Workshop, rule: Any) -> bool:
    return work.mapping.rules.mode(rule) is not Mode.OFF


def intend_write_back(
    work: Workshop, row: mirror.MirroredIntervention, judgement: Judgement | None, now: str
) -> None:
    """The differences between what the org's fields say and what they should say."""
    if row.deleted:
        intents.done(work.store, row.id)
        return
    milestones = judgement.milestones if judgement else judged.milestones_of(work.store, row.id)
    scores: Mapping[Side, float | None] = (
        judgement.scores
        if judgement
        else {side: kept[0] for side, kept in judged.handling_of(work.store, row.id).items()}
    )
    desired = writeback.desired(
        work.mapping, milestones, scores, from_text(notices.last_told_at(work.store, row.id))
    )
    intents.want(work.store, row.id, writeback.differences(desired, row.written), now)
