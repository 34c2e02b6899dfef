"""The sandbox over https: a client is told its address, a token and whom to trust, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import requests
from client_org import NOW, Sandbox, filled_org

from agent.sandbox.server import SandboxServer


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    org, slis = filled_org()
    with SandboxServer(org, lambda: NOW, rng=random.Random(7), tls=True) as server:
        ca_file = str(server.ca_file)
        answer = requests.post(
            f"{server.base_url}/services/oauth2/token",
            data={"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret"},
            verify=ca_file,
            timeout=5,
        )
        assert answer.json()["instance_url"] == server.base_url
        yield Sandbox(org, server.base_url, ca_file, answer.json()["access_token"], slis)
