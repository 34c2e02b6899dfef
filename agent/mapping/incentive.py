"""The shape of incentive.toml: who approves, where revenue and hours stand, and the dated plans."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from agent.mapping.csm_terms import CsmTerms
from agent.mapping.definitions import Month, Version, hash_of
from agent.mapping.names import ApiName, Strict
from agent.mapping.sales_terms import CompositeClientTerms, SalesTerms

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+$", to_lower=True)]


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
    """The average of the clients of the year before that day."""


P = TypeVar("P", bound=Plan)


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
