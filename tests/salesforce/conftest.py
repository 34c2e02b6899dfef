"""A sandbox org with an integration user, and the agent's door to it, in-process."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import BaseAdapter

from agent.clock import SetClock
from agent.salesforce.org import Org
from agent.sandbox.adapter import SandboxAdapter
from agent.sandbox.catalogue import standard_objects
from agent.sandbox.oauth import ConnectedApp
from agent.sandbox.org import SandboxOrg
from agent.settings import Settings

NOW = datetime(2026, 11, 20, 17, 0, 30, 700_000, tzinfo=UTC)
SLI = "Service_Level_Intervention__c"


class World:
    """The sandbox org, its time, and doors to it that close when the test ends."""

    def __init__(self, public_key: str, private_key: str, stack: ExitStack) -> None:
        self.clock = SetClock(NOW)
        self.sandbox = SandboxOrg(standard_objects(), session_seconds=86_400)
        self.waits: list[float] = []
        self._private_key = private_key
        self._stack = stack
        born = NOW - timedelta(days=10)
        self.agent = self._user("agent", born)
        self.colleague = self._user("colleague", born)
        self.sandbox.integration_user_id = self.agent
        app = ConnectedApp(
            "consumer-key",
            public_key=public_key,
            consumer_secret="consumer-secret",
            run_as=self.agent,
            approved=frozenset({"agent@example.com"}),
        )
        self.sandbox.sessions.register(app)

    def _user(self, name: str, at: datetime) -> str:
        values = {
            "Username": f"{name}@example.com",
            "LastName": name.title(),
            "Email": f"{name}@example.com",
            "IsActive": True,
            "TimeZoneSidKey": "America/Los_Angeles",
        }
        return self.sandbox.insert("User", values, at=at, by=name)

    def settings(self, **changes: Any) -> Settings:
        """Settings that sign in to the sandbox by JWT, with changes."""
        values = {
            "sf_login_url": "https://sandbox.test",
            "sf_client_id": "consumer-key",
            "sf_username": "agent@example.com",
            "sf_private_key": self._private_key,
            "smtp_url": "smtp://localhost",
            "mail_from": "agent@example.com",
            "admin_email": "admin@example.com",
        }
        return Settings(**(values | changes))

    def door(self, transport: BaseAdapter | None = None, **options: Any) -> Org:
        """The agent's door to the sandbox. Its waits are noted and pass at once."""
        inner = transport or SandboxAdapter(self.sandbox, self.clock.now, random.Random(7))
        return self.network_door(transport=inner, **options)

    def network_door(self, settings: Settings | None = None, **options: Any) -> Org:
        clock = options.pop("clock", self.clock)
        org = Org(settings or self.settings(), clock, **({"wait": self.waits.append} | options))
        self._stack.callback(org.close)
        return org

    def intervention(self, **values: Any) -> str:
        values = {"Name": "A - Late", **values}
        return self.sandbox.insert(SLI, values, at=self.clock.now(), by=self.colleague)


@pytest.fixture(scope="session")
def key_pair() -> tuple[str, str]:
    """An RSA key as PEM: public, private."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode(), private.decode()


@pytest.fixture
def world(key_pair: tuple[str, str]) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(*key_pair, stack)
