"""What owners hear once a day, and what they have asked not to hear (D12, D16)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime

from agent.instants import to_text
from agent.loop import Agent
from agent.model import DIGESTS, DecisionKind, HumanDecision
from agent.store import decisions
from tests.company import Company
from tests.heard import heard, keys_in, people_told
from tests.pipeline.agency import (
    BOSTON,
    DAY,
    HOUR,
    PLAN,
    SEVEN_OF_BOSTON,
    address,
    addresses,
    agency,
    kept,
    live,
    outcomes,
    states,
    submit,
    until,
)

__all__ = ["agency"]

OWNERS = ("rcsm/New England", "rep/Boston")
PLANNED = {"Client_Intervention_Plan__c": PLAN, "Referral_Intervention_Plan__c": PLAN}
DIGEST_RULES = {rule.value for rule in DIGESTS}


def digests(company: Company) -> list[tuple[str, datetime, int]]:
    """(address, when on Boston's clock, how many notices) of every mail that holds only what is for a digest."""
    found = []
    for message in company.sink.messages:
        mail = message.parsed()
        if {key.split(":")[2] for key in keys_in(mail)} <= DIGEST_RULES:
            at = parsedate_to_datetime(str(mail["Date"])).astimezone(BOSTON)
            found.append((message.rcpt_tos[0].lower(), at, len(keys_in(mail))))
    return found


def test_findings_and_missing_contacts_come_once_a_day_when_the_owners_day_begins(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        records = [submit(agency, **PLANNED) for _ in range(3)]
        # Two weeks later nobody has posted, and nobody has called.
        until(agent, agency, "2026-12-05T12:00", every=HOUR)
        told = heard(agency.sink, DIGEST_RULES)
    assert {(t.record_id, t.rule) for t in told} >= {
        (record_id, rule) for record_id in records for rule in ("follow_up", "conduct")
    }
    assert set(told.values()) == {1}
    assert {t.address for t in told} == set(addresses(agency, *OWNERS))
    mails = digests(agency)
    assert {at.hour for _, at, _ in mails} == {8}
    a_day = Counter((person, at.date()) for person, at, _ in mails)
    assert set(a_day.values()) == {1}
    assert date(2026, 12, 3) in {day for _, day in a_day}
    assert max(n for _, _, n in mails) >= 6


def test_a_finding_that_is_mended_before_the_morning_is_not_told(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = submit(agency, **PLANNED)
        until(agent, agency, "2026-12-02T12:00", every=HOUR)
        assert states(agent, record_id, "conduct") == ["intent"]
        row = {"ParentId": record_id, "Body": "The family is content."}
        by = agency.seeded.ids["rcsm/New England"]
        agency.seeded.org.insert("FeedItem", row, at=agency.clock.now(), by=by)
        until(agent, agency, "2026-12-03T12:00", every=HOUR)
        assert people_told(agency.sink, record_id, "conduct") == []
        assert people_told(agency.sink, record_id, "follow_up") == []
        assert outcomes(agency, record_id, "conduct") == ["suppressed"]


def test_a_digest_missed_in_an_outage_comes_when_the_agent_is_back_and_once(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = submit(agency, **PLANNED)
        until(agent, agency, "2026-12-02T23:00", every=HOUR)
        until(agent, agency, "2026-12-03T09:47", every=1000 * HOUR)
        assert people_told(agency.sink, record_id, "conduct") == addresses(agency, *OWNERS)
        until(agent, agency, "2026-12-04T12:00", every=HOUR)
        assert set(heard(agency.sink, ["conduct", "follow_up"]).values()) == {1}
        assert len(people_told(agency.sink, record_id, "follow_up")) == len(OWNERS)


def quiet(agent: Agent, company: Company, about: str, until_: datetime) -> None:
    """Boston's client success manager asks for quiet about an SLI, an office or a region."""
    ids, work = company.seeded.ids, agent.work
    silence = HumanDecision(
        work.org_id,
        DecisionKind.SILENCE,
        ids.get(about, about),
        address(company, "csm/Boston"),
        "the family is abroad",
        company.clock.now(),
        until_,
    )
    with work.store.transaction():
        decisions.add(work.store, silence, to_text(company.clock.now()))


def test_a_silenced_office_hears_no_reminder_and_every_alert_that_may_not_be_silenced(
    agency: Company,
) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        quiet(agent, agency, "office/Boston", agency.clock.now() + 3 * DAY)
        record_id, loud = submit(agency), submit(agency, "Hartford")
        live(agent, agency, DAY + HOUR)
        seven = addresses(agency, *SEVEN_OF_BOSTON)
        assert people_told(agency.sink, record_id, "submission") == seven
        assert people_told(agency.sink, record_id, "plan_24h") == seven
        assert people_told(agency.sink, record_id, "plan_due_soon") == []
        [silenced] = kept(agent, record_id, "plan_due_soon")
        assert silenced.state == "silenced"
        assert address(agency, "csm/Boston") in silenced.reason
        assert "abroad" not in silenced.reason, "free text may name a client (D15)"
        assert outcomes(agency, record_id, "plan_due_soon") == ["silenced"]
        assert people_told(agency.sink, loud, "plan_due_soon")


def test_a_silence_that_is_over_holds_nothing_back_and_what_is_open_is_announced_once(
    agency: Company,
) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = submit(agency)
        quiet(agent, agency, record_id, agency.clock.now() + 20 * HOUR)
        live(agent, agency, 5 * DAY, every=HOUR)
        assert people_told(agency.sink, record_id, "plan_due_soon") == addresses(agency, *OWNERS)
        assert people_told(agency.sink, record_id, "silence_ended") == addresses(
            agency, *OWNERS, "csm/Boston"
        )


def test_another_life_that_reads_of_a_silenced_notice_does_not_tell_it(agency: Company) -> None:
    with agency.agent() as agent:
        agent.run_pass(agency.clock)
        record_id = submit(agency, **PLANNED, Incident_Date__c=date(2026, 10, 23))
        quiet(agent, agency, record_id, agency.clock.now() + 13 * DAY)
        until(agent, agency, "2026-11-30T12:00", every=12 * HOUR)
        assert states(agent, record_id, "still_open") == ["silenced"]
    with agency.agent("another disk") as agent:
        # The silence was kept in Salesforce by the verb that asked for it; here the first life's word must do.
        agency.later(timedelta(minutes=11))
        for _ in range(10):
            agent.run_pass(agency.clock)
            agency.later(timedelta(minutes=1))
        assert states(agent, record_id, "still_open") == ["silenced"]
    assert people_told(agency.sink, record_id, "still_open") == []
