"""Signing in: JWT bearer, client credentials, and the life of a token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent.sandbox.http import Response
from agent.sandbox.oauth import JWT_BEARER, ConnectedApp
from tests.sandbox.small_org import NOW, SmallOrg, body, code_of

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


@pytest.fixture
def small() -> SmallOrg:
    small = SmallOrg()
    app = ConnectedApp("jwt-key", PUBLIC.decode(), approved=frozenset({"agent@example.com"}))
    small.org.sessions.register(app)
    return small


def sign_in(small: SmallOrg, key: rsa.RSAPrivateKey = KEY, **claims: Any) -> Response:
    said = {
        "iss": "jwt-key",
        "sub": "agent@example.com",
        "aud": "https://login.salesforce.com",
        "exp": int((NOW + timedelta(minutes=2)).timestamp()),
        **claims,
    }
    form = {"grant_type": JWT_BEARER, "assertion": jwt.encode(said, key, "RS256")}
    return small.send("POST", "/services/oauth2/token", form=form, headers={"x-forwarded-proto": "https"})


def test_a_signed_assertion_is_exchanged_for_a_token_and_no_refresh_token(small: SmallOrg) -> None:
    answer = body(sign_in(small))
    small.token = answer.pop("access_token")
    assert answer == {
        "scope": "api web",
        "instance_url": "https://sandbox.test",
        "id": f"https://sandbox.test/id/{small.org.org_id}/{small.agent}",
        "token_type": "Bearer",
        "issued_at": str(int(NOW.timestamp() * 1000)),
    }
    assert small.call("GET", "/limits").status == 200


def test_the_orgs_own_address_is_an_audience_too(small: SmallOrg) -> None:
    assert sign_in(small, aud="https://sandbox.test").status == 200


def stamp(moment: datetime) -> int:
    return int(moment.timestamp())


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"aud": "https://example.com"}, "invalid_grant", "audience is invalid"),
        ({"sub": "colleague@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": "nobody@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"iss": "unknown"}, "invalid_client_id", "client identifier invalid"),
        ({"exp": stamp(NOW - timedelta(minutes=3, seconds=1))}, "invalid_grant", "assertion has expired"),
        ({"exp": None}, "invalid_grant", "assertion has expired"),
    ],
)
def test_a_wrong_claim_is_refused_in_salesforces_words(
    small: SmallOrg, claims: dict[str, Any], error: str, description: str
) -> None:
    response = sign_in(small, **claims)
    assert (response.status, body(response)) == (400, {"error": error, "error_description": description})


def test_an_assertion_is_taken_until_three_minutes_after_its_end(small: SmallOrg) -> None:
    assert sign_in(small, exp=stamp(NOW - timedelta(minutes=2, seconds=30))).status == 200


def test_an_assertion_signed_with_another_key_is_refused(small: SmallOrg) -> None:
    response = sign_in(small, OTHER_KEY)
    assert body(response) == {"error": "invalid_grant", "error_description": "invalid assertion"}


def test_an_unsigned_assertion_is_refused(small: SmallOrg) -> None:
    claims = {"iss": "jwt-key", "sub": "agent@example.com", "aud": "https://login.salesforce.com"}
    form = {"grant_type": JWT_BEARER, "assertion": jwt.encode(claims, None, "none")}
    response = small.send("POST", "/services/oauth2/token", form=form)
    assert body(response)["error_description"] == "invalid assertion"


def test_an_inactive_user_can_not_sign_in(small: SmallOrg) -> None:
    small.org.update(small.agent, {"IsActive": False}, at=NOW, by=small.colleague)
    assert body(sign_in(small))["error"] == "invalid_grant"
    form = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret"}
    response = small.send("POST", "/services/oauth2/token", form=form)
    assert body(response)["error_description"] == "no client credentials user enabled"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "key"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "no"}, 400, "invalid_client_id"),
        ({}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_sign_in_says_why(small: SmallOrg, form: dict[str, str], status: int, error: str) -> None:
    response = small.send("POST", "/services/oauth2/token", form=form)
    assert (response.status, body(response)["error"]) == (status, error)


def test_a_token_lives_as_long_as_the_session() -> None:
    small = SmallOrg(session_seconds=600)
    small.later(seconds=599)
    assert small.call("GET", "/limits").status == 200
    small.later(seconds=1)
    assert code_of(small.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")


def test_a_revoked_token_is_dead_and_others_of_the_user_live_on(small: SmallOrg) -> None:
    other = small.sign_in()
    small.send("POST", "/services/oauth2/revoke", form={"token": small.token})
    assert code_of(small.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")
    small.token = other
    assert small.call("GET", "/limits").status == 200


def test_no_token_and_a_made_up_one_are_invalid_sessions(small: SmallOrg) -> None:
    assert code_of(small.send("GET", "/services/data/v65.0/limits")) == (401, "INVALID_SESSION_ID")
    small.token = "made up"
    response = small.call("GET", "/limits")
    assert body(response) == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_userinfo_tells_who_the_token_stands_for(small: SmallOrg) -> None:
    headers = {"authorization": f"Bearer {small.token}"}
    told = body(small.send("GET", "/services/oauth2/userinfo", headers=headers))
    assert (told["user_id"], told["organization_id"], told["email"]) == (
        small.agent,
        small.org.org_id,
        "agent@example.com",
    )
