"""Whether what is posted has a chat, and a chat has something to be posted."""

from __future__ import annotations

import pytest

from agent.org.check import CheckLine
from tests.org.checked_org import CheckedOrg

SECRET = "https://hooks.example.com/services/s3cret"


def lines(org: CheckedOrg, **settings: str) -> list[CheckLine]:
    return [line for line in org.check(**settings) if line.area == "webhooks"]


@pytest.fixture
def posting(org: CheckedOrg) -> CheckedOrg:
    org.edit_mapping("rules.toml", "[alerts.plan_24h]\n", "[alerts.plan_24h]\nwebhook = true\n")
    return org


def test_kinds_that_are_posted_without_a_chat_are_named(posting: CheckedOrg) -> None:
    [line] = lines(posting)
    assert line.verdict == "warning"
    assert "rules.toml: plan_24h: webhook = true" in line.text
    assert "SLI_SLACK_WEBHOOK_URL" in line.text


def test_a_chat_that_nothing_is_posted_to_is_named(org: CheckedOrg) -> None:
    [line] = lines(org, teams_webhook_url=SECRET)
    assert (line.verdict, "Teams" in line.text) == ("warning", True)


def test_what_is_posted_where_is_told_without_the_url(posting: CheckedOrg) -> None:
    [line] = lines(posting, slack_webhook_url=SECRET, teams_webhook_url=SECRET)
    assert (line.verdict, line.text.startswith("Posted to Slack and Teams")) == ("ok", True)
    assert "plan_24h" in line.text
    assert "s3cret" not in line.text


def test_an_org_without_chats_hears_nothing_of_them(org: CheckedOrg) -> None:
    assert lines(org) == []
