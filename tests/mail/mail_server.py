"""A real aiosmtpd server on loopback that answers each command as a test scripts it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG_UP = "hang up"
SILENCE = "silence"


class MailServer:
    """Takes everything, unless `answers` says otherwise.

    `answers` maps a step (GREETING, NOOP, STARTTLS, AUTH, MAIL, RCPT, DATA before the content, CONTENT after it) to a
    reply line, HANG_UP or SILENCE; it may be changed between messages. `once` does so for the next time only.
    The rest goes to aiosmtpd's SMTP.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, implicit_tls: bool = False, **smtp: Any) -> None:
        self.answers: dict[str, str] = {}
        self.once: dict[str, str] = {}
        self.messages: list[tuple[str, str, bytes]] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.transports: list[Any] = []
        self._tls, self._implicit_tls, self._smtp = tls, implicit_tls, smtp
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    def __enter__(self) -> Self:
        options = {"ssl_context": self._tls} if self._implicit_tls else {}
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()
        self.connections = 0  # the controller's own first look
        return self

    def __exit__(
        self, k: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._controller.stop()

    def restart(self) -> None:
        """Hang up on everyone and listen again on the same port."""
        self._controller.stop()
        self.__enter__()

    def answer_to(self, step: str) -> str | None:
        return self.once.pop(step, None) or self.answers.get(step)

    def protocol(self) -> SMTP:
        options = {"authenticator": self.authenticate} | self._smtp
        if self._tls and not self._implicit_tls:
            options |= {"tls_context": self._tls, "require_starttls": True}
        return _Conversation(self, hostname="localhost", loop=self._controller.loop, **options)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd calls it so
        answer = self.answer_to("CONTENT") or "250 Kept"
        if answer == HANG_UP:
            raise asyncio.CancelledError  # aiosmtpd closes the connection
        if answer == SILENCE:
            await asyncio.Event().wait()
        if answer.startswith("250"):
            [address] = envelope.rcpt_tos
            self.messages.append((envelope.mail_from or "", address, envelope.original_content or b""))
        return answer

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"s3cret/@", handled=False)


class _Controller(Controller):
    def __init__(self, owner: MailServer, **options: Any) -> None:
        super().__init__(owner, server_hostname="localhost", **options)
        self._owner = owner

    def factory(self) -> SMTP:
        return self._owner.protocol()

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        """End every conversation before the loop closes, so that no socket is left for garbage collection."""
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        for transport in self._owner.transports:
            transport.abort()
        for _ in range(3):  # an aborted TLS transport closes the socket under it a round later
            await asyncio.sleep(0)


class _Conversation(SMTP):
    def __init__(self, owner: MailServer, **options: Any) -> None:
        super().__init__(owner, **options)
        self._owner = owner
        owner.connections += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._owner.transports.append(transport)
        super().connection_made(transport)

    async def _scripted(self, step: str) -> bool:
        """Give the scripted answer, if there is one."""
        answer = self._owner.answer_to(step)
        if answer == HANG_UP:
            self.transport.abort()
            raise asyncio.CancelledError
        if answer == SILENCE:
            await asyncio.Event().wait()
        if answer:
            await super().push(answer)
        return bool(answer)

    async def push(self, status: str | bytes) -> None:
        if str(status).startswith("220 localhost") and await self._scripted("GREETING"):
            return
        await super().push(status)

    async def smtp_NOOP(self, arg: str) -> None:  # noqa: N802 - aiosmtpd calls it so
        if not await self._scripted("NOOP"):
            await super().smtp_NOOP(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - aiosmtpd calls it so
        if not await self._scripted("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - aiosmtpd calls it so
        if not await self._scripted("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - aiosmtpd calls it so
        if not await self._scripted("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd calls it so
        if not await self._scripted("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd calls it so
        if not await self._scripted("DATA"):
            await super().smtp_DATA(arg)
