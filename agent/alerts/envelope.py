"""A letter as one person's mail: headers that nothing can be smuggled into, and the same bytes every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any, NamedTuple

from agent.alerts.text import one_line
from agent.model import Notice, Recipient, Rule

SENDER_NAME = "SLI alerts"
CRLF = "\r\n"
ABOUT_THE_ORG = "-"
"""In place of an intervention's id: mails about the org itself belong to no thread."""
KEYS_LISTED = 200
"""Notices named in the headers; mail servers take some 32,000 characters of headers, and a key has up to 130."""
TOKENS = frozenset({"Message-ID", "In-Reply-To", "References", "X-SLI-Rule", "X-SLI-Record", "X-SLI-Notice"})
"""Headers for machines, each on one line."""


class Composed(NamedTuple):
    """A frozen mail. `data` is what travels: CRLF line ends, no line over 998 octets.

    `subject` is for the agent's own lists: it names no client, even where the mail's own does (D15).
    """

    message_id: str
    subject: str
    data: bytes


@dataclass(frozen=True)
class Body:
    """One content in two forms."""

    text: str
    html: str


class _WireFormat(EmailPolicy):
    """Folds at 78 characters, so that a reader unfolds to exactly what was written."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in TOKENS:
            # Readers would keep the gap that a fold leaves beside a long word.
            return f"{name}: {value}\r\n".encode()
        if name == "Subject" and not value.isascii():
            # The policy's own folding doubles a space here and there beside an encoded word.
            return f"{name}: {Header(value, 'utf-8', header_name=name).encode(linesep=CRLF)}\r\n".encode()
        return super().fold_binary(name, value)


_WIRE = _WireFormat(linesep=CRLF)


def message_id(facts: Sequence[str], address: str, sender: str) -> str:
    """`<hash@domain of sender>`, from facts alone (`Notice.fact`), in whatever order they are found.

    Two agents compute the same, and so does a repetition: most mail programs then show it once.
    """
    return _id("m", "\n".join([*sorted(facts), address.lower()]), sender)


def thread_id(notice: Notice, sender: str) -> str:
    """What all mails about one intervention answer to, so that mail programs show them together."""
    return _id("sli", f"{notice.org_id}\n{notice.intervention_id}", sender)


def seal(
    notices: Sequence[Notice], recipient: Recipient, subject: str, body: Body, *, sender: str, now: datetime
) -> Composed:
    """The mail of these notices to one recipient, dated `now`; the same arguments give the same bytes."""
    own_id = message_id([notice.fact for notice in notices], recipient.address, sender)
    subject = _header(subject, 180)
    message = EmailMessage(policy=_WIRE.clone(utf8=not (recipient.address + sender).isascii()))
    message["From"] = _address(SENDER_NAME, sender)
    message["To"] = _address(recipient.name, recipient.address)
    headers = {
        "Subject": subject,
        "Date": format_datetime(now),
        "Message-ID": own_id,
        **_thread(notices, sender),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    for name, value in (*headers.items(), *_for_machines(notices)):
        message[name] = _header(value, 900)
    message.set_content(body.text, cte="quoted-printable")
    message.add_alternative(body.html, subtype="html", cte="quoted-printable")
    # The library would draw a random boundary; no quoted-printable line can begin like this one by chance.
    message.set_boundary(f"=_{own_id[1:].partition('@')[0]}")
    return Composed(own_id, subject, message.as_bytes())


def _thread(notices: Sequence[Notice], sender: str) -> Mapping[str, str]:
    """What this mail answers to, where all of it is about one intervention."""
    if len({notice.intervention_id for notice in notices} | {ABOUT_THE_ORG}) != 2:
        return {}
    thread = thread_id(notices[0], sender)
    return {"In-Reply-To": thread, "References": thread}


def _for_machines(notices: Sequence[Notice]) -> Iterator[tuple[str, str]]:
    """The kinds, the record where there is but one, and a header for each notice's key."""
    rules = {notice.rule for notice in notices}
    yield "X-SLI-Rule", ", ".join(rule.value for rule in Rule if rule in rules)
    records = {notice.intervention_id for notice in notices}
    if len(records) == 1:
        yield "X-SLI-Record", records.pop()
    yield "X-SLI-Notices", str(len(notices))
    if len(notices) <= KEYS_LISTED:
        yield from (("X-SLI-Notice", notice.key) for notice in notices)


def _id(kind: str, facts: str, sender: str) -> str:
    domain = sender.rpartition("@")[2].lower()
    return f"<{kind}.{hashlib.sha256(facts.encode()).hexdigest()[:32]}@{domain}>"


def _address(name: str, address: str) -> Address:
    user, _, domain = _header(address, 320).rpartition("@")
    return Address(_header(name, 80), user, domain)


def _header(text: str, longest: int) -> str:
    """One line that is read as written: `=?` would begin an encoded word, which can hide line breaks."""
    return one_line(one_line(text, longest).replace("=?", "= ?"), longest)
