"""Who is told: the seven roles of an intervention, each accounted for exactly once (S10, D3, D7)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from agent.mapping.alerts import ROLES, Hearer, RoleName
from agent.mapping.models import OrgMapping, ReferenceKind, Role
from agent.model import Audience, Person, Recipient, RoleOutcome, Side

_ONE_ADDRESS = re.compile(r'[^@\s<>()\[\]\\,;:"]{1,64}@[^@\s<>()\[\]\\,;:"]{1,255}')


def resolve(
    mapping: OrgMapping,
    tree: Mapping[str, Any],
    *,
    has_account: bool,
    admin: str,
    hearers: Sequence[Hearer] = ROLES,
    sides: Sequence[Side] = (),
) -> Audience:
    """The people to tell about one intervention, and what became of each role, both in the order of S10.

    `tree` is the intervention as the REST API answers `soql_fields`: relationship objects nested along the
    roles' paths, null where a lookup is empty. A role without a reachable person is heard by its fallback
    (D7), `admin` where the mapping says "admin"; a role that needs the referral account drops out where
    there is none (D3). People are merged by address, in whatever case it is written.

    `hearers` are the roles to tell, "side_owner" standing for the owners of `sides` (D16). A side's owner never
    drops out: nobody else would hear of that side.
    """
    heard: dict[str, Recipient] = {}
    outcomes: list[RoleOutcome] = []
    owners = _owners(mapping, hearers, sides)
    asked = hearing_roles(mapping, hearers, sides)
    for name, role in _roles(mapping):
        if name not in asked:
            continue
        if not has_account and mapping.needs_account(role) and name not in owners:
            outcomes.append(RoleOutcome(name, "dropped", None))
            continue
        person = _holder(mapping, name, role, tree)
        how = _how(person)
        told = _told(role, person) if how == "told" and person else _stand_in(role, admin)
        address = _add(heard, told).address
        outcomes.append(RoleOutcome(name, how, address, (person.id or None) if person else None))
    return Audience(tuple(heard.values()), tuple(outcomes))


def hearing_roles(
    mapping: OrgMapping, hearers: Sequence[Hearer], sides: Sequence[Side]
) -> frozenset[RoleName]:
    """The roles that are told, with the owners of these sides in place of "side_owner"."""
    named = frozenset(hearer for hearer in hearers if hearer != "side_owner")
    return named | _owners(mapping, hearers, sides)


def _owners(mapping: OrgMapping, hearers: Sequence[Hearer], sides: Sequence[Side]) -> frozenset[RoleName]:
    owners = mapping.recipients.side_owners
    return frozenset(owners[side] for side in sides) if "side_owner" in hearers else frozenset()


def without_refused(
    mapping: OrgMapping, audience: Audience, refused: Collection[str], admin: str
) -> tuple[Recipient, ...]:
    """Who hears it where the mail server has refused some of the addresses for good: their roles' fallbacks in
    their place (D7). `refused` are in lower case; who stands in and is refused as well hears nothing more."""
    heard: dict[str, Recipient] = {}
    for recipient in audience.recipients:
        if recipient.address.lower() not in refused:
            _add(heard, recipient)
            continue
        for stand_in in stand_ins(mapping, recipient, admin):
            if stand_in.address.lower() not in refused:
                _add(heard, stand_in)
    return tuple(heard.values())


def stand_ins(mapping: OrgMapping, recipient: Recipient, admin: str) -> list[Recipient]:
    """Who hears it in the place of somebody who cannot be reached: one for each fallback of the roles held."""
    by_title = {role.title: role for role in mapping.recipients.roles.values()}
    heard: dict[str, Recipient] = {}
    for title in recipient.roles:
        if title in by_title:
            _add(heard, _stand_in(by_title[title], admin))
        else:
            _add(heard, Recipient(admin, "", None, fallback_for=(title,)))
    return list(heard.values())


def soql_fields(mapping: OrgMapping) -> list[str]:
    """The relationship fields a query needs so that its answer is a tree for `resolve`."""
    person = mapping.reference.person
    of_person = [field for field in ("Id", person.name, person.email, person.active) if field]
    found: dict[str, None] = {}
    for _, role in _roles(mapping):
        columns = ["Id", mapping.end_of(role.way).name] if role.directory else of_person
        found |= dict.fromkeys(f"{role.way}.{column}" for column in columns)
    return list(found)


def is_one_address(text: object) -> bool:
    """True for exactly one address a mail server can be asked for: no blanks, lists or invisible signs."""
    return isinstance(text, str) and text.isprintable() and bool(_ONE_ADDRESS.fullmatch(text))


def _roles(mapping: OrgMapping) -> list[tuple[RoleName, Role]]:
    """The seven roles in the order of S10, whatever the order in the file: two agents must agree."""
    return sorted(mapping.recipients.roles.items(), key=lambda item: ROLES.index(item[0]))


def _holder(mapping: OrgMapping, name: RoleName, role: Role, tree: Mapping[str, Any]) -> Person | None:
    """Who holds a role: the person at the end of its path, or whom the directory names for the record there."""
    found = _follow(tree, role.way)
    if role.directory is None:
        return _person(mapping.reference.person, found)
    key = found or {}
    listed = mapping.directory.find(name, key.get("Id"), key.get(mapping.end_of(role.way).name))
    return Person(listed.user_id or "", listed.name, listed.email, active=True) if listed else None


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
    return Recipient(person.email or "", person.name, person.id or None, roles=(role.title,))


def _stand_in(role: Role, admin: str) -> Recipient:
    address = admin if role.fallback == "admin" else role.fallback
    return Recipient(address, "", None, fallback_for=(role.title,))


def _add(heard: dict[str, Recipient], told: Recipient) -> Recipient:
    """One recipient more, by the address in lower case; whoever hears it already is told both."""
    key = told.address.lower()
    heard[key] = merge(heard[key], told) if key in heard else told
    return heard[key]


def merge(one: Recipient, other: Recipient) -> Recipient:
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
