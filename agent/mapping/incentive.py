"""The shape of incentive.toml: who approves, where revenue and hours stand, and the dated plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Self, TypeVar

from pydantic import Field, StringConstraints, field_validator, model_validator

from agent.mapping.csm_terms import CsmTerms
from agent.mapping.definitions import Month, Version, hash_of
from agent.mapping.names import ApiName, Strict
from agent.mapping.sales_terms import CompositeClientTerms, SalesTerms

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+$", to_lower=True)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class LineSource(Strict):
    """An object whose rows are lines of revenue, of hours or of admissions; CSV files do as well."""

    object: ApiName
    client: ApiName
    day: ApiName
    """The service date; of an admission the date of the first shift."""
    amount: ApiName
    """Dollars of net revenue, billed hours, or hours scheduled in the first week."""
    billable: ApiName | None = None
    """Of hours: what was billable, to show the difference (D27)."""
    person: ApiName | None = None
    """Of an admission: the sales representative. Required there, unknown elsewhere."""
    currency: ApiName | None = None


class Sources(Strict):
    """Where the lines stand in Salesforce; one that is left out comes by `incentive import`."""

    revenue: LineSource | None = None
    hours: LineSource | None = None
    admissions: LineSource | None = None

    @model_validator(mode="after")
    def _person(self) -> Self:
        if self.admissions is not None and self.admissions.person is None:
            raise ValueError("admissions.person: missing; name the lookup to the sales representative")
        return self


class Plan(Strict):
    """One version of a plan. `first_month` is the first it pays; it holds until the next version's."""

    version: Version
    first_month: Month

    @property
    def hash(self) -> str:
        """Of everything in it: what an approval stands on."""
        return hash_of(self)


class CsmPlan(Plan):
    terms: CsmTerms = CsmTerms()

    @property
    def titles(self) -> list[str]:
        """Titles as the org spells them (I1)."""
        return self.terms.eligible


class SalesPlan(Plan):
    terms: SalesTerms = SalesTerms()
    titles: list[str] = ["Sales Representative"]
    """Titles as the org spells them."""
    started: dict[Email, Month] = {}
    """Since when somebody sells, where that is after the plan began: the ramp counts from there (B8)."""

    @property
    def hash(self) -> str:
        """Of everything but who started when: a new colleague changes no plan."""
        return hash_of(self.model_copy(update={"started": {}}))


class SalesReview(Strict):
    """The last look at the composite client (B8). Beside the plans: no review changes an approved one."""

    on: date
    now: CompositeClientTerms
    """The average of the clients of the year before that day; what is left out is as the plan has it."""


class Position(Strict):
    """The title somebody had in months gone by, of which the org keeps nothing. Beside the plans: it changes none."""

    person: Text
    """An e-mail address, an employee number or a Salesforce id."""
    title: Text
    """As the org spells it."""
    first_month: Month
    last_month: Month | None = None
    """It is the last one that counts; None: until the same person's next position, and without one for good."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.last_month is not None and self.last_month < self.first_month:
            raise ValueError(
                f"last_month {self.last_month} lies before first_month {self.first_month}; it is the last month "
                "that counts"
            )
        return self

    @property
    def months(self) -> str:
        """`2026-01 to 2026-05`."""
        return f"{self.first_month} to {self.last_month}" if self.last_month else f"{self.first_month} on"


P = TypeVar("P", bound=Plan)


def paid_titles(plans: Iterable[CsmPlan | SalesPlan]) -> set[str]:
    """The titles that any of these plans pays, in lower case: the org's spelling may differ from the file's."""
    return {title.lower() for plan in plans for title in plan.titles}


class Incentive(Strict):
    """incentive.toml."""

    approvers: list[Email] = Field(min_length=1)
    """Who may confirm, approve, lock, reopen; never for themselves (D29)."""
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    revenue_complete_from: date | None = None
    """Revenue lines are complete from this day on: a client who started before it needs an opening balance (D26)."""
    sources: Sources = Sources()
    csm: list[CsmPlan] = Field(min_length=1)
    sales: list[SalesPlan] = []
    sales_review: SalesReview | None = None
    position: list[Position] = []

    @field_validator("position")
    @classmethod
    def _one_title_a_month(cls, positions: list[Position]) -> list[Position]:
        of: dict[str, list[Position]] = defaultdict(list)
        for one in positions:
            of[one.person.lower()].append(one)
        if found := [f"{own[0].person}: {text}" for own in of.values() for text in overlaps(own)]:
            raise ValueError("; ".join(found))
        return positions

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, plans in (("csm", self.csm), ("sales", self.sales)):
            months = [plan.first_month for plan in plans]
            versions = [plan.version for plan in plans]
            if months != sorted(set(months)) or len(set(versions)) < len(versions):
                raise ValueError(
                    f"{name}: versions stand oldest first, each with a name and a first_month of its own"
                )
        return self


def in_force(plans: list[P], month: str) -> P | None:
    """The version of a plan that holds in a month; None: there is none yet."""
    return next((plan for plan in reversed(plans) if plan.first_month <= month), None)


def position_in(positions: Sequence[Position], month: str) -> Position | None:
    """What one person's positions say of a month; None: nothing."""
    begun = [one for one in positions if one.first_month <= month]
    newest = max(begun, key=lambda one: one.first_month, default=None)
    if newest is None or (newest.last_month is not None and newest.last_month < month):
        return None
    return newest


def overlaps(positions: Sequence[Position]) -> Iterator[str]:
    """Where one person's positions say two things of a month."""
    for one, following in pairwise(sorted(positions, key=lambda one: one.first_month)):
        if one.first_month == following.first_month or following.first_month <= (one.last_month or ""):
            yield (
                f"the positions of {one.months} ({one.title}) and {following.months} ({following.title}) overlap; "
                "one title a month"
            )
