"""Scores in Salesforce: only what differs, in whose hands, and what becomes of what somebody else does there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_org import MONTH, NOW, POINT, REVISION, SCORE, ScoredOrg, log

from agent.incentive.months import Ledger, about
from agent.mapping import OrgMapping, load
from agent.model import DecisionKind, HumanDecision
from agent.pipeline.work import Workshop
from agent.sandbox.faults import Fault
from agent.scoring import locks, publish
from agent.scoring.shapes import Column, tables
from agent.store import care, decisions, own_rows, scores, stuck_rows
from agent.store.own_rows import RowState

KEY = "QS:E-0042:2026-03"
INTRODUCTION, CALL = "TP:a08000000000000AAA:introduction", "TP:a08000000000000AAA:check_in_24h"
LOCKING = (DecisionKind.MONTH_REVIEWED, DecisionKind.MONTH_APPROVED, DecisionKind.MONTH_LOCKED)


@pytest.fixture
def work(org: ScoredOrg) -> Workshop:
    """An agent that has published Ana's March: one touch point met, one missed."""
    made = org.workshop()
    org.score(made, org.ana, {"0:introduction": "met", "0:check_in_24h": "missed"})
    org.publish(made)
    return made


def decide(work: Workshop, csm: str, *kinds: DecisionKind, by: str = "payroll") -> None:
    """People decide about the CSM's March, a minute apart."""
    month = about(Ledger.SCORE, csm, MONTH)
    told = decisions.about(work.store, work.org_id, [month])
    with work.store.transaction():
        for n, kind in enumerate(kinds):
            found = locks.published(work.store, work.org_id, csm, MONTH)
            assert found is not None
            data = {"percent": found.percent, "version": found.version, "figures": dict(found.figures)}
            at = NOW + timedelta(minutes=len(told) + n)
            decided = HumanDecision(work.org_id, kind, month, by, "", at, data=data)
            decisions.add(work.store, decided, "2026-04-10T15:00:00Z")


def lock(org: ScoredOrg, work: Workshop, csm: str) -> None:
    decide(work, csm, *LOCKING)
    with work.store.transaction():
        publish.want_scores(work, [(csm, MONTH)], org.clock.now())
    org.publish(work)


def late_evidence(org: ScoredOrg, work: Workshop) -> None:
    """After the lock it turns out that the missed call was made."""
    org.clock.advance(timedelta(hours=1))
    org.score(work, org.ana, {"0:introduction": "met", "0:check_in_24h": "met"})
    with work.store.transaction():
        locks.revise(work.store, work.org_id, org.ana, MONTH, org.clock.now())
        publish.want_scores(work, [(org.ana, MONTH)], org.clock.now())
    org.publish(work)


def hear(other: Workshop, work: Workshop) -> None:
    """The other agent hears what was decided."""
    told = [d for kind in LOCKING for d in decisions.of(work.store, work.org_id, kind)]
    with other.store.transaction():
        for decision in told:
            decisions.add(other.store, decision, "2026-04-10T15:00:00Z")


def state_of(work: Workshop, key: str) -> RowState:
    kind = own_rows.RowKind.TOUCH_POINT if key.startswith("TP:") else own_rows.RowKind.SCORE
    return own_rows.known(work.store, kind, [key])[key].state


# What is written


def test_a_score_stands_in_salesforce_with_all_that_it_is_made_of(org: ScoredOrg, work: Workshop) -> None:
    score = org.rows(SCORE)[KEY]
    assert (score["Score__c"], score["Due__c"], score["Done__c"], score["Missed__c"]) == (50, 2, 1, 1)
    assert (score["Month__c"], score["Definition__c"], score["State__c"]) == (MONTH, "2026-02", "Calculated")
    assert (score["Low_Volume__c"], score["Method__c"], score["Latest_Revision__c"]) == (
        True,
        "Mean of rates",
        0,
    )
    line = org.rows(POINT)[INTRODUCTION]
    assert (line["Quality_Score__c"], line["Client__c"]) == (score["Id"], org.clients[0])
    assert (line["Activity__c"], line["State__c"]) == ("Caregiver introduction", "Met")
    assert (line["Evidence__c"], line["Done_At__c"].isoformat()) == (
        "00T000000000001AAA",
        "2026-03-03T15:00:00+00:00",
    )
    assert {(row["CSM__c"], row["OwnerId"]) for row in (score, line)} == {(org.ana, org.ana)}


def test_a_score_stays_under_the_key_it_was_first_written_with(org: ScoredOrg) -> None:
    new_hire = org.user("Cy", None)
    work = org.workshop()
    org.score(work, new_hire, {"0:introduction": "met"})
    org.publish(work)
    org.save(new_hire, EmployeeNumber="E-0099")
    later = org.workshop("another disk")
    org.read_back(later)
    org.score(later, new_hire, {"0:introduction": "met", "0:check_in_24h": "missed"})
    org.publish(later)
    assert {key: row["Score__c"] for key, row in org.rows(SCORE).items()} == {f"QS:{new_hire}:{MONTH}": 50}


def test_nothing_due_is_an_empty_score_never_nought(org: ScoredOrg, work: Workshop) -> None:
    org.score(work, org.bo, {"1:introduction": "excluded"})
    org.publish(work)
    score, line = org.rows(SCORE)["QS:E-0043:2026-03"], org.rows(POINT)["TP:a08000000000001AAA:introduction"]
    assert (score["Score__c"], score["Excluded__c"], score["Due__c"]) == (None, 1, 0)
    assert (line["State__c"], line["Reason__c"]) == ("Excluded", "Service ended")


def test_the_orgs_own_figure_and_the_difference_stand_beside_the_score(
    org: ScoredOrg, work: Workshop
) -> None:
    with work.store.transaction():
        care.save_dashboards(work.store, [("a0A1", org.ana, MONTH, "66.67", "h", 0)])
        publish.want_scores(work, [(org.ana, MONTH)], org.clock.now())
    org.publish(work)
    score = org.rows(SCORE)[KEY]
    assert (score["Dashboard_Score__c"], score["Difference__c"]) == (66.67, -16.67)


def test_a_second_run_writes_nothing_and_what_is_read_back_asks_for_nothing(
    org: ScoredOrg, work: Workshop
) -> None:
    calls = len(org.sent)
    org.score(work, org.ana, {"0:introduction": "met", "0:check_in_24h": "missed"})
    assert org.publish(work) == 0
    org.read_back(work)
    assert org.publish(work) == 0
    assert len(org.sent) == calls


def test_only_rows_that_changed_are_sent_and_of_them_only_what_changed(
    org: ScoredOrg, work: Workshop
) -> None:
    org.sent.clear()
    org.score(work, org.ana, {"0:introduction": "met", "0:check_in_24h": "late"})
    org.publish(work)
    [(_, [score]), (_, [line])] = org.sent
    assert {k: v for k, v in score.items() if k != "attributes"} == {
        "Key__c": KEY,
        "Late__c": 1,
        "Missed__c": 0,
    }
    assert line.keys() == {"attributes", "Key__c", "State__c", "Evidence__c", "Done_At__c"}


def test_many_rows_cost_a_call_for_every_200_of_an_object(org: ScoredOrg) -> None:
    work = org.workshop()
    org.score(work, org.ana, {f"0:activity_{n}": "met" for n in range(201)})
    org.publish(work)
    assert [(name, len(rows)) for name, rows in org.sent] == [(SCORE, 1), (POINT, 200), (POINT, 1)]
    assert work.tally.score_rows == 202


def test_a_transfer_moves_the_line_to_the_other_csm_and_their_score(org: ScoredOrg, work: Workshop) -> None:
    org.score(work, org.bo, {"0:check_in_24h": "missed"})
    org.score(work, org.ana, {"0:introduction": "met"})
    org.publish(work)
    line = org.rows(POINT)[CALL]
    assert (line["CSM__c"], line["OwnerId"]) == (org.bo, org.bo)
    assert line["Quality_Score__c"] == org.rows(SCORE)["QS:E-0043:2026-03"]["Id"]
    assert len(org.rows(POINT)) == 2


def test_a_line_of_nobody_belongs_to_no_score(org: ScoredOrg) -> None:
    work = org.workshop()
    org.line(work, None, "0:introduction", "missed")
    org.publish(work)
    line = org.rows(POINT)[INTRODUCTION]
    assert (line["CSM__c"], line["Quality_Score__c"], line["OwnerId"]) == (None, None, org.agent)


def test_who_has_left_owns_no_row(org: ScoredOrg) -> None:
    gone = org.user("Gone", None, IsActive=False)
    work = org.workshop()
    org.score(work, gone, {"0:introduction": "met"})
    org.publish(work)
    score = org.rows(SCORE)[f"QS:{gone}:2026-03"]
    assert (score["CSM__c"], score["OwnerId"]) == (gone, org.agent)


def test_a_touch_point_that_is_no_longer_due_leaves_its_score(org: ScoredOrg, work: Workshop) -> None:
    with work.store.transaction():
        scores.drop_points(work.store, [("a08000000000000AAA", "check_in_24h")])
        publish.want_points(work, ["a08000000000000AAA"], org.clock.now())
    org.publish(work)
    line = org.rows(POINT)[CALL]
    assert (line["State__c"], line["Reason__c"]) == ("Excluded", "No longer due")
    assert (line["Quality_Score__c"], line["Client__c"]) == (None, org.clients[0])
    assert org.rows(POINT)[INTRODUCTION]["State__c"] == "Met"


def test_a_touch_point_that_ends_before_it_was_written_is_told_in_full(org: ScoredOrg) -> None:
    work = org.workshop()
    org.line(work, org.ana, "0:introduction", "pending")
    with work.store.transaction():
        scores.drop_points(work.store, [("a08000000000000AAA", "introduction")])
        publish.want_points(work, ["a08000000000000AAA"], org.clock.now())
    org.publish(work)
    line = org.rows(POINT)[INTRODUCTION]
    assert (line["State__c"], line["Client__c"]) == ("Excluded", org.clients[0])


def test_an_agent_that_does_not_act_writes_nothing(org: ScoredOrg) -> None:
    work = org.workshop()
    work.acts = False
    org.score(work, org.ana, {"0:introduction": "met"})
    assert org.publish(work) == 0
    assert org.sent == []


def without(*tables_left_out: str) -> OrgMapping:
    mapping = load(Path("mappings/sandbox"))
    left_out = dict.fromkeys(tables_left_out)
    return mapping.model_copy(update={"write_back": mapping.write_back.model_copy(update=left_out)})


def test_what_write_back_toml_leaves_out_is_neither_read_nor_written(org: ScoredOrg) -> None:
    work = org.workshop(mapping=without("quality_score", "quality_revision", "touch_point"))
    org.score(work, org.ana, {"0:introduction": "met"})
    assert (org.publish(work), publish.streams(work.mapping)) == (0, ())


def test_lines_without_scores_name_and_await_none(org: ScoredOrg) -> None:
    work = org.workshop(mapping=without("quality_score"))
    org.score(work, org.ana, {"0:introduction": "met"})
    org.publish(work)
    assert [(name, len(rows)) for name, rows in org.sent] == [(POINT, 1)]
    assert org.rows(POINT)[INTRODUCTION]["Quality_Score__c"] is None


# Locked months


def test_a_locked_score_says_so_and_its_lines_say_as_what_they_stand_in_it(
    org: ScoredOrg, work: Workshop
) -> None:
    lock(org, work, org.ana)
    assert org.rows(SCORE)[KEY]["State__c"] == "Locked"
    assert org.rows(POINT)[CALL]["Locked_As__c"] == "2026-03 missed"


def test_late_evidence_adds_a_revision_and_the_locked_figures_stand(org: ScoredOrg, work: Workshop) -> None:
    lock(org, work, org.ana)
    before = org.rows(SCORE)[KEY]
    late_evidence(org, work)
    after = org.rows(SCORE)[KEY]
    moved = {name for name, value in after.items() if before.get(name) != value}
    assert moved == {"Latest_Revision__c", "LastModifiedDate", "SystemModstamp"}
    assert after["Latest_Revision__c"] == 1
    line = org.rows(POINT)[CALL]
    assert (line["State__c"], line["Locked_As__c"]) == ("Met", "2026-03 missed")
    [(key, revision)] = org.rows(REVISION).items()
    assert key == f"{KEY}:R1"
    assert (revision["Before__c"], revision["Score__c"], revision["Number__c"]) == (50, 100, 1)
    assert revision["Why__c"] == "met 1 -> 2, missed 1 -> 0"
    assert (revision["Quality_Score__c"], revision["OwnerId"]) == (after["Id"], org.ana)


def test_a_line_that_is_transferred_after_the_lock_still_says_as_what_it_was_locked(
    org: ScoredOrg, work: Workshop
) -> None:
    lock(org, work, org.ana)
    org.score(work, org.bo, {"0:check_in_24h": "met"})
    org.publish(work)
    assert org.rows(POINT)[CALL]["Locked_As__c"] == "2026-03 missed"


def reopen(org: ScoredOrg, work: Workshop) -> None:
    """Two people reopen Ana's month, and what is wanted in Salesforce follows."""
    for who in ("one", "another"):
        decide(work, org.ana, DecisionKind.MONTH_REOPENED, by=who)
    with work.store.transaction():
        publish.want_scores(work, [(org.ana, MONTH)], org.clock.now())


def test_reopening_ends_what_the_lines_say_of_the_lock_and_the_next_lock_says_it_anew(
    org: ScoredOrg, work: Workshop
) -> None:
    lock(org, work, org.ana)
    late_evidence(org, work)
    reopen(org, work)
    org.publish(work)
    assert org.rows(POINT)[CALL]["Locked_As__c"] is None
    assert org.rows(SCORE)[KEY]["Score__c"] == 100
    lock(org, work, org.ana)
    assert org.rows(POINT)[CALL]["Locked_As__c"] == "2026-03 met"


def test_a_month_that_is_reopened_and_locked_before_anything_could_be_written_counts_by_its_last_lock(
    org: ScoredOrg, work: Workshop
) -> None:
    lock(org, work, org.ana)
    late_evidence(org, work)
    reopen(org, work)
    lock(org, work, org.ana)
    assert org.rows(POINT)[CALL]["Locked_As__c"] == "2026-03 met"


def test_a_revision_that_is_there_is_never_written_again(org: ScoredOrg, work: Workshop) -> None:
    lock(org, work, org.ana)
    late_evidence(org, work)
    org.sent.clear()
    with work.store.transaction():
        work.store.write("UPDATE score_revision SET why = 'otherwise'")
        publish.want_scores(work, [(org.ana, MONTH)], org.clock.now())
    assert org.publish(work) == 0
    assert org.rows(REVISION)[f"{KEY}:R1"]["Why__c"] == "met 1 -> 2, missed 1 -> 0"


def test_of_two_agents_that_find_the_same_one_adds_the_revision(org: ScoredOrg, work: Workshop) -> None:
    lock(org, work, org.ana)
    other = org.workshop("two")
    org.score(other, org.ana, {"0:introduction": "met", "0:check_in_24h": "missed"})
    hear(other, work)
    org.read_back(other)
    late_evidence(org, work)
    first = org.rows(REVISION)
    late_evidence(org, other)
    org.read_back(other)
    assert (org.publish(other), stuck_rows.letters(other.store), log(other, "alarm")) == (0, [], [])
    assert org.rows(REVISION) == first


def test_of_two_agents_that_find_different_ones_both_keep_what_salesforce_holds(
    org: ScoredOrg, work: Workshop
) -> None:
    lock(org, work, org.ana)
    other = org.workshop("two")
    org.score(other, org.ana, {"0:introduction": "missed", "0:check_in_24h": "missed"})
    hear(other, work)
    org.read_back(other)
    late_evidence(org, work)
    with other.store.transaction():
        assert locks.revise(other.store, other.org_id, org.ana, MONTH, org.clock.now())
    org.read_back(other)
    assert scores.due(other.store, 9) == [(org.ana, MONTH)], "what this one knows is to be said beside it"
    with other.store.transaction():
        assert locks.revise(other.store, other.org_id, org.ana, MONTH, org.clock.now())
    told = [(r["number"], r["before"], r["percent"]) for r in scores.revisions(other.store, org.ana, MONTH)]
    assert told == [(1, "50.00", "100.00"), (2, "100.00", "0.00")]


def test_a_revision_that_somebody_deletes_is_added_again(org: ScoredOrg, work: Workshop) -> None:
    lock(org, work, org.ana)
    late_evidence(org, work)
    org.read_back(work)
    [before] = org.rows(REVISION).values()
    org.org.delete(before["Id"], at=org.clock.now(), by=org.ana)
    org.read_back(work)
    org.publish(work)
    [after] = org.rows(REVISION).values()
    assert (after["Id"] != before["Id"], after["Why__c"]) == (True, before["Why__c"])


# A lost disk


def test_a_lost_disk_reads_back_and_writes_nothing(org: ScoredOrg, work: Workshop) -> None:
    lock(org, work, org.ana)
    late_evidence(org, work)
    org.sent.clear()
    again = org.workshop("two")
    hear(again, work)
    org.read_back(again)
    org.score(again, org.ana, {"0:introduction": "met", "0:check_in_24h": "met"})
    with again.store.transaction():
        assert not locks.revise(again.store, again.org_id, org.ana, MONTH, org.clock.now())
    assert (org.publish(again), org.sent) == (0, [])
    [revision] = scores.revisions(again.store, org.ana, MONTH)
    assert (revision["number"], revision["percent"], revision["before"]) == (1, "100.00", "50.00")
    assert revision["why"] == "met 1 -> 2, missed 1 -> 0"


def test_an_answer_that_was_lost_costs_one_more_call_and_no_second_row(org: ScoredOrg) -> None:
    work = org.workshop()
    org.score(work, org.ana, {"0:introduction": "met"})
    org.org.faults.add(Fault.lost_answer(path="composite/sobjects"))
    with pytest.raises(Exception, match="CSM_Quality_Score__c"):
        publish.write_due(work, org.clock.now())
    assert own_rows.waiting(work.store) == 2
    org.publish(work)
    assert (len(org.rows(SCORE)), len(org.rows(POINT))) == (1, 1)


# What others do to the rows


def test_what_somebody_replaces_is_written_again_and_left_alone_at_the_third_time(
    org: ScoredOrg, work: Workshop
) -> None:
    score = org.rows(SCORE)[KEY]["Id"]
    for n in range(3):
        org.save(score, Score__c=90 + n)
        org.read_back(work)
        assert org.publish(work) == (1 if n < 2 else 0)
    assert org.rows(SCORE)[KEY]["Score__c"] == 92
    [alarm] = log(work, "alarm")
    assert KEY in alarm
    assert "outbox retry" in alarm
    org.score(work, org.ana, {"0:introduction": "met", "0:check_in_24h": "met"})
    org.publish(work)
    org.read_back(work)
    assert (state_of(work, KEY), org.rows(SCORE)[KEY]["Score__c"]) == (RowState.PARKED, 92)
    with work.store.transaction():
        stuck_rows.retry_now(work.store, [KEY], "2026-04-10T15:00:00Z")
    org.publish(work)
    assert (state_of(work, KEY), org.rows(SCORE)[KEY]["Score__c"]) == (RowState.KEPT, 100)


def test_a_row_that_is_given_to_somebody_else_comes_back_to_its_csm(org: ScoredOrg, work: Workshop) -> None:
    org.save(org.rows(SCORE)[KEY]["Id"], OwnerId=org.bo)
    org.read_back(work)
    org.publish(work)
    assert org.rows(SCORE)[KEY]["OwnerId"] == org.ana


def test_a_row_that_somebody_deletes_is_written_again_with_all_it_says(
    org: ScoredOrg, work: Workshop
) -> None:
    before = org.rows(POINT)[CALL]
    org.org.delete(before["Id"], at=org.clock.now(), by=org.ana)
    org.read_back(work)
    org.publish(work)
    org.read_back(work)  # The deleted one shows for a while beside the new one.
    assert org.publish(work) == 0
    after = org.rows(POINT)[CALL]
    assert after["Id"] != before["Id"]
    assert {k: v for k, v in after.items() if k.endswith("__c")} == {
        k: v for k, v in before.items() if k.endswith("__c")
    }


def test_a_score_that_is_gone_for_good_is_written_anew_once_its_lines_miss_it(
    org: ScoredOrg, work: Workshop
) -> None:
    org.org.delete(org.rows(SCORE)[KEY]["Id"], at=org.clock.now(), by=org.admin, hard=True)
    org.line(work, org.ana, "1:introduction", "met")
    org.publish(work)
    assert KEY in org.rows(SCORE)
    assert "TP:a08000000000001AAA:introduction" not in org.rows(POINT)
    org.clock.advance(timedelta(minutes=5))
    org.publish(work)
    line = org.rows(POINT)["TP:a08000000000001AAA:introduction"]
    assert line["Quality_Score__c"] == org.rows(SCORE)[KEY]["Id"]


def test_rows_that_people_enter_by_hand_are_none_of_ours(org: ScoredOrg, work: Workshop) -> None:
    org.insert(SCORE, Key__c="Ana in March", Score__c=99)
    org.read_back(work)
    assert own_rows.known(work.store, own_rows.RowKind.SCORE, ["Ana in March"]) == {}


# What Salesforce refuses


def test_a_refused_row_is_a_dead_letter_until_it_says_something_else(org: ScoredOrg) -> None:
    work = org.workshop()
    rule = Fault.row_error(SCORE, "FIELD_CUSTOM_VALIDATION_EXCEPTION", times=1)
    org.org.faults.add(rule)
    org.score(work, org.ana, {"0:introduction": "met"})
    org.publish(work)
    assert org.rows(SCORE) == org.rows(POINT) == {}, "the line waits for its score"
    [letter] = stuck_rows.letters(work.store)
    assert (letter["key"], letter["state"]) == (KEY, "dead")
    [line] = log(work, "write_back")
    assert line.startswith(f"Salesforce refused {SCORE} {KEY}: ")
    assert "Client Number" not in line
    org.clock.advance(timedelta(days=1))
    org.score(work, org.ana, {"0:introduction": "met"})
    assert org.publish(work) == 0
    org.score(work, org.ana, {"0:introduction": "missed"})
    assert org.publish(work) == 2
    assert (org.rows(SCORE)[KEY]["Score__c"], stuck_rows.letters(work.store)) == (0, [])


def test_one_rule_that_refuses_many_rows_is_one_line_of_the_log(org: ScoredOrg) -> None:
    work = org.workshop()
    org.org.faults.add(Fault.row_error(POINT, "FIELD_CUSTOM_VALIDATION_EXCEPTION", times=None))
    org.score(work, org.ana, {f"0:activity_{n}": "met" for n in range(9)})
    org.publish(work)
    [refused] = [text for text in log(work, "write_back") if "refused" in text]
    assert "and 4 more" in refused
    assert len(stuck_rows.letters(work.store)) == 9
    assert work.tally.failed == 9


def test_rows_that_are_locked_are_tried_again_together_after_a_wait(org: ScoredOrg) -> None:
    work = org.workshop()
    org.org.faults.add(Fault("lock_row", times=None, object=POINT))
    org.score(work, org.ana, {"0:introduction": "met", "1:introduction": "met"})
    org.publish(work)
    assert org.rows(POINT) == {}
    org.org.faults.clear()
    assert org.publish(work) == 0
    again = own_rows.next_at(work.store, "2026-04-10T15:00:00Z")
    assert again is not None
    assert again > "2026-04-10T15:00:30Z"
    org.org.faults.add(Fault("lock_row", times=None, object=POINT))
    for _ in range(2):
        org.clock.advance(timedelta(minutes=5))
        org.publish(work)
    org.org.faults.clear()
    org.clock.advance(timedelta(minutes=20))
    org.sent.clear()
    org.publish(work)
    assert [len(rows) for _, rows in org.sent] == [2]


def test_an_object_that_is_not_there_is_told_once_and_stops_no_other(org: ScoredOrg) -> None:
    work = org.workshop()
    gone = org.org.schemas[SCORE]
    del org.org.schemas[SCORE]
    org.score(work, org.ana, {"0:introduction": "met"})
    for _ in range(3):
        org.publish(work)
        org.clock.advance(timedelta(minutes=20))
    [alarm] = log(work, "alarm")
    assert f"{SCORE} cannot be written" in alarm
    org.org.schemas[SCORE] = gone
    org.publish(work)
    assert (len(org.rows(SCORE)), len(org.rows(POINT))) == (1, 1)


# One form for each value


@given(st.one_of(st.none(), st.text(), st.floats(allow_nan=False, allow_infinity=False, width=32)))
def test_a_value_has_one_form_however_often_it_is_read_and_written(value: Any) -> None:
    for type in ("text", "number", "datetime", "lookup", "checkbox"):
        column = Column("X__c", type)
        once = column.form(value)
        assert column.form(once) == once


@pytest.mark.parametrize(
    ("type", "ours", "theirs"),
    [
        ("number", "79.165", 79.17),
        ("number", 0, 0.0),
        ("number", "-0.001", 0),
        ("datetime", "2026-03-02T14:00:00Z", "2026-03-02T14:00:00.000+0000"),
        ("text", "a  b\n c " + "x" * 400, "a b c " + "x" * 249),
        ("text", "", None),
        ("checkbox", None, False),
    ],
)
def test_our_value_and_what_salesforce_makes_of_it_have_the_same_form(
    type: str, ours: Any, theirs: Any
) -> None:
    column = Column("X__c", type)
    assert repr(column.form(ours)) == repr(column.form(theirs))


def test_a_parent_is_named_by_its_key_and_none_by_null() -> None:
    table = tables(load(Path("mappings/sandbox")))[own_rows.RowKind.TOUCH_POINT]
    path = "Quality_Score__r.Key__c"
    assert table.record("TP:1", {path: KEY}) == {"Key__c": "TP:1", "Quality_Score__r": {"Key__c": KEY}}
    assert table.record("TP:1", {path: None}) == {"Key__c": "TP:1", "Quality_Score__c": None}
