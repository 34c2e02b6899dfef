"""The sales plan in figures: composite client, its cost, goals, attainment, pay (B1 to B8, D40 to D44). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from agent.mapping.sales_terms import (
    CompositeClientTerms,
    CostTerms,
    GoalTerms,
    PayTerms,
    ReviewTerms,
    Rung,
)
from agent.rounding import Exact, cents, half_up, up

FULL = Fraction(100)
"""Percent."""


@dataclass(frozen=True)
class CompositeClient:
    """What the average client brings (B2): hours a month, dollars of revenue a month and over its time, net."""

    hours_a_month: Fraction
    revenue_a_month: Fraction
    revenue: Fraction
    net: Fraction


def composite_client(terms: CompositeClientTerms) -> CompositeClient:
    """20 h x 4.3 x $20 x 4 months x 10 % = $688 (B2)."""
    hours = Fraction(terms.weekly_hours) * Fraction(terms.weeks_a_month)
    a_month = hours * Fraction(terms.reimbursement_an_hour)
    revenue = a_month * Fraction(terms.months_of_service)
    return CompositeClient(hours, a_month, revenue, revenue * Fraction(terms.net_margin))


@dataclass(frozen=True)
class CostJustification:
    """Dollars a year, and the admissions that pay for them (B3)."""

    target_pay: Fraction
    payroll_tax: Fraction
    extras: Fraction
    break_even: int
    """Admissions a year."""
    a_month: int
    """Admissions a month with the gross-up."""

    @property
    def total(self) -> Fraction:
        return self.target_pay + self.payroll_tax + self.extras


def justify(cost: CostTerms, client: CompositeClient) -> CostJustification:
    """$78,600 / $688 = 114.24, so 115 a year; with 10 % more, 11 a month (B3). Both are rounded up."""
    target = Fraction(cost.target_pay)
    tax = target * Fraction(cost.payroll_tax)
    extras = 12 * sum(map(Fraction, cost.monthly.values()), Fraction(0))
    break_even = int(up((target + tax + extras) / client.net))
    a_month = int(up(Fraction(break_even) * (1 + Fraction(cost.gross_up)) / 12))
    return CostJustification(target, tax, extras, break_even, a_month)


def new_hours(first_week_hours: Exact, weeks_a_month: Decimal = Decimal("4.3")) -> Fraction:
    """New hours per month of one client: those scheduled in the first week x 4.3; not capped (B6, D42)."""
    return Fraction(first_week_hours) * Fraction(weeks_a_month)


def ramp(goal: GoalTerms, month: int) -> int:
    """The new clients to win in a month of service, the first being 1: linear, half-up (B8, D41)."""
    if month < 1:
        raise ValueError(f"the ramp's months are counted from 1, not {month}")
    if month >= goal.ramp_months:
        return goal.new_clients
    step = Fraction(goal.new_clients - goal.ramp_from, goal.ramp_months - 1)
    return int(half_up(goal.ramp_from + step * (month - 1)))


@dataclass(frozen=True)
class Attainment:
    """How much of a month's goal was reached, in percent. Components are whole before they are averaged (D44)."""

    clients: Decimal
    hours: Decimal

    @property
    def percent(self) -> Fraction:
        return (Fraction(self.clients) + Fraction(self.hours)) / 2


def attain(new_clients: int, hours: Exact, goal_clients: int, hours_a_client: Decimal) -> Attainment:
    """9 of 11 is 82, 1,027 of 946 is 109, together 95.5 (B7).

    Raises:
        ValueError: the month has no goal: nothing can be a share of it.
    """
    goal_hours = goal_clients * Fraction(hours_a_client)
    if goal_clients <= 0 or goal_hours <= 0:
        raise ValueError(
            "a month without a goal has no attainment; set goal.new_clients and goal.hours_a_client"
        )
    return Attainment(
        clients=half_up(FULL * new_clients / goal_clients),
        hours=half_up(FULL * Fraction(hours) / goal_hours),
    )


def month_pay(attained: Fraction, pay: PayTerms) -> Decimal:
    """Dollars of the rung that was reached, never between rungs (B5); nothing below the lowest (D40)."""
    reached = rung_reached(attained, pay)
    return cents(reached.pay if reached else 0)


def rung_reached(attained: Fraction, pay: PayTerms) -> Rung | None:
    """The highest rung that was reached, also where the ladder goes on; None: not even the lowest (D40)."""
    reached = [rung for rung in pay.ladder if Fraction(rung.percent) <= attained]
    if len(reached) == len(pay.ladder) and _goes_on(pay):
        return _further(pay, _steps(attained, pay))
    return reached[-1] if reached else None


def next_rung(attained: Fraction, pay: PayTerms) -> Rung | None:
    """The lowest rung that was not reached; None: there is no higher one."""
    ahead = next((rung for rung in pay.ladder if Fraction(rung.percent) > attained), None)
    return ahead or (_further(pay, _steps(attained, pay) + 1) if _goes_on(pay) else None)


def _goes_on(pay: PayTerms) -> bool:
    """Whether the ladder's last step is repeated above its highest rung (D40); of a single rung there is none."""
    return pay.beyond_the_ladder and len(pay.ladder) > 1


def _steps(attained: Fraction, pay: PayTerms) -> int:
    """How often the last step was taken again above the highest rung."""
    before, top = pay.ladder[-2:]
    return (attained - Fraction(top.percent)) // Fraction(top.percent - before.percent)


def _further(pay: PayTerms, steps: int) -> Rung:
    before, top = pay.ladder[-2:]
    return Rung(
        percent=top.percent + steps * (top.percent - before.percent),
        pay=top.pay + steps * (top.pay - before.pay),
    )


def annual_bonus(months: Sequence[Fraction], pay: PayTerms) -> Decimal | None:
    """Dollars when all twelve months reached their goal, none otherwise; None: a part year is held (B4, D43)."""
    if len(months) < 12:
        return None
    return cents(pay.annual_bonus if all(percent >= FULL for percent in months) else 0)


@dataclass(frozen=True)
class ShareOfPay:
    """How much of the target pay is incentive (B1)."""

    share: Fraction
    verdict: Literal["too little", "as planned", "too much"]


def share_of_pay(pay: PayTerms) -> ShareOfPay:
    """($15,000 + $5,000) of $60,000 is a third: between 25 and 40 % (B1, B4)."""
    incentive = 12 * Fraction(pay.month_at_goal) + Fraction(pay.annual_bonus)
    share = incentive / (Fraction(pay.salary) + incentive)
    least, most = (Fraction(bound) for bound in pay.incentive_share)
    verdict: Literal["too little", "as planned", "too much"] = (
        "too little" if share < least else "too much" if share > most else "as planned"
    )
    return ShareOfPay(share, verdict)


@dataclass(frozen=True)
class Review:
    """The composite client now against the plan's (B8). Drifts are fractions: -0.1 is ten percent less."""

    due: date
    drift: dict[str, Fraction]
    net_drift: Fraction
    may_change_now: bool
    """Its net profit fell so badly that the plan need not wait for 1 January."""


def review(
    last: date, planned: CompositeClientTerms, now: CompositeClientTerms, terms: ReviewTerms
) -> Review:
    """What moved since the plan was made, figure by figure, and what that did to the net profit (B8)."""
    drift = {
        name: Fraction(getattr(now, name)) / Fraction(getattr(planned, name)) - 1
        for name in CompositeClientTerms.model_fields
    }
    net = composite_client(now).net / composite_client(planned).net - 1
    return Review(last + timedelta(days=terms.days), drift, net, net <= -Fraction(terms.very_badly))
