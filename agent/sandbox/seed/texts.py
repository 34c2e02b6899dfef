"""What people wrote: the incidents of S18 with the names of one case filled in."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Incident:
    """A kind of incident. `client` and `referral`: the colours a side goes through; empty: not affected."""

    type: str
    description: Sequence[str]
    client_plan: Sequence[str]
    referral_plan: Sequence[str]
    chatter: Sequence[str]
    client: Sequence[str] = ()
    referral: Sequence[str] = ()


@dataclass(frozen=True)
class Texts:
    """One case's texts, ready to be stored."""

    description: str
    client_plan: str
    referral_plan: str
    chatter: tuple[str, ...]


def read_toml(name: str) -> dict[str, Any]:
    """A data file beside this module."""
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def incidents() -> dict[str, Incident]:
    return {key: Incident(**entry) for key, entry in read_toml("incidents.toml").items()}


def told(incident: Incident, names: dict[str, str]) -> Texts:
    """The incident's texts with these names (`client`, `caregiver`, `partner`, …) filled in."""
    safe = {name: html.escape(value) for name, value in names.items()}
    return Texts(
        description="\n\n".join(paragraph.format(**names) for paragraph in incident.description),
        client_plan=_plan(incident.client_plan or _NOT_AFFECTED, safe),
        referral_plan=_plan(incident.referral_plan, safe),
        chatter=tuple(post.format(**names) for post in incident.chatter),
    )


_NOT_AFFECTED = ("{client} was not affected; {csm} calls once to make sure that it stays so.",)


def _plan(steps: Sequence[str], names: dict[str, str]) -> str:
    items = "".join(f"<li>{step.format(**names)}</li>" for step in steps)
    return f"<p><b>Agreed by Sales and Operations</b></p><ul>{items}</ul>"
