"""`/composite`: up to 25 requests in one API call, later ones built from the answers of earlier ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import orjson

from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Request, Response, error_response, json_response
from agent.sandbox.rest.call import Call

MOST_REQUESTS = 25
MOST_COSTLY = 5
"""Of the 25, how many may be queries, pages of queries or collections."""
_COSTLY = re.compile(r"/services/data/v\d+\.\d/(query|queryAll|composite/sobjects)\b")
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])+)\}")
_REFERENCE_ID = re.compile(r"\w+")

Answers = dict[str, Any]
"""The bodies of the answers so far, by reference id; None for one that failed."""


def composite(call: Call) -> Response:
    """`POST /composite`: each subrequest has its own status and body; the call as a whole is a 200.

    With `allOrNone` one failure undoes them all.
    """
    payload = call.json()
    requests = _sound(payload.get("compositeRequest"))
    with call.org.store.savepoint() as roll_back:
        results = _run(call, requests)
        if payload.get("allOrNone") is True and any(result["httpStatusCode"] >= 400 for result in results):
            roll_back()
            results = [result if result["httpStatusCode"] >= 400 else _halted(result) for result in results]
    return json_response({"compositeResponse": results})


def _sound(requests: Any) -> list[dict[str, Any]]:
    """The subrequests, if they are complete and not too many.

    Raises:
        SalesforceError: JSON_PARSER_ERROR, INVALID_INPUT or LIMIT_EXCEEDED.
    """
    if not isinstance(requests, list) or not all(_is_sound(request) for request in requests):
        message = "The body needs `compositeRequest`, a list of objects with method, url and referenceId"
        raise SalesforceError("JSON_PARSER_ERROR", message)
    references = [request["referenceId"] for request in requests]
    if len(set(references)) < len(references):
        raise SalesforceError("INVALID_INPUT", "Each referenceId must be unique within the request")
    if len(requests) > MOST_REQUESTS:
        raise SalesforceError(
            "LIMIT_EXCEEDED", f"The request has {len(requests)} subrequests: {MOST_REQUESTS} are allowed"
        )
    costly = sum(_COSTLY.match(request["url"]) is not None for request in requests)
    if costly > MOST_COSTLY:
        message = f"The request has {costly} queries and collections: {MOST_COSTLY} are allowed"
        raise SalesforceError("LIMIT_EXCEEDED", message)
    return requests


def _is_sound(request: Any) -> bool:
    return (
        isinstance(request, dict)
        and all(isinstance(request.get(name), str) for name in ("method", "url", "referenceId"))
        and _REFERENCE_ID.fullmatch(request["referenceId"]) is not None
        and isinstance(request.get("httpHeaders") or {}, dict)
    )


def _run(call: Call, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    results = []
    answers: Answers = {}
    for request in requests:
        response = _answer(call, request, answers)
        body = _body(response)
        answers[request["referenceId"]] = body if response.status < 400 else None
        results.append(
            {
                "body": body,
                "httpHeaders": {
                    name: value for name, value in response.headers.items() if name == "Location"
                },
                "httpStatusCode": response.status,
                "referenceId": request["referenceId"],
            }
        )
    return results


def _body(response: Response) -> Any:
    if not response.body:
        return None
    is_json = response.headers["Content-Type"].startswith("application/json")
    return orjson.loads(response.body) if is_json else response.body.decode()


def _answer(call: Call, request: Mapping[str, Any], answers: Answers) -> Response:
    try:
        filled = _filled(dict(request), answers)
    except SalesforceError as error:
        return error.response()
    path, _, query = filled["url"].partition("?")
    if re.match(r"/services/data/v\d+\.\d/composite/?$", path) or "/jobs/" in path:
        return error_response(400, "INVALID_INPUT", f"{path} can not be called within a composite request")
    headers = {name.lower(): str(value) for name, value in (filled.get("httpHeaders") or {}).items()}
    kept = {
        name: value for name, value in call.request.headers.items() if name in ("host", "x-forwarded-proto")
    }
    body = orjson.dumps(filled["body"]) if filled.get("body") is not None else b""
    return call.run(Request(filled["method"], unquote(path), query, kept | headers, body))


def _filled(value: Any, answers: Answers) -> Any:
    """The value with every `@{referenceId.path}` in its place."""
    if isinstance(value, dict):
        return {name: _filled(part, answers) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, answers) for part in value]
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: str(_looked_up(found, answers)), value)
    return value


def _looked_up(found: re.Match[str], answers: Answers) -> Any:
    value: Any = answers.get(found[1])
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", found[2]):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            message = f"Invalid reference specified. No value for {found[1]}{found[2]} found in {found[1]}"
            raise SalesforceError("PROCESSING_HALTED", message) from None
    return value


def _halted(result: Mapping[str, Any]) -> dict[str, Any]:
    reason = "The transaction was rolled back since another operation in the same transaction failed."
    body = [{"errorCode": "PROCESSING_HALTED", "message": reason}]
    return {**result, "body": body, "httpHeaders": {}, "httpStatusCode": 400}
