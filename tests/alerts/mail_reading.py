"""A composed mail as its reader gets it: headers, both bodies, and the words of the HTML."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from html.parser import HTMLParser

from agent.alerts.compose import Composed

BLOCKS = frozenset({"p", "div", "li", "td", "h1", "h2", "h3", "br"})
LABELS = re.compile(r"^colour: |\blink: ", re.MULTILINE)
"""Words of one form only: the HTML shows a colour as a pill, and its link once more in full."""


def read(composed: Composed) -> EmailMessage:
    message = message_from_bytes(composed.data.replace(b"\r\n", b"\n"), policy=modern)
    assert isinstance(message, EmailMessage)
    return message


def text_of(composed: Composed) -> str:
    part = read(composed).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(composed: Composed) -> str:
    part = read(composed).get_body(("html",))
    assert part is not None
    return str(part.get_content())


class Page(HTMLParser):
    """What a reader of the HTML sees: the text of each block in order, the links, and the tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.blocks: list[str] = [""]
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._hidden = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden = tag if tag in {"style", "title"} else ""
        self._break(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.blocks[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._hidden = ""
        self._break(tag)

    def _break(self, tag: str) -> None:
        if tag in BLOCKS:
            self.blocks.append("")


def words_of_html(composed: Composed) -> list[str]:
    """All that the HTML says, in its order, without layout and links."""
    return _words(" ".join(Page(html_of(composed)).blocks))


def words_of_text(composed: Composed) -> list[str]:
    """All that the text says, in its order, without layout and links."""
    return _words(text_of(composed))


def links_of_text(composed: Composed) -> set[str]:
    return set(re.findall(r"https?://\S+", text_of(composed)))


def _words(text: str) -> list[str]:
    """A label and its value are two columns in one form and `label: value` in the other; lists have their own marks."""
    words = re.split(r"[\s()\[\]·]+", re.sub(r":(?=\s|$)", " ", LABELS.sub(" ", text.lower())))
    return [word for word in words if word.strip("-") and not word.startswith("http")]
