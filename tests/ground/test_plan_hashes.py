"""What an approval stands on: equal terms have equal hashes, and no default may ever change under them."""

from __future__ import annotations

import json
from decimal import Decimal

from agent.mapping.csm_terms import CsmTerms
from agent.mapping.definitions import Definition
from agent.mapping.incentive import CsmPlan, SalesPlan
from agent.mapping.sales_terms import SalesTerms

POINT = {
    "activity": "introduction",
    "label": "Introduction",
    "since": "2026-02-01",
    "opens": {"anchor": "first_shift_start"},
    "closes": {"anchor": "first_shift_end"},
}
GIVEN = {"version": "2026-02", "first_month": "2026-02", "touch_points": [POINT]}


def definition(**more: object) -> Definition:
    return Definition.model_validate({**GIVEN, **more})


def test_a_default_that_is_written_out_changes_no_hash_and_any_other_value_does() -> None:
    assert definition(low_volume=5, method="mean_of_rates").hash == definition().hash
    assert definition(low_volume=4).hash != definition().hash
    assert definition(touch_points=[{**POINT, "weight": 2}]).hash != definition().hash


def test_a_plan_is_hashed_with_all_its_terms() -> None:
    plain = CsmPlan(version="2026", first_month="2026-02")
    other = CsmPlan(version="2026", first_month="2026-02", terms=CsmTerms(target=Decimal(900)))
    assert plain.hash != other.hash


def test_whoever_begins_to_sell_changes_no_plan() -> None:
    plain = SalesPlan(version="2026", first_month="2026-01")
    assert plain.model_copy(update={"started": {"new@example.com": "2026-03"}}).hash == plain.hash


def test_the_defaults_that_approved_terms_stand_on_are_what_they_always_were() -> None:
    found = definition().model_dump(mode="json")
    assert {name: value for name, value in found.items() if name not in GIVEN} == {
        "starts_from": None,
        "method": "mean_of_rates",
        "credit_late": False,
        "credit_cover": False,
        "exclusions": ["never_started", "service_ended", "before_its_date", "duplicate"],
        "exceptions": ["contact_refused", "documented_attempts", "hospital", "office_closed", "covered"],
        "decimals": 2,
        "low_volume": 5,
    }
    csm = CsmTerms().model_dump(mode="json")
    assert (csm["target"], csm["quality_starts"], csm["client_hours"], csm["quality_score"]) == (
        "1000",
        {"weight": "0.30", "table": None},
        {"weight": "0.35", "table": None},
        {"weight": "0.35", "table": None},
    )
    assert (csm["eligible"], csm["quality_start_at"], csm["baseline_months"]) == (
        ["Client Success Manager", "RN Client Success Manager"],
        "5000",
        ["2025-10", "2025-11", "2025-12"],
    )
    sales = json.loads(SalesTerms().model_dump_json())
    assert sales["composite_client"]["weekly_hours"] == "20"
    assert [rung["pay"] for rung in sales["pay"]["ladder"]] == ["625", "937.50", "1250", "1562.50", "1875"]
