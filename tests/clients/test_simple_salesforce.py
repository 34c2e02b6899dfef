"""simple-salesforce, as it comes from its authors, reads and writes the sandbox."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
import requests
from client_org import ROWS, SLI, Sandbox
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Salesforce]:
    with requests.Session() as session:
        session.verify = sandbox.ca_file
        # Otherwise requests lets the machine's own settings overrule the line above.
        session.trust_env = False
        yield Salesforce(instance_url=sandbox.url, session_id=sandbox.token, session=session, version="65.0")


def test_a_query_answers_a_first_page_and_the_way_to_the_next(client: Salesforce) -> None:
    page = client.query(f"SELECT Id, Name, Office__r.Name FROM {SLI} ORDER BY CreatedDate, Id")
    assert (page["totalSize"], page["done"], len(page["records"])) == (ROWS, False, 2000)
    assert page["records"][0]["Office__r"]["Name"] == "Oakland"
    more = client.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    assert (len(more["records"]), more["done"]) == (2000, False)


def test_query_all_brings_every_row_once(client: Salesforce, sandbox: Sandbox) -> None:
    whole = client.query_all(f"SELECT Id FROM {SLI} ORDER BY CreatedDate, Id")
    assert [row["Id"] for row in whole["records"]] == sandbox.slis
    assert sum(1 for _ in client.query_all_iter(f"SELECT Id FROM {SLI}")) == ROWS


def test_bulk2_brings_every_row_once_over_several_pages(client: Salesforce, sandbox: Sandbox) -> None:
    statement = f"SELECT Id, Name FROM {SLI} ORDER BY CreatedDate, Id"
    pages = list(client.bulk2.Service_Level_Intervention__c.query(statement, max_records=2000, wait=0.01))
    assert len(pages) == 3
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page, newline=""))]
    assert [row["Id"] for row in rows] == sandbox.slis
    assert rows[0]["Name"] == "Sample 0 - No Call No Show"


def test_an_update_is_saved(client: Salesforce, sandbox: Sandbox) -> None:
    target = sandbox.slis[3]
    assert client.Service_Level_Intervention__c.update(target, {"Client_Plan_State__c": "met"}) == 204
    assert sandbox.saved(SLI, target)["Client_Plan_State__c"] == "met"
    assert client.Service_Level_Intervention__c.get(target)["Client_Plan_State__c"] == "met"


def test_a_record_is_created_found_by_its_key_upserted_and_deleted(
    client: Salesforce, sandbox: Sandbox
) -> None:
    notices = client.SLI_Agent_Notice__c
    made = notices.create({"Key__c": "a/b c", "Rule__c": "plan_24h"})
    assert (made["success"], made["errors"]) == (True, [])
    assert notices.upsert("Key__c/second", {"Rule__c": "submission"}) == 201
    assert notices.upsert("Key__c/second", {"Rule__c": "resolution_30d"}) in (200, 204)
    assert notices.get_by_custom_id("Key__c", "second")["Rule__c"] == "resolution_30d"
    assert notices.delete(made["id"]) == 204
    assert client.query("SELECT Key__c FROM SLI_Agent_Notice__c")["records"][0]["Key__c"] == "second"


def test_a_duplicate_key_is_an_error_that_names_the_holder(client: Salesforce) -> None:
    made = client.SLI_Agent_Notice__c.create({"Key__c": "once"})
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.SLI_Agent_Notice__c.create({"Key__c": "once"})
    assert caught.value.content[0]["errorCode"] == "DUPLICATE_VALUE"
    assert made["id"][:15] in caught.value.content[0]["message"]


def test_describe_tells_the_fields(client: Salesforce) -> None:
    fields = {field["name"]: field for field in client.Service_Level_Intervention__c.describe()["fields"]}
    assert fields["Office__c"]["referenceTo"] == ["Office__c"]
    assert fields["CreatedDate"]["type"] == "datetime"
    assert SLI in {found["name"] for found in client.describe()["sobjects"]}


def test_a_collection_is_written_row_by_row(client: Salesforce, sandbox: Sandbox) -> None:
    first, second = sandbox.slis[:2]
    records = [
        {"attributes": {"type": SLI}, "id": first, "Client_Plan_State__c": "late"},
        {"attributes": {"type": SLI}, "id": second, "No_Such_Field__c": 1},
    ]
    answer = client.restful(
        "composite/sobjects", method="PATCH", json={"allOrNone": False, "records": records}
    )
    assert [row["success"] for row in answer] == [True, False]
    assert sandbox.saved(SLI, first)["Client_Plan_State__c"] == "late"


def test_an_unknown_field_is_an_error_and_not_an_empty_answer(client: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.query(f"SELECT Colour__c FROM {SLI}")
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest):
        next(client.bulk2.Service_Level_Intervention__c.query(f"SELECT Colour__c FROM {SLI}", wait=0.01))


def test_an_unknown_record_is_not_found(client: Salesforce) -> None:
    with pytest.raises(SalesforceResourceNotFound):
        client.Service_Level_Intervention__c.get("a01000000000000AAA")


def test_a_revoked_token_is_an_expired_session(client: Salesforce, sandbox: Sandbox) -> None:
    sandbox.org.sessions.revoke(sandbox.token)
    with pytest.raises(SalesforceExpiredSession):
        client.query(f"SELECT Id FROM {SLI} LIMIT 1")
