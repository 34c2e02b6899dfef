"""Reading a mapping folder: every mistake in every file at once, named by file and key."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from agent.errors import ConfigurationError
from agent.mapping.cross_check import cross_check
from agent.mapping.directory import Directory, Listed
from agent.mapping.directory import read as read_directory
from agent.mapping.incentive import Incentive
from agent.mapping.models import (
    Chatter,
    InterventionMapping,
    OrgMapping,
    Recipients,
    Reference,
    Rules,
)
from agent.mapping.scoring import TouchPoints
from agent.mapping.write_back import WriteBack

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
    here = _Folder(folder)
    parts: dict[str, Any] = {name: here.read(name, model) for name, model in FILES.items()}
    scoring = here.read_optional()
    here.must_be_right()
    directory, lists = here.directory(parts["recipients"])
    here.must_be_right()
    mapping = OrgMapping(
        version=here.version(*FILES, *lists),
        reading_version=here.version(*READ_ANEW),
        directory=directory,
        touch_points=scoring.get("touchpoints"),
        incentive=scoring.get("incentive"),
        scoring_version=here.version(*scoring, "reference", "write_back"),
        **parts,
    )
    problems = cross_check(mapping)
    if problems:
        raise ConfigurationError(problems)
    return mapping


class _Folder:
    """Reads a folder's files; gathers what is wrong in them, and a digest of each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[str] = []
        self._digests: dict[str, bytes] = {}

    def read(self, name: str, model: type[BaseModel]) -> BaseModel | None:
        """`name`.toml; None where it is missing or wrong."""
        file = f"{name}.toml"
        try:
            raw = (self._path / file).read_bytes()
        except FileNotFoundError:
            self._problems.append(
                f"{file}: missing from {self._path}. Copy it from mappings/sandbox and adapt it."
            )
            return None
        self._digests[name] = hashlib.sha256(raw).digest()
        try:
            return model.model_validate(tomllib.loads(raw.decode("utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._problems.append(f"{file}: not valid TOML: {error}")
        except ValidationError as error:
            self._problems += [f"{file}: {_key(e['loc'])}: {_words(e)}" for e in error.errors()]
        return None

    def read_optional(self) -> dict[str, Any]:
        """The files that an org may do without; incentives need scores."""
        there = {name: model for name, model in OPTIONAL.items() if (self._path / f"{name}.toml").exists()}
        if "incentive" in there and "touchpoints" not in there:
            self._problems.append(
                f"touchpoints.toml: missing from {self._path}; incentive.toml pays by the quality score it "
                "defines. Copy it from mappings/sandbox and adapt it."
            )
        return {name: self.read(name, model) for name, model in there.items()}

    def directory(self, recipients: Recipients) -> tuple[Directory, list[str]]:
        """Who holds the roles that no lookup holds, and the files that say so."""
        by_file: dict[str, set[str]] = {}
        for name, role in recipients.roles.items():
            if role.directory:
                by_file.setdefault(role.directory, set()).add(name)
        people: dict[str, dict[str, Listed]] = {}
        for file, roles in sorted(by_file.items()):
            try:
                raw = (self._path / file).read_bytes()
            except OSError as error:
                self._problems.append(
                    f"{file}: cannot be read from {self._path}: {error.strerror}. recipients.toml names it."
                )
                continue
            self._digests[file] = hashlib.sha256(raw).digest()
            people |= read_directory(file, raw, roles, self._problems)
        return Directory(people=people), sorted(by_file)

    def must_be_right(self) -> None:
        if self._problems:
            raise ConfigurationError(self._problems)

    def version(self, *names: str) -> str:
        """Another one for other contents of these files."""
        return hashlib.sha256(b"".join(self._digests[name] for name in names)).hexdigest()[:16]


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
