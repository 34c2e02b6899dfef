"""The sandbox org's front door: which resource answers a request, and what may befall it on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - the type of an argument; nothing is drawn from the module
from typing import TYPE_CHECKING

import orjson
import pydantic

from agent.sandbox import bulk, oauth
from agent.sandbox.errors import SalesforceError
from agent.sandbox.faults import Fault
from agent.sandbox.http import Request, Response, error_response, json_response
from agent.sandbox.rest import chatter, collections, composite, describe, info, query, replication, sobjects
from agent.sandbox.rest.call import Call

if TYPE_CHECKING:
    from agent.sandbox.org import SandboxOrg

LONGEST_URL = 16_384
"""Bytes of path and query string; longer ones get 431 from the edge, as HTML."""

Resource = Callable[..., Response]

_VERSIONED = re.compile(r"/services/data/v(\d\d\.0)(/.*)?")
_NAME = r"(\w+)"
_RESOURCES: dict[str, Mapping[str, Resource]] = {
    "": {"GET": info.resources},
    "/limits": {"GET": info.limits},
    "/query": {"GET": query.query},
    "/queryAll": {"GET": query.query_all},
    r"/query(?:All)?/([\w-]+)": {"GET": query.more},
    "/sobjects": {"GET": describe.describe_global},
    f"/sobjects/{_NAME}": {"GET": describe.basic, "POST": sobjects.create},
    f"/sobjects/{_NAME}/describe": {"GET": describe.describe},
    f"/sobjects/{_NAME}/updated": {"GET": replication.updated},
    f"/sobjects/{_NAME}/deleted": {"GET": replication.deleted},
    f"/sobjects/{_NAME}/{_NAME}": {
        "GET": sobjects.get,
        "PATCH": sobjects.update,
        "DELETE": sobjects.delete,
    },
    # An external id may hold any character, a slash among them.
    f"/sobjects/{_NAME}/{_NAME}/(.+)": {
        "GET": sobjects.get_by_key,
        "PATCH": sobjects.upsert,
        "DELETE": sobjects.delete_by_key,
    },
    "/composite": {"POST": composite.composite},
    "/composite/sobjects": {
        "POST": collections.create,
        "PATCH": collections.update,
        "DELETE": collections.delete,
    },
    f"/composite/sobjects/{_NAME}": {"GET": collections.get, "POST": collections.get},
    f"/composite/sobjects/{_NAME}/{_NAME}": {"PATCH": collections.upsert},
    "/chatter/feed-elements": {"POST": chatter.post},
    "/jobs/.*": dict.fromkeys(
        ("GET", "POST", "PATCH", "DELETE"),
        lambda call: bulk.handle(call.org, call.request, call.now, call.session),
    ),
}
_ROUTES = [(re.compile(pattern), resources) for pattern, resources in _RESOURCES.items()]
_SIGN_IN: dict[str, tuple[str, Callable[[SandboxOrg, Request, datetime, Random], Response]]] = {
    "/services/oauth2/token": ("POST", oauth.token),
    "/services/oauth2/revoke": ("POST", oauth.revoke),
    "/services/oauth2/userinfo": ("GET", oauth.userinfo),
}


def handle(org: SandboxOrg, request: Request, now: datetime, rng: Random) -> Response:
    """Answer one request at the aware UTC instant `now`; `request.path` is percent-decoded.

    Pure but for the org's own state: the same org, request, time and random source give the same answer.
    """
    if request.path == "/sandbox/faults":
        return _faults(org, request)
    connection = org.faults.take(
        "dropped", "lost_answer", "truncated", "slow", method=request.method, path=request.path
    )
    if connection is not None and connection.kind == "dropped":
        return Response(0, dropped=True)
    response = _answer(org, request, now, rng)
    response = replace(response, headers={**response.headers, "Date": f"{now:%a, %d %b %Y %H:%M:%S GMT}"})
    return _on_the_wire(response, connection) if connection is not None else response


def _on_the_wire(response: Response, fault: Fault) -> Response:
    """What becomes of an answer that is already given."""
    if fault.kind == "slow":
        return replace(response, delay=timedelta(seconds=fault.seconds))
    return replace(response, dropped=fault.kind == "lost_answer", truncated=fault.kind == "truncated")


def _answer(org: SandboxOrg, request: Request, now: datetime, rng: Random) -> Response:
    if len(request.path) + len(request.query) > LONGEST_URL:
        page = b"<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>"
        return Response(431, page, {"Content-Type": "text/html"})
    unavailable = _unavailable(org, request)
    if unavailable is not None:
        return unavailable
    path = request.path.rstrip("/")
    try:
        if path in _SIGN_IN:
            method, endpoint = _SIGN_IN[path]
            return endpoint(org, request, now, rng) if request.method == method else _wrong_method(request)
        if path == "/services/data":
            return info.versions()
        session = oauth.authenticated(org, request, now)
    except SalesforceError as error:
        return error.response()
    return _within_limits(org, request, now, rng, session)


def _within_limits(
    org: SandboxOrg, request: Request, now: datetime, rng: Random, session: oauth.Session
) -> Response:
    """The answer of a resource, counted; or the refusal of a call beyond a limit, which does not count."""
    facts = {"method": request.method, "path": request.path}
    if org.faults.take("concurrent_limit", **facts):
        message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
        response = error_response(403, "REQUEST_LIMIT_EXCEEDED", message)
    elif org.faults.take("daily_limit", **facts) or info.used(org, now) >= org.daily_limit:
        response = error_response(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    else:
        org.calls.append(now)
        response = _resource(org, request, now, rng, session)
    usage = f"api-usage={info.used(org, now)}/{org.daily_limit}"
    return replace(response, headers={**response.headers, "Sforce-Limit-Info": usage})


def _resource(
    org: SandboxOrg, request: Request, now: datetime, rng: Random, session: oauth.Session
) -> Response:
    """What the resource at this path answers, called by a client or from within a composite request."""

    def run(inner: Request) -> Response:
        return _unavailable(org, inner) or _resource(org, inner, now, rng, session)

    versioned = _VERSIONED.fullmatch(request.path.rstrip("/"))
    if versioned is None or float(versioned[1]) < info.OLDEST_VERSION:
        return _not_found()
    call = Call(org, request, now, rng, session, versioned[1], run)
    for pattern, resources in _ROUTES:
        found = pattern.fullmatch(versioned[2] or "")
        if found is not None:
            resource = resources.get(request.method)
            return _called(resource, call, found.groups()) if resource is not None else _wrong_method(request)
    return _not_found()


def _called(resource: Resource, call: Call, names: tuple[str, ...]) -> Response:
    try:
        return resource(call, *names)
    except SalesforceError as error:
        return error.response()


def _unavailable(org: SandboxOrg, request: Request) -> Response | None:
    fault = org.faults.take("unavailable", "unavailable_html", method=request.method, path=request.path)
    if fault is None:
        return None
    if fault.kind == "unavailable_html":
        return Response(
            503, b"<html><body><h1>Service Unavailable</h1></body></html>", {"Content-Type": "text/html"}
        )
    return error_response(503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable")


def _not_found() -> Response:
    return error_response(404, "NOT_FOUND", "The requested resource does not exist")


def _wrong_method(request: Request) -> Response:
    message = f"HTTP Method '{request.method}' not allowed."
    return error_response(405, "METHOD_NOT_ALLOWED", message)


def _faults(org: SandboxOrg, request: Request) -> Response:
    """`/sandbox/faults`: see, add or clear what goes wrong. Only the sandbox has it; it needs no token."""
    if request.method == "POST":
        try:
            org.faults.add_json(request.json())
        except (orjson.JSONDecodeError, pydantic.ValidationError) as error:
            return error_response(400, "JSON_PARSER_ERROR", str(error))
    elif request.method == "DELETE":
        org.faults.clear()
    elif request.method != "GET":
        return _wrong_method(request)
    return json_response(org.faults.to_json())
