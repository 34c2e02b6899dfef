"""The plan of Client Success Managers: three metrics, each with its share of the target and its table (I1 to I7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from agent.incentive import worth
from agent.incentive.metrics import Hours
from agent.incentive.statement import NOTHING, Detail, Evidence, Line, OneMore, Statement
from agent.mapping.csm_terms import CsmTerms, Metric
from agent.mapping.payout import OutsideTheTable, Table
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

NO_BASELINE = "growth is held: there is no baseline; `sli-agent incentive import baseline` sets one"


@dataclass(frozen=True)
class Results:
    """A CSM's month. None where a metric is held; `held` says why, by metric."""

    quality_starts: int | None
    client_hours: Hours | None
    quality_score: Decimal | None
    held: Mapping[str, str]
    also_held: Sequence[str] = ()
    """What keeps the month from being locked though its metrics have results."""
    left_out: frozenset[str] = frozenset()
    """Metrics without a result that pay nothing and hold nothing: somebody decided so (D24)."""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """By metric."""
    if_met: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    """(episode, activity) of a touch point that was not met -> the score in percent had this one been."""


def csm_statement(person: str, month: str, terms: CsmTerms, results: Results, version: str = "") -> Statement:
    """The statement of one CSM and month; everything but the pay where a table is missing (I6)."""
    lines = (_starts(terms, results), _hours(terms, results), _score(terms, results))
    held = [f"{line.component}: {line.why}" for line in lines if line.pays is None]
    return Statement(person, month, "csm", lines, (*held, *results.also_held), version)


def _starts(terms: CsmTerms, results: Results) -> Line:
    starts = results.quality_starts
    line = _line("quality_starts", terms, results, starts, None, str)
    if starts is None:
        return line
    return replace(line, one_more=(worth.one_more_start(terms.quality_starts.table, starts),))


def _hours(terms: CsmTerms, results: Results) -> Line:
    hours = results.client_hours
    if hours is None:
        return _line("client_hours", terms, results, None, None, str)
    line = _line("client_hours", terms, results, hours.total, hours.growth_percent, _hours_words(hours))
    more = worth.one_more_hour(terms.client_hours.table, hours)
    line = replace(line, facts=(*line.facts, *_growth(hours)), one_more=more)
    if hours.growth is None and line.pays is None and terms.client_hours.table is not None:
        return replace(line, why=NO_BASELINE)
    return line


def _growth(hours: Hours) -> Sequence[tuple[str, str]]:
    if hours.growth is None or hours.growth_percent is None or hours.day_adjusted_percent is None:
        return [("Growth", "held: without a baseline there is none")]
    return [
        ("Growth", f"{cents(hours.growth):,} hours, {cents(hours.growth_percent)} %"),
        ("Growth per calendar day", f"{cents(hours.day_adjusted_percent)} %, for information"),
    ]


def _score(terms: CsmTerms, results: Results) -> Line:
    score, table = results.quality_score, terms.quality_score.table
    line = _line("quality_score", terms, results, score, None, lambda percent: f"{percent} %")
    if score is None or not results.if_met:
        return line
    now = worth.pays(table, score)
    then = {key: worth.gain(now, worth.pays(table, percent)) for key, percent in results.if_met.items()}
    details = tuple(replace(d, worth=then.get((d.episode, d.activity), d.worth)) for d in line.details)
    return replace(line, details=details, one_more=(_best(results.if_met, then, details),))


def _best(
    if_met: Mapping[tuple[str, str], Decimal],
    then: Mapping[tuple[str, str], Decimal | None],
    details: Sequence[Detail],
) -> OneMore:
    """The touch point that would have lifted the score most; the first in the details' order among equals."""
    order = [key for d in details if (key := (d.episode, d.activity)) in if_met] or sorted(if_met)
    best = max(order, key=lambda key: if_met[key])
    return OneMore(f"One more touch point met, for a score of up to {if_met[best]} %", then[best])


def _line(
    name: str,
    terms: CsmTerms,
    results: Results,
    result: Decimal | Fraction | int | None,
    other: Fraction | None,
    words: Callable[..., str],
) -> Line:
    metric: Metric = getattr(terms, name)
    evidence = results.evidence.get(name, NOTHING)
    pays, why = _pays(name, metric.table, result, other)
    if result is None:
        why = results.held.get(name, "there is no result yet")
        pays = cents(0) if name in results.left_out else None
    return Line(
        component=f"{LABELS[name]} ({metric.weight:.0%} of ${terms.target:,})",
        result=words(result) if result is not None else "held" if pays is None else "left out",
        pays=pays,
        why=why,
        priority=PRIORITIES[name],
        exact="" if result is None else str(Fraction(result)),
        facts=evidence.facts,
        details=evidence.details,
    )


def _pays(
    name: str, table: Table | None, result: Decimal | Fraction | int | None, other: Fraction | None
) -> tuple[Decimal | None, str]:
    """Dollars, or why there are none (I6)."""
    if result is None:
        return None, ""
    if table is None:
        return None, f"no payout table: add [csm.{name}.table] to incentive.toml"
    try:
        return cents(table.pay(result, other)), ""
    except OutsideTheTable as error:
        return None, str(error)


def _hours_words(hours: Hours) -> Callable[[Fraction], str]:
    def words(total: Fraction) -> str:
        text = f"{cents(total):,} billed hours"
        if hours.growth_percent is None:
            return f"{text}; growth held: no baseline"
        return f"{text}; growth {cents(hours.growth_percent)} %"

    return words
