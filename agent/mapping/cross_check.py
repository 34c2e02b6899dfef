"""Mistakes in a mapping that one file alone cannot know: paths, roles, and what is both read and written."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.mapping.alerts import ROLES
from agent.mapping.models import OrgMapping, Role
from agent.model import Side


def cross_check(mapping: OrgMapping) -> list[str]:
    """A line per mistake, as `load` tells them; none where the files fit together."""
    problems = [
        f"intervention.toml: sides.{side}: missing; both sides must be mapped (D0)"
        for side in Side
        if side not in mapping.intervention.sides
    ]
    problems += [
        f"recipients.toml: roles.{role}: missing; all seven roles of S10 must be there"
        for role in ROLES
        if role not in mapping.recipients.roles
    ]
    for name, role in mapping.recipients.roles.items():
        problems += _check_role(mapping, f"recipients.toml: roles.{name}", role)
    problems += _check_zone(mapping.reference.default_time_zone)
    problems += _check_written_once(mapping)
    return problems


def _check_role(mapping: OrgMapping, where: str, role: Role) -> list[str]:
    """A role is found over lookups alone, or in a directory by a record at the end of lookups."""
    if role.path and not (role.directory or role.by):
        return _check_path(mapping, f"{where}.path", role.path, to_person=True)
    if role.directory and role.by and not role.path:
        return _check_path(mapping, f"{where}.by", role.by, to_person=False)
    return [
        f"{where}: give either path, or directory and by: the file and the lookups to the record that is its key"
    ]


def _check_path(mapping: OrgMapping, where: str, path: str, *, to_person: bool) -> list[str]:
    """A path must lead over declared lookups, and a role's own to a person."""
    kinds = mapping.reference.kinds()
    lookups: dict[str, str] = mapping.lookups_of_intervention()
    at = mapping.intervention.object
    kind = ""
    for segment in path.split("."):
        field = mapping.lookup_field(segment)
        if field not in lookups:
            known = ", ".join(sorted(lookups)) or "none"
            return [f"{where}: {segment!r} needs the lookup {field}, unknown on {at} (known: {known}); "
                    f"declare it under [{kind}.lookups] in reference.toml or mend the path"]  # fmt: skip
        kind = lookups[field]
        lookups, at = dict(kinds[kind].lookups), kinds[kind].object
    if to_person and kind != "person":
        return [f"{where}: leads to {kind} ({at}), not to a person"]
    return []


def _check_zone(zone: str) -> list[str]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, "America"
        return [
            f"reference.toml: default_time_zone: {zone!r} is no IANA time zone (example: America/Chicago)"
        ]
    return []


def _check_written_once(mapping: OrgMapping) -> list[str]:
    """No two values go to one field, and nothing is written into a field the agent judges by (D17)."""
    problems: list[str] = []
    read = mapping.intervention.read_fields()
    taken: dict[str, str] = {}
    for name, target in mapping.write_back.fields().items():
        where = f"write_back.toml: {name}.field: {target.field}"
        if target.field in read:
            problems.append(
                f"{where} is read in intervention.toml; the agent never writes what it judges by (D17)"
            )
        if target.field in taken:
            problems.append(f"{where} already receives {taken[target.field]}; give each value its own field")
        taken.setdefault(target.field, name)
    return problems
