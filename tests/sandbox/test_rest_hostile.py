"""Bodies nobody should send: the org refuses them and stays up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.small_org import NOTICE, NOW, SLI, SmallOrg

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
WORDS = st.sampled_from(
    [
        "records", "attributes", "type", "id", "Id", "Key__c", "Name", "allOrNone", "body", "messageSegments",
        "text", "Text", "Mention", "subjectId", "feedElementType", "FeedItem", "compositeRequest", "method",
        "url", "referenceId", "httpHeaders", "GET", "POST", "ids", "fields", "ParentId", "Body", "Office__c",
        "FeedItemId", "CommentBody", "IsRichText", NOTICE, SLI,
        "/services/data/v65.0/limits", "@{a.id}", "Client_Handling_Score__c", "Client_Plan_Due__c",
    ]
)  # fmt: skip
JSON = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=12,
)
SMALL = SmallOrg()
RECORD = SMALL.intervention()
ITEM = SMALL.org.post(RECORD, "Called", at=NOW, by=SMALL.colleague)
TARGETS = [
    ("POST", f"/sobjects/{SLI}"),
    ("PATCH", f"/sobjects/{SLI}/{RECORD}"),
    ("PATCH", f"/sobjects/{NOTICE}/Key__c/k"),
    ("POST", "/sobjects/FeedItem"),
    ("POST", "/sobjects/FeedComment"),
    ("POST", "/composite"),
    ("POST", "/composite/sobjects"),
    ("PATCH", "/composite/sobjects"),
    ("PATCH", f"/composite/sobjects/{NOTICE}/Key__c"),
    ("POST", f"/composite/sobjects/{SLI}"),
    ("POST", "/chatter/feed-elements"),
]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.sampled_from(TARGETS), JSON)
def test_no_body_makes_the_org_fall_over(target: tuple[str, str], payload: Any) -> None:
    response = SMALL.call(*target, payload)
    assert response.status in (200, 201, 204, 400, 403, 404)


REQUEST = {"method": "GET", "url": "/services/data/v65.0/limits", "referenceId": "r"}
POST = {"feedElementType": "FeedItem", "subjectId": RECORD}


@pytest.mark.parametrize(
    ("method", "path", "payload"),
    [
        ("POST", "/chatter/feed-elements", {**POST, "body": "text"}),
        ("POST", "/chatter/feed-elements", {**POST, "body": {"messageSegments": ["text"]}}),
        ("POST", "/chatter/feed-elements", {**POST, "body": {"messageSegments": []}}),
        ("POST", "/composite", {"compositeRequest": [{**REQUEST, "httpHeaders": "none"}]}),
        ("POST", f"/composite/sobjects/{SLI}", {"ids": 7, "fields": ["Id"]}),
        ("POST", f"/composite/sobjects/{SLI}", {"ids": [RECORD], "fields": [7]}),
        ("POST", "/sobjects/FeedItem", {"Body": "no parent"}),
        ("POST", "/sobjects/FeedItem", {"ParentId": RECORD}),
        ("POST", "/sobjects/FeedItem", {"ParentId": "nonsense", "Body": "x"}),
        ("POST", "/sobjects/FeedComment", {"FeedItemId": RECORD, "CommentBody": "on no post"}),
        ("POST", "/sobjects/FeedComment", {"FeedItemId": ITEM}),
        ("PATCH", f"/sobjects/{SLI}/{RECORD}", {"Client_Handling_Score__c": "nan"}),
        ("PATCH", f"/sobjects/{SLI}/{RECORD}", {"Client_Plan_Due__c": "0001-01-01T00:00:00+14:00"}),
    ],
)
def test_a_misshapen_body_is_a_refusal(method: str, path: str, payload: Any) -> None:
    assert 400 <= SMALL.call(method, path, payload).status < 500


@pytest.mark.parametrize("attributes", ["SLI", 7, ["type"], {"type": ["SLI"]}])
def test_misshapen_attributes_fail_their_row(attributes: Any) -> None:
    response = SMALL.call("POST", "/composite/sobjects", {"records": [{"attributes": attributes}]})
    assert response.status == 200
    assert b"INVALID_TYPE" in response.body


@pytest.mark.parametrize(
    "path", ["/query/" + "0r8-" * 50, "/sobjects/%00", "/../../etc", "/sobjects/User/é/x"]
)
def test_a_strange_path_is_refused(path: str) -> None:
    assert 400 <= SMALL.call("GET", path).status < 500


@pytest.mark.parametrize("sent", [b"\xff\xfe", b"grant_type=%FF", b"", b"assertion=a.b.c&grant_type=x"])
def test_a_strange_sign_in_is_refused(sent: bytes) -> None:
    assert SMALL.send("POST", "/services/oauth2/token", payload=sent).status == 400


@pytest.mark.parametrize("assertion", ["", "a.b.c", "e30.e30.e30", "é"])
def test_a_strange_assertion_is_refused(assertion: str) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    assert SMALL.send("POST", "/services/oauth2/token", form=form).status == 400
