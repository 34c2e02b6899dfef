"""Reporting to Salesforce what became of each notice."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.errors import Gone
from agent.instants import to_text
from agent.pipeline.told_elsewhere import SIGN_OF_LIFE, outcome_of
from agent.pipeline.work import Workshop
from agent.store import diary, notices

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
