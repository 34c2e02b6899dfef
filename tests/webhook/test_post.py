"""Posting to a chat: what its answers mean, and that its URL is told to nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from agent.model import Channel
from agent.ports import MailVerdict
from agent.webhook.post import Webhook
from tests.webhook.chat_server import HANG_UP, SECRET_PATH, SILENCE, Answer, ChatServer

PATIENCE = 10.0
PAYLOAD = b'{"text": "hello"}'
ACCEPTED, REFUSED = MailVerdict.ACCEPTED, MailVerdict.REFUSED
DEFERRED, UNKNOWN = MailVerdict.DEFERRED, MailVerdict.UNKNOWN


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def door(chat: ChatServer) -> Iterator[Webhook]:
    opened = Webhook(Channel.SLACK, chat.url, timeout=(PATIENCE, PATIENCE))
    yield opened
    opened.close()


def test_a_post_arrives_as_it_is_over_a_connection_that_is_kept(chat: ChatServer, door: Webhook) -> None:
    replies = [door.post(PAYLOAD) for _ in range(3)]
    assert [(reply.verdict, reply.text) for reply in replies] == [(ACCEPTED, "200 ok")] * 3
    assert chat.posts == [{"text": "hello"}] * 3
    assert set(chat.content_types) == {"application/json; charset=utf-8"}
    assert chat.connections == 1


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(200, "ok"), ACCEPTED),
        (Answer(200, "<html>Please sign in to the network</html>"), UNKNOWN),
        (Answer(302, "", (("Location", "http://127.0.0.1:1/"),)), REFUSED),
        (Answer(400, "invalid_payload"), REFUSED),
        (Answer(403, "action_prohibited"), REFUSED),
        (Answer(404, "channel_not_found"), REFUSED),
        (Answer(410, "channel_is_archived"), REFUSED),
        (Answer(408, ""), DEFERRED),
        (Answer(429, "rate_limited"), DEFERRED),
        (Answer(500, "rollup_error"), DEFERRED),
        (Answer(503, "<html>busy</html>"), DEFERRED),
    ],
)
def test_an_answer_says_what_became_of_the_post(
    chat: ChatServer, door: Webhook, answer: Answer, verdict: MailVerdict
) -> None:
    chat.answer = answer
    reply = door.post(PAYLOAD)
    assert reply.verdict is verdict
    assert reply.text.startswith(str(answer.code))
    assert len(chat.posts) == 1


@pytest.mark.parametrize("code", [200, 202])
def test_a_teams_workflow_says_yes_without_a_word(chat: ChatServer, code: int) -> None:
    chat.answer = Answer(code, "")
    door = Webhook(Channel.TEAMS, chat.url, timeout=(PATIENCE, PATIENCE))
    reply = door.post(PAYLOAD)
    door.close()
    assert reply.verdict is ACCEPTED


@pytest.mark.parametrize(("said", "seconds"), [("30", 30), ("99999", 3600), ("Wed, 21 Oct", 0), ("-5", 0)])
def test_a_chat_that_is_flooded_says_how_long_it_wants_quiet(
    chat: ChatServer, door: Webhook, said: str, seconds: int
) -> None:
    chat.answer = Answer(429, "", (("Retry-After", said),))
    assert door.post(PAYLOAD).wait_seconds == seconds


@pytest.mark.parametrize("what", [HANG_UP, SILENCE])
def test_a_connection_that_breaks_after_the_post_leaves_its_outcome_open(chat: ChatServer, what: str) -> None:
    chat.answer = Answer(body=what)
    door = Webhook(Channel.SLACK, chat.url, timeout=(PATIENCE, 0.2 if what == SILENCE else PATIENCE))
    reply = door.post(PAYLOAD)
    door.close()
    assert reply.verdict is UNKNOWN


def test_a_chat_nobody_answers_for_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    door = Webhook(Channel.SLACK, f"http://127.0.0.1:{port}{SECRET_PATH}")
    reply = door.post(PAYLOAD)
    door.close()
    assert (reply.verdict, reply.text) == (DEFERRED, "Slack cannot be reached (ConnectionError)")


def test_a_chat_that_does_not_speak_tls_is_tried_again_later(chat: ChatServer) -> None:
    door = Webhook(Channel.TEAMS, chat.url.replace("http://", "https://"), timeout=(PATIENCE, PATIENCE))
    reply = door.post(PAYLOAD)
    door.close()
    assert (reply.verdict, reply.text) == (DEFERRED, "Teams cannot be reached (SSLError)")
    assert chat.posts == []


@pytest.mark.parametrize("answer", [Answer(400, "no"), Answer(body=HANG_UP)])
def test_no_reply_holds_the_url(chat: ChatServer, door: Webhook, answer: Answer) -> None:
    said = f"cannot use {chat.url}, nor {SECRET_PATH}" if answer.code == 400 else answer.body
    chat.answer = answer._replace(body=said)
    text = door.post(PAYLOAD).text
    assert text
    assert "s3cret" not in text


def test_a_long_answer_is_cut_short(chat: ChatServer, door: Webhook) -> None:
    chat.answer = Answer(400, "no\n" * 10_000)
    text = door.post(PAYLOAD).text
    assert text.startswith("400 no no")
    assert len(text) < 250
