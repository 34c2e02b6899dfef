"""A representative's month: admissions, goal, attainment, rung, the next rung, and the year's bonus (B4 to B8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.incentive.sales_statement import (
    Admission,
    SalesMonth,
    attained,
    goal_of,
    sales_month,
    sales_statement,
)
from agent.mapping.sales_terms import GoalTerms, PayTerms, SalesTerms

TERMS = SalesTerms()
LONG_AFTER = date(2027, 1, 1)
ROUNDED = SalesMonth(11, 6, Fraction(989))


def admission(name: str, day: date, hours: str = "20", client: str = "") -> Admission:
    return Admission(name, client or f"client {name}", day, Decimal(hours))


def admissions(count: int, hours: str = "20") -> list[Admission]:
    return [admission(str(n), date(2026, 3, 1) + timedelta(days=n), hours) for n in range(count)]


def test_nine_clients_and_1027_hours_pay_937_50_and_say_how() -> None:
    found = sales_statement("s", "2026-03", TERMS, SalesMonth(11, 9, Fraction(1027)))
    [line] = found.lines
    assert (line.result, line.pays, found.total, line.exact) == (
        "95.5 % of the goal",
        Decimal("937.50"),
        Decimal("937.50"),
        "191/2",
    )
    assert dict(line.facts) == {
        "New clients": "9 of 11: 82 %",
        "New hours per month": "1,027.00 of 946.00: 109 %",
        "Attainment, their average": "95.5 %",
        "Rung reached": "90 % pays $937.50",
    }


def test_six_of_eleven_with_989_hours_is_625_dollars() -> None:
    assert sales_statement("s", "2026-03", TERMS, ROUNDED).total == 625


def test_new_hours_are_those_of_the_first_week_times_4_3_admission_by_admission() -> None:
    three = [admission(str(n), date(2026, 3, 9), week) for n, week in enumerate(("10", "25", "40"))]
    found = sales_month(three, TERMS, "2026-03", None, LONG_AFTER)
    assert [detail.amount for detail in found.details] == [Decimal(43), Decimal("107.5"), Decimal(172)]
    assert (found.new_clients, found.hours, found.also_held) == (3, Fraction("322.5"), ())


def test_other_months_a_second_admission_and_a_cancelled_one_do_not_count() -> None:
    march = date(2026, 3, 31)
    found = sales_month(
        [
            admission("first", date(2026, 3, 2), client="twice"),
            admission("again", march, client="twice"),
            admission("cancelled", march, "0"),
            admission("april", date(2026, 4, 1)),
        ],
        TERMS,
        "2026-03",
        None,
        LONG_AFTER,
    )
    assert (found.new_clients, found.hours) == (1, 86)
    states = {detail.evidence: detail.state for detail in found.details}
    assert states == {"first": "counted", "again": "counted already", "cancelled": "cancelled"}


def test_a_first_week_that_is_not_over_holds_the_month() -> None:
    day = date(2026, 3, 28)
    before = sales_month([admission("late", day)], TERMS, "2026-03", None, day + timedelta(days=6))
    assert before.also_held == ("1 first week not over: scheduled hours may still change",)
    after = sales_month([admission("late", day)], TERMS, "2026-03", None, day + timedelta(days=7))
    assert after.also_held == ()


@pytest.mark.parametrize(
    ("started", "goals"),
    [("2026-01", [2, 4, 6, 7, 9, 11, 11]), (None, [11] * 7), ("2025-11", [6, 7, 9, 11, 11, 11, 11])],
)
def test_the_goal_ramps_up_since_somebody_began_to_sell_and_is_whole_for_everybody_else(
    started: str | None, goals: list[int]
) -> None:
    months = [f"2026-{n:02}" for n in range(1, 8)]
    assert [goal_of(TERMS.goal, month, started) for month in months] == goals


def test_a_month_before_they_began_has_no_goal() -> None:
    with pytest.raises(ValueError, match="from 1"):
        goal_of(TERMS.goal, "2025-12", "2026-01")


def test_a_ramp_that_begins_at_nothing_leaves_its_first_month_to_people() -> None:
    terms = SalesTerms(goal=GoalTerms(ramp_from=0))
    found = sales_statement("s", "2026-01", terms, sales_month([], terms, "2026-01", "2026-01", LONG_AFTER))
    assert found.total is None
    assert "has no goal" in found.held[0]
    nothing = replace(sales_month([], terms, "2026-01", "2026-01", LONG_AFTER), left_out=True)
    assert (sales_statement("s", "2026-01", terms, nothing).total, nothing.new_clients) == (0, 0)


def test_a_month_that_is_held_says_why_and_pays_nobody_knows_what() -> None:
    found = sales_statement(
        "s", "2026-03", TERMS, SalesMonth(11, None, Fraction(0), "no admissions are known", left_out=True)
    )
    assert (found.total, found.lines[0].result) == (None, "held")
    assert found.held == ("Monthly bonus ($1,250 at 100 %): no admissions are known",)


def test_what_is_missing_to_the_next_rung_is_told_in_clients_and_in_hours() -> None:
    more = {m.what: m.worth for m in sales_statement("s", "2026-03", TERMS, ROUNDED).lines[0].one_more}
    assert more == {
        "One more new client of 86 hours a month": Decimal("0.00"),
        "One more new hour per month": Decimal("0.00"),
        "The next rung, 90 %: 2 such clients more": Decimal("312.50"),
        "The next rung, 90 %: 188.77 more new hours per month": Decimal("312.50"),
    }


def test_above_the_highest_rung_there_is_no_next_one() -> None:
    top = sales_statement("s", "2026-03", TERMS, SalesMonth(11, 20, Fraction(2000))).lines[0]
    assert top.pays == 1875
    assert not [more for more in top.one_more if "rung" in more.what]


def test_where_the_ladder_goes_on_the_rung_that_is_named_is_the_one_that_pays() -> None:
    terms = SalesTerms(pay=PayTerms(beyond_the_ladder=True))
    line = sales_statement("s", "2026-03", terms, SalesMonth(11, 16, Fraction(1300))).lines[0]
    assert (line.pays, dict(line.facts)["Rung reached"]) == (2500, "140 % pays $2,500.00")
    assert line.one_more[2].what == "The next rung, 150 %: 1 such client more"
    assert line.one_more[2].worth == Decimal("312.50")


def test_hours_below_nothing_are_no_new_client_and_hold_the_month() -> None:
    wrong = [admission("wrong", date(2026, 3, 2), "-5"), admission("right", date(2026, 3, 3))]
    found = sales_month(wrong, TERMS, "2026-03", None, LONG_AFTER)
    assert (found.new_clients, found.hours) == (1, 86)
    assert [detail.state for detail in found.details] == ["held", "counted"]
    assert found.also_held == ("1 admission with hours below 0: correct it where it was entered",)


def year(percent: int, months: int = 11) -> dict[str, Fraction]:
    return {f"2026-{n:02}": Fraction(percent) for n in range(1, months + 1)}


def test_in_december_twelve_months_at_goal_pay_the_annual_bonus() -> None:
    found = sales_statement("s", "2026-12", TERMS, SalesMonth(11, 11, Fraction(946)), year(100))
    assert [line.pays for line in found.lines] == [1250, 5000]
    assert (found.total, found.lines[1].result) == (6250, "12 of 12 months at goal")


def test_a_year_with_one_month_below_goal_pays_none_and_a_part_year_is_held() -> None:
    month = SalesMonth(11, 11, Fraction(946))
    missed = sales_statement("s", "2026-12", TERMS, month, {**year(100), "2026-05": Fraction(99)})
    assert missed.lines[1].pays == 0
    part = sales_statement("s", "2026-12", TERMS, month, year(100, 9))
    assert part.total is None
    assert part.held == (
        f"{part.lines[1].component}: held: 10 months are known, and a part year is decided by people; "
        "`sli-agent month resolve --what pay` lets it pay nothing",
    )
    left_out = sales_statement("s", "2026-12", TERMS, replace(month, left_out=True), year(100, 9))
    assert ([line.pays for line in left_out.lines], left_out.held) == ([1250, 0], ())


@given(st.permutations(admissions(9, "13.5")))
def test_the_order_of_the_admissions_changes_nothing(shuffled: list[Admission]) -> None:
    as_listed = sales_month(admissions(9, "13.5"), TERMS, "2026-03", None, LONG_AFTER)
    assert sales_month(shuffled, TERMS, "2026-03", None, LONG_AFTER) == as_listed


@given(st.integers(0, 25), st.integers(0, 3000), st.integers(1, 15))
def test_what_leads_to_the_next_rung_leads_there_and_pays_more(clients: int, hours: int, goal: int) -> None:
    found = SalesMonth(goal, clients, Fraction(hours))
    line = sales_statement("s", "2026-03", TERMS, found).lines[0]
    reached = attained(found, TERMS)
    assert reached is not None
    assert all(more.worth is not None and more.worth >= 0 for more in line.one_more)
    for more in line.one_more[2:]:
        assert more.worth is not None
        assert more.worth > 0
