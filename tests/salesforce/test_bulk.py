"""Query jobs of the Bulk API: their states, their pages, and values as the REST API tells them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import responses

from agent.errors import Gone, Rejected, Unreachable
from agent.salesforce import bulk
from agent.salesforce.bulk import ResultPage
from agent.salesforce.org import Org
from agent.sandbox.faults import Fault
from tests.salesforce.conftest import NOW, SLI, World

FIELDS = (
    "Id",
    "IsDeleted",
    "Name",
    "CreatedDate",
    "Incident_Date__c",
    "Client_Plan_Due__c",
    "Client_Intervention_Plan__c",
    "Client_Handling_Score__c",
)
QUERY = f"SELECT {', '.join(FIELDS)} FROM {SLI}"
TYPES = {"Id": "id", "Name": "string"}
PLANS = ["plain", 'a comma, a "quote"', "two\nlines", "two\r\nlines", '"\n"', None, "Grün 🙂", "x" * 32_000]


def types(org: Org) -> dict[str, str]:
    return {f["name"]: f["type"] for f in org.describe(SLI)["fields"] if f["name"] in FIELDS}


def completed(org: Org, query: str = QUERY) -> bulk.Job:
    job = bulk.start(org, query, include_deleted=True)
    while job.state in bulk.RUNNING:
        job = bulk.look_at(org, job.id)
    assert job.state == bulk.COMPLETE
    return job


def result(org: Org, job: bulk.Job, most_rows: int = 3) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    locator, more = None, True
    while more:
        page = bulk.result_page(org, job.id, locator, most_rows)
        rows += [row for chunk in bulk.read_rows(page, types(org), 2) for row in chunk]
        locator, more = page.next_locator, page.next_locator is not None
    return rows


def read(content: str, rows: int, told: dict[str, str] | None = None) -> list[dict[str, Any]]:
    page = ResultPage(content.encode("utf-8", "surrogatepass"), None, rows)
    return [row for chunk in bulk.read_rows(page, told or TYPES, 10) for row in chunk]


def test_a_result_holds_the_values_that_rest_tells(world: World) -> None:
    for n, plan in enumerate(PLANS):
        given = {
            "Client_Intervention_Plan__c": plan,
            "Client_Handling_Score__c": [12.5, 70.0, None][n % 3],
            "Incident_Date__c": date(2026, 11, 1 + n) if n % 2 else None,
            "Client_Plan_Due__c": NOW if n % 2 else None,
        }
        world.intervention(Name=f"Client {n}", **given)
    gone = world.intervention(Name="In the recycle bin")
    world.sandbox.delete(gone, at=NOW, by=world.agent)
    org = world.door()
    told = org.query(QUERY, include_deleted=True).records
    expected = sorted(
        ({k: v for k, v in row.items() if k != "attributes"} for row in told), key=lambda r: r["Id"]
    )
    found = sorted(result(org, completed(org)), key=lambda row: row["Id"])
    assert found == expected
    assert [{k: type(v) for k, v in row.items()} for row in found] == [
        {k: type(v) for k, v in row.items()} for row in expected
    ]
    assert sum(row["IsDeleted"] for row in found) == 1


def test_a_result_without_rows_is_an_empty_one(world: World) -> None:
    org = world.door()
    assert result(org, completed(org)) == []


def test_a_token_that_runs_out_between_two_pages_costs_nothing(world: World) -> None:
    made = [world.intervention() for _ in range(5)]
    org = world.door()
    job = completed(org)
    world.sandbox.faults.add(Fault.expired_token(path="results"))
    assert sorted(row["Id"] for row in result(org, job)) == made


def test_a_page_is_asked_for_three_times_and_a_job_started_once(world: World) -> None:
    org = world.door()
    job = completed(org)
    world.sandbox.faults.add(Fault.unavailable(2, path="results"))
    assert bulk.result_page(org, job.id, None, 10).rows == 0
    world.sandbox.faults.add(Fault.unavailable(1, method="POST"))
    with pytest.raises(Unreachable):
        bulk.start(org, QUERY, include_deleted=False)


def test_the_users_own_jobs_on_an_object_are_found_the_newest_first(world: World) -> None:
    org = world.door()
    before = completed(org)
    world.clock.advance(timedelta(hours=1))
    since = world.clock.now().replace(microsecond=0)
    first = completed(org)
    world.clock.advance(timedelta(minutes=1))
    second = completed(org)
    completed(org, "SELECT Id FROM User")
    bulk.start(org, QUERY, include_deleted=False)
    found = bulk.jobs_of(org, org.user_id, SLI, "queryAll", since)
    assert [job.id for job in found] == [second.id, first.id]
    assert before.created_at == NOW.replace(microsecond=0)
    assert bulk.jobs_of(org, world.colleague, SLI, "queryAll", since) == []


def test_a_query_that_the_bulk_api_does_not_know_is_rejected(world: World) -> None:
    with pytest.raises(Rejected, match="MALFORMED_QUERY"):
        bulk.start(world.door(), f"SELECT COUNT() FROM {SLI}", include_deleted=False)


def test_a_job_that_is_deleted_is_gone(world: World) -> None:
    org = world.door()
    job = completed(org)
    org.request("DELETE", f"jobs/query/{job.id}", "delete")
    with pytest.raises(Gone):
        bulk.look_at(org, job.id)
    with pytest.raises(Gone):
        bulk.result_page(org, job.id, None, 10)


def test_a_result_that_is_not_there_yet_is_rejected(world: World) -> None:
    org = world.door()
    job = bulk.start(org, QUERY, include_deleted=True)
    with pytest.raises(Rejected, match="INVALIDJOBSTATE"):
        bulk.result_page(org, job.id, None, 10)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('"Id","Name"\n"1","a"\n', 2),
        ('"Id","Name"\n"1","a', 1),
        ('"Id","Name"\n"1"\n', 1),
        ('"Id","Name"\n"1","a","b"\n', 1),
    ],
    ids=["a row is missing", "it ends in a text", "a value is missing", "a value too many"],
)
def test_a_page_that_broke_off_is_worth_another_try(content: str, rows: int) -> None:
    with pytest.raises(Unreachable):
        read(content, rows)


def test_the_result_of_another_query_is_refused_before_a_row_of_it_is_taken() -> None:
    with pytest.raises(Rejected, match="other fields"):
        read('"Id","Email"\n"1","a"\n', 1)


def test_field_names_in_another_letter_case_are_the_same_fields() -> None:
    assert read('"ID","name"\n"1","a"\n', 1) == [{"ID": "1", "name": "a"}]


def test_half_an_emoji_spoils_no_page() -> None:
    [row] = read('"Id","Name"\n"1","cut \ud83d"\n', 1)
    assert row["Name"].startswith("cut ")
    assert row["Name"].encode()


def test_a_number_that_is_none_is_worth_another_try() -> None:
    with pytest.raises(Unreachable):
        read('"Id","Name"\n"1","a"\n', 1, {"Id": "id", "Name": "double"})


@responses.activate
def test_of_a_failed_job_the_reason_is_its_code_for_its_words_may_quote_a_query(world: World) -> None:
    host = "https://login.test"
    token = {
        "access_token": "t",
        "instance_url": host,
        "id": f"{host}/id/00D000000000001AAA/005000000000001AAA",
    }
    responses.post("https://sandbox.test/services/oauth2/token", json=token)
    failed = {
        "id": "750000000000001AAA",
        "object": SLI,
        "operation": "queryAll",
        "createdById": "005000000000001AAA",
        "createdDate": "2026-11-20T17:00:30.000+0000",
        "state": "Failed",
        "errorMessage": "INVALID_FIELD: SELECT Name FROM X WHERE Name = 'Jane Dunn'",
    }
    responses.get(f"{host}/services/data/v65.0/jobs/query/750000000000001AAA", json=failed)
    job = bulk.look_at(world.network_door(), "750000000000001AAA")
    assert (job.state, job.reason) == ("Failed", "INVALID_FIELD")
    assert job.created_at == datetime.fromisoformat("2026-11-20T17:00:30+00:00")
