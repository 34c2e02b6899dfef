"""Rows a second as bars: an SVG made of nothing but the figures, so that the same figures give the same file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _LEFT, _RIGHT = 760, 250, 90
_BAR, _STEP, _HEAD = 18, 26, 34
_COLOURS = {True: "#1b6ca8", False: "#9aa5b1"}
_FONT = 'font-family="sans-serif" font-size="13"'


def bars(title: str, unit: str, figures: Mapping[str, float], ours: str) -> str:
    """A bar for each name, in their order; `ours` stands out."""
    longest = max(figures.values())
    rows = [
        _row(place, name, value / longest, value, name == ours)
        for place, (name, value) in enumerate(figures.items())
    ]
    height = _HEAD + _STEP * len(rows) + 8
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="8" y="20" {_FONT} font-weight="bold">{escape(title)}, {escape(unit)}</text>',
            *(line for row in rows for line in row),
            "</svg>\n",
        ]
    )


def _row(place: int, name: str, share: float, value: float, ours: bool) -> Sequence[str]:
    y = _HEAD + _STEP * place
    width = max(1, round((_WIDTH - _LEFT - _RIGHT) * share))
    return (
        f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end" {_FONT}>{escape(name)}</text>',
        f'<rect x="{_LEFT}" y="{y}" width="{width}" height="{_BAR}" fill="{_COLOURS[ours]}"/>',
        f'<text x="{_LEFT + width + 6}" y="{y + 14}" {_FONT}>{value:,.0f}</text>',
    )
