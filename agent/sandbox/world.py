"""A whole world on loopback: a seeded org, its server, a mail sink, and the settings that point an agent at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random  # noqa: TID251  # the type of an argument; nothing is drawn from the module

from agent.ports import Clock
from agent.sandbox.mail_pages import mail_routes
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.oauth import ConnectedApp
from agent.sandbox.rename import Renames
from agent.sandbox.seed import Seeded, seed
from agent.sandbox.server import SandboxServer

CONSUMER_KEY = "sandbox-app"
CONSUMER_SECRET = "sandbox-secret"  # noqa: S105  # opens nothing but the sandbox on loopback
MAIL_FROM = "sli-agent@example.com"
ADMIN = "sli-admin@example.com"


@dataclass(frozen=True)
class World:
    """What runs. `settings` are environment variables for the agent (agent/settings.py)."""

    seeded: Seeded
    server: SandboxServer
    sink: MailSink
    settings: Mapping[str, str]


def populate(
    now: datetime, *, size: int, seed_number: int, renames: Mapping[str, Renames] | None = None
) -> Seeded:
    """A seeded org with an app that may sign in by client credentials as the integration user."""
    seeded = seed(now, size=size, seed=seed_number, renames=renames or {})
    seeded.org.sessions.register(
        ConnectedApp(CONSUMER_KEY, consumer_secret=CONSUMER_SECRET, run_as=seeded.org.integration_user_id)
    )
    return seeded


def settings_for(base_url: str, smtp_port: int) -> dict[str, str]:
    """The environment that points an agent at this org and this sink."""
    return {
        "SLI_SF_AUTH": "client_credentials",
        "SLI_SF_LOGIN_URL": base_url,
        "SLI_SF_INSTANCE_URL": base_url,
        "SLI_SF_CLIENT_ID": CONSUMER_KEY,
        "SLI_SF_CLIENT_SECRET": CONSUMER_SECRET,
        "SLI_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "SLI_MAIL_FROM": MAIL_FROM,
        "SLI_ADMIN_EMAIL": ADMIN,
    }


@contextmanager
def world(
    seeded: Seeded,
    clock: Clock,
    rng: Random,
    *,
    ports: tuple[int, int] = (0, 0),
    tls: bool = False,
    mail_directory: Path | None = None,
) -> Iterator[World]:
    """Serve this org and a mail sink until the block ends. `ports` are (http, smtp); 0 takes a free one."""
    with (
        MailSink(mail_directory, ports[1]) as sink,
        SandboxServer(
            seeded.org, clock.now, rng=rng, port=ports[0], tls=tls, extra_routes=mail_routes(sink)
        ) as server,
    ):
        yield World(seeded, server, sink, settings_for(server.base_url, sink.port))
