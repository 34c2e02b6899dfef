"""Values as Salesforce writes them in JSON, and ids in their 18-character form."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_CHECKSUM_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?", re.ASCII)


def parse_datetime(text: str) -> datetime:
    """`2026-11-21T19:01:00.000+0000` as an aware UTC datetime, in whole seconds: only those compare.

    Raises:
        ValueError: not a datetime, or one without its offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC and not moment.microsecond:  # So Salesforce tells nearly all of them.
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    return moment.astimezone(UTC).replace(microsecond=0)


def format_datetime(moment: datetime) -> str:
    """An aware datetime as Salesforce writes it, in UTC and whole seconds.

    Raises:
        ValueError: `moment` is naive.
    """
    return f"{in_utc(moment).isoformat()[:19]}.000+0000"


def to_wire(value: Any) -> Any:
    """A field's value as JSON carries it. A Decimal must be rounded to the field's scale before."""
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


def in_utc(moment: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: `moment` is naive: it would be read in this machine's zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def to18(record_id: str) -> str:
    """The 18-character form of an id; one of 18 characters is returned as it is (platform fact on checksums).

    Raises:
        ValueError: neither 15 nor 18 letters and digits.
    """
    if not _ID.fullmatch(record_id):
        raise ValueError(f"{record_id!r} is not a Salesforce id: 15 or 18 letters and digits")
    if len(record_id) == 18:
        return record_id
    chunks = (record_id[start : start + 5] for start in (0, 5, 10))
    return record_id + "".join(_CHECKSUM_LETTERS[_capitals(chunk)] for chunk in chunks)


def _capitals(chunk: str) -> int:
    return sum(1 << position for position, letter in enumerate(chunk) if "A" <= letter <= "Z")
