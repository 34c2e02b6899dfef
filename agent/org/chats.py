"""Whether what rules.toml posts to a chat has a chat to go to, and whether a chat has anything to be posted (D15)."""

from __future__ import annotations

from collections.abc import Iterator

from agent.mapping import OrgMapping
from agent.model import ALERTS, Channel
from agent.org.lines import CheckLine, ok, warning
from agent.settings import Settings

SETTINGS = ("SLI_SLACK_WEBHOOK_URL", "SLI_TEAMS_WEBHOOK_URL")


def chat_lines(mapping: OrgMapping, settings: Settings) -> Iterator[CheckLine]:
    """One line at most: nothing is posted to try it, for people would read it."""
    urls = {Channel.SLACK: settings.slack_webhook_url, Channel.TEAMS: settings.teams_webhook_url}
    chats = " and ".join(channel.words for channel, url in urls.items() if url)
    posted = ", ".join(rule.value for rule in ALERTS if mapping.rules.alerts.of(rule).webhook)
    if posted and not chats:
        yield warning(
            "webhooks",
            f"rules.toml: {posted}: webhook = true, and neither {' nor '.join(SETTINGS)} is set; nothing is posted.",
            "Set one of them, or take webhook = true away.",
        )
    elif chats and not posted:
        yield warning(
            "webhooks",
            f"A webhook of {chats} is set, and no kind of alert in rules.toml has webhook = true.",
            "Write webhook = true under the kinds that are to be posted, or remove the setting.",
        )
    elif chats:
        yield ok(
            "webhooks",
            f"Posted to {chats}, without names: {posted}. Only a first post tells whether it arrives.",
        )
