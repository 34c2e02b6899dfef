"""The figures of the sales plan (B1 to B8): every one of them is an example and a parameter."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from agent.mapping.names import Strict


class CompositeClientTerms(Strict):
    """The average of the past year's clients (B2)."""

    weekly_hours: Decimal = Field(Decimal(20), gt=0)
    weeks_a_month: Decimal = Field(Decimal("4.3"), gt=0)
    reimbursement_an_hour: Decimal = Field(Decimal(20), gt=0)
    months_of_service: Decimal = Field(Decimal(4), gt=0)
    net_margin: Decimal = Field(Decimal("0.10"), gt=0, le=1)


class CostTerms(Strict):
    """What a sales representative costs in a year, all in (B3)."""

    target_pay: Decimal = Field(Decimal(60_000), gt=0)
    payroll_tax: Decimal = Field(Decimal("0.12"), ge=0)
    monthly: dict[str, Decimal] = {
        "car": Decimal(400),
        "phone": Decimal(100),
        "marketing": Decimal(200),
        "health": Decimal(250),
    }
    gross_up: Decimal = Field(Decimal("0.10"), ge=0)
    """On top of the admissions that only just pay for it."""


class Rung(Strict):
    """From `percent` of the goal on, `pay` dollars a month (B5)."""

    percent: Decimal = Field(ge=0)
    pay: Decimal = Field(ge=0)


class PayTerms(Strict):
    """Target pay and the ladder (B4, B5, D40, D43)."""

    salary: Decimal = Field(Decimal(40_000), gt=0)
    month_at_goal: Decimal = Field(Decimal(1_250), gt=0)
    annual_bonus: Decimal = Field(Decimal(5_000), ge=0)
    ladder: list[Rung] = Field(
        [
            Rung(percent=Decimal(percent), pay=Decimal(pay))
            for percent, pay in ((80, "625"), (90, "937.50"), (100, "1250"), (110, "1562.50"), (120, "1875"))
        ],
        min_length=1,
    )
    beyond_the_ladder: bool = False
    """Above the highest rung its last step is repeated; else the highest rung is the most (D40)."""
    incentive_share: tuple[Decimal, Decimal] = (Decimal("0.25"), Decimal("0.40"))
    """Least and most of the whole pay that should be incentive (B1)."""

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        percents = [rung.percent for rung in self.ladder]
        pays = [rung.pay for rung in self.ladder]
        if percents != sorted(set(percents)) or pays != sorted(pays):
            raise ValueError(
                "the ladder's rungs must rise: each percent above the one before, its pay not below"
            )
        return self


class GoalTerms(Strict):
    """What is to be reached in a month once the ramp is done (B7, B8)."""

    new_clients: int = Field(11, ge=1)
    hours_a_client: Decimal = Field(Decimal(86), gt=0)
    """New hours per month of each: the composite client's (B7)."""
    ramp_from: int = Field(2, ge=0)
    ramp_months: int = Field(6, ge=1)


class ReviewTerms(Strict):
    """The look at the composite client every 90 days (B8)."""

    days: int = Field(90, ge=1)
    very_badly: Decimal = Field(Decimal("0.25"), gt=0)
    """A fall of its net profit by this share or more may change the plan before 1 January."""


class SalesTerms(Strict):
    """`[sales]` of incentive.toml."""

    composite_client: CompositeClientTerms = CompositeClientTerms()
    cost: CostTerms = CostTerms()
    pay: PayTerms = PayTerms()
    goal: GoalTerms = GoalTerms()
    review: ReviewTerms = ReviewTerms()
