"""A real SMTP server on loopback that delivers nothing: it keeps every message, and refuses when told to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


@dataclass(frozen=True)
class KeptMessage:
    """One accepted message. `number` counts from 1 in the order of arrival; `raw` is what came after DATA."""

    number: int
    mail_from: str
    rcpt_tos: tuple[str, ...]
    raw: bytes

    def parsed(self) -> EmailMessage:
        """The message as a reader sees it, its lines ending as Python's do."""
        return message_from_bytes(self.raw.replace(b"\r\n", b"\n"), policy=modern)


@dataclass(frozen=True)
class Refusal:
    """How an address is refused: SMTP code (4xx for now, 5xx for good), words, and after which command."""

    code: int
    text: str
    after_data: bool

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class MailSink:
    """An SMTP server on 127.0.0.1 for as long as the `with` block lasts.

    Args:
        directory: where each message is also written, as `0001.eml` and on, under a `Return-Path` and one
            `Delivered-To` for each recipient; an earlier run's files are left alone. None: memory only.
        port: 0 takes a free one; read it back from `port`, which stays the same through `down` and `up`.

    Raises:
        OSError: the port is taken (when the block is entered).
    """

    def __init__(self, directory: Path | None = None, port: int = 0) -> None:
        self.port = port
        self._directory = directory
        self._messages: list[KeptMessage] = []
        self._refusals: dict[str, Refusal] = {}
        self._drops: list[bool] = []
        self._controller: _LoopbackController | None = None

    @property
    def messages(self) -> Sequence[KeptMessage]:
        """Everything kept by this sink, in the order of arrival."""
        return tuple(self._messages)

    def messages_to(self, address: str) -> list[KeptMessage]:
        """The messages whose envelope names the address, in any letter case."""
        wanted = address.lower()
        return [m for m in self._messages if wanted in (to.lower() for to in m.rcpt_tos)]

    @property
    def refusals(self) -> dict[str, Refusal]:
        """Lower-cased address -> how it is refused."""
        return dict(self._refusals)

    def refuse(
        self, address: str, code: int = 550, text: str = "No such mailbox here", *, after_data: bool = False
    ) -> None:
        """Refuse an address from now on: at RCPT, or after DATA together with all who share the message.

        Raises:
            ValueError: `code` is not a refusal (400 to 599).
        """
        if not 400 <= code <= 599:
            raise ValueError(f"{code} is not a refusal: use 400 to 499 (try later) or 500 to 599 (never).")
        self._refusals[address.lower()] = Refusal(code, text, after_data)

    def accept(self, address: str) -> None:
        """Take mail for a refused address again."""
        self._refusals.pop(address.lower(), None)

    def drop_connection_after_data(self, *, kept: bool = True) -> None:
        """Hang up on the next message instead of answering DATA: its sender cannot know what became of it.

        Args:
            kept: whether the message was in fact accepted.
        """
        self._drops.append(kept)

    def up(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._controller = _LoopbackController(_Handler(self), self.port)
        self.port = self._controller.port
        self._controller.start()

    def down(self) -> None:
        """Stop listening and hang up on everyone. What was kept stays."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def receive(self, mail_from: str, rcpt_tos: Sequence[str], raw: bytes) -> None:
        """Keep a message, before its sender is told so."""
        message = KeptMessage(len(self._messages) + 1, mail_from, tuple(rcpt_tos), raw)
        if self._directory is not None:
            _write_eml(self._directory, message)
        self._messages.append(message)

    def next_drop(self) -> bool | None:
        """Whether the message to be dropped next is kept; None when none is to be dropped."""
        return self._drops.pop(0) if self._drops else None


class _Handler:
    """aiosmtpd's hooks, answered from what the sink was told."""

    def __init__(self, sink: MailSink) -> None:
        self._sink = sink

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        refusal = self._sink.refusals.get(address.lower())
        if refusal and not refusal.after_data:
            return str(refusal)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        refusals = self._sink.refusals
        for address in envelope.rcpt_tos:
            if address.lower() in refusals:
                return str(refusals[address.lower()])
        kept_though_dropped = self._sink.next_drop()
        if kept_though_dropped is not False:
            self._sink.receive(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")
        if kept_though_dropped is not None:
            raise asyncio.CancelledError  # aiosmtpd then closes the connection without an answer
        return "250 Kept"


class _LoopbackController(Controller):
    """aiosmtpd's thread and loop, on a socket bound before they start, so that port 0 can be read back."""

    def __init__(self, handler: _Handler, port: int) -> None:
        self._listening = _listen(port)
        bound_port = self._listening.getsockname()[1]
        # The name is given because looking up the machine's own can take seconds.
        super().__init__(handler, hostname=HOST, port=bound_port, server_hostname="localhost")

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise OSError(
            error.errno,
            f"The mail sink cannot listen on port {port} of {HOST} ({error.strerror}): "
            "stop what is using it, or choose another with --smtp-port (0 takes a free one).",
        ) from error


def _write_eml(directory: Path, message: KeptMessage) -> None:
    """Write to the first free number: the names in a directory count on through every run."""
    directory.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(file.stem) for file in directory.glob("[0-9]*.eml")), default=0)
    envelope = [f"Return-Path: <{message.mail_from}>", *(f"Delivered-To: {to}" for to in message.rcpt_tos)]
    head = "".join(f"{line}\r\n" for line in envelope).encode()
    (directory / f"{number:04d}.eml").write_bytes(head + message.raw)
