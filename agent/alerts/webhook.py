"""What a chat's webhook is given: colours, what happened, number, office, time and link; no names (D15). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agent.alerts import wording
from agent.alerts.envelope import Composed, message_id
from agent.alerts.text import local_time, one_line
from agent.alerts.views import AlertView
from agent.model import Channel, Notice, Rule

LISTED = 20
"""Notices that one post names; Teams takes 28 KB (platform fact), and nobody reads more."""
TIMES = {Rule.SUBMISSION: "submitted", Rule.CONDUCT: "since", Rule.SILENCE_ENDED: "silenced until"}
"""What the time of a notice means, where it is no due time."""
Told = tuple[Notice, AlertView]


def compose_post(channel: Channel, told: Sequence[Told], *, sender: str) -> Composed:
    """The post about these notices, at least one; the same arguments give the same bytes.

    Its `message_id` names it in the outbox: it is made of facts alone, as a mail's is.
    """
    ordered = sorted(told, key=lambda one: (one[0].due, one[0].key))
    shown, left_out = ordered[:LISTED], len(ordered) - LISTED
    rest = f"… and {left_out} more" if left_out > 0 else ""
    payload = _slack(shown, rest) if channel is Channel.SLACK else _teams(shown, rest)
    first = _what(*ordered[0])
    subject = first if len(ordered) == 1 else f"{first} … and {len(ordered) - 1} more"
    own_id = message_id([notice.fact for notice, _ in ordered], channel.value, sender)
    return Composed(own_id, subject, json.dumps(payload, sort_keys=True).encode())


def _what(notice: Notice, view: AlertView) -> str:
    """Colours, what happened, number, office and sides, as a mail's subject without a name says it (S6, D15)."""
    return wording.subject(notice, view)


def _when(notice: Notice, view: AlertView) -> str:
    at = local_time(wording.deadline_of(notice, view), view.zone)
    return f"{TIMES.get(notice.rule, 'due')} {at}"


def _slack(shown: Sequence[Told], rest: str) -> Mapping[str, Any]:
    lines = [
        f"{_escaped(_what(notice, view))}\n{_escaped(_when(notice, view))} · <{_url(view)}|Open in Salesforce>"
        for notice, view in shown
    ]
    return {"text": "\n".join([*lines, *([rest] if rest else [])]), "unfurl_links": False}


def _escaped(text: str) -> str:
    """Slack reads three signs as its own: links, and calls on everybody (`<!channel>`), begin with one."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _url(view: AlertView) -> str:
    return _escaped(one_line(view.url, 500)).replace("|", "%7C")


def _teams(shown: Sequence[Told], rest: str) -> Mapping[str, Any]:
    """An Adaptive Card as a workflow's webhook takes it (platform fact)."""
    lines = [line for notice, view in shown for line in _card_lines(notice, view)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [*lines, *([_line(_run(rest))] if rest else [])],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _card_lines(notice: Notice, view: AlertView) -> list[dict[str, Any]]:
    opens = {"type": "Action.OpenUrl", "url": one_line(view.url, 500)}
    return [
        {**_line(_run(_what(notice, view), weight="Bolder")), "separator": True},
        {
            **_line(_run(f"{_when(notice, view)} · "), _run("Open in Salesforce", selectAction=opens)),
            "spacing": "None",
        },
    ]


def _line(*runs: Mapping[str, Any]) -> dict[str, Any]:
    # Not a TextBlock: that one reads Markdown, and so what somebody typed as a link.
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **traits: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **traits}
