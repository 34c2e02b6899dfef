"""A month goes from calculated to locked by decisions alone, and back only by two (D29)."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agent.incentive.months import (
    Adjustment,
    Ledger,
    MonthState,
    PersonsMonth,
    Standing,
    about,
    adjust,
    month_of,
    refusal,
    standing,
)
from agent.model import DecisionKind, HumanDecision

MONTH = about(Ledger.PAY, "0042", "2026-03")
ANN, BEN, CSM = "ann@example.org", "ben@example.org", "csm@example.org"
APPROVERS = (ANN, BEN, CSM)
T0 = datetime(2026, 4, 2, 9, tzinfo=UTC)
REVIEWED, APPROVED, LOCKED, REOPENED = (
    DecisionKind.MONTH_REVIEWED,
    DecisionKind.MONTH_APPROVED,
    DecisionKind.MONTH_LOCKED,
    DecisionKind.MONTH_REOPENED,
)


def decided(*kinds: tuple[DecisionKind, str], month: str = MONTH) -> list[HumanDecision]:
    return [
        HumanDecision("00D", kind, month, by, "because", T0 + timedelta(minutes=n))
        for n, (kind, by) in enumerate(kinds)
    ]


LOCKED_NOW = decided((REVIEWED, ANN), (APPROVED, BEN), (LOCKED, ANN))


def test_a_month_is_reviewed_approved_and_locked_in_this_order() -> None:
    states = [standing(LOCKED_NOW[:n], MONTH).state for n in range(4)]
    assert states == [MonthState.CALCULATED, MonthState.IN_REVIEW, MonthState.APPROVED, MonthState.LOCKED]


def test_steps_out_of_order_change_nothing() -> None:
    assert standing(decided((LOCKED, ANN), (APPROVED, ANN)), MONTH) == Standing()


def test_reopening_takes_two_and_begins_another_revision() -> None:
    once = [*LOCKED_NOW, HumanDecision("00D", REOPENED, MONTH, ANN, "late evidence", T0 + timedelta(days=1))]
    again = [*once, HumanDecision("00D", REOPENED, MONTH, ANN, "please", T0 + timedelta(days=2))]
    both = [*again, HumanDecision("00D", REOPENED, MONTH, BEN, "agreed", T0 + timedelta(days=3))]
    lock = (LOCKED_NOW[-1].key,)
    assert standing(once, MONTH) == standing(again, MONTH)
    assert standing(once, MONTH) == Standing(MonthState.LOCKED, 1, (ANN,), locks=lock)
    assert standing(both, MONTH) == Standing(MonthState.CALCULATED, 2, locks=lock)


def test_each_revision_keeps_the_decision_that_locked_it() -> None:
    later = T0 + timedelta(days=5)
    reopened = [
        HumanDecision("00D", REOPENED, MONTH, by, "late", T0 + timedelta(days=1)) for by in (ANN, BEN)
    ]
    reopened[1] = dataclasses.replace(reopened[1], at=T0 + timedelta(days=2))
    again = [dataclasses.replace(d, at=d.at - T0 + later) for d in LOCKED_NOW]
    found = standing([*LOCKED_NOW, *reopened, *again], MONTH)
    assert (found.state, found.revision) == (MonthState.LOCKED, 2)
    assert found.locks == (LOCKED_NOW[-1].key, again[-1].key)


def test_who_reviews_again_takes_the_approval_back() -> None:
    reviewed_again = decided((REVIEWED, ANN), (APPROVED, BEN), (REVIEWED, BEN))
    assert standing(reviewed_again, MONTH).state is MonthState.IN_REVIEW
    assert "needs it approved" in may(LOCKED, reviewed_again)


def at_minute(n: int, kind: DecisionKind, by: str, digest: str = "") -> HumanDecision:
    data = {"digest": digest} if digest else {}
    return HumanDecision("00D", kind, MONTH, by, "because", T0 + timedelta(minutes=n), None, data)


LOCKED_A = [at_minute(0, REVIEWED, ANN), at_minute(1, APPROVED, BEN, "A"), at_minute(5, LOCKED, ANN, "A")]


def test_what_another_agent_tells_late_does_not_open_a_locked_month() -> None:
    """It was said before the lock, on a machine that could not reach Salesforce; reopening takes two."""
    late = [at_minute(2, REVIEWED, CSM), at_minute(3, APPROVED, CSM, "B")]
    for told in (late[:1], late):
        at = standing([*LOCKED_A, *told], MONTH)
        assert (at.state, at.locks) == (MonthState.LOCKED, (LOCKED_A[-1].key,))


def test_a_lock_of_figures_that_nobody_approved_counts_for_nothing() -> None:
    other = at_minute(4, LOCKED, CSM, "B")
    assert standing([*LOCKED_A[:2], other], MONTH).state is MonthState.APPROVED
    assert standing([*LOCKED_A, other], MONTH).locks == (LOCKED_A[-1].key,)


def test_an_approval_ends_with_its_revision() -> None:
    reopened = [*LOCKED_A, at_minute(6, REOPENED, ANN), at_minute(7, REOPENED, BEN)]
    assert standing([*reopened, at_minute(8, LOCKED, ANN, "A")], MONTH).state is MonthState.CALCULATED
    again = [at_minute(9, REVIEWED, ANN), at_minute(10, APPROVED, ANN, "C"), at_minute(11, LOCKED, ANN, "A")]
    assert standing([*reopened, *again], MONTH).state is MonthState.APPROVED


def test_scores_and_pay_and_people_and_months_stand_apart() -> None:
    others = {
        about(ledger, who, m) for ledger in Ledger for who in ("0042", "7") for m in ("2026-03", "2026-04")
    }
    assert len(others) == 8
    for other in others - {MONTH}:
        assert standing(LOCKED_NOW, other) == Standing()


def test_a_dispute_keeps_a_month_from_being_locked_until_it_is_settled() -> None:
    opened = HumanDecision(
        "00D", DecisionKind.DISPUTE_OPENED, MONTH, CSM, "that call was made", T0, None, {"line": "x"}
    )
    settled = HumanDecision(
        "00D", DecisionKind.DISPUTE_SETTLED, opened.name, ANN, "it was", T0 + timedelta(days=1)
    )
    approved = [opened, *decided((REVIEWED, ANN), (APPROVED, BEN))]
    assert "open dispute" in may(LOCKED, approved)
    assert may(LOCKED, [*approved, settled]) == ""


def may(kind: DecisionKind, decisions: list[HumanDecision], by: str = ANN, **traits: object) -> str:
    at = standing(decisions, MONTH)
    return refusal(kind, at, by=by, person=CSM, approvers=APPROVERS, **traits)  # type: ignore[arg-type]


def test_only_an_approver_decides_and_never_about_their_own_month() -> None:
    assert "not among the approvers" in may(REVIEWED, [], by="eve@example.org")
    assert "their own month" in may(REVIEWED, [], by=CSM)
    assert may(REVIEWED, []) == ""


def test_a_step_that_is_not_the_next_one_is_refused_with_where_the_month_stands() -> None:
    assert may(APPROVED, []) == "The month is calculated; this step needs it in review."
    assert "only a locked one" in may(REOPENED, [])
    assert "second approver" in may(REOPENED, [*LOCKED_NOW, *reopened_by_ann()])


def reopened_by_ann() -> list[HumanDecision]:
    return [HumanDecision("00D", REOPENED, MONTH, ANN, "late evidence", T0 + timedelta(days=1))]


def test_what_holds_the_figures_keeps_them_from_being_locked_and_is_named() -> None:
    approved = decided((REVIEWED, ANN), (APPROVED, BEN))
    assert may(LOCKED, approved, held=["no payout table"]) == "It cannot be locked yet: no payout table."
    assert may(LOCKED, approved) == ""


def test_what_a_decision_is_about_tells_the_month_again() -> None:
    assert month_of(LOCKED_NOW[0]) == PersonsMonth(Ledger.PAY, "0042", "2026-03")
    silence = HumanDecision(
        "00D", DecisionKind.SILENCE_END, "00D:silence:a01:2026-04-02T09:00:00Z", ANN, "", T0
    )
    assert month_of(silence) is None


def dollars(**lines: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in lines.items()}


def test_an_adjustment_is_what_was_not_paid_yet_and_names_the_components_that_moved() -> None:
    locked, now = dollars(hours="250.00", score="100.00"), dollars(hours="250.00", score="350.00")
    assert adjust(locked, now) == Adjustment(Decimal("250.00"), "score 100.00 -> 350.00")
    again = adjust(locked, now, [Decimal("210.00"), Decimal("-10.00")])
    assert again == Adjustment(Decimal("50.00"), "score 100.00 -> 350.00; proposed before: 210.00, -10.00")
    assert adjust(locked, now, [Decimal("250.00")]) is None
    assert adjust(now, locked) == Adjustment(Decimal("-250.00"), "score 350.00 -> 100.00")


MONEY = st.decimals(0, 999, places=2)
COMPONENTS = st.dictionaries(st.sampled_from(["starts", "hours", "score"]), MONEY)


@given(COMPONENTS, st.lists(COMPONENTS, min_size=1))
def test_whatever_comes_and_goes_the_adjustments_add_up_to_what_is_known_last_and_no_two_are_alike(
    locked: dict[str, Decimal], later: list[dict[str, Decimal]]
) -> None:
    proposed: list[Adjustment] = []
    for now in later:
        found = adjust(locked, now, [one.amount for one in proposed])
        proposed += [found] if found else []
    assert sum(locked.values()) + sum(one.amount for one in proposed) == sum(later[-1].values())
    assert len(set(proposed)) == len(proposed)


@given(
    st.lists(st.tuples(st.sampled_from([REVIEWED, APPROVED, LOCKED, REOPENED]), st.sampled_from([ANN, BEN]))),
    st.randoms(use_true_random=False),
)
def test_the_standing_depends_on_when_things_were_decided_not_on_when_they_are_read(
    kinds: list[tuple[DecisionKind, str]], rng: random.Random
) -> None:
    decisions = decided(*kinds)
    shuffled = decisions[:]
    rng.shuffle(shuffled)
    assert standing(shuffled, MONTH) == standing(decisions, MONTH)
