"""Every kind of decision has its words, and sets going what it should, whoever took it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.instants import to_text
from agent.model import DecisionKind, HumanDecision
from agent.pipeline.decisions import WORDS, follow, place_of, take, tell
from agent.scoring.exceptions import about, exceptions_for, touch_point_of
from agent.store import Store, care, decisions, diary, mirror, scores
from agent.store.database import to_json
from agent.sync import reading
from tests.scoring.month_cases import ANN, MONTH, ORG, episode, put_points, put_score
from tests.scoring.scored_org import ScoredOrg
from tests.scoring.small_staff import ANA, BO, CLIENTS, reference, staff

NOW = datetime(2026, 4, 10, 15, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = staff(tmp_path / "state.db")
    yield opened
    opened.close()


def said(store: Store, kind: DecisionKind, what: str, minutes: int = 0, **data: str) -> HumanDecision:
    at = NOW + timedelta(minutes=minutes)
    decision = HumanDecision(ORG, kind, what, ANN, "a secret reason", at, at, data)
    with store.transaction():
        decisions.add(store, decision, to_text(at))
    return decision


@pytest.mark.parametrize("kind", DecisionKind)
def test_every_kind_is_told_in_the_log_with_who_said_it_and_never_why(
    store: Store, kind: DecisionKind
) -> None:
    noun, _ = WORDS[kind]
    assert noun
    with store.transaction():
        tell(store, said_once := HumanDecision(ORG, kind, "x", ANN, "a secret reason", NOW, NOW), NOW)
    [line] = diary.lines(store, {"kind": "decision"})
    assert ANN in line["text"]
    assert "secret" not in line["text"]
    assert line["data"] == {"key": said_once.key}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (f"score:{ANA}:{MONTH}", f"score of {MONTH} of {ANA}"),
        (f"pay:{ANA}:{MONTH}", f"pay of {MONTH} of {ANA}"),
        ("plan:D20", "plan D20"),
        ("definition:2026-02", "definition 2026-02"),
        (about(episode(1), "check_in_7d"), f"touch point {episode(1)} check_in_7d"),
        (f"{ORG}:silence:a01:2026-04-10T15:00:00Z", f"{ORG}:silence:a01:2026-04-10T15:00:00Z"),
        (ANA, "person Ana Ruiz"),
    ],
)
def test_what_a_decision_is_about_is_said_with_numbers_and_ids(store: Store, what: str, words: str) -> None:
    assert place_of(store, what) == words


def test_the_newest_approval_gives_the_reason_and_only_of_the_starts_of_care_that_are_asked_for(
    store: Store,
) -> None:
    first, other = about(episode(1), "check_in_7d"), about(episode(2), "introduction")
    said(store, DecisionKind.EXCEPTION_APPROVED, first, 0, reason="hospital")
    said(store, DecisionKind.EXCEPTION_APPROVED, first, 1, reason="covered")
    said(store, DecisionKind.EXCEPTION_APPROVED, other, 2, reason="office_closed")
    said(store, DecisionKind.PLAN_CONFIRMED, "plan:D20")
    assert exceptions_for(store, ORG, [episode(1)]) == {(episode(1), "check_in_7d"): "covered"}
    assert len(exceptions_for(store, ORG, [episode(1), episode(2)])) == 2
    assert exceptions_for(store, ORG, [episode(3)]) == {}
    approval = decisions.of(store, ORG, DecisionKind.EXCEPTION_APPROVED, [other])[0]
    assert touch_point_of(approval) == (episode(2), "introduction")


def test_an_exception_has_its_start_of_care_judged_again_and_a_month_its_score_put_together(
    store: Store,
) -> None:
    rows = [
        dict.fromkeys(care.EPISODE) | {"id": episode(n), "client_id": CLIENTS[n], "deleted": 0, "hash": "1"}
        for n in range(2)
    ]
    with store.transaction():
        care.save_episodes(store, rows)
        care.judged(store, [(None, row["id"]) for row in rows])
    put_points(store, ["met"])
    put_score(store)
    told = [
        said(store, DecisionKind.EXCEPTION_APPROVED, about(episode(1), "check_in_7d"), reason="hospital"),
        said(store, DecisionKind.MONTH_REVIEWED, f"score:{ANA}:{MONTH}"),
        said(store, DecisionKind.MONTH_REVIEWED, f"score:{BO}:2020-01"),  # Of which there is no score.
        said(store, DecisionKind.MONTH_REVIEWED, f"pay:{ANA}:2026-04"),
    ]
    with store.transaction():
        follow(store, told)
    assert care.waiting(store, "", 9) == [episode(1)]
    assert scores.due(store, 9) == [(ANA, MONTH)]


def test_an_exception_that_another_agent_took_down_has_its_start_of_care_judged_here(tmp_path: Path) -> None:
    org = ScoredOrg(tmp_path)
    work = org.workshop()
    row = dict.fromkeys(care.EPISODE) | {"id": episode(1), "client_id": CLIENTS[1], "deleted": 0, "hash": "1"}
    with work.store.transaction():
        care.save_episodes(work.store, [row])
        care.judged(work.store, [(None, episode(1))])
    told = {
        "Id": "a07000000000001AAA",
        "Key__c": f"{work.org_id}:exception_approved:{episode(1)}:check_in_7d:2026-04-10T15:00:00Z",
        "Kind__c": "exception_approved",
        "About__c": about(episode(1), "check_in_7d"),
        "By__c": ANN,
        "Reason__c": "in hospital",
        "At__c": "2026-04-10T15:00:00.000+0000",
        "Until__c": None,
        "Data__c": '{"reason": "hospital"}',
    }
    decision = reading.decision_row(work.mapping)(told)
    assert decision
    for waiting in ([episode(1)], []):  # What is read again is no news.
        with work.store.transaction():
            take(work, [decision], NOW)
            assert care.waiting(work.store, "", 9) == waiting
            care.judged(work.store, [(None, episode(1))])
    assert exceptions_for(work.store, work.org_id, [episode(1)]) == {(episode(1), "check_in_7d"): "hospital"}
    org.close()


CLIENT_NAMES = ["José Álvarez", "Mary O'Brien", "Ann  Baker", "Léger, Anne-Marie", "Ida"]


@pytest.fixture
def named(store: Store) -> Store:
    with store.transaction():
        rows = [reference(f"a03000000000N{n:02}AAA", "client", name) for n, name in enumerate(CLIENT_NAMES)]
        mirror.save_references(store, rows)
    return store


@pytest.mark.parametrize(
    "text",
    [
        "JOSÉ ÁLVAREZ fell",
        "Jose\u0301 Alvarez fell",
        "Mary O\u2019Brien's wish",
        "mary obrien",
        "for Ann Baker's daughter",
        "Baker, Ann moved",
        "Ann (Baker)",
        "Anne Marie Leger",
        "about Leger, Anne-Marie",
    ],
)
def test_a_clients_name_is_found_however_it_is_written(named: Store, text: str) -> None:
    assert decisions.names_a_client(named, text)


@pytest.mark.parametrize(
    "text", ["Ida was there", "an annual baker", "call Baker and Ann", "Brien called O'Mary", "José fell"]
)
def test_words_that_are_no_whole_name_are_left_alone(named: Store, text: str) -> None:
    assert not decisions.names_a_client(named, text)


def test_what_was_locked_stays_though_somebody_edits_the_row_in_salesforce(store: Store) -> None:
    lock = said(store, DecisionKind.MONTH_LOCKED, f"score:{ANA}:{MONTH}", percent="75.00")
    row = {
        "key": lock.key, "kind": lock.kind.value, "about": lock.about, "by": ANN, "reason": "because",
        "at": to_text(lock.at), "until": None, "data": to_json({"percent": "75.00"}), "record_id": "a07000000000001AAA",
    }  # fmt: skip
    edited = {**row, "by": "eve@example.com", "reason": "more of it", "data": to_json({"percent": "100.00"})}
    with store.transaction():
        for found in (row, edited):
            decisions.save_read(store, [found])
    kept = decisions.by_key(store, ORG, lock.key)
    assert kept
    assert (kept.by, kept.reason, kept.data) == (ANN, "more of it", {"percent": "75.00"})


def test_of_two_agents_in_the_same_second_the_one_salesforce_let_in_is_followed(store: Store) -> None:
    lost = said(store, DecisionKind.MONTH_LOCKED, f"score:{ANA}:{MONTH}", percent="75.00")
    row = {
        "key": lost.key, "kind": lost.kind.value, "about": lost.about, "by": "ben@example.com", "reason": "because",
        "at": to_text(lost.at), "until": None, "data": to_json({"percent": "80.00"}), "record_id": "a07000000000001AAA",
    }  # fmt: skip
    with store.transaction():
        decisions.kept(store, lost.key, None)
        decisions.save_read(store, [row])
    kept = decisions.by_key(store, ORG, lost.key)
    assert kept
    assert (kept.by, kept.data) == ("ben@example.com", {"percent": "80.00"})
