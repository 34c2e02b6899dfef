"""A seeded sandbox org that tests spoil, and `check` as its admin would run it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter

from agent.clock import SetClock
from agent.org.check import CheckLine, check
from agent.sandbox.adapter import SandboxAdapter
from agent.sandbox.oauth import ConnectedApp
from agent.sandbox.rename import Renames
from agent.sandbox.schema import ObjectSchema
from agent.sandbox.seed import seed
from agent.settings import Settings

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
SLI = "Service_Level_Intervention__c"
NOTICE = "SLI_Agent_Notice__c"
SETTINGS = "SLI_Agent_Settings__c"
SANDBOX_MAPPINGS = Path(__file__).parents[2] / "mappings" / "sandbox"


class CheckedOrg:
    """One org, its mapping folder, and the settings that lead to both and to a mail server."""

    def __init__(self, folder: Path, smtp_port: int, renames: Mapping[str, Renames] | None = None) -> None:
        self.seeded = seed(NOW, size=60, renames=renames)
        self.org = self.seeded.org
        agent = self.seeded.ids["agent"]
        self.org.sessions.register(ConnectedApp("key", consumer_secret="secret", run_as=agent))
        self.mappings = folder / "mappings"
        shutil.copytree(SANDBOX_MAPPINGS, self.mappings)
        self.skew = timedelta(0)
        """How far the org's clock is ahead of the agent's."""
        self.requests: list[str] = []
        self.transport_closed = False
        self.settings: dict[str, Any] = {
            "sf_auth": "client_credentials",
            "sf_instance_url": "https://sandbox.test",
            "sf_client_id": "key",
            "sf_client_secret": "secret",
            "mappings": self.mappings,
            "smtp_url": f"smtp://127.0.0.1:{smtp_port}",
            "mail_from": "sli@example.com",
            "admin_email": "admin@example.com",
        }

    def check(self, **changes: Any) -> list[CheckLine]:
        inner = SandboxAdapter(self.org, lambda: NOW + self.skew, random.Random(7))
        transport = _Watched(inner, self.requests.append)
        lines = check(Settings(**(self.settings | changes)), SetClock(NOW), transport=transport)
        self.transport_closed = transport.closed
        return lines

    def troubles(self, **changes: Any) -> list[CheckLine]:
        """What was not fine, but for the roles that the seed leaves empty on purpose."""
        return [line for line in self.check(**changes) if line.verdict != "ok" and line.area != "roles"]

    def only_trouble(self, **changes: Any) -> CheckLine:
        [line] = self.troubles(**changes)
        return line

    def change_object(self, name: str, **traits: Any) -> None:
        self.org.schemas[name] = replace(self.org.schemas[name], **traits)

    def change_field(self, object: str, name: str, **traits: Any) -> None:
        schema: ObjectSchema = self.org.schemas[object]
        self.org.schemas[object] = schema.with_fields(replace(schema.fields[name], **traits))

    def remove_field(self, object: str, name: str) -> None:
        schema: ObjectSchema = self.org.schemas[object]
        kept = {key: field for key, field in schema.fields.items() if key != name}
        self.change_object(object, fields=kept)

    def remove_object(self, name: str) -> None:
        del self.org.schemas[name]

    def edit_mapping(self, file: str, old: str, new: str) -> None:
        path = self.mappings / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def save(self, key: str, **values: Any) -> None:
        """Change a seeded record."""
        self.org.update(self.seeded.ids[key], values, at=NOW, by=self.seeded.ids["admin"])


class _Watched(BaseAdapter):
    """Notes the path of every request on its way."""

    def __init__(self, inner: BaseAdapter, note: Callable[[str], None]) -> None:
        super().__init__()
        self._inner, self._note = inner, note
        self.closed = False

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self._note(request.path_url)
        return self._inner.send(request, *args, **options)

    def close(self) -> None:
        self.closed = True
        self._inner.close()
