"""What stands around an intervention in the mirror: its office's zone, its directors, people on a path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.instants import from_text
from agent.mapping import OrgMapping, RoleName
from agent.model import Intervention, Side
from agent.rules.judge import Context
from agent.store import Store, mirror, story

DIRECTOR_OF_SIDE: Mapping[Side, RoleName] = {
    Side.CLIENT: "regional_director",
    Side.REFERRAL: "account_regional_director",
}
"""Whose exception counts for a side (D6)."""


class Surroundings:
    """Reads reference records once per batch; a batch sees one state of the mirror."""

    def __init__(self, store: Store, mapping: OrgMapping, complete_through: datetime) -> None:
        self._store, self._mapping = store, mapping
        self._complete_through = complete_through
        self._known: dict[str, tuple[str, str | None, dict[str, Any]] | None] = {}
        self._zones: dict[str | None, tuple[ZoneInfo, bool]] = {}
        self._ends: dict[tuple[str, str], str | None] = {}
        roles = mapping.recipients.roles
        ways = {side: (role, roles[role].way) for side, role in DIRECTOR_OF_SIDE.items()}
        self._ways = {side: (role, *self._begun(way)) for side, (role, way) in ways.items()}
        self._agent_id = store.get("user_id")
        self._tracked = {f: from_text(at) for f, at in story.tracked_since(store).items()}

    def context(self, record: Intervention, source: Mapping[str, Any]) -> Context:
        """Everything `rules.judge` needs beside the record."""
        return Context(
            mapping=self._mapping,
            zone=self.zone(record.office_id)[0],
            complete_through=self._complete_through,
            directors={side: self._directors(source, *way) for side, way in self._ways.items()},
            tracked_since=self._tracked,
            agent_id=self._agent_id,
        )

    def zone(self, office_id: str | None) -> tuple[ZoneInfo, bool]:
        """The office's time zone, and whether it is the office's own; else the mapping's default."""
        if office_id not in self._zones:
            self._zones[office_id] = self._zone(office_id)
        return self._zones[office_id]

    def _zone(self, office_id: str | None) -> tuple[ZoneInfo, bool]:
        named = self._mapping.reference.office.time_zone
        try:
            return ZoneInfo(self.reference(office_id)[named or ""]), True
        except (KeyError, TypeError, ValueError, OSError, ZoneInfoNotFoundError):  # OSError: "America"
            return ZoneInfo(self._mapping.reference.default_time_zone), False

    def name(self, record_id: str | None) -> str | None:
        found = self._look_up(record_id)
        return found[1] if found else None

    def reference(self, record_id: str | None) -> dict[str, Any]:
        """The fields of a reference record; empty where it is not known."""
        found = self._look_up(record_id)
        return found[2] if found else {}

    def region_of(self, office_id: str | None) -> str | None:
        """The id of the office's region; None where the mapping names no field for it."""
        field = self._mapping.reference.office.region
        return self.reference(office_id).get(field) if field else None

    def walk(self, source: Mapping[str, Any], path: str) -> str | None:
        """The id at the end of a relationship path from the intervention; None where it breaks off."""
        return self._end(source, *self._begun(path))

    def _begun(self, path: str) -> tuple[str, str]:
        """A path's first lookup field, and the rest of it."""
        segment, _, rest = path.partition(".")
        return self._mapping.lookup_field(segment), rest

    def _end(self, source: Mapping[str, Any], lookup: str, rest: str) -> str | None:
        record_id: str | None = source.get(lookup)
        if record_id is None or not rest:
            return record_id
        if (record_id, rest) not in self._ends:
            self._ends[record_id, rest] = self.walk(self.reference(record_id), rest)
        return self._ends[record_id, rest]

    def _directors(self, source: Mapping[str, Any], role: RoleName, lookup: str, rest: str) -> frozenset[str]:
        found = self._end(source, lookup, rest)
        if self._mapping.recipients.roles[role].directory:
            listed = self._mapping.directory.find(role, found, self.name(found))
            found = listed.user_id if listed else None
        return frozenset({found} if found else ())

    def _look_up(self, record_id: str | None) -> tuple[str, str | None, dict[str, Any]] | None:
        if record_id is None:
            return None
        if record_id not in self._known:
            self._known[record_id] = mirror.reference(self._store, record_id)
        return self._known[record_id]
