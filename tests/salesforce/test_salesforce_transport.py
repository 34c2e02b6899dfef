"""The way to the org: over a real server on loopback, and through answers only the edge or a proxy gives."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from requests.adapters import BaseAdapter

from agent.errors import Gone, Rejected, Unreachable
from agent.salesforce.parts import part_query
from agent.salesforce.transport import ApiUsage, AppUsage, Transport, parse_http_date, parse_usage
from agent.sandbox.faults import Fault
from agent.sandbox.server import SandboxServer

TOKEN_URL = "https://login.salesforce.com/services/oauth2/token"
INSTANCE = "https://acme.my.salesforce.com"
DATA = f"{INSTANCE}/services/data/v65.0"
USERS = "SELECT Id FROM User"
DATED = {"Date": "Fri, 20 Nov 2026 17:00:30 GMT"}


@pytest.fixture
def edge(world: Any) -> Iterator[Any]:
    """A door to an org of which `responses` plays the answers; it has signed in."""
    with responses.RequestsMock() as mock:
        answer = {
            "access_token": "00D-very-secret-token",
            "instance_url": INSTANCE,
            "id": "https://login.salesforce.com/id/00DSX0000000001/005SX0000000001",
        }
        mock.post(TOKEN_URL, json=answer)
        world.mock = mock
        world.org = world.network_door(world.settings(sf_login_url="https://login.salesforce.com"))
        yield world


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_plain_http_on_loopback_reaches_a_real_server(world: Any, host: str) -> None:
    if host == "::1" and not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with SandboxServer(world.sandbox, world.clock.now, rng=random.Random(7), host=host) as server:
        org = world.network_door(world.settings(sf_login_url=server.base_url))
        assert org.query(USERS).total == 2
        assert org.instance_url == server.base_url
        world.sandbox.faults.add(Fault.expired_token())
        assert org.composite([part_query("users", USERS)]).page("users").total == 2


@pytest.mark.parametrize("fault", [Fault.dropped, Fault.truncated, Fault.unavailable_html])
def test_a_broken_answer_of_a_real_server_is_asked_for_again(world: Any, fault: Any) -> None:
    with SandboxServer(world.sandbox, world.clock.now, rng=random.Random(7)) as server:
        org = world.network_door(world.settings(sf_login_url=server.base_url))
        org.sign_in()
        world.sandbox.faults.add(fault(times=2))
        assert org.query(USERS).total == 2
        assert org.calls == 3


def test_a_server_that_is_not_there_is_unreachable(world: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(Unreachable, match=r"sign-in: 127\.0\.0\.1 cannot be reached"):
        world.network_door(world.settings(sf_login_url=address)).sign_in()
    assert len(world.waits) == 2


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with SandboxServer(world.sandbox, world.clock.now, rng=random.Random(7)) as server:
        assert world.network_door(world.settings(sf_login_url=server.base_url)).query(USERS).total == 2


def test_every_request_has_a_timeout_and_a_given_one_stays(world: Any) -> None:
    class Noting(BaseAdapter):
        def __init__(self) -> None:
            super().__init__()
            self.timeouts: list[Any] = []

        def send(self, request: Any, **options: Any) -> requests.Response:  # type: ignore[override]
            self.timeouts.append(options["timeout"])
            return requests.Response()

    inner = Noting()
    transport = Transport(world.clock, inner)
    request = requests.Request("GET", "https://acme.test/").prepare()
    transport.send(request)
    transport.send(request, timeout=3)
    assert inner.timeouts == [(10, 60), 3]


@pytest.mark.parametrize(
    "body", ["{", '{"records": [', "", "<html>x</html>", "null", "7", "[]", "{}", '{"done": true}']
)
@pytest.mark.parametrize("kind", ["query", "composite", "create", "get"])
def test_an_answer_that_makes_no_sense_is_unreachable_and_nothing_else(
    edge: Any, body: str, kind: str
) -> None:
    edge.mock.add(responses.GET, f"{DATA}/query/", body=body)
    edge.mock.add(responses.GET, f"{DATA}/limits", body=body)
    edge.mock.add(responses.POST, f"{DATA}/composite", body=body, headers=DATED)
    edge.mock.add(responses.POST, f"{DATA}/composite/sobjects", body=body)
    edge.mock.assert_all_requests_are_fired = False
    ask = {
        "query": lambda: edge.org.query(USERS),
        "composite": lambda: edge.org.composite([part_query("users", USERS)]),
        "create": lambda: edge.org.create("X__c", [{"Name": "x"}]),
        "get": edge.org.limits,
    }[kind]
    if kind == "get" and body == '{"done": true}':
        assert ask() == {"done": True}
        return
    with pytest.raises(Unreachable):
        ask()


def test_a_part_that_is_missing_from_the_answer_is_unreachable_by_itself(edge: Any) -> None:
    page = {"records": [], "done": True, "totalSize": 0}
    parts = [
        {"referenceId": "b", "httpStatusCode": 200, "body": page},
        {"referenceId": "c", "httpStatusCode": 200, "body": {"unexpected": 1}},
    ]
    edge.mock.post(f"{DATA}/composite", json={"compositeResponse": parts}, headers=DATED)
    answers = edge.org.composite([part_query(name, USERS) for name in "abc"])
    assert answers.page("b").done
    assert isinstance(answers["a"], Unreachable)
    assert isinstance(answers["c"], Unreachable)


def test_answers_in_another_order_go_to_their_own_parts(edge: Any) -> None:
    parts = [
        {
            "referenceId": name,
            "httpStatusCode": 200,
            "body": {"records": [], "done": True, "totalSize": total},
        }
        for name, total in (("b", 2), ("a", 1))
    ]
    edge.mock.post(f"{DATA}/composite", json={"compositeResponse": parts}, headers=DATED)
    answers = edge.org.composite([part_query("a", USERS), part_query("b", USERS)])
    assert [answers.page(name).total for name in "ab"] == [1, 2]


def test_fewer_results_than_rows_are_not_guessed_at(edge: Any) -> None:
    edge.mock.post(f"{DATA}/composite/sobjects", json=[{"id": "a01", "success": True, "errors": []}])
    with pytest.raises(Unreachable, match="unexpected shape"):
        edge.org.create("X__c", [{"Name": "1"}, {"Name": "2"}])


def test_an_answer_without_a_date_cannot_vouch_for_a_time(edge: Any) -> None:
    page = {
        "referenceId": "users",
        "httpStatusCode": 200,
        "body": {"records": [], "done": True, "totalSize": 0},
    }
    edge.mock.post(f"{DATA}/composite", json={"compositeResponse": [page]})
    with pytest.raises(Unreachable, match="no Date header"):
        edge.org.composite([part_query("users", USERS)])


def test_the_token_does_not_follow_to_another_host(edge: Any) -> None:
    edge.mock.get(f"{DATA}/limits", status=302, headers={"Location": "https://elsewhere.test/"})
    with pytest.raises(Unreachable, match=r"acme\.my\.salesforce\.com sends us elsewhere"):
        edge.org.limits()
    assert {call.request.url for call in edge.mock.calls} == {TOKEN_URL, f"{DATA}/limits"}


def test_an_address_too_long_for_the_edge_is_not_sent_again(edge: Any) -> None:
    edge.mock.get(f"{DATA}/query/", status=431, body="<h1>Bad Message 431</h1>")
    with pytest.raises(Rejected, match="431"):
        edge.org.query(USERS)
    assert edge.org.calls == 1


@pytest.mark.parametrize(
    "failure",
    [
        requests.ConnectTimeout("very-secret"),
        requests.ReadTimeout("very-secret"),
        requests.ConnectionError("very-secret"),
        requests.exceptions.SSLError("very-secret"),
        requests.exceptions.ContentDecodingError("very-secret"),
        requests.exceptions.InvalidURL("very-secret"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_what_the_network_says_is_told_without_addresses_and_secrets(edge: Any, failure: Exception) -> None:
    edge.mock.get(f"{DATA}/query/", body=failure)
    with pytest.raises(Unreachable) as caught:
        edge.org.query("SELECT Id FROM X__c WHERE Name = 'John Smith'")
    assert "very-secret" not in str(caught.value)
    assert "Smith" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_salesforces_own_exceptions_do_not_come_through(edge: Any, status: int) -> None:
    problem = [{"errorCode": "NOT_FOUND", "message": "John Smith"}]
    edge.mock.get(f"{DATA}/limits", status=status, json=problem)
    with pytest.raises(Gone) as caught:
        edge.org.limits()
    assert "Smith" not in str(caught.value)


def test_both_forms_of_the_limit_header_are_read() -> None:
    assert parse_usage("api-usage=18/5000") == ApiUsage(18, 5_000)
    both = "api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)"
    assert parse_usage(both) == ApiUsage(25, 5_000, AppUsage("sample-connected-app", 17, 250))
    assert parse_usage("per-app-api-usage=17/250(appName=x)") is None
    assert parse_usage("") is None


def test_an_answer_without_the_limit_header_leaves_the_last_figure(edge: Any) -> None:
    edge.mock.get(f"{DATA}/limits", json={"a": 1}, headers={"Sforce-Limit-Info": "api-usage=18/5000"})
    edge.org.limits()
    edge.mock.replace(responses.GET, f"{DATA}/limits", json={"a": 1})
    edge.org.limits()
    assert edge.org.limit == ApiUsage(18, 5_000)


def test_a_date_is_read_in_utc_and_nonsense_is_no_date() -> None:
    assert parse_http_date("Fri, 20 Nov 2026 17:00:30 GMT") == datetime(2026, 11, 20, 17, 0, 30, tzinfo=UTC)
    assert parse_http_date("yesterday") is None
    assert parse_http_date("") is None


def test_a_clock_set_back_during_a_call_does_not_move_the_server_time_forward(edge: Any) -> None:
    def back(request: Any) -> tuple[int, dict[str, str], str]:
        edge.clock.advance(timedelta(hours=-1))
        return 200, DATED, '{"a": 1}'

    edge.mock.add_callback(responses.GET, f"{DATA}/limits", callback=back)
    edge.org.limits()
    assert edge.org.server_time == datetime(2026, 11, 20, 17, 0, 30, tzinfo=UTC)


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
