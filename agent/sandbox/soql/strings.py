"""Quoted strings of SOQL: their escapes, and what LIKE makes of them."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"} | {sign: sign for sign in "\"'\\_%"}
_LIKE_PART = re.compile(r"(?P<escape>\\.)|(?P<any>%+)|(?P<one>_)|(?P<text>[^\\%_]+)", re.DOTALL)


def unknown_escape(raw: str) -> str | None:
    """The first escape in `raw` that SOQL does not have, `\\q` for example; None if all are known."""
    return next((e[0] for e in _ESCAPE.finditer(raw) if e[1].lower() not in _ESCAPED), None)


def unescape(raw: str) -> str:
    """The text that `raw`, the part between the quotes, stands for."""
    return _ESCAPE.sub(lambda escape: _ESCAPED[escape[1].lower()], raw)


def like_pattern(raw: str) -> re.Pattern[str]:
    """What LIKE matches as a whole by the string `raw`: % any text, _ one character, in any letter case."""
    return re.compile("".join(map(_like_part, _LIKE_PART.finditer(raw))), re.IGNORECASE | re.DOTALL)


def _like_part(part: re.Match[str]) -> str:
    match part.lastgroup:
        case "any":
            return ".*"
        case "one":
            return "."
        case _:
            return re.escape(unescape(part[0]))
