"""The figures of the plan of Client Success Managers (I1, I2, I6): target, weights, payout tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from agent.mapping.definitions import Month
from agent.mapping.names import Strict
from agent.mapping.payout import Table


class Metric(Strict):
    weight: Decimal = Field(ge=0, le=1)
    table: Table | None = None
    """From the metric's result to dollars. Client Hours in a grid: total hours, then growth in percent."""


class CsmTerms(Strict):
    """`[csm.terms]` of incentive.toml."""

    target: Decimal = Field(Decimal(1_000), gt=0)
    eligible: list[str] = ["Client Success Manager", "RN Client Success Manager"]
    """Titles as the org spells them; the Regional one is not among them (I1)."""
    quality_start_at: Decimal = Field(Decimal(5_000), gt=0)
    """Dollars of revenue that make a Quality Start (I3)."""
    baseline_months: list[Month] = Field(["2025-10", "2025-11", "2025-12"], min_length=1)
    """Their average is the fixed baseline of Client Hours (I4)."""
    quality_starts: Metric = Metric(weight=Decimal("0.30"))
    client_hours: Metric = Metric(weight=Decimal("0.35"))
    quality_score: Metric = Metric(weight=Decimal("0.35"))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.quality_starts.weight + self.client_hours.weight + self.quality_score.weight
        if total != 1:
            raise ValueError(f"the three weights make {total}, not 1 (I2)")
        return self
