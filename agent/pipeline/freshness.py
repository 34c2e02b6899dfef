"""Freshness (D11): when the mirror falls behind, deadlines wait, and the admins are told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.alerts.compose import compose_behind
from agent.alerts.views import BehindView
from agent.instants import from_text, to_text
from agent.model import Notice, Rule
from agent.pipeline import drift, org_time
from agent.pipeline.judging import complete_through
from agent.pipeline.told_elsewhere import ORG_ITSELF
from agent.pipeline.view import list_url
from agent.pipeline.work import Workshop
from agent.store import diary, messages

BEHIND_AFTER = timedelta(minutes=40)
"""The low-water mark is ten minutes behind on a good day; half an hour more is trouble."""


def watch(work: Workshop, now: datetime, cause: str) -> bool:
    """Tell the admins when the agent falls behind, and the log when it has caught up; True if it said something."""
    told_since = work.store.get("behind_since") or ""
    org_now = org_time.org_now(work.store, now)
    through = complete_through(work) or from_text(_known_once(work, org_now))
    if org_now - through <= BEHIND_AFTER:
        if told_since:
            _caught_up(work, now)
        return bool(told_since)
    if told_since:
        return False
    _fell_behind(work, through, now, cause or drift.cause(work))
    return True


def _known_once(work: Workshop, org_now: datetime) -> str:
    """Up to where all was known before it had to be read anew."""
    return work.store.get("complete_through") or _first_seen(work, org_now)


def _first_seen(work: Workshop, org_now: datetime) -> str:
    """Since when this state exists: before the first load is done, that is what it is behind."""
    known = work.store.get("first_seen")
    if known is None:
        known = to_text(org_now)
        with work.store.transaction():
            work.store.put("first_seen", known)
    return known


def _fell_behind(work: Workshop, through: datetime, now: datetime, cause: str) -> None:
    notice = Notice(work.org_id, ORG_ITSELF, Rule.BEHIND, through)
    view = BehindView(
        since=through,
        zone=ZoneInfo(work.mapping.reference.default_time_zone),
        cause=cause,
        url=list_url(work),
    )
    mail = compose_behind(notice, view, work.admin, sender=work.settings.mail_from, now=now)
    with work.store.transaction():
        # No claim in Salesforce: it may be just what cannot be reached.
        messages.freeze(work.store, [notice.key], work.admin, mail, to_text(now))
        work.store.put("behind_since", to_text(through))
        text = f"behind: deadlines after {to_text(through)} are not judged until it has caught up. {cause}"
        diary.write(work.store, to_text(now), "alarm", text.strip(), level="error")


def _caught_up(work: Workshop, now: datetime) -> None:
    with work.store.transaction():
        work.store.put("behind_since", "")
        diary.write(work.store, to_text(now), "alarm", "caught up: deadlines are judged again", level="info")
