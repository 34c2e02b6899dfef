"""The sales plan's own arithmetic, for `plan check`: what it stands on and what asks for a look (B1 to B8). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from agent.incentive.sales import (
    FULL,
    Review,
    composite_client,
    justify,
    month_pay,
    ramp,
    review,
    share_of_pay,
)
from agent.mapping.incentive import SalesPlan, SalesReview
from agent.mapping.sales_terms import SalesTerms
from agent.rounding import Exact, cents


@dataclass(frozen=True)
class Remark:
    """One line of the report; a warning is for the plan's owner to look at."""

    level: Literal["ok", "warning"]
    text: str


def plan_report(
    plan: SalesPlan, last_review: SalesReview | None, today: date, before: SalesPlan | None = None
) -> tuple[Remark, ...]:
    """What a version of the plan comes to, and what is to be looked at. `before`: the version it follows."""
    return (
        *_arithmetic(plan.terms),
        _first_month(plan, last_review, before or plan),
        *_reviews(plan.terms, last_review, today),
    )


def _arithmetic(terms: SalesTerms) -> Sequence[Remark]:
    client = composite_client(terms.composite_client)
    cost = justify(terms.cost, client)
    goals = ", ".join(str(ramp(terms.goal, month)) for month in range(1, terms.goal.ramp_months + 1))
    found = [
        Remark(
            "ok",
            f"Composite client: {_money(client.revenue_a_month)} a month, {_money(client.net)} net (B2).",
        ),
        Remark(
            "ok",
            f"A representative costs {_money(cost.total)} a year: {cost.break_even} admissions pay for it, "
            f"{cost.a_month} a month with the gross-up (B3).",
        ),
        Remark("ok", f"Goals of the ramp, in new clients: {goals} (B8)."),
        _share(terms),
    ]
    if terms.goal.new_clients < cost.a_month:
        goal = f"The goal of {terms.goal.new_clients} new clients a month"
        found.append(Remark("warning", f"{goal} does not pay for the plan, which needs {cost.a_month} (B3)."))
    if terms.goal.hours_a_client != client.hours_a_month:
        hours = f"goal.hours_a_client is {terms.goal.hours_a_client}"
        found.append(
            Remark("warning", f"{hours}; the composite client has {cents(client.hours_a_month)} (B7).")
        )
    at_goal, named = month_pay(FULL, terms.pay), cents(terms.pay.month_at_goal)
    if at_goal != named:
        pays = f"the ladder pays {_money(at_goal)} at 100 %"
        found.append(Remark("warning", f"pay.month_at_goal is {_money(named)}; {pays} (B4, B5)."))
    return found


def _share(terms: SalesTerms) -> Remark:
    found = share_of_pay(terms.pay)
    least, most = (f"{bound:.0%}" for bound in terms.pay.incentive_share)
    text = f"{cents(100 * found.share)} % of the target pay is incentive: {found.verdict}, {least} to {most} (B1)."
    return Remark("ok" if found.verdict == "as planned" else "warning", text)


def _first_month(plan: SalesPlan, last_review: SalesReview | None, changed: SalesPlan) -> Remark:
    """`changed` is the version whose composite client is to have changed: the new one may have its new figures."""
    if plan.first_month.endswith("-01"):
        return Remark("ok", f"It pays from {plan.first_month} on.")
    found = _review(changed.terms, last_review)
    reason = "the composite client changed very badly, which allows it" if found and found.may_change_now else (
        "a plan changes on 1 January only, unless the composite client changed very badly"
    )  # fmt: skip
    return Remark("warning", f"It pays from {plan.first_month} on, which is no January: {reason} (B8).")


def _reviews(terms: SalesTerms, last_review: SalesReview | None, today: date) -> Sequence[Remark]:
    found = _review(terms, last_review)
    if found is None:
        text = "The composite client was never reviewed: add [sales_review] to incentive.toml"
        return [Remark("warning", f"{text} (every {terms.review.days} days, B8).")]
    level: Literal["ok", "warning"] = "warning" if found.due < today else "ok"
    was = "was due" if found.due < today else "is due"
    moved = ", ".join(f"{name} {cents(100 * drift):+} %" for name, drift in found.drift.items() if drift)
    drift = f"Since the plan was made: {moved}" if moved else "Nothing moved since the plan was made"
    net = f"net profit {cents(100 * found.net_drift):+} %"
    may = "; the plan may change before 1 January" if found.may_change_now else ""
    return [
        Remark(level, f"The next review of the composite client {was} on {found.due.isoformat()} (B8)."),
        Remark("warning" if found.may_change_now else "ok", f"{drift}; {net}{may} (B8)."),
    ]


def _review(terms: SalesTerms, last_review: SalesReview | None) -> Review | None:
    if last_review is None:
        return None
    planned = terms.composite_client
    # What a review does not tell stands as planned; the defaults are the documents' example, and not this org's.
    told = {name: getattr(last_review.now, name) for name in last_review.now.model_fields_set}
    return review(last_review.on, planned, planned.model_copy(update=told), terms.review)


def _money(figure: Exact) -> str:
    return f"${cents(figure):,}"
