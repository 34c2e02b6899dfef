"""What counts as a documented plan (D4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from html.parser import HTMLParser

INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Unicode categories nobody can read: all spaces, controls, zero-width characters, byte-order marks."""
CLOSING = ".,;:!?…"
UNREAD = frozenset({"script", "style"})
INVISIBLE_ASCII = {code: None for code in range(128) if unicodedata.category(chr(code)) in INVISIBLE}
PLAIN_BEGINNING = re.compile(r"(?:<(?:p|div|span|b|i|u|strong|em|ul|ol|li|br)>)*(?P<words>[^<&]{1,400})")
"""Tags without attributes, and what they hold up to the next tag or character reference."""


class PlanText(StrEnum):
    """What somebody wrote under "intervention plan"."""

    EMPTY = "empty"
    MARKUP_ONLY = "markup_only"
    PLACEHOLDER = "placeholder"
    DOCUMENTED = "documented"


def read_plan(text: object, placeholders: Sequence[str]) -> PlanText:
    """Documented only if something remains without markup and white space, and it is no placeholder (D4).

    `text` is plain text or HTML as the org holds it; placeholders are compared without case, markup, white
    space and closing punctuation. A picture alone is no text.
    """
    if not isinstance(text, str) or not any(map(_is_visible, text)):
        return PlanText.EMPTY
    known = _known(tuple(placeholders))
    longest = max(map(len, known))
    if _begins_with_enough(text, longest):
        return PlanText.DOCUMENTED
    words = _visible_words(text, longest_placeholder=longest)
    if not words:
        return PlanText.MARKUP_ONLY
    return PlanText.PLACEHOLDER if _bare(words) in known else PlanText.DOCUMENTED


@lru_cache(maxsize=8)  # One mapping's, and a few more in tests.
def _known(placeholders: tuple[str, ...]) -> frozenset[str]:
    return frozenset({"", *(_bare(_visible(placeholder)) for placeholder in placeholders)})


def _begins_with_enough(text: str, longest_placeholder: int) -> bool:
    """True if words stand at the very beginning, behind plain tags at most, that no placeholder has.

    Most plans do, and need no parser: it takes most of a judgement's time.
    """
    beginning = PLAIN_BEGINNING.match(text)
    if beginning is None:
        return False
    return len(_visible(beginning["words"]).rstrip(CLOSING)) > longest_placeholder


@lru_cache(maxsize=1024)
def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in INVISIBLE


def _visible(text: str) -> str:
    return text.translate(INVISIBLE_ASCII) if text.isascii() else "".join(filter(_is_visible, text))


def _bare(words: str) -> str:
    return words.casefold().rstrip(CLOSING)


def _visible_words(text: str, longest_placeholder: int) -> str:
    """The text's visible characters: all of them, or as many as no placeholder has."""
    reader = _Words(longest_placeholder)
    try:
        reader.feed(text)
        reader.close()
    except _EnoughRead:
        pass
    except AssertionError:
        # The parser gives up on malformed declarations such as `<![x`. A sanitised field cannot hold one, so
        # the text was typed by hand: somebody wrote something, and that is what counts.
        return _visible(text)
    return reader.words


class _EnoughRead(Exception):
    """What was read so far decides."""


class _Words(HTMLParser):
    """Collects what a person would see; character references arrive resolved.

    It stops when it has seen more than any placeholder, because the parser takes minutes over 100 KB of
    broken markup.
    """

    def __init__(self, longest_placeholder: int) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self._longest_placeholder = longest_placeholder
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD and self._unread:
            self._unread -= 1

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words += _visible(data)
        if len(self.words.rstrip(CLOSING)) > self._longest_placeholder:
            raise _EnoughRead
