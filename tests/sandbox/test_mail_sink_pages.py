"""The mail pages: everything that arrived can be read, whatever it is, and nothing of it runs."""

from __future__ import annotations

import random
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from agent.sandbox.http import Request
from agent.sandbox.http import Response as OrgAnswer
from agent.sandbox.mail_pages import mail_routes
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.server import SandboxServer

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> {{ 7*7 }}'


class NoOrg:
    def handle(self, request: Request, now: datetime, rng: random.Random) -> OrgAnswer:
        return OrgAnswer(404)


class Browser:
    """Asks the pages of one sink over HTTP."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    def get(self, path: str) -> requests.Response:
        return requests.get(self._base_url + path, timeout=5)

    def post(self, path: str, **body: Any) -> requests.Response:
        return requests.post(self._base_url + path, timeout=5, **body)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
def client(sink: MailSink) -> Iterator[Browser]:
    def clock() -> datetime:
        return datetime(2026, 11, 21, 19, 1, tzinfo=UTC)

    with SandboxServer(NoOrg(), clock, rng=random.Random(1), extra_routes=mail_routes(sink)) as server:
        yield Browser(server.base_url)


def keep(sink: MailSink, subject: str, *, html: str | None = None, to: str = "ada@example.com") -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message["To"] = to
    message.set_content("Text of " + subject)
    if html:
        message.add_alternative(html, subtype="html")
    sink.receive("agent@example.com", [to], message.as_bytes())


class Elements(HTMLParser):
    """Every element of a page with its attributes, as a browser would build them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_list_shows_the_newest_first(sink: MailSink, client: Browser) -> None:
    keep(sink, "first")
    keep(sink, "second", to="bo@example.com")
    page = client.get("/mail").text
    assert 0 < page.index("<strong>second</strong>") < page.index("<strong>first</strong>")
    assert "2 kept" in page
    assert [link["href"] for link in Elements(page).named("a")] == ["/mail/2", "/mail/1"]


def test_an_empty_sink_says_so(client: Browser) -> None:
    assert "No mail yet" in client.get("/mail").text


def test_a_message_shows_headers_text_html_and_a_link_to_the_raw_bytes(
    sink: MailSink, client: Browser
) -> None:
    keep(sink, "Grün 🙂", html="<p>Bold <b>move</b></p>")
    page = client.get("/mail/1").text
    assert "<h1>Grün 🙂</h1>" in page
    assert "<dt>To</dt><dd>ada@example.com</dd>" in page
    assert "<pre>Text of Grün 🙂" in page
    [frame] = Elements(page).named("iframe")
    assert frame["srcdoc"] == "<p>Bold <b>move</b></p>\n"
    assert client.get("/mail/1/raw").content == sink.messages[0].raw


def test_the_html_part_runs_in_a_frame_that_may_do_nothing(sink: MailSink, client: Browser) -> None:
    keep(sink, "x", html="</iframe><script>alert(1)</script>")
    answer = client.get("/mail/1")
    elements = Elements(answer.text)
    [frame] = elements.named("iframe")
    assert "sandbox" in frame
    assert not frame["sandbox"]
    assert elements.named("script") == []
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_hostile_subject_address_and_body_are_shown_as_text(sink: MailSink, client: Browser) -> None:
    sink.receive(HOSTILE, [HOSTILE], f"Subject: {HOSTILE}\r\nX-{HOSTILE}: y\r\n\r\n{HOSTILE}".encode())
    sink.refuse(f"{HOSTILE}@example.com", text=HOSTILE)
    for path in ("/mail", "/mail/1"):
        page = client.get(path).text
        assert Elements(page).named("script") == []
        assert Elements(page).named("img") == []
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{ 7*7 }}" in page
    assert client.get("/mail/1/raw").headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no headers at all",
        b'To: "\r\n\r\n',
        b"Subject: =?nonsense?B?AAAA?=\r\n\r\n",
        b"Subject: =?utf-8?B?a?=\r\n\r\n",
        b"Subject: \xff\xfe\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nhi\xff",
        b"Content-Type: ;;;\r\n\r\nhi",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n",
    ],
)
def test_a_broken_message_breaks_no_page(raw: bytes, sink: MailSink, client: Browser) -> None:
    keep(sink, "whole")
    sink.receive("agent@example.com", ["ada@example.com"], raw)
    for path in ("/mail", "/mail/1", "/mail/2", "/mail/2/raw", "/mail.json"):
        assert client.get(path).status_code == 200
    assert "whole" in client.get("/mail").text


def test_a_utf8_subject_without_encoded_words_is_readable(sink: MailSink, client: Browser) -> None:
    sink.receive("agent@example.com", ["ada@example.com"], "Subject: Grün\r\n\r\nhi".encode())
    assert "<strong>Grün</strong>" in client.get("/mail").text


def test_an_attached_text_is_not_taken_for_the_message(sink: MailSink, client: Browser) -> None:
    message = EmailMessage()
    message.add_attachment("attached", filename="a.txt")
    sink.receive("agent@example.com", ["ada@example.com"], message.as_bytes())
    assert client.get("/mail.json").json()[0]["text"] is None


def test_machines_read_the_same_as_people(sink: MailSink, client: Browser) -> None:
    keep(sink, "first")
    keep(sink, "second", html="<p>x</p>")
    second, first = client.get("/mail.json").json()
    assert (first["number"], first["subject"], first["html"]) == (1, "first", None)
    assert (second["from"], second["to"]) == ("agent@example.com", ["ada@example.com"])
    assert second["headers"][:2] == [["Subject", "second"], ["To", "ada@example.com"]]
    assert (second["text"], second["html"]) == ("Text of second\n", "<p>x</p>\n")


@pytest.mark.parametrize("number", ["0", "2", "99"])
def test_a_message_that_is_not_there_is_a_404_that_says_how_many_are(
    number: str, sink: MailSink, client: Browser
) -> None:
    keep(sink, "only one")
    for path in (f"/mail/{number}", f"/mail/{number}/raw"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert f"no message {number}: the sink has kept 1" in answer.text


def test_an_address_is_refused_and_accepted_again_over_http(sink: MailSink, client: Browser) -> None:
    order = {"address": "Gone@example.com", "code": 451, "text": "Later"}
    assert client.post("/mail/refuse", json=order).status_code == 200
    assert "gone@example.com (451 Later)" in client.get("/mail").text
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as smtp:
        smtp.helo()
        smtp.mail("agent@example.com")
        assert smtp.rcpt("gone@example.com") == (451, b"Later")
        assert client.post("/mail/accept", json={"address": "gone@example.com"}).status_code == 200
        assert smtp.rcpt("gone@example.com")[0] == 250


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ('{"address": "a@b", "code": 250}', "code: "),
        ('{"code": 550}', "address: "),
        ('{"address": "nobody"}', "address: "),
        ('{"address": "a@b", "kode": 550}', "kode: "),
        ('{"address": "a@b", "text": "two\\r\\nlines"}', "text: "),
        ("not json", "body: "),
    ],
)
def test_a_mistaken_order_is_refused_and_says_what_is_needed(
    body: str, mistake: str, sink: MailSink, client: Browser
) -> None:
    answer = client.post("/mail/refuse", data=body)
    assert answer.status_code == 422
    assert mistake in answer.text
    assert sink.refusals == {}


def test_the_headers_are_folded_away_so_that_a_phone_shows_the_mail_first(
    sink: MailSink, client: Browser
) -> None:
    keep(sink, "x", html="<p>The mail</p>")
    page = client.get("/mail/1").text
    [folded] = Elements(page).named("details")
    assert "open" not in folded
    assert page.index("<details") < page.index("<dt>Subject</dt>") < page.index("</details>")
    assert page.index("</details>") < page.index("<iframe") < page.index("<pre>")
