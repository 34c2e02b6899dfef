"""Salesforce's refusals as this agent's errors: by their code, not by HTTP status (platform fact).

Messages carry the org's code and names of fields; the org's own words only where they cannot hold a record's
values, for those are health data. URLs, bodies and the exceptions they came in are left behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from simple_salesforce.exceptions import SalesforceError as ForeignError

from agent.errors import (
    Forbidden,
    Gone,
    LimitExceeded,
    Rejected,
    SalesforceError,
    SignInError,
    Unreachable,
)

Problem = Mapping[str, Any]
"""One error as Salesforce writes it: `message`, `errorCode` (in a row `statusCode`), perhaps `fields`."""


@dataclass(frozen=True)
class _Meaning:
    """What a code means. `quoted`: its message tells of objects, fields and limits only, never of values."""

    kind: type[SalesforceError]
    hint: str = ""
    retry: bool = False
    quoted: bool = False


_S = TypeVar("_S")
_T = TypeVar("_T")
_SEE = "Give the integration user's permission set read access to {what}, or mend its name in the mapping."
_EDIT = "Give the integration user's permission set edit access to {what}."
_SHARE = "Share {what} with the integration user: a sharing rule, or Modify All Records on the object."
_API = "Give the integration user the permission API Enabled, in an edition that has the API."
_POLICIES = (
    "Check that the app's policies (IP ranges, session settings) let the integration user use the API."
)
_AUTOMATION = "Save {what} by hand as the integration user: Salesforce then names the rule, trigger or flow."

_MEANINGS: Mapping[str, _Meaning] = {
    "INVALID_SESSION_ID": _Meaning(SignInError, _POLICIES, quoted=True),
    "INVALID_AUTH_HEADER": _Meaning(SignInError, _POLICIES, quoted=True),
    "SERVER_UNAVAILABLE": _Meaning(Unreachable),
    "UNKNOWN_EXCEPTION": _Meaning(Unreachable),
    "REQUEST_RUNNING_TOO_LONG": _Meaning(Unreachable),
    "REQUEST_LIMIT_EXCEEDED": _Meaning(LimitExceeded, quoted=True),
    "INVALID_FIELD": _Meaning(Forbidden, _SEE, quoted=True),
    "INVALID_TYPE": _Meaning(Forbidden, _SEE, quoted=True),
    "INSUFFICIENT_ACCESS": _Meaning(Forbidden, _SHARE),
    "INSUFFICIENT_ACCESS_OR_READONLY": _Meaning(Forbidden, _SHARE),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _Meaning(Forbidden, _SHARE),
    "INVALID_FIELD_FOR_INSERT_UPDATE": _Meaning(Forbidden, _EDIT),
    "FUNCTIONALITY_NOT_ENABLED": _Meaning(Forbidden, "Have an administrator switch it on.", quoted=True),
    "API_CURRENTLY_DISABLED": _Meaning(Forbidden, _API, quoted=True),
    "API_DISABLED_FOR_ORG": _Meaning(Forbidden, _API, quoted=True),
    "NOT_FOUND": _Meaning(Gone),
    "ENTITY_IS_DELETED": _Meaning(Gone),
    "INVALID_CROSS_REFERENCE_KEY": _Meaning(Gone),
    "UNABLE_TO_LOCK_ROW": _Meaning(Rejected, retry=True),
    "QUERY_TIMEOUT": _Meaning(Rejected, retry=True, quoted=True),
    "MALFORMED_QUERY": _Meaning(Rejected, quoted=True),
    "INVALID_QUERY_LOCATOR": _Meaning(Rejected, "Ask again from the last row.", quoted=True),
    "INVALID_REPLICATION_DATE": _Meaning(Rejected, quoted=True),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _Meaning(Rejected, _AUTOMATION),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": _Meaning(Rejected, _AUTOMATION),
}
_UNKNOWN = _Meaning(Rejected)

_NO_COLUMN = re.compile(r"No such column '([\w.]+)' on (?:entity|sobject of type) '?(\w+)")
_NO_RELATIONSHIP = re.compile(r"Didn't understand relationship '(\w+)'")
_NO_OBJECT = re.compile(r"sObject type '(\w+)'")
_POSITION = re.compile(r"ERROR at Row:\d+:Column:\d+\s*")
_LONGEST_QUOTE = 300


@contextmanager
def translated(about: str) -> Iterator[None]:
    """Lets only `agent.errors` out of a call through simple-salesforce. `about` says what was asked."""
    try:
        yield
    except ForeignError as error:
        raise from_answer(error.status, error.content, about) from None
    except requests.RequestException as error:
        raise from_network(error, about) from None
    except TypeError:
        # `restful` takes the length of whatever JSON it got, a bare number or null too.
        raise unreadable(about) from None


def from_answer(status: int, content: object, about: str) -> SalesforceError:
    """The error in an answer, or in one part of a composite answer; `content` may be HTML or nothing too."""
    problems = _problems(content)
    if problems:
        return from_problems(problems, about, status)
    if status == 401:
        return SignInError(f"{about}: refused, without the org's own words (401).", hint=_POLICIES)
    if status in {414, 431}:
        return Rejected(f"{about}: the address is too long for Salesforce ({status}).", hint="Ask for less.")
    return Unreachable(f"{about}: not the org answered but its edge or a proxy ({status}).")


def from_problems(problems: Sequence[Problem], about: str, status: int = 200) -> SalesforceError:
    """The first of an answer's or a row's errors; `status` decides only where the table lacks the code."""
    problem = problems[0]
    code = _code(problem)
    words = str(problem.get("message") or "")
    fields = [str(field) for field in problem.get("fields") or ()]
    meaning = _MEANINGS.get(code, _Meaning(Unreachable) if status >= 500 else _UNKNOWN)
    if code == "INVALID_CROSS_REFERENCE_KEY" and fields:
        # With fields it is a lookup that points nowhere; the record itself is there.
        meaning = _UNKNOWN
    message = f"{about}: {code}{_detail(words if meaning.quoted else '', fields)}."
    if meaning.kind is LimitExceeded:
        return LimitExceeded(message, daily="TotalRequests" in words, code=code)
    hint = meaning.hint.format(what=_subject(words, fields))
    if meaning.kind is Rejected:
        return Rejected(message, code=code, hint=hint, retry=meaning.retry)
    return meaning.kind(message, code=code, hint=hint)


def from_network(error: requests.RequestException, about: str) -> Unreachable:
    """No answer, or one that broke off or cannot be read."""
    host = urlsplit((error.request.url if error.request is not None else "") or "").hostname or "the org"
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(
            f"{about}: {host} shows no certificate this machine trusts.",
            hint="Where a proxy or the sandbox signs it, name its CA file in REQUESTS_CA_BUNDLE.",
        )
    if isinstance(error, requests.Timeout):
        return Unreachable(f"{about}: {host} did not answer in time.")
    if isinstance(error, requests.TooManyRedirects):
        return Unreachable(
            f"{about}: {host} sends us elsewhere; a token is not carried along.",
            hint="Set SLI_SF_LOGIN_URL and SLI_SF_INSTANCE_URL to the org's present addresses.",
        )
    if isinstance(error, requests.exceptions.JSONDecodeError):
        return Unreachable(f"{about}: the answer is not JSON: not the org answered but its edge or a proxy.")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return Unreachable(f"{about}: the answer of {host} broke off.")
    return Unreachable(
        f"{about}: {host} cannot be reached ({type(error).__name__}).",
        hint="Check the network, and SLI_SF_LOGIN_URL and SLI_SF_INSTANCE_URL.",
    )


def json_or_none(response: requests.Response) -> Any:
    """The answer's JSON; None where it holds something else."""
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return None


def understood(about: str, read: Callable[[_S], _T], answer: _S) -> _T:
    """What `read` makes of an answer.

    Raises:
        Unreachable: it has not the documented shape.
    """
    try:
        return read(answer)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise unreadable(about) from None


def unreadable(about: str) -> Unreachable:
    """The answer is JSON, but not of the documented shape."""
    return Unreachable(f"{about}: the answer has an unexpected shape. Is a proxy in between?")


def hidden_object(name: str, code: str) -> Forbidden:
    """An object's own resource was not found: the object is missing, or hidden from this user."""
    what = f"object {name}"
    return Forbidden(f"The org shows no {what} ({code}).", code=code, hint=_SEE.format(what=what))


def _problems(content: object) -> list[Problem]:
    rows = content if isinstance(content, list) else [content]
    return [row for row in rows if isinstance(row, dict) and _code(row)]


def _code(problem: Problem) -> str:
    return str(problem.get("errorCode") or problem.get("statusCode") or "")


def _detail(words: str, fields: Sequence[str]) -> str:
    # MALFORMED_QUERY and INVALID_FIELD repeat the query before they say what is wrong with it.
    quote = " ".join(_POSITION.split(words)[-1].split())[:_LONGEST_QUOTE].rstrip(".")
    named = f" ({', '.join(fields)})" if fields else ""
    return f"{named}: {quote}" if quote else named


def _subject(words: str, fields: Sequence[str]) -> str:
    if column := _NO_COLUMN.search(words):
        return f"field {column[1]} of {column[2]}"
    if missing := _NO_OBJECT.search(words):
        return f"object {missing[1]}"
    if broken := _NO_RELATIONSHIP.search(words):
        return f"relationship {broken[1]} (its lookup field and the object it leads to)"
    if fields:
        return f"{'fields' if len(fields) > 1 else 'field'} {', '.join(fields)}"
    return "the record"
