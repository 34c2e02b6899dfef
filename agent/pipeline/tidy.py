"""Keeping the state small enough to forget about: what nobody will ask for again goes, a little at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.instants import to_text
from agent.pipeline.work import Workshop
from agent.store import diary, messages

EVERY = timedelta(days=1)
KEEP_LOG = timedelta(days=400)
"""A year, and time to ask about it."""
KEEP_RUNS = timedelta(days=35)
"""A quiet poll a minute leaves a row each."""
KEEP_LETTERS = timedelta(days=30)
"""The text of a mail that was sent holds health data, and the mail server has it; who was told stays."""
AT_ONCE = 5_000
"""Rows in one transaction, so that no alert waits for it."""


def tidy_when_due(work: Workshop, now: datetime) -> bool:
    """Let go of one batch of old rows; True while there may be more. Once a day there is none left."""
    if to_text(now) < (work.store.get("tidy_at") or ""):
        return False
    with work.store.transaction():
        gone = (
            diary.forget_lines(work.store, to_text(now - KEEP_LOG), AT_ONCE)
            + diary.forget_runs(work.store, to_text(now - KEEP_RUNS), AT_ONCE)
            + messages.forget_bodies(work.store, to_text(now - KEEP_LETTERS), AT_ONCE)
        )
        if not gone:
            work.store.put("tidy_at", to_text(now + EVERY))
    return gone > 0
