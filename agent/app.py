"""The composition root: from settings to wired parts, and back down in reverse order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from requests.adapters import BaseAdapter

from agent.clock import chance
from agent.desk.state import database_path
from agent.loop import Agent
from agent.mail.smtp import SmtpMail
from agent.mapping import load as load_mapping
from agent.model import Channel
from agent.pipeline.work import Workshop
from agent.ports import Clock, Mail, Random
from agent.salesforce.org import Org
from agent.settings import Settings
from agent.store import Store
from agent.webhook.post import Webhook

GARBAGE_AFTER = 20_000
"""Objects. A page of rows makes more of them than Python's own 700, and none that refers to itself: looking for such
ones at every turn takes a tenth of a first load."""


@contextmanager
def agent(  # noqa: PLR0913  # one keyword for each door a simulation may replace
    settings: Settings,
    clock: Clock,
    *,
    acts: bool = True,
    transport: BaseAdapter | None = None,
    mail: Mail | None = None,
    rng: Random | None = None,
    stopped: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = lambda _seconds: None,
) -> Iterator[Agent]:
    """An agent, ready to step. `acts=False` is a dry run.

    `transport` and `mail` stand in for the network in a simulation; everything above them is the same.

    Raises:
        ConfigurationError: settings, mappings or state cannot be used; nothing was sent or written.
    """
    gc.set_threshold(GARBAGE_AFTER)
    rng = rng or chance()
    mapping = load_mapping(settings.mappings)
    with ExitStack() as stack:
        store = Store(database_path(settings.state_dir))
        stack.callback(store.close)
        org = Org(settings, clock, transport=transport, stop=stopped, wait=wait, rng=rng)
        stack.callback(org.close)
        door = mail or SmtpMail(settings.smtp_url.get_secret_value())
        stack.callback(door.close)
        webhooks = _webhooks(settings)
        for webhook in webhooks.values():
            stack.callback(webhook.close)
        parts = Workshop(
            settings, mapping, store, org, door, rng, stopped=stopped, acts=acts, webhooks=webhooks
        )
        found = Agent(parts)
        stack.callback(found.scoring.close)
        yield found


def _webhooks(settings: Settings) -> dict[Channel, Webhook]:
    urls = {Channel.SLACK: settings.slack_webhook_url, Channel.TEAMS: settings.teams_webhook_url}
    return {channel: Webhook(channel, url.get_secret_value()) for channel, url in urls.items() if url}
