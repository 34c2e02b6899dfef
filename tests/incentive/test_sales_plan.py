"""The sales plan reproduces every figure of the documents (B1 to B8, D40 to D44)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.incentive.sales import (
    annual_bonus,
    attain,
    composite_client,
    justify,
    month_pay,
    new_hours,
    ramp,
    review,
    share_of_pay,
)
from agent.mapping.sales_terms import (
    CompositeClientTerms,
    CostTerms,
    GoalTerms,
    PayTerms,
    ReviewTerms,
    Rung,
)
from agent.rounding import cents, half_up, up

PAY = PayTerms()
percents = st.fractions(min_value=0, max_value=300, max_denominator=1000)


def test_the_composite_client_nets_688_dollars() -> None:
    client = composite_client(CompositeClientTerms())
    assert (client.hours_a_month, client.revenue_a_month, client.revenue, client.net) == (
        86,
        1_720,
        6_880,
        688,
    )


def test_a_representative_pays_for_itself_with_115_admissions_and_is_to_win_11_a_month() -> None:
    cost = justify(CostTerms(), composite_client(CompositeClientTerms()))
    assert (cost.target_pay, cost.payroll_tax, cost.extras, cost.total) == (60_000, 7_200, 11_400, 78_600)
    assert (cost.break_even, cost.a_month) == (115, 11)


def test_the_share_of_pay_that_is_incentive_is_a_third() -> None:
    assert share_of_pay(PAY).share == Fraction(1, 3)
    assert share_of_pay(PAY).verdict == "as planned"
    assert share_of_pay(PayTerms(salary=Decimal(100_000))).verdict == "too little"
    assert share_of_pay(PayTerms(salary=Decimal(20_000))).verdict == "too much"


@pytest.mark.parametrize(
    ("percent", "dollars"),
    [
        ("0", "0"),
        ("79.99", "0"),
        ("80", "625"),
        ("89.99", "625"),
        ("90", "937.50"),
        ("95.5", "937.50"),
        ("100", "1250"),
        ("110", "1562.50"),
        ("119.5", "1562.50"),
        ("120", "1875"),
        ("250", "1875"),
    ],
)
def test_the_ladder_pays_the_rung_that_was_reached_to_the_cent(percent: str, dollars: str) -> None:
    assert month_pay(Fraction(percent), PAY) == Decimal(dollars)


def test_the_ladder_goes_on_where_the_plan_says_so() -> None:
    further = PayTerms(beyond_the_ladder=True)
    paid = [month_pay(Fraction(percent), further) for percent in (120, 129, 130, 145)]
    assert paid == [Decimal("1875"), Decimal("1875"), Decimal("2187.50"), Decimal("2500.00")]


def test_a_ladder_that_does_not_rise_is_refused() -> None:
    rungs = [Rung(percent=Decimal(90), pay=Decimal(2)), Rung(percent=Decimal(80), pay=Decimal(1))]
    with pytest.raises(ValidationError, match="must rise"):
        PayTerms(ladder=rungs)


@pytest.mark.parametrize(("week", "month"), [(10, "43"), (25, "107.5"), (40, "172"), (168, "722.4")])
def test_new_hours_per_month_are_the_first_weeks_times_4_3_without_a_cap(week: int, month: str) -> None:
    assert new_hours(week) == Fraction(month)


def test_nine_clients_and_1027_hours_are_95_5_percent_and_pay_937_50() -> None:
    attained = attain(9, 1_027, 11, Decimal(86))
    assert (attained.clients, attained.hours, attained.percent) == (82, 109, Fraction("95.5"))
    assert month_pay(attained.percent, PAY) == Decimal("937.50")
    assert cents((Fraction(900, 11) + Fraction(102_700, 946)) / 2) == Decimal("95.19")


def test_rounding_each_component_decides_between_625_dollars_and_nothing() -> None:
    attained = attain(6, 989, 11, Decimal(86))
    assert (attained.clients, attained.hours, attained.percent) == (55, 105, 80)
    assert month_pay(attained.percent, PAY) == Decimal(625)
    unrounded = (Fraction(600, 11) + Fraction(98_900, 946)) / 2
    assert cents(unrounded) == Decimal("79.55")
    assert month_pay(unrounded, PAY) == 0


def test_a_month_without_a_goal_has_no_attainment() -> None:
    with pytest.raises(ValueError, match="without a goal"):
        attain(3, 100, 0, Decimal(86))


@pytest.mark.parametrize(("months", "goals"), [(6, [2, 4, 6, 7, 9, 11, 11]), (3, [2, 7, 11, 11])])
def test_the_ramp_is_linear_in_whole_numbers_half_up(months: int, goals: list[int]) -> None:
    terms = GoalTerms(ramp_months=months)
    assert [ramp(terms, month) for month in range(1, len(goals) + 1)] == goals


def test_a_ramp_of_one_month_is_the_goal_and_there_is_no_month_zero() -> None:
    assert ramp(GoalTerms(ramp_months=1), 1) == 11
    with pytest.raises(ValueError, match="from 1"):
        ramp(GoalTerms(), 0)


def test_the_annual_bonus_needs_twelve_months_at_goal_and_a_part_year_is_held() -> None:
    assert annual_bonus([Fraction(100)] * 12, PAY) == 5_000
    assert annual_bonus([Fraction(100)] * 11 + [Fraction("99.5")], PAY) == 0
    assert annual_bonus([Fraction(120)] * 11, PAY) is None


def test_the_review_comes_after_90_days_and_names_what_drifted() -> None:
    now = CompositeClientTerms(weekly_hours=Decimal(15))
    found = review(date(2026, 1, 1), CompositeClientTerms(), now, ReviewTerms())
    assert found.due == date(2026, 4, 1)
    assert found.drift["weekly_hours"] == found.net_drift == Fraction(-1, 4)
    assert found.drift["net_margin"] == 0
    assert found.may_change_now
    slightly = CompositeClientTerms(weekly_hours=Decimal(16))
    assert not review(date(2026, 1, 1), CompositeClientTerms(), slightly, ReviewTerms()).may_change_now


@given(percents, percents)
def test_more_attained_never_pays_less(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    assert month_pay(low, PAY) <= month_pay(high, PAY)


@given(st.integers(0, 60), st.integers(0, 3_000), st.integers(1, 30))
def test_one_more_client_or_hour_never_lowers_the_attainment(clients: int, hours: int, goal: int) -> None:
    attained = attain(clients, hours, goal, Decimal(86)).percent
    assert attain(clients + 1, hours, goal, Decimal(86)).percent >= attained
    assert attain(clients, hours + 1, goal, Decimal(86)).percent >= attained


@given(st.fractions(min_value=-10_000, max_value=10_000))
def test_rounding_is_half_up_and_never_further_than_half_a_unit(figure: Fraction) -> None:
    rounded = Fraction(cents(figure))
    assert -Fraction(1, 200) < rounded - figure <= Fraction(1, 200)
    assert 0 <= Fraction(up(figure)) - figure < 1


def test_halves_go_up() -> None:
    assert [half_up(Fraction(n, 2)) for n in (1, 3, 5, -1)] == [1, 2, 3, 0]
    assert cents(Fraction("79.165")) == Decimal("79.17")
