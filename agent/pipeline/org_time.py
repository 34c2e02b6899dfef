"""Whose clock counts: the org's. Ours only says when to ask again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agent.instants import to_text
from agent.store import Store, diary

if TYPE_CHECKING:  # The reading verbs come here too, and start without the agent's own parts.
    from agent.pipeline.work import Workshop

TOLERANCE = timedelta(minutes=5)
"""Clocks further apart than this are told; close to each other again, at half of it."""


def org_now(store: Store, now: datetime) -> datetime:
    """Our `now` as the org's clock shows it, as far apart as both were at the last answer."""
    return now + timedelta(seconds=int(store.get("clock_skew") or 0))


def note(work: Workshop, server_time: datetime, now: datetime) -> None:
    """Keep how far apart the clocks are; tell once when it is much, and once when it is over. In a transaction."""
    apart = server_time - now
    work.store.put("server_time", to_text(server_time))
    work.store.put("clock_skew", str(int(apart.total_seconds())))
    told = bool(work.store.get("clock_told"))
    if not told and abs(apart) > TOLERANCE:
        _say(work, now, f"{words(apart)} Salesforce's times count. Set this machine's clock.", "error")
    elif told and abs(apart) <= TOLERANCE / 2:
        _say(work, now, "this machine's clock agrees with Salesforce's again.", "info")
    else:
        return
    work.store.put("clock_told", "" if told else "yes")


def words(apart: timedelta) -> str:
    """`This machine's clock is 7 min behind Salesforce's.` Negative: ours is ahead."""
    minutes = round(abs(apart) / timedelta(minutes=1))
    side = "behind" if apart > timedelta(0) else "ahead of"
    return f"This machine's clock is {minutes} min {side} Salesforce's."


def _say(work: Workshop, now: datetime, text: str, level: str) -> None:
    diary.write(work.store, to_text(now), "alarm", text, level=level)
