"""The plan of Client Success Managers: three metrics, each with its share of the target and its table (I1 to I7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent.incentive.metrics import Hours
from agent.incentive.statement import Line, Statement
from agent.incentive.tables import OutsideTheTable, Table
from agent.rounding import cents

PRIORITIES = {
    "quality_starts": "Profitable growth: a strong start keeps clients.",
    "client_hours": "Efficiency: steady hours show steady care.",
    "quality_score": "Quality: regular contact finds concerns early.",
}
LABELS = {
    "quality_starts": "Quality Starts",
    "client_hours": "Client Hours",
    "quality_score": "Quality Composite Score",
}


class Metric(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: Decimal = Field(ge=0, le=1)
    table: Table | None = None
    """From the metric's result to dollars. Client Hours in a grid: total hours, then growth in percent."""


class CsmTerms(BaseModel):
    """`[csm]` of incentive.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Decimal = Field(Decimal(1_000), gt=0)
    eligible: list[str] = ["Client Success Manager", "RN Client Success Manager"]
    """Titles as the org spells them; the Regional one is not among them (I1)."""
    quality_starts: Metric = Metric(weight=Decimal("0.30"))
    client_hours: Metric = Metric(weight=Decimal("0.35"))
    quality_score: Metric = Metric(weight=Decimal("0.35"))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.quality_starts.weight + self.client_hours.weight + self.quality_score.weight
        if total != 1:
            raise ValueError(f"the three weights make {total}, not 1 (I2)")
        return self


@dataclass(frozen=True)
class Results:
    """A CSM's month. None where a metric is held; `held` says why, by metric."""

    quality_starts: int | None
    client_hours: Hours | None
    quality_score: Decimal | None
    held: dict[str, str]


def csm_statement(person: str, month: str, terms: CsmTerms, results: Results) -> Statement:
    """The statement of one CSM and month; everything but the pay where a table is missing (I6)."""
    hours = results.client_hours
    growth = hours.growth_percent if hours else None
    lines = (
        _line("quality_starts", terms, results, results.quality_starts, None, str),
        _line("client_hours", terms, results, hours.total if hours else None, growth, _hours_words(hours)),
        _line("quality_score", terms, results, results.quality_score, None, lambda score: f"{score} %"),
    )
    held = tuple(f"{line.component}: {line.why}" for line in lines if line.pays is None)
    return Statement(person, month, "csm", lines, held)


def weighted(results: dict[str, Fraction], terms: CsmTerms) -> Fraction:
    """The three attainments in percent, weighted 30/35/35: exact, whatever floats would make of it (D28)."""
    shares = {name: Fraction(getattr(terms, name).weight) for name in LABELS}
    return sum((shares[name] * results[name] for name in LABELS), Fraction(0))


def _line(
    name: str,
    terms: CsmTerms,
    results: Results,
    result: Decimal | Fraction | int | None,
    other: Fraction | None,
    words: Callable[..., str],
) -> Line:
    metric: Metric = getattr(terms, name)
    label = f"{LABELS[name]} ({metric.weight:.0%} of ${terms.target:,})"
    if result is None:
        why = results.held.get(name, "there is no result yet")
        return Line(label, "held", None, why, PRIORITIES[name])
    if metric.table is None:
        why = f"no payout table: add [csm.{name}.table] to incentive.toml"
        return Line(label, words(result), None, why, PRIORITIES[name])
    try:
        return Line(label, words(result), cents(metric.table.pay(result, other)), "", PRIORITIES[name])
    except OutsideTheTable as error:
        return Line(label, words(result), None, str(error), PRIORITIES[name])


def _hours_words(hours: Hours | None) -> Callable[[Fraction], str]:
    def words(total: Fraction) -> str:
        text = f"{cents(total)} billed hours"
        if hours is None or hours.growth_percent is None:
            return f"{text}; growth held: no baseline"
        return f"{text}; growth {cents(hours.growth_percent)} %"

    return words
