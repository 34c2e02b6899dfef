"""What the administrators of the agent are told about the agent itself (D9, D11, and the promise)."""

from __future__ import annotations

from agent.alerts.kinds import WORDS
from agent.alerts.letter import Letter, Section
from agent.alerts.text import local_time, one_line
from agent.alerts.views import BehindView, GoLiveView, UncertainView
from agent.alerts.wording import reasons
from agent.model import ALERTS, Mode, Recipient, Rule

KICKER = "Service Level Interventions"
LIST = "Open the interventions in Salesforce"
MODES = {
    Mode.LIVE: "sent",
    Mode.SHADOW: "decided and logged, not sent (shadow)",
    Mode.OFF: "off",
}
KINDS = {
    Rule.SUBMISSION: "On submission",
    Rule.PLAN_24H: "When no plan is documented after {hours} hours",
    Rule.RESOLUTION_30D: "When not resolved after {days} days",
    Rule.PLAN_DUE_SOON: "Before a plan is due",
    Rule.RESOLUTION_DUE_SOON: "Before the day of resolution",
    Rule.STILL_OPEN: "Again and again while not resolved",
    Rule.FOLLOW_UP: "When a follow-up is missing",
    Rule.CONDUCT: "When a record is to be mended",
    Rule.SILENCE_ENDED: "When a silence ends",
}


def go_live_letter(view: GoLiveView, recipient: Recipient) -> Letter:
    """The old interventions in numbers, and what happens from now on (D9, D18)."""
    sections = (
        Section(
            "Already there, not alerted",
            points=(
                f"Open interventions: {view.open:,}",
                f"Of them, without a plan in time: {view.without_plan:,}",
                f"Of them, past the {view.resolution_days} days: {view.past_resolution:,}",
            ),
        ),
        Section("Alerts from now on", points=_modes(view)),
        Section(
            "What to do now",
            points=(
                "Look through the overdue ones with the Regional Directors: nobody is alerted about them.",
                "Change what is sent in rules.toml: off, shadow or live for each kind of alert.",
            ),
        ),
    )
    return Letter(
        kicker=KICKER,
        headline="The SLI agent is live",
        lead=(
            f"It went live on {local_time(view.go_live, view.zone)}. Interventions submitted and deadlines "
            "due after this moment are alerted; what is older is not: nobody is flooded with old news."
        ),
        sections=sections,
        link=(LIST, one_line(view.url, 500)),
        reasons=reasons(recipient),
        footer="Sent automatically by the SLI agent, once, when it first read this org.",
    )


def behind_letter(view: BehindView, recipient: Recipient) -> Letter:
    """Why deadlines are not judged, and what to do (D11)."""
    cause = one_line(view.cause, 500) or "Salesforce has not answered, or the agent was not running."
    sections = (
        Section("Why", points=(cause,)),
        Section(
            "What to do now",
            points=(
                "Run `sli-agent check`: it names what is missing, and the mend.",
                "Run `sli-agent status`: it tells how far behind the agent is.",
                "If it lasts, watch the 24 hours and the 30 days by hand.",
            ),
        ),
    )
    return Letter(
        kicker=KICKER,
        headline="Deadlines are not being judged",
        lead=(
            f"The SLI agent cannot tell whether it has seen everything since {local_time(view.since, view.zone)}. "
            "Until it can, it alerts nobody about deadlines after that moment. None is lost: each is judged as "
            "soon as it has caught up."
        ),
        sections=sections,
        link=(LIST, one_line(view.url, 500)),
        reasons=reasons(recipient),
        footer="Sent automatically by the SLI agent, once for this incident.",
    )


def uncertain_letter(view: UncertainView, recipient: Recipient) -> Letter:
    """Which mail it is, what the server said, and how to find out or to try again."""
    number, address = one_line(view.number, 60), one_line(view.address, 320)
    rows = (
        ("To", address),
        ("About", number),
        ("Kind", WORDS[view.about].title if view.about in WORDS else view.about.value.replace("_", " ")),
        ("Last offered", local_time(view.offered, view.zone)),
        ("Last answer", one_line(view.reply, 500)),
        ("Message-ID", one_line(view.message, 200)),
    )
    sections = (
        Section("The mail", rows=tuple((label, words) for label, words in rows if words)),
        Section(
            "What to do now",
            points=(
                "Ask the person, or look into the mail server's log for the Message-ID.",
                f"If it did not arrive: sli-agent outbox retry '{one_line(view.message, 200)}'",
                f"If it did: sli-agent outbox drop '{one_line(view.message, 200)}'",
            ),
        ),
    )
    return Letter(
        kicker=KICKER,
        headline="Nobody knows whether a mail arrived",
        lead=(
            f"A mail about {number} to {address} was offered twice, and both times the connection broke before the "
            "mail server's answer. A third copy leaves only if you say so."
        ),
        sections=sections,
        link=("Open it in Salesforce", one_line(view.url, 500)),
        reasons=reasons(recipient),
        footer="Sent automatically by the SLI agent, once for this mail.",
    )


def _modes(view: GoLiveView) -> tuple[str, ...]:
    numbers = {"hours": view.plan_hours, "days": view.resolution_days}
    return tuple(
        f"{KINDS[rule].format_map(numbers)}: {MODES[view.modes[rule]]}"
        for rule in ALERTS
        if rule in view.modes
    )
