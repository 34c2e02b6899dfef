"""singer's tap-salesforce, as its README has it run: config, catalog and state in files, messages on stdout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from bench import peers
from bench.child import run
from bench.org import SLI
from bench.readers.life import Life, lines

PEER = "tap-salesforce"
INCREMENTAL = {
    "selected": True,
    "replication-method": "INCREMENTAL",
    "replication-key": "SystemModstamp",
}
"""What its users write into the catalog to read an object by its stamp."""


class TapLife(Life):
    name = "tap-salesforce"
    keeps = "JSON lines"
    lookback_seconds: int | None = None

    @classmethod
    def missing(cls) -> str:
        return peers.install(PEER)

    def command(self) -> Sequence[str]:
        if not (self.folder / "catalog.json").exists():
            self._discover()
        state = self.folder / "state.json"
        told = ["--state", str(state)] if state.exists() else []
        return [*self._tap(), "--properties", str(self.folder / "catalog.json"), *told]

    def take(self, out: Path) -> tuple[int, int]:
        count = 0
        state: dict[str, Any] | None = None
        for message in lines(out):
            if message["type"] == "RECORD":
                self.keep(message["record"])
                count += 1
            elif message["type"] == "STATE":
                state = message["value"]
        if state is not None:
            (self.folder / "state.json").write_bytes(orjson.dumps(state))
        return count, count

    def _tap(self) -> list[str]:
        return [str(peers.program(PEER, "tap-salesforce")), "--config", str(self.folder / "config.json")]

    def _discover(self) -> None:
        """Its first run lists the objects; the one that is read is marked as selected, as its users do."""
        config: dict[str, Any] = {
            "client_id": "sandbox-app",
            "client_secret": "sandbox-secret",
            "refresh_token": "held-by-the-bench",
            "start_date": "2020-01-01T00:00:00Z",
            "api_type": "REST",
            "select_fields_by_default": True,
        }
        if self.lookback_seconds:
            config["lookback_window"] = self.lookback_seconds
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        found = self.folder / "discovered"
        cost = run([*self._tap(), "--discover"], self.environ(), found, self.folder / "errors")
        if not cost.ok:
            raise RuntimeError(f"{self.name} cannot list the objects: see {self.folder / 'errors'}")
        chosen = [s for s in orjson.loads(found.read_bytes())["streams"] if self.choose(s)]
        (self.folder / "catalog.json").write_bytes(orjson.dumps({"streams": chosen}))

    def choose(self, stream: dict[str, Any]) -> bool:
        """Mark a discovered stream as its users do; False where it is not to be read."""
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"] |= INCREMENTAL
        return bool(stream["stream"] == SLI)


class PatientTapLife(TapLife):
    name = "tap-salesforce, 600 s lookback"
    lookback_seconds = 600
