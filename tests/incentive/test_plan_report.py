"""What `plan check` says of the sales plan's arithmetic (B1 to B8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from agent.incentive.plan_report import Remark, plan_report
from agent.mapping.incentive import SalesPlan, SalesReview
from agent.mapping.sales_terms import CompositeClientTerms

TODAY = date(2026, 5, 1)


def report(
    review: SalesReview | None = None, today: date = TODAY, before: SalesPlan | None = None, **plan: Any
) -> tuple[Remark, ...]:
    given = {"version": "2026", "first_month": "2026-01", **plan}
    return plan_report(SalesPlan.model_validate(given), review, today, before)


def reviewed(**now: str) -> SalesReview:
    return SalesReview(on=date(2026, 4, 1), now=CompositeClientTerms.model_validate(now))


def warnings(remarks: tuple[Remark, ...]) -> list[str]:
    return [remark.text for remark in remarks if remark.level == "warning"]


def test_the_plan_of_the_documents_comes_to_115_admissions_and_11_a_month() -> None:
    told = [remark.text for remark in report(reviewed())]
    assert "Composite client: $1,720.00 a month, $688.00 net (B2)." in told
    assert (
        "A representative costs $78,600.00 a year: 115 admissions pay for it, 11 a month with the gross-up (B3)."
        in told
    )
    assert "Goals of the ramp, in new clients: 2, 4, 6, 7, 9, 11 (B8)." in told
    assert "33.33 % of the target pay is incentive: as planned, 25% to 40% (B1)." in told
    assert warnings(report(reviewed())) == []


def test_a_share_of_pay_outside_its_bounds_is_a_warning() -> None:
    [told] = warnings(report(reviewed(), terms={"pay": {"salary": "100000"}}))
    assert told == "16.67 % of the target pay is incentive: too little, 25% to 40% (B1)."


def test_a_goal_that_does_not_pay_for_the_plan_is_a_warning() -> None:
    told = warnings(report(reviewed(), terms={"goal": {"new_clients": 9, "hours_a_client": "80"}}))
    assert told == [
        "The goal of 9 new clients a month does not pay for the plan, which needs 11 (B3).",
        "goal.hours_a_client is 80; the composite client has 86.00 (B7).",
    ]


def test_a_plan_that_begins_in_another_month_than_january_is_a_warning() -> None:
    [told] = warnings(report(reviewed(), first_month="2026-04"))
    assert "2026-04" in told
    assert "1 January only" in told


def test_a_composite_client_that_changed_very_badly_lets_the_plan_change_now_and_is_a_warning() -> None:
    month, moved = warnings(report(reviewed(weekly_hours="15"), first_month="2026-04"))
    assert month.endswith("the composite client changed very badly, which allows it (B8).")
    assert moved.startswith("Since the plan was made: weekly_hours -25.00 %; net profit -25.00 %;")
    assert moved.endswith("the plan may change before 1 January (B8).")


def test_a_version_that_takes_up_the_new_composite_client_is_measured_by_the_one_before_it() -> None:
    """Beside its own figures nothing moved: what allows the change is how far the old plan's were off."""
    before = SalesPlan(version="2026", first_month="2026-01")
    for hours, reason in (("15", "which allows it"), ("16", "on 1 January only")):
        own = {"composite_client": {"weekly_hours": hours}}
        told = warnings(report(reviewed(weekly_hours=hours), before=before, first_month="2026-04", terms=own))
        [month] = [text for text in told if "2026-04" in text]
        assert reason in month


def test_a_ladder_that_pays_another_bonus_at_100_percent_than_the_plan_names_is_a_warning() -> None:
    pay = {"month_at_goal": "1000"}
    [told] = warnings(report(reviewed(), terms={"pay": pay}))
    assert told == "pay.month_at_goal is $1,000.00; the ladder pays $1,250.00 at 100 % (B4, B5)."


def test_the_next_review_is_due_90_days_after_the_last_and_a_warning_when_that_is_past() -> None:
    due = date(2026, 6, 30)
    assert warnings(report(reviewed(), due)) == []
    [told] = warnings(report(reviewed(), date(2026, 7, 1)))
    assert told == "The next review of the composite client was due on 2026-06-30 (B8)."


def test_a_plan_that_was_never_reviewed_says_how_to_tell_of_a_review() -> None:
    [told] = warnings(report())
    assert "[sales_review]" in told


def test_what_moved_is_named_with_its_sign() -> None:
    told = [remark.text for remark in report(reviewed(weekly_hours="22", net_margin="0.09"))]
    [moved] = [text for text in told if text.startswith("Since")]
    assert (
        moved
        == "Since the plan was made: weekly_hours +10.00 %, net_margin -10.00 %; net profit -1.00 % (B8)."
    )


def test_what_a_review_leaves_out_is_as_planned_and_not_as_in_the_documents() -> None:
    own = {"composite_client": {"reimbursement_an_hour": "30"}, "goal": {"new_clients": 9}}
    [moved] = [x.text for x in report(reviewed(weekly_hours="19"), terms=own) if x.text.startswith("Since")]
    assert moved == "Since the plan was made: weekly_hours -5.00 %; net profit -5.00 % (B8)."


def test_a_review_changes_no_plans_hash() -> None:
    assert "now" not in SalesPlan(version="2026", first_month="2026-01").model_dump_json()
    assert reviewed().now.weekly_hours == Decimal(20)
