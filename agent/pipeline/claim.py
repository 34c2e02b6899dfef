"""Claiming notices: told in Salesforce first, checked again, then frozen as one mail a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agent.alerts.compose import compose_alert
from agent.alerts.notices import RULE_OF_KIND
from agent.alerts.recipients import resolve, soql_fields
from agent.alerts.views import AlertView
from agent.errors import Rejected, SalesforceError
from agent.instants import to_text
from agent.model import (
    Audience,
    FieldChange,
    Judgement,
    MilestoneState,
    Mode,
    Notice,
    NoticeState,
    Rule,
    Side,
)
from agent.pipeline import drift, go_live
from agent.pipeline.judging import known_through
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.told_elsewhere import (
    ORG_ITSELF,
    SIGN_OF_LIFE,
    already_told,
    foreign_notice,
    row_of,
)
from agent.pipeline.view import alert_view
from agent.pipeline.work import Workshop
from agent.rules.judge import judge
from agent.rules.reasons import RULE_WORDS
from agent.salesforce import soql
from agent.salesforce.parts import Answers, Part, RowResult, part_create, part_query
from agent.store import diary, judged, messages, mirror, notices, to_json
from agent.store.notices import KeptNotice
from agent.sync import reading
from agent.sync.drift import paths_without
from agent.sync.streams import SYSTEM, source_fields, unique

BATCH = 200
"""Notices claimed in one composite call: one collection, and at most four queries for the re-check."""
KEYS_IN_ONE_CONDITION = 35
"""Keys of some 90 characters that fit into a WHERE of 4,000 (platform fact)."""
_OUT_OF_SIGHT = "the SLI can no longer be seen; check the agent's sharing"
Row = Mapping[str, Any]


@dataclass
class Fresh:
    """What the org says now about the interventions of a batch (D8)."""

    rows: dict[str, Row] = field(default_factory=dict)
    history: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    error: SalesforceError | None = None


def claim_due(work: Workshop, now: datetime) -> int:
    """Claim and re-check one batch of decided notices; the number that had their turn.

    Raises:
        SalesforceError: the call failed as a whole; the batch has its turn again. What it may have created is
            recognised then by the epoch in the row.
    """
    batch = notices.due(work.store, work.org_id, NoticeState.INTENT, to_text(now), BATCH)
    if not batch:
        return 0
    live = [k for k in batch if work.mapping.rules.mode(k.notice.rule) is Mode.LIVE]
    to_create = [k for k in live if k.record_id is None]
    answers = work.org.composite(_parts(work, batch, to_create))
    claims = _claims(work, to_create, answers)
    held = _held_rows(work, [key for key, claim in claims.items() if _is_duplicate(claim)])
    fresh = _fresh(work, answers)
    with work.store.transaction():
        around = Surroundings(work.store, work.mapping, known_through(work, now))
        for kept in batch:
            mine = _settle_claim(work, kept, claims.get(kept.notice.key), held, now)
            if mine is not None:
                _settle_alert(work, mine, fresh, around, now)
    return len(batch)


def _parts(work: Workshop, batch: Sequence[KeptNotice], to_create: Sequence[KeptNotice]) -> list[Part]:
    ids = sorted({k.notice.intervention_id for k in batch} - {ORG_ITSELF})
    i, parts = work.mapping.intervention, []
    if to_create:
        rows = [row_of(work, k.notice) for k in to_create]
        parts.append(part_create("claims", work.mapping.write_back.notice.object, rows))
    fields = unique(*SYSTEM, *source_fields(work.mapping), *soql_fields(work.mapping))
    fields = tuple(paths_without(work.mapping, fields, work.missing))
    for n, condition in enumerate(soql.ids_in("Id", ids)):
        parts.append(part_query(f"fresh{n}", soql.select(i.object, fields, condition), include_deleted=True))
    if work.mapping.chatter.history:
        columns = ("Id", "ParentId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate")
        for n, condition in enumerate(soql.ids_in("ParentId", ids)):
            # The newest first: should a page not hold all, the mirror has the older ones.
            query = soql.select(work.mapping.chatter.history, columns, condition, "CreatedDate DESC, Id DESC")
            parts.append(part_query(f"history{n}", query))
    return parts


def _claims(work: Workshop, created: Sequence[KeptNotice], answers: Answers) -> dict[str, RowResult]:
    """By key, what became of each attempt to create the notice's row."""
    if not created:
        return {}
    return {k.notice.key: row for k, row in zip(created, answers.rows("claims"), strict=True)}


def _fresh(work: Workshop, answers: Answers) -> Fresh:
    fresh = Fresh()
    try:
        for name in (n for n in answers.by_name if n.startswith("fresh")):
            rows = drift.filled(work, "intervention", answers.page(name).records)
            fresh.rows |= {row["Id"]: row for row in rows}
        for name in (n for n in answers.by_name if n.startswith("history")):
            for row in answers.page(name).records:
                fresh.history.setdefault(row["ParentId"], []).append(reading.change_row(row))
    except SalesforceError as error:
        fresh.error = error
    return fresh


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
        again = to_text(now + work.backoff(kept.attempts))
        notices.retry_later(work.store, kept.notice.key, again, str(claim.error))
        _log(work, kept.notice, now, f"cannot be claimed yet: {claim.error}", level="error", kind="alarm")
        return None
    foreign = foreign_notice(work, row, now)
    if foreign is None:  # Our own epoch: we created it and never heard the answer.
        return replace(kept, record_id=row["Id"])
    notices.save_foreign(work.store, foreign)
    _log(work, kept.notice, now, "another agent has it")
    return None


def _settle_alert(
    work: Workshop, kept: KeptNotice, fresh: Fresh, around: Surroundings, now: datetime
) -> None:
    """A notice of ours: held back, suppressed, or its messages frozen."""
    if kept.notice.intervention_id == ORG_ITSELF:
        go_live.freeze_summary(work, kept, now)
        return
    row = fresh.rows.get(kept.notice.intervention_id)
    missing = drift.cause(work) if kept.notice.rule is not Rule.SUBMISSION else ""
    if row is None or missing:
        _hold(work, kept, missing or str(fresh.error or _OUT_OF_SIGHT), now)
        return
    _check_again(work, kept, row, fresh, around, now)


def _hold(work: Workshop, kept: KeptNotice, why: str, now: datetime) -> None:
    """The record, or a field its deadlines stand on, cannot be seen: vanished is not deleted, so the alert waits,
    and admins hear why."""
    notices.set_state(
        work.store, kept.notice.key, NoticeState.INTENT, next_at=to_text(now), record_id=kept.record_id
    )
    notices.retry_later(work.store, kept.notice.key, to_text(now + work.backoff(kept.attempts)), why)
    _log(work, kept.notice, now, f"waits: it cannot be checked again ({why})", level="error", kind="alarm")


def _check_again(
    work: Workshop, kept: KeptNotice, row: Row, fresh: Fresh, around: Surroundings, now: datetime
) -> None:
    """D8: the same judgement over fresh data; the alert leaves only if it still asks for it."""
    record = reading.intervention_of(work.mapping, row)
    mirrored = mirror.changes_of(work.store, [record.id]).get(record.id, [])
    changes = {c["id"]: c for c in mirrored}
    names = ("id", "intervention_id", "field", "at", "by", "old", "new")
    changes |= {c[0]: dict(zip(names, c, strict=True)) for c in fresh.history.get(record.id, ())}
    history: list[FieldChange] = [reading.field_change(c) for c in changes.values()]
    context = around.context(record, row)
    judgement = judge(record, history, judged.memory_of(work.store, record.id), context)
    sides, why = still_holds(kept.notice, record.deleted, judgement)
    if why:
        notices.set_state(
            work.store,
            kept.notice.key,
            NoticeState.SUPPRESSED,
            unreported=kept.record_id is not None,
            reason=why,
            record_id=kept.record_id,
        )
        work.tally.suppressed += 1
        _log(work, kept.notice, now, f"suppressed: {why}")
        return
    notice = replace(kept.notice, sides=sides)
    has_account = record.account_id is not None
    audience = resolve(work.mapping, row, has_account=has_account, admin=work.settings.admin_email)
    if work.mapping.rules.mode(notice.rule) is not Mode.LIVE:
        _shadow(work, notice, audience, now)
        return
    view = alert_view(work, row, judgement.milestones, around, notice, now)
    _freeze(work, replace(kept, notice=notice), audience, view, now)


def still_holds(notice: Notice, deleted: bool, judgement: Judgement) -> tuple[tuple[Side, ...], str]:
    """The sides the notice still names, and "" or the reason why it no longer holds."""
    if deleted:
        return (), "the SLI was deleted"
    if notice.rule is Rule.SUBMISSION:
        return (), ""
    of_rule = [m for m in judgement.milestones if RULE_OF_KIND[m.kind] is notice.rule]
    late = {m.side for m in of_rule if m.state is MilestoneState.VIOLATED and m.due == notice.due}
    if late:
        return tuple(side for side in Side if side in late), ""
    reasons = sorted({f"{m.side.value} {m.state.value} ({m.reason})" for m in of_rule})
    return (), "; ".join(reasons) or "no side is concerned any more"


def _shadow(work: Workshop, notice: Notice, audience: Audience, now: datetime) -> None:
    notices.set_state(
        work.store,
        notice.key,
        NoticeState.SHADOW,
        told=to_json({"roles": {o.role: o.how for o in audience.outcomes}, "deliveries": []}),
    )
    work.tally.shadow += 1
    people = ", ".join(sorted(r.address for r in audience.recipients))
    _log(work, notice, now, f"shadow: would have told {people}")


def _freeze(work: Workshop, kept: KeptNotice, audience: Audience, view: AlertView, now: datetime) -> None:
    notice = kept.notice
    before = already_told(work, notice)
    for recipient in audience.recipients:
        if recipient.address.lower() not in before:
            mail = compose_alert(notice, view, recipient, sender=work.settings.mail_from, now=now)
            messages.freeze(work.store, notice.key, recipient, mail, to_text(now))
    notices.set_state(
        work.store,
        notice.key,
        NoticeState.CLAIMED,
        next_at=to_text(now + SIGN_OF_LIFE),
        sides=to_json([s.value for s in notice.sides]),
        record_id=kept.record_id,
        claimed_by=work.epoch,
        told=to_json({"roles": {o.role: o.how for o in audience.outcomes}, "deliveries": []}),
    )
    _log(work, notice, now, f"to be sent to {len(audience.recipients)} people")
    for o in audience.outcomes:
        if o.how not in {"told", "dropped"}:
            title = work.mapping.recipients.roles[o.role].title  # type: ignore[index]  # RoleName
            _log(
                work,
                notice,
                now,
                f"nobody can be reached as {title} ({o.how.replace('_', ' ')}); the fallback is told",
                level="warning",
            )


def _log(
    work: Workshop, notice: Notice, now: datetime, text: str, *, level: str = "info", kind: str = "alert"
) -> None:
    found = mirror.interventions(work.store, [notice.intervention_id])
    about = (found[0].id, found[0].number) if found else None
    diary.write(
        work.store,
        to_text(now),
        kind,
        f"{RULE_WORDS[notice.rule]}: {text}",
        level=level,
        about=about,
        key=notice.key,
    )
