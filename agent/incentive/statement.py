"""A person's month in money: lines to the cent, a total that is their sum, and what holds it (D28, D29). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WATERMARK = "WHAT IF - not a statement"
"""Stands at the top and the bottom of everything that is drawn of a month as it might have been."""


@dataclass(frozen=True)
class Detail:
    """One fact that a line stands on: a client who crossed, a client's hours, a touch point, an admission.

    Clients are record ids, never names (D15). `on` is a date, or an instant with its offset, in ISO 8601.
    """

    kind: str
    client: str = ""
    state: str = ""
    """What it is to the line: counted, held, met, missed, ..."""
    on: str = ""
    amount: Decimal | None = None
    unit: str = ""
    """Of the amount: USD, hours."""
    why: str = ""
    episode: str = ""
    activity: str = ""
    version: str = ""
    """The quality definition it is judged by."""
    evidence: str = ""
    """Id of the record that shows it."""
    evidence_at: str = ""
    worth: Decimal | None = None
    """Dollars more, had this one been met."""


@dataclass(frozen=True)
class OneMore:
    """What a little more would be worth in dollars; None: the plan has no figure for it."""

    what: str
    worth: Decimal | None


@dataclass(frozen=True)
class Line:
    """One component of the pay. `pays` is dollars to the cent; None: nobody can say yet, and `why` tells."""

    component: str
    result: str
    pays: Decimal | None
    why: str = ""
    priority: str = ""
    """The company's priority it serves, and why it matters (I7)."""
    exact: str = ""
    """The result as a fraction, `191/2`, for what is reckoned on from it; "": there is none."""
    facts: tuple[tuple[str, str], ...] = ()
    """What else there is to know of the result: (what, how much)."""
    details: tuple[Detail, ...] = ()
    one_more: tuple[OneMore, ...] = ()


@dataclass(frozen=True)
class Statement:
    """What one person earned in a month, and what keeps it from being locked (D29)."""

    person: str
    """The id of their user in Salesforce."""
    month: str
    plan: str
    lines: Sequence[Line]
    held: Sequence[str] = ()
    version: str = ""
    """Of the plan."""
    assumed: tuple[str, ...] = ()
    """What is only supposed: then this is no statement, and every output says so."""
    paid_as: str = ""
    """The title that the plan pays, and who says that it was theirs in the month."""

    @property
    def total(self) -> Decimal | None:
        """The sum of the lines to the cent; None while a line has no figure (I6)."""
        pays = [line.pays for line in self.lines if line.pays is not None]
        return sum(pays, Decimal("0.00")) if len(pays) == len(self.lines) else None


@dataclass(frozen=True)
class Evidence:
    """What a component's result stands on."""

    facts: tuple[tuple[str, str], ...] = ()
    details: tuple[Detail, ...] = ()


NOTHING = Evidence()


def counted(number: int, thing: str) -> str:
    """`1 client`, `12 clients`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
