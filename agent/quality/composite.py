"""From touch points to one figure, by any of the four methods (D20, D24, D28). Pure; fractions throughout."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from agent.mapping.definitions import Definition, Method
from agent.quality.touch_points import State, TouchPoint
from agent.rounding import half_up

COUNTED = frozenset({State.MET, State.LATE, State.MISSED})


@dataclass(frozen=True)
class Figures:
    """One set of touch points by every method, as fractions of 1; None: nothing was due (D24)."""

    by_method: Mapping[Method, Fraction | None]
    rates: Mapping[str, Fraction]
    """Activity -> its own rate; activities without anything due are left out."""
    due: int
    done: int

    def of(self, method: Method) -> Fraction | None:
        return self.by_method[method]


@dataclass(frozen=True)
class Composite:
    """The score of a month. `percent` is rounded half-up, once, at the end (D28); None: held (D24)."""

    percent: Decimal | None
    figures: Figures
    """Of record: exceptions are out of the count (D23)."""
    with_exceptions: Figures
    """The same with approved exceptions counted as their evidence stands."""
    counts: Mapping[State, int]
    low_volume: bool


def composite(points: Sequence[TouchPoint], definition: Definition) -> Composite:
    """The composite of these touch points: of one CSM and month, or of an office, a region, the company.

    `definition` is the one in force in that month. Touch points of an older version are counted by it too; an
    activity that it no longer has keeps the weight of its own version, the greater where two differ.
    """
    of_record = figures(((p, p.state) for p in points), definition)
    beside = figures(((p, p.stands) for p in points), definition)
    exact = of_record.of(definition.method)
    return Composite(
        percent=None if exact is None else percent(exact, definition.decimals),
        figures=of_record,
        with_exceptions=beside,
        counts=dict(Counter(p.state for p in points)),
        low_volume=of_record.due < definition.low_volume,
    )


def figures(points: Iterable[tuple[TouchPoint, State]], definition: Definition) -> Figures:
    """Touch points, each with the state it is counted by."""
    counted = [(p, is_done(state, definition)) for p, state in points if state in COUNTED]
    weights = weights_of((p for p, _ in counted), definition)
    by_activity = _rates(counted, lambda p: p.activity)
    by_client = _rates(counted, lambda p: p.client)
    return Figures(
        by_method={
            Method.MEAN_OF_RATES: weighted_mean(by_activity, weights),
            Method.OPPORTUNITY: weighted_mean(
                {"all": _share([done for _, done in counted])} if counted else {}
            ),
            Method.PATIENT_AVERAGE: weighted_mean(by_client),
            Method.ALL_OR_NONE: weighted_mean(
                {client: Fraction(rate == 1) for client, rate in by_client.items()}
            ),
        },
        rates=by_activity,
        due=len(counted),
        done=sum(done for _, done in counted),
    )


def segments(points: Sequence[TouchPoint], definition: Definition) -> dict[str, Figures]:
    """By version the figures of its own touch points; empty unless those that count are of more than one."""
    versions = sorted({p.version for p in points if p.state in COUNTED})
    if len(versions) < 2:
        return {}
    return {
        version: figures(((p, p.state) for p in points if p.version == version), definition)
        for version in versions
    }


def percent(exact: Fraction, decimals: int) -> Decimal:
    """A fraction of 1 in percent, half-up. Exact: no binary fraction is ever in between."""
    return half_up(100 * exact, Decimal(1).scaleb(-decimals))


def weights_of(points: Iterable[TouchPoint], definition: Definition) -> dict[str, int]:
    """Activity -> its weight by the definition; of those it no longer has, the touch points' own."""
    weights: dict[str, int] = {}
    for point in points:
        weights[point.activity] = max(point.weight, weights.get(point.activity, 0))
    return weights | {rule.activity: rule.weight for rule in definition.touch_points}


def is_done(state: State, definition: Definition) -> bool:
    """Whether a touch point that counts is credited (D22)."""
    return state is State.MET or (state is State.LATE and definition.credit_late)


def _rates(
    counted: Sequence[tuple[TouchPoint, bool]], by: Callable[[TouchPoint], str]
) -> dict[str, Fraction]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for point, done in counted:
        groups[by(point)].append(done)
    return {name: _share(group) for name, group in sorted(groups.items())}


def _share(done: Sequence[bool]) -> Fraction:
    return Fraction(sum(done), len(done))


def weighted_mean(rates: Mapping[str, Fraction], weights: Mapping[str, int] | None = None) -> Fraction | None:
    """The mean of the rates there are, equally weighted without `weights`; exact (D28). None of none."""
    if not rates:
        return None
    weighed = [(rate, (weights or {}).get(name, 1)) for name, rate in rates.items()]
    return sum((rate * weight for rate, weight in weighed), Fraction(0)) / sum(w for _, w in weighed)
