"""Another company's org is served by its mapping alone: the same checks under other names."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from agent.sandbox.rename import Names
from agent.sandbox.world import ADMIN
from tests.acceptance.another_org.names import RENAMES
from tests.acceptance.naive import expected_alerts
from tests.acceptance.test_main_job import arrived, owed
from tests.company import NOW, Founding

OTHER = Path("tests/acceptance/another_org")


def test_an_org_with_other_names_and_colours_is_told_and_written_the_same(found_company: Founding) -> None:
    with found_company(size=120, renames=RENAMES) as company:
        company.mappings = OTHER
        with company.agent() as agent:
            found = agent.run_pass(company.clock)
            company.later(timedelta(minutes=11))
            second = agent.run_pass(company.clock)
        expected = expected_alerts(company.seeded.org, NOW, fallback=ADMIN, names=Names(RENAMES))
        assert arrived(company.sink) == owed(expected)
        written = [row for row in company.rows("Rescue__c") if row.get("A2__c") == "Violated"]

    assert len(expected) == found["alerts"]["sent"] > 20
    assert len(written) > 5
    assert found["write_backs"]["failed"] == 0
    assert (second["api_calls"], second["mails"], second["write_backs"]["written"]) == (1, 0, 0)


def test_the_same_org_is_judged_the_same_under_either_names(found_company: Founding) -> None:
    milestones = []
    for renames, mappings in (({}, Path("mappings/sandbox")), (RENAMES, OTHER)):
        with found_company(size=80, renames=renames) as company:
            company.mappings = mappings
            company.remap(('mode = "live"', 'mode = "off"'))
            with company.agent(mappings.name) as agent:
                milestones.append(agent.run_pass(company.clock)["milestones"])
    assert milestones[0] == milestones[1]


def test_colours_stand_in_subjects_in_the_orgs_own_words(found_company: Founding) -> None:
    with found_company(size=60, renames=RENAMES) as company:
        company.mappings = OTHER
        with company.agent() as agent:
            agent.run_pass(company.clock)
        subjects = [str(message.parsed()["Subject"]) for message in company.sink.messages]
    assert any("On hold" in subject for subject in subjects)
    assert not any("Orange" in subject for subject in subjects)


def test_an_org_without_chatter_is_served_and_its_chatter_check_drops_out(found_company: Founding) -> None:
    with found_company(size=60) as company:
        company.remap(
            ('feed = "Service_Level_Intervention__Feed"', ""),
            ('comments = "FeedComment"', ""),
            ('mode = "live"', 'mode = "off"'),
        )
        with company.agent() as agent:
            found = agent.run_pass(company.clock)
            checks = agent.work.store.rows("SELECT checks FROM handling")
    assert "feed" not in found["polled"]
    assert found["milestones"]["plan"]["met"] > 0
    assert not any('"chatter"' in row["checks"] for row in checks)
