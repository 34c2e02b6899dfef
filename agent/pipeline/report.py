"""Reporting to Salesforce: what became of each notice, and the fields of each SLI."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from agent.errors import Gone, SalesforceError
from agent.instants import to_text
from agent.pipeline.told_elsewhere import SIGN_OF_LIFE, outcome_of
from agent.pipeline.work import Workshop
from agent.store import diary, intents, mirror, notices
from agent.store.intents import WriteIntent

BATCH = 200
"""Rows in one collection call (platform fact)."""
REPORT_AGAIN_AFTER = timedelta(minutes=2)


def report_outcomes(work: Workshop, now: datetime) -> int:
    """Tell Salesforce the fate of notices, and renew the claims that are still being delivered.

    Raises:
        SalesforceError: the call failed as a whole; the same rows have their turn again.
    """
    with work.store.transaction():
        notices.renew_claims(work.store, to_text(now), to_text(now + SIGN_OF_LIFE))
    batch = notices.unreported(work.store, work.org_id, to_text(now), BATCH)
    if not batch:
        return 0
    results = work.org.update(
        work.mapping.write_back.notice.object, [outcome_of(work, kept) for kept in batch]
    )
    with work.store.transaction():
        for kept, result in zip(batch, results, strict=True):
            if result.success or isinstance(result.error, Gone):
                notices.reported(work.store, kept.notice.key)
                continue
            notices.report_later(work.store, kept.notice.key, to_text(now + REPORT_AGAIN_AFTER))
            diary.write(
                work.store,
                to_text(now),
                "alarm",
                f"the outcome of a notice cannot be kept in Salesforce: {result.error}",
                level="error",
                key=kept.notice.key,
            )
    return len(batch)


def write_fields(work: Workshop, now: datetime) -> int:
    """Write one batch of differences to the SLIs; the number of rows that had their turn.

    Raises:
        SalesforceError: the call failed as a whole. Resending is safe: the values are absolute.
    """
    batch = intents.due(work.store, to_text(now), BATCH)
    if not batch:
        return 0
    rows: list[dict[str, Any]] = [{"Id": i.record_id, **i.values} for i in batch]
    results = work.org.update(work.mapping.intervention.object, rows)
    with work.store.transaction():
        for intent, result in zip(batch, results, strict=True):
            if result.success:
                mirror.merge_written(work.store, intent.record_id, intent.values)
                intents.done(work.store, intent.record_id)
                work.tally.written += 1
                _log(work, intent, "fields written", now)
            else:
                _not_written(work, intent, result.error, now)
    return len(batch)


def _not_written(work: Workshop, intent: WriteIntent, error: SalesforceError | None, now: datetime) -> None:
    """Passing states are tried again, a vanished record is let go, anything else waits as a dead letter."""
    found = mirror.interventions(work.store, [intent.record_id])
    if isinstance(error, Gone) and (not found or found[0].deleted):
        intents.done(work.store, intent.record_id)
        return
    work.tally.failed += 1
    # A record that is only out of sight may come back: vanished is not deleted.
    if error is not None and (error.retry or isinstance(error, Gone)):
        intents.retry_later(
            work.store, intent.record_id, to_text(now + work.backoff(intent.attempts)), str(error)
        )
        return
    intents.give_up(work.store, intent.record_id, str(error))
    _log(work, intent, f"Salesforce refused the agent's fields: {error}", now, level="error")


def _log(work: Workshop, intent: WriteIntent, text: str, now: datetime, *, level: str = "info") -> None:
    found = mirror.interventions(work.store, [intent.record_id])
    diary.write(
        work.store,
        to_text(now),
        "write_back",
        text,
        level=level,
        about=(found[0].id, found[0].number) if found else None,
        fields=sorted(intent.values),
    )
