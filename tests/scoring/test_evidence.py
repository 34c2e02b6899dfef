"""From what stands in Salesforce to touch points and scores, through a real pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from clinic import (
    BOSTON,
    DAY,
    HOUR,
    MARCH,
    NOW,
    POINT,
    QUARTER,
    SCORE,
    call,
    care,
    client,
    insert,
    looked,
    months,
    states,
)

from agent.loop import Agent
from agent.store import scores
from tests.company import Company

FOUR = ("introduction", "check_in_24h", "check_in_7d", "check_in_14d")


def all_done(company: Company, client_id: str, start: datetime) -> None:
    call(company, client_id, start + HOUR, "Caregiver introduction")
    for span in (5 * HOUR, 3 * DAY, 10 * DAY):
        call(company, client_id, start + span)


def test_four_calls_in_time_make_a_hundred_percent(clinic: Company) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    all_done(clinic, one, MARCH)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert states(agent, episode) == dict.fromkeys(FOUR, "met")
        assert months(agent, clinic) == {"2026-03": "100.00"}


def test_one_call_of_the_first_day_serves_one_check_in_of_three(clinic: Company) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    call(clinic, one, MARCH + 5 * HOUR)
    with clinic.agent() as agent:
        looked(agent, clinic)
        found = states(agent, episode)
    assert found == {
        "introduction": "missed",
        "check_in_24h": "met",
        "check_in_7d": "missed",
        "check_in_14d": "missed",
    }


def test_what_is_done_later_is_shown_as_late_and_not_credited(clinic: Company) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    all_done(clinic, one, MARCH)
    other = client(clinic)
    missed = care(clinic, other, MARCH)
    with clinic.agent() as agent:
        looked(agent, clinic)
        call(clinic, other, clinic.clock.now())
        looked(agent, clinic)
        assert set(states(agent, episode).values()) == {"met"}
        assert sorted(states(agent, missed).values()) == ["late", "missed", "missed", "missed"]
        assert months(agent, clinic) == {"2026-03": "50.00"}


def test_a_transfer_moves_what_closes_after_it_and_loses_nothing(clinic: Company) -> None:
    start = NOW - 3 * DAY
    one = client(clinic)
    episode = care(clinic, one, start)
    all_done(clinic, one, start)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert {row["csm"] for row in _points(agent, episode)} == {clinic.seeded.ids["csm/Boston"]}
        clinic.save(one, CSM__c=clinic.seeded.ids["csm/Hartford"])
        looked(agent, clinic)
        whose = {row["activity"]: row["csm"] for row in _points(agent, episode)}
    mine, theirs = clinic.seeded.ids["csm/Boston"], clinic.seeded.ids["csm/Hartford"]
    assert whose == {
        "introduction": mine,
        "check_in_24h": mine,
        "check_in_7d": theirs,
        "check_in_14d": theirs,
    }


def _points(agent: Agent, episode: str) -> list[dict[str, Any]]:
    rows = scores.points_of_episodes(agent.work.store, [episode]).values()
    return [dict(zip(scores.TOUCH_POINT, row, strict=True)) for row in rows]


def test_a_planned_call_and_a_deleted_one_are_no_evidence(clinic: Company) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    planned = {"Subject": "Check-in call", "WhatId": one, "Status": "Not Started"}
    insert(clinic, "Task", OwnerId=clinic.seeded.ids["csm/Boston"], **planned)
    done = call(clinic, one, MARCH + 5 * HOUR)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert states(agent, episode)["check_in_24h"] == "met"
        clinic.seeded.org.delete(done, at=clinic.clock.now(), by=clinic.seeded.ids["admin"])
        looked(agent, clinic)
        assert set(states(agent, episode).values()) == {"missed"}


def test_a_second_start_of_care_does_not_make_the_first_ones_calls_late(clinic: Company) -> None:
    one = client(clinic)
    first = care(clinic, one, MARCH)
    with clinic.agent() as agent:
        looked(agent, clinic)
        second_start = MARCH + 60 * DAY
        second = care(clinic, one, second_start)
        all_done(clinic, one, second_start)
        looked(agent, clinic)
        assert set(states(agent, first).values()) == {"missed"}
        assert set(states(agent, second).values()) == {"met"}


def test_a_window_is_pending_until_the_evidence_has_passed_its_end(clinic: Company) -> None:
    start = NOW - 23 * HOUR
    episode = care(clinic, client(clinic), start)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert states(agent, episode)["check_in_24h"] == "pending"
        looked(agent, clinic, timedelta(minutes=35))
        assert states(agent, episode)["check_in_24h"] == "pending", "a call may still be committed late"
        looked(agent, clinic)
        assert states(agent, episode)["check_in_24h"] == "missed"


def test_a_second_pass_writes_nothing_and_one_changed_call_touches_one_month(clinic: Company) -> None:
    for _ in range(3):
        one = client(clinic)
        care(clinic, one, MARCH)
        all_done(clinic, one, MARCH)
    two = client(clinic, csm="csm/Hartford")
    care(clinic, two, MARCH + 30 * DAY)
    with clinic.agent() as agent:
        looked(agent, clinic)
        stamps = _stamps(clinic)
        looked(agent, clinic)
        assert _stamps(clinic) == stamps
        call(clinic, two, MARCH + 30 * DAY + 5 * HOUR, by="csm/Hartford")
        looked(agent, clinic)
        moved = {key for key, stamp in _stamps(clinic).items() if stamps.get(key) != stamp}
    assert len(moved) == 2, "the line and the score"
    assert {row["Month__c"] for row in clinic.rows(SCORE) if row["Key__c"] in moved} == {"2026-04"}


def _stamps(company: Company) -> dict[str, datetime]:
    rows = [*company.rows(SCORE), *company.rows(POINT)]
    return {row["Key__c"]: row["SystemModstamp"] for row in rows}


def test_a_touch_point_added_in_june_leaves_may_untouched_to_the_byte(clinic: Company) -> None:
    may = datetime(2026, 5, 4, 9, 0, tzinfo=BOSTON)
    one = client(clinic)
    care(clinic, one, may)
    all_done(clinic, one, may)
    two = client(clinic)
    june = datetime(2026, 6, 2, 9, 0, tzinfo=BOSTON)
    newer = care(clinic, two, june)
    with clinic.agent() as agent:
        looked(agent, clinic)
        before, written = _may(agent), _stamps_of_may(clinic)
        assert before
        assert written
    _add_definition(clinic)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert "care_review" in states(agent, newer)
        assert _may(agent) == before
        assert _stamps_of_may(clinic) == written


def _stamps_of_may(company: Company) -> dict[str, datetime]:
    may = {
        row["Key__c"] for name in (SCORE, POINT) for row in company.rows(name) if row["Month__c"] == "2026-05"
    }
    return {key: stamp for key, stamp in _stamps(company).items() if key in may}


def _may(agent: Agent) -> list[tuple[Any, ...]]:
    store = agent.work.store
    points = [
        tuple(row) for row in store.rows("SELECT * FROM touch_point WHERE month = '2026-05' ORDER BY 1, 2")
    ]
    return [
        *points,
        *(tuple(row) for row in store.rows("SELECT * FROM score WHERE month = '2026-05' ORDER BY 1")),
    ]


def _add_definition(company: Company) -> None:
    company.remap()
    path = company.mappings / "touchpoints.toml"
    text = path.read_text(encoding="utf-8")
    older = text[text.index("[[definitions]]") :]
    newer = older.replace('"2026-02"', '"2026-06"')
    review = """
[[definitions.touch_points]]
activity = "care_review"
label = "Care review"
since = 2026-06-01
opens = { anchor = "previous_closes" }
closes = { anchor = "first_shift_start", days = 30 }
"""
    text = text.replace(
        '"check_in_14d"], field = "Subject"', '"check_in_14d", "care_review"], field = "Subject"'
    )
    path.write_text(f"{text}\n{newer}{review}", encoding="utf-8")


def test_another_zone_of_the_office_moves_the_ends_of_days(clinic: Company) -> None:
    episode = care(clinic, client(clinic), MARCH)
    with clinic.agent() as agent:
        looked(agent, clinic)
        before = {row["activity"]: row["closes"] for row in _points(agent, episode)}
        clinic.save(clinic.seeded.ids["office/Boston"], Time_Zone__c="America/Los_Angeles")
        for _ in range(8):  # Reference data takes turns.
            looked(agent, clinic, QUARTER)
        after = {row["activity"]: row["closes"] for row in _points(agent, episode)}
    assert before["check_in_24h"] == after["check_in_24h"]
    assert before["check_in_7d"] == "2026-03-10T03:59:59Z"
    assert after["check_in_7d"] == "2026-03-10T06:59:59Z"


def test_a_figure_of_the_dashboard_for_a_month_or_a_person_without_scores_stops_nothing(
    clinic: Company,
) -> None:
    one = client(clinic)
    care(clinic, one, MARCH)
    all_done(clinic, one, MARCH)
    mine, theirs = clinic.seeded.ids["csm/Boston"], clinic.seeded.ids["csm/Hartford"]
    for person, month in ((mine, date(2026, 1, 1)), (mine, date(2026, 3, 1)), (theirs, date(2026, 3, 1))):
        insert(clinic, "Quality_Dashboard__c", CSM__c=person, Month__c=month, Score__c=95.0)
    with clinic.agent() as agent:
        looked(agent, clinic)
        assert months(agent, clinic) == {"2026-03": "100.00"}
        assert months(agent, clinic, "csm/Hartford") == {}
    [row] = clinic.rows(SCORE)
    assert (row["Dashboard_Score__c"], row["Difference__c"]) == (95.0, 5.0)


def test_a_visit_that_takes_the_whole_day_is_dated_by_the_day_and_not_by_midnight_in_greenwich(
    clinic: Company,
) -> None:
    one = client(clinic)
    episode = care(clinic, one, MARCH)
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    visit = {"WhatId": one, "Type": "Check-in visit", "OwnerId": clinic.seeded.ids["csm/Boston"]}
    insert(clinic, "Event", **visit, StartDateTime=midnight, EndDateTime=midnight, IsAllDayEvent=True)
    with clinic.agent() as agent:
        looked(agent, clinic)
        found = states(agent, episode)
    assert (found["check_in_7d"], found["check_in_14d"]) == ("missed", "met"), "the seventh day was the ninth"
