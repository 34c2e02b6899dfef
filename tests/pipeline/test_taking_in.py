"""Taking in: surroundings that change, mappings that change, whose org it is, and going live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from agent.errors import ConfigurationError
from agent.instants import from_text, to_text
from agent.loop import Agent
from agent.model import ALERTS
from agent.sandbox.faults import Fault
from agent.sandbox.org import ORG_ID
from agent.store import from_json
from tests.company import Company, Founding
from tests.sync.watching import (
    MINUTE,
    OVERLAP,
    SLI,
    held,
    lines,
    milestones,
    mirrored,
    poll_for,
    silence,
    state_of,
    submit,
    trouble,
    with_post,
)

SETTINGS, NOTICE = "SLI_Agent_Settings__c", "SLI_Agent_Notice__c"
PLAN = "<p>A replacement caregiver starts tomorrow.</p>"
TURNS = 8 * MINUTE
"""Every object has had its turn once."""


@pytest.fixture
def company(found_company: Founding) -> Iterator[Company]:
    with found_company(size=60) as small:
        yield small


@pytest.fixture
def quiet(company: Company) -> Company:
    silence(company)
    return company


def row_of(company: Company, record_id: str) -> dict[str, Any]:
    return next(row for row in company.rows(SLI) if row["Id"] == record_id)


def due_of(agent: Agent, record_id: str, side: str, kind: str) -> str:
    [due] = [m[6] for m in milestones(agent) if m[:3] == (record_id, side, kind)]
    return str(due)


# What stands around an intervention


def test_an_office_that_gets_another_time_zone_has_its_open_interventions_judged_again(
    quiet: Company,
) -> None:
    record_id = quiet.seeded["nearly_30_days"]
    office = row_of(quiet, record_id)["Office__c"]
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        before, due = mirrored(agent), due_of(agent, record_id, "client", "resolution")
        quiet.later(OVERLAP)
        quiet.save(office, Time_Zone__c="Pacific/Honolulu")
        poll_for(agent, quiet, TURNS)
        after = mirrored(agent)
        judged = {i for i, row in after.items() if row["judged_at"] != before[i]["judged_at"]}
        accounts = {a["Id"] for a in quiet.rows("Account") if a.get("CC_Location__c") == office}
        expected = {
            i
            for i, row in before.items()
            if row["open"] and (row["office_id"] == office or row["account_id"] in accounts)
        }
        assert judged == expected
        assert record_id in expected
        assert from_text(due_of(agent, record_id, "client", "resolution")) > from_text(due)
        assert row_of(quiet, record_id)["Client_Resolution_Due__c"] == from_text(
            due_of(agent, record_id, "client", "resolution")
        )


def test_an_exception_granted_by_the_director_of_its_day_outlives_a_change_of_director(
    quiet: Company,
) -> None:
    record_id = quiet.seeded["exception_by_director"]
    office = row_of(quiet, record_id)["Office__c"]
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        granted, judged_at = (
            due_of(agent, record_id, "client", "resolution"),
            mirrored(agent)[record_id]["judged_at"],
        )
        quiet.later(OVERLAP)
        quiet.save(office, Regional_Director__c=quiet.seeded.ids["admin"])
        poll_for(agent, quiet, TURNS)
        assert mirrored(agent)[record_id]["judged_at"] != judged_at
        assert due_of(agent, record_id, "client", "resolution") == granted
        assert state_of(agent, record_id, "client", "resolution") == "open"


def test_an_office_saved_without_a_change_we_read_has_nothing_judged_again(quiet: Company) -> None:
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        quiet.later(OVERLAP)
        before = {i: row["judged_at"] for i, row in mirrored(agent).items()}
        quiet.save(quiet.seeded.ids["office/Phoenix"], Time_Zone__c="America/Phoenix")
        poll_for(agent, quiet, TURNS)
        assert {i: row["judged_at"] for i, row in mirrored(agent).items()} == before


# Whose mapping, whose org


def test_a_changed_mapping_has_everything_read_and_judged_anew_and_nothing_told_twice(
    company: Company,
) -> None:
    with company.agent() as agent:
        post = with_post(agent)
        first = agent.run_pass(company.clock)
        assert len(post.sent) == first["mails"] > 0
        keys = {row["Key__c"] for row in company.rows(NOTICE)}
    company.later(timedelta(hours=1))
    company.remap(('subject = "Subject"', 'subject = "Description"'))
    with company.agent() as agent:
        post = with_post(agent)
        again = agent.run_pass(company.clock)
        assert {row["judged_at"] for row in mirrored(agent).values()} == {to_text(company.clock.now())}
        assert lines(agent, "run").count("the mapping changed: everything is read and judged anew") == 1
        assert post.sent == []
    assert {row["Key__c"] for row in company.rows(NOTICE)} == keys
    for stream in ("intervention", "history", "feed", "comment", "person", "account", "office"):
        assert again["polled"][stream] >= first["polled"][stream] > 0
    company.later(MINUTE)
    with company.agent() as agent:  # Once is enough.
        assert agent.run_pass(company.clock)["polled"].get("person", 0) == 0
        assert lines(agent, "run").count("the mapping changed: everything is read and judged anew") == 1


def test_a_mapping_that_names_another_plan_field_is_judged_by_that_field(quiet: Company) -> None:
    record_id = quiet.seeded["plan_missing_client"]  # The referral side has a plan, the client side none.
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        assert state_of(agent, record_id, "client", "plan") == "violated"
    quiet.remap(("Client_Intervention_Plan__c", "Referral_Intervention_Plan__c"))  # One field for both (D0).
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        assert state_of(agent, record_id, "client", "plan") == "met"


def test_the_state_of_another_org_is_refused_before_anything_is_read(quiet: Company) -> None:
    other = "00DOTHER0000001EAA"
    with quiet.agent() as agent:
        agent.run_pass(quiet.clock)
        with agent.work.store.transaction():
            agent.work.store.put("org_id", other)
        before = held(agent)
    submit(quiet)
    with quiet.agent() as agent:
        with pytest.raises(ConfigurationError) as caught:
            agent.run_pass(quiet.clock)
        assert other in str(caught.value)
        assert ORG_ID in str(caught.value)
        assert "SLI_STATE_DIR" in str(caught.value)
        assert agent.work.org.calls == 0
        assert held(agent) == before
        assert agent.work.store.get("org_id") == other


# Going live (D9)


@pytest.fixture
def untouched(company: Company) -> Company:
    """An org in which no agent ever ran."""
    org, ids = company.seeded.org, company.seeded.ids
    org.delete(ids["settings"], at=company.clock.now(), by=ids["admin"], hard=True)
    return company


def settings_rows(company: Company) -> list[dict[str, Any]]:
    return company.rows(SETTINGS)


def test_in_an_org_without_settings_the_first_pass_is_the_go_live_and_tells_only_the_admins(
    untouched: Company,
) -> None:
    with untouched.agent() as agent:
        found = agent.run_pass(untouched.clock)
        assert found["alerts"]["sent"] == 0
        [row] = settings_rows(untouched)
        assert row["Go_Live__c"] == untouched.clock.now()
        assert (row["Org_Id__c"], row["Epoch__c"]) == (ORG_ID, agent.work.epoch)
        since = from_json(row["Rules_Effective__c"])
        assert since.pop("mapping") == agent.work.mapping.version
        assert since == dict.fromkeys((rule.value for rule in ALERTS), to_text(untouched.clock.now()))
        [message] = untouched.sink.messages
        assert message.rcpt_tos == (agent.work.settings.admin_email,)
        assert message.parsed()["X-SLI-Rule"] == "go_live"
        assert {m[3] for m in milestones(agent)} >= {"violated", "open", "met"}

        # What comes due from now on is told.
        untouched.later(timedelta(hours=2))
        assert agent.run_pass(untouched.clock)["alerts"]["sent"] == 1
        told_about = {m.parsed()["X-SLI-Record"] for m in untouched.sink.messages[1:]}
    assert told_about == {untouched.seeded["nearly_24h_without_plan"]}


def test_a_second_agent_reads_the_go_live_of_the_first_and_sends_no_second_summary(
    untouched: Company,
) -> None:
    with untouched.agent("first") as first:
        first.run_pass(untouched.clock)
        go_live = first.work.store.get("go_live")
    untouched.later(timedelta(hours=1))
    with untouched.agent("second") as second:
        second.run_pass(untouched.clock)
        assert second.work.store.get("go_live") == go_live
    assert len(settings_rows(untouched)) == 1
    assert len(untouched.sink.messages) == 1


def test_two_agents_that_find_no_settings_at_the_same_moment_share_one_go_live(untouched: Company) -> None:
    with untouched.agent("left") as left, untouched.agent("right") as right:
        create = right.work.org.create

        def overtaken(*given: Any) -> Any:
            """Between the right one's question and its answer to it, the left one creates the row."""
            right.work.org.create = create  # type: ignore[method-assign]
            while not left.work.started:
                assert left.step(untouched.clock.now())
            untouched.later(timedelta(seconds=5))
            return create(*given)

        right.work.org.create = overtaken  # type: ignore[assignment, method-assign]
        right.run_pass(untouched.clock)
        left.run_pass(untouched.clock)
        [row] = settings_rows(untouched)
        assert row["Epoch__c"] == left.work.epoch != right.work.epoch
        assert left.work.store.get("go_live") == right.work.store.get("go_live") == to_text(row["Go_Live__c"])
        assert right.trouble is None
    assert len(untouched.sink.messages) == 1


def test_a_settings_row_that_cannot_be_read_back_is_trouble_and_nothing_is_read(untouched: Company) -> None:
    untouched.seeded.org.faults.add(Fault.lost_sharing(SETTINGS))
    with untouched.agent() as agent:
        agent.run_pass(untouched.clock)
        assert "View All" in trouble(agent).text
        assert mirrored(agent) == {}
        untouched.seeded.org.faults.clear()
        untouched.later(timedelta(hours=1))
        agent.run_pass(untouched.clock)
        assert agent.trouble is None
        assert len(mirrored(agent)) == 60
    assert len(settings_rows(untouched)) == 1
