"""Signing in: a token by JWT bearer or client credentials, renewed once when the org no longer takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from pydantic import SecretStr
from requests import PreparedRequest, Response
from requests.auth import AuthBase

from agent.errors import SalesforceError, SignInError, Unreachable
from agent.ports import Clock
from agent.salesforce.errors import from_answer, json_or_none, translated
from agent.salesforce.wire import to18
from agent.settings import LOOPBACK, Settings

ASSERTION_LIFE = timedelta(minutes=3)
"""Salesforce wants a short one; clocks may still differ by a minute or two."""
SIGN_INS_IN_A_ROW = 3
PAUSE = timedelta(minutes=15)
"""Twelve sign-ins an hour at worst; above 3,600 an hour the platform locks the user out (platform fact)."""

_ABOUT = "sign-in"
_GENERAL_MEND = "Check the SLI_SF_ settings against the app and the integration user in Salesforce Setup."
_MENDS: Mapping[str, str] = {
    "hasn't approved this consumer": (
        "In Setup, pre-authorise the external client app for a permission set of the integration user."
    ),
    "audience is invalid": "Set SLI_SF_LOGIN_URL to https://login.salesforce.com (sandboxes: https://test.salesforce.com).",
    "expired": "The assertion reached Salesforce too late: set this machine's clock right.",
    "invalid assertion": "SLI_SF_PRIVATE_KEY does not belong to the certificate that the app holds.",
    "client identifier invalid": "SLI_SF_CLIENT_ID is not the consumer key of an app that is ready for use.",
    "invalid client credentials": "SLI_SF_CLIENT_SECRET is not the app's consumer secret.",
    "no client credentials user enabled": "In the app's policies, name the user that it runs as.",
    "not supported on this domain": "Set SLI_SF_INSTANCE_URL to the org's My Domain.",
    "inactive user": "Activate the integration user.",
    "ip restricted": "Let this machine's address through in the app's policies or the user's profile.",
}
"""From Salesforce's own words, in lower case, to the mend."""


@dataclass(frozen=True)
class Token:
    """What a sign-in gives. `instance_url` has no slash at its end; both ids have 18 characters."""

    access: str = field(repr=False)
    instance_url: str
    org_id: str
    user_id: str


def fetch_token(session: requests.Session, settings: Settings, now: datetime) -> Token:
    """Ask the org for a token.

    Raises:
        SignInError: it refuses.
        Unreachable: it could not be asked, or its edge answered.
    """
    host, form = _grant(settings, now)
    with translated(_ABOUT):
        response = session.post(f"{host}/services/oauth2/token", data=form, auth=_without_token)
    answer = json_or_none(response)
    if isinstance(answer, dict) and "access_token" in answer:
        return _token(answer)
    if isinstance(answer, dict) and "error" in answer and response.status_code < 500:
        raise _refusal(answer, form)
    raise from_answer(response.status_code, answer, _ABOUT)


class TokenAuth(AuthBase):
    """Gives every request the token; on a 401 renews it once and sends the request once more.

    simple-salesforce's own sign-in would go on for ever (platform fact). Here, after three sign-ins with no
    answered request between them, nobody is asked for a quarter of an hour.
    """

    def __init__(self, fetch: Callable[[], Token], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._fruitless = 0
        self._last_try: datetime | None = None
        self._last_answer = ""
        self.token: Token | None = None

    def sign_in(self) -> Token:
        """A new token.

        Raises:
            SignInError: refused, or refused too often a short while ago.
            SalesforceError: as the org says; only `Unreachable` does not count as a try.
        """
        self.token = None
        self._respect_pause()
        try:
            self.token = self._fetch()
        except Unreachable:
            raise
        except SalesforceError as error:
            self._count(str(error))
            raise
        self._count("a token, which the org then refused.")
        return self.token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        token = self.token or self.sign_in()
        request.headers["Authorization"] = f"Bearer {token.access}"
        request.register_hook("response", self._renew_if_refused)  # type: ignore[no-untyped-call]
        return request

    def _renew_if_refused(self, response: Response, **options: Any) -> Response:
        if response.status_code == 401:
            response = self._resend(response, options)
        if response.ok:
            self._fruitless = 0
        return response

    def _resend(self, response: Response, options: dict[str, Any]) -> Response:
        response.close()
        token = self.sign_in()
        request = response.request.copy()
        request.headers["Authorization"] = f"Bearer {token.access}"
        again: Response = response.connection.send(request, **options)
        return again

    def _count(self, answer: str) -> None:
        self._last_answer = answer
        self._fruitless += 1
        self._last_try = self._clock.now()

    def _respect_pause(self) -> None:
        if self._last_try is None or self._fruitless < SIGN_INS_IN_A_ROW:
            return
        until = self._last_try + PAUSE
        if self._clock.now() < until:
            raise SignInError(
                f"{SIGN_INS_IN_A_ROW} sign-ins in a row were in vain; the next try is at {until:%H:%M} UTC.",
                hint=f"The last answer: {self._last_answer}",
            )
        self._fruitless = 0


def _grant(settings: Settings, now: datetime) -> tuple[str, dict[str, str]]:
    if settings.sf_auth == "client_credentials":
        return settings.sf_instance_url, {
            "grant_type": "client_credentials",
            "client_id": settings.sf_client_id,
            "client_secret": _secret(settings.sf_client_secret),
        }
    return settings.sf_login_url, {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": _assertion(settings, now),
    }


def _assertion(settings: Settings, now: datetime) -> str:
    claims = {
        "iss": settings.sf_client_id,
        "sub": settings.sf_username,
        "aud": settings.sf_login_url,
        "exp": int((now + ASSERTION_LIFE).timestamp()),
    }
    try:
        return jwt.encode(claims, _secret(settings.sf_private_key), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise SignInError(
            "SLI_SF_PRIVATE_KEY is not a PEM RSA private key.",
            hint="Line breaks belong to it: SLI_SF_PRIVATE_KEY_FILE, naming the file, is the easier way.",
        ) from None


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _without_token(request: PreparedRequest) -> PreparedRequest:
    return request


def _refusal(answer: Mapping[str, Any], form: Mapping[str, str]) -> SignInError:
    code = str(answer["error"])
    words = str(answer.get("error_description") or "no reason given")
    for name in ("client_id", "client_secret", "assertion"):
        if form.get(name):
            code, words = (text.replace(form[name], "***") for text in (code, words))
    mends = (mend for needle, mend in _MENDS.items() if needle in words.lower())
    message = f"{_ABOUT}: the org refuses: {words[:200].rstrip('.')} ({code[:50]})."
    return SignInError(message, code=code, hint=next(mends, _GENERAL_MEND))


def _token(answer: Mapping[str, Any]) -> Token:
    try:
        instance_url = str(answer["instance_url"]).rstrip("/")
        org_id, user_id = str(answer["id"]).rstrip("/").split("/")[-2:]
        token = Token(str(answer["access_token"]), instance_url, to18(org_id), to18(user_id))
    except (KeyError, ValueError):
        raise SignInError(
            f"{_ABOUT}: the answer names no instance, org or user.", hint=_GENERAL_MEND
        ) from None
    address = urlsplit(instance_url)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise SignInError(
            f"{_ABOUT}: the org is said to be at {instance_url}; a token travels by https only.",
            hint="Check SLI_SF_LOGIN_URL.",
        )
    return token
