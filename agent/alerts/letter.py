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
class Item:
    """One of many things a letter tells: a compact block. `link` is a URL."""

    badges: tuple[Badge, ...]
    title: str
    lines: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class Group:
    """Items under a heading, and under a smaller one within it: (its words, items)."""

    title: str
    parts: tuple[tuple[str, tuple[Item, ...]], ...]


@dataclass(frozen=True)
class Letter:
    """Colours come first (S6): `badges` of the two sides, or `tally`, how many sides have which colour.

    `link` is (words, URL); None where each item has its own.
    """

    headline: str
    kicker: str
    lead: str
    reasons: tuple[str, ...]
    footer: str
    link: tuple[str, str] | None = None
    badges: tuple[Badge, ...] = ()
    tally: tuple[Badge, ...] = ()
    sections: tuple[Section, ...] = ()
    groups: tuple[Group, ...] = ()


def render(letter: Letter) -> Body:
    """The letter as plain text and as HTML."""
    return Body(
        text=_TEMPLATES.get_template("letter.txt.j2").render(letter=letter),
        html=_TEMPLATES.get_template("letter.html.j2").render(letter=letter),
    )
