"""From a notice and what is known about it to one person's mail (S6, D7, D9, D15). Pure."""

from __future__ import annotations

from datetime import datetime

from agent.alerts import wording
from agent.alerts.envelope import Composed, message_id, seal
from agent.alerts.letter import Letter, render
from agent.alerts.text import local_time, one_line
from agent.alerts.views import AlertView, BehindView, GoLiveView, SideView
from agent.model import Notice, Recipient

__all__ = [
    "AlertView",
    "BehindView",
    "Composed",
    "GoLiveView",
    "SideView",
    "compose_alert",
    "compose_behind",
    "compose_go_live",
    "message_id",
]


def compose_alert(
    notice: Notice, view: AlertView, recipient: Recipient, *, sender: str, now: datetime
) -> Composed:
    """The alert of a submission, a missing plan or a missed resolution (S10, S11, S12), dated `now`."""
    where = (one_line(part, 60) for part in (view.number, view.office, view.region or ""))
    letter = Letter(
        kicker=" · ".join(part for part in where if part),
        badges=tuple(wording.badge(side) for side in view.sides),
        headline=wording.headline(notice, view),
        lead=wording.lead(notice, view),
        sections=(
            wording.to_do(notice, view),
            *wording.good_plans(notice, view),
            *(wording.card(side, view) for side in view.sides),
            wording.facts(view),
        ),
        link=("Open the record in Salesforce", one_line(view.url, 500)),
        reasons=wording.reasons(recipient),
        footer=wording.FOOTER,
    )
    subject = wording.subject(notice, view)
    return seal(notice, recipient, subject, render(letter), sender=sender, now=now)


def compose_go_live(
    notice: Notice, view: GoLiveView, recipient: Recipient, *, sender: str, now: datetime
) -> Composed:
    """The one summary to the admins when the agent first reads an org (D9), dated `now`."""
    letter = Letter(
        kicker="Service Level Interventions",
        badges=(),
        headline="The SLI agent is live",
        lead=(
            f"It went live on {local_time(view.go_live, view.zone)}. Interventions submitted and deadlines "
            "due after this moment are alerted; what is older is not: nobody is flooded with old news."
        ),
        sections=wording.go_live_sections(view),
        link=("Open the interventions in Salesforce", one_line(view.url, 500)),
        reasons=wording.reasons(recipient),
        footer=wording.GO_LIVE_FOOTER,
    )
    subject = f"SLI agent is live; already open, not alerted: {view.open:,}"
    return seal(notice, recipient, subject, render(letter), sender=sender, now=now)


def compose_behind(
    notice: Notice, view: BehindView, recipient: Recipient, *, sender: str, now: datetime
) -> Composed:
    """The one warning to the admins when deadlines can no longer be judged (D11), dated `now`."""
    since = local_time(view.since, view.zone)
    letter = Letter(
        kicker="Service Level Interventions",
        badges=(),
        headline="Deadlines are not being judged",
        lead=(
            f"The SLI agent cannot tell whether it has seen everything since {since}. Until it can, it alerts "
            "nobody about deadlines after that moment. None is lost: each is judged as soon as it has caught up."
        ),
        sections=wording.behind_sections(one_line(view.cause, 500)),
        link=("Open the interventions in Salesforce", one_line(view.url, 500)),
        reasons=wording.reasons(recipient),
        footer=wording.BEHIND_FOOTER,
    )
    subject = f"SLI agent is behind: deadlines since {since} are not judged"
    return seal(notice, recipient, subject, render(letter), sender=sender, now=now)
