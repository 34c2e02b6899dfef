"""Evidence that ends without a word: deleted for good, moved away, left to nobody. Every disk comes to the same."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from clinic import (
    BOSTON,
    DAY,
    HOUR,
    MARCH,
    POINT,
    QUARTER,
    SCORE,
    call,
    care,
    client,
    delete,
    insert,
    looked,
    months,
    says_nothing_of_deletions,
    states,
)

from agent.loop import Agent
from agent.store import scores
from tests.company import Company

LOSSES = ("deleted for good", "moved to something else", "moved to nothing")


@pytest.mark.parametrize("loss", LOSSES)
def test_a_call_that_is_gone_is_no_evidence_any_more(clinic: Company, loss: str) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    done = call(clinic, one, MARCH + 5 * HOUR)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert states(agent, episode)["check_in_24h"] == "met"
        if loss == "deleted for good":
            delete(clinic, done, hard=True)
        else:
            account = clinic.rows("Account")[0]["Id"] if loss == "moved to something else" else None
            clinic.save(done, WhatId=account)
        looked(agent, clinic)
        assert set(states(agent, episode).values()) == {"missed"}
        if loss != "deleted for good":
            clinic.save(done, WhatId=one)
            looked(agent, clinic)
            assert states(agent, episode)["check_in_24h"] == "met"


def test_what_cannot_be_asked_for_is_told_once_and_stops_no_score(clinic: Company) -> None:
    says_nothing_of_deletions(clinic, "Task")
    with clinic.agent() as agent:
        episode = care(clinic, client(clinic), MARCH)
        for _ in range(4):
            looked(agent, clinic)
        assert set(states(agent, episode).values()) == {"missed"}
        told = [row["text"] for row in agent.work.store.rows("SELECT text FROM log WHERE kind = 'alarm'")]
    assert len([text for text in told if "cannot be asked for" in text]) == 1


@pytest.mark.parametrize("hard", [False, True])
def test_a_start_of_care_that_is_deleted_counts_nowhere_and_its_lines_say_so(
    clinic: Company, hard: bool
) -> None:
    one, two = client(clinic), client(clinic)
    gone, kept = care(clinic, one, MARCH), care(clinic, two, MARCH)
    call(clinic, two, MARCH + 5 * HOUR)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert months(agent, clinic) == {"2026-03": "12.50"}
        delete(clinic, gone, hard=hard)
        looked(agent, clinic)
        assert states(agent, gone) == {}
        assert months(agent, clinic) == {"2026-03": "25.00"}
    assert {(r["State__c"], r.get("Quality_Score__c")) for r in lines(clinic, gone)} == {("Excluded", None)}
    assert len({r.get("Quality_Score__c") for r in lines(clinic, kept)}) == 1


def lines(company: Company, episode: str) -> list[dict[str, Any]]:
    return [row for row in company.rows(POINT) if row["Key__c"].startswith(f"TP:{episode}:")]


def test_a_start_of_care_left_to_no_client_counts_nowhere(clinic: Company) -> None:
    episode = care(clinic, client(clinic), MARCH)
    with clinic.agent() as agent:
        looked(agent, clinic)
        clinic.save(episode, Client__c=None)
        looked(agent, clinic)
        assert states(agent, episode) == {}
        assert months(agent, clinic) == {}


def test_a_start_of_care_that_moves_to_another_client_leaves_its_calls_behind(clinic: Company) -> None:
    one, two = client(clinic), client(clinic)
    first = care(clinic, one, MARCH)
    second = care(clinic, one, MARCH + 10 * DAY)
    call(clinic, one, MARCH + 10 * DAY + 5 * HOUR)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert states(agent, first)["check_in_14d"] == "missed", "the second's 24 hours close first"
        clinic.save(second, Client__c=two)
        looked(agent, clinic)
        assert states(agent, first)["check_in_14d"] == "met"


def test_another_zone_moves_starts_of_care_that_name_no_office_of_their_own(clinic: Company) -> None:
    episode = care(clinic, client(clinic), MARCH, Office__c=None)
    with clinic.agent() as agent:
        looked(agent, clinic)
        clinic.save(clinic.seeded.ids["office/Boston"], Time_Zone__c="America/Los_Angeles")
        for _ in range(8):  # Reference data takes turns.
            looked(agent, clinic)
        point = scores.point(agent.work.store, episode, "check_in_7d")
    assert point is not None
    assert point["closes"] == "2026-03-10T06:59:59Z"


def test_a_call_in_the_first_hour_of_a_window_is_for_that_start_of_care_though_the_clocks_changed(
    clinic: Company,
) -> None:
    first_start = datetime(2025, 10, 1, 9, 0, tzinfo=BOSTON)
    second_start = datetime(2026, 3, 15, 9, 0, tzinfo=BOSTON)
    one = client(clinic)
    care(clinic, one, first_start)
    second = care(clinic, one, second_start)
    opens = datetime(2026, 3, 1, 9, 0, tzinfo=BOSTON)
    call(clinic, one, opens, "Caregiver introduction")
    autumn_start = datetime(2026, 11, 10, 9, 0, tzinfo=BOSTON)
    clinic.later(autumn_start + 30 * DAY - clinic.clock.now())
    third = care(clinic, one, autumn_start)
    call(clinic, one, datetime(2026, 10, 27, 9, 30, tzinfo=BOSTON), "Caregiver introduction")
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert states(agent, second)["introduction"] == "met"
        assert states(agent, third)["introduction"] == "met"


def test_a_month_of_which_everything_is_transferred_says_nothing_in_salesforce(clinic: Company) -> None:
    start = clinic.clock.now() - 2 * HOUR
    one = client(clinic)
    care(clinic, one, start)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert set(months(agent, clinic)) == {"2026-06"}
        clinic.save(clinic.rows("Start_Of_Care__c")[-1]["Id"], Client__c=client(clinic, csm="csm/Hartford"))
        for _ in range(8):  # Clients take turns.
            looked(agent, clinic)
        assert months(agent, clinic) == {}
    mine = clinic.seeded.ids["csm/Boston"]
    [row] = [row for row in clinic.rows(SCORE) if row["CSM__c"] == mine]
    assert (row.get("Score__c"), row.get("Due__c"), row.get("Pending__c")) == (None, 0, 0)


def test_what_ended_while_no_agent_looked_is_put_right_from_an_empty_disk(clinic: Company) -> None:
    one = client(clinic)
    gone = care(clinic, one, MARCH)
    call(clinic, one, MARCH + 5 * HOUR)
    with clinic.agent("first disk") as agent:
        looked(agent, clinic)
    [row] = clinic.rows(SCORE)
    assert row.get("Score__c") == 25.0
    delete(clinic, gone, hard=True)
    clinic.later(30 * DAY)
    with clinic.agent("another disk") as agent:
        for _ in range(4):
            looked(agent, clinic)
    [row] = clinic.rows(SCORE)
    assert (row.get("Score__c"), row.get("Due__c")) == (None, 0)
    assert {line["State__c"] for line in lines(clinic, gone)} == {"Excluded"}


def test_a_figure_of_the_dashboard_that_moves_to_another_month_leaves_its_own(clinic: Company) -> None:
    care(clinic, client(clinic), MARCH)
    values = {"CSM__c": clinic.seeded.ids["csm/Boston"], "Month__c": date(2026, 3, 1), "Score__c": 95.0}
    figure = insert(clinic, "Quality_Dashboard__c", **values)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert [row.get("Dashboard_Score__c") for row in clinic.rows(SCORE)] == [95.0]
        clinic.save(figure, Month__c=date(2026, 4, 1))
        looked(agent, clinic, 2 * HOUR)
    assert [row.get("Dashboard_Score__c") for row in clinic.rows(SCORE)] == [None]


def all_that_is_kept(agent: Agent) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(row) for row in agent.work.store.rows(f"SELECT * FROM {name} ORDER BY 1, 2")]
        for name in ("touch_point", "score")
    ]


def test_two_disks_come_to_the_same_though_one_never_saw_what_is_gone(clinic: Company) -> None:
    one = client(clinic)
    gone = care(clinic, one, MARCH)
    care(clinic, one, MARCH + 40 * DAY)
    call(clinic, gone, MARCH + 5 * HOUR)
    with clinic.agent("old") as old:
        looked(old, clinic)
        delete(clinic, gone)
        looked(old, clinic)
        clinic.later(20 * DAY)  # The bin is emptied.
        looked(old, clinic, QUARTER)
        with clinic.agent("new") as new:
            for agent in (new, old, new, old):
                looked(agent, clinic, HOUR)
            assert all_that_is_kept(old) == all_that_is_kept(new)
