"""A person's month in money: lines to the cent, a total that is their sum, and what holds it (D28, D29). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Line:
    """One component of the pay. `pays` is dollars to the cent; None: nobody can say yet, and `why` tells."""

    component: str
    result: str
    pays: Decimal | None
    why: str = ""
    priority: str = ""
    """The company's priority it serves, and why it matters (I7)."""


@dataclass(frozen=True)
class Statement:
    """What one person earned in a month, and what keeps it from being locked (D29)."""

    person: str
    month: str
    plan: str
    lines: Sequence[Line]
    held: Sequence[str] = ()

    @property
    def total(self) -> Decimal | None:
        """The sum of the lines to the cent; None while a line has no figure (I6)."""
        pays = [line.pays for line in self.lines if line.pays is not None]
        return sum(pays, Decimal(0)) if len(pays) == len(self.lines) else None
