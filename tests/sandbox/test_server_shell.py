"""The shell around the org: it passes everything on, makes slow and broken answers so, and stops at once."""

from __future__ import annotations

import random
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
import requests
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from agent.sandbox.http import Request, Response, json_response
from agent.sandbox.server import SandboxServer

NOW = datetime(2026, 11, 21, 19, 1, tzinfo=UTC)
WITHOUT_WAITING = 3.0
"""Seconds that a busy machine may take; whoever waits for a client waits for five, or for minutes."""


class Scripted:
    """An org that answers what the test tells it to and remembers what it was asked."""

    def __init__(self, answer: Response | Callable[[Request], Response]) -> None:
        self.answer = answer
        self.asked: list[tuple[Request, datetime, float]] = []

    def handle(self, request: Request, now: datetime, rng: random.Random) -> Response:
        self.asked.append((request, now, rng.random()))
        return self.answer(request) if callable(self.answer) else self.answer


def serve(answer: Response | Callable[[Request], Response], **options: object) -> SandboxServer:
    return SandboxServer(Scripted(answer), lambda: NOW, rng=random.Random(1), **options)  # type: ignore[arg-type]


def test_a_request_reaches_the_org_as_it_came_with_the_time_and_the_random_source() -> None:
    org = Scripted(json_response({"ok": True}, 201, {"Sforce-Limit-Info": "api-usage=1/15000"}))
    with SandboxServer(org, lambda: NOW, rng=random.Random(1)) as server:
        answer = requests.patch(
            server.base_url + "/services/data/v65.0/query?q=SELECT+Id&x=%26",
            data=b'{"Name": "\xc3\xa9"}',
            headers={"If-Unmodified-Since": "Sat, 21 Nov 2026 19:01:00 GMT"},
            timeout=5,
        )
    [(request, now, draw)] = org.asked
    assert (request.method, request.path, request.query) == (
        "PATCH",
        "/services/data/v65.0/query",
        "q=SELECT+Id&x=%26",
    )
    assert request.body == b'{"Name": "\xc3\xa9"}'
    assert request.headers["if-unmodified-since"] == "Sat, 21 Nov 2026 19:01:00 GMT"
    assert (now, draw) == (NOW, random.Random(1).random())
    assert (answer.status_code, answer.json()) == (201, {"ok": True})
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/15000"


def test_the_date_of_an_answer_is_the_orgs_own() -> None:
    with serve(Response(200, b"", {"Date": "Sat, 21 Nov 2026 19:01:00 GMT"})) as server:
        answer = requests.get(server.base_url, timeout=5)
    assert answer.headers["Date"] == "Sat, 21 Nov 2026 19:01:00 GMT"
    assert answer.raw.headers.getlist("Date") == ["Sat, 21 Nov 2026 19:01:00 GMT"]


def test_a_url_longer_than_salesforce_takes_is_left_to_the_org_to_refuse() -> None:
    with serve(lambda request: Response(431 if len(request.query) > 16_384 else 200)) as server:
        assert requests.get(server.base_url + "/?q=" + "x" * 600_000, timeout=5).status_code == 431


def test_an_answer_without_content_carries_none() -> None:
    with serve(Response(204)) as server, requests.Session() as session:
        for _ in range(2):
            answer = session.delete(server.base_url, timeout=5)
            assert (answer.status_code, answer.content) == (204, b"")
            assert "Content-Length" not in answer.headers


@pytest.mark.parametrize("tls", [False, True])
def test_a_dropped_answer_is_a_lost_connection_for_the_client(tls: bool) -> None:
    with (
        serve(Response(200, b"never seen", dropped=True), tls=tls) as server,
        pytest.raises(requests.ConnectionError),
    ):
        requests.get(server.base_url, timeout=5, verify=str(server.ca_file))


@pytest.mark.parametrize("tls", [False, True])
def test_a_truncated_answer_announces_the_whole_and_sends_half(tls: bool) -> None:
    with (
        serve(Response(200, b"0123456789", truncated=True), tls=tls) as server,
        requests.get(server.base_url, timeout=5, verify=str(server.ca_file), stream=True) as answer,
    ):
        assert answer.headers["Content-Length"] == "10"
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            _ = answer.content


def test_a_slow_answer_arrives_after_its_delay() -> None:
    with serve(Response(200, b"late", delay=timedelta(milliseconds=120))) as server:
        before = monotonic()
        assert requests.get(server.base_url, timeout=5).content == b"late"
    assert monotonic() - before >= 0.12


def test_a_client_with_less_patience_than_the_delay_times_out_and_the_org_goes_on() -> None:
    slow = Response(200, b"late", delay=timedelta(minutes=5))
    with serve(lambda request: slow if request.path == "/slow" else Response(200, b"quick")) as server:
        with pytest.raises(requests.ReadTimeout):
            requests.get(server.base_url + "/slow", timeout=0.1)
        assert requests.get(server.base_url + "/quick", timeout=5).content == b"quick"


@pytest.mark.parametrize("tls", [False, True])
def test_it_stops_without_waiting_for_a_client_that_is_still_connected(tls: bool) -> None:
    with requests.Session() as session:
        with serve(Response(200, b"hello"), tls=tls) as server:
            session.get(server.base_url, timeout=5, verify=str(server.ca_file))
            before = monotonic()
        assert monotonic() - before < WITHOUT_WAITING
        with pytest.raises(requests.ConnectionError):
            session.get(server.base_url, timeout=5, verify=False)


def test_it_stops_at_once_while_an_answer_is_being_held_back() -> None:
    with socket.socket() as client:
        with serve(Response(200, b"late", delay=timedelta(minutes=5))) as server:
            client.connect(("127.0.0.1", int(server.base_url.rsplit(":", 1)[1])))
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            before = monotonic()
        assert monotonic() - before < WITHOUT_WAITING


def test_over_tls_a_client_that_trusts_the_authority_is_served_and_the_org_knows_the_scheme() -> None:
    org = Scripted(Response(200, b"hello"))
    with SandboxServer(org, lambda: NOW, rng=random.Random(1), tls=True) as server:
        assert server.base_url.startswith("https://127.0.0.1:")
        by_name = server.base_url.replace("127.0.0.1", "localhost")
        for url in (server.base_url, by_name):
            assert requests.get(url, timeout=5, verify=str(server.ca_file)).content == b"hello"
    assert {request.headers["x-forwarded-proto"] for request, _, _ in org.asked} == {"https"}


def test_over_tls_a_client_that_does_not_trust_the_authority_refuses() -> None:
    with serve(Response(200), tls=True) as server, pytest.raises(requests.exceptions.SSLError):
        requests.get(server.base_url, timeout=5)


def test_the_certificate_is_gone_when_the_server_has_stopped() -> None:
    with serve(Response(200), tls=True) as server:
        assert server.ca_file is not None
        ssl.create_default_context(cafile=str(server.ca_file))
    assert not server.ca_file.exists()


def test_pages_beside_the_org_are_asked_first() -> None:
    async def page(_: object) -> PlainTextResponse:
        return PlainTextResponse("page")

    with serve(Response(200, b"org"), extra_routes=[Route("/mail", page)]) as server:
        assert requests.get(server.base_url + "/mail", timeout=5).text == "page"
        assert requests.get(server.base_url + "/mails", timeout=5).text == "org"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20", "::", "sandbox.example.com", ""])
def test_any_host_but_loopback_is_refused_with_the_mend(host: str) -> None:
    with pytest.raises(ValueError, match=r"loopback only.*127\.0\.0\.1"):
        serve(Response(200), host=host)


def test_a_taken_port_is_named_with_the_mend() -> None:
    with serve(Response(200)) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match=rf"port {port} .*--port"), serve(Response(200), port=port):
            pass


def test_the_org_is_not_asked_while_someone_holds_its_lock() -> None:
    with serve(Response(200, b"hello")) as server:
        with server.lock, pytest.raises(requests.ReadTimeout):
            requests.get(server.base_url, timeout=0.1)
        assert requests.get(server.base_url, timeout=5).content == b"hello"


def test_a_fault_in_the_org_itself_is_a_500_and_the_next_request_is_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(request: Request) -> Response:
        if request.path == "/broken":
            raise KeyError("a bug in the sandbox")
        return Response(200, b"hello")

    with serve(broken) as server:
        assert requests.get(server.base_url + "/broken", timeout=5).status_code == 500
        assert requests.get(server.base_url, timeout=5).content == b"hello"
    assert "a bug in the sandbox" in caplog.text
