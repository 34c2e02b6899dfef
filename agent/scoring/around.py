"""What stands around a start of care in the mirror: the office's zone, and whose client it was when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from agent.days import end_of_day, start_of_day
from agent.errors import ConfigurationError
from agent.instants import from_text
from agent.mapping import OrgMapping, TouchPoints
from agent.pipeline.surroundings import Surroundings
from agent.quality.episodes import Assignment, Contact, Episode
from agent.store import Store, care, from_json

if TYPE_CHECKING:  # The reading verbs come here too, and start without the agent's own parts.
    from agent.pipeline.work import Workshop

Row = Mapping[str, Any]
ALWAYS = datetime(1, 1, 3, tzinfo=UTC)
"""Whoever has a client of whom no assignment tells has always had them."""


def early(text: str, zone: ZoneInfo) -> datetime:
    """An instant; of a date its beginning where the office is."""
    return start_of_day(date.fromisoformat(text), zone) if len(text) == 10 else from_text(text)


def late(text: str, zone: ZoneInfo) -> datetime:
    """An instant; of a date its end where the office is."""
    return end_of_day(date.fromisoformat(text), zone) if len(text) == 10 else from_text(text)


def terms_of(work: Workshop) -> TouchPoints:
    """touchpoints.toml.

    Raises:
        ConfigurationError: this org has none, so that nothing is scored.
    """
    if work.mapping.touch_points is None:
        raise ConfigurationError(["touchpoints.toml: missing from the mapping; nothing can be scored."])
    return work.mapping.touch_points


class Around:
    """Reads reference records once per batch."""

    def __init__(self, store: Store, mapping: OrgMapping, at: datetime) -> None:
        self._store, self._mapping = store, mapping
        self._around = Surroundings(store, mapping, at)
        lookups = mapping.reference.client.lookups
        self._office = next((field for field, kind in lookups.items() if kind == "office"), None)
        self._now = mapping.touch_points.assignments.now if mapping.touch_points else None

    def office_of(self, client_id: str | None) -> str | None:
        """The client's own office."""
        found: str | None = self._around.reference(client_id).get(self._office) if self._office else None
        return found

    def zone(self, office_id: str | None) -> ZoneInfo:
        return self._around.zone(office_id)[0]

    def zone_of_client(self, client_id: str | None) -> ZoneInfo:
        return self.zone(self.office_of(client_id))

    def assignments(self, clients: Sequence[str]) -> dict[str, tuple[Assignment, ...]]:
        """Client -> whose it was, oldest first. Of whom no row tells: always the CSM of the client's own lookup."""
        told = care.assignments_of(self._store, clients)
        return {client: self._assignments(client, told.get(client, [])) for client in clients}

    def _assignments(self, client: str, rows: Sequence[Row]) -> tuple[Assignment, ...]:
        if not rows:
            now = self._around.reference(client).get(self._now) if self._now else None
            return (Assignment(ALWAYS, now),)
        zone = self.zone_of_client(client)
        before = [Assignment(ALWAYS, rows[0]["before"])] if rows[0]["before"] else []
        return (*before, *(Assignment(early(row["since"], zone), row["csm"]) for row in rows))

    def episode(self, row: Row, assignments: Sequence[Assignment]) -> Episode:
        """The start of care behind a row of store.care."""
        office = row["office_id"] or self.office_of(row["client_id"])
        zone = self.zone(office)
        starts, ends, expected = row["first_shift_start"], row["first_shift_end"], row["expected_start"]
        return Episode(
            id=row["id"],
            client=row["client_id"],
            office=office or "",
            zone=zone,
            first_shift_start=early(starts, zone) if starts else None,
            first_shift_end=late(ends, zone) if ends else None,
            ended_at=late(row["ended_at"], zone) if row["ended_at"] else None,
            assignments=assignments,
            duplicate_of=row["duplicate_of"],
            expected_start=early(expected, zone) if expected else None,
        )

    def contacts(
        self, rows: Sequence[Row], client_id: str, zone: ZoneInfo, agent_id: str | None
    ) -> list[Contact]:
        """The contacts behind rows of store.care; what the agent itself wrote is no evidence (D17)."""
        return [
            Contact(
                id=row["id"],
                at=late(row["at"], zone),
                by=row["by"],
                activities=frozenset(from_json(row["activities"])),
                episode=None if row["about"] == client_id else row["about"],
            )
            for row in rows
            if row["by"] != agent_id
        ]
