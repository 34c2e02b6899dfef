"""Delivering frozen messages: one person, one message, one clear outcome at a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.alerts.compose import compose_uncertain
from agent.alerts.recipients import stand_ins
from agent.alerts.views import UncertainView
from agent.instants import to_text
from agent.model import Audience, Channel, MessageState, Notice, Rule
from agent.pipeline.freeze import compose
from agent.pipeline.judging import known_through
from agent.pipeline.outcome import settle
from agent.pipeline.posts import offer
from agent.pipeline.prepared import LATE, Prepared
from agent.pipeline.surroundings import Surroundings
from agent.pipeline.told_elsewhere import ORG_ITSELF
from agent.pipeline.view import alert_view_from_mirror, list_url, record_url
from agent.pipeline.work import Workshop
from agent.ports import MailReply, MailVerdict
from agent.rules.reasons import RULE_WORDS, sentence
from agent.store import diary, messages, mirror, notices
from agent.store.messages import KeptMessage

BATCH = 20
REPETITIONS = 1
"""How often a message is offered again because nobody knows what became of it (the promise)."""
REPEAT_AFTER = timedelta(minutes=1)
REPLY_CODE = re.compile(r"^[245]\d\d\b")


def deliver_due(work: Workshop, now: datetime) -> int:
    """Offer one batch of messages to the mail server; the number offered."""
    batch = messages.queued(work.store, to_text(now), to_text(now - LATE), BATCH)
    for n, message in enumerate(batch, start=1):
        with work.store.transaction():
            messages.set_state(work.store, message.id, MessageState.SENDING, attempts=message.attempts + 1)
        reply = offer(work, message)
        with work.store.transaction():
            record(work, message, reply, now)
        if _server_is_away(message, reply) or work.stopped():
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
        work.tally.mails += message.channel is Channel.MAIL
    elif reply.verdict is MailVerdict.REFUSED:
        messages.set_state(work.store, message.id, MessageState.DEAD, reply=reply.text)
        work.tally.dead += 1
        _turn_to_fallback(work, message, now)
    elif reply.verdict is MailVerdict.DEFERRED:
        wait = max(work.backoff(attempts), timedelta(seconds=reply.wait_seconds))
        until = to_text(now + wait)
        messages.set_state(work.store, message.id, MessageState.QUEUED, next_at=until, reply=reply.text)
        if _server_is_away(message, reply):
            messages.postpone_queued(work.store, message.channel, until)
    elif message.unclear < REPETITIONS:
        again = {"next_at": to_text(now + REPEAT_AFTER), "reply": reply.text}
        messages.set_state(work.store, message.id, MessageState.QUEUED, unclear=1, as_is=1, **again)
    else:
        messages.set_state(work.store, message.id, MessageState.UNCERTAIN, reply=reply.text)
        _tell_admins(work, message, reply, now)
    _log(work, message, reply, now)
    for key in messages.notices_of(work.store, message.id):
        settle(work, key, now)


def _server_is_away(message: KeptMessage, reply: MailReply) -> bool:
    """True when it was not this address that was put off, but nobody answered at all; a chat is one address."""
    of_all = message.channel is not Channel.MAIL or not REPLY_CODE.match(reply.text)
    return reply.verdict is MailVerdict.DEFERRED and of_all


def _turn_to_fallback(work: Workshop, message: KeptMessage, now: datetime) -> None:
    """A refused address: the fallbacks of its roles hear it in its place (D7), as the mirror shows it now."""
    around = Surroundings(work.store, work.mapping, known_through(work, now))
    told = [
        p
        for key in messages.notices_of(work.store, message.id)
        if (p := _as_mirrored(work, key, around, now))
    ]
    for stand_in in stand_ins(work.mapping, message.recipient, work.settings.admin_email):
        address = stand_in.address.lower()
        untold = [p for p in told if address not in messages.addressed(work.store, p.kept.notice.key)]
        if untold:
            keys = [p.kept.notice.key for p in untold]
            messages.freeze(work.store, keys, stand_in, compose(work, untold, stand_in, now), to_text(now))
        heard = [p.kept.notice.key for p in told if p not in untold]
        messages.stand_in_as_well(work.store, heard, stand_in)


def _as_mirrored(work: Workshop, key: str, around: Surroundings, now: datetime) -> Prepared | None:
    kept = notices.by_key(work.store, work.org_id, key)
    view = alert_view_from_mirror(work, kept.notice, around, now) if kept else None
    if kept is None or view is None:
        return None
    finding = kept.notice.topic.partition(".")[0] if kept.notice.rule is Rule.CONDUCT else ""
    return Prepared(kept, Audience((), ()), view, sentence(finding))


def _tell_admins(work: Workshop, message: KeptMessage, reply: MailReply, now: datetime) -> None:
    """Nobody knows whether it arrived, and it is not repeated again: a person must look (the promise)."""
    keys = messages.notices_of(work.store, message.id)
    told = [k.notice for key in keys if (k := notices.by_key(work.store, work.org_id, key))]
    if not told:
        return  # It was for the admins itself, and about another one.
    about, records = told[0], {notice.intervention_id for notice in told}
    rows = mirror.interventions(work.store, [about.intervention_id])
    notice = Notice(work.org_id, ORG_ITSELF, Rule.UNCERTAIN, now, topic=message.id)
    view = UncertainView(
        message=message.id,
        address=message.recipient.address,
        about=about.rule,
        number=f"{len(records)} interventions"
        if len(records) > 1
        else rows[0].number
        if rows
        else "the agent",
        offered=now,
        reply=reply.text,
        zone=ZoneInfo(work.mapping.reference.default_time_zone),
        url=record_url(work, about.intervention_id) if rows else list_url(work),
    )
    mail = compose_uncertain(notice, view, work.admin, sender=work.settings.mail_from, now=now)
    # No claim in Salesforce: whoever offered the mail is the only one who knows.
    messages.freeze(work.store, [notice.key], work.admin, mail, to_text(now))


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
