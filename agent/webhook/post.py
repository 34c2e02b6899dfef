"""The door to a chat's webhook: posts one payload and says what is known afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from agent.model import Channel
from agent.ports import MailReply, MailVerdict

TIMEOUT_SECONDS = (10.0, 30.0)
"""To connect, and between two bytes of an answer."""
AGAIN_LATER = frozenset({408, 425, 429})
"""Refusals that are about the moment, not about the message."""
_LONGEST_TEXT = 200
_LONGEST_WAIT = 3600
"""Seconds. A chat that asks for more is asked again before that."""


class Webhook:
    """One chat's webhook. Its URL is a secret: no reply holds it. Keeps its connection between posts."""

    def __init__(self, channel: Channel, url: str, timeout: tuple[float, float] = TIMEOUT_SECONDS) -> None:
        self._channel, self._url, self._timeout = channel, url, timeout
        self._session = requests.Session()

    def post(self, payload: bytes) -> MailReply:
        """Post a payload of JSON once. UNKNOWN only if the connection broke after it began to leave."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            with self._session.post(
                self._url,
                data=payload,
                headers=headers,
                timeout=self._timeout,
                # A webhook that moved is no place for what was meant for another.
                allow_redirects=False,
                stream=True,
            ) as response:
                said = next(response.iter_content(2_000), b"")
                return self._reply(response, said.decode("utf-8", "replace"))
        except requests.RequestException as error:
            # Its text may quote the URL.
            kind = type(error).__name__
            if _never_left(error):
                return MailReply(MailVerdict.DEFERRED, f"{self._channel.words} cannot be reached ({kind})")
            return MailReply(MailVerdict.UNKNOWN, f"{self._channel.words} broke off ({kind})")

    def close(self) -> None:
        """End the connection. May be called again."""
        self._session.close()

    def _reply(self, response: requests.Response, said: str) -> MailReply:
        code = response.status_code
        text = f"{code} {self._without_secret(said) or response.reason or ''}".strip()
        if 200 <= code < 300:
            # Slack says `ok`; anything else was said by somebody in between.
            is_clear = self._channel is not Channel.SLACK or said.strip() == "ok"
            return MailReply(MailVerdict.ACCEPTED if is_clear else MailVerdict.UNKNOWN, text)
        if code >= 500 or code in AGAIN_LATER:
            return MailReply(MailVerdict.DEFERRED, text, _wait(response.headers.get("Retry-After")))
        return MailReply(MailVerdict.REFUSED, text)

    def _without_secret(self, said: str) -> str:
        parts = urlsplit(self._url)
        for secret in (self._url, parts.query, parts.path):
            said = said.replace(secret, "…") if len(secret) > 1 else said
        return " ".join(said.split())[:_LONGEST_TEXT]


def _wait(seconds: str | None) -> int:
    """Retry-After in seconds; 0 where there is none, or a date."""
    return min(int(seconds), _LONGEST_WAIT) if seconds and seconds.isdecimal() else 0


def _never_left(error: requests.RequestException) -> bool:
    """True when no connection was made, so that certainly nothing was posted."""
    if isinstance(
        error, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    ):
        return True
    cause: object = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    return isinstance(cause, (NewConnectionError, ConnectTimeoutError))
