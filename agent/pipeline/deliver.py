"""Delivering frozen messages: one person, one message, one clear outcome at a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from agent.alerts.compose import compose_alert
from agent.instants import to_text
from agent.model import FINAL_MESSAGE_STATES, MessageState, NoticeState, Recipient
from agent.pipeline.judging import intend_write_back, known_through
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.told_elsewhere import ORG_ITSELF
from agent.pipeline.view import alert_view_from_mirror
from agent.pipeline.work import Workshop
from agent.ports import MailReply, MailVerdict
from agent.rules.reasons import RULE_WORDS
from agent.store import diary, messages, mirror, notices, to_json
from agent.store.messages import KeptMessage
from agent.store.notices import KeptNotice

BATCH = 20
ONE_REPETITION = 2
"""Offers of one message at the most, when the first one's outcome stays unknown (the promise)."""
REPEAT_AFTER = timedelta(minutes=1)
REPLY_CODE = re.compile(r"^[245]\d\d\b")


def deliver_due(work: Workshop, now: datetime) -> int:
    """Offer one batch of messages to the mail server; the number offered."""
    batch = messages.queued(work.store, to_text(now), BATCH)
    for n, message in enumerate(batch, start=1):
        with work.store.transaction():
            messages.set_state(work.store, message.id, MessageState.SENDING, attempts=message.attempts + 1)
        reply = work.mail.send(work.settings.mail_from, message.recipient.address, message.body)
        with work.store.transaction():
            record(work, message, reply, now)
        if _server_is_away(reply) or work.stopped():
            return n
    return len(batch)


def recover(work: Workshop, now: datetime) -> int:
    """After a kill: messages that were being offered have an unknown outcome; the number found."""
    interrupted = messages.sending(work.store)
    with work.store.transaction():
        for message in interrupted:
            record(work, message, MailReply(MailVerdict.UNKNOWN, "the agent was stopped while sending"), now)
    return len(interrupted)


def record(work: Workshop, message: KeptMessage, reply: MailReply, now: datetime) -> None:
    """Keep the server's answer and what follows from it. In the caller's transaction."""
    attempts = message.attempts if message.state is MessageState.SENDING else message.attempts + 1
    if reply.verdict is MailVerdict.ACCEPTED:
        messages.set_state(work.store, message.id, MessageState.SENT, sent_at=to_text(now), reply=reply.text)
        work.tally.mails += 1
    elif reply.verdict is MailVerdict.REFUSED:
        messages.set_state(work.store, message.id, MessageState.DEAD, reply=reply.text)
        work.tally.dead += 1
        _turn_to_fallback(work, message, now)
    elif reply.verdict is MailVerdict.DEFERRED:
        again = to_text(now + work.backoff(attempts))
        messages.set_state(work.store, message.id, MessageState.QUEUED, next_at=again, reply=reply.text)
        if _server_is_away(reply):
            messages.postpone_queued(work.store, again)
    elif attempts < ONE_REPETITION:
        again = to_text(now + REPEAT_AFTER)
        messages.set_state(work.store, message.id, MessageState.QUEUED, next_at=again, reply=reply.text)
    else:
        messages.set_state(work.store, message.id, MessageState.UNCERTAIN, reply=reply.text)
    _log(work, message, reply, now)
    for key in messages.notices_of(work.store, message.id):
        _settle(work, key, now)


def _server_is_away(reply: MailReply) -> bool:
    """True when it was not this address that was put off, but nobody answered at all."""
    return reply.verdict is MailVerdict.DEFERRED and not REPLY_CODE.match(reply.text)


def _turn_to_fallback(work: Workshop, message: KeptMessage, now: datetime) -> None:
    """A refused address: the fallbacks of its roles hear it in its place (D7)."""
    titles = {role.title: role for role in work.mapping.recipients.roles.values()}
    for key in messages.notices_of(work.store, message.id):
        kept = notices.by_key(work.store, work.org_id, key)
        if kept is None or kept.notice.intervention_id == ORG_ITSELF:
            continue
        for title in message.recipient.roles:
            fallback = titles[title].fallback if title in titles else "admin"
            address = work.settings.admin_email if fallback == "admin" else fallback
            if address.lower() != message.recipient.address.lower():
                _freeze_fallback(work, kept, Recipient(address, "", None, (), message.recipient.roles), now)


def _freeze_fallback(work: Workshop, kept: KeptNotice, recipient: Recipient, now: datetime) -> None:
    around = Surroundings(work.store, work.mapping, known_through(work, now))
    view = alert_view_from_mirror(work, kept.notice, around, now)
    if view is None:
        return
    mail = compose_alert(kept.notice, view, recipient, sender=work.settings.mail_from, now=now)
    messages.freeze(work.store, kept.notice.key, recipient, mail, to_text(now))


def _settle(work: Workshop, key: str, now: datetime) -> None:
    """Once every message of a notice has its outcome, the notice has one too."""
    kept = notices.by_key(work.store, work.org_id, key)
    deliveries = messages.deliveries_of(work.store, key)
    if kept is None or any(MessageState(d["state"]) not in FINAL_MESSAGE_STATES for d in deliveries):
        return
    reached = [d["at"] for d in deliveries if d["state"] == MessageState.SENT]
    state = NoticeState.TOLD if reached else NoticeState.DEAD
    if state is NoticeState.TOLD and kept.state is not NoticeState.TOLD:
        work.tally.sent += kept.notice.intervention_id != ORG_ITSELF
    notices.set_state(
        work.store,
        key,
        state,
        unreported=True,
        told_at=max(reached) if reached else None,
        told=to_json({**kept.told, "deliveries": deliveries}),
    )
    for row in mirror.interventions(work.store, [kept.notice.intervention_id]):
        intend_write_back(work, row, to_text(now))


def _log(work: Workshop, message: KeptMessage, reply: MailReply, now: datetime) -> None:
    kept = next(
        (notices.by_key(work.store, work.org_id, k) for k in messages.notices_of(work.store, message.id)),
        None,
    )
    found = mirror.interventions(work.store, [kept.notice.intervention_id]) if kept else []
    level = {MailVerdict.ACCEPTED: "info", MailVerdict.DEFERRED: "warning"}.get(reply.verdict, "error")
    diary.write(
        work.store,
        to_text(now),
        "delivery",
        f"{RULE_WORDS[kept.notice.rule] if kept else 'message'} to {message.recipient.address}: "
        f"{reply.verdict.value} ({reply.text})",
        level=level,
        about=(found[0].id, found[0].number) if found else None,
        message_id=message.id,
    )
