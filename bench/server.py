"""The org in a process of its own: serves https on loopback, takes orders on stdin, one JSON line each."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from agent.clock import SetClock
from agent.sandbox.http import Request, Response
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.seed import Seeded
from agent.sandbox.server import SandboxServer
from agent.sandbox.world import CONSUMER_KEY, CONSUMER_SECRET, settings_for
from bench import changes
from bench.door import open_door
from bench.kept import Kept
from bench.org import filled
from bench.whole import peopled

LONG_LIVED = 10**9
"""API calls a day: the loads of several readers follow one another here on one day that stands still."""


@dataclass
class Ground:
    """What an order may change. The org's clock stands still between orders."""

    seeded: Seeded
    clock: SetClock
    kept: Kept

    def order(self, name: str, arguments: dict[str, Any]) -> Any:
        found: Callable[..., Any] = getattr(changes, name)
        return found(self, **arguments)


def main() -> None:
    """`python -m bench.server ROWS [whole]`: the first line on stdout tells where it is; it ends with its stdin."""
    now = datetime.now(UTC).replace(microsecond=0)
    made = peopled if "whole" in sys.argv else filled
    seeded = made(now, int(sys.argv[1]))
    seeded.org.daily_limit = LONG_LIVED
    ground = Ground(seeded, SetClock(now), Kept(seeded.org))
    rng = Random(7)
    with (
        tempfile.TemporaryDirectory(prefix="sli-bench-") as folder,
        MailSink() as sink,
        SandboxServer(ground.kept, ground.clock.now, rng=rng, tls=True) as server,
        open_door(lambda: _token(ground, server, rng), Path(folder)) as (proxy, authority),
    ):
        url = server.base_url.replace("127.0.0.1", "localhost")
        trusted = Path(folder) / "trusted.pem"
        files = [path for path in (server.ca_file, authority) if path is not None]
        trusted.write_text("".join(path.read_text(encoding="ascii") for path in files), encoding="ascii")
        settings = settings_for(url, sink.port)
        _say({"url": url, "proxy": proxy, "trusted": str(trusted), "settings": settings})
        for line in sys.stdin:
            order = json.loads(line)
            with server.lock:
                _say(ground.order(order.pop("order"), order))


def _token(ground: Ground, server: SandboxServer, rng: Random) -> Response:
    """A token by client credentials: what a refresh token's holder would get."""
    form = {
        "grant_type": "client_credentials",
        "client_id": CONSUMER_KEY,
        "client_secret": CONSUMER_SECRET,
    }
    headers = {"host": server.base_url.partition("://")[2].replace("127.0.0.1", "localhost")}
    headers["x-forwarded-proto"] = "https"
    request = Request("POST", "/services/oauth2/token", "", headers, urlencode(form).encode())
    with server.lock:
        return ground.seeded.org.handle(request, ground.clock.now(), rng)


def _say(answer: Any) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
