"""Starts of care and contacts put into a state by hand, judged and scored by the agent's own parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.pipeline.work import Workshop
from agent.scoring.compose import compose_due
from agent.scoring.judge import judge_waiting
from agent.store import Store, care, to_json
from tests.scoring.scored_org import ScoredOrg
from tests.scoring.small_staff import MAPPING, staff

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""A Monday, 10 AM in Boston."""
LATER = datetime(2026, 4, 10, tzinfo=UTC)
"""Every window of March has closed."""
INTRODUCTION, DAY_1, DAY_7, DAY_14 = "introduction", "check_in_24h", "check_in_7d", "check_in_14d"
CHECK_INS = (DAY_1, DAY_7, DAY_14)
IN_TIME = {
    INTRODUCTION: timedelta(days=-1),
    DAY_1: timedelta(hours=5),
    DAY_7: timedelta(days=5),
    DAY_14: timedelta(days=12),
}
"""From the first shift to a contact that serves the activity in time."""
ALL = tuple(IN_TIME)


@contextmanager
def workshop(folder: Path, mapping: OrgMapping = MAPPING) -> Iterator[Workshop]:
    """An agent's parts over a state of the small staff; the org behind them is never asked."""
    org = ScoredOrg(folder)
    store = staff(folder / "state" / "sli-agent.db")
    try:
        yield replace(org.workshop("unused"), store=store, mapping=mapping)
    finally:
        store.close()
        org.close()


def episode_id(n: int) -> str:
    return f"a08{n:012}AAA"


class Care:
    """What Salesforce tells about clients, as rows of agent/store/care.py."""

    def __init__(self, store: Store) -> None:
        self._store, self._contacts = store, 0

    def start(
        self, n: int, client: str, office: str | None, at: datetime | None = START, **traits: Any
    ) -> str:
        """A start of care with a first shift of four hours."""
        row = {
            "id": episode_id(n),
            "client_id": client,
            "office_id": office,
            "first_shift_start": to_text(at),
            "first_shift_end": to_text(at + timedelta(hours=4)) if at else None,
            "expected_start": None,
            "ended_at": None,
            "duplicate_of": None,
            "deleted": 0,
            **traits,
        }
        row["hash"] = to_json(row)
        with self._store.transaction():
            care.save_episodes(self._store, [row])
            care.mark_about(self._store, [client])
        return episode_id(n)

    def assign(self, client: str, csm: str | None, since: datetime, before: str | None = None) -> None:
        key = f"{client}:{to_text(since)}"
        row = (key, client, csm, before, to_text(since), to_json([csm, before]), 0)
        with self._store.transaction():
            care.mark_about(self._store, care.save_assignments(self._store, [row]))

    def contact(self, about: str, by: str, at: datetime, activities: Iterable[str] = CHECK_INS) -> str:
        self._contacts += 1
        key = f"00T{self._contacts:012}AAA"
        row = (key, about, by, to_text(at), to_json(list(activities)), key, 0)
        with self._store.transaction():
            care.mark_about(self._store, care.save_contacts(self._store, [row]))
        return key

    def done(self, client: str, by: str, *activities: str, start: datetime = START) -> None:
        """These activities, each by a contact in time."""
        for activity in activities:
            kinds = (INTRODUCTION,) if activity == INTRODUCTION else CHECK_INS
            self.contact(client, by, start + IN_TIME[activity], kinds)

    def dashboard(self, person: str, month: str, percent: str) -> None:
        with self._store.transaction():
            care.save_dashboards(self._store, [(f"a09{person[3:]}", person, month, percent, percent, 0)])


def score(work: Workshop, through: datetime = LATER) -> None:
    """Judge and put together all that waits."""
    while judge_waiting(work, through, through):
        pass
    while compose_due(work, through):
        pass
