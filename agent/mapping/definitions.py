"""What a quality score is made of: dated definitions that never change once approved (I5, D20 to D25)."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from agent.mapping.names import Strict

MONTH = r"\d{4}-(0[1-9]|1[0-2])"
Month = Annotated[str, StringConstraints(pattern=rf"^{MONTH}$")]
"""`2026-02`; such texts sort as time does."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]


Version = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


class Method(StrEnum):
    """How many touch points become one figure (D20)."""

    MEAN_OF_RATES = "mean_of_rates"
    """The mean of the activities' own rates."""
    OPPORTUNITY = "opportunity"
    """All that was done of all that was due."""
    PATIENT_AVERAGE = "patient_average"
    """The mean of the clients' own rates."""
    ALL_OR_NONE = "all_or_none"
    """The clients for whom everything was done."""


class Anchor(StrEnum):
    """From where a window's edge is reckoned (D21)."""

    FIRST_SHIFT_START = "first_shift_start"
    FIRST_SHIFT_END = "first_shift_end"
    PREVIOUS_CLOSES = "previous_closes"
    """Where the window of the touch point before it ends: one contact serves one touch point."""


class Excluded(StrEnum):
    """Why a touch point never counts (D23)."""

    NEVER_STARTED = "never_started"
    SERVICE_ENDED = "service_ended"
    BEFORE_ITS_DATE = "before_its_date"
    DUPLICATE = "duplicate"


class Edge(Strict):
    """An instant: `hours` elapsed, or `days` on the office's clock, from the anchor.

    With `days` a closing edge is the end of that local day; an opening one keeps the anchor's time of day.
    """

    anchor: Anchor
    hours: int | None = None
    days: int | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.hours is not None and self.days is not None:
            raise ValueError("give hours or days, not both")
        return self


class TouchPointRule(Strict):
    """One activity that is due for each client (I5)."""

    activity: Name
    label: str
    opens: Edge
    closes: Edge
    weight: int = Field(1, ge=1)
    since: date
    """It applies to starts of care from this day on (D25)."""
    pillar: str | None = None
    """One of the quality pillars, for reference (I8)."""


class Definition(Strict):
    """One version. `first_month` is the first month it scores; it holds until the next version's."""

    version: Version
    first_month: Month
    starts_from: date | None = None
    """Starts of care before this day stay with the version before; None: all of its months are its own."""
    method: Method = Method.MEAN_OF_RATES
    touch_points: list[TouchPointRule] = Field(min_length=1)
    credit_late: bool = False
    """Late completions count as done (D22)."""
    credit_cover: bool = False
    """A colleague's contact counts without an approved exception (D22)."""
    exclusions: list[Excluded] = list(Excluded)
    exceptions: list[Name] = [
        "contact_refused",
        "documented_attempts",
        "hospital",
        "office_closed",
        "covered",
    ]
    """Reasons for which somebody may approve that a touch point does not count (D23)."""
    decimals: int = Field(2, ge=0, le=4)
    low_volume: int = Field(5, ge=0)
    """With fewer due touch points than this the score is flagged (D25)."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [rule.activity for rule in self.touch_points]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"each activity once; twice: {', '.join(twice)}")
        first = self.touch_points[0]
        if Anchor.PREVIOUS_CLOSES in {first.opens.anchor, first.closes.anchor}:
            raise ValueError(
                f"{first.activity}: the first touch point has none before it; use another anchor than "
                "previous_closes"
            )
        return self

    @property
    def hash(self) -> str:
        """Of everything in it: what an approval stands on."""
        return hash_of(self)


def hash_of(terms: BaseModel) -> str:
    """Equal for equal terms, however the file spells them.

    What is left at its default is left out, so that a later version of the agent, which knows more fields, finds
    approved terms unchanged. Defaults themselves must never change.
    """
    text = json.dumps(terms.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class NoDefinition(Exception):
    """No definition is in force in a month (D24)."""


class Definitions(Strict):
    """Every version there ever was, oldest first: part of touchpoints.toml."""

    definitions: list[Definition] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        months = [d.first_month for d in self.definitions]
        versions = [d.version for d in self.definitions]
        if months != sorted(set(months)):
            raise ValueError("definitions stand oldest first, each with a first_month of its own")
        if len(set(versions)) < len(versions):
            raise ValueError("each version has a name of its own")
        return self

    def of(self, month: str) -> Definition:
        """The definition in force in a month.

        Raises:
            NoDefinition: there is none yet; the sentence says from when on there is.
        """
        found = [d for d in self.definitions if d.first_month <= month]
        if not found:
            first = self.definitions[0].first_month
            raise NoDefinition(
                f"No quality definition is in force in {month}; the first one scores from {first} on. "
                "Add an older version to touchpoints.toml if that month is to be scored."
            )
        return found[-1]
