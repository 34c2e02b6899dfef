"""What each touch point that was missed or late would have been worth (D30). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from agent.mapping.definitions import Definition
from agent.quality.composite import figures, percent
from agent.quality.touch_points import State, TouchPoint


@dataclass(frozen=True)
class OneMore:
    """The score of the month had this touch point been met, and all else as it is."""

    point: TouchPoint
    exact: Fraction
    """A fraction of 1."""
    gain: Fraction
    """By how much that is more than the score as it is."""
    percent: Decimal
    """`exact` in percent, rounded half-up once (D28)."""


def one_more(points: Sequence[TouchPoint], definition: Definition) -> list[OneMore]:
    """For each touch point of these that counts and was not credited; the most valuable first, then by time.

    Those that an exception leaves out of the count would add nothing to the score of record, and are not here.
    """
    now = figures(((p, p.state) for p in points), definition).of(definition.method)
    uncredited = {State.MISSED} if definition.credit_late else {State.MISSED, State.LATE}
    # A score knows activities and clients: two misses of one client and activity are worth the same.
    worth: dict[tuple[str, str], Fraction] = {}
    found = []
    for n, point in enumerate(points):
        if point.state not in uncredited or now is None:
            continue
        alike = (point.client, point.activity)
        if alike not in worth:
            better = [*points[:n], replace(point, state=State.MET), *points[n + 1 :]]
            worth[alike] = figures(((p, p.state) for p in better), definition).of(
                definition.method
            ) or Fraction(0)
        exact = worth[alike]
        found.append(OneMore(point, exact, exact - now, percent(exact, definition.decimals)))
    return sorted(found, key=lambda more: (-more.exact, more.point.closes, more.point.key))
