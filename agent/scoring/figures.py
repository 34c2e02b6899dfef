"""A score's figures as they are kept and shown. Loads little: verbs that only read come here too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from agent.instants import from_text
from agent.mapping.definitions import Definition, Method
from agent.quality.composite import Composite, percent, segments
from agent.quality.touch_points import State, TouchPoint

Row = Mapping[str, Any]


def points_of(rows: Iterable[Row]) -> list[TouchPoint]:
    """The touch points behind rows of store.scores."""
    return [_point(row) for row in rows]


def _point(row: Row) -> TouchPoint:
    return TouchPoint(
        episode=row["episode_id"],
        client=row["client_id"],
        office=row["office_id"] or "",
        activity=row["activity"],
        version=row["version"],
        weight=row["weight"],
        opens=from_text(row["opens"]),
        closes=from_text(row["closes"]),
        month=row["month"],
        csm=row["csm"],
        state=State(row["state"]),
        stands=State(row["stands"]),
        why=row["why"],
        contact=row["contact_id"],
        contact_at=from_text(row["contact_at"]),
    )


def figures_of(made: Composite, points: Sequence[TouchPoint], definition: Definition) -> dict[str, Any]:
    """A score's figures as they are kept: fractions as `3/4`, percents as texts."""
    beside = made.with_exceptions
    return {
        "method": definition.method.value,
        "by_method": {m.value: _text(made.figures.of(m)) for m in Method},
        "beside": {m.value: _text(beside.of(m)) for m in Method},
        "rates": {activity: _text(rate) for activity, rate in made.figures.rates.items()},
        "due": made.figures.due,
        "done": made.figures.done,
        "counts": {state.value: made.counts.get(state, 0) for state in State},
        "low_volume": made.low_volume,
        "with_exceptions": in_percent(_text(beside.of(definition.method)), definition),
        "with_all": in_percent(_text(made.figures.of(Method.ALL_OR_NONE)), definition),
        "segments": {v: {"due": f.due, "done": f.done} for v, f in segments(points, definition).items()},
    }


def in_percent(exact: str | None, definition: Definition) -> str | None:
    """A kept fraction in percent, rounded once (D28): `19/24` is `79.17`; None: nothing was due."""
    return None if exact is None else str(percent(Fraction(exact), definition.decimals))


def _text(exact: Fraction | None) -> str | None:
    return None if exact is None else f"{exact.numerator}/{exact.denominator}"
