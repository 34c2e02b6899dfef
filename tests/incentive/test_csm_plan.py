"""The CSM plan: three metrics, their tables, and what a statement says without them (I1 to I7, D28)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.incentive.csm import NO_BASELINE, PRIORITIES, Results, csm_statement
from agent.incentive.metrics import Hours
from agent.incentive.statement import Detail, Evidence, Line, OneMore, Statement
from agent.mapping.csm_terms import CsmTerms

HOURS = Hours(Fraction(2800), Fraction(2500), 31, Fraction(92, 3))
RESULTS = Results(3, HOURS, Decimal("90.00"), {})
STEPS = {"kind": "step", "steps": [{"below": "2", "pays": "0"}, {"at_least": "2", "pays": "300"}]}
GRID = {
    "kind": "grid",
    "rows": [
        {"below": "2000", "cells": [{"pays": "0"}]},
        {"at_least": "2000", "cells": [{"below": "10", "pays": "100"}, {"at_least": "10", "pays": "350"}]},
    ],
}
LINEAR = {
    "kind": "linear",
    "lines": [{"at_least": "0", "below": "100", "pays_from": "0", "pays_to": "350"}],
    "pays_beyond": "350",
}


def terms(**tables: Any) -> CsmTerms:
    weights = {"quality_starts": "0.30", "client_hours": "0.35", "quality_score": "0.35"}
    return CsmTerms.model_validate(
        {
            name: {"weight": w, **({"table": tables[name]} if name in tables else {})}
            for name, w in weights.items()
        }
    )


WHOLE = terms(quality_starts=STEPS, client_hours=GRID, quality_score=LINEAR)


def test_a_statement_pays_each_metric_by_its_table_and_its_total_is_their_sum() -> None:
    found = csm_statement("e1", "2026-03", WHOLE, RESULTS)
    assert [line.pays for line in found.lines] == [Decimal(300), Decimal(350), Decimal(315)]
    assert (found.total, found.held) == (Decimal(965), ())
    assert [line.result for line in found.lines] == ["3", "2,800.00 billed hours; growth 12.00 %", "90.00 %"]
    assert [line.priority for line in found.lines] == list(PRIORITIES.values())


def test_without_a_table_everything_but_the_pay_is_shown_and_what_is_missing() -> None:
    found = csm_statement("e1", "2026-03", terms(quality_starts=STEPS), RESULTS)
    assert found.total is None
    assert [line.pays for line in found.lines] == [Decimal(300), None, None]
    assert found.lines[2].result == "90.00 %"
    assert found.held == tuple(
        f"{found.lines[n].component}: no payout table: add [csm.{name}.table] to incentive.toml"
        for n, name in ((1, "client_hours"), (2, "quality_score"))
    )


def test_a_metric_that_is_held_says_why() -> None:
    held = Results(3, None, None, {"quality_score": "nothing was due"})
    found = csm_statement("e1", "2026-03", WHOLE, held)
    assert [line.why for line in found.lines] == ["", "there is no result yet", "nothing was due"]
    assert found.total is None


def test_hours_without_a_baseline_have_no_growth_and_a_grid_cannot_pay_them() -> None:
    new = Results(3, Hours(Fraction(2800), None, 31, Fraction(92, 3)), Decimal(90), {})
    found = csm_statement("e1", "2026-03", WHOLE, new)
    line = found.lines[1]
    assert (line.result, line.pays) == ("2,800.00 billed hours; growth held: no baseline", None)
    assert line.why == NO_BASELINE
    assert found.held == (f"{line.component}: {line.why}",)


def test_a_score_that_somebody_left_out_pays_nothing_and_holds_nothing() -> None:
    left_out = Results(3, HOURS, None, {"quality_score": "left out"}, left_out=frozenset({"quality_score"}))
    found = csm_statement("e1", "2026-03", WHOLE, left_out)
    assert (found.lines[2].result, found.lines[2].pays, found.total, found.held) == ("left out", 0, 650, ())


def test_what_holds_the_month_beside_its_lines_is_named_after_them() -> None:
    waiting = Results(3, HOURS, None, {"quality_score": "nothing was due"}, ("D20 not confirmed",))
    held = csm_statement("e1", "2026-03", WHOLE, waiting).held
    assert held == ("Quality Composite Score (35% of $1,000): nothing was due", "D20 not confirmed")


def test_each_touch_point_that_was_not_met_says_what_it_would_have_been_worth() -> None:
    details = tuple(
        Detail("touch point", client, "missed", episode=f"e{client}", activity="x") for client in "ab"
    )
    results = Results(
        3, HOURS, Decimal(90), {}, evidence={"quality_score": Evidence((), details)},
        if_met={("ea", "x"): Decimal("92.50"), ("eb", "x"): Decimal("95.00")},
    )  # fmt: skip
    line = csm_statement("e1", "2026-03", WHOLE, results).lines[2]
    assert [detail.worth for detail in line.details] == [Decimal("8.75"), Decimal("17.50")]
    best = "One more touch point met, for a score of up to 95.00 %"
    assert line.one_more == (OneMore(best, Decimal("17.50")),)


def test_a_result_outside_its_table_is_held() -> None:
    line = csm_statement("e1", "2026-03", WHOLE, Results(3, HOURS, Decimal(-1), {})).lines[2]
    assert "outside the table" in line.why


def test_weights_that_do_not_make_one_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"make 0.70, not 1"):
        CsmTerms.model_validate({"quality_starts": {"weight": "0"}})


@given(st.lists(st.decimals(-1000, 1000, places=2), min_size=1, max_size=6))
def test_a_total_is_the_sum_of_its_lines_to_the_cent(pays: list[Decimal]) -> None:
    found = Statement("e1", "2026-03", "csm", [Line("x", "", p) for p in pays])
    assert found.total == sum(pays)
