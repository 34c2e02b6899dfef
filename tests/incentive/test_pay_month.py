"""What a month of pay is reckoned from, out of a real state and a real pay.db: whose, how much, and what is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.desk.pay import statements
from agent.desk.pay.books import csm_results
from agent.desk.pay.statement_view import standing
from agent.errors import AgentError, ConfigurationError
from agent.incentive import kept
from agent.incentive.csm import NO_BASELINE
from agent.incentive.months import Ledger, MonthState, about
from agent.incentive.statement import Line, Statement
from agent.incentive.what_if import Changes
from agent.instants import to_text
from agent.mapping import Incentive, OrgMapping
from agent.model import DecisionKind
from agent.scoring.people import person
from agent.store import mirror, pay_lines
from tests.incentive.paid_people import ACTIVITIES, MONTH, NOW, REGIONAL, SAM, PaidPeople, lock
from tests.scoring import small_staff
from tests.scoring.small_staff import ANA, BO, CLIENTS, MAPPING

APPROVER, OTHER = "payroll.lead@example.com", "plan.owner@example.com"


@pytest.fixture
def people(tmp_path: Path) -> Iterator[PaidPeople]:
    made = PaidPeople(tmp_path)
    yield made
    made.close()


def remapped(**changes: object) -> OrgMapping:
    assert MAPPING.incentive
    given = MAPPING.incentive.model_dump(exclude_unset=True)
    return MAPPING.model_copy(update={"incentive": Incentive.model_validate({**given, **changes})})


def statement(
    people: PaidPeople, who: str = ANA, month: str = MONTH, mapping: OrgMapping = MAPPING
) -> Statement:
    return statements.statement_of(people.books(mapping), who, month)


def why_held(people: PaidPeople, metric: str, month: str = MONTH, mapping: OrgMapping = MAPPING) -> str:
    books = people.books(mapping)
    return csm_results(books, person(people.store, mapping, ANA), month).held[metric]


def test_a_good_month_pays_three_lines_whose_sum_is_the_total_and_nothing_holds_it(
    people: PaidPeople,
) -> None:
    people.a_good_month()
    found = statement(people)
    pays = [line.pays for line in found.lines]
    assert pays == [Decimal("300.00"), Decimal("250.00"), Decimal("271.88")]
    assert (found.total, found.held) == (Decimal("821.88"), ())


def test_the_1720_dollar_client_is_the_third_months_start_and_no_single_ones(people: PaidPeople) -> None:
    people.a_good_month()
    february, march = (statement(people, month=month).lines[0] for month in ("2026-02", MONTH))
    assert (february.result, march.result) == ("0", "2")
    assert [(d.client, d.on, d.amount) for d in march.details] == [
        (CLIENTS[0], "2026-03-31", Decimal("5160.00")),
        (CLIENTS[1], "2026-03-31", Decimal("5160.00")),
    ]


def test_what_makes_a_quality_start_and_the_baseline_are_terms_of_the_plan_that_was_approved(
    people: PaidPeople,
) -> None:
    people.a_good_month()
    terms = {"quality_start_at": "4999.99", "baseline_months": [MONTH]}
    other = remapped(csm=[{"version": "2026", "first_month": "2026-02", "terms": terms}])
    starts, hours, _ = statement(people, mapping=other).lines
    assert (starts.result, hours.result) == ("3", "434.00 billed hours; growth 0.00 %")
    assert MAPPING.incentive
    plain = MAPPING.incentive.csm[0]
    dearer = plain.terms.model_copy(update={"quality_start_at": Decimal(6_000)})
    assert plain.model_copy(update={"terms": dearer}).hash != plain.hash


def test_constant_daily_hours_read_minus_8_70_percent_in_february(people: PaidPeople) -> None:
    for month in ("2025-10", "2025-11", "2025-12", "2026-02"):
        people.hours_every_day(CLIENTS[0], month, "10")
    facts = dict(statement(people, month="2026-02").lines[1].facts)
    assert facts["Growth"] == "-26.67 hours, -8.70 %"
    assert facts["Growth per calendar day"] == "0.00 %, for information"
    assert facts["Baseline"] == "306.67 hours a month: the average of 2025-10, 2025-11, 2025-12"


def test_hours_belong_to_whoever_had_the_client_at_the_end_of_the_day_where_the_office_is(
    people: PaidPeople,
) -> None:
    # 03:30 UTC on the 16th is still the evening of the 15th in Boston: that day is Ana's already.
    people.assign(CLIENTS[6], ANA, "2026-03-16T03:30:00Z", before=BO)
    people.hours_every_day(CLIENTS[6], MONTH, "10")
    lines = {who: statement(people, who).lines[1] for who in (ANA, BO)}
    assert {who: line.exact for who, line in lines.items()} == {ANA: "170", BO: "140"}
    assert [detail.amount for detail in lines[ANA].details] == [170]


def test_billed_is_not_billable_and_the_difference_is_shown(people: PaidPeople) -> None:
    people.a_good_month()
    line = statement(people).lines[1]
    assert dict(line.facts)["Billable"] == "139.50 billable, 15.50 not billed"
    assert [(d.client, d.amount) for d in line.details] == [
        (CLIENTS[0], Decimal("310.00")),
        (CLIENTS[1], Decimal("124.00")),
    ]
    assert [d.why for d in line.details] == ["", "139.50 billable, 15.50 not billed"]


def test_where_what_was_billable_was_billed_no_difference_is_told(people: PaidPeople) -> None:
    people.a_good_month()
    people.hours_every_day(CLIENTS[1], MONTH, "4", billable="4")
    line = statement(people).lines[1]
    assert dict(line.facts)["Billable"] == "124.00 billable"
    assert [d.why for d in line.details] == ["", ""]


def test_a_baseline_set_by_people_goes_before_the_average_and_says_so(people: PaidPeople) -> None:
    people.a_good_month()
    people.line("baseline", None, None, "400", person_id=ANA, reason="new in March")
    line = statement(people).lines[1]
    assert dict(line.facts)["Baseline"] == "400.00 hours a month: set by people: new in March"
    assert line.pays == 350


def test_a_baseline_that_was_taken_back_with_0_gives_way_to_the_average(people: PaidPeople) -> None:
    """As the help of `incentive import` says: a line that should no longer count is given with the amount 0."""
    people.a_good_month()
    before = statement(people).lines[1]
    for hours in ("400", "0"):
        people.line("baseline", None, None, hours, person_id=ANA, reason="set in March")
    assert statement(people).lines[1] == before


def test_every_touch_point_is_there_with_its_minute_its_evidence_and_its_worth(people: PaidPeople) -> None:
    people.a_good_month()
    details = statement(people).lines[2].details
    assert len(details) == 8
    met, missed = details[0], next(d for d in details if d.state == "missed")
    assert (met.client, met.activity, met.on) == (CLIENTS[0], "introduction", "2026-03-02T23:59-05:00")
    assert (met.evidence, met.evidence_at) == ("00T000000000001AAA", "2026-03-02T20:59-05:00")
    assert (missed.client, missed.activity, missed.worth) == (CLIENTS[1], "check_in_7d", Decimal("78.12"))
    assert [detail.worth for detail in details if detail.state == "met"] == [None] * 7


def test_a_month_in_which_the_definition_changed_shows_what_stands_under_each(people: PaidPeople) -> None:
    people.a_good_month()
    assert not [name for name, _ in statement(people).lines[2].facts if name.startswith("By definition")]
    people.touch_points(CLIENTS[2], {"introduction": "met", "check_in_24h": "missed"}, version="2026-03b")
    line = statement(people).lines[2]
    assert dict(line.facts)["By definition 2026-02"] == "7 of 8 done"
    assert dict(line.facts)["By definition 2026-03b"] == "1 of 2 done"
    assert {detail.version for detail in line.details} == {"2026-02", "2026-03b"}


def test_an_exception_is_shown_with_its_reason_and_what_the_score_would_be_with_it(
    people: PaidPeople,
) -> None:
    people.touch_points(CLIENTS[0], {**dict.fromkeys(ACTIVITIES, "met"), "check_in_7d": "exception"})
    line = statement(people).lines[2]
    assert [d.why for d in line.details if d.state == "exception"] == ["hospital"]
    facts = dict(line.facts)
    assert facts["With exceptions counted"] == "100.00 %"
    assert facts["Low volume"] == "fewer than 5 were due: each weighs much"
    assert facts["Clients with all of theirs"] == "100.00 %"
    assert facts["Touch points"] == "3 of 3 done; 1 exception, 3 met"


@pytest.mark.parametrize(
    ("traits", "why"),
    [
        (
            {"at": "2025-09-30T23:00:00Z"},
            "care began 2025-09-30, before 2025-10-01, and there is no opening balance",
        ),
        ({}, "no start of care is known, and no opening balance"),
    ],
)
def test_a_client_whose_early_revenue_is_not_known_is_held_and_named_with_why(
    people: PaidPeople, traits: dict[str, str], why: str
) -> None:
    people.a_good_month()
    if traits:
        people.starts(CLIENTS[3], **traits)
    else:
        people.assign(CLIENTS[9], ANA, "2026-01-01T12:00:00Z")
    client = CLIENTS[3] if traits else CLIENTS[9]
    people.line("revenue", client, "2026-03-05", "100")
    found = statement(people)
    [held] = [d for d in found.lines[0].details if d.state == "held"]
    assert (held.client, held.why) == (client, why)
    assert found.held == ("Quality Starts: 1 client held, for their early revenue is not known",)
    # An opening balance frees it, and stands for what was billed before the lines are complete.
    people.line("revenue", client, "2025-09-15", "4000")
    people.line("opening", client, None, "4900")
    freed = statement(people)
    assert (freed.lines[0].result, freed.held) == ("3", ())


def test_care_that_began_on_the_evening_before_the_lines_are_complete_is_held(people: PaidPeople) -> None:
    people.a_good_month()
    # 01:00 UTC on October 1 is the evening of September 30 in Boston, where its service date is.
    people.starts(CLIENTS[3], at="2025-10-01T01:00:00Z")
    people.line("revenue", CLIENTS[3], "2026-03-05", "5000")
    starts = statement(people).lines[0]
    assert starts.result == "2"
    assert [d.why for d in starts.details if d.state == "held"] == [
        "care began 2025-09-30, before 2025-10-01, and there is no opening balance"
    ]


def test_a_version_that_asks_for_more_revenue_gives_nobody_a_second_start(people: PaidPeople) -> None:
    people.a_good_month()
    for client in CLIENTS[:2]:
        people.line("revenue", client, "2026-04-30", "1720")
    dearer = {"version": "2027", "first_month": "2026-04", "terms": {"quality_start_at": "6000"}}
    other = remapped(csm=[{"version": "2026", "first_month": "2026-02"}, dearer])
    found = [statement(people, month=month, mapping=other).lines[0] for month in (MONTH, "2026-04")]
    assert [line.result for line in found] == ["2", "0"]
    assert found[1].facts[0] == ("Counts from", "$6,000.00 of net revenue, once in a client's lifetime")


def test_revenue_in_another_currency_is_never_added_up(people: PaidPeople) -> None:
    people.a_good_month()
    people.line("revenue", CLIENTS[2], "2026-03-10", "9000", currency="EUR")
    people.line("revenue", CLIENTS[3], "2026-03-10", "9000", currency="EUR")
    found = statement(people).lines[0]
    assert found.result == "2"
    why = "revenue in EUR, and the plan's currency is USD"
    held = [(d.client, d.why) for d in found.details if d.state == "held"]
    assert held == [(CLIENTS[2], why), (CLIENTS[3], why)]
    # An opening balance stands for all that was billed before October, whatever it was billed in.
    people.line("opening", CLIENTS[2], None, "10")
    people.line("revenue", CLIENTS[2], "2026-03-10", "0.02")
    people.line("revenue", CLIENTS[2], "2025-09-10", "9000", currency="EUR")
    assert statement(people).lines[0].result == "3"


def test_without_any_lines_of_the_month_its_metrics_are_held(people: PaidPeople) -> None:
    assert (
        why_held(people, "quality_starts")
        == "no revenue is known of 2026-03: sli-agent incentive import revenue"
    )
    assert (
        why_held(people, "client_hours") == "no hours are known of 2026-03: sli-agent incentive import hours"
    )
    assert why_held(people, "quality_score").startswith("no touch point of this month is theirs")
    assert statement(people).total is None


def test_lines_that_salesforce_deleted_are_not_known_of_the_month(people: PaidPeople) -> None:
    people.line("revenue", CLIENTS[0], "2026-03-05", "100", deleted=1)
    assert why_held(people, "quality_starts").startswith("no revenue is known of 2026-03")


def test_lines_of_others_alone_are_a_month_with_nothing(people: PaidPeople) -> None:
    people.line("revenue", CLIENTS[6], "2026-03-05", "100")
    people.line("hours", CLIENTS[6], "2026-03-05", "8")
    found = statement(people)
    assert [line.result for line in found.lines[:2]] == ["0", "0.00 billed hours; growth held: no baseline"]


def test_growth_is_held_where_a_month_of_the_baseline_is_not_known_at_all(people: PaidPeople) -> None:
    for month in ("2025-10", "2025-12", MONTH):
        people.hours_every_day(CLIENTS[0], month, "20")
    line = statement(people).lines[1]
    assert (line.pays, line.why) == (None, NO_BASELINE)
    assert dict(line.facts)["Baseline"] == "none: no hours at all are known of 2025-11"


def test_a_month_without_a_definition_says_so_and_shows_the_rest(people: PaidPeople) -> None:
    earlier = remapped(csm=[{"version": "2025", "first_month": "2025-01"}])
    assert "No quality definition is in force in 2026-01" in why_held(
        people, "quality_score", "2026-01", earlier
    )


def test_nothing_due_is_held_until_somebody_says_how_it_counts(people: PaidPeople) -> None:
    people.touch_points(CLIENTS[0], dict.fromkeys(ACTIVITIES, "excluded"))
    assert why_held(people, "quality_score").startswith("nothing was due (D24)")
    people.decide(DecisionKind.HELD_RESOLVED, about(Ledger.SCORE, ANA, MONTH), APPROVER, percent="85.00")
    assert statement(people).lines[2].result == "85.00 %"
    people.decide(DecisionKind.HELD_RESOLVED, about(Ledger.SCORE, ANA, MONTH), APPROVER, 1, percent=None)
    line = statement(people).lines[2]
    assert (line.result, line.pays) == ("left out", 0)


def test_who_had_no_touch_point_at_all_is_shown_by_the_months_definition(people: PaidPeople) -> None:
    people.decide(DecisionKind.HELD_RESOLVED, about(Ledger.SCORE, ANA, MONTH), APPROVER, percent=None)
    facts = dict(statement(people).lines[2].facts)
    assert facts["Definition"] == "2026-02, by the method mean of rates"
    assert "Low volume" not in facts


def test_a_touch_point_of_nobody_holds_their_offices_months_unless_it_was_excluded_or_an_exception_approved(
    people: PaidPeople,
) -> None:
    people.a_good_month()
    states = {"introduction": "missed", "check_in_24h": "excluded", "check_in_7d": "exception"}
    people.touch_points(CLIENTS[9], states, csm=None)
    assert statement(people).held == ("1 touch point of 2026-03 in their offices without a CSM",)


def test_a_month_that_is_not_over_pending_touch_points_and_unconfirmed_decisions_hold_it(
    people: PaidPeople,
) -> None:
    people.touch_points(CLIENTS[0], {"introduction": "met", "check_in_24h": "pending"})
    books = people.books(now=datetime(2026, 4, 1, 3, 59, tzinfo=UTC))
    held = statements.statement_of(books, ANA, MONTH).held
    assert "2026-03 is not over" in held
    assert "1 touch point still pending" in held
    assert any(text.startswith("D20, D21, D22, D23, D24, D25, D26, D27 not confirmed") for text in held)
    assert "2026-03 is not over" not in statement(people).held


def test_without_a_table_everything_but_the_pay_is_shown(people: PaidPeople) -> None:
    people.a_good_month()
    bare = remapped(csm=[{"version": "2026", "first_month": "2026-02"}])
    found = statement(people, mapping=bare)
    assert [line.result for line in found.lines] == ["2", "434.00 billed hours; growth 1.09 %", "87.50 %"]
    assert [line.pays for line in found.lines] == [None] * 3
    assert ["no payout table" in why for why in found.held] == [True, True, True, False]
    assert "The csm plan 2026 was approved as" in found.held[3]


@pytest.mark.parametrize(
    ("stands", "why"),
    [
        (
            {"loaded": False},
            "hours are still being read from Salesforce (`sli-agent once`)",
        ),
        ({"loaded": True, "error": "no"}, "hours cannot be read from Salesforce: `sli-agent check` says why"),
    ],
)
def test_lines_that_are_not_all_read_hold_the_pay_and_propose_nothing_about_locked_months(
    people: PaidPeople, stands: dict[str, Any], why: str
) -> None:
    people.a_good_month()
    lock(people, statement(people))
    people.line("hours", CLIENTS[0], f"{MONTH}-09", "1")
    for cursor in (mirror.Cursor("line_hours", **stands), mirror.Cursor("line_hours", loaded=True)):
        with people.pay.transaction():
            mirror.save_cursor(people.pay, cursor)
        is_read = cursor.loaded and not cursor.error
        assert statement(people).held == (() if is_read else (why,))
        assert (statements.shown(people.books(), ANA, MONTH).later is not None) is is_read
        # Nobody sells by hours.
        assert why not in statement(people, SAM).held


def test_who_no_plan_pays_hears_whom_it_pays(people: PaidPeople) -> None:
    with pytest.raises(AgentError, match="whose title is 'Regional Client Success Manager'") as refused:
        statement(people, REGIONAL)
    assert "RN Client Success Manager" in str(refused.value)
    with pytest.raises(AgentError, match="No plan of 2025-12 pays"):
        statement(people, month="2025-12")
    with pytest.raises(ConfigurationError, match=r"incentive.toml: missing"):
        statement(people, mapping=MAPPING.model_copy(update={"incentive": None}))


def sell(people: PaidPeople, month: str, clients: int, week: str, who: str = SAM) -> None:
    for n in range(clients):
        people.line("admissions", CLIENTS[n], f"{month}-{n + 1:02}", week, person_id=who)


def test_a_representatives_month_is_their_admissions_of_the_month(people: PaidPeople) -> None:
    sell(people, MONTH, 9, "26.5375")
    sell(people, "2026-02", 2, "20")
    people.confirm_everything()
    found = statement(people, SAM)
    assert (found.plan, found.total, found.held) == ("sales", Decimal("937.50"), ())
    assert found.lines[0].exact == "191/2"


def test_a_month_in_which_nothing_else_is_supposed_is_the_statement_with_all_that_holds_it(
    people: PaidPeople,
) -> None:
    people.a_good_month()
    sell(people, "2026-04", 9, "26.5375")
    people.touch_points(
        CLIENTS[2], {"introduction": "met", "check_in_7d": "missed", "check_in_14d": "pending"}
    )
    for who, month in ((SAM, "2026-04"), (ANA, MONTH)):
        found = statement(people, who, month)
        assert found.held
        supposed = statements.what_if(people.books(), who, month, Changes()).statement
        assert replace(supposed, assumed=()) == found
    met = Changes(met=((f"a08{CLIENTS[2][3:]}", "check_in_7d"),))
    assert statements.what_if(people.books(), ANA, MONTH, met).statement.held == statement(people).held


def test_the_ramp_counts_since_the_month_the_plan_names_for_them(people: PaidPeople) -> None:
    sell(people, MONTH, 2, "20")
    sales = {"version": "2026", "first_month": "2026-01", "started": {"sam@example.com": MONTH}}
    found = statement(people, SAM, mapping=remapped(sales=[sales]))
    assert found.total == 1250
    with pytest.raises(AgentError, match="began to sell in 2026-03"):
        statement(people, SAM, "2026-02", remapped(sales=[sales]))


def test_without_any_admissions_of_the_month_it_is_held(people: PaidPeople) -> None:
    found = statement(people, SAM)
    assert found.total is None
    assert "no admissions are known of 2026-03" in found.held[0]


def test_the_years_bonus_stands_on_what_was_locked_and_a_part_year_is_held(people: PaidPeople) -> None:
    for n in range(1, 13):
        sell(people, f"2026-{n:02}", 11, "20")
    december = people.books(now=datetime(2027, 1, 9, tzinfo=UTC))
    assert [x.pays for x in statements.statement_of(december, SAM, "2026-12").lines] == [1250, 5000]
    lock(people, statement(people, SAM, "2026-05"), SAM, "2026-05")
    people.line("admissions", CLIENTS[0], "2026-05-01", "0", person_id=SAM)
    assert [x.pays for x in statements.statement_of(december, SAM, "2026-12").lines] == [1250, 5000]
    people.line("admissions", CLIENTS[0], "2026-06-01", "0", person_id=SAM)
    assert [x.pays for x in statements.statement_of(december, SAM, "2026-12").lines] == [1250, 0]


def test_a_month_that_is_held_by_a_mistake_makes_no_year_of_twelve(people: PaidPeople) -> None:
    for n in range(1, 13):
        sell(people, f"2026-{n:02}", 11, "20")
    people.line("admissions", CLIENTS[0], "2026-06-20", "-20", person_id=SAM)
    books = people.books(now=datetime(2027, 1, 9, tzinfo=UTC))
    june, december = (statements.statement_of(books, SAM, f"2026-{n}") for n in ("06", "12"))
    assert "1 admission with hours below 0: correct it where it was entered" in june.held
    assert december.lines[1].pays is None
    assert "11 months are known" in december.lines[1].why


def test_a_month_that_is_reopened_takes_no_years_bonus_back_before_it_is_locked_again(
    people: PaidPeople,
) -> None:
    people.confirm_everything()
    for month in (f"2026-{n:02}" for n in range(1, 13)):
        sell(people, month, 11, "20")
    books = people.books(now=datetime(2027, 1, 9, tzinfo=UTC))
    for month in ("2026-05", "2026-12"):
        lock(people, statements.statement_of(books, SAM, month), SAM, month)
    people.line("admissions", CLIENTS[0], "2026-05-01", "0", person_id=SAM)
    for n, by in enumerate((APPROVER, OTHER)):
        people.decide(DecisionKind.MONTH_REOPENED, about(Ledger.PAY, SAM, "2026-05"), by, 3 + n)
    december = statements.shown(books, SAM, "2026-12")
    assert (december.statement.total, december.later) == (Decimal("6250.00"), None)
    assert statements.statement_of(books, SAM, "2026-12").held == (
        "2026-05, on which the year's bonus stands, was reopened and is not locked again",
    )
    lock(people, statements.statement_of(books, SAM, "2026-05"), SAM, "2026-05", revision=2)
    later = statements.shown(books, SAM, "2026-12").later
    assert later is not None
    assert later.amount == -5_000


def test_a_locked_statement_is_the_same_to_the_bit_after_later_input_which_stands_beside_it(
    people: PaidPeople,
) -> None:
    people.a_good_month()
    locked = statement(people)
    lock(people, locked)
    before = statements.shown(people.books(), ANA, MONTH)
    assert (before.statement, before.state, before.later) == (locked, MonthState.LOCKED, None)
    people.hours_every_day(CLIENTS[2], MONTH, "1")
    people.touch_points(CLIENTS[1], {"check_in_7d": "met"})
    people.line("revenue", CLIENTS[3], "2026-03-05", "9000")
    after = statements.shown(people.books(), ANA, MONTH)
    assert kept.plain(after.statement) == kept.plain(before.statement) == kept.plain(locked)
    assert after.later is not None
    assert after.later.amount == Decimal("178.12")
    proposed = pay_lines.Adjustment(ANA, MONTH, "2026-04", Decimal("178.12"), "hours came late", to_text(NOW))
    with people.pay.transaction():
        pay_lines.propose(people.pay, proposed)
    told = statements.shown(people.books(), ANA, MONTH)
    assert (told.later, told.adjustments) == (None, (proposed,))


def test_terms_that_nobody_approved_hold_the_pay_and_propose_nothing_about_locked_months(
    people: PaidPeople,
) -> None:
    people.a_good_month()
    lock(people, statement(people))
    assert MAPPING.incentive
    newer = MAPPING.incentive.csm[0].model_copy(update={"version": "2026b", "first_month": MONTH})
    terms = newer.terms.model_copy(update={"quality_start_at": Decimal(4_000)})
    plan = [*MAPPING.incentive.csm, newer.model_copy(update={"terms": terms})]
    other = MAPPING.model_copy(update={"incentive": MAPPING.incentive.model_copy(update={"csm": plan})})
    people.line("hours", CLIENTS[0], f"{MONTH}-09", "1")
    people.line("revenue", CLIENTS[0], f"{MONTH}-01", "-1720")
    assert statement(people, mapping=other).held == (
        "csm 2026b is not approved (`sli-agent plan approve csm:2026b`)",
    )
    assert statements.shown(people.books(other), ANA, MONTH).later is None
    assert statements.shown(people.books(), ANA, MONTH).later is not None


def test_a_start_that_is_in_doubt_since_the_lock_is_not_taken_back_before_that_is_settled(
    people: PaidPeople,
) -> None:
    people.a_good_month()
    lock(people, statement(people))
    people.line("hours", CLIENTS[0], f"{MONTH}-01", "9")
    people.line("revenue", CLIENTS[0], "2026-03-30", "900", currency="EUR")
    assert statements.shown(people.books(), ANA, MONTH).later is None
    people.line("revenue", CLIENTS[0], "2026-03-30", "0", currency="USD")
    assert statements.shown(people.books(), ANA, MONTH).later is None
    people.hours_every_day(CLIENTS[0], MONTH, "11")
    later = statements.shown(people.books(), ANA, MONTH).later
    assert later is not None
    assert later.why == "Client Hours (35% of $1,000) 250.00 -> 350.00"


def test_whoever_has_another_title_by_now_still_has_what_was_locked(people: PaidPeople) -> None:
    people.a_good_month()
    locked = statement(people)
    lock(people, locked)
    promoted = small_staff.person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0042", title="Regional Director")
    with people.store.transaction():
        mirror.save_references(people.store, [promoted])
    with pytest.raises(AgentError, match="No plan"):
        statement(people)
    shown = statements.shown(people.books(), ANA, MONTH)
    assert (shown.statement, shown.later) == (locked, None)
    # A title that another plan pays says nothing of what this one paid.
    sell(people, MONTH, 1, "20")
    sells = small_staff.person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0042", title="Sales Representative")
    with people.store.transaction():
        mirror.save_references(people.store, [sells])
    assert statement(people).total == 0
    shown = statements.shown(people.books(), ANA, MONTH)
    assert (shown.statement, shown.later) == (locked, None)


def test_a_locked_month_that_pay_db_has_lost_says_where_it_is_to_be_found(people: PaidPeople) -> None:
    people.a_good_month()
    lock(people, statement(people))
    with people.pay.transaction():
        people.pay.write("DELETE FROM locked_statement")
    with pytest.raises(AgentError, match="sli-agent restore"):
        statements.shown(people.books(), ANA, MONTH)


def test_a_month_that_another_plan_paid_is_no_month_of_the_years_bonus(people: PaidPeople) -> None:
    people.a_good_month()
    lock(people, statement(people))
    sells = small_staff.person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0042", title="Sales Representative")
    with people.store.transaction():
        mirror.save_references(people.store, [sells])
    for n in range(1, 13):
        sell(people, f"2026-{n:02}", 11, "20", ANA)
    december = people.books(now=datetime(2027, 1, 9, tzinfo=UTC))
    annual = statements.statement_of(december, ANA, "2026-12").lines[1]
    assert (annual.pays, annual.result) == (None, "11 of 12 months at goal")


def test_the_total_is_the_sum_of_the_lines_whatever_the_month_holds(people: PaidPeople) -> None:
    people.a_good_month()
    for hours in ("0.333", "7.125", "0.005"):
        people.line("hours", CLIENTS[4], "2026-03-09", hours)
        found = statement(people)
        assert found.total == sum(pays(found.lines))


def pays(lines: object) -> list[Decimal]:
    assert isinstance(lines, tuple)
    return [line.pays for line in lines if isinstance(line, Line) and line.pays is not None]


def test_names_are_shown_only_to_whom_asks_for_them(people: PaidPeople) -> None:
    people.a_good_month()
    hidden, shown = (
        statements.shown(people.books(), ANA, MONTH, names=names).labels for names in (False, True)
    )
    assert (hidden[CLIENTS[1]], shown[CLIENTS[1]]) == (CLIENTS[1], "Client Number1")
    assert replace(statements.shown(people.books(), ANA, MONTH), labels={}).statement == statement(people)


def test_an_open_dispute_is_told_beside_the_statement(people: PaidPeople) -> None:
    people.a_good_month()
    dispute = people.decide(
        DecisionKind.DISPUTE_OPENED, about(Ledger.PAY, ANA, MONTH), "ana.ruiz@example.com"
    )
    shown = statements.shown(people.books(), ANA, MONTH)
    assert shown.disputes == (dispute.name,)
    assert standing(shown) == "CSM plan 2026; the month's pay is calculated; 1 dispute open"
