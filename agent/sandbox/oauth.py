"""Signing in to the sandbox org: connected apps, the token endpoint, and the sessions it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251 - the type of an argument; nothing is drawn from the module
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import jwt

from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Request, Response, json_response
from agent.sandbox.ids import base62
from agent.sandbox.store import Row

if TYPE_CHECKING:
    from agent.sandbox.org import SandboxOrg

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")
CLOCK_SKEW = timedelta(minutes=3)
"""How long after its `exp` an assertion is still taken (platform fact)."""


@dataclass(frozen=True)
class ConnectedApp:
    """An app that may sign in: by an assertion signed with the key whose public half is here (PEM), or by its
    secret as the user it runs as."""

    consumer_key: str
    public_key: str | None = None
    consumer_secret: str | None = None
    run_as: str | None = None
    """Id of the user of the client credentials flow."""
    approved: frozenset[str] = frozenset()
    """Usernames that may sign in by an assertion."""


@dataclass(frozen=True)
class Session:
    """A token and whom it stands for."""

    token: str
    user_id: str
    expires_at: datetime


class Sessions:
    """The apps that may sign in and the tokens that were given out."""

    def __init__(self, lifetime: timedelta) -> None:
        self.apps: dict[str, ConnectedApp] = {}
        self._lifetime = lifetime
        self._open: dict[str, Session] = {}

    def register(self, app: ConnectedApp) -> None:
        self.apps[app.consumer_key] = app

    def open(self, org_id: str, user_id: str, now: datetime, rng: Random) -> Session:
        """Give out a token. Salesforce lets a user hold several at a time."""
        self._open = {token: session for token, session in self._open.items() if session.expires_at > now}
        token = f"{org_id[:15]}!AQ{base62(rng.getrandbits(256), 43)}"
        self._open[token] = Session(token, user_id, now + self._lifetime)
        return self._open[token]

    def find(self, token: str, now: datetime) -> Session | None:
        session = self._open.get(token)
        return session if session is not None and session.expires_at > now else None

    def revoke(self, token: str) -> None:
        self._open.pop(token, None)


class _Denied(Exception):
    """A sign-in that is refused, in OAuth's terms."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def base_url(request: Request) -> str:
    """The org's address as this client wrote it."""
    return f"{request.headers.get('x-forwarded-proto', 'http')}://{request.headers.get('host', 'localhost')}"


def token(org: SandboxOrg, request: Request, now: datetime, rng: Random) -> Response:
    """`POST /services/oauth2/token`: a JWT bearer assertion or client credentials for an access token."""
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        user = _user_of(org, form, base_url(request), now)
    except _Denied as denied:
        return json_response({"error": denied.error, "error_description": denied.description}, denied.status)
    session = org.sessions.open(org.org_id, user["Id"], now, rng)
    return json_response(
        {
            "access_token": session.token,
            "scope": "api web",
            "instance_url": base_url(request),
            "id": f"{base_url(request)}/id/{org.org_id}/{user['Id']}",
            "token_type": "Bearer",
            "issued_at": str(int(now.timestamp() * 1000)),
        }
    )


def revoke(org: SandboxOrg, request: Request, now: datetime, rng: Random) -> Response:
    """`POST /services/oauth2/revoke`: end a session."""
    org.sessions.revoke(dict(parse_qsl(request.body.decode("utf-8", "replace"))).get("token", ""))
    return Response(200)


def userinfo(org: SandboxOrg, request: Request, now: datetime, rng: Random) -> Response:
    """`GET /services/oauth2/userinfo`: who the token stands for."""
    session = authenticated(org, request, now)
    found = org.view(now).row(session.user_id)
    user: Row = found[1] if found else Row()
    return json_response(
        {
            "sub": f"{base_url(request)}/id/{org.org_id}/{session.user_id}",
            "user_id": session.user_id,
            "organization_id": org.org_id,
            "preferred_username": user["Username"],
            "name": user["Name"],
            "email": user["Email"],
            "zoneinfo": user["TimeZoneSidKey"],
            "active": user["IsActive"],
            "urls": {"rest": f"{base_url(request)}/services/data/v{{version}}/"},
        }
    )


def authenticated(org: SandboxOrg, request: Request, now: datetime) -> Session:
    """The session of the request's token.

    Raises:
        SalesforceError: INVALID_SESSION_ID: no token, an unknown, revoked or expired one.
    """
    _, _, token = request.headers.get("authorization", "").partition(" ")
    if org.faults.take("expired_token", method=request.method, path=request.path):
        org.sessions.revoke(token)
    session = org.sessions.find(token, now)
    if session is None:
        raise SalesforceError("INVALID_SESSION_ID", "Session expired or invalid")
    return session


def _user_of(org: SandboxOrg, form: Mapping[str, str], url: str, now: datetime) -> Row:
    grant = form.get("grant_type")
    if grant == JWT_BEARER:
        return _by_assertion(org, form.get("assertion", ""), url, now)
    if grant == "client_credentials":
        return _by_secret(org, form, now)
    raise _Denied("unsupported_grant_type", "grant type not supported")


def _by_secret(org: SandboxOrg, form: Mapping[str, str], now: datetime) -> Row:
    app = org.sessions.apps.get(form.get("client_id", ""))
    if app is None:
        raise _Denied("invalid_client_id", "client identifier invalid")
    if app.consumer_secret is None or app.consumer_secret != form.get("client_secret"):
        raise _Denied("invalid_client", "invalid client credentials", 401)
    found = org.view(now).row(app.run_as or "")
    if found is None or not found[1]["IsActive"]:
        raise _Denied("invalid_grant", "no client credentials user enabled")
    return found[1]


def _by_assertion(org: SandboxOrg, assertion: str, url: str, now: datetime) -> Row:
    claims = _claims(org, assertion)
    if claims.get("aud") not in (*LOGIN_HOSTS, url):
        raise _Denied("invalid_grant", "audience is invalid")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or datetime.fromtimestamp(expires, UTC) + CLOCK_SKEW < now:
        raise _Denied("invalid_grant", "assertion has expired")
    username = str(claims.get("sub", ""))
    user = next(
        (row for row in org.view(now).rows("User", include_deleted=False) if row["Username"] == username),
        None,
    )
    if user is None or not user["IsActive"] or username not in org.sessions.apps[claims["iss"]].approved:
        raise _Denied("invalid_grant", "user hasn't approved this consumer")
    return user


def _claims(org: SandboxOrg, assertion: str) -> dict[str, Any]:
    """The claims of an assertion whose signature holds; its times are judged by the org's clock."""
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
        app = org.sessions.apps.get(str(issuer))
        if app is None or app.public_key is None:
            raise _Denied("invalid_client_id", "client identifier invalid")
        return jwt.decode(
            assertion,
            app.public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except jwt.InvalidTokenError:
        raise _Denied("invalid_grant", "invalid assertion") from None
