"""The mail sink as a sender sees it: it takes, keeps, refuses, hangs up, goes away and comes back."""

from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.sandbox.mail_sink import MailSink


def mail(subject: str = "Orange, client side", body: str = "Please look.\n") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "agent@example.com"
    message["To"] = "ada@example.com"
    message.set_content(body)
    return message


def send(sink: MailSink, *to: str, message: EmailMessage | None = None) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as smtp:
        return smtp.send_message(message or mail(), from_addr="agent@example.com", to_addrs=list(to))


def test_a_message_is_kept_with_its_envelope_and_its_bytes() -> None:
    with MailSink() as sink:
        send(sink, "ada@example.com", "Bo@Example.com", message=mail("Grün 🙂"))
    [kept] = sink.messages
    assert (kept.number, kept.mail_from, kept.rcpt_tos) == (
        1,
        "agent@example.com",
        ("ada@example.com", "Bo@Example.com"),
    )
    assert kept.raw.endswith(b"\r\n\r\nPlease look.\r\n")
    assert kept.parsed()["Subject"] == "Grün 🙂"
    assert kept.parsed().get_content() == "Please look.\n"


def test_messages_come_in_the_order_of_arrival_and_are_found_by_address_in_any_case() -> None:
    with MailSink() as sink:
        send(sink, "ada@example.com", message=mail("one"))
        send(sink, "bo@example.com", message=mail("two"))
        send(sink, "ADA@example.com", "bo@example.com", message=mail("three"))
        assert [m.parsed()["Subject"] for m in sink.messages] == ["one", "two", "three"]
        assert [m.number for m in sink.messages_to("Ada@Example.com")] == [1, 3]
        assert sink.messages_to("nobody@example.com") == []


def test_a_line_that_begins_with_a_dot_arrives_as_it_was() -> None:
    with MailSink() as sink:
        send(sink, "ada@example.com", message=mail(body=".hidden\n..twice\n"))
    assert sink.messages[0].parsed().get_content() == ".hidden\n..twice\n"


@pytest.mark.parametrize("code", [450, 550])
def test_a_refused_address_is_refused_at_rcpt_and_the_others_get_the_mail(code: int) -> None:
    with MailSink() as sink:
        sink.refuse("Gone@example.com", code, "No such mailbox")
        refused = send(sink, "gone@EXAMPLE.com", "ada@example.com")
    assert refused == {"gone@EXAMPLE.com": (code, b"No such mailbox")}
    assert [m.rcpt_tos for m in sink.messages] == [("ada@example.com",)]


@pytest.mark.parametrize("code", [452, 554])
def test_an_address_refused_after_data_takes_the_whole_message_with_it(code: int) -> None:
    with MailSink() as sink:
        sink.refuse("picky@example.com", code, "Not this one", after_data=True)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            send(sink, "ada@example.com", "Picky@Example.com")
    assert (caught.value.smtp_code, caught.value.smtp_error) == (code, b"Not this one")
    assert sink.messages == ()


def test_an_address_accepted_again_gets_mail_again() -> None:
    with MailSink() as sink:
        sink.refuse("ada@example.com")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(sink, "ada@example.com")
        sink.accept("Ada@Example.com")
        assert send(sink, "ada@example.com") == {}
    assert len(sink.messages) == 1


@pytest.mark.parametrize("code", [250, 399, 600])
def test_a_code_that_is_not_a_refusal_is_not_taken_for_one(code: int) -> None:
    with pytest.raises(ValueError, match=f"{code} is not a refusal"):
        MailSink().refuse("ada@example.com", code)


@pytest.mark.parametrize("kept", [True, False])
def test_a_dropped_connection_leaves_the_sender_without_an_answer_once(kept: bool) -> None:
    with MailSink() as sink:
        sink.drop_connection_after_data(kept=kept)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(sink, "ada@example.com")
        assert len(sink.messages) == int(kept)
        send(sink, "ada@example.com")
        assert len(sink.messages) == int(kept) + 1


def test_a_sink_that_is_down_refuses_connections_and_comes_back_on_the_same_port_with_its_mail() -> None:
    with MailSink() as sink:
        send(sink, "ada@example.com")
        port = sink.port
        sink.down()
        with pytest.raises(ConnectionRefusedError):
            send(sink, "ada@example.com")
        sink.up()
        assert sink.port == port
        send(sink, "ada@example.com")
        assert [m.number for m in sink.messages] == [1, 2]


def test_it_hangs_up_on_an_open_conversation_when_it_stops() -> None:
    with MailSink() as sink:
        smtp = smtplib.SMTP("127.0.0.1", sink.port, timeout=5)
        smtp.ehlo()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.noop()
    smtp.close()


def test_messages_are_written_as_eml_files_with_the_envelope_on_top(tmp_path: Path) -> None:
    with MailSink(tmp_path / "mail") as sink:
        send(sink, "ada@example.com", "bo@example.com")
    written = (tmp_path / "mail" / "0001.eml").read_bytes()
    head = (
        b"Return-Path: <agent@example.com>\r\n"
        b"Delivered-To: ada@example.com\r\n"
        b"Delivered-To: bo@example.com\r\n"
    )
    assert written == head + sink.messages[0].raw


def test_files_of_an_earlier_run_are_left_alone(tmp_path: Path) -> None:
    for _ in range(2):
        with MailSink(tmp_path) as sink:
            send(sink, "ada@example.com")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0001.eml", "0002.eml"]


def test_a_taken_port_is_named_with_the_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"port {port} .*--smtp-port"), MailSink(port=port):
            pass
