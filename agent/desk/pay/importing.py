"""A file of lines taken into pay.db: whose they are by the mirror, all of them or none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from agent.desk.decided.approvers import approver, numbers_of, users_of
from agent.desk.decided.plans import paid_by
from agent.desk.words import counted
from agent.errors import AgentError, ConfigurationError
from agent.incentive.imports import FileLine, Kind, Problem, parse
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.mapping.directory import same
from agent.mapping.incentive import Incentive
from agent.scoring import people
from agent.scoring.plans import CSM
from agent.store import Store, belonging, decisions, diary, mirror, pay_lines
from agent.store.pay import PayStore

TOLD = 50
"""Problems told one by one; of more the number."""
OWN = "nobody says what they themselves are paid by (D29); ask another approver."


@dataclass(frozen=True)
class Given:
    """A file, and who brings it: `by` names an approver."""

    kind: Kind
    name: str
    raw: bytes
    by: str
    with_refunds: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Taken:
    """What came of it; `saved` is False of a dry run, and where all was held already."""

    kind: str
    file: str
    lines: int
    added: int
    changed: int
    saved: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Refused(AgentError):
    """The file cannot be taken in; `problems` are all there are, in the order of its rows."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        more = len(problems) - TOLD
        told = [f"  {problem}" for problem in self.problems[:TOLD]]
        rest = [f"  ... and {more:,} more."] if more > 0 else []
        count = f"{counted(len(problems), 'problem')}; nothing of it was taken in."
        super().__init__("\n".join([f"{name}: {count}", *told, *rest]))


def take_in(store: Store, pay: PayStore, mapping: OrgMapping, given: Given, now: datetime) -> Taken:
    """Save a file's lines in one transaction. The sync log hears how many they are, and nothing of what they say.

    Raises:
        AgentError: `by` is no approver, or is not active any more.
        ConfigurationError: the org pays nobody by incentive.toml.
        Refused: anything is wrong with the file; nothing of it is kept.
    """
    plans = _plans(mapping)
    given = replace(given, by=approver(store, mapping, given.by))
    found = parse(given.kind, given.raw, currency=plans.currency, with_refunds=given.with_refunds)
    resolved = _Resolved(store, mapping, given)
    rows = {line.row: row for line in found.lines if (row := resolved.row(line))}
    problems = [*found.problems, *resolved.problems, *_taken(pay, given.kind, rows)]
    if problems:
        raise Refused(given.name, problems)
    new, other = pay_lines.difference(pay, rows.values())
    taken = Taken(
        given.kind.value,
        given.name,
        lines=len(rows),
        added=len(new),
        changed=len(other),
        saved=bool(new or other) and not given.dry_run,
        notes=tuple(_notes(plans, given.kind)),
    )
    if taken.saved:
        _save(store, pay, given, taken, [*new, *other], to_text(now))
    return taken


def _plans(mapping: OrgMapping) -> Incentive:
    if mapping.incentive is None:
        text = (
            "incentive.toml: missing, so nobody is paid by a plan; copy it from mappings/sandbox and adapt it"
        )
        raise ConfigurationError([text])
    return mapping.incentive


def _taken(pay: PayStore, kind: Kind, rows: Mapping[int, pay_lines.Row]) -> Iterator[Problem]:
    """Lines whose names stand for something else already. Whoever counts each month's lines from 1 would otherwise
    take last month's away."""
    held = pay_lines.named(pay, kind.value, {row["id"] for row in rows.values()})
    for number, row in rows.items():
        before = held.get(row["id"])
        if before is None:
            continue
        if before.source == pay_lines.SALESFORCE:
            text = "was read from Salesforce; correct it there, and leave it out here."
            yield Problem(number, "line", text)
        elif (before.client_id, _month(before.day)) != (row["client_id"], _month(row["day"])):
            file = before.source.removeprefix("file:")
            text = f"is the name of a line of another client or month, taken from {file}; give this one another name."
            yield Problem(number, "line", f"{text} To move that line, give it the amount 0 there.")


def _month(day: str | None) -> str:
    return (day or "")[:7]


def _notes(plans: Incentive, kind: Kind) -> Iterator[str]:
    source = getattr(plans.sources, kind.value, None)
    if source is not None:
        yield (
            f"incentive.toml reads {kind.value} from {source.object} as well: these lines count beside those. "
            "A line that is in both counts twice."
        )


def _save(
    store: Store, pay: PayStore, given: Given, taken: Taken, rows: list[pay_lines.Row], at: str
) -> None:
    with pay.transaction():
        pay_lines.save_lines(pay, rows)
        counts = {"lines": taken.lines, "added": taken.added, "changed": taken.changed}
        digest = hashlib.sha256(given.raw).hexdigest()
        file = {"kind": given.kind.value, "file": given.name, "digest": digest, "at": at, "by": given.by}
        pay_lines.add_import(pay, {**file, **counts})
    with store.transaction():
        text = f"{given.kind.value} imported by {given.by}: {counted(taken.lines, 'line')},"
        diary.write(store, at, "decision", f"{text} {taken.added:,} new, {taken.changed:,} changed")


class _Resolved:
    """From names in the file to ids; each person is looked up once."""

    def __init__(self, store: Store, mapping: OrgMapping, given: Given) -> None:
        self.problems: list[Problem] = []
        self._store, self._mapping, self._given = store, mapping, given
        self._own = numbers_of(store, mapping, given.by)
        self._own_clients = _own_clients(store, mapping, given)
        self._clients = _clients(store)
        self._people: dict[str, tuple[str | None, str]] = {}
        self._met: dict[str, int] = {}

    def row(self, line: FileLine) -> pay_lines.Row | None:
        """The line as pay.db keeps it; None where whose it is cannot be told."""
        client, person = self._client(line), self._person(line)
        key = line.line or client or person
        if (line.client and not client) or (line.person and not person) or not key:
            return None
        first = self._met.setdefault(key, line.row)
        if first != line.row:
            column = "client" if line.client else "person"
            self.problems.append(Problem(line.row, column, f"is the same as in row {first}; keep one."))
        if line.reason and decisions.names_a_client(self._store, line.reason):
            self.problems.append(
                Problem(line.row, "reason", "holds a client's name; statements show reasons.")
            )
        return {
            "kind": self._given.kind.value,
            "id": key,
            "client_id": client,
            "person_id": person,
            "day": line.day,
            "amount": line.amount,
            "billable": line.billable,
            "currency": line.currency,
            "reason": line.reason,
            "source": f"file:{self._given.name}",
        }

    def _client(self, line: FileLine) -> str | None:
        if not line.client:
            return None
        found = self._clients.get(line.client) or self._clients.get(same(line.client)) or set()
        if len(found) == 1:
            [client] = found
            if client in self._own_clients:
                self.problems.append(Problem(line.row, "client", OWN))
            return client
        what = f"{len(found)} clients have this name" if found else "no client with this id or name is known"
        self.problems.append(Problem(line.row, "client", f"{what}; write the Salesforce id."))
        return None

    def _person(self, line: FileLine) -> str | None:
        if not line.person:
            return None
        if line.person not in self._people:
            self._people[line.person] = self._look_up(line.person)
        found, why = self._people[line.person]
        if why:
            self.problems.append(Problem(line.row, "person", why))
        return found

    def _look_up(self, text: str) -> tuple[str | None, str]:
        """(id, why the line is refused)."""
        try:
            found = people.who(self._store, self._mapping, text)
        except AgentError as error:
            return None, str(error)
        concerned = people.person(self._store, self._mapping, found)
        if concerned.number in self._own:
            return found, OWN
        return found, ""


def _own_clients(store: Store, mapping: OrgMapping, given: Given) -> Set[str]:
    """Clients by whose lines of this kind the CSM plan pays whoever brings the file: who are or were theirs."""
    if given.kind is Kind.ADMISSIONS or not paid_by(store, mapping, CSM, given.by):
        return frozenset()
    now = mapping.touch_points.assignments.now if mapping.touch_points else None
    users = users_of(store, mapping, given.by)
    return {client for user in users for client in belonging.clients_of(store, user.id, now)}


def _clients(store: Store) -> dict[str, set[str]]:
    """Ids of 15 and 18 characters, and names without case -> the clients who are meant."""
    found: dict[str, set[str]] = {}
    for client, name in mirror.references_of(store, "client").items():
        for key in (client, client[:15], same(name)):
            found.setdefault(key, set()).add(client)
    return found
