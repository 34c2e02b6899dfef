"""A month as it might have been, and a statement as plain data: the same reckoning, and the same to the last sign."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from agent.incentive import kept
from agent.incentive.csm import Results, csm_statement
from agent.incentive.metrics import Hours
from agent.incentive.sales_statement import SalesMonth, sales_statement
from agent.incentive.statement import Detail, Evidence, Line, OneMore, Statement
from agent.incentive.what_if import Changes, changed, changed_sales, supposed
from agent.mapping.csm_terms import CsmTerms
from agent.mapping.sales_terms import SalesTerms
from agent.store.pay_lines import digest_of

HOURS = Hours(Fraction(400), Fraction(400), 31, Fraction(92, 3))
EVIDENCE = {"quality_score": Evidence((("Definition", "2026-02"),), (Detail("touch point", "c", "missed"),))}
RESULTS = Results(2, HOURS, Decimal(80), {}, evidence=EVIDENCE, if_met={("e", "x"): Decimal(90)})


def test_changes_add_to_what_is_and_growth_moves_with_the_hours() -> None:
    found = changed(RESULTS, Changes(starts=1, hours=Decimal("20.5")))
    assert found.quality_starts == 3
    assert found.client_hours is not None
    assert (found.client_hours.total, found.client_hours.growth_percent) == (
        Fraction("420.5"),
        Fraction("5.125"),
    )
    assert found.quality_score == 80


def test_fewer_than_none_is_none() -> None:
    found = changed(RESULTS, Changes(starts=-9, hours=Decimal(-900)))
    assert found.quality_starts == 0
    assert found.client_hours is not None
    assert found.client_hours.total == 0


def test_another_score_drops_the_evidence_that_made_the_first() -> None:
    found = changed(RESULTS, Changes(score=Decimal("88.5")))
    assert found.quality_score == Decimal("88.5")
    assert found.evidence["quality_score"] == Evidence((("The score is", "supposed"),))
    assert found.if_met == {}


def test_what_is_held_stays_held_unless_the_change_gives_the_result() -> None:
    held = Results(None, None, None, {"quality_starts": "no revenue"})
    found = changed(held, Changes(starts=3, hours=Decimal(10), score=Decimal(90)))
    assert (found.quality_starts, found.client_hours, found.quality_score) == (None, None, 90)


def test_a_representatives_month_takes_more_clients_and_hours() -> None:
    found = changed_sales(SalesMonth(11, 6, Fraction(989)), Changes(starts=5, hours=Decimal(10)))
    assert (found.new_clients, found.hours) == (11, 999)


def test_what_is_supposed_is_said_in_words_and_nothing_supposed_as_well() -> None:
    statement = csm_statement("p", "2026-03", CsmTerms(), RESULTS)
    changes = Changes(1, Decimal("-20.50"), Decimal(90), (("e", "x"),))
    assert supposed(statement, changes).assumed == (
        "Quality Starts: +1",
        "Billed hours: -20.50",
        "Met: x of start of care e",
        "Quality score: 90 %",
    )
    assert supposed(statement, Changes()).assumed == ("Nothing: the figures as they are",)
    sales = sales_statement("p", "2026-03", SalesTerms(), SalesMonth(11, 6, Fraction(989)))
    assert supposed(sales, Changes(2, Decimal(5))).assumed == ("New clients: +2", "New hours per month: +5")


texts = st.text(max_size=8)
dollars = st.none() | st.decimals(-9999, 9999, places=2)
details = st.builds(
    Detail, texts, texts, texts, texts, dollars, texts, texts, texts, texts, texts, texts, texts, dollars
)
lines = st.builds(
    Line, texts, texts, dollars, texts, texts, texts,
    facts=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    details=st.lists(details, max_size=2).map(tuple),
    one_more=st.lists(st.builds(OneMore, texts, dollars), max_size=2).map(tuple),
)  # fmt: skip
statements = st.builds(
    Statement, texts, texts, texts, st.lists(lines, max_size=2).map(tuple),
    st.lists(texts, max_size=2).map(tuple), texts, st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip


@given(statements)
def test_a_statement_comes_back_from_plain_data_to_the_last_sign(statement: Statement) -> None:
    through_json = json.loads(json.dumps(kept.plain(statement)))
    assert kept.statement_of(through_json) == statement
    assert digest_of(through_json) == digest_of(kept.plain(statement))
    assert through_json["total"] == (None if statement.total is None else str(statement.total))


def test_statements_that_differ_by_a_cent_have_different_digests() -> None:
    one, other = (
        kept.plain(Statement("p", "2026-03", "csm", (Line("x", "", Decimal(pays)),)))
        for pays in ("1.00", "1.01")
    )
    assert digest_of(one) != digest_of(other)


def test_what_a_later_version_of_the_agent_adds_is_left_aside() -> None:
    found = kept.plain(
        Statement("p", "2026-03", "csm", (Line("x", "", Decimal("1.00"), details=(Detail("y"),)),))
    )
    found["lines"][0]["details"][0]["later"] = "?"
    assert kept.statement_of({**found, "later": 1}).total == 1
