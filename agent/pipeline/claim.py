"""Claiming notices: told in Salesforce first, judged again, then frozen as one mail a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agent.alerts.recipients import resolve
from agent.alerts.silences import silence_behind, with_owner, words_of_end
from agent.errors import Rejected
from agent.instants import to_text
from agent.mapping.alerts import Hearer, StillOpen
from agent.model import Audience, DecisionKind, Mode, Notice, NoticeState, Rule
from agent.pipeline import drift, go_live, recheck
from agent.pipeline.decisions import owner_address
from agent.pipeline.freeze import freeze, hold, release, told_so_far
from agent.pipeline.outcome import close_untold, log_notice
from agent.pipeline.prepared import LATE, Prepared
from agent.pipeline.recheck import Checked, Recheck
from agent.pipeline.told_elsewhere import ORG_ITSELF, foreign_notice, row_of
from agent.pipeline.view import alert_view
from agent.pipeline.work import Workshop
from agent.pipeline.working_hours import whose_hours_have_come
from agent.rules.reasons import sentence
from agent.salesforce import soql
from agent.salesforce.parts import Answers, Part, RowResult, part_create
from agent.store import decisions, messages, notices, to_json
from agent.store.notices import KeptNotice

BATCH = 200
"""Notices claimed in one composite call: one collection, and at most four queries for the re-check."""
KEYS_IN_ONE_CONDITION = 25
"""Keys of some 150 characters that fit into a WHERE of 4,000 (platform fact)."""
HELD = timedelta(minutes=5)
"""What is held for a shared mail is judged again after this long: the process may have been killed meanwhile."""
Row = Mapping[str, Any]


def claim_due(work: Workshop, now: datetime) -> int:
    """Claim and re-check one batch of decided notices; the number that had their turn.

    What is late and what is for a digest is held until nothing else is due, so that each person gets one mail.

    Raises:
        SalesforceError: the call failed as a whole; the batch has its turn again. What it may have created is
            recognised then by the epoch in the row.
    """
    back = _take_back(work, now)
    batch = notices.due(work.store, work.org_id, NoticeState.INTENT, to_text(now), BATCH)
    if not batch:
        return back + release(work, now)
    ready = whose_hours_have_come(work, batch, now)
    if ready:
        _claim(work, ready, now)
    return len(batch)


def _take_back(work: Workshop, now: datetime) -> int:
    """What was frozen long ago and is to be offered now is judged again first (D8); the number of messages."""
    stale = messages.stale(work.store, to_text(now), to_text(now - LATE))
    if stale:
        with work.store.transaction():
            for key in messages.take_back(work.store, stale):
                notices.set_state(work.store, key, NoticeState.INTENT, next_at=to_text(now))
    return len(stale)


def _claim(work: Workshop, batch: Sequence[KeptNotice], now: datetime) -> None:
    live = [k for k in batch if work.mapping.rules.mode(k.notice.rule) is Mode.LIVE]
    to_create = [k for k in live if k.record_id is None]
    ids = sorted({k.notice.intervention_id for k in batch} - {ORG_ITSELF})
    asked = [*_creates(work, to_create), *recheck.parts(work, ids)]
    answers = work.org.composite(asked)
    claims = _claims(to_create, answers)
    held = _held_rows(work, [key for key, claim in claims.items() if _is_duplicate(claim)])
    fresh = recheck.read(work, answers)
    with work.store.transaction():
        again = Recheck(work, ids, fresh, now)
        for kept in batch:
            work.held.pop(kept.notice.key, None)
            mine = _settle_claim(work, kept, claims.get(kept.notice.key), held, now)
            if mine is not None:
                _settle_alert(work, mine, again, now)


def _creates(work: Workshop, to_create: Sequence[KeptNotice]) -> list[Part]:
    if not to_create:
        return []
    rows = [row_of(work, k.notice) for k in to_create]
    return [part_create("claims", work.mapping.write_back.notice.object, rows)]


def _claims(created: Sequence[KeptNotice], answers: Answers) -> dict[str, RowResult]:
    """By key, what became of each attempt to create the notice's row."""
    if not created:
        return {}
    return {k.notice.key: row for k, row in zip(created, answers.rows("claims"), strict=True)}


def _is_duplicate(claim: RowResult) -> bool:
    return isinstance(claim.error, Rejected) and claim.error.code == "DUPLICATE_VALUE"


def _held_rows(work: Workshop, keys: Sequence[str]) -> dict[str, Row]:
    """The rows that already hold these keys: another agent's, or ours from before a lost answer."""
    found: dict[str, Row] = {}
    stream = next(s for s in work.streams if s.name == "notice")
    for start in range(0, len(keys), KEYS_IN_ONE_CONDITION):
        values = ",".join(soql.literal(key) for key in keys[start : start + KEYS_IN_ONE_CONDITION])
        n = work.mapping.write_back.notice
        page = work.org.query(soql.select(n.object, stream.fields, f"{n.key} IN ({values})"))
        found |= {row[n.key]: row for row in page.records}
    return found


def _settle_claim(
    work: Workshop, kept: KeptNotice, claim: RowResult | None, held: Mapping[str, Row], now: datetime
) -> KeptNotice | None:
    """The notice if it is ours to tell; None if somebody else has it or it must be tried again."""
    if claim is None:
        return kept
    if claim.success:
        return replace(kept, record_id=claim.id)
    row = held.get(kept.notice.key)
    if row is None:
        again = to_text(work.next_try(now, kept.attempts))
        notices.retry_later(work.store, kept.notice.key, again, str(claim.error))
        log_notice(
            work, kept.notice, now, f"cannot be claimed yet: {claim.error}", level="error", kind="alarm"
        )
        return None
    foreign = foreign_notice(work, row)
    if foreign is None:  # Our own epoch: we created it and never heard the answer.
        return replace(kept, record_id=row["Id"])
    notices.save_foreign(work.store, foreign)
    log_notice(work, kept.notice, now, "another agent has it")
    return None


def _settle_alert(work: Workshop, kept: KeptNotice, again: Recheck, now: datetime) -> None:
    """A notice of ours: put off, closed without being told, held for a shared mail, or frozen."""
    if kept.notice.intervention_id == ORG_ITSELF:
        go_live.freeze_summary(work, kept, now)
        return
    checked = again.of(kept.notice.intervention_id)
    missing = drift.cause(work) if kept.notice.rule is not Rule.SUBMISSION else ""
    if isinstance(checked, str) or missing:
        _put_off(work, kept, missing or str(checked), now)
        return
    sides, why_not = again.stands(kept.notice, checked)
    if why_not:
        close_untold(work, kept, NoticeState.SUPPRESSED, why_not, now, again.basis(checked))
        work.tally.suppressed += 1
        return
    kept = replace(kept, notice=replace(kept.notice, sides=sides))
    quiet = _wanted_quiet(work, kept.notice, checked, again)
    if quiet:
        close_untold(work, kept, NoticeState.SILENCED, quiet, now)
        work.tally.silenced += 1
        return
    _tell(work, _prepared(work, kept, checked, again, now), again, now)


def _put_off(work: Workshop, kept: KeptNotice, why: str, now: datetime) -> None:
    """The record, or a field its deadlines stand on, cannot be seen: vanished is not deleted, so the alert waits,
    and admins hear why."""
    notices.set_state(
        work.store, kept.notice.key, NoticeState.INTENT, next_at=to_text(now), record_id=kept.record_id
    )
    notices.retry_later(work.store, kept.notice.key, to_text(work.next_try(now, kept.attempts)), why)
    if why != kept.reason:  # Tried again every quarter of an hour; said once.
        text = f"waits: it cannot be checked again ({why})"
        log_notice(work, kept.notice, now, text, level="error", kind="alarm")


def _wanted_quiet(work: Workshop, notice: Notice, checked: Checked, again: Recheck) -> str:
    """Who silenced this SLI, its office or its region, and until when; "" where nobody did or may."""
    if not work.mapping.rules.alerts.of(notice.rule).may_be_silenced:
        return ""
    found = again.silence_over(notice.intervention_id, checked.record.office_id)
    return f"silenced by {found[0].by} until {to_text(found[1])}" if found else ""


def _prepared(work: Workshop, kept: KeptNotice, checked: Checked, again: Recheck, now: datetime) -> Prepared:
    """Who hears it, and what they are shown."""
    notice, row = kept.notice, work.mapping.rules.alerts.of(kept.notice.rule)
    hearers: list[Hearer] = list(row.to)
    joined: list[str] = []
    if isinstance(row, StillOpen) and again.is_unanswered(notice, checked):
        hearers += row.escalate_to
        joined = [work.mapping.recipients.roles[role].title for role in row.escalate_to]
    audience = resolve(
        work.mapping,
        checked.row,
        has_account=checked.record.account_id is not None,
        admin=work.settings.admin_email,
        hearers=hearers,
        sides=notice.sides,
    )
    audience, note = _of_silence(work, notice, audience) or (audience, _note(notice, checked))
    view = alert_view(work, checked.row, checked.judgement.milestones, again.around, now)
    return Prepared(kept, audience, replace(view, joined=tuple(joined)), note)


def _of_silence(work: Workshop, notice: Notice, audience: Audience) -> tuple[Audience, str] | None:
    """The end of a silence is told to whoever asked for it as well, and why there was one."""
    if notice.rule is not Rule.SILENCE_ENDED:
        return None
    known = decisions.of(work.store, work.org_id, DecisionKind.SILENCE)
    silence = silence_behind(notice, known)
    if silence is None:
        return None
    owner = owner_address(work, silence)
    return (with_owner(audience, owner) if owner else audience), words_of_end(silence)


def _note(notice: Notice, checked: Checked) -> str:
    """The sentence of the finding a notice is about; its detail is a code, an API name or a sentence (D15)."""
    code = notice.topic.partition(".")[0]
    found = next((f for f in checked.judgement.findings if f.code == code and f.since == notice.due), None)
    return f"{sentence(found.code)} {sentence(found.detail)}".strip() if found else ""


def _tell(work: Workshop, about: Prepared, again: Recheck, now: datetime) -> None:
    kept = about.kept
    if work.mapping.rules.mode(kept.notice.rule) is not Mode.LIVE:
        _shadow(work, about, now)
    elif about.shares_a_mail(now):
        hold(work, about)
        held_until = to_text(now + HELD)
        notices.set_state(
            work.store, kept.notice.key, NoticeState.INTENT, next_at=held_until, record_id=kept.record_id
        )
    else:
        freeze(work, [about], again.around, now)


def _shadow(work: Workshop, about: Prepared, now: datetime) -> None:
    notice = about.kept.notice
    told = to_json(told_so_far(about.audience))
    notices.set_state(work.store, notice.key, NoticeState.SHADOW, told=told)
    work.tally.shadow += 1
    people = ", ".join(sorted(r.address for r in about.audience.recipients))
    log_notice(work, notice, now, f"shadow: would have told {people}")
