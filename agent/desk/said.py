"""What people said about interventions: the silence in force over each, and its acknowledgements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from agent.alerts.silences import name_of
from agent.model import DecisionKind, HumanDecision, Intervention
from agent.pipeline.decisions import in_force, place_of
from agent.pipeline.org_time import org_now
from agent.pipeline.surroundings import Surroundings
from agent.store import Store, decisions


class Said:
    """Read once for a whole list. `now` is this machine's."""

    def __init__(self, store: Store, around: Surroundings, now: datetime) -> None:
        org_id = store.get("org_id") or ""
        self._store = store
        self._silence = in_force(store, org_id, around, org_now(store, now))
        self._acknowledged: dict[str, list[HumanDecision]] = {}
        for decision in decisions.of(store, org_id, DecisionKind.ACKNOWLEDGED):
            self._acknowledged.setdefault(decision.about, []).append(decision)

    def about(self, record: Intervention, at: Callable[[datetime], str | None]) -> dict[str, Any]:
        """`silence` (None where there is none) and `acknowledged`, oldest first; JSON-ready. `at` words an instant."""
        found = self._silence(record.id, record.office_id)
        return {
            "silence": self._quiet(*found, at) if found else None,
            "acknowledged": _heard(self._acknowledged.get(record.id, ()), at),
        }

    def _quiet(
        self, silence: HumanDecision, end: datetime, at: Callable[[datetime], str | None]
    ) -> dict[str, Any]:
        return {
            "name": name_of(silence),
            "place": place_of(self._store, silence.about),
            "by": silence.by,
            "reason": silence.reason,
            "until": at(end),
        }


def _heard(said: Sequence[HumanDecision], at: Callable[[datetime], str | None]) -> list[dict[str, Any]]:
    return [{"by": d.by, "at": at(d.at), "note": d.reason} for d in said]
