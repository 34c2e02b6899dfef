"""What an admin should know of definitions before their first month is scored (D24, D25, D32). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agent.mapping.definitions import Definition, Definitions, Edge, TouchPointRule
from agent.quality.touch_points import State, TouchPoint

WOULD_COUNT = frozenset({State.PENDING, State.MET, State.LATE, State.MISSED})


@dataclass(frozen=True)
class Few:
    """So few of a touch point are due from a CSM in its first month that one early miss costs a lot (D25)."""

    version: str
    activity: str
    month: str
    csm: str
    due: int


def few_due(points: Mapping[tuple[str, str], Sequence[TouchPoint]], definitions: Definitions) -> list[Few]:
    """Every CSM with fewer due than the definition's `low_volume` in the first month of a touch point, or of its
    new windows.

    `points` are by CSM and month. Pending ones count as due: the warning comes before the month is over. Whoever
    has none due can miss none and is not named.
    """
    found = []
    for definition, rule, month in _firsts(definitions):
        for (csm, when), own in points.items():
            due = sum(p.activity == rule.activity and p.state in WOULD_COUNT for p in own)
            if when == month and 0 < due < definition.low_volume:
                found.append(Few(definition.version, rule.activity, month, csm, due))
    return sorted(found, key=lambda few: (few.month, few.version, few.activity, few.csm))


def changed_since_approval(definitions: Definitions, approved: Mapping[str, str]) -> list[str]:
    """A sentence for each approved version, by its hash, that is missing or no longer what was approved.

    Empty: what was approved stands as it was. An approved definition never changes; a new version is added.
    """
    present = {definition.version: definition.hash for definition in definitions.definitions}
    found = []
    for version, approved_hash in sorted(approved.items()):
        if version not in present:
            found.append(
                f"Definition {version} was approved as {approved_hash} and is missing from touchpoints.toml; "
                "put it back as it was."
            )
        elif present[version] != approved_hash:
            found.append(
                f"Definition {version} was approved as {approved_hash}, touchpoints.toml now holds "
                f"{present[version]} under that name; put it back as it was, or add a new version below it."
            )
    return found


def difference(ours: Decimal | None, dashboard: Decimal | None) -> Decimal | None:
    """Our score less the org's own figure, in percentage points; None where one of them is missing (D32)."""
    return None if ours is None or dashboard is None else ours - dashboard


def _firsts(definitions: Definitions) -> Iterator[tuple[Definition, TouchPointRule, str]]:
    """Each touch point that is new or has new windows, with the first month in which it can be due."""
    before: dict[str, tuple[Edge, Edge, date]] = {}
    for definition in definitions.definitions:
        terms = {r.activity: (r.opens, r.closes, r.since) for r in definition.touch_points}
        for rule in definition.touch_points:
            if before.get(rule.activity) != terms[rule.activity]:
                from_day = max(rule.since, definition.starts_from or rule.since)
                yield definition, rule, max(definition.first_month, f"{from_day:%Y-%m}")
        before = terms
