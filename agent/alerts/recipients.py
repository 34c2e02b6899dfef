"""Who is told: the seven roles of an intervention, each accounted for exactly once (S10, D3, D7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.mapping.alerts import ROLES
from agent.mapping.models import OrgMapping, ReferenceKind, Role
from agent.model import Audience, Person, Recipient, RoleOutcome

_ONE_ADDRESS = re.compile(r'[^@\s<>()\[\]\\,;:"]{1,64}@[^@\s<>()\[\]\\,;:"]{1,255}')


def resolve(mapping: OrgMapping, tree: Mapping[str, Any], *, has_account: bool, admin: str) -> Audience:
    """The people to tell about one intervention, and what became of each role, both in the order of S10.

    `tree` is the intervention as the REST API answers `soql_fields`: relationship objects nested along the
    roles' paths, null where a lookup is empty. A role without a reachable person is heard by its fallback
    (D7), `admin` where the mapping says "admin"; a role that needs the referral account drops out where
    there is none (D3). People are merged by address, in whatever case it is written.
    """
    heard: dict[str, Recipient] = {}
    outcomes: list[RoleOutcome] = []
    for name, role in _roles(mapping):
        if not has_account and mapping.needs_account(role):
            outcomes.append(RoleOutcome(name, "dropped", None))
            continue
        person = _person(mapping.reference.person, _follow(tree, role.path))
        how = _how(person)
        told = _told(role, person) if how == "told" and person else _stand_in(role, admin)
        key = told.address.lower()
        heard[key] = _merge(heard[key], told) if key in heard else told
        outcomes.append(RoleOutcome(name, how, heard[key].address, person.id if person else None))
    return Audience(tuple(heard.values()), tuple(outcomes))


def soql_fields(mapping: OrgMapping) -> list[str]:
    """The relationship fields a query needs so that its answer is a tree for `resolve`."""
    person = mapping.reference.person
    columns = [field for field in ("Id", person.name, person.email, person.active) if field]
    return list(dict.fromkeys(f"{role.path}.{column}" for _, role in _roles(mapping) for column in columns))


def is_one_address(text: object) -> bool:
    """True for exactly one address a mail server can be asked for: no blanks, lists or invisible signs."""
    return isinstance(text, str) and text.isprintable() and bool(_ONE_ADDRESS.fullmatch(text))


def _roles(mapping: OrgMapping) -> list[tuple[str, Role]]:
    """The seven roles in the order of S10, whatever the order in the file: two agents must agree."""
    return sorted(mapping.recipients.roles.items(), key=lambda item: ROLES.index(item[0]))


def _follow(tree: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    at: Any = tree
    for segment in path.split("."):
        at = at.get(segment) if isinstance(at, Mapping) else None
    return at if isinstance(at, Mapping) else None


def _person(fields: ReferenceKind, found: Mapping[str, Any] | None) -> Person | None:
    if found is None:
        return None
    email = found.get(fields.email) if fields.email else None
    return Person(
        id=str(found.get("Id") or ""),
        name=str(found.get(fields.name) or ""),
        email=email if is_one_address(email) else None,
        # Alerts carry health data: whoever is not known to be active does not get them.
        active=fields.active is None or found.get(fields.active) is True,
    )


def _how(person: Person | None) -> str:
    if person is None:
        return "missing"
    if not person.active:
        return "inactive"
    return "told" if person.email else "no_address"


def _told(role: Role, person: Person) -> Recipient:
    return Recipient(person.email or "", person.name, person.id, roles=(role.title,))


def _stand_in(role: Role, admin: str) -> Recipient:
    address = admin if role.fallback == "admin" else role.fallback
    return Recipient(address, "", None, fallback_for=(role.title,))


def _merge(one: Recipient, other: Recipient) -> Recipient:
    """One mail for both (D7). A person's name wins over a fallback's bare address."""
    return Recipient(
        address=one.address,
        name=one.name or other.name,
        person_id=one.person_id or other.person_id,
        roles=_union(one.roles, other.roles),
        fallback_for=_union(one.fallback_for, other.fallback_for),
    )


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one + other))
