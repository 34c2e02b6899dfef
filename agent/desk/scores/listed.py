"""Quality scores of a month: of each CSM, of an office, a region and the company (D20 to D25, D32)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from agent.errors import AgentError, ConfigurationError
from agent.incentive.months import Ledger, month_of
from agent.mapping import OrgMapping
from agent.mapping.definitions import Definition, Definitions, Method, NoDefinition
from agent.model import DecisionKind
from agent.pipeline.org_time import org_now
from agent.pipeline.surroundings import Surroundings
from agent.quality.checking import difference
from agent.quality.composite import composite
from agent.quality.touch_points import State
from agent.scoring import locks
from agent.scoring.figures import figures_of, in_percent, points_of
from agent.scoring.people import person
from agent.scoring.plans import broken_promises
from agent.store import Store, care, decisions, mirror, scores

Row = Mapping[str, Any]
Place = tuple[str, str]
"""An office or a region: name and record id."""
NOT_COUNTED = frozenset({State.EXCLUDED, State.EXCEPTION})
NO_OFFICE, NO_REGION = "No office", "No region"


def definitions(mapping: OrgMapping) -> Definitions:
    """Every version of the definition.

    Raises:
        ConfigurationError: this org scores nothing.
    """
    if mapping.touch_points is None:
        raise ConfigurationError(
            [
                "The mapping has no touchpoints.toml, so nothing is scored. Add one (mappings/README.md says how)."
            ]
        )
    return mapping.touch_points.all_definitions


def definition_of(mapping: OrgMapping, month: str) -> Definition:
    """The definition in force in a month.

    Raises:
        AgentError: there is none (D24); the sentence says from when on there is.
    """
    try:
        return definitions(mapping).of(month)
    except NoDefinition as error:
        raise AgentError(str(error)) from None


def newest_month(store: Store, mapping: OrgMapping, now: datetime) -> str | None:
    """The newest month, up to the present one, in which anything was due; None: there is none yet."""
    here = org_now(store, now).astimezone(Surroundings(store, mapping, now).zone(None)[0])
    return scores.newest_due(store, f"{here:%Y-%m}")


class Month:
    """The scores of one month, each as a row that is ready for JSON: percents as texts, exact counts.

    Every figure is one of `method`, where that is given in place of the definition's own. Offices, regions and the
    company are reckoned from all their touch points as they stand now, not from the scores of their CSMs.

    Raises:
        AgentError: no definition is in force in this month (D24).
    """

    def __init__(
        self, store: Store, mapping: OrgMapping, month: str, now: datetime, method: Method | None = None
    ) -> None:
        self._store, self._mapping, self.month = store, mapping, month
        self.definition = definition_of(mapping, month)
        self._all, self._method = definitions(mapping), method
        self._org_id = store.get("org_id") or ""
        self._around = Surroundings(store, mapping, now)
        self._dashboards = care.dashboards_of(store, month)
        self.stand_still = broken_promises(store, mapping, self._org_id)
        """A sentence for each approved definition that was changed: no figure moves until it is back (I5)."""

    @cached_property
    def _points(self) -> list[Row]:
        return scores.points(self._store, self.month)

    def answer(self, groups: Sequence[Row]) -> dict[str, Any]:
        """What is said about the month, around the rows that were asked for."""
        own = self.definition
        return {
            "month": self.month,
            "definition": {"version": own.version, "method": own.method.value, "hash": own.hash},
            "method": (self._method or own.method).value,
            "groups": list(groups),
            "months": scores.months(self._store),
            "stand_still": self.stand_still,
        }

    def everybody(self) -> list[Row]:
        """One group: each CSM who has anything in this month, by name."""
        ids = {row["csm"] for row in scores.scores(self._store, self.month)}
        return [self._group(None, self._csms(ids | self._locked()), self._points)]

    def _locked(self) -> set[str]:
        """Whose score of this month was ever locked: it stands, whatever became of its touch points (D29)."""
        told = map(
            month_of, decisions.under(self._store, self._org_id, DecisionKind.MONTH_LOCKED, [Ledger.SCORE])
        )
        return {at.person for at in told if at is not None and at.month == self.month}

    def of_csm(self, person_id: str) -> list[Row]:
        """One group: this person alone, or nobody where nothing was theirs."""
        return [self._group(None, self._csms([person_id]))]

    def of_offices(self, wanted: str) -> list[Row]:
        """Each office whose name holds the text, with its CSMs; a CSM's line is of all their clients."""
        split = self._split(self._points, self._office, wanted, "office")
        return [
            self._group(self._total("office", name, own), self._csms({p["csm"] for p in own}), own)
            for (name, _), own in split.items()
        ]

    def of_regions(self, wanted: str) -> list[Row]:
        """Each region whose name holds the text, with its offices."""
        split = self._split(self._points, self._region, wanted, "region")
        return [
            self._group(
                self._total("region", name, own), self._totals("office", self._split(own, self._office)), own
            )
            for (name, _), own in split.items()
        ]

    def of_company(self) -> list[Row]:
        """The company, with its regions."""
        parts = self._totals("region", self._split(self._points, self._region))
        return [self._group(self._total("company", "Company", self._points), parts, self._points)]

    def csm(self, person_id: str) -> dict[str, Any] | None:
        """The score of a CSM's month as it is published: locked where it is locked. None: nothing was theirs."""
        found = locks.published(self._store, self._org_id, person_id, self.month)
        if found is None or not any(found.figures["counts"].values()):
            return None
        who = person(self._store, self._mapping, person_id)
        by = next((d for d in self._all.definitions if d.version == found.version), self.definition)
        shown = self._shown(found.figures, by)
        if self._method is None:
            shown["percent"] = found.percent
        dashboard = self._dashboards.get(person_id)
        revisions = scores.revisions(self._store, person_id, self.month)
        return {
            "of": "csm",
            "id": who.id,
            "name": who.called,
            "employee": who.number,
            **shown,
            "dashboard": dashboard,
            "difference": _less(shown["percent"], dashboard),
            "state": found.state.value,
            "held": found.held,
            "revisions": len(revisions),
            "revised": revisions[-1]["percent"] if revisions else None,
        }

    def _group(self, total: Row | None, parts: Sequence[Row], points: Sequence[Row] = ()) -> Row:
        """A total and what it is made of; `nobodys` are those of these touch points that are in no CSM's score."""
        nobodys = [self._nobodys(p) for p in points if p["csm"] is None and p["state"] not in NOT_COUNTED]
        return {"total": total, "parts": list(parts), "nobodys": nobodys}

    def _nobodys(self, point: Row) -> Row:
        zone, _ = self._around.zone(point["office_id"])
        return {
            "touch_point": f"{point['episode_id']}:{point['activity']}",
            "client": point["client_id"],
            "office": self._office(point)[0],
            "zone": zone.key,
            "due": point["closes"],
            "state": point["state"],
        }

    def _csms(self, ids: Iterable[str | None]) -> list[Row]:
        rows = [row for one in ids if one and (row := self.csm(one))]
        return sorted(rows, key=lambda row: (row["name"].lower(), row["id"]))

    def _total(self, of: str, name: str, points: Sequence[Row]) -> Row:
        judged = points_of(points)
        figures = figures_of(composite(judged, self.definition), judged, self.definition)
        people = {p["csm"] for p in points if p["csm"]}
        return {"of": of, "name": name, "csms": len(people), **self._shown(figures, self.definition)}

    def _totals(self, of: str, split: Mapping[Place, Sequence[Row]]) -> list[Row]:
        return [self._total(of, name, points) for (name, _), points in split.items()]

    def _shown(self, figures: Row, by: Definition) -> dict[str, Any]:
        """A row's figures, by the method that is asked for."""
        method = self._method or Method(figures["method"])
        counts = figures["counts"]
        return {
            "percent": in_percent(figures["by_method"][method.value], by),
            "due": figures["due"],
            "done": figures["done"],
            **{state.value: counts[state.value] for state in State},
            "with_all": figures["with_all"],
            "with_exceptions": in_percent(figures["beside"][method.value], by),
            "low_volume": figures["low_volume"],
        }

    def _split(
        self, points: Sequence[Row], by: Callable[[Row], Place], wanted: str = "", kind: str = ""
    ) -> dict[Place, list[Row]]:
        """Touch points by their office or region, in the order of names; two of one name stand apart.

        Raises:
            AgentError: no name holds the text that is wanted.
        """
        found: dict[Place, list[Row]] = {}
        for point in points:
            found.setdefault(by(point), []).append(point)
        split = {place: found[place] for place in sorted(found) if wanted.lower() in place[0].lower()}
        if wanted and not split:
            known = ", ".join(sorted(mirror.references_of(self._store, kind).values()))
            raise AgentError(
                f"No {kind} whose name holds {wanted!r} has a touch point in {self.month}. Known: {known}."
            )
        return split

    def _office(self, point: Row) -> Place:
        return self._place(point["office_id"], NO_OFFICE)

    def _region(self, point: Row) -> Place:
        return self._place(self._around.region_of(point["office_id"]), NO_REGION)

    def _place(self, record_id: str | None, nowhere: str) -> Place:
        name = self._around.name(record_id)
        return (name, record_id or "") if name else (nowhere, "")


def _less(ours: str | None, dashboard: str | None) -> str | None:
    """Our figure less the Quality Dashboard's, in percentage points: `-0.83` (D32)."""
    figures = (None if text is None else Decimal(text) for text in (ours, dashboard))
    found = difference(*figures)
    return None if found is None else str(found)
