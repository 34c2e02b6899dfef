"""A month at the desk: each step by the right people and in its order, and no further than the figures allow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.desk.decided import disputes, exceptions, months
from agent.desk.decided.months import Subject
from agent.desk.decided.word import Word
from agent.desk.state import database_path
from agent.errors import AgentError
from agent.incentive.months import Ledger, MonthState
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.model import DecisionKind, HumanDecision
from agent.scoring import exceptions as approved
from agent.scoring import locks, plans
from agent.scoring.people import person
from agent.store import Store, care, decisions, diary, mirror, scores
from tests.scoring import small_staff
from tests.scoring.month_cases import ANN, BEN, MONTH, ORG, episode, put_points, put_score
from tests.scoring.small_staff import ANA, BO, CLIENTS, CY, MAPPING, staff

REVIEWED, APPROVED, LOCKED, REOPENED = (
    DecisionKind.MONTH_REVIEWED,
    DecisionKind.MONTH_APPROVED,
    DecisionKind.MONTH_LOCKED,
    DecisionKind.MONTH_REOPENED,
)
NOW = datetime(2026, 4, 10, 15, tzinfo=UTC)
MISSED_ONE, ALL_MET = ["met", "met", "met", "missed"], ["met"] * 4
ANA_SAYS, BO_SAYS = "ana.ruiz@example.com", "bo.lind@example.com"


def with_approvers(*people: str) -> OrgMapping:
    assert MAPPING.incentive
    incentive = MAPPING.incentive.model_copy(update={"approvers": list(people)})
    return MAPPING.model_copy(update={"incentive": incentive})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = staff(database_path(tmp_path))
    put_points(opened, MISSED_ONE)
    put_score(opened)
    approve_definition(opened)
    yield opened
    opened.close()


def approve_definition(store: Store) -> None:
    version = plans.version_in(MAPPING, plans.DEFINITION, MONTH)
    assert version
    at = NOW - timedelta(days=30)
    said = HumanDecision(
        ORG, DecisionKind.PLAN_APPROVED, version.about, BEN, "", at, data={"hash": version.hash}
    )
    with store.transaction():
        decisions.add(store, said, to_text(at))


def word(by: str = ANN, reason: str = "looked at each line", now: datetime = NOW) -> Word:
    return Word(by, reason, now)


def subject(
    store: Store, mapping: OrgMapping = MAPPING, who: str = ANA, ledger: Ledger = Ledger.SCORE
) -> Subject:
    return Subject(store, mapping, ledger, person(store, mapping, who), MONTH)


def step(store: Store, kind: DecisionKind, by: str = ANN, now: datetime = NOW) -> HumanDecision:
    return months.decide_score(subject(store), kind, word(by, now=now))


def locked(store: Store) -> HumanDecision:
    step(store, REVIEWED)
    step(store, APPROVED, BEN)
    return step(store, LOCKED)


def no(store: Store, kind: DecisionKind, by: str = ANN, now: datetime = NOW) -> str:
    with pytest.raises(AgentError) as refused:
        step(store, kind, by, now)
    return str(refused.value)


def test_review_approval_and_lock_follow_each_other_even_within_one_second(store: Store) -> None:
    kept = locked(store)
    assert subject(store).standing().state is MonthState.LOCKED
    score = scores.score(store, ANA, MONTH)
    assert score
    assert kept.data == {
        "percent": "75.00",
        "version": "2026-02",
        "figures": score["figures"],
        "digest": subject(store).decided()[1].data["digest"],
        "revision": 1,
    }


def test_only_an_approver_decides_and_nobody_about_their_own_month(store: Store) -> None:
    assert "not among the approvers" in no(store, REVIEWED, BO_SAYS)
    both = with_approvers(ANA_SAYS, BO_SAYS)
    for spelled in (ANA_SAYS, "ANA.RUIZ@example.com", "0042", ANA):
        with pytest.raises(AgentError, match="their own month"):
            months.decide_score(subject(store, both), REVIEWED, word(spelled))
    kept = months.decide_score(subject(store, both), REVIEWED, word("0043"))
    assert kept.by == BO_SAYS


def test_whoever_has_two_users_with_one_employee_number_is_one_person(store: Store) -> None:
    other = "ana@contractor.example.com"
    with store.transaction():
        mirror.save_references(store, [small_staff.person("005000000000AN2AAA", "Ana R", other, "0042")])
    with pytest.raises(AgentError, match="their own month"):
        months.decide_score(subject(store, with_approvers(other)), REVIEWED, word(other))
    with pytest.raises(AgentError, match="their own month"):
        disputed = disputes.opened(subject(store), "check_in_14d", word(ANA_SAYS))
        disputes.settle(store, with_approvers(other), disputed.name, word(other))


def test_whoever_has_two_users_does_not_reopen_a_month_by_two(store: Store) -> None:
    locked(store)
    pat = [("005000000000PAOAAA", ANN), ("005000000000PATAAA", BEN)]
    with store.transaction():
        rows = [small_staff.person(user, "Pat", email, "0900") for user, email in pat]
        mirror.save_references(store, rows)
    step(store, REOPENED, ANN)
    assert f"{BEN} has asked for it already; a second approver is needed." in no(store, REOPENED, BEN)


def test_an_address_that_two_users_share_is_one_persons(store: Store) -> None:
    """The second has another user of Ana's number, the third another address: `who` cannot tell which is meant."""
    shared, alone = "ana@contractor.example.com", "ana@agency.example.com"
    users = [("AN2", shared, "0042"), ("AN3", shared, "9942"), ("AN4", alone, "9942")]
    with store.transaction():
        rows = [small_staff.person(f"005000000000{i}AAA", "Ana R", email, n) for i, email, n in users]
        mirror.save_references(store, rows)
    listed = with_approvers(shared, alone, ANN)
    with pytest.raises(AgentError, match="their own month"):
        months.decide_score(subject(store, listed), REVIEWED, word(shared))
    put_points(store, ALL_MET, csm=BO)
    put_score(store, csm=BO)
    bos = subject(store, listed, BO)
    for kind in (REVIEWED, APPROVED, LOCKED, REOPENED):
        months.decide_score(bos, kind, word(shared))
    with pytest.raises(AgentError, match="a second approver is needed"):
        months.decide_score(bos, REOPENED, word(alone))


def test_an_approver_whose_users_have_all_left_decides_nothing(store: Store) -> None:
    with store.transaction():
        rows = [
            small_staff.person(f"005000000000{user}AAA", "Lee Payne", ANN, "0900", active=False)
            for user in ("PA1", "PA2")
        ]
        mirror.save_references(store, rows)
    assert "2 people are called" in no(store, REVIEWED, ANN)


def test_who_is_unknown_or_has_left_decides_nothing(store: Store) -> None:
    assert "Nobody called 'eve@example.com' is known." in no(store, REVIEWED, "eve@example.com")
    gone = with_approvers("old.ana@example.com")
    with pytest.raises(AgentError, match="no active user"):
        months.decide_score(subject(store, gone), REVIEWED, word("old.ana@example.com"))


def test_a_step_out_of_its_turn_is_refused(store: Store) -> None:
    assert "needs it approved" in no(store, LOCKED)
    locked(store)
    assert "The month is locked" in no(store, REVIEWED)


def test_reopening_takes_two_different_approvers(store: Store) -> None:
    assert "only a locked one is reopened" in no(store, REOPENED)
    locked(store)
    step(store, REOPENED, ANN)
    assert "a second approver is needed" in no(store, REOPENED, ANN)
    assert subject(store).standing().state is MonthState.LOCKED
    step(store, REOPENED, BEN)
    at = subject(store).standing()
    assert (at.state, at.revision) == (MonthState.CALCULATED, 2)
    assert locked(store).data["revision"] == 2


def test_a_month_that_is_not_over_or_still_has_pending_touch_points_is_not_locked(store: Store) -> None:
    step(store, REVIEWED)
    step(store, APPROVED)
    # Midnight in New York, the mapping's default zone.
    assert "2026-03 is not over yet" in no(store, LOCKED, now=datetime(2026, 4, 1, 3, 59, tzinfo=UTC))
    put_points(store, ["met", "met", "met", "pending"])
    put_score(store)
    assert "1 touch point still pending" in no(store, LOCKED)


def test_what_is_locked_is_what_was_approved(store: Store) -> None:
    step(store, REVIEWED)
    step(store, APPROVED)
    put_points(store, ALL_MET)
    put_score(store)
    assert "the figures have moved since they were approved" in no(store, LOCKED)
    assert locked(store).data["percent"] == "100.00"


def test_evidence_that_waits_to_be_judged_keeps_a_month_open(store: Store) -> None:
    step(store, REVIEWED)
    step(store, APPROVED)
    put_points(store, ALL_MET)  # Judged, and the score not put together yet.
    assert "evidence waits to be judged" in no(store, LOCKED)
    put_points(store, MISSED_ONE)
    put_episode(store, 0)
    assert "evidence waits to be judged" in no(store, LOCKED)
    with store.transaction():
        care.judged(store, [(None, episode(0))])
    step(store, LOCKED)


def put_episode(store: Store, n: int) -> None:
    row = dict.fromkeys(care.EPISODE) | {"id": episode(n), "client_id": CLIENTS[n], "deleted": 0, "hash": "1"}
    with store.transaction():
        care.save_episodes(store, [row])


def test_a_month_by_a_definition_that_nobody_approved_or_that_was_changed_is_not_locked(store: Store) -> None:
    step(store, REVIEWED)
    step(store, APPROVED)
    with store.transaction():
        store.write("UPDATE decision SET data = '{\"hash\": \"5eed\"}' WHERE kind = 'plan_approved'")
    assert "was approved as 5eed" in no(store, LOCKED)
    with store.transaction():
        store.write("DELETE FROM decision WHERE kind = 'plan_approved'")
    assert "plan approve definition:2026-02" in no(store, LOCKED)


def test_a_dispute_keeps_a_month_open_until_an_approver_settles_it(store: Store) -> None:
    step(store, REVIEWED)
    step(store, APPROVED)
    kept = disputes.opened(subject(store), "check_in_14d of a08000000000000AAA", word(ANA_SAYS, "I called"))
    assert "yet: 1 open dispute." in no(store, LOCKED)
    [row] = disputes.listed(store, MAPPING, everything=False)
    assert (row["name"], row["by"], row["line"]) == (kept.name, ANA_SAYS, kept.data["line"])
    assert (row["person"]["employee"], row["month"], row["what"]) == ("0042", MONTH, "score")

    with pytest.raises(AgentError, match="not among the approvers"):
        disputes.settle(store, MAPPING, kept.name, word(BO_SAYS))
    with pytest.raises(AgentError, match="their own month"):
        disputes.settle(store, with_approvers(ANA_SAYS), kept.name, word(ANA_SAYS))
    disputes.settle(store, MAPPING, kept.name, word(BEN))
    with pytest.raises(AgentError, match="was settled at"):
        disputes.settle(store, MAPPING, kept.name, word(BEN))
    with pytest.raises(AgentError, match="No dispute 'nothing1' is known"):
        disputes.settle(store, MAPPING, "nothing1", word(BEN))
    assert disputes.listed(store, MAPPING, everything=False) == []
    step(store, LOCKED)


def test_every_key_fits_into_what_check_asks_of_the_org(store: Store) -> None:
    pay = subject(store, ledger=Ledger.PAY)
    opened = disputes.opened(pay, "Client Hours", word(ANA_SAYS))
    settled = disputes.settle(store, MAPPING, opened.name, word(BEN))
    kept = [opened, settled, *locked_with_reopening(store), approve_exception(store)]
    assert max(len(d.key) for d in kept) <= 140


def locked_with_reopening(store: Store) -> list[HumanDecision]:
    return [locked(store), step(store, REOPENED)]


def test_a_held_score_is_resolved_by_a_person_and_locked_so(store: Store) -> None:
    put_points(store, ["excluded"] * 4)
    put_score(store)
    step(store, REVIEWED)
    step(store, APPROVED)
    assert "nothing was due, and nobody has said how that counts" in no(store, LOCKED)
    with pytest.raises(AgentError, match="their own month"):
        months.resolve(subject(store, with_approvers(ANA_SAYS)), None, word(ANA_SAYS))
    assert months.resolve(subject(store), Decimal("99.995"), word()).data == {"percent": "100.00"}
    assert months.resolve(subject(store), None, word()).data == {"percent": None}
    assert locked(store).data["percent"] is None
    with pytest.raises(AgentError, match="it is locked"):
        months.resolve(subject(store), None, word())


def test_a_score_that_is_not_held_is_not_resolved(store: Store) -> None:
    with pytest.raises(AgentError, match="something was due"):
        months.resolve(subject(store), None, word())


def test_a_score_of_which_something_may_yet_come_due_is_not_resolved(store: Store) -> None:
    put_points(store, ["pending", *["excluded"] * 3])
    put_score(store)
    with pytest.raises(AgentError, match=r"something may still come due: 1 touch point still pending"):
        months.resolve(subject(store), None, word())
    with pytest.raises(AgentError, match=r"something may still come due: .* is not over yet"):
        months.resolve(replace(subject(store, who=CY), month=f"{word().now:%Y-%m}"), None, word())


def test_who_had_no_touch_point_at_all_is_held_and_can_be_resolved_and_locked(store: Store) -> None:
    nobody = subject(store, who=CY)
    with pytest.raises(AgentError, match="there is no score"):
        months.decide_score(nobody, REVIEWED, word())
    months.resolve(nobody, Decimal(100), word())
    for kind in (REVIEWED, APPROVED, LOCKED):
        months.decide_score(nobody, kind, word())
    found = locks.published(store, ORG, CY, MONTH)
    assert found
    assert (found.percent, found.state) == ("100.00", MonthState.LOCKED)


def approve_exception(store: Store, by: str = BEN, why: str = "hospital", n: int = 0) -> HumanDecision:
    if care.episode_of(store, episode(n)) is None:
        put_episode(store, n)
    return exceptions.approve(store, MAPPING, episode(n), "check_in_14d", why, word(by))


def test_an_exception_is_approved_by_somebody_else_and_judged_at_the_next_step(store: Store) -> None:
    put_episode(store, 0)
    with store.transaction():
        care.judged(store, [(None, episode(0))])
    with pytest.raises(AgentError, match="their own month"):
        exceptions.approve(
            store, with_approvers(ANA_SAYS), episode(0), "check_in_14d", "hospital", word(ANA_SAYS)
        )
    approve_exception(store)
    assert care.waiting(store, "", 9) == [episode(0)]
    assert approved.exceptions_for(store, ORG, [episode(0)]) == {(episode(0), "check_in_14d"): "hospital"}
    with pytest.raises(AgentError, match="has approved that exception already"):
        approve_exception(store)
    approve_exception(store, why="covered")
    assert approved.exceptions_for(store, ORG, [episode(0)]) == {(episode(0), "check_in_14d"): "covered"}
    assert approved.exceptions_for(store, ORG, [episode(1)]) == {}


def test_an_exception_needs_a_touch_point_that_may_count_and_a_reason_of_its_definition(store: Store) -> None:
    with pytest.raises(AgentError, match=r"weather.*It knows: contact_refused, covered"):
        approve_exception(store, why="weather")
    with pytest.raises(AgentError, match="No start of care"):
        exceptions.approve(store, MAPPING, "a08000000000999AAA", "check_in_7d", "hospital", word())
    with pytest.raises(AgentError, match="It has: check_in_14d, check_in_24h, check_in_7d, introduction"):
        exceptions.approve(store, MAPPING, episode(0), "check_in_15d", "hospital", word())
    put_points(store, ["excluded"] * 4)
    with pytest.raises(AgentError, match="never counts anyhow"):
        approve_exception(store)


@pytest.mark.parametrize("reason", ["  ", "Client Number3 was away", "x" * 501])
def test_a_reason_is_visible_short_and_names_no_client(store: Store, reason: str) -> None:
    with pytest.raises(AgentError, match=r"reason (must have|holds)"):
        months.decide_score(subject(store), REVIEWED, word(reason=reason))


@pytest.mark.parametrize("ledger", list(Ledger))
@pytest.mark.parametrize(
    "text",
    [
        "$350 are missing",
        "paid 120 US dollars",
        "should be 99USD",
        "€ 5",
        "USD 350 too little",
        "10 bucks",
        "a 350-dollar gap",
        "350k dollars",
        "$-350",
        "$.50",
        "USD: 350",
        "\uff04350",
        "50 cents",
    ],
)
def test_no_amount_of_pay_is_written_where_salesforce_keeps_it(
    store: Store, text: str, ledger: Ledger
) -> None:
    put_episode(store, 0)
    month = subject(store, ledger=ledger)
    for refused in (
        lambda: disputes.opened(month, "Client Hours", word(ANA_SAYS, text)),
        lambda: disputes.opened(month, text, word(ANA_SAYS)),
        lambda: months.decide(month, REVIEWED, months.NO_FIGURE, word(reason=text)),
        lambda: exceptions.approve(store, MAPPING, episode(0), "check_in_14d", "hospital", word(BEN, text)),
    ):
        with pytest.raises(AgentError, match="holds an amount of money"):
            refused()
    disputes.opened(month, "Client Hours: 7 hours of 3 March", word(ANA_SAYS))


def test_the_sync_log_names_numbers_and_ids_and_neither_reasons_nor_people_nor_clients(store: Store) -> None:
    locked(store)
    approve_exception(store)
    kept = disputes.opened(subject(store), "line", word(ANA_SAYS, "secret reason"))
    disputes.settle(store, MAPPING, kept.name, word(BEN, "secret reason"))
    lines = [line["text"] for line in diary.lines(store, {"kind": "decision"})]
    assert f"score of {MONTH} of {ANA}: locked by {ANN}" in lines
    assert f"touch point {episode(0)} check_in_14d: exception approved by {BEN}" in lines
    assert f"score of {MONTH} of {ANA}: dispute settled by {BEN}" in lines
    text = "\n".join(lines)
    assert not any(name in text for name in ("secret", "Ana Ruiz", "Client Number", "75.00"))


def test_what_concerns_a_score_has_it_put_together_and_published_again(store: Store) -> None:
    step(store, REVIEWED)
    assert scores.due(store, 9) == [(ANA, MONTH)]
    with store.transaction():
        scores.is_done(store, [(ANA, MONTH)])
    disputes.opened(subject(store, ledger=Ledger.PAY), "Client Hours", word(BO_SAYS))
    months.resolve(subject(store, who=BO), None, word())  # Of whom there is no score.
    assert scores.due(store, 9) == []


Say = Callable[..., Result]


@pytest.fixture
def say(store: Store) -> Say:
    """The verbs over that state, on a machine without credentials."""
    environ = {"SLI_STATE_DIR": str(store.path.parent), "SLI_MAPPINGS": "mappings/sandbox"}
    return lambda *words: CliRunner().invoke(main, list(words), env=environ)


WHY = ("--as", ANN, "--reason", "looked at each line")


def test_the_verbs_say_what_they_did_and_that_salesforce_does_not_know_it_yet(say: Say) -> None:
    done = say("month", "review", "0042", MONTH, "--what", "score", *WHY)
    assert done.exit_code == 0, done.output
    assert f"score of {MONTH} of 0042: reviewed by {ANN}. It is in review." in done.stdout
    assert "not in Salesforce yet (no credentials here)" in done.stderr
    refused = say("month", "lock", "0042", MONTH, "--what", "score", *WHY)
    assert refused.exit_code == 1
    assert "this step needs it approved" in refused.stderr


def test_a_touch_point_is_named_in_two_words_or_in_one_as_score_explain_shows_it(
    store: Store, say: Say
) -> None:
    put_episode(store, 0)
    by = ("--why", "hospital", *WHY)
    done = say("exception", "approve", f"{episode(0)}:check_in_14d", *by)
    assert done.exit_code == 0, done.output
    again = say("exception", "approve", episode(0), "check_in_14d", *by)
    assert "has approved that exception already" in again.stderr
    half = say("exception", "approve", episode(0), *by)
    assert half.exit_code == 2
    assert "Name the activity too" in half.stderr


def test_a_dispute_of_a_locked_month_does_not_promise_that_it_keeps_it_open(store: Store, say: Say) -> None:
    locked(store)
    month = ("0042", MONTH)
    opened = say("dispute", "open", *month, "--what", "score", "--line", "x", *WHY)
    assert "The month is locked already" in opened.stdout
    [name] = [row["name"] for row in json.loads(say("dispute", "list", "--json").stdout)]
    score = " ".join(say("month", "show", *month).stdout.partition("\npay:")[0].split())
    assert f"to settle dispute {name} is open" in score
    assert "kept open by" not in score
    assert say("dispute", "settle", name, *WHY).exit_code == 0
    assert f"by {ANN}: {name}, looked at each line" in " ".join(say("month", "show", *month).stdout.split())


def test_the_second_of_two_approvers_hears_that_the_month_is_reopened(store: Store, say: Say) -> None:
    locked(store)
    step(store, REOPENED, BEN)
    done = say("month", "reopen", "0042", MONTH, "--what", "score", *WHY)
    assert f"reopened by {ANN}. It is calculated." in done.stdout


def test_a_month_is_shown_with_what_keeps_it_open_and_who_said_what(say: Say) -> None:
    opened = say("dispute", "open", ANA_SAYS, MONTH, "--what", "score", "--line", "x", *WHY, "--json")
    name = json.loads(opened.stdout)["name"]
    shown = say("month", "show", "Bo Lind", MONTH)
    assert shown.exit_code == 0, shown.output
    found = json.loads(say("month", "show", "0042", MONTH, "--json").stdout)
    assert found["score"]["percent"] == "75.00"
    assert f"dispute {name} is open" in found["score"]["kept_open_by"]
    assert any("csm 2026 is not approved" in why for why in found["pay"]["kept_open_by"])
    text = say("month", "show", "0042", MONTH).stdout
    assert f"{name}, x, looked at each line" in " ".join(text.split())
    assert name in say("dispute", "list").stdout
    assert say("dispute", "settle", name, *WHY).exit_code == 0
    assert say("dispute", "list").stdout == "Nothing is disputed.\n"
    assert "settled by" in say("dispute", "list", "--all").stdout


@pytest.mark.parametrize("text", ["101", "-1", "nan", "much"])
def test_a_held_score_counts_as_a_percent_or_not_at_all(say: Say, text: str) -> None:
    done = say("month", "resolve", CY, MONTH, "--counts-as", text, *WHY)
    assert done.exit_code == 2
    assert "neither a percent from 0 to 100 nor left-out" in done.stderr
    assert "is left out" in say("month", "resolve", CY, MONTH, "--counts-as", "left-out", *WHY).stdout


def test_without_incentive_toml_nobody_can_approve_and_the_verb_says_why(store: Store) -> None:
    bare = MAPPING.model_copy(update={"incentive": None})
    with pytest.raises(AgentError, match=r"incentive.toml: missing"):
        months.resolve(subject(store, bare, CY), None, word(BO_SAYS))
