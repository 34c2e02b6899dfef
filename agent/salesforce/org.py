"""The door to the org: every question and every write passes here, and fails only as `agent.errors` say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote_plus

import orjson
import requests
from requests.adapters import BaseAdapter
from simple_salesforce.api import Salesforce

from agent.errors import Gone, Rejected, SalesforceError, Unreachable
from agent.ports import Clock, Random
from agent.salesforce.auth import Token, TokenAuth, fetch_token
from agent.salesforce.errors import (
    from_answer,
    hidden_object,
    json_or_none,
    translated,
    understood,
    unreadable,
)
from agent.salesforce.parts import (
    Answers,
    Page,
    Part,
    Payload,
    Record,
    RowResult,
    check_parts,
    collection,
    part_query,
    read_page,
    read_rows,
)
from agent.salesforce.patience import Patience
from agent.salesforce.transport import ApiUsage, Transport
from agent.settings import Settings

MOST_ROWS = 200
"""What one collection takes (platform fact)."""
LONGEST_QUERY_IN_A_URL = 12_000
"""Characters, encoded. A URL over 16 KB is refused; a longer query travels in a composite call."""

_T = TypeVar("_T")


class Org:
    """One Salesforce org, signed in to when first needed.

    Reads are asked up to three times, a second or two apart; writes go out once, for a lost answer does not
    tell whether they were done.

    Args:
        settings: where the org is and how to sign in.
        clock: for the sign-in, and to measure how long an answer took.
        transport: what carries the requests, instead of the network.
        stop: True once the agent is to end: then nothing is asked again.
        wait: waits so many seconds, or less when the agent is to end. The default does not wait.
        rng: spreads the waits, so that agents do not return in step.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        transport: BaseAdapter | None = None,
        stop: Callable[[], bool] = lambda: False,
        wait: Callable[[float], None] = lambda _seconds: None,
        rng: Random | None = None,
    ) -> None:
        self._version = settings.sf_api_version
        self._patiently = Patience(stop, wait, rng)
        self._transport = Transport(clock, transport)
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._transport)
        self._auth = TokenAuth(lambda: fetch_token(self._session, settings, clock.now()), clock)
        self._session.auth = self._auth
        # An answer that leads to another host would take the token along.
        self._session.max_redirects = 0

    @property
    def calls(self) -> int:
        """Calls of the data API so far; a composite is one."""
        return self._transport.calls

    @property
    def limit(self) -> ApiUsage | None:
        """The org's API usage as the last answer told it."""
        return self._transport.limit

    @property
    def server_time(self) -> datetime | None:
        """The org's clock at the last request, in whole seconds; None before the first."""
        return self._transport.server_time

    @property
    def instance_url(self) -> str:
        """The org's address, without a slash at its end. Signs in if need be, as do the two below."""
        return self._token().instance_url

    @property
    def org_id(self) -> str:
        """18 characters."""
        return self._token().org_id

    @property
    def user_id(self) -> str:
        """The integration user's, 18 characters."""
        return self._token().user_id

    def sign_in(self) -> None:
        """Sign in, unless that is done already.

        Raises:
            SignInError: a person must mend it.
            Unreachable: after three attempts.
        """
        self._token()

    def query(self, soql: str, *, include_deleted: bool = False) -> Page:
        """The first page of a query; `include_deleted` reads the recycle bin too (queryAll)."""
        if len(quote_plus(soql)) > LONGEST_QUERY_IN_A_URL:
            return self.composite([part_query("query", soql, include_deleted)]).page("query")
        payload = self._read("query", lambda org: org.query(soql, include_deleted=include_deleted))
        return understood("query", read_page, payload)

    def composite(self, parts: Sequence[Part]) -> Answers:
        """Many requests for one API call, each answering on its own.

        Raises:
            Rejected: too many parts, or names that are not plain and different.
            SalesforceError: the call as a whole failed.
        """
        check_parts(parts)
        requested = [self._subrequest(part) for part in parts]
        body = orjson.dumps({"allOrNone": False, "compositeRequest": requested})
        send = self._read if all(part.method == "GET" for part in parts) else self._write
        payload = send("composite", lambda org: org.restful("composite", method="POST", data=body))
        if self.server_time is None:
            raise Unreachable("composite: the answer has no Date header. Does a proxy in between drop it?")
        return Answers(self.server_time, understood("composite", lambda got: _by_name(parts, got), payload))

    def create(self, object: str, records: Sequence[Record]) -> list[RowResult]:
        """Create up to 200 records, each on its own. Never sent twice: an `Unreachable` leaves it open."""
        return self._save("POST", "composite/sobjects", object, records)

    def update(self, object: str, records: Sequence[Record]) -> list[RowResult]:
        """Set fields of up to 200 records, named by their `Id`, each on its own. Never sent twice."""
        return self._save("PATCH", "composite/sobjects", object, records)

    def upsert(self, object: str, key: str, records: Sequence[Record]) -> list[RowResult]:
        """Set fields of up to 200 records, each named by its external id in the field `key`, or create them.

        A lookup may name its parent by external id as well: `"Parent__r": {"Key__c": "..."}`. Each row stands on
        its own, a key that comes twice fails. Never sent twice; sending the same again does no harm.
        """
        return self._save("PATCH", f"composite/sobjects/{object}/{key}", object, records)

    def describe(self, object: str) -> dict[str, Any]:
        """The object's describe.

        Raises:
            Forbidden: the object is missing, or hidden from the integration user.
        """
        try:
            return self.get(f"sobjects/{object}/describe")
        except Gone as error:
            raise hidden_object(object, error.code) from None

    def describe_global(self) -> dict[str, Any]:
        """All objects this user sees, under `sobjects`."""
        return self.get("sobjects")

    def limits(self) -> dict[str, Any]:
        """The org's limits by name, each with `Max` and `Remaining`."""
        return self.get("limits")

    def get(self, path: str) -> dict[str, Any]:
        """A resource by its path below `/services/data/vXX.0/`."""
        payload = self._read(path, lambda org: org.restful(path))
        if not isinstance(payload, dict):
            raise unreadable(path)
        return payload

    def request(
        self,
        method: str,
        path: str,
        about: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        """A resource that simple-salesforce does not reach; its path as in `get`, its answer as it came.

        A GET is asked up to three times, anything else once.
        """
        ask = self._patiently if method == "GET" else _once
        self._token()
        return ask(lambda: self._request(method, path, about, params, body))

    def close(self) -> None:
        """Close the connections. The token is left to run out."""
        self._session.close()

    def _save(self, method: str, path: str, object: str, records: Sequence[Record]) -> list[RowResult]:
        about = f"{method} {object}"
        if not records:
            return []
        if len(records) > MOST_ROWS:
            raise Rejected(f"{about}: Salesforce takes {MOST_ROWS} records in a call, not {len(records)}.")
        body = orjson.dumps(collection(object, records))
        payload = self._write(about, lambda org: org.restful(path, method=method, data=body))
        return understood(about, lambda got: read_rows(object, records, got), payload)

    def _token(self) -> Token:
        return self._auth.token or self._patiently(self._auth.sign_in)

    def _read(self, about: str, ask: Callable[[Salesforce], Any]) -> Any:
        return self._patiently(lambda: self._ask(about, ask))

    def _write(self, about: str, ask: Callable[[Salesforce], Any]) -> Any:
        # Signing in may be tried again; what follows may not.
        self._token()
        return self._ask(about, ask)

    def _ask(self, about: str, ask: Callable[[Salesforce], Any]) -> Any:
        token = self._auth.token or self._auth.sign_in()
        # The session id is only a formality here: TokenAuth writes the header of each request.
        org = Salesforce(
            session_id="by TokenAuth",
            instance_url=self._transport.reach(token.instance_url),
            version=self._version,
            session=self._session,
            object_pairs_hook=None,  # Plain dicts; without a hook they are made in a third of the time.
        )
        with translated(about):
            return ask(org)

    def _request(
        self,
        method: str,
        path: str,
        about: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> requests.Response:
        token = self._auth.token or self._auth.sign_in()
        url = f"{token.instance_url}/services/data/v{self._version}/{path}"
        headers = {"Content-Type": "application/json"} if body is not None else {}
        data = None if body is None else orjson.dumps(body)
        with translated(about):
            response = self._session.request(method, url, params=params, data=data, headers=headers)
        if not response.ok:
            raise from_answer(response.status_code, json_or_none(response), about)
        return response

    def _subrequest(self, part: Part) -> dict[str, Any]:
        request = {
            "referenceId": part.name,
            "method": part.method,
            "url": f"/services/data/v{self._version}/{part.path}",
        }
        return request if part.body is None else {**request, "body": part.body}


def _by_name(parts: Sequence[Part], payload: Any) -> Mapping[str, Payload | SalesforceError]:
    answers = {answer["referenceId"]: answer for answer in payload["compositeResponse"]}
    return {part.name: part.answer(answers.get(part.name)) for part in parts}


def _once(ask: Callable[[], _T]) -> _T:
    return ask()
