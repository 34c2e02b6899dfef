"""Reading a mapping folder: every mistake in every file at once, named by file and key."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from agent.errors import ConfigurationError
from agent.mapping.alerts import ROLES
from agent.mapping.directory import Directory, Listed
from agent.mapping.directory import read as read_directory
from agent.mapping.incentive import Incentive
from agent.mapping.models import (
    Chatter,
    InterventionMapping,
    OrgMapping,
    Recipients,
    Reference,
    Role,
    Rules,
)
from agent.mapping.scoring import TouchPoints
from agent.mapping.write_back import WriteBack
from agent.model import Side

FILES: dict[str, type[BaseModel]] = {
    "intervention": InterventionMapping,
    "chatter": Chatter,
    "reference": Reference,
    "recipients": Recipients,
    "rules": Rules,
    "write_back": WriteBack,
}
OPTIONAL: dict[str, type[BaseModel]] = {"touchpoints": TouchPoints, "incentive": Incentive}
"""Files of an org that has quality scores, and of one that pays by them."""
READ_ANEW = ("intervention", "chatter", "reference", "write_back")
"""Files whose change asks for everything to be read again; the others only for new judgements."""


def load(folder: Path) -> OrgMapping:
    """The mapping in this folder.

    Raises:
        ConfigurationError: one line per mistake, `file.toml: key: what is wrong and how to mend it`.
    """
    if not folder.is_dir():
        raise ConfigurationError(
            [
                f"{folder}: no such folder. Set SLI_MAPPINGS to the folder that maps this org; "
                "mappings/README.md tells how to make one."
            ]
        )
    problems: list[str] = []
    digests: dict[str, bytes] = {}
    parts: dict[str, Any] = {}
    for name, model in FILES.items():
        part = _read(folder / f"{name}.toml", model, digests, problems)
        if part is not None:
            parts[name] = part
    scoring = _optional(folder, digests, problems)
    if problems:
        raise ConfigurationError(problems)
    directory, lists = _directory(folder, parts["recipients"], digests, problems)
    if problems:
        raise ConfigurationError(problems)
    mapping = OrgMapping(
        version=_version(digests, (*FILES, *lists)),
        reading_version=_version(digests, READ_ANEW),
        directory=directory,
        touch_points=scoring.get("touchpoints"),
        incentive=scoring.get("incentive"),
        scoring_version=_version(
            digests, [*(name for name in OPTIONAL if name in digests), "reference", "write_back"]
        ),
        **parts,
    )
    problems = _cross_check(mapping)
    if problems:
        raise ConfigurationError(problems)
    return mapping


def _version(digests: Mapping[str, bytes], names: Iterable[str]) -> str:
    return hashlib.sha256(b"".join(digests[name] for name in names)).hexdigest()[:16]


def _optional(folder: Path, digests: dict[str, bytes], problems: list[str]) -> dict[str, Any]:
    """The files that an org may do without; incentives need scores."""
    there = {name: model for name, model in OPTIONAL.items() if (folder / f"{name}.toml").exists()}
    if "incentive" in there and "touchpoints" not in there:
        problems.append(
            f"touchpoints.toml: missing from {folder}; incentive.toml pays by the quality score it defines. "
            "Copy it from mappings/sandbox and adapt it."
        )
    return {name: _read(folder / f"{name}.toml", model, digests, problems) for name, model in there.items()}


def _read(
    path: Path, model: type[BaseModel], digests: dict[str, bytes], problems: list[str]
) -> BaseModel | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        problems.append(
            f"{path.name}: missing from {path.parent}. Copy it from mappings/sandbox and adapt it."
        )
        return None
    digests[path.stem] = hashlib.sha256(raw).digest()
    try:
        return model.model_validate(tomllib.loads(raw.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}: not valid TOML: {error}")
    except ValidationError as error:
        problems += [f"{path.name}: {_key(e['loc'])}: {_words(e)}" for e in error.errors()]
    return None


def _directory(
    folder: Path, recipients: Recipients, digests: dict[str, bytes], problems: list[str]
) -> tuple[Directory, list[str]]:
    """Who holds the roles that no lookup holds, and the files that say so."""
    by_file: dict[str, set[str]] = {}
    for name, role in recipients.roles.items():
        if role.directory:
            by_file.setdefault(role.directory, set()).add(name)
    people: dict[str, dict[str, Listed]] = {}
    for file, roles in sorted(by_file.items()):
        try:
            raw = (folder / file).read_bytes()
        except OSError as error:
            problems.append(
                f"{file}: cannot be read from {folder}: {error.strerror}. recipients.toml names it."
            )
            continue
        digests[file] = hashlib.sha256(raw).digest()
        people |= read_directory(file, raw, roles, problems)
    return Directory(people=people), sorted(by_file)


def _key(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc if part != "[key]")


def _words(error: Any) -> str:
    """Pydantic's message in the words of an admin."""
    kind, given = error["type"], error.get("input")
    if kind == "missing":
        return "missing; add it"
    if kind == "extra_forbidden":
        return "unknown key; check its spelling or remove it"
    if kind == "string_pattern_mismatch":
        return f"{given!r} is not a valid name here (pattern {error['ctx']['pattern']})"
    return f"{error['msg']} (found {given!r})"


def _cross_check(mapping: OrgMapping) -> list[str]:
    """What one file alone cannot know."""
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
    read = _fields_read(mapping)
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


def _fields_read(mapping: OrgMapping) -> set[str]:
    i = mapping.intervention
    fields = {i.number, i.name, i.submitter, i.created_date, i.incident_date, i.incident_type}
    fields |= {i.office, i.client, i.referral_account}
    for side in i.sides.values():
        fields |= {side.colour, side.plan, side.lookup, side.exception_until, side.exception_reason}
        fields |= {side.applies.field} if side.applies else set()
    return {field for field in fields if field}
