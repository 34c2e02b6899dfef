"""Who is told what, and when (D2, D7, D8, D10, D16): through the real mail sink, on a simulated clock."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from agent.model import MilestoneKind, MilestoneState
from agent.pipeline import claim
from agent.sandbox.faults import Fault
from agent.sandbox.world import ADMIN
from agent.store import judged
from tests.company import Company, Founding
from tests.heard import heard, keys_in, mails_telling, people_told
from tests.pipeline.agency import (
    DAY,
    HOUR,
    MINUTE,
    PLAN,
    SEVEN_OF_BOSTON,
    addresses,
    agency,
    change,
    live,
    outcomes,
    states,
    submit,
    until,
)

__all__ = ["agency"]

PLANNED = {"Client_Intervention_Plan__c": PLAN, "Referral_Intervention_Plan__c": PLAN}


def test_both_sides_late_share_one_mail_that_names_both_and_sides_late_apart_have_one_each(
    agency: Company,
) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        both, one, none = submit(agency), submit(agency), submit(agency)
        grows = submit(agency, Referral_Status__c="N/A")
        live(agent, agency, HOUR)
        change(agency, one, Client_Intervention_Plan__c=PLAN)
        change(agency, none, **PLANNED)
        live(agent, agency, 23 * HOUR + 15 * MINUTE)
        for record_id, late in ((both, "client and referral"), (one, "(referral)"), (grows, "(client)")):
            assert people_told(agency.sink, record_id, "plan_24h") == addresses(agency, *SEVEN_OF_BOSTON)
            subjects = {str(m["Subject"]) for m in mails_telling(agency.sink, record_id, "plan_24h")}
            assert len(subjects) == 1
            assert late in subjects.pop()
        assert people_told(agency.sink, none, "plan_24h") == []

        until(agent, agency, "2026-11-21T10:32", every=HOUR)
        change(agency, grows, Referral_Status__c="Orange")  # It begins to apply on day 3.
        live(agent, agency, DAY + 15 * MINUTE, every=HOUR)
        assert people_told(agency.sink, grows, "plan_24h") == sorted(2 * addresses(agency, *SEVEN_OF_BOSTON))
        subjects = {str(m["Subject"]) for m in mails_telling(agency.sink, grows, "plan_24h")}
        assert len(subjects) == 2
        assert any("(referral)" in subject for subject in subjects)


def test_a_plan_saved_in_time_and_committed_nine_minutes_later_reminds_nobody(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = submit(agency, Referral_Status__c="N/A")
        live(agent, agency, DAY - MINUTE)
        agency.seeded.org.faults.add(Fault.late_commits(540))
        change(agency, record_id, Client_Intervention_Plan__c=PLAN)
        agency.seeded.org.faults.clear()
        live(agent, agency, HOUR, every=MINUTE)
        assert people_told(agency.sink, record_id, "plan_24h") == []
        assert states(agent, record_id, "plan_24h") == []


def test_a_plan_written_during_an_outage_without_history_is_met_time_unknown(agency: Company) -> None:
    agency.remap(('history = "', '# history = "'))
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        written, missing = submit(agency), submit(agency)
        live(agent, agency, HOUR)
    agency.later(20 * HOUR)
    change(agency, written, **PLANNED)
    agency.later(9 * HOUR)
    # Another save hides when that was: nothing but LastModifiedDate is left, and it lies behind the deadline.
    change(agency, written, Service_Incident_Type__c="Missed Visits")
    agency.later(HOUR)
    with agency.agent() as agent:
        live(agent, agency, 30 * MINUTE)
        plans = [m for m in judged.milestones_of(agent.work.store, written) if m.kind is MilestoneKind.PLAN]
        assert {plan.state for plan in plans} == {MilestoneState.MET_TIME_UNKNOWN}
    assert people_told(agency.sink, written, "plan_24h") == []
    assert people_told(agency.sink, missing, "plan_24h") == addresses(agency, *SEVEN_OF_BOSTON)


def test_a_director_who_took_over_between_submission_and_reminder_hears_the_reminder(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = submit(agency)
        live(agent, agency, 2 * HOUR)
        assert people_told(agency.sink, record_id, "submission") == addresses(agency, *SEVEN_OF_BOSTON)
        successor = agency.seeded.ids["csm/Boston"]
        change(agency, "office/Boston", Regional_Director__c=successor)
        agency.later(22 * HOUR + 11 * MINUTE)
        agent.run_pass(agency.clock)
        people = [*SEVEN_OF_BOSTON, "csm/Boston"]
        people.remove("rd/New England")
        assert people_told(agency.sink, record_id, "plan_24h") == addresses(agency, *people)


def test_a_warning_waits_for_working_hours_and_is_not_sent_once_the_plan_is_there(agency: Company) -> None:
    """Submitted at 9 in the evening: the owner is warned at 7, and at work from 8."""
    with agency.agent() as agent:
        until(agent, agency, "2026-11-18T21:00")
        planned, forgotten = submit(agency), submit(agency)
        until(agent, agency, "2026-11-19T19:30")
        assert states(agent, planned, "plan_due_soon") == ["intent"]
        assert people_told(agency.sink, planned, "plan_due_soon") == []
        change(agency, planned, **PLANNED)
        until(agent, agency, "2026-11-20T08:05")
        # What is late by the morning is no warning's business any more.
        assert states(agent, planned, "plan_due_soon") == ["suppressed"]
        assert states(agent, forgotten, "plan_due_soon") == ["suppressed"]
        assert outcomes(agency, planned, "plan_due_soon") == ["suppressed"]
        assert people_told(agency.sink, forgotten, "plan_24h") == addresses(agency, *SEVEN_OF_BOSTON)


def test_a_warning_reaches_the_owners_of_the_sides_without_a_plan_and_nobody_else(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        both, one = submit(agency), submit(agency)
        change(agency, one, Referral_Intervention_Plan__c=PLAN)
        live(agent, agency, 22 * HOUR + 15 * MINUTE)
        assert people_told(agency.sink, both, "plan_due_soon") == addresses(
            agency, "rcsm/New England", "rep/Boston"
        )
        assert people_told(agency.sink, one, "plan_due_soon") == addresses(agency, "rcsm/New England")


def test_people_of_two_zones_hear_a_reminder_each_in_their_own_morning(agency: Company) -> None:
    """An SLI of Seattle: its people work on Pacific time, the sales side's owner lives in Boston for once."""
    with agency.agent() as agent:
        change(agency, "rep/Seattle", TimeZoneSidKey="America/New_York")
        agent.run_pass(agency.clock)
        record_id = submit(agency, "Seattle", Incident_Date__c=date(2026, 11, 16), **PLANNED)
        # The end of the day seven days before the end of day 30.
        until(agent, agency, "2026-12-10T03:30", every=6 * HOUR)
        assert states(agent, record_id, "resolution_due_soon") == ["intent"]
        until(agent, agency, "2026-12-10T08:00")
        assert people_told(agency.sink, record_id, "resolution_due_soon") == addresses(agency, "rep/Seattle")
        until(agent, agency, "2026-12-10T10:50")
        assert len(people_told(agency.sink, record_id, "resolution_due_soon")) == 1
        until(agent, agency, "2026-12-10T11:00")
        assert people_told(agency.sink, record_id, "resolution_due_soon") == addresses(
            agency, "rep/Seattle", "rcsm/Pacific Northwest"
        )
        assert states(agent, record_id, "resolution_due_soon") == ["told"]


def test_what_is_written_while_the_second_zone_still_sleeps_spares_it_the_reminder(agency: Company) -> None:
    with agency.agent() as agent:
        change(agency, "rep/Seattle", TimeZoneSidKey="America/New_York")
        agent.run_pass(agency.clock)
        record_id = submit(agency, "Seattle", Incident_Date__c=date(2026, 11, 16), **PLANNED)
        until(agent, agency, "2026-12-10T03:30", every=6 * HOUR)
        until(agent, agency, "2026-12-10T08:00")
        change(agency, record_id, Client_Status__c="Green", Referral_Status__c="Green")
        until(agent, agency, "2026-12-10T12:00")
        assert people_told(agency.sink, record_id, "resolution_due_soon") == addresses(agency, "rep/Seattle")
        # Told it stays, and Salesforce knows to whom.
        assert outcomes(agency, record_id, "resolution_due_soon") == ["told"]


def test_a_hundred_breaches_after_three_days_away_come_as_one_mail_a_person_with_their_true_times(
    agency: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        breaches = {}
        for n in range(100):
            agency.later(timedelta(seconds=30))
            record_id = submit(agency, ("Boston", "Hartford")[n % 2], Referral_Status__c="N/A")
            breaches[record_id] = agency.clock.now() + DAY
        agent.run_pass(agency.clock)
        agency.later(3 * DAY)
        before = len(agency.sink.messages)
        monkeypatch.setattr(claim, "BATCH", 30)
        agent.run_pass(agency.clock)

    mails = agency.sink.messages[before:]
    assert max(Counter(mail.rcpt_tos for mail in mails).values()) == 1
    told = heard(agency.sink, ["plan_24h"])
    assert set(told.values()) == {1}
    assert {(t.record_id, t.due) for t in told} == {
        (record_id, f"{due:%Y-%m-%dT%H:%M:%SZ}") for record_id, due in breaches.items()
    }
    assert Counter(t.record_id for t in told) == dict.fromkeys(breaches, 6)
    one = next(mail.parsed() for mail in mails if len(keys_in(mail.parsed())) == 100)
    text = one.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(row["Name"] not in str(one["Subject"]) for row in agency.rows("Service_Level_Intervention__c"))
    assert "Nov 19" in text


def test_what_is_held_for_a_shared_mail_survives_a_kill_and_spans_every_batch(
    agency: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "BATCH", 4)
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        records = [submit(agency) for _ in range(10)]
        agent.run_pass(agency.clock)
        agency.later(2 * DAY)
        while not agent.work.held:
            assert agent.step(agency.clock.now())
        before = len(agency.sink.messages)
    with agency.agent() as agent:  # The same disk: the process was killed between claim and freezing.
        agent.run_pass(agency.clock)
        live(agent, agency, 10 * MINUTE)
        assert {state for r in records for state in states(agent, r, "plan_24h")} == {"told"}
    told = heard(agency.sink, ["plan_24h"])
    assert set(told.values()) == {1}
    assert Counter(t.record_id for t in told) == dict.fromkeys(records, len(SEVEN_OF_BOSTON))
    mails = agency.sink.messages[before:]
    assert max(Counter(mail.rcpt_tos for mail in mails).values()) <= 2, (
        "what was held when it was killed, and the rest"
    )


def test_one_breach_after_an_outage_is_told_by_its_ordinary_mail(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = submit(agency)
        agent.run_pass(agency.clock)
        agency.later(2 * DAY)
        agent.run_pass(agency.clock)
    mails = mails_telling(agency.sink, record_id, "plan_24h")
    assert len(mails) == len(SEVEN_OF_BOSTON)
    assert {mail["X-SLI-Notices"] for mail in mails} == {"1"}


def test_mail_that_is_down_for_48_hours_tells_everything_that_still_holds_once_and_nothing_stale(
    agency: Company,
) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        agency.sink.down()
        stands, mended, deleted = submit(agency), submit(agency), submit(agency)
        live(agent, agency, 30 * HOUR)
        assert people_told(agency.sink, stands, "plan_24h") == []
        change(agency, mended, **PLANNED)
        org, ids = agency.seeded.org, agency.seeded.ids
        org.delete(deleted, at=agency.clock.now(), by=ids["admin"])
        live(agent, agency, 18 * HOUR)
        agency.sink.up()
        live(agent, agency, HOUR)

        seven = addresses(agency, *SEVEN_OF_BOSTON)
        assert people_told(agency.sink, stands, "submission") == seven
        assert people_told(agency.sink, stands, "plan_24h") == seven
        assert people_told(agency.sink, mended, "submission") == seven
        assert people_told(agency.sink, mended, "plan_24h") == []
        assert people_told(agency.sink, deleted, "submission") == []
        assert outcomes(agency, mended, "plan_24h") == ["suppressed"]
        assert outcomes(agency, deleted, "submission") == ["suppressed"]
    # One mail a person, whatever it has to tell.
    seven_mails = [m for m in agency.sink.messages if m.rcpt_tos[0].lower() in seven]
    assert max(Counter(m.rcpt_tos for m in seven_mails).values()) == 1


def test_a_refused_mailbox_in_an_outages_mail_is_stood_in_for_with_all_its_notices(agency: Company) -> None:
    [director] = addresses(agency, "rd/New England")
    agency.sink.refuse(director, 550, "No such mailbox")
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        records = [submit(agency) for _ in range(3)]
        agent.run_pass(agency.clock)
        assert [people_told(agency.sink, r, "submission").count(ADMIN) for r in records] == [1, 1, 1]
        agency.later(2 * DAY)
        agent.run_pass(agency.clock)
        for record_id in records:
            assert states(agent, record_id, "plan_24h") == ["told"]
            people = addresses(agency, *SEVEN_OF_BOSTON)
            people[people.index(director)] = ADMIN
            assert people_told(agency.sink, record_id, "plan_24h") == sorted(people)
    [mail] = [m for m in agency.sink.messages_to(ADMIN) if len(keys_in(m.parsed())) == 3]
    assert "in place of" in mail.parsed().get_body(("plain",)).get_content().lower()  # type: ignore[union-attr]


def test_the_first_sync_of_10_000_old_slis_mails_no_role_and_the_admins_once(found_company: Founding) -> None:
    with found_company(size=10_000) as company:
        org, ids = company.seeded.org, company.seeded.ids
        org.delete(ids["settings"], at=company.clock.now(), by=ids["admin"], hard=True)
        with company.agent() as agent:
            agent.run_pass(company.clock)
            for _ in range(3):
                company.later(5 * MINUTE)
                agent.run_pass(company.clock)
    assert [m.rcpt_tos for m in company.sink.messages] == [(ADMIN,)]
    assert company.sink.messages[0].parsed()["X-SLI-Rule"] == "go_live"
