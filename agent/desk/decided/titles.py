"""What somebody's title was in a month: as incentive.toml says, else as the org says today; it keeps no history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agent.errors import AgentError
from agent.mapping import OrgMapping
from agent.mapping.incentive import Position, overlaps, position_in
from agent.scoring.people import Person, who
from agent.store import Store


class Title(NamedTuple):
    """A title, and who says so."""

    title: str
    source: str


@dataclass(frozen=True)
class Titles:
    """The positions of incentive.toml, by the id of the person who is meant."""

    by_person: Mapping[str, Sequence[Position]]
    problems: Sequence[str]
    """Positions of whom nobody knows, or of a month of which another one speaks: until they are mended nobody can be
    sure of anybody's plan."""

    def of(self, one: Person, month: str) -> Title:
        said = position_in(self.by_person.get(one.id, ()), month)
        if said is None:
            return Title(one.title, "the title in Salesforce")
        return Title(said.title, f"the position of incentive.toml, {said.months}")

    def ever(self, one: Person) -> set[str]:
        """Every title that is known of somebody, in lower case."""
        return {title.lower() for title in (one.title, *(p.title for p in self.by_person.get(one.id, ())))}


def titles(store: Store, mapping: OrgMapping) -> Titles:
    """Positions name people as the verbs do."""
    by_person: dict[str, list[Position]] = defaultdict(list)
    problems = []
    for n, position in enumerate(mapping.incentive.position if mapping.incentive else ()):
        try:
            by_person[who(store, mapping, position.person)].append(position)
        except AgentError as error:
            problems.append(f"incentive.toml: position.{n}.person: {error}")
    for own in by_person.values():
        problems += [f"incentive.toml: position: {own[0].person}: {text}" for text in overlaps(own)]
    return Titles(by_person, problems)
