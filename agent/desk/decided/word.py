"""A person's word before it is kept: who says so, why, when; and keeping it. Shared by all that people decide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.alerts.text import BIDI, one_line
from agent.errors import AgentError
from agent.instants import to_text
from agent.model import HumanDecision
from agent.pipeline.decisions import follow, tell
from agent.pipeline.org_time import org_now
from agent.store import Store, decisions

LONGEST_NAME, LONGEST_REASON = 80, 500
"""Characters of who says so (the field in Salesforce), and of why."""
_CODES = "USD|CAD|EUR|GBP"
_MANY = r"(?:k|m|hundred|thousand|million)\b"
AMOUNT = re.compile(
    rf"(?:[$€£]|\b(?:{_CODES}))[\s.:(+\-\u2013\u2212]*\d"
    rf"|\d[\s.\-\u2013]*(?:{_MANY}[\s\-\u2013]*)?(?:[$€£]|(?:{_CODES}|(?:US\s+)?dollars?|cents?|bucks)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Word:
    """Who says something, as they name themselves, why, and by our clock when."""

    by: str
    reason: str
    now: datetime


def who_says(name: str) -> str:
    return line("name of whoever says so", name, LONGEST_NAME)


def reason_of(store: Store, text: str, client: str = "") -> str:
    """The text as it is kept. `client` is a name it may not hold beside those of the mirrored clients.

    Raises:
        AgentError: it is empty or too long, or holds a client's name.
    """
    reason = line("reason", text, LONGEST_REASON)
    if (client and client.lower() in reason.lower()) or decisions.names_a_client(store, reason):
        raise AgentError(
            "The reason holds a client's name, and lists show reasons.",
            hint="Say it without the name: the record number leads to it in Salesforce.",
        )
    return reason


def line(what: str, text: str, longest: int) -> str:
    """The text on one line.

    Raises:
        AgentError: nothing of it is visible, or it is too long.
    """
    found = one_line(text, len(text) + 1)
    if not found or len(found) > longest or BIDI & set(text):
        raise AgentError(f"The {what} must have 1 to {longest} visible characters, not {len(found)}.")
    return found


def reason_without_pay(store: Store, text: str) -> str:
    """As `reason_of`, of a decision about scores or pay.

    Raises:
        AgentError: as there; or it holds an amount of money.
    """
    reason = reason_of(store, text)
    no_amount("reason", reason)
    return reason


def no_amount(what: str, text: str) -> None:
    """Refuse dollars: decisions are kept in Salesforce, and pay never goes there (D29).

    Raises:
        AgentError: the text holds an amount of money.
    """
    if AMOUNT.search(unicodedata.normalize("NFKC", text)):
        raise AgentError(
            f"The {what} holds an amount of money, and it is kept in Salesforce, where pay never goes.",
            hint="Say it without the amount: the statement shows it.",
        )


def org_id_of(store: Store) -> str:
    """The org the state is of.

    Raises:
        AgentError: the agent has not met it yet.
    """
    org_id = store.get("org_id")
    if org_id is None:
        raise AgentError("The agent has not met its org yet.", hint="Run `sli-agent once` first.")
    return org_id


def said_at(store: Store, now: datetime) -> datetime:
    """By the org's clock, as everything a decision is compared with."""
    return org_now(store, now).replace(microsecond=0)


def said_after(store: Store, told: Sequence[HumanDecision], now: datetime) -> datetime:
    """The same, and later than all that was said before about it: what follows what is told by these instants."""
    at = said_at(store, now)
    return max([at, *(decision.at + timedelta(seconds=1) for decision in told)])


def keep(store: Store, decision: HumanDecision, place: str, now: datetime) -> HumanDecision:
    """Down in the state and in the sync log, both or neither; the caller sends it to Salesforce."""
    with store.transaction():
        take_down(store, decision, place, now)
    return decision


def take_down(store: Store, decision: HumanDecision, place: str, now: datetime) -> None:
    """The same in the caller's transaction."""
    if not decisions.add(store, decision, to_text(now)):
        raise AgentError(f"The same was said about {place} in this very second already.")
    tell(store, decision, now)
    follow(store, [decision])
