"""The people directory: CSV beside the TOML files, for roles that no lookup in the org holds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from agent.mapping.alerts import ROLES
from agent.mapping.names import Strict

COLUMNS = ("role", "key", "name", "email")
USER_ID = "user_id"
"""A column that may be left out: the person's id in the org. Without one they grant no exceptions (D6)."""
_ONE_ADDRESS = re.compile(r'[^@\s<>()\[\]\\,;:"]{1,64}@[^@\s<>()\[\]\\,;:"]{1,255}')
_ID = re.compile(r"[A-Za-z0-9]{18}")


class Listed(Strict):
    """A person as a line of the directory names them."""

    name: str
    email: str
    user_id: str | None = None


class Directory(Strict):
    """Role -> the record's name or id, as `same` writes it -> who holds the role for that record."""

    people: dict[str, dict[str, Listed]] = {}

    def find(self, role: str, record_id: object, name: object) -> Listed | None:
        """Who holds this role for the record with this id or name; the id goes first. None: no line names it."""
        known = self.people.get(role, {})
        return known.get(same(record_id)) or known.get(same(name))


def same(key: object) -> str:
    """A key as it is compared: without case and doubled blanks. Ids of 18 characters differ in more than case."""
    return " ".join(str(key or "").split()).casefold()


def read(file: str, raw: bytes, roles: Collection[str], problems: list[str]) -> dict[str, dict[str, Listed]]:
    """What one file holds, as `Directory.people`; `roles` are those that recipients.toml looks up in it.

    Every mistake becomes a problem: `people.csv: line 3: what is wrong and how to mend it`.
    """
    found: dict[str, dict[str, Listed]] = {role: {} for role in roles}
    try:
        # Spreadsheets begin a file with a byte-order mark.
        lines = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), skipinitialspace=True)
        problems += [f"{file}: line 1: {text}" for text in _wrong_header(lines.fieldnames or ())]
        if set(COLUMNS) <= set(lines.fieldnames or ()):
            for line in lines:
                row = {name: (text or "").strip() for name, text in line.items() if isinstance(name, str)}
                wrong = [*_wrong_row(line, row, roles), *_wrong_key(row, found)]
                problems += [f"{file}: line {lines.line_num}: {text}" for text in wrong]
                if not wrong:
                    person = Listed(name=row["name"], email=row["email"], user_id=row.get(USER_ID) or None)
                    found[row["role"]][same(row["key"])] = person
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(f"{file}: cannot be read as CSV in UTF-8 ({error}); save it as that")
    problems += [
        f"{file}: holds nobody for the role {role}; add its lines, or give the role a path in recipients.toml"
        for role, people in found.items()
        if not people and not any(problem.startswith(f"{file}:") for problem in problems)
    ]
    return found


def _wrong_header(names: Sequence[str]) -> Iterator[str]:
    if len(set(names)) < len(names):
        yield "names a column twice"
    if missing := [name for name in COLUMNS if name not in names]:
        yield f"lacks {', '.join(missing)}; the first line names the columns, {','.join(COLUMNS)}[,{USER_ID}]"
    if unknown := [name for name in names if name not in {*COLUMNS, USER_ID}]:
        yield f"has unknown columns: {', '.join(map(repr, unknown))}; remove them"


def _wrong_row(
    line: Mapping[str | None, Any], row: Mapping[str, str], roles: Collection[str]
) -> Iterator[str]:
    if None in line:
        yield "has more cells than the first line has columns; put text that holds commas in quotes"
    yield from (f"{name} is empty; fill it in or remove the line" for name in COLUMNS if not row[name])
    role, email, user_id = row["role"], row["email"], row.get(USER_ID)
    if role and role not in ROLES:
        yield f"{role!r} is none of the seven roles: {', '.join(ROLES)}"
    elif role and role not in roles:
        yield f"recipients.toml does not look up {role} in this file; remove the line, or the role's path there"
    if email and not (email.isprintable() and _ONE_ADDRESS.fullmatch(email)):
        yield f"{email!r} is not exactly one mail address"
    if user_id and not _ID.fullmatch(user_id):
        yield f"{user_id!r} is no id of 18 characters"


def _wrong_key(row: Mapping[str, str], found: Mapping[str, Mapping[str, Listed]]) -> Iterator[str]:
    if same(row["key"]) in found.get(row["role"], {}):
        yield f"names somebody for {row['role']} of {row['key']!r} a second time; keep one line"
