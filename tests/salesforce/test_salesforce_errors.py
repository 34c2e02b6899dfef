"""Each refusal becomes the error that carries the next action, and tells nothing of a record's values."""

from __future__ import annotations

import pytest

from agent.errors import (
    Forbidden,
    Gone,
    LimitExceeded,
    Rejected,
    SalesforceError,
    SignInError,
    Unreachable,
)
from agent.salesforce.errors import from_answer, from_problems

PAGE = "<html><h1>Service Unavailable</h1></html>"


def refusal(code: str, message: str = "", fields: tuple[str, ...] = (), status: int = 400) -> SalesforceError:
    return from_answer(
        status, [{"errorCode": code, "message": message, "fields": list(fields)}], "update of X__c"
    )


@pytest.mark.parametrize(
    ("code", "kind", "retry"),
    [
        ("INVALID_SESSION_ID", SignInError, False),
        ("INVALID_AUTH_HEADER", SignInError, False),
        ("SERVER_UNAVAILABLE", Unreachable, True),
        ("INVALID_FIELD", Forbidden, False),
        ("INVALID_TYPE", Forbidden, False),
        ("INSUFFICIENT_ACCESS", Forbidden, False),
        ("INSUFFICIENT_ACCESS_OR_READONLY", Forbidden, False),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", Forbidden, False),
        ("API_DISABLED_FOR_ORG", Forbidden, False),
        ("NOT_FOUND", Gone, False),
        ("ENTITY_IS_DELETED", Gone, False),
        ("INVALID_CROSS_REFERENCE_KEY", Gone, False),
        ("UNABLE_TO_LOCK_ROW", Rejected, True),
        ("QUERY_TIMEOUT", Rejected, True),
        ("DUPLICATE_VALUE", Rejected, False),
        ("MALFORMED_QUERY", Rejected, False),
        ("INVALID_QUERY_LOCATOR", Rejected, False),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Rejected, False),
        ("SOMETHING_NEW", Rejected, False),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 409])
def test_the_code_decides_and_not_the_status(
    code: str, kind: type[SalesforceError], retry: bool, status: int
) -> None:
    error = refusal(code, status=status)
    assert type(error) is kind
    assert (error.code, error.retry) == (code, retry)
    assert error.message.startswith(f"update of X__c: {code}")


def test_the_same_403_means_hours_or_seconds_by_its_words() -> None:
    daily = refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
    brief = refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.", status=403)
    assert isinstance(daily, LimitExceeded)
    assert isinstance(brief, LimitExceeded)
    assert (daily.daily, brief.daily) == (True, False)


def test_a_lookup_that_points_nowhere_does_not_make_its_record_gone() -> None:
    error = refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("Office__c",))
    assert isinstance(error, Rejected)
    assert "(Office__c)" in error.message


@pytest.mark.parametrize(
    ("code", "message", "fields", "mend"),
    [
        (
            "INVALID_FIELD",
            "\nSELECT Id, Plan__c FROM X__c\n           ^\nERROR at Row:1:Column:12\n"
            "No such column 'Plan__c' on entity 'X__c'. If you are attempting to use a custom field...",
            (),
            "read access to field Plan__c of X__c",
        ),
        (
            "INVALID_FIELD",
            "No such column 'Plan__c' on sobject of type X__c",
            (),
            "read access to field Plan__c of X__c",
        ),
        (
            "INVALID_TYPE",
            "\nSELECT Id FROM X__c\n  ^\nERROR at Row:1:Column:16\nsObject type 'X__c' is not supported.",
            (),
            "read access to object X__c",
        ),
        (
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: A__c, B__c",
            ("A__c", "B__c"),
            "A__c, B__c",
        ),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", (), "sharing rule"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", ("Plan__c",), "by hand"),
    ],
)
def test_the_mend_names_the_field_or_object(
    code: str, message: str, fields: tuple[str, ...], mend: str
) -> None:
    assert mend in refusal(code, message, fields).hint


def test_a_query_is_not_repeated_in_its_error() -> None:
    query = "\nSELECT Id FORM X__c WHERE Name = 'John Smith'\n ^\n"
    error = refusal("MALFORMED_QUERY", f"{query}ERROR at Row:1:Column:9\nunexpected token: 'FORM'")
    assert str(error) == "update of X__c: MALFORMED_QUERY: unexpected token: 'FORM'."


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("STRING_TOO_LONG", "Name: data value too large: John Smith - No Call No Show (max length=10)"),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field: John Smith"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "John Smith is already on the list"),
        ("UNKNOWN_EXCEPTION", "John Smith broke it"),
        ("SOMETHING_NEW", "John Smith"),
    ],
)
def test_a_clients_name_in_salesforces_words_goes_no_further(code: str, message: str) -> None:
    error = refusal(code, message, ("Name",))
    assert "Smith" not in str(error) + repr(error)
    assert "(Name)" in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Unreachable),
        (401, SignInError),
        (403, Unreachable),
        (404, Unreachable),
        (414, Rejected),
        (429, Unreachable),
        (431, Rejected),
        (500, Unreachable),
        (503, Unreachable),
    ],
)
@pytest.mark.parametrize("content", [PAGE, "", None, {}, [], [7], ["x"], {"a": 1}])
def test_an_answer_without_an_error_code_is_the_edges(
    status: int, kind: type[SalesforceError], content: object
) -> None:
    error = from_answer(status, content, "query")
    assert type(error) is kind
    assert "html" not in str(error)


def test_an_unknown_error_of_a_broken_server_passes() -> None:
    assert isinstance(refusal("SOMETHING_NEW", status=500), Unreachable)


def test_a_rows_error_says_status_code_where_others_say_error_code() -> None:
    row = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access", "fields": []}
    error = from_problems([row], "X__c 1")
    assert (type(error), error.code, error.retry) == (Rejected, "UNABLE_TO_LOCK_ROW", True)
