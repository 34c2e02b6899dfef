"""What counts as a documented plan (D4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from html.parser import HTMLParser

INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Unicode categories nobody can read: all spaces, controls, zero-width characters, byte-order marks."""
CLOSING = ".,;:!?…"
UNREAD = frozenset({"script", "style"})


class PlanText(StrEnum):
    """What somebody wrote under "intervention plan"."""

    EMPTY = "empty"
    MARKUP_ONLY = "markup_only"
    PLACEHOLDER = "placeholder"
    DOCUMENTED = "documented"


def read_plan(text: object, placeholders: Iterable[str]) -> PlanText:
    """Documented only if something remains without markup and white space, and it is no placeholder (D4).

    `text` is plain text or HTML as the org holds it; placeholders are compared without case, markup, white
    space and closing punctuation. A picture alone is no text.
    """
    if not isinstance(text, str) or not any(map(_is_visible, text)):
        return PlanText.EMPTY
    known = {"", *(_bare(_visible(placeholder)) for placeholder in placeholders)}
    words = _visible_words(text, longest_placeholder=max(map(len, known)))
    if not words:
        return PlanText.MARKUP_ONLY
    return PlanText.PLACEHOLDER if _bare(words) in known else PlanText.DOCUMENTED


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in INVISIBLE


def _visible(text: str) -> str:
    return "".join(filter(_is_visible, text))


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
