"""Posts to a team's chats, beside the mails: rows of the same outbox, for kinds that rules.toml posts (D15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agent.alerts.webhook import compose_post
from agent.instants import to_text
from agent.model import ALERTS, Channel, Recipient
from agent.pipeline.prepared import Prepared
from agent.pipeline.told_elsewhere import already_told
from agent.pipeline.work import Workshop
from agent.ports import MailReply, MailVerdict
from agent.store import messages
from agent.store.messages import KeptMessage


def freeze_posts(work: Workshop, prepared: Sequence[Prepared], now: datetime) -> None:
    """One post for each chat with all of these notices that go there. In the caller's transaction."""
    for channel in work.webhooks:
        untold = [about for about in prepared if _is_posted(work, about, channel)]
        if untold:
            told = [(about.kept.notice, about.view) for about in untold]
            post = compose_post(channel, told, sender=work.settings.mail_from)
            keys = [about.kept.notice.key for about in untold]
            chat = Recipient(channel.words, "", None)
            messages.freeze(work.store, keys, chat, post, to_text(now), channel=channel)


def _is_posted(work: Workshop, about: Prepared, channel: Channel) -> bool:
    """True for what its kind posts and this chat has not had: not from an earlier stage or message either."""
    notice = about.kept.notice
    if notice.rule not in ALERTS or not work.mapping.rules.alerts.of(notice.rule).webhook:
        return False
    told = already_told(work, notice) | messages.addressed(work.store, notice.key).keys()
    return channel.words.lower() not in told


def offer(work: Workshop, message: KeptMessage) -> MailReply:
    """Offer a message once, by the door it is for."""
    if message.channel is Channel.MAIL:
        return work.mail.send(work.settings.mail_from, message.recipient.address, message.body)
    door = work.webhooks.get(message.channel)
    if door is None:
        setting = f"SLI_{message.channel.value.upper()}_WEBHOOK_URL"
        return MailReply(MailVerdict.REFUSED, f"{setting} is not set any more")
    return door.post(message.body)
