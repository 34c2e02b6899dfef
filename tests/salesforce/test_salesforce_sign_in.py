"""Signing in: taken by the sandbox, refused with a mend, never in a storm, never telling a secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import responses

from agent.clock import SetClock
from agent.errors import SalesforceError, SignInError, Unreachable
from agent.sandbox.faults import Fault
from agent.sandbox.org import ORG_ID

TOKEN_URL = "https://login.salesforce.com/services/oauth2/token"
DATA = "https://acme.my.salesforce.com/services/data/v65.0"
TOKEN = {
    "access_token": "00D-very-secret-token",
    "instance_url": "https://acme.my.salesforce.com",
    "id": "https://login.salesforce.com/id/00DSX0000000001/005SX0000000001",
    "token_type": "Bearer",
}
LOGIN = {"sf_login_url": "https://login.salesforce.com"}
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def sign_ins(mock: responses.RequestsMock) -> int:
    return sum(call.request.url == TOKEN_URL for call in mock.calls)


def test_the_org_takes_the_signed_assertion_and_says_who_and_where_we_are(world: Any) -> None:
    org = world.door()
    org.sign_in()
    assert (org.user_id, org.org_id, org.instance_url) == (world.agent, ORG_ID, "https://sandbox.test")
    assert org.calls == 0


def test_client_credentials_sign_in_at_the_my_domain(world: Any) -> None:
    changes = {
        "sf_auth": "client_credentials",
        "sf_instance_url": "https://sandbox.test",
        "sf_client_secret": "consumer-secret",
    }
    org = world.door(settings=world.settings(**changes))
    assert org.user_id == world.agent


def test_the_first_question_signs_in_by_itself_and_the_second_not_again(world: Any) -> None:
    org = world.door()
    org.query("SELECT Id FROM User")
    world.sandbox.sessions.apps.clear()
    org.query("SELECT Id FROM User")
    assert org.calls == 2


def test_a_clock_far_behind_is_named_as_the_mend(world: Any) -> None:
    org = world.door(clock=SetClock(world.clock.now() - timedelta(hours=1)))
    with pytest.raises(SignInError, match=r"expired \(invalid_grant\)\. .*set this machine's clock right"):
        org.sign_in()


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({"sf_username": "colleague@example.com"}, "pre-authorise"),
        ({"sf_client_id": "someone-else"}, "SLI_SF_CLIENT_ID"),
        (
            {
                "sf_auth": "client_credentials",
                "sf_instance_url": "https://sandbox.test",
                "sf_client_secret": "mistaken-secret",
            },
            "SLI_SF_CLIENT_SECRET",
        ),
    ],
)
def test_a_refused_sign_in_says_how_to_mend_it(world: Any, changes: dict[str, str], mend: str) -> None:
    org = world.door(settings=world.settings(**changes))
    with pytest.raises(SignInError, match=mend) as caught:
        org.sign_in()
    assert "mistaken-secret" not in str(caught.value)


def test_a_private_key_that_is_none_is_named_without_being_shown(world: Any) -> None:
    org = world.door(settings=world.settings(sf_private_key="-----BEGIN NONSENSE-----"))
    with pytest.raises(SignInError, match="SLI_SF_PRIVATE_KEY is not a PEM") as caught:
        org.sign_in()
    assert "NONSENSE" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ("user hasn't approved this consumer", "pre-authorise"),
        ("audience is invalid", "SLI_SF_LOGIN_URL"),
        ("invalid assertion", "certificate"),
        ("request not supported on this domain", "My Domain"),
        ("inactive user", "Activate"),
        ("something new", "SLI_SF_ settings"),
    ],
)
@responses.activate
def test_each_refusal_of_salesforce_has_its_mend(world: Any, words: str, mend: str) -> None:
    responses.post(TOKEN_URL, status=400, json={"error": "invalid_grant", "error_description": words})
    with pytest.raises(SignInError, match=f"the org refuses: {words}") as caught:
        world.network_door(world.settings(**LOGIN)).sign_in()
    assert mend in caught.value.hint
    assert caught.value.code == "invalid_grant"


@responses.activate
def test_secrets_stay_out_of_messages_and_representations(world: Any) -> None:
    def echo(request: Any) -> tuple[int, dict[str, str], str]:
        said = request.body.decode() if isinstance(request.body, bytes) else request.body
        assertion = said.split("assertion=")[1]
        return 400, {}, f'{{"error": "invalid_grant", "error_description": "bad: {assertion}"}}'

    responses.add_callback(responses.POST, TOKEN_URL, callback=echo)
    org = world.network_door(world.settings(**LOGIN))
    with pytest.raises(SignInError, match=r"bad: \*\*\*") as caught:
        org.sign_in()
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    responses.replace(responses.POST, TOKEN_URL, json=TOKEN)
    org.sign_in()
    assert "secret" not in repr(vars(org)) + repr(org._auth.token)


@responses.activate
def test_a_token_refused_twice_is_an_error_after_one_renewal(world: Any) -> None:
    responses.post(TOKEN_URL, json=TOKEN)
    responses.get(f"{DATA}/limits", status=401, json=EXPIRED)
    with pytest.raises(SignInError, match="INVALID_SESSION_ID") as caught:
        world.network_door(world.settings(**LOGIN)).limits()
    assert sign_ins(responses.mock) == 2
    assert len(responses.calls) == 4
    assert "very-secret" not in str(caught.value)


@responses.activate
def test_a_page_of_html_with_401_is_a_refused_token_too(world: Any) -> None:
    responses.post(TOKEN_URL, json=TOKEN)
    responses.get(f"{DATA}/limits", status=401, body="<html>no</html>", content_type="text/html")
    with pytest.raises(SignInError, match="401"):
        world.network_door(world.settings(**LOGIN)).limits()


@responses.activate
def test_tokens_that_nobody_takes_cannot_make_a_storm(world: Any) -> None:
    responses.post(TOKEN_URL, json=TOKEN)
    responses.get(f"{DATA}/limits", status=401, json=EXPIRED)
    org = world.network_door(world.settings(**LOGIN))
    for _ in range(50):
        with pytest.raises(SignInError):
            org.limits()
    assert sign_ins(responses.mock) == 3
    asked = len(responses.calls)
    with pytest.raises(
        SignInError, match=r"3 sign-ins in a row were in vain; the next try is at 17:15 UTC\. .*then refused"
    ):
        org.limits()
    assert len(responses.calls) == asked


@responses.activate
def test_refused_credentials_are_not_offered_again_for_a_quarter_of_an_hour(world: Any) -> None:
    refusal = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
    responses.post(TOKEN_URL, status=400, json=refusal)
    org = world.network_door(world.settings(**LOGIN))
    for _ in range(10):
        with pytest.raises(SignInError, match="hasn't approved this consumer"):
            org.sign_in()
    assert sign_ins(responses.mock) == 3
    world.clock.advance(timedelta(minutes=15))
    responses.replace(responses.POST, TOKEN_URL, json=TOKEN)
    org.sign_in()
    assert sign_ins(responses.mock) == 4


@responses.activate
def test_a_login_host_that_is_away_is_asked_again_at_once_when_it_is_back(world: Any) -> None:
    responses.post(TOKEN_URL, status=503, body="<html>maintenance</html>")
    org = world.network_door(world.settings(**LOGIN))
    for _ in range(4):
        with pytest.raises(Unreachable, match=r"sign-in: not the org .* \(503\)"):
            org.sign_in()
    responses.replace(responses.POST, TOKEN_URL, json=TOKEN)
    org.sign_in()


def test_an_expired_token_is_renewed_and_the_question_answered(world: Any) -> None:
    org = world.door()
    for _ in range(10):
        world.sandbox.faults.add(Fault.expired_token())
        assert org.query("SELECT Id FROM User").total == 2
    assert org.calls == 20


def test_a_write_refused_with_401_is_written_once_after_the_renewal(world: Any) -> None:
    org = world.door()
    org.sign_in()
    world.sandbox.faults.add(Fault.expired_token())
    results = org.create("SLI_Agent_Notice__c", [{"Name": "N-1", "Key__c": "k1"}])
    assert [result.success for result in results] == [True]
    assert org.query("SELECT COUNT() FROM SLI_Agent_Notice__c").total == 1


@pytest.mark.parametrize(
    "answer",
    [
        {**TOKEN, "instance_url": "http://acme.my.salesforce.com"},
        {**TOKEN, "id": "nonsense"},
        {"access_token": "00D-very-secret-token"},
    ],
)
@responses.activate
def test_a_token_without_a_safe_and_known_place_is_refused(world: Any, answer: dict[str, str]) -> None:
    responses.post(TOKEN_URL, json=answer)
    with pytest.raises(SignInError) as caught:
        world.network_door(world.settings(**LOGIN)).sign_in()
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("body", ["<html>welcome</html>", "[]", "7", '{"x": 1}', '["access_token"]'])
@responses.activate
def test_an_answer_that_is_no_token_is_not_taken_for_one(world: Any, body: str) -> None:
    responses.post(TOKEN_URL, body=body)
    with pytest.raises(SalesforceError):
        world.network_door(world.settings(**LOGIN)).sign_in()
