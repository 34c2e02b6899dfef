"""Who was told what, when, why, under which role, and what the server said; and whether the decisions hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.desk.find import find
from agent.instants import from_text
from agent.mapping import ROLES, OrgMapping
from agent.model import MessageState
from agent.pipeline.surroundings import Surroundings
from agent.rules.reasons import sentence
from agent.store import Store, from_json
from agent.store import audit as kept
from agent.sync import reading

GIVEN_UP = frozenset({MessageState.DEAD, MessageState.DROPPED})
At = Callable[[str | None], str | None]
"""An instant's text on the office's clock."""


def audit(store: Store, mapping: OrgMapping, which: str, now: datetime) -> dict[str, Any]:
    """Every notice about an intervention, also those that nobody was told of; JSON-ready.

    `which` is a record number or an id of 15 or 18 characters. Instants are texts on the office's clock, with
    their offset. What another disk told is known from Salesforce alone: outcome, roles and deliveries, not why.

    Raises:
        AgentError: no such intervention in the mirror.
    """
    row = find(store, which)
    record = reading.intervention_of(mapping, row.source, deleted=row.deleted)
    around = Surroundings(store, mapping, now)
    zone, _ = around.zone(record.office_id)

    def at(instant: str | None) -> str | None:
        return from_text(instant).astimezone(zone).isoformat(timespec="seconds") if instant else None

    epoch = store.get("epoch")
    return {
        "id": record.id,
        "number": record.number,
        "office": around.name(record.office_id),
        "zone": zone.key,
        "deleted": record.deleted,
        "notices": [_notice(store, mapping, found, epoch, at) for found in kept.notices_of(store, record.id)],
    }


def _notice(
    store: Store, mapping: OrgMapping, row: Mapping[str, Any], epoch: str | None, at: At
) -> dict[str, Any]:
    told = row["told"]
    deliveries = kept.deliveries_of(store, row["key"]) or told.get("deliveries", [])
    lines = kept.lines_about(store, row["key"], [d["message_id"] for d in deliveries if "message_id" in d])
    return {
        "key": row["key"],
        "rule": row["rule"],
        "topic": row["topic"],
        "sides": row["sides"],
        "stage": row["stage"],
        "due": at(row["due"]),
        "state": row["state"],
        "reason": row["reason"],
        "decided": _decided(row, at),
        "checked": from_json(row["checked"]) if row["checked"] else None,
        "claimed_by": row["claimed_by"],
        "claimed_here": row["claimed_by"] in {None, epoch},
        "record_id": row["record_id"],
        "told_at": at(row["told_at"]),
        "roles": _roles(mapping, told, deliveries),
        "deliveries": [{**delivery, "at": at(delivery["at"])} for delivery in deliveries],
        "log": [{**line, "at": at(line["at"])} for line in lines],
    }


def _decided(row: Mapping[str, Any], at: At) -> dict[str, Any] | None:
    """When and for which reason, with what it stands on; None where another disk decided."""
    if not row["decided_for"]:
        return None
    return {
        "at": at(row["decided_at"]),
        "reason": row["decided_for"],
        "why": sentence(row["decided_for"]),
        "inputs": row["inputs"],
    }


def _roles(
    mapping: OrgMapping, told: Mapping[str, Any], deliveries: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """How each role was accounted for (D7), who heard it for that role, and who did in the place of a refused one."""
    outcomes, addresses = told.get("roles", {}), told.get("heard_by", {})
    states = {d["address"].lower(): d["state"] for d in deliveries}
    found = []
    for name in sorted(outcomes, key=_order):
        known = mapping.recipients.roles.get(name)
        title, address = known.title if known else name, addresses.get(name)
        refused = address is None or states.get(address.lower()) in GIVEN_UP
        instead = [d["address"] for d in deliveries if title in d["fallback_for"]] if refused else []
        found.append(
            {
                "role": name,
                "title": title,
                "outcome": outcomes[name],
                "address": address,
                "in_its_place": [other for other in instead if other != address],
            }
        )
    return found


def _order(role: str) -> tuple[int, str]:
    """As S10 lists them."""
    return (list(ROLES).index(role) if role in ROLES else len(ROLES)), role
