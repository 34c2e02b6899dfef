"""The beginning of a rich text as plain text, for people to recognise it."""

from __future__ import annotations

from html.parser import HTMLParser

READ_AT_MOST = 4_000
"""Characters of markup looked at: the parser is slow over long broken markup, and an excerpt is short."""
BLOCKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "blockquote"})
UNREAD = frozenset({"script", "style"})


def excerpt(text: str | None) -> str:
    """What a reader sees of the text's beginning, a line for each paragraph or list item."""
    reader = _Reader()
    beginning = (text or "")[:READ_AT_MOST]
    try:
        reader.feed(beginning)
        reader.close()
    except AssertionError:
        # The parser gives up on malformed declarations such as `<![x`; then the text was typed by hand.
        return beginning
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD and self._unread:
            self._unread -= 1
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(data)
