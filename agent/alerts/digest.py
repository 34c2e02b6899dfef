"""Many notices as one letter: numbers first, then by kind and office, the most urgent first (D10, D16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from agent.alerts import wording
from agent.alerts.kinds import WORDS
from agent.alerts.letter import Badge, Group, Item, Letter, Section
from agent.alerts.text import day, one_line, shorten
from agent.alerts.views import DigestItem
from agent.model import Colour, Recipient

DigestKind = Literal["catch_up", "daily"]
HEADLINES = {"catch_up": "Late alerts, in one mail", "daily": "Your SLI digest"}
SUBJECTS = {"catch_up": "Late SLI alerts", "daily": "SLI digest"}
LEADS = {
    "catch_up": (
        "The SLI agent or its mail could not work for a while, so these alerts come late and together. "
        "Every time is the true one, on the office's own clock."
    ),
    "daily": (
        "What has come up in your interventions since the last digest. Every time is on the office's own clock."
    ),
}
FOOTER = (
    "Sent automatically by the SLI agent. Please answer in each record's Chatter, where everyone involved "
    "sees it; replies to this mail may not be read."
)
URGENCY = {rule: place for place, rule in enumerate(WORDS)}
BY_COLOUR = (Colour.YELLOW, Colour.ORANGE, Colour.RED, Colour.GREEN, None)
"""Action required comes first, what is resolved comes last (S5)."""
OFFICES_NAMED = 5
"""In the numbers at the top; more would be a list of their own."""


def digest_subject(items: Sequence[DigestItem], kind: DigestKind) -> str:
    """Colours first, then how many of what. Never a name: a digest is about many people (D15)."""
    colours = shorten(" · ".join(badge.word for badge in _tally(items)), 70) or "no colour set"
    counts = ", ".join(f"{title} {len(found)}" for title, found in _by_title(items))
    return f"[{colours}] {SUBJECTS[kind]}: {counts}"


def digest_letter(
    items: Sequence[DigestItem], recipient: Recipient, kind: DigestKind, now: datetime
) -> Letter:
    """The letter of at least one item. It names no client: each item's link leads to the record (D15)."""
    groups = _by_title(items)
    _, (first, *_) = groups[0]
    today = day(now.astimezone(first.view.zone).date())
    return Letter(
        headline=HEADLINES[kind],
        kicker=f"{today} · {len(items):,} {'notice' if len(items) == 1 else 'notices'}",
        lead=LEADS[kind],
        tally=_tally(items),
        sections=(Section("In numbers", points=tuple(_count(title, found) for title, found in groups)),),
        groups=tuple(Group(title, _parts(found)) for title, found in groups),
        reasons=wording.reasons(recipient),
        footer=FOOTER,
    )


def _by_title(items: Iterable[DigestItem]) -> list[tuple[str, list[DigestItem]]]:
    """By kind, the most urgent first; within a kind by office, and then what was due first."""
    ordered = sorted(items, key=_place)
    return [
        (WORDS[rule].title, list(found))
        for rule, found in groupby(ordered, key=lambda item: item.notice.rule)
    ]


def _place(item: DigestItem) -> tuple[int, str, datetime, str]:
    return URGENCY[item.notice.rule], _office(item), item.notice.due, item.notice.key


def _office(item: DigestItem) -> str:
    return one_line(item.view.office, 40)


def _count(title: str, items: Sequence[DigestItem]) -> str:
    """`No plan in time: 3 in Tampa (2), Sarasota`."""
    offices = Counter(map(_office, items))
    named = (f"{office} ({count})" if count > 1 else office for office, count in offices.items())
    where = ", ".join(named) if len(offices) <= OFFICES_NAMED else f"{len(offices)} offices"
    return f"{title}: {len(items)} in {where}"


def _parts(items: Iterable[DigestItem]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    return tuple((office, tuple(map(_item, found))) for office, found in groupby(items, key=_office))


def _item(item: DigestItem) -> Item:
    notice, view, note = item
    title = (one_line(view.number, 30), one_line(view.incident_type or "", 60))
    steps = wording.side_steps(notice, view)
    return Item(
        badges=tuple(wording.badge(side) for side in view.sides),
        title=" · ".join(part for part in title if part),
        lines=(wording.brief(notice, view, note), *(f"→ {step}" for step in steps)),
        link=one_line(view.url, 500),
    )


def _tally(items: Iterable[DigestItem]) -> tuple[Badge, ...]:
    """How many sides have which colour, each intervention counted once."""
    views = {item.notice.intervention_id: item.view for item in items}.values()
    sides = Counter((side.colour, one_line(side.colour_label, 30)) for view in views for side in view.sides)
    ordered = sorted(sides, key=lambda found: (BY_COLOUR.index(found[0]), found[1]))
    return tuple(Badge("", f"{sides[found]} {found[1]}", "", found[0]) for found in ordered)
