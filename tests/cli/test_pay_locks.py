"""Pay is locked last: when all that it stands on is settled, as it was approved, and once for good (D29)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from agent.desk.decided import disputes, month_shown, months, plans
from agent.desk.decided.months import Subject
from agent.desk.decided.word import Word
from agent.desk.pay import locks as pay_locks
from agent.desk.pay import statements
from agent.errors import AgentError
from agent.incentive.months import Ledger, MonthState
from agent.mapping import Incentive, OrgMapping
from agent.model import DecisionKind, HumanDecision
from agent.scoring import locks
from agent.scoring.people import person
from agent.store import diary, pay_lines
from agent.store.pay_lines import LockedStatement
from tests.incentive.paid_people import ACTIVITIES, MONTH, NOW, ORG, SAM, PaidPeople
from tests.scoring.small_staff import ANA, CLIENTS, MAPPING

ANN, BEN = "payroll.lead@example.com", "plan.owner@example.com"
REVIEWED, APPROVED, LOCKED, REOPENED = (
    DecisionKind.MONTH_REVIEWED,
    DecisionKind.MONTH_APPROVED,
    DecisionKind.MONTH_LOCKED,
    DecisionKind.MONTH_REOPENED,
)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[PaidPeople]:
    """Ana's good month, its evidence judged, its definition and plan approved."""
    made = PaidPeople(tmp_path)
    made.a_good_month()
    with made.store.transaction():
        made.store.write("UPDATE episode SET changed = 0")
    yield made
    made.close()


def word(by: str = ANN) -> Word:
    return Word(by, "looked at each line", NOW)


def subject(
    people: PaidPeople, ledger: Ledger = Ledger.PAY, who: str = ANA, mapping: OrgMapping = MAPPING
) -> Subject:
    return Subject(people.store, mapping, ledger, person(people.store, mapping, who), MONTH)


def step(
    people: PaidPeople, kind: DecisionKind, by: str = ANN, who: str = ANA, mapping: OrgMapping = MAPPING
) -> HumanDecision:
    books = people.books(mapping)
    return pay_locks.decide_pay(books, subject(people, who=who, mapping=mapping), kind, word(by))


def lock_score(people: PaidPeople) -> None:
    for kind, by in ((REVIEWED, ANN), (APPROVED, BEN), (LOCKED, ANN)):
        months.decide_score(subject(people, Ledger.SCORE), kind, word(by))


def approve(people: PaidPeople, who: str = ANA) -> None:
    step(people, REVIEWED, who=who)
    step(people, APPROVED, BEN, who=who)


def lock_pay(people: PaidPeople) -> HumanDecision:
    approve(people)
    return step(people, LOCKED)


def why_not(people: PaidPeople, who: str = ANA, mapping: OrgMapping = MAPPING) -> str:
    """What keeps the pay from being locked."""
    with pytest.raises(AgentError) as refused:
        step(people, LOCKED, who=who, mapping=mapping)
    return str(refused.value)


def statements_of(people: PaidPeople) -> list[LockedStatement]:
    return pay_lines.locked(people.pay, ANA, MONTH)


def test_the_lock_keeps_the_statement_in_pay_db_and_only_its_digest_in_the_decision(
    people: PaidPeople,
) -> None:
    lock_score(people)
    kept = lock_pay(people)
    [there] = statements_of(people)
    assert kept.data == {"digest": there.digest, "revision": 1}
    assert there.digest == pay_lines.digest_of(there.statement)
    assert (there.revision, there.decision_key) == (1, kept.key)
    assert there.total == sum(Decimal(line["pays"]) for line in there.statement["lines"])
    assert people.store.value("SELECT count(*) FROM decision WHERE instr(data, ?)", (str(there.total),)) == 0
    assert not any(str(there.total) in line["text"] for line in diary.lines(people.store, {}))


def test_pay_is_not_locked_before_the_score_it_stands_on(people: PaidPeople) -> None:
    approve(people)
    assert "the month's score is calculated, not locked" in why_not(people)
    lock_score(people)
    opened = disputes.opened(subject(people, Ledger.SCORE), "check_in_7d", word("ana.ruiz@example.com"))
    assert "1 open dispute about the score" in why_not(people)
    disputes.settle(people.store, MAPPING, opened.name, word(BEN))
    step(people, LOCKED)  # What was approved has not moved because the score was locked since.


def test_a_dispute_about_the_pay_keeps_it_open(people: PaidPeople) -> None:
    lock_score(people)
    approve(people)
    opened = disputes.opened(subject(people), "Client Hours", word("ana.ruiz@example.com"))
    assert "yet: 1 open dispute." in why_not(people)
    disputes.settle(people.store, MAPPING, opened.name, word(BEN))
    step(people, LOCKED)


def test_an_unconfirmed_decision_or_an_unapproved_or_changed_plan_keeps_pay_open(people: PaidPeople) -> None:
    lock_score(people)
    approve(people)
    with people.store.transaction():
        people.store.write("DELETE FROM decision WHERE about = 'plan:D26'")
    assert "D26" in why_not(people)
    with people.store.transaction():
        people.store.write("DELETE FROM decision WHERE about = 'csm:2026'")
    assert "csm 2026 is not approved (`sli-agent plan approve csm:2026`)" in why_not(people)
    assert MAPPING.incentive
    plan = MAPPING.incentive.csm[0]
    dearer = plan.model_copy(update={"terms": plan.terms.model_copy(update={"target": Decimal(2_000)})})
    other = MAPPING.model_copy(update={"incentive": MAPPING.incentive.model_copy(update={"csm": [dearer]})})
    plans.approve(people.store, other, "csm:2026", word())
    assert "The csm plan 2026 was approved as" in why_not(people)


def test_a_missing_table_keeps_pay_open(people: PaidPeople) -> None:
    lock_score(people)
    assert MAPPING.incentive
    plan = MAPPING.incentive.csm[0]
    metric = plan.terms.client_hours.model_copy(update={"table": None})
    bare = plan.model_copy(update={"terms": plan.terms.model_copy(update={"client_hours": metric})})
    other = MAPPING.model_copy(update={"incentive": MAPPING.incentive.model_copy(update={"csm": [bare]})})
    for kind in (REVIEWED, APPROVED):
        step(people, kind, mapping=other)
    assert "no payout table" in why_not(people, mapping=other)


def test_a_held_score_keeps_pay_open(people: PaidPeople) -> None:
    for client in CLIENTS[:2]:
        people.touch_points(client, dict.fromkeys(ACTIVITIES, "excluded"))
    approve(people)
    assert "nothing was due (D24)" in why_not(people)


def test_a_touch_point_of_nobody_in_their_offices_keeps_pay_open(people: PaidPeople) -> None:
    lock_score(people)
    approve(people)
    people.touch_points(CLIENTS[9], {"introduction": "missed"}, csm=None)
    assert "without a CSM" in why_not(people)
    people.touch_points(CLIENTS[9], {"introduction": "excluded"}, csm=None)
    step(people, LOCKED)


def test_what_is_locked_is_what_was_approved(people: PaidPeople) -> None:
    lock_score(people)
    approve(people)
    people.line("hours", CLIENTS[1], f"{MONTH}-31", "24")
    assert "the figures have moved since they were approved" in why_not(people)
    lock_pay(people)


def test_no_step_of_pay_may_say_an_amount_for_salesforce_keeps_its_reason(people: PaidPeople) -> None:
    dear = Word(ANN, "$350 as agreed", NOW)
    with pytest.raises(AgentError, match="holds an amount of money"):
        pay_locks.decide_pay(people.books(), subject(people), REVIEWED, dear)
    opened = disputes.opened(subject(people), "Client Hours", word("ana.ruiz@example.com"))
    with pytest.raises(AgentError, match="holds an amount of money"):
        disputes.settle(people.store, MAPPING, opened.name, dear)


def test_who_no_plan_pays_has_no_month_of_pay(people: PaidPeople) -> None:
    with pytest.raises(AgentError, match="No plan of 2026-03 pays"):
        step(people, REVIEWED, who="005000000000REGAAA")


def test_a_representatives_pay_asks_for_no_score(people: PaidPeople) -> None:
    people.line("admissions", CLIENTS[10], f"{MONTH}-05", "20", person_id=SAM)
    approve(people, SAM)
    step(people, LOCKED, who=SAM)
    assert len(pay_lines.locked(people.pay, SAM, MONTH)) == 1


def test_what_the_statement_leaves_to_people_is_left_out_by_an_approver_and_then_locked(
    people: PaidPeople,
) -> None:
    people.line("admissions", CLIENTS[10], "2026-12-05", "20", person_id=SAM)
    mapping = MAPPING.model_copy(update={"incentive": _began_in_december()})
    books = people.books(mapping, now=datetime(2027, 1, 20, tzinfo=UTC))
    december = replace(subject(people, who=SAM, mapping=mapping), month="2026-12")

    def say(kind: DecisionKind) -> None:
        pay_locks.decide_pay(books, december, kind, word())

    say(REVIEWED)
    say(APPROVED)
    with pytest.raises(AgentError, match="month resolve --what pay"):
        say(LOCKED)
    with pytest.raises(AgentError, match="not among the approvers"):
        pay_locks.resolve_pay(books, december, word("ana.ruiz@example.com"))
    assert pay_locks.resolve_pay(books, december, word()).data == {"percent": None}
    for kind in (REVIEWED, APPROVED, LOCKED):
        say(kind)
    [locked] = pay_lines.locked(people.pay, SAM, "2026-12")
    assert locked.total == Decimal("0.00")
    with pytest.raises(AgentError, match="it is locked"):
        pay_locks.resolve_pay(books, december, word())
    with pytest.raises(AgentError, match="nothing of it waits for somebody"):
        pay_locks.resolve_pay(people.books(), subject(people), word())


def _began_in_december() -> Incentive:
    assert MAPPING.incentive
    plan = MAPPING.incentive.sales[0].model_copy(update={"started": {"sam@example.com": "2026-12"}})
    return MAPPING.incentive.model_copy(update={"sales": [plan]})


def test_reopened_by_two_pay_is_locked_again_beside_the_first_statement(people: PaidPeople) -> None:
    lock_score(people)
    lock_pay(people)
    [first] = statements_of(people)
    people.line("hours", CLIENTS[1], f"{MONTH}-31", "24")
    step(people, REOPENED, ANN)
    step(people, REOPENED, BEN)
    assert lock_pay(people).data["revision"] == 2
    assert statements_of(people)[0] == first
    assert statements_of(people)[1].statement != first.statement


def test_a_lock_that_was_cut_short_between_the_two_files_is_done_again(people: PaidPeople) -> None:
    lock_score(people)
    key = lock_pay(people).key
    with people.store.transaction():
        people.store.write("DELETE FROM decision WHERE key = ?", (key,))
    step(people, LOCKED)
    assert subject(people).standing().state is MonthState.LOCKED
    assert len(statements_of(people)) == 1


def test_a_lock_that_was_cut_short_is_no_lock_and_the_figures_may_move(people: PaidPeople) -> None:
    lock_score(people)
    key = lock_pay(people).key
    with people.store.transaction():
        people.store.write("DELETE FROM decision WHERE key = ?", (key,))
    people.line("hours", CLIENTS[1], f"{MONTH}-31", "24")
    approve(people)
    locked = step(people, LOCKED)
    cut_short, kept = statements_of(people)
    assert cut_short.statement != kept.statement, "nothing is overwritten"
    assert locked.data["digest"] == kept.digest
    [counts] = statements.as_locked(people.books(), ANA, MONTH)
    assert counts is not None
    assert counts.total == kept.total != cut_short.total


def propose(people: PaidPeople) -> list[tuple[str, str, Decimal]]:
    found = pay_locks.propose_later(people.books(), subject(people), NOW)
    return [(a.about_month, a.for_month, a.amount) for a in found]


def all_met(people: PaidPeople) -> None:
    """Late evidence: what was missed had been done."""
    people.touch_points(CLIENTS[1], dict.fromkeys(ACTIVITIES, "met"))
    with people.store.transaction():
        assert locks.revise(people.store, ORG, ANA, MONTH, NOW)


def test_late_evidence_after_both_locks_is_proposed_once_for_the_open_month(people: PaidPeople) -> None:
    lock_score(people)
    lock_pay(people)
    assert propose(people) == []
    before = statements_of(people)
    all_met(people)
    # 87.5 % pays 271.88, all of it 350.
    assert propose(people) == [(MONTH, "2026-04", Decimal("78.12"))]
    assert propose(people) == []
    assert statements_of(people) == before

    people.touch_points(CLIENTS[1], {**dict.fromkeys(ACTIVITIES, "met"), "check_in_7d": "missed"})
    assert propose(people) == [(MONTH, "2026-04", Decimal("-78.12"))]


def test_what_comes_to_light_is_withdrawn_and_comes_again_is_proposed_each_time(people: PaidPeople) -> None:
    lock_score(people)
    lock_pay(people)
    amounts = []
    for state in ("met", "missed", "met"):
        people.touch_points(CLIENTS[1], {**dict.fromkeys(ACTIVITIES, "met"), "check_in_7d": state})
        amounts += [str(amount) for _, _, amount in propose(people)]
    assert amounts == ["78.12", "-78.12", "78.12"]


def test_a_locked_month_that_pay_db_has_lost_keeps_no_other_month_from_being_looked_at(
    people: PaidPeople,
) -> None:
    lock_score(people)
    lock_pay(people)
    with people.pay.transaction():
        people.pay.write("DELETE FROM locked_statement")
    assert propose(people) == []
    for by in (ANN, BEN):
        step(people, REOPENED, by)
    lock_pay(people)
    all_met(people)
    shown = statements.shown(people.books(), ANA, MONTH)
    assert (shown.statement.total, shown.later) == (Decimal("821.88"), None)


def test_what_lies_in_pay_db_is_taken_for_locked_only_if_it_is_what_the_decision_locked(
    people: PaidPeople,
) -> None:
    lock_score(people)
    lock_pay(people)
    with people.pay.transaction():
        people.pay.write("UPDATE locked_statement SET statement = replace(statement, '300.00', '900.00')")
    with pytest.raises(AgentError, match="does not hold what was locked"):
        statements.shown(people.books(), ANA, MONTH)
    [lock] = month_shown.shown(people.books(), subject(people))["pay"]["locked"]
    assert not lock["here"]


def test_what_was_proposed_before_a_month_was_reopened_is_not_proposed_again(people: PaidPeople) -> None:
    lock_score(people)
    lock_pay(people)
    all_met(people)
    assert len(propose(people)) == 1
    for ledger in Ledger:
        for by in (ANN, BEN):
            months.decide(subject(people, ledger), REOPENED, months.NO_FIGURE, word(by))
    lock_score(people)
    lock_pay(people)
    assert [one.total for one in statements_of(people)] == [Decimal("821.88"), Decimal("900.00")]
    assert propose(people) == []


def test_nothing_is_proposed_by_a_score_that_was_reopened_until_it_is_locked_again(
    people: PaidPeople,
) -> None:
    lock_score(people)
    lock_pay(people)
    for by in (ANN, BEN):
        months.decide_score(subject(people, Ledger.SCORE), REOPENED, word(by))
    people.touch_points(CLIENTS[1], dict.fromkeys(ACTIVITIES, "met"))
    assert propose(people) == []
    lock_score(people)
    assert propose(people) == [(MONTH, "2026-04", Decimal("78.12"))]


def test_the_open_month_is_the_first_that_is_not_locked(people: PaidPeople) -> None:
    lock_score(people)
    lock_pay(people)
    april = replace(subject(people), month="2026-04")
    assert pay_locks.open_month(subject(people)) == "2026-04" == pay_locks.open_month(april)


def test_a_month_is_shown_with_both_ledgers_and_a_lost_pay_db_is_named(people: PaidPeople) -> None:
    approve(people)
    waiting = month_shown.shown(people.books(), subject(people))
    assert waiting["pay"]["kept_open_by"] == ["the month's score is calculated, not locked"]
    assert waiting["score"]["kept_open_by"] == []
    lock_score(people)
    lock_pay(people)
    all_met(people)
    propose(people)
    found = month_shown.shown(people.books(), subject(people))
    assert (found["score"]["state"], found["pay"]["state"]) == ("locked", "locked")
    [lock] = found["pay"]["locked"]
    assert (lock["revision"], lock["here"], lock["by"]) == (1, True, ANN)
    assert [(r["before"], r["percent"]) for r in found["score"]["revisions"]] == [("87.50", "100.00")]
    assert [(a["for"], a["amount"]) for a in found["pay"]["adjustments"]] == [("2026-04", "78.12")]
    with people.pay.transaction():
        people.pay.write("DELETE FROM locked_statement")
    [lock] = month_shown.shown(people.books(), subject(people))["pay"]["locked"]
    assert not lock["here"]
