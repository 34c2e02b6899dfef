"""Airbyte's source-salesforce, run without its platform: config, catalog and state in files, messages on stdout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from bench import peers
from bench.org import SLI
from bench.readers.life import Life, lines

PEER = "airbyte-source-salesforce"
CONFIG = {
    "client_id": "sandbox-app",
    "client_secret": "sandbox-secret",
    "refresh_token": "held-by-the-bench",
    "auth_type": "Client",
    "is_sandbox": False,
}


class AirbyteLife(Life):
    name = "Airbyte source-salesforce"
    keeps = "JSON lines"

    @classmethod
    def missing(cls) -> str:
        return peers.install(PEER)

    def command(self) -> Sequence[str]:
        config, catalog, state = (self.folder / f"{name}.json" for name in ("config", "catalog", "state"))
        config.write_text(json.dumps({**CONFIG, "start_date": self.start()}), encoding="utf-8")
        catalog.write_text(json.dumps({"streams": self.streams()}), encoding="utf-8")
        told = ["--state", str(state)] if state.exists() else []
        program = str(peers.program(PEER, "source-salesforce"))
        return [program, "read", "--config", str(config), "--catalog", str(catalog), *told]

    def start(self) -> str:
        """Since when it reads: it asks for each thirty days by a job of their own."""
        return "2025-11-01T00:00:00Z"

    def streams(self) -> list[dict[str, Any]]:
        """What is read."""
        return [configured(SLI, "SystemModstamp")]

    def take(self, out: Path) -> tuple[int, int]:
        count = 0
        state: dict[str, Any] | None = None
        for message in lines(out):
            if message["type"] == "RECORD":
                self.keep(message["record"]["data"])
                count += 1
            elif message["type"] == "STATE":
                state = message["state"]
        if state is not None:
            (self.folder / "state.json").write_bytes(orjson.dumps([state]))
        return count, count


def configured(name: str, cursor: str) -> dict[str, Any]:
    """An object in the catalog, read by the field that the agent reads it by."""
    stream = {
        "name": name,
        "json_schema": {"type": "object", "properties": {}},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
        "default_cursor_field": [cursor],
        "source_defined_primary_key": [["Id"]],
    }
    return {
        "stream": stream,
        "sync_mode": "incremental",
        "cursor_field": [cursor],
        "destination_sync_mode": "append_dedup",
        "primary_key": [["Id"]],
    }
