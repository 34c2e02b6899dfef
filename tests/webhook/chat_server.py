"""A real HTTP server on loopback that takes posts as a chat's webhook does, and answers as a test scripts it."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

SECRET_PATH = "/services/T0000/B0000/s3cret-part"
SECRET_QUERY = "sig=s3cret-signature"
HANG_UP = "hang up"
SILENCE = "silence"


class Answer(NamedTuple):
    """What the server says to a post: HANG_UP and SILENCE as the body do that instead."""

    code: int = 200
    body: str = "ok"
    headers: tuple[tuple[str, str], ...] = ()


class ChatServer:
    """Keeps every post; `answer` may be changed between them."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.posts: list[Any] = []
        self.content_types: list[str] = []
        self.connections = 0
        self._over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{SECRET_PATH}?{SECRET_QUERY}"

    def __enter__(self) -> Self:
        chat = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                chat.connections += 1
                super().setup()

            def do_POST(self) -> None:
                chat.take(self)

            def log_message(self, *_words: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, k: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        said = request.rfile.read(int(request.headers["Content-Length"]))
        self.posts.append(json.loads(said))
        self.content_types.append(request.headers["Content-Type"])
        answer = self.answer
        if answer.body == SILENCE:
            self._over.wait()
        if answer.body in {HANG_UP, SILENCE}:
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        body = answer.body.encode()
        request.send_response(answer.code)
        for name, value in (*answer.headers, ("Content-Length", str(len(body)))):
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
