"""Starts of care in the seeded org: contacts, transfers, what is billed, and the org's own figures."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from agent.quality.composite import composite
from agent.quality.touch_points import State, TouchPoint
from agent.sandbox.seed import Seeded, seed
from tests.sandbox.care_points import definitions, points

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MET, LATE, MISSED, EXCLUDED = State.MET, State.LATE, State.MISSED, State.EXCLUDED
CARE = ("Start_Of_Care__c", "Client__c", "Task", "Event", "Billing_Line__c", "Quality_Dashboard__c")


@cache
def looked_at(size: int, now: datetime = NOW) -> tuple[Seeded, dict[str, list[TouchPoint]]]:
    """An org, and its touch points as they stand now."""
    seeded = seed(now, size=size)
    return seeded, points(seeded, now)


@pytest.fixture
def seeded() -> Seeded:
    return looked_at(300)[0]


@pytest.fixture
def judged() -> dict[str, list[TouchPoint]]:
    return looked_at(300)[1]


def rows(seeded: Seeded, name: str) -> dict[str, dict]:
    return {row["Id"]: row for row in seeded.org.rows(name, seeded.now)}


def months(judged: dict[str, list[TouchPoint]]) -> dict[tuple[str, str], list[TouchPoint]]:
    """By CSM and month."""
    found = defaultdict(list)
    for point in (point for group in judged.values() for point in group):
        if point.csm is not None:
            found[point.csm, point.month].append(point)
    return found


def test_there_are_ninety_starts_of_care_and_fewer_in_a_small_org(seeded: Seeded) -> None:
    assert len(rows(seeded, "Start_Of_Care__c")) == 90
    assert len(rows(seed(NOW, size=400), "Start_Of_Care__c")) == 90
    assert len(rows(looked_at(60)[0], "Start_Of_Care__c")) == 32
    assert 500 < len(rows(seeded, "Billing_Line__c")) < 900


def test_eight_offices_in_several_regions_and_time_zones_take_part(seeded: Seeded) -> None:
    offices = rows(seeded, "Office__c")
    busy = [offices[office] for office in {s["Office__c"] for s in rows(seeded, "Start_Of_Care__c").values()}]
    assert len(busy) == 8
    assert len({office["Region__c"] for office in busy}) >= 3
    assert len({office["Time_Zone__c"] for office in busy}) == 6


@pytest.mark.parametrize(
    ("nickname", "states"),
    [
        ("all_in_time", [MET, MET, MET, MET]),
        ("duplicate", [EXCLUDED] * 4),
        ("late_7d", [MET, MET, LATE, MET]),
        ("missed_14d", [MET, MET, MET, MISSED]),
        ("never_started", [EXCLUDED] * 4),
        ("ended_early", [MET, MET, EXCLUDED, EXCLUDED]),
        ("transferred", [MET, MET, MET, MET]),
        ("covered", [MET, MET, MISSED, MET]),
        ("without_csm", [MISSED] * 4),
    ],
)
@pytest.mark.parametrize("size", [60, 300])
def test_each_notable_start_of_care_meets_its_rule(nickname: str, states: list[State], size: int) -> None:
    org, found = looked_at(size)
    assert [p.state for p in found[org.ids[f"care/{nickname}"]]] == states


def test_the_one_who_never_started_has_an_expected_start_only(seeded: Seeded) -> None:
    row = rows(seeded, "Start_Of_Care__c")[seeded.ids["care/never_started"]]
    assert row["Expected_Start__c"] < NOW
    assert (row["First_Shift_Start__c"], row["First_Shift_End__c"], row["First_Week_Hours__c"]) == (None,) * 3


def test_a_transfer_moves_what_closes_after_it_to_the_new_csm(
    seeded: Seeded, judged: dict[str, list[TouchPoint]]
) -> None:
    old, new = seeded.ids["csm/Boston"], seeded.ids["csm/Hartford"]
    assert [p.csm for p in judged[seeded.ids["care/transferred"]]] == [old, old, old, new]
    client = seeded.ids["care/transferred/client"]
    trail = [row for row in rows(seeded, "Client__History").values() if row["ParentId"] == client]
    assert [row["Field"] for row in trail] == ["created", "CSM__c", "CSM__c"]
    people = rows(seeded, "User")
    assert [(row["OldValue"], row["NewValue"]) for row in trail[1:]] == [
        (old, new),
        (people[old]["Name"], people[new]["Name"]),
    ]


def test_a_colleague_covered_one_contact(seeded: Seeded) -> None:
    activity = seeded.ids["care/covered/check_in_7d"]
    row = (rows(seeded, "Task") | rows(seeded, "Event"))[activity]
    assert row["OwnerId"] == seeded.ids["csm/Fresno"]


def test_a_client_without_a_csm_is_nobodys(seeded: Seeded, judged: dict[str, list[TouchPoint]]) -> None:
    assert rows(seeded, "Client__c")[seeded.ids["care/without_csm/client"]]["CSM__c"] is None
    assert {p.csm for p in judged[seeded.ids["care/without_csm"]]} == {None}


@pytest.mark.parametrize("size", [60, 300])
def test_some_csm_months_have_five_clients_or_more_and_some_fewer(size: int) -> None:
    clients = [len({p.client for p in group}) for group in months(looked_at(size)[1]).values()]
    assert max(clients) >= 5
    assert min(clients) < 5


def test_most_contacts_are_in_time_and_all_states_occur(judged: dict[str, list[TouchPoint]]) -> None:
    states = [p.state for group in judged.values() for p in group]
    assert set(states) == {MET, LATE, MISSED, EXCLUDED, State.PENDING}
    assert states.count(MET) > 0.75 * (len(states) - states.count(State.PENDING))


def test_tasks_and_visits_are_done_or_still_planned(seeded: Seeded) -> None:
    care = {seeded.ids[key] for key in seeded.ids if key.startswith("care/")}
    tasks = [row for key, row in rows(seeded, "Task").items() if key in care]
    done = [row for row in tasks if row["CompletedDateTime"]]
    assert {row["Status"] for row in done} == {"Completed"}
    assert max(row["CompletedDateTime"] for row in done) < NOW
    assert {row["Status"] for row in tasks if not row["CompletedDateTime"]} == {"Not Started"}
    visits = rows(seeded, "Event").values()
    assert {row["Type"] for row in visits} == {"Introduction", "Check-in visit"}
    assert any(row["EndDateTime"] > NOW for row in visits)
    assert {row["WhatId"][:3] for row in (*tasks, *visits)} == {"a04", "a08"}


@pytest.mark.parametrize("size", [60, 300])
@pytest.mark.parametrize("now", [NOW, datetime(2026, 12, 1, 3, 10, tzinfo=UTC)], ids=str)
def test_the_orgs_own_figures_are_ours_but_for_one(now: datetime, size: int) -> None:
    org, found = looked_at(size, now)
    by_month = months(found)
    stated = {}
    for row in rows(org, "Quality_Dashboard__c").values():
        stated[row["CSM__c"], f"{row['Month__c']:%Y-%m}"] = row["Score__c"]
    ours = {}
    for csm, month in stated:
        percent = composite(by_month[csm, month], definitions().of(month)).percent
        ours[csm, month] = None if percent is None else float(percent)
    different = {key: round(ours[key] - stated[key], 2) for key in stated if ours[key] != stated[key]}
    assert different == {(org.ids["csm/Boston"], "2026-10"): 2.5}
    assert {month for _, month in stated} == {"2026-09", "2026-10"}
    assert set(stated) == {key for key in by_month if key[1] in ("2026-09", "2026-10")}


def test_some_clients_reach_5000_dollars_in_each_of_the_last_three_months(seeded: Seeded) -> None:
    total: dict[str, float] = defaultdict(float)
    reached = defaultdict(int)
    lines = sorted(rows(seeded, "Billing_Line__c").values(), key=lambda row: row["Service_Date__c"])
    for line in lines:
        before, total[line["Client__c"]] = (
            total[line["Client__c"]],
            total[line["Client__c"]] + line["Revenue__c"],
        )
        if before < 5000 <= total[line["Client__c"]]:
            reached[f"{line['Service_Date__c']:%Y-%m}"] += 1
    assert all(reached[month] > 0 for month in ("2026-09", "2026-10", "2026-11"))
    assert sum(reached.values()) < len(total)


def test_lines_are_weekly_in_dollars_and_one_is_a_refund(seeded: Seeded) -> None:
    lines = list(rows(seeded, "Billing_Line__c").values())
    assert {line["Currency__c"] for line in lines} == {"USD"}
    [refund] = [line for line in lines if line["Revenue__c"] < 0]
    assert refund["Client__c"] == seeded.ids["care/refunded/client"]
    assert all(0 <= line["Billed_Hours__c"] <= line["Billable_Hours__c"] for line in lines)
    assert any(line["Billed_Hours__c"] < line["Billable_Hours__c"] for line in lines)
    days: dict[str, list[date]] = defaultdict(list)
    for line in lines:
        if line is not refund:
            days[line["Client__c"]].append(line["Service_Date__c"])
    gaps = {b - a for group in days.values() for a, b in zip(sorted(group), sorted(group)[1:], strict=False)}
    assert gaps == {timedelta(days=7)}


def test_nothing_is_billed_after_service_ended_or_before_it_began(seeded: Seeded) -> None:
    starts = {row["Client__c"]: row for row in rows(seeded, "Start_Of_Care__c").values()}
    for line in rows(seeded, "Billing_Line__c").values():
        start = starts[line["Client__c"]]
        assert start["First_Shift_Start__c"].date() <= line["Service_Date__c"]
        assert start["Ended_On__c"] is None or line["Service_Date__c"] <= start["Ended_On__c"]
        assert line["Service_Date__c"] < NOW.date()


def test_admissions_name_the_sales_representative_and_the_first_weeks_hours(seeded: Seeded) -> None:
    people = rows(seeded, "User")
    for row in rows(seeded, "Start_Of_Care__c").values():
        assert people[row["Sales_Rep__c"]]["Title"] == "Sales Representative"
        assert (row["First_Week_Hours__c"] or 0) > 0 or row["First_Shift_Start__c"] is None


def test_almost_everyone_has_an_employee_number_of_their_own(seeded: Seeded) -> None:
    people = rows(seeded, "User")
    numbers = [person["EmployeeNumber"] for person in people.values() if person["EmployeeNumber"]]
    assert len(set(numbers)) == len(numbers) == len(people) - 4
    assert people[seeded.ids["csm/Boston"]]["EmployeeNumber"].startswith("E-0")
    assert people[seeded.ids["csm/Indianapolis"]]["EmployeeNumber"] is None


def test_care_comes_after_all_else_so_that_it_moves_no_other_id(seeded: Seeded) -> None:
    care = {seeded.ids[key] for key in seeded.ids if key.startswith("care/")}
    for name in ("Task", "Client__c"):
        ids = set(rows(seeded, name))
        assert max(ids - care) < min(ids & care)


INSTANTS = [
    NOW,
    datetime(2026, 11, 21, 5, 10, tzinfo=UTC),  # midnight in New York was a moment ago
    datetime(2026, 11, 21, 6, 50, tzinfo=UTC),  # midnight in Denver is near
    datetime(2026, 3, 9, 4, 5, tzinfo=UTC),  # the night after clocks went forward
    datetime(2026, 11, 2, 5, 50, tzinfo=UTC),  # the night after clocks went back
    datetime(2026, 11, 24, 17, 20, tzinfo=UTC),  # somebody would be on the telephone
    datetime(2026, 12, 1, 12, 0, tzinfo=UTC),  # before the newest figures would be there
    datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
]


@pytest.mark.parametrize("now", INSTANTS, ids=str)
def test_no_touch_point_changes_about_now_and_nothing_was_saved_just_before(now: datetime) -> None:
    org, _ = looked_at(300, now)
    assert points(org, now - 15 * MINUTE) == points(org, now + 30 * MINUTE)
    for name in CARE:
        for row in org.org.rows(name, now + timedelta(days=1)):
            assert row["CreatedDate"] <= row["SystemModstamp"] <= now - 2 * MINUTE


def test_time_goes_on_and_what_nobody_does_is_missed(
    seeded: Seeded, judged: dict[str, list[TouchPoint]]
) -> None:
    later = points(seeded, NOW + timedelta(days=15))
    pending = [p for group in judged.values() for p in group if p.state is State.PENDING]
    became = {p.key: p.state for group in later.values() for p in group}
    assert {became[p.key] for p in pending} == {MET, MISSED}
