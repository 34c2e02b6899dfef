"""From notices and what is known about them to one person's mail (S6, D7, D9, D10, D15). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agent.alerts import to_admins, wording
from agent.alerts.digest import DigestKind, digest_letter, digest_subject
from agent.alerts.envelope import Composed, message_id, seal
from agent.alerts.letter import Letter, render
from agent.alerts.text import local_time, one_line
from agent.alerts.views import (
    AlertView,
    BehindView,
    DigestItem,
    GoLiveView,
    SideView,
    Standing,
    UncertainView,
)
from agent.model import Notice, Recipient

__all__ = [
    "AlertView",
    "BehindView",
    "Composed",
    "DigestItem",
    "DigestKind",
    "GoLiveView",
    "SideView",
    "Standing",
    "UncertainView",
    "compose_alert",
    "compose_behind",
    "compose_digest",
    "compose_go_live",
    "compose_uncertain",
    "message_id",
]


def compose_alert(
    notice: Notice, view: AlertView, recipient: Recipient, *, sender: str, now: datetime, note: str = ""
) -> Composed:
    """The mail of one notice about an intervention, dated `now`: every kind of D16, alone in its mail.

    `note` is a sentence of its own, such as a finding's; it carries no client's name.
    """
    where = (one_line(part, 60) for part in (view.number, view.office, view.region or ""))
    letter = Letter(
        kicker=" · ".join(part for part in where if part),
        badges=tuple(wording.badge(side) for side in view.sides),
        headline=wording.headline(notice, view),
        lead=wording.lead(notice, view, note),
        sections=(
            wording.to_do(notice, view),
            *wording.good_examples(notice, view),
            *(wording.card(side, view) for side in view.sides),
            wording.record(view),
        ),
        link=("Open the record in Salesforce", one_line(view.url, 500)),
        reasons=wording.reasons(recipient),
        footer=wording.FOOTER,
    )
    subject = wording.subject(notice, view, with_name=view.name_in_subject)
    mail = seal([notice], recipient, subject, render(letter), sender=sender, now=now)
    return mail._replace(subject=wording.subject(notice, view)) if view.name_in_subject else mail


def compose_digest(
    items: Sequence[DigestItem], recipient: Recipient, *, kind: DigestKind, sender: str, now: datetime
) -> Composed:
    """Several notices as one mail, dated `now`: what an outage held back (D10), or a day's digest (D16).

    `items` are at least one, in any order.
    """
    notices = sorted((item.notice for item in items), key=lambda notice: notice.key)
    subject, letter = digest_subject(items, kind), digest_letter(items, recipient, kind, now)
    return seal(notices, recipient, subject, render(letter), sender=sender, now=now)


def compose_go_live(
    notice: Notice, view: GoLiveView, recipient: Recipient, *, sender: str, now: datetime
) -> Composed:
    """The one summary to the admins when the agent first reads an org (D9), dated `now`."""
    subject = f"SLI agent is live; already open, not alerted: {view.open:,}"
    letter = to_admins.go_live_letter(view, recipient)
    return seal([notice], recipient, subject, render(letter), sender=sender, now=now)


def compose_behind(
    notice: Notice, view: BehindView, recipient: Recipient, *, sender: str, now: datetime
) -> Composed:
    """The one warning to the admins when deadlines can no longer be judged (D11), dated `now`."""
    subject = f"SLI agent is behind: deadlines since {local_time(view.since, view.zone)} are not judged"
    letter = to_admins.behind_letter(view, recipient)
    return seal([notice], recipient, subject, render(letter), sender=sender, now=now)


def compose_uncertain(
    notice: Notice, view: UncertainView, recipient: Recipient, *, sender: str, now: datetime
) -> Composed:
    """To the admins: a mail whose fate nobody knows (the promise), dated `now`."""
    subject = f"SLI agent: a mail about {one_line(view.number, 60)} may not have arrived"
    letter = to_admins.uncertain_letter(view, recipient)
    return seal([notice], recipient, subject, render(letter), sender=sender, now=now)
