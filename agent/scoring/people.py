"""Who is meant by an e-mail address, an employee number, an id or a name; and what a client is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from agent.alerts.text import one_line
from agent.errors import AgentError
from agent.mapping import OrgMapping
from agent.store import Store, mirror

OFFERED = 5
"""People offered where one is not known."""
LIKE = 0.75
"""How alike two texts must be to be offered; of addresses what stands before the @, for the rest is everybody's."""


@dataclass(frozen=True)
class Person:
    """A user of the org. Texts are empty where the org or the mapping has none."""

    id: str
    name: str = ""
    email: str = ""
    employee: str = ""
    title: str = ""
    active: bool = False

    @property
    def called(self) -> str:
        """The name; the id of who has none, or is not mirrored."""
        return self.name or self.id

    @property
    def number(self) -> str:
        """What scores are filed under: the employee number, else the record's id."""
        return self.employee or self.id


def person(store: Store, mapping: OrgMapping, person_id: str) -> Person:
    """The person with this id of 18 characters; one without a name, and not active, where they are not mirrored."""
    found = mirror.reference(store, person_id)
    return Person(person_id) if found is None else _person(mapping, person_id, found[1], found[2])


def everybody(store: Store, mapping: OrgMapping) -> list[Person]:
    """Every user of the org, in the order of their ids."""
    return [_person(mapping, *row) for row in mirror.people(store)]


def without_number(store: Store, mapping: OrgMapping) -> frozenset[str]:
    """Ids of users whose employee number is filed under another user who has it too: the active one, else the first."""
    field = mapping.reference.person.employee
    shared = mirror.shared_by_people(store, field) if field else []
    each = (
        sorted((person(store, mapping, i) for i in ids), key=lambda p: (not p.active, p.id)) for ids in shared
    )
    return frozenset(p.id for people in each for p in people[1:])


def who(store: Store, mapping: OrgMapping, text: str) -> str:
    """The id of the person named by e-mail address, employee number, id of 15 or 18 characters, or whole name.

    Where several share an address, a number or a name, the only active one of them is meant.

    Raises:
        AgentError: nobody or more than one person is called so; the sentence offers whom it could mean.
    """
    wanted = text.strip()
    known = everybody(store, mapping)
    meant = [p for p in known if wanted and wanted in {p.id, p.id[:15]}]
    for by in ("employee", "email", "name"):
        meant = meant or [p for p in known if wanted and getattr(p, by).lower() == wanted.lower()]
    if len(meant) > 1:
        meant = [p for p in meant if p.active] or meant
    if len(meant) == 1:
        return meant[0].id
    hint = "Name a person by e-mail address, employee number or Salesforce id."
    if meant:
        raise AgentError(f"{len(meant)} people are called {wanted!r}: {_listed(meant)}.", hint=hint)
    close = _close(wanted, known)
    raise AgentError(
        f"Nobody called {wanted!r} is known.{f' Did you mean {_listed(close)}?' if close else ''}", hint=hint
    )


def client_label(store: Store, client_id: str, names: bool) -> str:
    """The client's id; with `names` their name, which is health data: for the people concerned only (D15)."""
    found = mirror.reference(store, client_id) if names else None
    return one_line(found[1]) if found and found[1] else client_id


def _person(mapping: OrgMapping, person_id: str, name: str | None, source: Mapping[str, Any]) -> Person:
    fields = mapping.reference.person

    def text(field: str | None) -> str:
        return one_line(str(source.get(field) or "")) if field else ""

    return Person(
        id=person_id,
        name=one_line(name or ""),
        email=text(fields.email),
        employee=text(fields.employee),
        title=text(fields.title),
        active=fields.active is None or source.get(fields.active) is True,
    )


def _listed(people: Sequence[Person]) -> str:
    return ", ".join(f"{p.called} ({p.email or p.employee or p.id})" for p in people[:OFFERED])


def _close(wanted: str, known: Sequence[Person]) -> list[Person]:
    """Whose name, address or number holds the text, then those most like it."""
    # Where two share a name, the active one is offered.
    forms = {form: p for p in sorted(known, key=lambda p: p.active) for form in _forms(p)}
    low = wanted.lower().partition("@")[0]
    within = [p for form, p in sorted(forms.items()) if low and low in form]
    like = [forms[form] for form in get_close_matches(low, forms, n=OFFERED, cutoff=LIKE)]
    return list(dict.fromkeys([*within, *like]))[:OFFERED]


def _forms(one: Person) -> Iterator[str]:
    return (text.lower() for text in (one.name, one.email.partition("@")[0], one.employee) if text)
