"""Judgement of mirrored interventions, and the intents that follow from it. Runs inside one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.alerts.notices import Decided, decide
from agent.instants import from_text, to_text
from agent.model import (
    Colour,
    FieldChange,
    Finding,
    Intervention,
    Judgement,
    Milestone,
    Notice,
    Rule,
    Side,
)
from agent.pipeline import org_time
from agent.pipeline.batch import Batch
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.work import Workshop
from agent.quality.handling import HandlingFacts, HandlingScore, handling_score
from agent.rules.judge import Context, Heard, judge
from agent.rules.reasons import KIND_WORDS, RULE_WORDS, STATE_WORDS, sentence
from agent.rules.sides import colour_set_at
from agent.store import StoreError, diary, intents, judged, mapped_fields, mirror, notices
from agent.sync import reading, writeback

TRY_AGAIN = timedelta(hours=1)
SAME_DEADLINE = timedelta(hours=22)
"""Ends of one local day in different time zones lie closer together than this, and ends of two days further apart."""
ENDS_OF_DAYS = frozenset({Rule.RESOLUTION_30D, Rule.RESOLUTION_DUE_SOON, Rule.STILL_OPEN, Rule.FOLLOW_UP})
"""What falls due with a local day of the office."""
BATCH = 500
"""Interventions judged in one transaction."""


def complete_through(work: Workshop) -> datetime | None:
    """The instant up to which the mirror holds all that judgement stands on (D11); None before the first load.

    It never goes back, though the org's `latestDateCovered` may: what was judged to be late stays late. It stands
    still while a field is missing that deadlines stand on.
    """
    cursors = mirror.cursors(work.store)
    marks = [cursors[s.name].low_water if s.name in cursors else None for s in work.streams if s.every_poll]
    known = [mark for mark in marks if mark is not None]
    if len(known) < len(marks):
        return None
    read_through = max(min(known), work.store.get("complete_through") or "")
    return from_text(min(read_through, mapped_fields.known_through(work.store) or read_through))


@dataclass(frozen=True)
class Decision:
    """All that follows from one record, worked out before any of it is written."""

    record: Intervention
    rows: judged.Rows
    moved: Sequence[tuple[Milestone, str | None]]
    """Milestones that stand elsewhere than before, and the state they had; None: they are new."""
    first: bool
    """Judged for the first time."""
    notices: Sequence[Decided]
    differences: Mapping[str, Any]
    """Fields to write (sync/writeback.py)."""


def known_through(work: Workshop, now: datetime) -> datetime:
    """The same where all is being read anew: as far as was known before; else the org's time, never our own."""
    before = from_text(work.store.get("complete_through"))
    return complete_through(work) or before or org_time.org_now(work.store, now)


def judge_waiting(work: Workshop, now: datetime) -> int:
    """Judge what changed and what came due, at most one batch; the number judged. In the caller's transaction."""
    through = complete_through(work)
    if through is None:
        return 0
    work.store.put("complete_through", to_text(through))
    ids = mirror.waiting_for_judgement(work.store, to_text(through), BATCH)
    if not ids:
        return 0
    batch = Batch(work, ids, through)
    decisions = []
    for row in mirror.interventions(work.store, ids):
        try:
            decisions.append(_decide(work, row, batch))
        except StoreError:
            raise
        except Exception as error:  # Whatever one record holds, the others must be judged.
            _set_aside(work, row, error, now)
    _save(work, decisions, to_text(now))
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


def _decide(work: Workshop, row: mirror.MirroredIntervention, batch: Batch) -> Decision:
    record = reading.intervention_of(work.mapping, row.source, deleted=row.deleted)
    history, context = batch.history(row.id), batch.around.context(record, row.source)
    heard = batch.heard(row.id)
    judgement = judge(record, history, batch.memory(row.id), context, heard)
    scored = _scored(judgement, record, history, context, heard)
    judgement = replace(
        judgement,
        findings=[*judgement.findings, *_zone_findings(record, batch.around)],
        scores={side: handling.score for side, handling in scored.items()},
    )
    stood = batch.stood(row.id)
    decided = decide(batch.telling, record, judgement, context.zone, context.complete_through)
    return Decision(
        record,
        judged.rows_of(judgement, _checks(scored)),
        _moved(judgement, stood),
        not stood,
        [d for d in decided if not _told_before(work, d[0])],
        _differences(work, row, judgement.milestones, judgement.scores, batch.last_told(row.id)),
    )


def _scored(
    judgement: Judgement,
    record: Intervention,
    history: Sequence[FieldChange],
    context: Context,
    heard: Heard,
) -> dict[Side, HandlingScore]:
    """The handling scores (D31)."""
    return {
        side: handling_score(
            HandlingFacts(
                side,
                judgement.milestones,
                _colour_set_at(judgement, record, history, side, context),
                heard.chatter,
                context.complete_through,
                record.steps if record.sides[side].colour is Colour.GREEN else (),
            ),
            context.mapping.rules.handling,
        )
        for side in Side
    }


def _checks(scored: Mapping[Side, HandlingScore]) -> dict[Side, list[dict[str, Any]]]:
    """What stands behind the scores, as it is kept."""
    return {
        side: [
            {"name": c.name, "due": to_text(c.due), "passed": c.passed, "why": c.why} for c in handling.checks
        ]
        for side, handling in scored.items()
    }


def _colour_set_at(
    judgement: Judgement, record: Intervention, history: Sequence[FieldChange], side: Side, context: Context
) -> datetime | None:
    start = next((m.clock_start for m in judgement.milestones if m.side is side), None)
    if start is None:
        return None
    return colour_set_at(record, history, context.mapping.intervention, side, start)


def _zone_findings(record: Intervention, around: Surroundings) -> list[Finding]:
    if around.zone(record.office_id)[1]:
        return []
    return [Finding("office_zone_missing", None, "the office has no valid time zone; the default was used")]


def _moved(judgement: Judgement, stood: judged.Stood) -> list[tuple[Milestone, str | None]]:
    found = [(m, stood.get((m.side, m.kind))) for m in judgement.milestones]
    return [
        (m, before[0] if before else None)
        for m, before in found
        if before is None or before != (m.state, to_text(m.due), m.reason)
    ]


def _told_before(work: Workshop, notice: Notice) -> bool:
    """True where a corrected time zone moved the end of the day of what is told already (D16: once)."""
    return notice.rule in ENDS_OF_DAYS and notices.has_near(work.store, notice, SAME_DEADLINE)


def _save(work: Workshop, decisions: Sequence[Decision], now: str) -> None:
    """What a batch leaves behind: judgements, lines of the log, notices to tell and fields to write."""
    judged.save(work.store, [d.rows for d in decisions], now)
    # Of the first load the log tells a line a batch: nobody reads four lines for each SLI an org ever had.
    loading = work.store.get("summary_intended") is None
    loaded = [d for d in decisions if d.first and loading]
    if loaded:
        diary.write(work.store, now, "decision", _told_at_once(loaded))
    for decision in decisions:
        if not (decision.first and loading):
            _log_moved(work, decision, now)
        _add_notices(work, decision, now)
    intents.want(work.store, {d.record.id: d.differences for d in decisions}, now)


def _told_at_once(loaded: Sequence[Decision]) -> str:
    states = Counter(m.state for d in loaded for m, _ in d.moved)
    told = "; ".join(f"{STATE_WORDS[state]} {n}" for state, n in states.most_common())
    return f"first load: {len(loaded)} SLIs judged, {states.total()} milestones. {told}".strip()


def _log_moved(work: Workshop, decision: Decision, now: str) -> None:
    """One line of the sync log for every milestone that moved."""
    for m, before in decision.moved:
        diary.write(
            work.store,
            now,
            "decision",
            f"{m.side.value} {KIND_WORDS[m.kind]}: {STATE_WORDS[m.state]}. {sentence(m.reason)}",
            about=(decision.record.id, decision.record.number),
            due=to_text(m.due),
            reason=m.reason,
            before=before,
        )


def _add_notices(work: Workshop, decision: Decision, now: str) -> None:
    for notice in notices.add(work.store, decision.notices, now):
        diary.write(
            work.store,
            now,
            "alert",
            f"{RULE_WORDS[notice.rule]} decided (due {notice.due:%Y-%m-%d %H:%M} UTC)",
            about=(decision.record.id, decision.record.number),
            key=notice.key,
        )


def intend_write_back(work: Workshop, row: mirror.MirroredIntervention, now: str) -> None:
    """Fields to write as the last judgement left them: the org's values have changed, the judgement has not."""
    milestones = judged.milestones_of(work.store, row.id)
    scores = {side: kept[0] for side, kept in judged.handling_of(work.store, row.id).items()}
    last_told = from_text(notices.last_told_at(work.store, [row.id]).get(row.id))
    differences = _differences(work, row, milestones, scores, last_told)
    intents.want(work.store, {row.id: differences}, now)


def _differences(
    work: Workshop,
    row: mirror.MirroredIntervention,
    milestones: Sequence[Milestone],
    scores: Mapping[Side, float | None],
    last_told: datetime | None,
) -> dict[str, Any]:
    """The differences between what the org's fields say and what they should say; none where it is deleted."""
    if row.deleted:
        return {}
    desired = writeback.desired(work.mapping, milestones, scores, last_told)
    # What cannot be seen would be refused, and the record's other fields with it.
    gone = {field.field for field in work.missing if field.stream == "intervention"}
    return {f: value for f, value in writeback.differences(desired, row.written).items() if f not in gone}
