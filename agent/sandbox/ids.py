"""Salesforce ids: a key prefix, a base-62 body and, at 18 characters, a checksum that keeps letter case."""

from __future__ import annotations

import string
from functools import lru_cache

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKSUM_LETTERS = string.ascii_uppercase + "012345"
# Where a real org carries its instance; fixed here, so that an id is easily told from a real one.
_INSTANCE = "SX0"


def base62(number: int, width: int) -> str:
    """`number` in base 62, left-padded with zeros; ids so made sort in the order they were given out."""
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return text.rjust(width, "0")


def checksum(id15: str) -> str:
    """What makes 15 characters 18: one for each chunk of five, bit j set where character j is A-Z."""
    return _letter(id15[:5]) + _letter(id15[5:10]) + _letter(id15[10:])


# Ids of one object differ in their last characters only.
@lru_cache(maxsize=4096)
def _letter(chunk: str) -> str:
    return _CHECKSUM_LETTERS[sum(1 << bit for bit, character in enumerate(chunk) if "A" <= character <= "Z")]


def to18(record_id: str) -> str:
    """The 18-character form of a 15- or 18-character id.

    Raises:
        ValueError: it is neither 15 nor 18 characters of base 62, or its checksum does not hold.
    """
    if len(record_id) == 15 and _is_base62(record_id):
        return record_id + checksum(record_id)
    if is_valid(record_id):
        return record_id
    raise ValueError(f"{record_id!r} is not a Salesforce id: 15 or 18 letters and digits with their checksum")


def is_valid(record_id: str) -> bool:
    """Whether this is an 18-character id whose checksum holds."""
    return len(record_id) == 18 and _is_base62(record_id) and record_id[15:] == checksum(record_id[:15])


def _is_base62(text: str) -> bool:
    return text.isascii() and text.isalnum()


def make(key_prefix: str, serial: int) -> str:
    """The id of the `serial`-th record under this key prefix."""
    id15 = key_prefix + _INSTANCE + base62(serial, 9)
    return id15 + checksum(id15)
