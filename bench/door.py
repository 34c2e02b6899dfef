"""The door of login.salesforce.com: a proxy on loopback that leads there and signs in to the sandbox instead.

Readers that know no other sign-in host are given this proxy by `HTTPS_PROXY` and its authority by
`REQUESTS_CA_BUNDLE`. Their code is not touched, and only the sign-in passes here: the token's answer names the
sandbox as the instance, which they then reach directly.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from agent.sandbox.http import Response

HOST = "login.salesforce.com"


@contextmanager
def open_door(sign_in: Callable[[], Response], folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve until the block ends. Gives the proxy's URL and the PEM file of the authority to trust.

    Args:
        sign_in: asks the sandbox for a token; its answer is handed on as it is.
        folder: where the PEM file goes.
    """
    authority = trustme.CA(organization_name="sli-agent bench (loopback only)")
    authority.cert_pem.write_to_path(str(folder / "door.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    handler = type("Door", (_Door,), {"context": context, "sign_in": staticmethod(sign_in)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="login door")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", folder / "door.pem"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    context: ssl.SSLContext
    sign_in: Callable[[], Response]

    def do_CONNECT(self) -> None:
        if self.path != f"{HOST}:443":
            self.send_error(403, f"The bench leads to {HOST} only, not to {self.path}")
            return
        self.send_response(200)
        self.end_headers()
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.sign_in()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """The bench prints results, not requests."""
