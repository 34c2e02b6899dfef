"""The SMTP door against a real mail server: what is known after each thing that can happen."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from mail_server import HANG_UP, SILENCE, MailServer

from agent.errors import ConfigurationError
from agent.mail.smtp import SmtpMail, read_url, transparent
from agent.ports import Mail, MailReply, MailVerdict

SENDER, ADA = "agent@example.com", "ada@example.com"
MESSAGE = b"Subject: One\r\n\r\n.a line with a dot\r\n"
PATIENCE = 5.0


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def mail(server: MailServer) -> Iterator[SmtpMail]:
    door = SmtpMail(f"smtp://127.0.0.1:{server.port}", timeout=PATIENCE)
    yield door
    door.close()


def send(door: Mail, address: str = ADA) -> MailReply:
    return door.send(SENDER, address, MESSAGE)


def test_a_message_arrives_byte_for_byte_and_the_reply_is_kept(server: MailServer, mail: SmtpMail) -> None:
    assert send(mail) == MailReply(MailVerdict.ACCEPTED, "250 Kept")
    assert server.messages == [(SENDER, ADA, MESSAGE)]


def test_many_messages_share_one_connection(server: MailServer, mail: SmtpMail) -> None:
    assert [send(mail, f"{n}@example.com").verdict for n in range(3)] == [MailVerdict.ACCEPTED] * 3
    assert (len(server.messages), server.connections) == (3, 1)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "CONTENT"])
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("550 5.1.1 Nobody here", MailVerdict.REFUSED), ("452 4.2.2 Full", MailVerdict.DEFERRED)],
)
def test_a_refusal_at_any_step_concerns_that_message_only(
    server: MailServer, mail: SmtpMail, step: str, answer: str, verdict: MailVerdict
) -> None:
    server.answers[step] = answer
    assert send(mail) == MailReply(verdict, answer)
    del server.answers[step]
    assert send(mail, "bo@example.com").verdict is MailVerdict.ACCEPTED
    assert [address for _, address, _ in server.messages] == ["bo@example.com"]
    assert server.connections == 1


def test_a_server_that_asks_us_to_sign_in_defers_the_message(server: MailServer, mail: SmtpMail) -> None:
    server.answers["MAIL"] = "530 5.7.0 Authentication required"
    assert send(mail) == MailReply(MailVerdict.DEFERRED, "530 5.7.0 Authentication required")


@pytest.mark.parametrize("step", ["MAIL", "CONTENT"])
def test_after_421_the_next_message_takes_a_new_connection(
    server: MailServer, mail: SmtpMail, step: str
) -> None:
    server.answers[step] = "421 4.3.2 Closing down"
    assert send(mail).verdict is MailVerdict.DEFERRED
    server.answers.clear()
    assert send(mail).verdict is MailVerdict.ACCEPTED
    assert server.connections == 2


@pytest.mark.parametrize("step", ["GREETING", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("what", [HANG_UP, SILENCE])
def test_a_break_before_the_content_leaves_the_message_certainly_unsent(
    server: MailServer, step: str, what: str
) -> None:
    server.answers[step] = what
    door = SmtpMail(f"smtp://127.0.0.1:{server.port}", timeout=0.1 if what == SILENCE else PATIENCE)
    assert send(door).verdict is MailVerdict.DEFERRED
    assert server.messages == []
    door.close()


@pytest.mark.parametrize("what", [HANG_UP, SILENCE])
def test_a_break_after_the_content_leaves_its_fate_unknown(server: MailServer, what: str) -> None:
    server.answers["CONTENT"] = what
    door = SmtpMail(f"smtp://127.0.0.1:{server.port}", timeout=0.5 if what == SILENCE else PATIENCE)
    reply = send(door)
    assert reply.verdict is MailVerdict.UNKNOWN
    assert "broke off within the message" in reply.text
    server.answers.clear()
    assert send(door).verdict is MailVerdict.ACCEPTED
    door.close()


def test_an_answer_to_the_content_that_is_no_answer_leaves_its_fate_unknown(
    server: MailServer, mail: SmtpMail
) -> None:
    server.answers["CONTENT"] = "354 Go on"
    assert send(mail).verdict is MailVerdict.UNKNOWN


@pytest.mark.parametrize("answer", ["554 5.3.2 Not today", "421 4.3.2 Busy"])
def test_a_refused_greeting_defers_the_message(server: MailServer, mail: SmtpMail, answer: str) -> None:
    server.answers["GREETING"] = answer
    reply = send(mail)
    assert reply.verdict is MailVerdict.DEFERRED
    assert answer in reply.text


def test_a_server_that_is_not_there_defers_the_message_and_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    reply = send(SmtpMail(f"smtp://127.0.0.1:{port}"))
    assert reply.verdict is MailVerdict.DEFERRED
    assert reply.text.startswith(f"smtp://127.0.0.1:{port} cannot be used: ")
    assert "refused" in reply.text.lower()


def test_a_kept_connection_that_went_stale_is_replaced(server: MailServer, mail: SmtpMail) -> None:
    send(mail)
    server.answers["NOOP"] = HANG_UP
    assert send(mail).verdict is MailVerdict.ACCEPTED
    assert (len(server.messages), server.connections) == (2, 2)


def test_a_server_that_restarted_between_two_messages_is_found_again(
    server: MailServer, mail: SmtpMail
) -> None:
    send(mail)
    server.restart()
    assert send(mail).verdict is MailVerdict.ACCEPTED
    assert len(server.messages) == 2


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_server_that_has_had_enough_of_a_session_takes_the_message_in_a_new_one(
    server: MailServer, mail: SmtpMail, step: str
) -> None:
    send(mail)
    server.once[step] = "421 4.7.0 Too many messages in this session"
    assert send(mail, "bo@example.com").verdict is MailVerdict.ACCEPTED
    assert [address for _, address, _ in server.messages] == [ADA, "bo@example.com"]
    assert server.connections == 2


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_kept_connection_that_breaks_before_the_content_is_replaced(
    server: MailServer, mail: SmtpMail, step: str
) -> None:
    send(mail)
    server.once[step] = HANG_UP
    assert send(mail, "bo@example.com").verdict is MailVerdict.ACCEPTED
    assert (len(server.messages), server.connections) == (2, 2)


def test_a_kept_connection_that_breaks_within_the_content_is_not_tried_again(
    server: MailServer, mail: SmtpMail
) -> None:
    send(mail)
    server.once["CONTENT"] = HANG_UP
    assert send(mail, "bo@example.com").verdict is MailVerdict.UNKNOWN
    assert (len(server.messages), server.connections) == (1, 1)


def test_a_server_that_wants_no_more_is_asked_in_one_new_session_and_then_left_alone(
    server: MailServer, mail: SmtpMail
) -> None:
    send(mail)
    server.answers["MAIL"] = "421 4.3.2 Closing down"
    assert send(mail) == MailReply(MailVerdict.DEFERRED, "421 4.3.2 Closing down")
    assert (len(server.messages), server.connections) == (1, 2)


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b@c", "a b@example.com", "a@example.com, b@example.com", "a@b\r\nDATA", "a(b)@c"],
)
def test_what_is_not_one_address_is_refused_before_the_server_hears_of_it(
    server: MailServer, mail: SmtpMail, address: str
) -> None:
    assert send(mail, address).verdict is MailVerdict.REFUSED
    assert server.connections == 0


def test_an_address_outside_ascii_goes_to_a_server_that_takes_it() -> None:
    with MailServer(enable_SMTPUTF8=True) as server:
        door = SmtpMail(f"smtp://127.0.0.1:{server.port}", timeout=PATIENCE)
        assert send(door, "jörg@exämple.com").verdict is MailVerdict.ACCEPTED
        assert send(door).verdict is MailVerdict.ACCEPTED
        assert [address for _, address, _ in server.messages] == ["jörg@exämple.com", ADA]
        door.close()


def test_an_address_outside_ascii_is_refused_where_the_server_cannot_take_it(
    server: MailServer, mail: SmtpMail
) -> None:
    reply = send(mail, "jörg@example.com")
    assert reply.verdict is MailVerdict.REFUSED
    assert "no SMTPUTF8" in reply.text
    assert send(mail).verdict is MailVerdict.ACCEPTED


def test_signing_in_decodes_user_and_password() -> None:
    with MailServer(auth_require_tls=False) as server:
        door = SmtpMail(f"smtp://ann%40example.com:s3cret%2F%40@127.0.0.1:{server.port}", timeout=PATIENCE)
        assert send(door).verdict is MailVerdict.ACCEPTED
        assert server.logins == [(b"ann@example.com", b"s3cret/@")]
        door.close()


def test_a_refused_password_defers_the_message_and_stays_secret() -> None:
    with MailServer(auth_require_tls=False) as server:
        door = SmtpMail(f"smtp://ann:wr0ng@127.0.0.1:{server.port}", timeout=PATIENCE)
        reply = send(door)
    assert reply.verdict is MailVerdict.DEFERRED
    assert "535" in reply.text
    assert "SLI_SMTP_URL" in reply.text
    assert "wr0ng" not in reply.text + repr(door)


def test_a_server_that_offers_no_sign_in_defers_the_message(server: MailServer) -> None:
    reply = send(SmtpMail(f"smtp://ann:pw@127.0.0.1:{server.port}", timeout=PATIENCE))
    assert reply.verdict is MailVerdict.DEFERRED
    assert "AUTH" in reply.text


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ssl.SSLContext]:
    """A server's TLS context, whose authority this process trusts or not."""

    def make(trusted: bool, host: str = "127.0.0.1") -> ssl.SSLContext:
        authority = trustme.CA()
        if trusted:
            authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        return context

    return make


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_an_encrypted_server_is_signed_in_to_and_takes_the_message(
    certificate: Callable[..., ssl.SSLContext], scheme: str, implicit: bool
) -> None:
    with MailServer(tls=certificate(True), implicit_tls=implicit, auth_require_tls=not implicit) as server:
        door = SmtpMail(f"{scheme}://ann:s3cret%2F%40@127.0.0.1:{server.port}", timeout=PATIENCE)
        assert send(door) == MailReply(MailVerdict.ACCEPTED, "250 Kept")
        assert server.logins == [(b"ann", b"s3cret/@")]
        door.close()


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_a_certificate_nobody_vouches_for_defers_the_message_before_any_password(
    certificate: Callable[..., ssl.SSLContext], scheme: str, implicit: bool
) -> None:
    with MailServer(tls=certificate(False), implicit_tls=implicit) as server:
        reply = send(SmtpMail(f"{scheme}://ann:s3cret@127.0.0.1:{server.port}", timeout=PATIENCE))
        assert server.logins == []
    assert reply.verdict is MailVerdict.DEFERRED
    assert "certificate verify failed" in reply.text


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_messages_to_an_encrypted_server_share_one_connection_and_one_sign_in(
    certificate: Callable[..., ssl.SSLContext], scheme: str, implicit: bool
) -> None:
    with MailServer(tls=certificate(True), implicit_tls=implicit, auth_require_tls=not implicit) as server:
        door = SmtpMail(f"{scheme}://ann:s3cret%2F%40@127.0.0.1:{server.port}", timeout=PATIENCE)
        assert [send(door, f"{n}@example.com").verdict for n in range(3)] == [MailVerdict.ACCEPTED] * 3
        assert (len(server.messages), server.connections, len(server.logins)) == (3, 1, 1)
        door.close()


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_a_certificate_of_another_host_defers_the_message_before_any_password(
    certificate: Callable[..., ssl.SSLContext], scheme: str, implicit: bool
) -> None:
    with MailServer(tls=certificate(True, "mail.elsewhere.example"), implicit_tls=implicit) as server:
        reply = send(SmtpMail(f"{scheme}://ann:s3cret@127.0.0.1:{server.port}", timeout=PATIENCE))
        assert server.logins == []
    assert reply.verdict is MailVerdict.DEFERRED
    assert "127.0.0.1" in reply.text


def test_no_password_is_offered_where_starttls_is_put_off(certificate: Callable[..., ssl.SSLContext]) -> None:
    with MailServer(tls=certificate(True)) as server:
        server.once["STARTTLS"] = "454 4.7.0 Not now"
        reply = send(SmtpMail(f"smtp+starttls://ann:s3cret%2F%40@127.0.0.1:{server.port}", timeout=PATIENCE))
        assert (server.logins, server.messages) == ([], [])
    assert reply.verdict is MailVerdict.DEFERRED


def test_starttls_is_never_skipped_where_the_server_does_not_offer_it(server: MailServer) -> None:
    reply = send(SmtpMail(f"smtp+starttls://127.0.0.1:{server.port}", timeout=PATIENCE))
    assert reply.verdict is MailVerdict.DEFERRED
    assert "STARTTLS" in reply.text
    assert server.messages == []


def test_check_says_that_the_server_answers_and_sends_nothing(server: MailServer, mail: SmtpMail) -> None:
    expected = MailReply(
        MailVerdict.ACCEPTED, f"smtp://127.0.0.1:{server.port} answers, no sign-in asked for"
    )
    assert mail.check() == expected
    assert (server.connections, server.messages) == (1, [])


def test_check_says_why_the_server_cannot_be_used() -> None:
    reply = SmtpMail("smtp://ann:pw@127.0.0.1:1").check()
    assert reply.verdict is MailVerdict.DEFERRED
    assert "smtp://127.0.0.1:1 cannot be used" in reply.text


def test_closing_twice_and_sending_again_are_both_fine(server: MailServer, mail: SmtpMail) -> None:
    mail.close()
    send(mail)
    mail.close()
    mail.close()
    assert send(mail).verdict is MailVerdict.ACCEPTED
    assert server.connections == 2


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://mail.example.org", "begins with none of"),
        ("mail.example.org:25", "begins with none of"),
        ("smtp://", "names no host"),
        ("smtp://mail.example.org:many", "cannot be read"),
        ("smtp://ann:hidden@mail.example.org", "unencrypted"),
        ("smtps://ann:hïdden@mail.example.org", "ASCII"),
        ("smtps://ann:hidden/x@mail.example.org", "cannot be read"),
    ],
)
def test_an_unusable_url_is_explained_without_its_password(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        SmtpMail(url)
    assert "hidden" not in str(caught.value) + repr(caught.value.__cause__)
    assert "SLI_SMTP_URL" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("smtp://localhost", 25),
        ("smtps://m.example", 465),
        ("smtp+starttls://m.example", 587),
        ("smtp://[::1]:2525", 2525),
    ],
)
def test_each_scheme_has_its_usual_port(url: str, port: int) -> None:
    assert read_url(url).port == port


def test_a_server_prints_without_its_credentials() -> None:
    assert repr(read_url("smtps://ann:hidden@mail.example.org")) == "smtps://mail.example.org:465"


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b".a\nb", b"..a\r\nb\r\n.\r\n"),
        (b"a\r\n\r\n", b"a\r\n\r\n.\r\n"),
    ],
)
def test_no_line_of_a_message_can_end_it_early(message: bytes, wire: bytes) -> None:
    assert transparent(message) == wire
