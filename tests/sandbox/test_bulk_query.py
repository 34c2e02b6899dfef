"""Bulk API 2.0 query jobs, from their creation to the last page of CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from agent.sandbox import bulk, ids
from agent.sandbox.catalogue import standard_objects
from agent.sandbox.errors import SalesforceError
from agent.sandbox.faults import Fault
from agent.sandbox.http import Request, Response
from agent.sandbox.oauth import Session
from agent.sandbox.org import SandboxOrg

NOW = datetime(2026, 11, 21, 19, 1, tzinfo=UTC)
JOBS = "/services/data/v65.0/jobs/query"
ADMIN = ids.make("005", 1)
TEXTS = ["plain", 'a comma, a "quote"', "two\nlines", '"\n"', "", "Grün 🙂"]


class Caller:
    """One user's calls to one org, whose time stands still until the test moves it."""

    def __init__(self) -> None:
        self.org = SandboxOrg(standard_objects())
        self.now = NOW
        self.regions = [
            self.org.insert("Region__c", {"Name": name}, at=NOW - timedelta(days=1), by=ADMIN)
            for name in ("West", "East")
        ]

    def offices(self, *names: str) -> list[str]:
        at = NOW - timedelta(hours=1)
        values = [{"Name": name, "Region__c": self.regions[0]} for name in names]
        return [self.org.insert("Office__c", office, at=at, by=ADMIN) for office in values]

    def call(self, method: str, path: str = "", body: Any = None, query: str = "") -> Response:
        payload = b"" if body is None else orjson.dumps(body)
        request = Request(method, JOBS + path, query, body=payload)
        return bulk.handle(self.org, request, self.now, Session("token", ADMIN, NOW + timedelta(days=1)))

    def json(self, method: str, path: str = "", body: Any = None) -> Any:
        return orjson.loads(self.call(method, path, body).body)

    def create(self, soql: str, operation: str = "query", **more: Any) -> str:
        created = self.json("POST", body={"operation": operation, "query": soql, **more})
        return str(created["id"])

    def finish(self, job: str) -> None:
        for _ in range(2):
            self.call("GET", f"/{job}")

    def pages(self, job: str, rows: int | None = None) -> list[Response]:
        """Every page of the result, read on by locator as clients do."""
        limit = f"maxRecords={rows}" if rows else ""
        pages = [self.call("GET", f"/{job}/results", query=limit)]
        while pages[-1].headers["Sforce-Locator"] != "null":
            locator = f"{limit}&locator={pages[-1].headers['Sforce-Locator']}"
            pages.append(self.call("GET", f"/{job}/results", query=locator))
        return pages

    def refusal(self, method: str, path: str = "", body: Any = None, query: str = "") -> tuple[int, str, str]:
        with pytest.raises(SalesforceError) as caught:
            self.call(method, path, body, query)
        return caught.value.status, caught.value.code, caught.value.message


@pytest.fixture
def caller() -> Caller:
    return Caller()


def table(page: Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.body.decode(), newline="")))


def test_a_created_job_is_described_as_salesforce_does(caller: Caller) -> None:
    created = caller.json("POST", body={"operation": "query", "query": "select id from office__c"})
    assert ids.is_valid(created.pop("id"))
    assert created == {
        "operation": "query",
        "object": "Office__c",
        "createdById": ADMIN,
        "createdDate": "2026-11-21T19:01:00.000+0000",
        "systemModstamp": "2026-11-21T19:01:00.000+0000",
        "state": "UploadComplete",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": 65.0,
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }


def test_a_job_moves_one_state_each_time_it_is_asked_for_though_time_stands_still(caller: Caller) -> None:
    caller.offices("Oakland", "Fresno")
    job = caller.create("SELECT Id FROM Office__c")
    seen = [caller.json("GET", f"/{job}") for _ in range(4)]
    assert [status["state"] for status in seen] == ["InProgress", "JobComplete", "JobComplete", "JobComplete"]
    assert [status["numberRecordsProcessed"] for status in seen] == [0, 2, 2, 2]


def test_a_job_that_nobody_asks_for_completes_with_time(caller: Caller) -> None:
    caller.offices("Oakland")
    job = caller.create("SELECT Id FROM Office__c")
    caller.now += 2 * bulk.STATE_TIME - timedelta(seconds=1)
    assert caller.refusal("GET", f"/{job}/results")[1] == "INVALIDJOBSTATE"
    caller.now += timedelta(seconds=1)
    assert caller.call("GET", f"/{job}/results").headers["Sforce-NumberOfRecords"] == "1"


def test_the_result_is_csv_that_brings_every_value_back(caller: Caller) -> None:
    [oakland] = caller.offices("Oakland")
    made = [
        caller.org.insert(
            "Service_Level_Intervention__c",
            {"Description__c": text, "Office__c": oakland, "Client_Handling_Score__c": 12.5},
            at=NOW,
            by=ADMIN,
        )
        for text in TEXTS
    ]
    fields = ["Id", "Description__c", "Office__r.Name", "Client_Handling_Score__c", "CreatedDate"]
    job = caller.create(f"SELECT {', '.join(fields)} FROM Service_Level_Intervention__c ORDER BY Id")
    caller.finish(job)
    [page] = caller.pages(job)
    assert page.headers["Content-Type"] == "text/csv"
    assert (page.headers["Sforce-Locator"], page.headers["Sforce-NumberOfRecords"]) == ("null", "6")
    rest = ["Oakland", "12.5", "2026-11-21T19:01:00.000Z"]
    assert table(page) == [
        fields,
        *([record_id, text, *rest] for record_id, text in zip(made, TEXTS, strict=True)),
    ]
    assert page.body.startswith(b'"Id","Description__c",')


def test_pages_of_max_records_join_to_the_whole_and_end_with_the_locator_null(caller: Caller) -> None:
    made = caller.offices(*map(str, range(10)))
    job = caller.create("SELECT Id FROM Office__c ORDER BY Id")
    caller.finish(job)
    pages = caller.pages(job, rows=4)
    assert [page.headers["Sforce-NumberOfRecords"] for page in pages] == ["4", "4", "2"]
    assert [table(page)[0] for page in pages] == [["Id"]] * 3
    assert [row[0] for page in pages for row in table(page)[1:]] == made


def test_a_last_page_that_is_just_full_is_not_followed_by_an_empty_one(caller: Caller) -> None:
    caller.offices(*map(str, range(8)))
    job = caller.create("SELECT Id FROM Office__c")
    caller.finish(job)
    assert len(caller.pages(job, rows=4)) == 2


def test_an_empty_result_is_a_header_and_the_locator_null(caller: Caller) -> None:
    job = caller.create("SELECT Id, Name FROM Office__c")
    caller.finish(job)
    [page] = caller.pages(job)
    assert (page.body, page.headers["Sforce-NumberOfRecords"]) == (b'"Id","Name"\n', "0")


def test_the_result_is_what_was_there_when_the_job_completed(caller: Caller) -> None:
    [oakland] = caller.offices("Oakland")
    job = caller.create("SELECT Name FROM Office__c")
    caller.org.update(oakland, {"Name": "Oakland East"}, at=NOW, by=ADMIN)
    caller.finish(job)
    caller.org.update(oakland, {"Name": "Oakland West"}, at=NOW, by=ADMIN)
    caller.offices("Fresno")
    assert table(caller.pages(job)[0]) == [["Name"], ["Oakland East"]]


def test_deleted_rows_are_in_query_all_and_not_in_query(caller: Caller) -> None:
    oakland, fresno = caller.offices("Oakland", "Fresno")
    caller.org.delete(oakland, at=NOW, by=ADMIN)
    found = {}
    for operation in ("query", "queryAll"):
        job = caller.create("SELECT Id, IsDeleted FROM Office__c ORDER BY Id", operation)
        caller.finish(job)
        found[operation] = table(caller.pages(job)[0])[1:]
    assert found == {"query": [[fresno, "false"]], "queryAll": [[oakland, "true"], [fresno, "false"]]}


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT Id, Colour__c FROM Office__c", "INVALID_FIELD", "No such column 'Colour__c'"),
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE", "Nothing__c"),
        ("SELECT Id FROM Office__c WHERE Name = 1", "INVALID_FIELD", "Name"),
        ("SELECT Id FROM Office__c OFFSET 5", "MALFORMED_QUERY", ""),
        ("SELECT COUNT() FROM Office__c", "MALFORMED_QUERY", "COUNT"),
        ("SELECT COUNT(Id) FROM Office__c", "MALFORMED_QUERY", "COUNT"),
        ("SELECT Id, (SELECT Id FROM Offices__r) FROM Region__c", "MALFORMED_QUERY", "subqueries"),
        ("SELECT", "MALFORMED_QUERY", ""),
    ],
)
def test_a_statement_that_cannot_run_is_refused_at_creation(
    soql: str, code: str, words: str, caller: Caller
) -> None:
    status, refused, message = caller.refusal("POST", body={"operation": "query", "query": soql})
    assert (status, refused) == (400, code)
    assert words in message
    assert caller.json("GET")["records"] == []


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"operation": "query"},
        {"operation": "insert", "query": "SELECT Id FROM Office__c"},
        {"operation": "query", "query": 7},
        {"operation": "query", "query": "SELECT Id FROM Office__c", "columnDelimiter": "TAB"},
        {"operation": "query", "query": "SELECT Id FROM Office__c", "lineEnding": "CRLF"},
    ],
)
def test_an_order_that_is_not_a_query_job_is_refused(order: dict[str, Any], caller: Caller) -> None:
    assert caller.refusal("POST", body=order)[:2] == (400, "INVALIDJOB")


def test_a_body_that_is_not_a_json_object_is_refused(caller: Caller) -> None:
    assert caller.refusal("POST")[:2] == (400, "JSON_PARSER_ERROR")
    assert caller.refusal("POST", body=[])[:2] == (400, "JSON_PARSER_ERROR")


def test_a_job_whose_statement_no_longer_runs_when_its_turn_comes_fails_and_says_why(caller: Caller) -> None:
    job = caller.create("SELECT Name FROM Office__c")
    caller.org.integration_user_id = ADMIN
    caller.org.faults.add(Fault.hidden_field("Office__c", "Name"))
    caller.finish(job)
    status = caller.json("GET", f"/{job}")
    assert status["state"] == "Failed"
    assert "INVALID_FIELD" in status["errorMessage"]
    assert caller.refusal("GET", f"/{job}/results")[1] == "INVALIDJOBSTATE"


def test_an_aborted_job_stays_aborted_and_has_no_result(caller: Caller) -> None:
    job = caller.create("SELECT Id FROM Office__c")
    assert caller.json("PATCH", f"/{job}", {"state": "Aborted"})["state"] == "Aborted"
    caller.now += timedelta(hours=1)
    assert caller.json("GET", f"/{job}")["state"] == "Aborted"
    assert caller.refusal("GET", f"/{job}/results")[:2] == (400, "INVALIDJOBSTATE")


def test_a_finished_job_cannot_be_aborted(caller: Caller) -> None:
    job = caller.create("SELECT Id FROM Office__c")
    caller.finish(job)
    refused = caller.refusal("PATCH", f"/{job}", {"state": "Aborted"})
    assert refused == (400, "INVALIDJOBSTATE", "Aborting already Completed Job not allowed")


def test_a_job_can_be_set_to_no_state_but_aborted(caller: Caller) -> None:
    job = caller.create("SELECT Id FROM Office__c")
    assert caller.refusal("PATCH", f"/{job}", {"state": "JobComplete"})[1] == "INVALIDJOBSTATE"
    assert caller.json("GET", f"/{job}")["state"] == "InProgress"


def test_a_deleted_job_is_gone_and_a_running_one_cannot_be_deleted(caller: Caller) -> None:
    job = caller.create("SELECT Id FROM Office__c")
    assert caller.refusal("DELETE", f"/{job}")[1] == "INVALIDJOBSTATE"
    caller.finish(job)
    assert caller.call("DELETE", f"/{job}").status == 204
    assert caller.refusal("GET", f"/{job}")[:2] == (404, "NOT_FOUND")


def test_all_jobs_are_listed_each_where_it_has_got_to(caller: Caller) -> None:
    first = caller.create("SELECT Id FROM Office__c")
    caller.now += 2 * bulk.STATE_TIME
    second = caller.create("SELECT Id FROM Region__c", "queryAll")
    listed = caller.json("GET")
    assert (listed["done"], listed["nextRecordsUrl"]) == (True, None)
    assert [(job["id"], job["state"], job["object"]) for job in listed["records"]] == [
        (first, "JobComplete", "Office__c"),
        (second, "UploadComplete", "Region__c"),
    ]


def test_a_job_is_found_by_its_15_character_id(caller: Caller) -> None:
    job = caller.create("SELECT Id FROM Office__c")
    assert caller.json("GET", f"/{job[:15]}")["id"] == job


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("locator=!!!", "INVALID_QUERY_LOCATOR"),
        ("locator=OTk5", "INVALID_QUERY_LOCATOR"),
        ("locator=LTE", "INVALID_QUERY_LOCATOR"),
        ("maxRecords=0", "INVALID_PARAMETER"),
        ("maxRecords=-1", "INVALID_PARAMETER"),
        ("maxRecords=many", "INVALID_PARAMETER"),
    ],
)
def test_a_page_that_cannot_be_is_refused_and_not_answered_empty(
    query: str, code: str, caller: Caller
) -> None:
    caller.offices("Oakland")
    job = caller.create("SELECT Id FROM Office__c")
    caller.finish(job)
    assert caller.refusal("GET", f"/{job}/results", query=query)[:2] == (400, code)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/750000000000000AAA", (404, "NOT_FOUND")),
        ("GET", "/nonsense", (404, "NOT_FOUND")),
        ("POST", "/../ingest", (404, "NOT_FOUND")),
        ("PUT", "", (405, "METHOD_NOT_ALLOWED")),
        ("POST", "/750000000000000AAA", (405, "METHOD_NOT_ALLOWED")),
        ("DELETE", "/750000000000000AAA/results", (405, "METHOD_NOT_ALLOWED")),
    ],
)
def test_what_is_not_there_is_not_found_and_a_wrong_verb_is_named(
    method: str, path: str, expected: tuple[int, str], caller: Caller
) -> None:
    assert caller.refusal(method, path)[:2] == expected


def test_the_jobs_of_one_org_are_not_another_orgs(caller: Caller) -> None:
    job = caller.create("SELECT Id FROM Office__c")
    assert Caller().refusal("GET", f"/{job}")[1] == "NOT_FOUND"
