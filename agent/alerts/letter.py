"""A letter: what a mail says, in reading order. Text and HTML are drawn from it, so they say the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from agent.alerts.envelope import Body
from agent.model import Colour

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(enabled_extensions=("html.j2",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Badge:
    """A side's colour, always with its word: colour alone tells nothing to many eyes."""

    title: str
    word: str
    meaning: str
    colour: Colour | None


@dataclass(frozen=True)
class Section:
    """A titled block: label and value pairs, points, and a longer text, each of which may be empty."""

    title: str
    badge: Badge | None = None
    rows: tuple[tuple[str, str], ...] = ()
    points: tuple[str, ...] = ()
    quote: str = ""


@dataclass(frozen=True)
class Letter:
    """`badges` come first (S6); `link` is (words, URL)."""

    kicker: str
    badges: tuple[Badge, ...]
    headline: str
    lead: str
    sections: tuple[Section, ...]
    link: tuple[str, str]
    reasons: tuple[str, ...]
    footer: str


def render(letter: Letter) -> Body:
    """The letter as plain text and as HTML."""
    return Body(
        text=_TEMPLATES.get_template("letter.txt.j2").render(letter=letter),
        html=_TEMPLATES.get_template("letter.html.j2").render(letter=letter),
    )
