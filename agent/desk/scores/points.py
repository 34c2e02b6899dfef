"""The touch points behind a score, client by client: due minutes, evidence, and what did not count and why (D30)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from agent.desk.scores.listed import definitions
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.mapping.definitions import Definition, Excluded
from agent.model import DecisionKind
from agent.quality.composite import is_done
from agent.quality.episodes import Contact
from agent.quality.touch_points import State, TouchPoint
from agent.scoring.around import Around
from agent.scoring.exceptions import touch_point_of
from agent.scoring.people import client_label, person
from agent.store import Store, care, decisions, mirror, scores

NEARBY = timedelta(days=7)
"""A contact that came earlier than this before a window opened has nothing to do with it."""
EXCLUDED_WORDS = {
    Excluded.NEVER_STARTED.value: "The client never started.",
    Excluded.SERVICE_ENDED.value: "Service ended before the window closed.",
    Excluded.BEFORE_ITS_DATE.value: "Care started before this touch point's date of effect.",
    Excluded.DUPLICATE.value: "A duplicate of another start of care.",
}
UNDONE = frozenset({State.LATE, State.MISSED})
CONTACT_ID = scores.TOUCH_POINT.index("contact_id")


class ScorePoints:
    """Touch points of one CSM and month, with what is told about their clients; read once.

    With `names` clients are named; else they are ids (D15).
    """

    def __init__(
        self,
        store: Store,
        mapping: OrgMapping,
        definition: Definition,
        points: Sequence[TouchPoint],
        now: datetime,
        *,
        names: bool,
    ) -> None:
        self._store, self._mapping, self._definition = store, mapping, definition
        self._points, self._names, self._around = points, names, Around(store, mapping, now)
        versions = (*definitions(mapping).definitions, definition)
        self._rules = {rule.activity: rule for version in versions for rule in version.touch_points}
        episodes = sorted({p.episode for p in points})
        clients = sorted({p.client for p in points})
        self._told = care.contacts_about(store, [*episodes, *clients])
        cares = [start["id"] for starts in care.starts_of(store, clients).values() for start in starts]
        kept = scores.points_of_episodes(store, cares)
        self._serves = {row[CONTACT_ID]: activity for (_, activity), row in kept.items()}
        approved = decisions.under(
            store, store.get("org_id") or "", DecisionKind.EXCEPTION_APPROVED, episodes
        )
        self._approved = {touch_point_of(approval): approval for approval in approved}
        self._agent_id = store.get("user_id")

    def named(self, activity: str) -> dict[str, Any]:
        """An activity as the definition calls it, with the pillar that it carries as a tag (I8)."""
        rule = self._rules.get(activity)
        return {
            "activity": activity,
            "label": rule.label if rule else activity,
            "pillar": rule.pillar if rule else None,
        }

    def client(self, point: TouchPoint) -> str:
        return client_label(self._store, point.client, self._names)

    def by_client(self) -> list[dict[str, Any]]:
        """Each start of care with its touch points by due time; those with something late or missed come first.

        Instants are texts on the office's clock, with their offset.
        """
        ordered = sorted(self._points, key=lambda p: (p.episode, p.closes, p.activity))
        cares = [list(own) for _, own in groupby(ordered, key=lambda p: p.episode)]
        cares.sort(key=lambda own: (all(p.state not in UNDONE for p in own), own[0].closes, own[0].episode))
        return [self._start_of_care(own) for own in cares]

    def _start_of_care(self, own: Sequence[TouchPoint]) -> dict[str, Any]:
        zone = self._around.zone(own[0].office)
        office = mirror.reference(self._store, own[0].office)
        return {
            "client": self.client(own[0]),
            "start_of_care": own[0].episode,
            "office": office[1] if office else None,
            "zone": zone.key,
            "touch_points": [self._point(p, zone) for p in own],
        }

    def _point(self, p: TouchPoint, zone: ZoneInfo) -> dict[str, Any]:
        contacts = self._contacts(p, zone)
        return {
            **self.named(p.activity),
            "version": p.version,
            "state": p.state.value,
            "stands": p.stands.value,
            "credited": is_done(p.state, self._definition),
            "why": _why(p),
            "opens": _at(p.opens, zone),
            "due": _at(p.closes, zone),
            "evidence": self._evidence(p, contacts, zone),
            "approved": self._approval(p),
            "not_counted": [
                {"id": c.id, "at": _at(c.at, zone), "by": self._person(c.by), "why": self._why_not(p, c)}
                for c in contacts
                if p.state in UNDONE and c.id != p.contact and self._is_near(p, c)
            ],
        }

    def _contacts(self, p: TouchPoint, zone: ZoneInfo) -> list[Contact]:
        told = [*self._told.get(p.episode, []), *self._told.get(p.client, [])]
        return sorted(self._around.contacts(told, p.client, zone, self._agent_id), key=lambda c: (c.at, c.id))

    def _evidence(self, p: TouchPoint, contacts: Sequence[Contact], zone: ZoneInfo) -> dict[str, Any] | None:
        if p.contact is None or p.contact_at is None:
            return None
        by = next((c.by for c in contacts if c.id == p.contact), None)
        return {"id": p.contact, "at": _at(p.contact_at, zone), "by": by and self._person(by)}

    def _approval(self, p: TouchPoint) -> dict[str, Any] | None:
        """Who approved the exception that keeps this touch point out of the count (UTC)."""
        said = self._approved.get(p.key) if p.state is State.EXCEPTION else None
        return {"by": said.by, "reason": said.reason, "at": to_text(said.at)} if said else None

    def _is_near(self, p: TouchPoint, contact: Contact) -> bool:
        """A contact of this kind within the window, or shortly before it and of no use to another one."""
        since = p.opens if contact.id in self._serves else p.opens - NEARBY
        return p.activity in contact.activities and since <= contact.at <= p.closes

    def _why_not(self, p: TouchPoint, contact: Contact) -> str:
        """Why a contact near the window did not serve this touch point."""
        if contact.id in self._serves:
            return f"it serves another one: {self.named(self._serves[contact.id])['label']}"
        if contact.by != p.csm and not self._definition.credit_cover:
            return (
                "not by the CSM who had the client when the window closed; cover needs an approved exception"
            )
        if contact.at < p.opens:
            return "before the window opened"
        return "it belongs to another start of care of this client"

    def _person(self, person_id: str) -> str:
        return person(self._store, self._mapping, person_id).called


def _why(p: TouchPoint) -> str:
    """Why it is excluded or an exception, as a sentence; "" where it counts."""
    if p.state is State.EXCEPTION:
        return f"Approved not to count: {p.why.replace('_', ' ')}."
    return EXCLUDED_WORDS.get(p.why, p.why)


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds")
