"""What arrived at the mail sink, notice by notice, whatever mails they shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from email.message import EmailMessage
from typing import NamedTuple

from agent.sandbox.mail_sink import MailSink


class Told(NamedTuple):
    """One notice as one person got it; `due` as the key writes it, the address in lower case."""

    record_id: str
    rule: str
    topic: str
    due: str
    address: str


def keys_in(mail: EmailMessage) -> list[str]:
    """The keys of all notices of a mail."""
    keys = [str(key) for key in mail.get_all("X-SLI-Notice", [])]
    assert len(keys) == int(mail["X-SLI-Notices"]), "the mail does not list its notices"
    return keys


def heard(sink: MailSink, rules: Iterable[str] | None = None) -> Counter[Told]:
    """Each notice by person, and how often it arrived; `rules`: of these kinds only."""
    found: Counter[Told] = Counter()
    for message in sink.messages:
        [address] = message.rcpt_tos
        for key in keys_in(message.parsed()):
            _, record_id, rule, topic, rest = key.split(":", 4)
            if rules is None or rule in rules:
                found[Told(record_id, rule, topic, rest.rsplit(":", 1)[0], address.lower())] += 1
    return found


def mails_telling(sink: MailSink, record_id: str, rule: str) -> list[EmailMessage]:
    """The mails that tell a notice of this kind about this record, alone or among others."""
    mails = [message.parsed() for message in sink.messages]
    return [mail for mail in mails if any(f":{record_id}:{rule}:" in key for key in keys_in(mail))]


def people_told(sink: MailSink, record_id: str, rule: str) -> list[str]:
    """Who heard it, by address; twice who heard it twice."""
    counted = heard(sink, [rule])
    return sorted(told.address for told in counted.elements() if told.record_id == record_id)
