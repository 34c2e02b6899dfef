"""Saves to be made in an org, gathered in any order and made in the order of their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.sandbox.org import SandboxOrg
from agent.sandbox.rename import Names


@dataclass(frozen=True)
class Ref:
    """A record by the key it is given here; its id is known once it has been inserted."""

    key: str


@dataclass
class Playback:
    """An org being filled: what the saves write to, and the ids they have met so far."""

    org: SandboxOrg
    names: Names
    ids: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    """Key -> object name as the catalogue has it."""

    def row(self, object_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: self.ids[v.key] if isinstance(v, Ref) else v for name, v in values.items()}
        return self.names.row(object_name, known)


Save = Callable[[Playback], None]


@dataclass
class Timeline:
    """`at` is an aware UTC instant in whole seconds; `by` and every other key names an inserted record."""

    saves: list[tuple[datetime, int, Save]] = field(default_factory=list)

    def _add(self, at: datetime, save: Save) -> None:
        self.saves.append((at, len(self.saves), save))

    def insert(self, key: str, object_name: str, values: Mapping[str, Any], *, at: datetime, by: str) -> None:
        def save(play: Playback) -> None:
            row = play.row(object_name, values)
            play.objects[key] = object_name
            play.ids[key] = play.org.insert(play.names.object(object_name), row, at=at, by=play.ids[by])

        self._add(at, save)

    def update(self, key: str, values: Mapping[str, Any], *, at: datetime, by: str) -> None:
        def save(play: Playback) -> None:
            play.org.update(play.ids[key], play.row(play.objects[key], values), at=at, by=play.ids[by])

        self._add(at, save)

    def delete(self, key: str, *, at: datetime, by: str) -> None:
        self._add(at, lambda play: play.org.delete(play.ids[key], at=at, by=play.ids[by]))

    def post(self, key: str, parent: str, body: str, *, at: datetime, by: str, rich: bool = False) -> None:
        def save(play: Playback) -> None:
            play.ids[key] = play.org.post(play.ids[parent], body, at=at, by=play.ids[by], rich=rich)

        self._add(at, save)

    def comment(self, post: str, body: str, *, at: datetime, by: str) -> None:
        def save(play: Playback) -> None:
            play.org.comment(play.ids[post], body, at=at, by=play.ids[by])

        self._add(at, save)

    def play(self, playback: Playback) -> None:
        """Make every save, earliest first; saves of one instant in the order they were added."""
        for _, _, save in sorted(self.saves, key=lambda entry: entry[:2]):
            save(playback)
