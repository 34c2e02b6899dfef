"""The checked org and its mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.mail_server import MailServer
from tests.org.checked_org import CheckedOrg


@pytest.fixture(scope="session")
def shared_mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mail_server(shared_mail_server: MailServer) -> Iterator[MailServer]:
    yield shared_mail_server
    shared_mail_server.answers.clear()


@pytest.fixture
def org(tmp_path: Path, mail_server: MailServer) -> CheckedOrg:
    return CheckedOrg(tmp_path, mail_server.port)
