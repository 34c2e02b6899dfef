"""A letter as one person's mail: headers that nothing can be smuggled into, and the same bytes every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any, NamedTuple

from agent.alerts.text import one_line
from agent.model import Notice, Recipient

SENDER_NAME = "SLI alerts"
TOKENS = frozenset({"Message-ID", "In-Reply-To", "References", "X-SLI-Rule", "X-SLI-Record", "X-SLI-Notice"})
"""Headers whose value is one word, for machines."""


class Composed(NamedTuple):
    """A frozen mail. `data` is what travels: CRLF line ends, no line over 998 octets."""

    message_id: str
    subject: str
    data: bytes


@dataclass(frozen=True)
class Body:
    """One content in two forms."""

    text: str
    html: str


class _WireFormat(EmailPolicy):
    """Folds at 78 characters, but never between a token's name and its value: readers would keep the gap."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        return f"{name}: {value}\r\n".encode() if name in TOKENS else super().fold_binary(name, value)


_WIRE = _WireFormat(linesep="\r\n")


def message_id(facts: Sequence[str], address: str, sender: str) -> str:
    """`<hash@domain of sender>`, from facts alone (`Notice.fact`), in whatever order they are found.

    Two agents compute the same, and so does a repetition: most mail programs then show it once.
    """
    return _id("m", "\n".join([*sorted(facts), address.lower()]), sender)


def thread_id(notice: Notice, sender: str) -> str:
    """What all mails about one intervention answer to, so that mail programs show them together."""
    return _id("sli", f"{notice.org_id}\n{notice.intervention_id}", sender)


def seal(
    notice: Notice, recipient: Recipient, subject: str, body: Body, *, sender: str, now: datetime
) -> Composed:
    """The mail of one notice to one recipient, dated `now`; the same arguments give the same bytes."""
    own_id, thread = message_id([notice.fact], recipient.address, sender), thread_id(notice, sender)
    subject = _header(subject, 180)
    message = EmailMessage(policy=_WIRE.clone(utf8=not (recipient.address + sender).isascii()))
    message["From"] = _address(SENDER_NAME, sender)
    message["To"] = _address(recipient.name, recipient.address)
    headers: Mapping[str, str] = {
        "Subject": subject,
        "Date": format_datetime(now),
        "Message-ID": own_id,
        "In-Reply-To": thread,
        "References": thread,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-SLI-Rule": notice.rule.value,
        "X-SLI-Record": notice.intervention_id,
        "X-SLI-Notice": notice.key,
    }
    for name, value in headers.items():
        message[name] = _header(value, 900)
    message.set_content(body.text, cte="quoted-printable")
    message.add_alternative(body.html, subtype="html", cte="quoted-printable")
    # The library would draw a random boundary; no quoted-printable line can begin like this one by chance.
    message.set_boundary(f"=_{own_id[1:].partition('@')[0]}")
    return Composed(own_id, subject, message.as_bytes())


def _id(kind: str, facts: str, sender: str) -> str:
    domain = sender.rpartition("@")[2].lower()
    return f"<{kind}.{hashlib.sha256(facts.encode()).hexdigest()[:32]}@{domain}>"


def _address(name: str, address: str) -> Address:
    user, _, domain = _header(address, 320).rpartition("@")
    return Address(_header(name, 80), user, domain)


def _header(text: str, longest: int) -> str:
    """One line that is read as written: `=?` would begin an encoded word, which can hide line breaks."""
    return one_line(text, longest).replace("=?", "= ?")
