"""The doors to the world, only where the network is; everything behind them runs in a simulation too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        ...


class Random(Protocol):
    def random(self) -> float:
        """A number in [0, 1): jitter for retries."""
        ...


class MailVerdict(StrEnum):
    """What is known after a message was offered to the mail server."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Refused for good (5xx)."""
    DEFERRED = "deferred"
    """Certainly not taken, worth another try later: 4xx, or the server could not be reached."""
    UNKNOWN = "unknown"
    """The connection broke after the message was offered: it may or may not arrive."""


@dataclass(frozen=True)
class MailReply:
    """The verdict and the server's own words."""

    verdict: MailVerdict
    text: str
    wait_seconds: int = 0
    """How long the server asks to be left alone, where it said so."""


class Mail(Protocol):
    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        """Offer one message to one address. Never raises for what a mail server can do."""
        ...

    def close(self) -> None:
        """End the session politely."""
        ...


class Webhook(Protocol):
    """Where what happened is posted for a team to see, beside the mails."""

    def post(self, payload: bytes) -> MailReply:
        """Post one payload. Never raises for what a server or the network can do."""
        ...

    def close(self) -> None: ...
