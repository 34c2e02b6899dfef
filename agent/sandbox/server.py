"""The sandbox org over HTTP on loopback: a shell that translates, waits, cuts off, and decides nothing."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading  # noqa: TID251 - the sandbox serves from its own thread, beside the caller's
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - the type of an argument; nothing is drawn from the module
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Protocol, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.routing import BaseRoute, Mount
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from agent.sandbox import tls as certificates
from agent.sandbox.http import Request, Response

LONGEST_HEAD = 1 << 20
"""Bytes of request line and headers let through: the org itself refuses what Salesforce finds too long."""
NO_CONTENT = 204
"""The one status whose answer must not tell a length (RFC 9110)."""
STOP_SECONDS = 1
"""How long uvicorn may finish what it is doing once the connections are cut."""


class Org(Protocol):
    """What the shell serves: a pure function of the request, the time and a random source."""

    def handle(self, request: Request, now: datetime, rng: Random) -> Response: ...


class SandboxServer:
    """The org on `http://127.0.0.1:port`, or https with `tls`, for as long as the `with` block lasts.

    Args:
        org: called for one request at a time, under `lock`.
        clock: tells the aware UTC time of each request.
        host: a loopback address; anything else is refused, for the sandbox knows no users to keep out.
        port: 0 takes a free one; read it back from `base_url`.
        tls: serve https with a certificate made for this run; `ca_file` is what clients must trust.
        extra_routes: pages that stand beside the org and are asked first, such as the mail sink's.

    Raises:
        ValueError: `host` is not loopback.
        OSError: the port is taken (when the block is entered).
    """

    def __init__(  # noqa: PLR0913 - one keyword for each thing an operator may choose
        self,
        org: Org,
        clock: Callable[[], datetime],
        *,
        rng: Random,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        extra_routes: Sequence[BaseRoute] = (),
    ) -> None:
        self.lock = threading.Lock()
        """Hold it to change the org from outside while it is being served."""
        self._certificate: certificates.LoopbackCertificate | None = None
        self._org, self._clock, self._rng = org, clock, rng
        self._host, self._port, self._tls = _loopback(host), port, tls
        self._app = Starlette(routes=[*extra_routes, Mount("/", app=self._answer)])

    @property
    def ca_file(self) -> Path | None:
        """PEM file of the authority that clients must trust; None without `tls`."""
        return self._certificate.ca_file if self._certificate else None

    @property
    def base_url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self._port}"

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            listening = opened.enter_context(_listen(self._host, self._port))
            self._port = listening.getsockname()[1]
            if self._tls:
                files = opened.enter_context(TemporaryDirectory(prefix="sli-sandbox-"))
                self._certificate = certificates.issue(Path(files))
            server = uvicorn.Server(self._config())
            server.config.load()
            thread = threading.Thread(target=server.run, args=([listening],), name="sandbox org")
            thread.start()
            opened.callback(_stop, server, thread)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._app,
            loop="asyncio",
            http=_Cuttable,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # the org dates its answers by its own clock
            h11_max_incomplete_event_size=LONGEST_HEAD,
            timeout_graceful_shutdown=STOP_SECONDS,
            ssl_certfile=self._certificate.cert_file if self._certificate else None,
            ssl_keyfile=self._certificate.key_file if self._certificate else None,
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await _read(scope, receive)
        except ClientDisconnect:
            return
        with self.lock:
            response = self._org.handle(request, self._clock(), self._rng)
        if response.delay and await _client_gave_up(receive, response.delay):
            return
        await _send(response, scope, receive, send)


class _Cuttable(H11Protocol):
    """uvicorn's protocol, with its connection put where the app can reach and cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": transport}

    def shutdown(self) -> None:
        """Stop at once: a goodbye over TLS would wait for idle clients, and a slow answer for its delay."""
        self.transport.abort()


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise ValueError(
        f"The sandbox serves on loopback only, not on {host!r}: use 127.0.0.1, ::1 or localhost."
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise OSError(
            error.errno,
            f"The sandbox cannot listen on port {port} of {host} ({error.strerror}): "
            "stop what is using it, or choose another with --port (0 takes a free one).",
        ) from error


def _stop(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join()


async def _read(scope: Scope, receive: Receive) -> Request:
    request = HttpRequest(scope, receive)
    headers = {**request.headers, "x-forwarded-proto": scope["scheme"]}
    return Request(
        scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, await request.body()
    )


async def _client_gave_up(receive: Receive, delay: timedelta) -> bool:
    """Wait out the delay of a slow answer. True as soon as the client hangs up, or the server stops."""
    try:
        await asyncio.wait_for(receive(), delay.total_seconds())
    except TimeoutError:
        return False
    return True


async def _send(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer whole, by half or not at all. A cut is over when uvicorn has noticed that the client is gone."""
    connection: asyncio.Transport = scope["state"]["connection"]
    if response.dropped:
        connection.abort()
        await receive()
        return
    await send(_head(response))
    if response.truncated:
        await send(_body(response.body[: len(response.body) // 2], more=True))
        connection.close()
        await receive()
        return
    await send(_body(response.body, more=False))


def _head(response: Response) -> Message:
    length = {} if response.status == NO_CONTENT else {"Content-Length": str(len(response.body))}
    headers = {**length, **response.headers}
    return {
        "type": "http.response.start",
        "status": response.status,
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
    }


def _body(data: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}
