"""The SMTP door: offers one message to one address and says what is known afterwards."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from agent.errors import ConfigurationError
from agent.ports import MailReply, MailVerdict
from agent.settings import LOOPBACK

DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
OWN_SIGN_IN = frozenset({530, 534, 535, 538})
"""Replies about our own sign-in: no fault of the message, which must stay for a later try."""
AFTER_CONTENT = {2: MailVerdict.ACCEPTED, 4: MailVerdict.DEFERRED, 5: MailVerdict.REFUSED}
"""First digit of the reply to a whole message -> what it means; any other reply leaves it open."""
_ONE_ADDRESS = re.compile(r'[^@\s<>()\[\]\\,;:"\x00-\x1f\x7f]+@[^@\s<>()\[\]\\,;:"\x00-\x1f\x7f]+')
_LONGEST_TEXT = 500
_EXAMPLE = "Example: smtp+starttls://user:password@mail.example.org:587"


@dataclass(frozen=True)
class Server:
    """Where mails are handed over, read from SLI_SMTP_URL."""

    scheme: str
    host: str
    port: int
    user: str
    """Empty: the server asks for no sign-in."""
    password: str

    def __repr__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class SmtpMail:
    """The mail port over SMTP. Keeps its connection between messages; `timeout` is seconds for each reply.

    Raises:
        ConfigurationError: from the constructor only, when the URL cannot be used.
    """

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._server = read_url(url)
        self._timeout = timeout
        self._session: smtplib.SMTP | None = None

    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        """Offer one message to one address. UNKNOWN only if the connection broke after its content began."""
        if not (_ONE_ADDRESS.fullmatch(sender) and _ONE_ADDRESS.fullmatch(address)):
            return MailReply(MailVerdict.REFUSED, "sender or recipient is not exactly one mail address")
        kept = self._kept()
        reply = self._offer(kept or self._open(), sender, address, message)
        if kept and self._session is None and reply.verdict is MailVerdict.DEFERRED:
            # Servers end sessions that last long or carry much; the message is not to blame and surely not taken.
            reply = self._offer(self._open(), sender, address, message)
        return reply

    def check(self) -> MailReply:
        """Connect, sign in and ask for a sign of life, without sending anything."""
        session = self._kept() or self._open()
        if isinstance(session, MailReply):
            return session
        signed_in = "signed in" if self._server.user else "no sign-in asked for"
        return MailReply(MailVerdict.ACCEPTED, f"{self._server!r} answers, {signed_in}")

    def close(self) -> None:
        """End the session politely. May be called again; a later `send` connects anew."""
        if self._session is not None:
            try:
                self._session.quit()
            except OSError:
                self._session.close()
            self._session = None

    def _kept(self) -> smtplib.SMTP | None:
        """The session of the message before, if it still answers."""
        if self._session is not None and not _is_fine(self._session.noop):
            self._drop()
        return self._session

    def _open(self) -> smtplib.SMTP | MailReply:
        """A new session, or why there is none."""
        try:
            self._session = open_session(self._server, self._timeout)
        except smtplib.SMTPAuthenticationError as error:
            # Never REFUSED: our own wrong password is no reason to give up a message.
            text = (
                f"{self._server!r} did not let us sign in (if this stays, mend SLI_SMTP_URL): {_words(error)}"
            )
            return MailReply(MailVerdict.DEFERRED, text)
        except OSError as error:
            return MailReply(MailVerdict.DEFERRED, f"{self._server!r} cannot be used: {_words(error)}")
        return self._session

    def _offer(
        self, session: smtplib.SMTP | MailReply, sender: str, address: str, message: bytes
    ) -> MailReply:
        if isinstance(session, MailReply):
            return session
        try:
            refusal = self._announce(session, sender, address)
        except OSError as error:
            self._drop()
            text = f"{self._server!r} broke off before the message: {_words(error)}"
            return MailReply(MailVerdict.DEFERRED, text)
        return refusal or self._hand_over(session, message)

    def _announce(self, session: smtplib.SMTP, sender: str, address: str) -> MailReply | None:
        """Name sender and recipient and ask to send: the refusal, or None once the content is awaited."""
        options: list[str] = []
        if not (sender + address).isascii():
            if not session.has_extn("smtputf8"):
                trouble = f"{self._server!r} takes no address with letters outside ASCII (no SMTPUTF8)"
                return MailReply(MailVerdict.REFUSED, trouble)
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        for code, text in _envelope(session, sender, address, options):
            if code // 100 != 2:
                return self._refused(session, code, text)
        code, text = session.docmd("DATA")
        return None if code == 354 else self._refused(session, code, text)

    def _refused(self, session: smtplib.SMTP, code: int, text: bytes) -> MailReply:
        """What a refusal before the content means; the session is made ready for the next message."""
        if code == 421 or not _is_fine(session.rset):
            self._drop()
        final = code // 100 == 5 and code not in OWN_SIGN_IN
        return MailReply(MailVerdict.REFUSED if final else MailVerdict.DEFERRED, _reply(code, text))

    def _hand_over(self, session: smtplib.SMTP, message: bytes) -> MailReply:
        try:
            session.send(transparent(message))
            code, text = session.getreply()
        except OSError as error:
            self._drop()
            trouble = f"{self._server!r} broke off within the message: {_words(error)}"
            return MailReply(MailVerdict.UNKNOWN, trouble)
        verdict = AFTER_CONTENT.get(code // 100, MailVerdict.UNKNOWN)
        if code == 421 or verdict is MailVerdict.UNKNOWN:
            self._drop()
        return MailReply(verdict, _reply(code, text))

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def read_url(url: str) -> Server:
    """The server a URL names: smtp://, smtps:// or smtp+starttls://, `user:password@` percent-encoded.

    Raises:
        ConfigurationError: saying what is wrong with SLI_SMTP_URL, never what its password is.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        # The parser's own words may quote the URL, and with it the password.
        raise ConfigurationError([f"SLI_SMTP_URL: host or port cannot be read. {_EXAMPLE}"]) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    problems = []
    if parts.scheme not in DEFAULT_PORTS:
        problems.append(f"SLI_SMTP_URL: begins with none of {', '.join(DEFAULT_PORTS)}. {_EXAMPLE}")
    if not host:
        problems.append(f"SLI_SMTP_URL: names no host. {_EXAMPLE}")
    if not (user + password).isascii():
        problems.append("SLI_SMTP_URL: user and password may hold ASCII characters only")
    if user and parts.scheme == "smtp" and host not in LOOPBACK:
        problems.append(
            "SLI_SMTP_URL: would send the password unencrypted; use smtps:// or smtp+starttls:// "
            "(plain smtp:// signs in only to this machine)"
        )
    if problems:
        raise ConfigurationError(problems)
    return Server(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], user, password)


def open_session(server: Server, timeout: float) -> smtplib.SMTP:
    """A greeted, encrypted (unless plain smtp) and signed-in session.

    Raises:
        OSError: for all that can go wrong (smtplib's errors are OSErrors); nothing is left open.
    """
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context)
    else:
        session = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.scheme == "smtp+starttls":
            session.starttls(context=ssl.create_default_context())
        session.ehlo_or_helo_if_needed()
        if server.user:
            session.login(server.user, server.password)
    except BaseException:
        session.close()
        raise
    return session


def _envelope(
    session: smtplib.SMTP, sender: str, address: str, options: list[str]
) -> Iterator[tuple[int, bytes]]:
    yield session.mail(sender, options)
    yield session.rcpt(address)


def _is_fine(command: Callable[[], tuple[int, bytes]]) -> bool:
    """True when the server answers this command with 250."""
    try:
        return command()[0] == 250
    except OSError:
        return False


def transparent(message: bytes) -> bytes:
    """The message as it travels: CRLF line ends, leading dots doubled, ended by a line with one dot."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed.removesuffix(b"\r\n") + b"\r\n.\r\n"


def _reply(code: int, text: bytes) -> str:
    return _one_line(f"{code} {text.decode('utf-8', 'replace')}")


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _reply(error.smtp_code, said if isinstance(said, bytes) else str(said).encode())
    return _one_line(str(error) or type(error).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_TEXT]
