"""Making record text fit for a mail: nothing invisible, nothing endless, times as people read them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks and overrides that can make text read other than it is written."""
JOINERS = frozenset("\u200c\u200d")
"""Invisible as well, but some scripts and emoji cannot be written without them."""
_BLANK = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories that become a space: control characters, broken surrogates, line and paragraph separators."""
_ACCENTS = frozenset({"Mn", "Me"})
ACCENTS_IN_A_ROW = 4
"""Vietnamese and Hebrew need up to three on one letter; dozens are a tower over the lines above."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def one_line(text: str, longest: int = 120) -> str:
    """The text as one visible line of at most `longest` characters: everything in a header passes here."""
    return shorten(" ".join("".join(_visible(text)).split()), longest)


def paragraphs(text: str, longest: int = 600) -> str:
    """The text without invisible signs, its lines kept, at most one blank line in a row."""
    lines = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text).split("\n")
    clean = "\n".join(one_line(line, longest) for line in lines)
    return shorten(re.sub(r"\n{3,}", "\n\n", clean).strip(), longest)


def shorten(text: str, longest: int) -> str:
    """At most `longest` characters; an ellipsis says that something was left out."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def local_time(at: datetime, zone: ZoneInfo) -> str:
    """`Nov 14, 2026, 3:05 PM EST`: an aware instant on the office's clock."""
    local = at.astimezone(zone)
    name = local.tzname() or ""
    hour = f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"
    # Zones without letters of their own are named by their offset, `-03`.
    return f"{day(local.date())}, {hour} {name if name.isalpha() else 'UTC' + name}"


def day(on: date) -> str:
    """`Nov 14, 2026`, whatever the machine's language."""
    return f"{_MONTHS[on.month - 1]} {on.day}, {on.year}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _visible(text: str) -> Iterator[str]:
    """The characters that a reader sees, where they are written, and a space for those that break a line."""
    accents = 0
    for character in text:
        category = unicodedata.category(character)
        accents = accents + 1 if category in _ACCENTS else 0
        if category in _BLANK:
            yield " "
        elif (category != "Cf" or character in JOINERS) and accents <= ACCENTS_IN_A_ROW:
            yield character
