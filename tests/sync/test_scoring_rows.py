"""From rows as an org shows them to evidence: what is kept, and what tells nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.mapping import TouchPoints, load
from agent.mapping.incentive import LineSource
from agent.mapping.scoring import Assignments, Condition, ContactSource, Matching
from agent.sync import scoring

MAPPING = load(Path("mappings/sandbox"))
ANA, BO, CLIENT = "005000000000ANAAAA", "005000000000BOLAAA", "a04000000000001AAA"


def terms() -> TouchPoints:
    assert MAPPING.touch_points
    return MAPPING.touch_points


def task(**values: Any) -> dict[str, Any]:
    done = "2026-03-02T14:00:00.000+0000"
    return {
        "Id": "00T000000000001AAA", "WhatId": CLIENT, "OwnerId": ANA, "Subject": "", "CompletedDateTime": done,
        "IsDeleted": False, **values,
    }  # fmt: skip


def contact(row: dict[str, Any], source: ContactSource | None = None) -> tuple[Any, ...] | None:
    return scoring.contact_row(source or terms().contacts[0], "v")(row)


@pytest.mark.parametrize(
    ("subject", "serves"),
    [
        ("Caregiver Introduction", '["introduction"]'),
        ("24h check-in", '["check_in_14d","check_in_24h","check_in_7d"]'),
        ("CHECK IN and introduction", '["check_in_14d","check_in_24h","check_in_7d","introduction"]'),
        ("Check the invoice", "[]"),
        (None, "[]"),
    ],
)
def test_a_task_serves_the_activities_its_subject_fits(subject: str | None, serves: str) -> None:
    found = contact(task(Subject=subject))
    assert found is not None
    assert found[4] == serves


def test_what_fits_nothing_or_was_not_done_tells_of_no_time() -> None:
    for row in (task(Subject="Invoice"), task(Subject="check-in", CompletedDateTime=None)):
        found = contact(row)
        assert found is not None
        assert found[3] is None


def test_values_are_compared_without_case_and_done_may_be_a_condition() -> None:
    matching = Matching(activities=["introduction"], field="Type", values=["Visit"])
    done = Condition(field="Status", values=["Held"])
    source = ContactSource(object="Event", at="EndDateTime", matching=[matching], done=done)
    row = task(Type="visit", EndDateTime="2026-03-02T14:00:00.000+0000", Status="Held")
    assert contact(row, source)[3] == "2026-03-02T14:00:00Z"  # type: ignore[index]
    assert contact({**row, "Status": "Planned"}, source)[3] is None  # type: ignore[index]


def test_a_task_about_nobody_is_no_contact() -> None:
    assert contact(task(WhatId=None, Subject="check-in")) is None


def history(**values: Any) -> dict[str, Any]:
    at = "2026-03-09T15:00:00.000+0000"
    return {"Id": "017000000000001AAA", "ParentId": CLIENT, "Field": "CSM__c", "CreatedDate": at, **values}


def test_of_a_changed_lookup_the_row_with_ids_counts_and_the_one_with_names_does_not() -> None:
    convert = scoring.assignment_row(terms().assignments, "v")
    found = convert(history(OldValue=ANA, NewValue=BO))
    assert found is not None
    assert found[1:5] == (CLIENT, BO, ANA, "2026-03-09T15:00:00Z")
    assert convert(history(OldValue="Ana Ruiz", NewValue="Bo Lind")) is None
    assert convert(history(OldValue=ANA, NewValue=None)) is not None


def test_a_history_needs_the_field_that_holds_the_csm_for_a_changed_office_is_no_assignment() -> None:
    of_any = {"object": "Client__History", "client": "ParentId", "csm": "NewValue", "since": "CreatedDate"}
    with pytest.raises(ValueError, match="name the one that holds the CSM"):
        Assignments.model_validate(of_any)
    assert Assignments.model_validate({**of_any, "field": "CSM__c"}).is_history


def test_an_assignment_object_may_date_by_days() -> None:
    source = Assignments(object="CSM_Assignment__c", client="Client__c", csm="CSM__c", since="From__c")
    row = {
        "Id": "a0E000000000001AAA",
        "Client__c": CLIENT,
        "CSM__c": BO,
        "From__c": "2026-03-09",
        "IsDeleted": True,
    }
    found = scoring.assignment_row(source, "v")(row)
    assert found is not None
    assert (found[4], found[6]) == ("2026-03-09", 1)


def test_a_start_of_care_without_a_client_is_none_and_nonsense_in_a_date_counts_as_empty() -> None:
    convert = scoring.episode_row(terms().start_of_care, "v")
    row = {
        "Id": "a08000000000001AAA",
        "Client__c": CLIENT,
        "First_Shift_Start__c": "soon",
        "Ended_On__c": "2026-05-04",
    }
    found = convert(row)
    assert found is not None
    assert (found["first_shift_start"], found["ended_at"]) == (None, "2026-05-04")
    assert convert({**row, "Client__c": None}) is None


def test_the_same_row_read_by_another_mapping_differs() -> None:
    row = {"Id": "a08000000000001AAA", "Client__c": CLIENT}
    one, other = (scoring.episode_row(terms().start_of_care, version)(row) for version in ("1", "2"))
    assert one is not None
    assert other is not None
    assert one["hash"] != other["hash"]


def test_a_line_that_lost_its_day_or_amount_counts_as_deleted() -> None:
    source = LineSource(
        object="Billing_Line__c", client="Client__c", day="Service_Date__c", amount="Revenue__c"
    )
    row = {
        "Id": "a09000000000001AAA",
        "Client__c": CLIENT,
        "Service_Date__c": "2026-03-09",
        "Revenue__c": 400.1,
    }
    convert = scoring.line_row("revenue", source)
    assert (convert(row)["amount"], convert(row)["deleted"]) == ("400.1", 0)
    assert convert({**row, "Revenue__c": None})["deleted"] == 1
    assert convert({**row, "Service_Date__c": None})["deleted"] == 1


def test_only_tasks_about_clients_and_starts_of_care_are_asked_for() -> None:
    [stream] = [s for s in scoring.evidence_streams(MAPPING) if s.object == "Task"]
    assert stream.where == "(What.Type = 'Client__c' OR What.Type = 'Start_Of_Care__c')"
    [told] = [s for s in scoring.evidence_streams(MAPPING) if s.name == "assignment"]
    assert (told.object, told.stamp, told.where) == ("Client__History", "CreatedDate", "Field = 'CSM__c'")


def test_a_mapping_without_scores_reads_nothing_for_them() -> None:
    bare = MAPPING.model_copy(update={"touch_points": None, "incentive": None})
    assert scoring.evidence_streams(bare) == scoring.slow_streams(bare) == scoring.line_streams(bare) == ()
