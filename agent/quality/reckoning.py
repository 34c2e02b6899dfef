"""How a figure came about, as a line of arithmetic that anybody can do again (D20, D30). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agent.mapping.definitions import Definition, Method
from agent.quality.composite import COUNTED, figures, is_done, percent, weights_of
from agent.quality.touch_points import State, TouchPoint

Share = tuple[int, int]
"""How many were done, of how many due."""
Counted = Sequence[tuple[TouchPoint, State]]


@dataclass(frozen=True)
class ActivityRate:
    """What one activity contributes."""

    activity: str
    weight: int
    done: int
    due: int


def activity_rates(points: Iterable[TouchPoint], definition: Definition) -> list[ActivityRate]:
    """In the definition's order; those it no longer has come last, those of which nothing was due not at all."""
    counted = [(p, p.state) for p in points if p.state in COUNTED]
    weights = weights_of((p for p, _ in counted), definition)
    shares = _shares(counted, lambda p: p.activity, definition)
    order = {rule.activity: n for n, rule in enumerate(definition.touch_points)}
    names = sorted(shares, key=lambda name: (order.get(name, len(order)), name))
    return [ActivityRate(name, weights[name], *shares[name]) for name in names]


def reckoning(points: Sequence[TouchPoint], definition: Definition, method: Method) -> str:
    """`(3/3 + 2/3 + 2/2 + 1/2) / 4 = 19/24 = 79.17 %`; "" where nothing was due (D24)."""
    counted = [(p, p.state) for p in points if p.state in COUNTED]
    exact = figures(counted, definition).of(method)
    if exact is None:
        return ""
    way = {
        Method.MEAN_OF_RATES: lambda: _of_rates(activity_rates(points, definition)),
        Method.OPPORTUNITY: lambda: _plain(is_done(state, definition) for _, state in counted),
        Method.PATIENT_AVERAGE: lambda: _of_clients(_clients(counted, definition)),
        Method.ALL_OR_NONE: lambda: _plain(done == due for done, due in _clients(counted, definition)),
    }[method]()
    fraction = f"{exact.numerator}/{exact.denominator}"
    steps = [way, *([fraction] if fraction != way and exact.denominator > 1 else [])]
    return f"{' = '.join(steps)} = {percent(exact, definition.decimals)} %"


def _of_rates(rates: Sequence[ActivityRate]) -> str:
    terms = [_times(rate.weight, (rate.done, rate.due)) for rate in rates]
    return _mean(terms, sum(rate.weight for rate in rates))


def _of_clients(shares: Sequence[Share]) -> str:
    """Clients with equal shares as one term, the best first."""
    alike = Counter(shares)
    best = sorted(alike, key=lambda share: (-share[0] / share[1], -share[1]))
    return _mean([_times(alike[share], share) for share in best], len(shares))


def _mean(terms: Sequence[str], number: int) -> str:
    return terms[0] if number == 1 else f"({' + '.join(terms)}) / {number}"


def _times(number: int, share: Share) -> str:
    done, due = share
    return f"{done}/{due}" if number == 1 else f"{number} x {done}/{due}"


def _plain(done: Iterable[bool]) -> str:
    each = list(done)
    return f"{sum(each)}/{len(each)}"


def _clients(counted: Counted, definition: Definition) -> list[Share]:
    return list(_shares(counted, lambda p: p.client, definition).values())


def _shares(counted: Counted, by: Callable[[TouchPoint], str], definition: Definition) -> dict[str, Share]:
    found: dict[str, Share] = {}
    for point, state in counted:
        done, due = found.get(by(point), (0, 0))
        found[by(point)] = (done + is_done(state, definition), due + 1)
    return found
