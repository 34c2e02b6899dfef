"""`/query` and `/queryAll`: pages, locators, visibility, errors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.small_org import NOTICE, NOW, SLI, SmallOrg, body, code_of

SELECT = f"SELECT Id, Key__c FROM {NOTICE} ORDER BY SystemModstamp, Id"


def with_notices(count: int) -> SmallOrg:
    small = SmallOrg()
    for number in range(count):
        small.org.insert(NOTICE, {"Key__c": f"k{number}"}, at=NOW, by=small.colleague)
    return small


def follow(small: SmallOrg, url: str) -> object:
    return small.call("GET", url.removeprefix("/services/data/v65.0"))


def test_a_long_answer_comes_in_pages_of_2000() -> None:
    small = with_notices(4001)
    page = small.query(SELECT)
    keys, sizes = [], []
    while True:
        sizes.append(len(page["records"]))
        keys += [record["Key__c"] for record in page["records"]]
        assert page["totalSize"] == 4001
        if page["done"]:
            break
        page = body(small.call("GET", page["nextRecordsUrl"].removeprefix("/services/data/v65.0")))
    assert sizes == [2000, 2000, 1]
    assert keys == [f"k{number}" for number in range(4001)]
    assert "nextRecordsUrl" not in page


@pytest.mark.parametrize(("asked", "size"), [(1, 200), (200, 200), (300, 300), (9999, 401)])
def test_the_batch_size_is_kept_between_200_and_2000(asked: int, size: int) -> None:
    small = with_notices(401)
    page = small.query(SELECT, headers={"sforce-query-options": f"batchSize={asked}"})
    assert len(page["records"]) == size


def test_a_page_shows_the_org_as_it_was_when_the_query_ran() -> None:
    small = with_notices(201)
    page = small.query(SELECT, headers={"sforce-query-options": "batchSize=200"})
    for row in list(small.org.rows(NOTICE, NOW)):
        small.org.delete(row["Id"], at=NOW, by=small.colleague)
    rest = body(small.call("GET", page["nextRecordsUrl"].removeprefix("/services/data/v65.0")))
    assert [record["Key__c"] for record in rest["records"]] == ["k200"]


def test_a_locator_belongs_to_the_session_that_opened_it() -> None:
    small = with_notices(201)
    page = small.query(SELECT, headers={"sforce-query-options": "batchSize=200"})
    url = page["nextRecordsUrl"].removeprefix("/services/data/v65.0")
    first = small.token
    small.token = small.sign_in()
    assert code_of(small.call("GET", url)) == (400, "INVALID_QUERY_LOCATOR")
    small.token = first
    assert small.call("GET", url).status == 200


def test_a_locator_lives_two_days() -> None:
    small = SmallOrg(session_seconds=10 * 86_400)
    for number in range(201):
        small.org.insert(NOTICE, {"Key__c": f"k{number}"}, at=NOW, by=small.colleague)
    page = small.query(SELECT, headers={"sforce-query-options": "batchSize=200"})
    url = page["nextRecordsUrl"].removeprefix("/services/data/v65.0")
    small.now = NOW + timedelta(days=2) - timedelta(seconds=1)
    assert small.call("GET", url).status == 200
    small.now = NOW + timedelta(days=2)
    assert code_of(small.call("GET", url)) == (400, "INVALID_QUERY_LOCATOR")


def test_a_made_up_locator_is_invalid() -> None:
    assert code_of(SmallOrg().call("GET", "/query/01g000-2000")) == (400, "INVALID_QUERY_LOCATOR")
    assert code_of(SmallOrg().call("GET", "/query/nonsense")) == (400, "INVALID_QUERY_LOCATOR")


def test_query_leaves_deleted_rows_out_and_query_all_shows_them() -> None:
    small = SmallOrg()
    gone = small.intervention()
    small.org.delete(gone, at=NOW, by=small.colleague)
    assert small.query(f"SELECT Id FROM {SLI}")["records"] == []
    answer = body(small.call("GET", "/queryAll", params={"q": f"SELECT Id, IsDeleted FROM {SLI}"}))
    assert [(record["Id"], record["IsDeleted"]) for record in answer["records"]] == [(gone, True)]


def test_count_answers_a_size_and_no_rows() -> None:
    assert with_notices(3).query(f"SELECT COUNT() FROM {NOTICE}") == {
        "totalSize": 3,
        "done": True,
        "records": [],
    }


def test_the_version_asked_is_echoed_in_the_urls() -> None:
    small = SmallOrg()
    headers = {"authorization": f"Bearer {small.token}"}
    params = {"q": "SELECT Id FROM Office__c"}
    answer = body(small.send("GET", "/services/data/v59.0/query/", params=params, headers=headers))
    url = f"/services/data/v59.0/sobjects/Office__c/{small.office}"
    assert answer["records"][0]["attributes"] == {"type": "Office__c", "url": url}


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELEKT Id FROM User", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
        ("SELECT Nonsense__c FROM User", "INVALID_FIELD"),
        ("SELECT Id FROM Nonsense__c", "INVALID_TYPE"),
    ],
)
def test_a_bad_query_is_a_400_with_salesforces_code(soql: str, code: str) -> None:
    assert code_of(SmallOrg().call("GET", "/query", params={"q": soql})) == (400, code)


@pytest.mark.parametrize("feed", ["FeedItem", "Service_Level_Intervention__Feed"])
def test_a_post_is_found_by_its_id_wherever_it_stands(feed: str) -> None:
    small = SmallOrg()
    post = small.org.post(small.intervention(), "We called.", at=NOW, by=small.colleague)
    found = small.query(f"SELECT Id FROM {feed} WHERE Id IN ('{post}')")
    assert [record["Id"] for record in found["records"]] == [post]
