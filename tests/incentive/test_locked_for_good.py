"""Whatever comes in after a lock, in whatever order: what was locked stays to the bit, and proposals make up for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from agent.desk.decided import months
from agent.desk.decided.months import Subject
from agent.desk.decided.word import Word
from agent.desk.pay import locks as pay_locks
from agent.desk.pay import statements
from agent.desk.pay.books import Books
from agent.errors import AgentError
from agent.incentive.months import Ledger, MonthState
from agent.mapping import OrgMapping
from agent.model import DecisionKind
from agent.scoring import locks
from agent.scoring.people import person
from agent.store import mirror, pay_lines
from tests.incentive.paid_people import ACTIVITIES, MONTH, NOW, ORG, PaidPeople
from tests.scoring import small_staff
from tests.scoring.small_staff import ANA, BO, CLIENTS, MAPPING

ANN, BEN = "payroll.lead@example.com", "plan.owner@example.com"
STEPS = (DecisionKind.MONTH_REVIEWED, DecisionKind.MONTH_APPROVED, DecisionKind.MONTH_LOCKED)
STATES = ("met", "late", "missed", "pending", "excluded", "exception")
CSM, REGIONAL, SELLER = "Client Success Manager", "Regional Client Success Manager", "Sales Representative"


class Later:
    """Ana's March, locked; and one thing after another that happens then."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng, self.mapping, self.people = Random(seed), MAPPING, PaidPeople(folder)
        self.people.a_good_month()
        with self.people.store.transaction():
            self.people.store.write("UPDATE episode SET changed = 0")
        self.lock_again()

    def books(self) -> Books:
        return self.people.books(self.mapping)

    def subject(self, ledger: Ledger = Ledger.PAY) -> Subject:
        store = self.people.store
        return Subject(store, self.mapping, ledger, person(store, self.mapping, ANA), MONTH)

    def lock_again(self) -> None:
        for kind in STEPS:
            months.decide_score(self.subject(Ledger.SCORE), kind, Word(ANN, "looked", NOW))
        for kind in STEPS:
            pay_locks.decide_pay(self.books(), self.subject(), kind, Word(BEN, "looked", NOW))

    def day(self) -> str:
        return f"{MONTH}-{self.rng.randint(1, 31):02}"

    def hours(self) -> None:
        self.people.line("hours", self.rng.choice(CLIENTS[:8]), self.day(), str(self.rng.randint(0, 24)))

    def revenue(self) -> None:
        amount = str(self.rng.randint(-3_000, 6_000))
        self.people.line("revenue", self.rng.choice(CLIENTS[:8]), self.day(), amount)

    def baseline(self) -> None:
        self.people.line("baseline", None, None, str(self.rng.randint(0, 500)), person_id=ANA, reason="so")

    def transfer(self) -> None:
        client, csm = self.rng.choice(CLIENTS[:2]), self.rng.choice([ANA, BO])
        self.people.assign(client, csm, f"{self.day()}T12:00:00Z")

    def evidence(self) -> None:
        states = {activity: self.rng.choice(STATES) for activity in ACTIVITIES}
        self.people.touch_points(self.rng.choice(CLIENTS[:4]), states)
        with self.people.store.transaction():
            locks.revise(self.people.store, ORG, ANA, MONTH, NOW + timedelta(hours=1))

    def title(self) -> None:
        title = self.rng.choice([CSM, CSM, REGIONAL, SELLER])
        row = small_staff.person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0042", title=title)
        with self.people.store.transaction():
            mirror.save_references(self.people.store, [row])

    def plan(self) -> None:
        self.mapping = MAPPING if self.mapping is not MAPPING else _with_another_plan()

    def reopen(self) -> None:
        for ledger in Ledger:
            for by in (ANN, BEN):
                months.decide(
                    self.subject(ledger), DecisionKind.MONTH_REOPENED, months.NO_FIGURE, Word(by, "why", NOW)
                )
        self.lock_again()

    def happens(self) -> None:
        things: list[Callable[[], None]] = [
            self.hours, self.revenue, self.baseline, self.transfer, self.evidence, self.title, self.plan, self.reopen,
        ]  # fmt: skip
        try:
            self.rng.choice(things)()
        except AgentError:  # Not now: it is not locked, or something holds it.
            return


def _with_another_plan() -> OrgMapping:
    """A version that begins in a month that is locked, and that nobody approved."""
    assert MAPPING.incentive
    newer = MAPPING.incentive.csm[0].model_copy(update={"version": "2026b", "first_month": MONTH})
    terms = newer.terms.model_copy(update={"quality_start_at": Decimal(100)})
    csm = [*MAPPING.incentive.csm, newer.model_copy(update={"terms": terms})]
    return MAPPING.model_copy(update={"incentive": MAPPING.incentive.model_copy(update={"csm": csm})})


@pytest.mark.parametrize("seed", range(3))
def test_what_was_locked_stays_to_the_bit_and_what_was_proposed_makes_up_for_what_is_known(
    tmp_path: Path, seed: int
) -> None:
    later = Later(tmp_path, seed)
    people = later.people
    rows: dict[int, tuple[object, ...]] = {}
    lock, score = locks.locked(people.store, ORG, ANA, MONTH)[0]
    for _ in range(30):
        later.happens()
        pay_locks.propose_later(later.books(), later.subject(), NOW)
        found = people.pay.rows("SELECT * FROM locked_statement ORDER BY revision")
        assert [tuple(row) for row in found[: len(rows)]] == list(rows.values())
        rows = {row["revision"]: tuple(row) for row in found}
        assert locks.locked(people.store, ORG, ANA, MONTH)[0] == (lock, score)
        if later.subject().standing().state is MonthState.LOCKED:
            _made_up_for(later)
    people.close()


def _made_up_for(later: Later) -> None:
    """What was locked first and all that was proposed is what is known now, where that can be told."""
    assert statements.shown(later.books(), ANA, MONTH).later is None
    try:
        now = statements.statement_of(replace(later.books(), by_now=True), ANA, MONTH)
    except AgentError:  # No plan pays them by now.
        return
    if now.total is None or now.held or now.plan != "csm":
        return
    assert now.total == sum(line.pays for line in now.lines if line.pays is not None)
    first = pay_lines.locked(later.people.pay, ANA, MONTH)[0].total
    assert first + sum(a.amount for a in pay_lines.adjustments(later.people.pay, ANA)) == now.total
