"""From notices that hold to frozen mails: one for each person, whatever it tells (D7, D10, D16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from agent.alerts.compose import Composed, DigestItem, compose_alert, compose_digest
from agent.alerts.recipients import merge, without_refused
from agent.instants import to_text
from agent.model import Audience, MessageState, NoticeState, Recipient
from agent.pipeline.outcome import log_notice, settle
from agent.pipeline.posts import freeze_posts
from agent.pipeline.prepared import Prepared
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.told_elsewhere import SIGN_OF_LIFE, already_told
from agent.pipeline.work import Workshop
from agent.pipeline.working_hours import reached_at, waits, zone_of
from agent.store import messages, notices, to_json

Kind = Literal["catch_up", "daily"]


class Hearing(NamedTuple):
    """One person, and one notice for them."""

    recipient: Recipient
    about: Prepared


def freeze(work: Workshop, prepared: Sequence[Prepared], around: Surroundings, now: datetime) -> None:
    """The messages of these notices: each person gets one with all that reaches them at the same time. In the
    caller's transaction."""
    letters: dict[tuple[str, datetime, str], list[Hearing]] = {}
    for about in prepared:
        for recipient in _untold(work, about):
            zone = zone_of(work, recipient.person_id, around, about.view.zone)
            at = reached_at(work, about.kept, zone, now)
            # What another life left behind is told anew in a mail of the same content.
            letter = recipient.address.lower(), at, about.kept.notice.stage
            letters.setdefault(letter, []).append(Hearing(recipient, about))
    for (_, at, _), hearings in letters.items():
        _freeze_letter(work, hearings, now, at)
    freeze_posts(work, prepared, now)
    for about in prepared:
        _claimed(work, about, now)


def _untold(work: Workshop, about: Prepared) -> list[Recipient]:
    """Who is yet to hear it: not those whom an earlier stage or message has told, and not a refused address."""
    notice = about.kept.notice
    stand = messages.addressed(work.store, notice.key)
    refused = {address for address, state in stand.items() if state is MessageState.DEAD}
    people = without_refused(work.mapping, about.audience, refused, work.settings.admin_email)
    told = already_told(work, notice) | stand.keys()
    return [recipient for recipient in people if recipient.address.lower() not in told]


def _freeze_letter(work: Workshop, hearings: Sequence[Hearing], now: datetime, at: datetime) -> None:
    recipient = hearings[0].recipient
    for hearing in hearings[1:]:
        recipient = merge(recipient, hearing.recipient)
    told = [hearing.about for hearing in hearings]
    keys = [about.kept.notice.key for about in told]
    messages.freeze(
        work.store, keys, recipient, compose(work, told, recipient, now), to_text(now), to_text(at)
    )


def compose(work: Workshop, told: Sequence[Prepared], recipient: Recipient, now: datetime) -> Composed:
    """One notice has a mail of its own, several share one."""
    sender = work.settings.mail_from
    if len(told) == 1:
        [one] = told
        return compose_alert(one.kept.notice, one.view, recipient, sender=sender, now=now, note=one.note)
    # What waited for nothing but working hours catches up on nothing.
    caught_up = any(p.is_late(now) and not waits(work, p.kept.notice.rule) for p in told)
    kind: Kind = "catch_up" if caught_up else "daily"
    items = [DigestItem(p.kept.notice, p.view, p.note) for p in told]
    return compose_digest(items, recipient, kind=kind, sender=sender, now=now)


def _claimed(work: Workshop, about: Prepared, now: datetime) -> None:
    kept = about.kept
    notices.set_state(
        work.store,
        kept.notice.key,
        NoticeState.CLAIMED,
        next_at=to_text(now + SIGN_OF_LIFE),
        sides=to_json([s.value for s in kept.notice.sides]),
        record_id=kept.record_id,
        claimed_by=work.epoch,
        told=to_json(told_so_far(about.audience)),
    )
    log_notice(work, kept.notice, now, f"to be sent to {len(about.audience.recipients)} people")
    for o in about.audience.outcomes:
        if o.how not in {"told", "dropped"}:
            title = work.mapping.recipients.roles[o.role].title  # type: ignore[index]  # RoleName
            text = f"nobody can be reached as {title} ({o.how.replace('_', ' ')}); the fallback is told"
            log_notice(work, kept.notice, now, text, level="warning")
    # Everybody may have heard it already, from an earlier stage.
    settle(work, kept.notice.key, now)


def told_so_far(audience: Audience) -> dict[str, object]:
    """What is kept of an audience: how each role was accounted for, and who hears it for that role."""
    return {
        "roles": {o.role: o.how for o in audience.outcomes},
        "heard_by": {o.role: o.address for o in audience.outcomes if o.address},
        "deliveries": [],
    }


def hold(work: Workshop, about: Prepared) -> None:
    """Keep it until everything else that is due has been claimed as well, so that each person gets one mail."""
    work.held[about.kept.notice.key] = about


def release(work: Workshop, now: datetime) -> int:
    """Freeze what is held; the number of notices."""
    held = list(work.held.values())
    if held:
        with work.store.transaction():
            freeze(work, held, Surroundings(work.store, work.mapping, now), now)
        work.held.clear()
    return len(held)
