"""The quality score as a statement shows it: every touch point, and what one more would have made of it (D30)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agent.desk.words import counted
from agent.errors import AgentError
from agent.incentive.months import MonthState
from agent.incentive.statement import NOTHING, Detail, Evidence
from agent.instants import from_text
from agent.mapping import OrgMapping
from agent.mapping.definitions import Definition, Definitions, NoDefinition
from agent.quality.composite import composite
from agent.quality.explain import one_more
from agent.quality.touch_points import State
from agent.scoring.around import Around
from agent.scoring.figures import figures_of, in_percent, points_of
from agent.scoring.locks import Published
from agent.store import Store, scores

Row = Mapping[str, Any]
Key = tuple[str, str]
"""A touch point: episode, activity."""
MET = {"state": State.MET.value, "stands": State.MET.value, "why": "supposed"}


@dataclass(frozen=True)
class Scored:
    """A CSM's score of a month in percent; None: `why` says what holds it, or that it was left out."""

    percent: Decimal | None
    why: str
    evidence: Evidence = NOTHING
    if_met: Mapping[Key, Decimal] = field(default_factory=dict)
    """As in incentive.csm.Results."""
    left_out: bool = False
    also_held: tuple[str, ...] = ()


def scored(
    store: Store, mapping: OrgMapping, around: Around, person_id: str, month: str, found: Published | None
) -> Scored:
    """The score that was found, locked or as it is known now. The touch points are as they stand now."""
    try:
        definition = definitions(mapping).of(month)
    except NoDefinition as error:
        return Scored(None, str(error))
    if found is None:
        return Scored(None, "no touch point of this month is theirs, so nothing was due (D24)")
    rows = scores.points(store, month, person_id)
    # How far the month of the score has come is no part of the figures: pay may be approved before it is locked.
    later = [("Later revisions", f"{found.revision} beside what was locked")] if found.revision else []
    facts = (*later, *_facts(found.figures, found.version, definition))
    evidence = Evidence(facts, tuple(_detail(around, row) for row in rows))
    if found.percent is None and found.held:
        return Scored(None, "nothing was due (D24): say how it counts with sli-agent month resolve", evidence)
    if found.percent is None:
        return Scored(None, "left out, as somebody decided (D24)", evidence, left_out=True)
    # Touch points that moved since the score was locked say nothing of what one more would make of it.
    moved = found.state is MonthState.LOCKED and found.revision > 0
    better = {} if moved else {more.point.key: more.percent for more in one_more(points_of(rows), definition)}
    return Scored(Decimal(found.percent), "", evidence, better, also_held=_waits(found.figures))


def _waits(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """What keeps a score from being final."""
    pending = figures.get("counts", {}).get(State.PENDING.value, 0)
    return (f"{counted(pending, 'touch point')} still pending",) if pending else ()


def supposed(
    store: Store, mapping: OrgMapping, around: Around, person_id: str, month: str, met: Collection[Key]
) -> Scored:
    """The score of the touch points as they stand now, had these been met.

    Raises:
        AgentError: one of them is not this person's in this month, or counts nowhere; or no definition is in force.
    """
    try:
        definition = definitions(mapping).of(month)
    except NoDefinition as error:
        raise AgentError(str(error)) from None
    rows = _with_met(scores.points(store, month, person_id), met)
    points = points_of(rows)
    made = composite(points, definition)
    figures = figures_of(made, points, definition)
    facts = (("The score is", "supposed"), *_facts(figures, definition.version, definition))
    better = {more.point.key: more.percent for more in one_more(points, definition)}
    why = "" if made.percent is not None else "nothing would be due (D24)"
    evidence = Evidence(facts, tuple(_detail(around, row) for row in rows))
    return Scored(made.percent, why, evidence, better, also_held=_waits(figures))


def _with_met(rows: Sequence[Row], met: Collection[Key]) -> list[Row]:
    known = {(row["episode_id"], row["activity"]): row for row in rows}
    for key in met:
        if key not in known or known[key]["state"] == State.EXCLUDED:
            why = (
                "is excluded: it counts nowhere"
                if key in known
                else "is not a touch point of theirs in this month"
            )
            raise AgentError(
                f"{':'.join(key)} {why}.",
                hint="`incentive statement --format csv` lists their touch points by episode and activity.",
            )
    return [{**row, **MET} if key in met else row for key, row in known.items()]


def definitions(mapping: OrgMapping) -> Definitions:
    """Every definition there is.

    Raises:
        NoDefinition: this org scores nothing.
    """
    if mapping.touch_points is None:
        raise NoDefinition("touchpoints.toml is missing from the mapping: nothing is scored.")
    return mapping.touch_points.all_definitions


def _facts(figures: Mapping[str, Any], version: str, definition: Definition) -> Iterator[tuple[str, str]]:
    method = str(figures.get("method") or definition.method.value).replace("_", " ")
    yield "Definition", f"{version or definition.version}, by the method {method}"
    labels = {rule.activity: rule.label for rule in definition.touch_points}
    rates: Mapping[str, str] = figures.get("rates", {})
    for activity in (*(a for a in labels if a in rates), *(a for a in rates if a not in labels)):
        yield labels.get(activity, activity), f"{in_percent(rates[activity], definition)} %"
    yield "Touch points", f"{figures.get('done', 0)} of {figures.get('due', 0)} done; {_counts(figures)}"
    if figures.get("with_all") is not None:
        yield "Clients with all of theirs", f"{figures['with_all']} %"
    if figures.get("with_exceptions") is not None:
        yield "With exceptions counted", f"{figures['with_exceptions']} %"
    if figures.get("low_volume") and figures.get("due"):
        yield "Low volume", f"fewer than {definition.low_volume} were due: each weighs much"
    for segment, part in figures.get("segments", {}).items():
        yield f"By definition {segment}", f"{part['done']} of {part['due']} done"


def _counts(figures: Mapping[str, Any]) -> str:
    counted: Iterable[tuple[str, int]] = figures.get("counts", {}).items()
    return ", ".join(f"{number} {state}" for state, number in counted if number) or "none"


def _detail(around: Around, row: Row) -> Detail:
    zone = around.zone(row["office_id"])
    return Detail(
        "touch point",
        row["client_id"],
        row["state"],
        _local(row["closes"], zone),
        why=row["why"],
        episode=row["episode_id"],
        activity=row["activity"],
        version=row["version"],
        evidence=row["contact_id"] or "",
        evidence_at=_local(row["contact_at"], zone) if row["contact_at"] else "",
    )


def _local(instant: str, zone: ZoneInfo) -> str:
    """To the minute, on the office's clock: `2026-03-08T23:59-05:00`."""
    return from_text(instant).astimezone(zone).isoformat(timespec="minutes")
