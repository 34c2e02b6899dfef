"""The figures' way into docs/benchmarks.md: kept as JSON beside the bench, written between the page's markers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.plot import bars
from bench.readers import GAUGE, LIVES

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "bench" / "figures.json"
PAGE = ROOT / "docs" / "benchmarks.md"
_PART = re.compile(r"(<!-- bench:(?P<name>\w+) -->\n).*?(<!-- bench:end -->)", re.DOTALL)
_OURS = LIVES[0].name
_ORDER = [*(life.name for life in LIVES), GAUGE.name]
_FIRST = {
    "day": "span",
    "writing": "n",
    "telling": "SLIs submitted",
    "tick": "state",
    "memory": "org",
    "scores": "state",
}
"""What stands above the first column where it does not name readers."""
Figures = dict[str, Any]


def remember(news: Mapping[str, Any]) -> Figures:
    """The figures of all scenarios: those just measured over those of earlier runs."""
    known: Figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    known |= news
    FIGURES.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return known


def write(figures: Figures) -> None:
    """Fill every marked part of the page, and draw a plot for each load."""
    for name in _loads(figures):
        by_reader = _sorted(figures[name])
        speeds = {reader: measures["rows/s"] for reader, measures in by_reader.items()}
        title = f"First load of {int(name.split()[1]):,} rows"
        picture = PAGE.parent / f"benchmarks-{name.split()[1]}.svg"
        picture.write_text(bars(title, "rows a second", speeds, _OURS), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        _PART.sub(lambda part: part[1] + _filled(part["name"], figures) + part[3], text), encoding="utf-8"
    )


def _filled(name: str, figures: Figures) -> str:
    if name == "load":
        return "".join(_load(one, figures[one]) for one in _loads(figures)) or _nothing(name)
    if name == "run":
        return f"Measured on {figures['run']}.\n"
    return _table(figures[name], _FIRST.get(name, "reader")) if name in figures else _nothing(name)


def _nothing(name: str) -> str:
    return f"Not measured yet: `python -m bench {name}`.\n"


def _load(name: str, found: Mapping[str, Any]) -> str:
    rows = name.split()[1]
    return f"### {int(rows):,} rows\n\n![Rows a second](benchmarks-{rows}.svg)\n\n{_table(found)}\n"


def _table(found: Mapping[str, Any], first: str = "reader") -> str:
    """Readers down, measures across; a reader that was not run says why in its first cell."""
    by_reader = _sorted(found)
    measures = next(list(m) for m in by_reader.values() if "not run" not in m)
    lines = [_line([first, *measures]), _line(["---"] * (len(measures) + 1))]
    for reader, values in by_reader.items():
        if "not run" in values:
            cells = [f"not run: {values['not run']}", *[""] * (len(measures) - 1)]
        else:
            cells = [_cell(values.get(measure, "")) for measure in measures]
        lines.append(_line([f"**{reader}**" if reader == _OURS else reader, *cells]))
    return "".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:,g}" if isinstance(value, float) else str(value)
    )


def _loads(figures: Figures) -> list[str]:
    return sorted(
        (name for name in figures if name.startswith("load ")), key=lambda name: int(name.split()[1])
    )


def _sorted(found: Mapping[str, Any]) -> dict[str, Any]:
    """Readers in their order; whatever is not about readers as it was measured."""
    return {name: found[name] for name in (*_ORDER, *found) if name in found}
