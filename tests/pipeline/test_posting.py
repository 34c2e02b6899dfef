"""Posts to a team's chats: rows of the same outbox as the mails, and never a reason to call somebody told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from agent.cli import main
from agent.loop import Agent
from agent.sandbox.world import ADMIN
from agent.store import Store
from tests.company import Company
from tests.webhook.chat_server import HANG_UP, Answer, ChatServer

POSTED = ("[alerts.plan_24h]\n", "[alerts.plan_24h]\nwebhook = true\n")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def slack() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def chatting(company: Company, slack: ChatServer) -> Company:
    """The company, with the 24-hour alerts posted to Slack."""
    company.remap(POSTED)
    company.environ["SLI_SLACK_WEBHOOK_URL"] = slack.url
    return company


def rows(store: Store, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in store.rows(sql)]


def posts(store: Store) -> list[dict[str, Any]]:
    return rows(store, "SELECT * FROM message WHERE channel = 'slack' ORDER BY created_at, id")


def states(store: Store) -> set[str]:
    return {post["state"] for post in posts(store)}


def pass_after(agent: Agent, company: Company, span: timedelta = MINUTE) -> None:
    company.later(span)
    agent.run_pass(company.clock)


def late_numbers(agent: Agent) -> set[str]:
    """Record numbers of the SLIs whose people got the 24-hour alert."""
    found = rows(
        agent.work.store,
        "SELECT i.number FROM notice n JOIN intervention i ON i.id = n.intervention_id"
        " WHERE n.rule = 'plan_24h' AND n.state = 'told'",
    )
    return {row["number"] for row in found}


def test_what_the_mapping_posts_is_posted_once_and_nothing_else(chatting: Company, slack: ChatServer) -> None:
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
        pass_after(agent, chatting, timedelta(hours=2))

        said = "\n".join(post["text"] for post in slack.posts)
        numbers = late_numbers(agent)
        assert numbers
        assert all(said.count(f"{number}, ") == 1 for number in numbers)
        assert said.count("No plan after 24 hours") == len(numbers)
        assert said.count("SLI-") == len(numbers)
        assert states(agent.work.store) == {"sent"}


def test_no_post_names_a_client_and_no_row_holds_the_url(chatting: Company, slack: ChatServer) -> None:
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
        said = json.dumps([slack.posts, rows(agent.work.store, "SELECT text, data FROM log")])
        said += json.dumps([{**post, "body": None} for post in posts(agent.work.store)])
        said += json.dumps(chatting.rows("SLI_Agent_Notice__c"), default=str)
    clients = {row["Name"] for row in chatting.rows("Client__c")}
    assert [name for name in clients if name in json.dumps(slack.posts)] == []
    assert "s3cret" not in said


def test_without_a_url_nothing_is_posted(company: Company, slack: ChatServer) -> None:
    company.remap(POSTED)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        assert posts(agent.work.store) == []
    assert slack.posts == []


def test_a_chat_that_is_away_delays_no_mail_and_hears_it_later(chatting: Company, slack: ChatServer) -> None:
    slack.answer = Answer(503, "busy")
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
        assert (
            rows(agent.work.store, "SELECT 1 FROM message WHERE channel = 'mail' AND state != 'sent'") == []
        )
        assert states(agent.work.store) == {"queued"}
        assert "503 busy" in {post["reply"] for post in posts(agent.work.store)}

        slack.answer = Answer()
        pass_after(agent, chatting, timedelta(minutes=20))
        assert states(agent.work.store) == {"sent"}
        assert late_numbers(agent)


def test_a_chat_that_asks_for_quiet_is_left_alone_so_long(chatting: Company, slack: ChatServer) -> None:
    slack.answer = Answer(429, "rate_limited", (("Retry-After", "1500"),))
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
        slack.answer = Answer()
        pass_after(agent, chatting, timedelta(minutes=20))
        assert len(slack.posts) == 1
        pass_after(agent, chatting, timedelta(minutes=6))
        assert states(agent.work.store) == {"sent"}


def test_a_refused_post_is_a_dead_letter_and_the_people_count_as_told(
    chatting: Company, slack: ChatServer
) -> None:
    slack.answer = Answer(404, "no_service")
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
        dead = {(post["state"], post["reply"], post["attempts"]) for post in posts(agent.work.store)}
        assert dead == {("dead", "404 no_service", 1)}
        assert late_numbers(agent)
    shown = CliRunner().invoke(main, ["outbox", "list", "--state-dir", str(chatting.root / "one")]).output
    assert "Slack" in shown
    assert "404 no_service" in shown


def test_a_post_alone_tells_nobody(chatting: Company, slack: ChatServer) -> None:
    for user in chatting.rows("User"):
        chatting.sink.refuse(user.get("Email") or ADMIN)
    chatting.sink.refuse(ADMIN)
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
        notices = rows(agent.work.store, "SELECT DISTINCT state FROM notice WHERE rule = 'plan_24h'")
        assert notices == [{"state": "dead"}]
        assert states(agent.work.store) == {"sent"}


def test_a_post_without_a_clear_answer_is_repeated_once_byte_for_byte(
    chatting: Company, slack: ChatServer
) -> None:
    slack.answer = Answer(body=HANG_UP)
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
        for _ in range(3):
            pass_after(agent, chatting, 2 * MINUTE)
        assert states(agent.work.store) == {"uncertain"}
    assert set(Counter(json.dumps(post) for post in slack.posts).values()) == {2}


def test_a_chat_that_is_not_set_any_more_is_a_dead_letter_that_says_so(
    chatting: Company, slack: ChatServer
) -> None:
    slack.answer = Answer(503, "busy")
    with chatting.agent() as agent:
        agent.run_pass(chatting.clock)
    del chatting.environ["SLI_SLACK_WEBHOOK_URL"]
    with chatting.agent() as agent:
        pass_after(agent, chatting, timedelta(minutes=20))
        dead = {(post["state"], post["reply"]) for post in posts(agent.work.store)}
        assert dead == {("dead", "SLI_SLACK_WEBHOOK_URL is not set any more")}


def test_teams_gets_a_card_of_the_same(company: Company) -> None:
    company.remap(POSTED)
    with ChatServer() as teams:
        teams.answer = Answer(202, "")
        company.environ["SLI_TEAMS_WEBHOOK_URL"] = teams.url
        with company.agent() as agent:
            agent.run_pass(company.clock)
            [attachment] = teams.posts[0]["attachments"]
            assert "No plan after 24 hours" in json.dumps(attachment["content"])
            sent = rows(agent.work.store, "SELECT state FROM message WHERE channel = 'teams'")
            assert sent == [{"state": "sent"}] * len(teams.posts)
