"""What a chat is posted: the facts without names (D15), one content for both chats, and nothing forged."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.alerts.compose import Composed
from agent.alerts.views import AlertView
from agent.alerts.webhook import LISTED, compose_post
from agent.cli.samples import SENDER, item
from agent.model import ALERTS, Channel, Notice, Rule

CHATS = (Channel.SLACK, Channel.TEAMS)
both = pytest.mark.parametrize("chat", CHATS)
SLACK_LINK = re.compile(r"<([^<>|]*)\|([^<>|]*)>")
TEAMS_LIMIT = 28_000


def told(rule: Rule, **changes: Any) -> tuple[Notice, AlertView]:
    notice, view, _ = item(rule)
    return notice, replace(view, **changes)


def post(chat: Channel, *about: tuple[Notice, AlertView]) -> Composed:
    return compose_post(chat, about, sender=SENDER)


def blocks(composed: Composed) -> list[dict[str, Any]]:
    """The blocks of a card, as a workflow finds them."""
    payload = json.loads(composed.data)
    assert payload["type"] == "message"
    [attachment] = payload["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    found: list[dict[str, Any]] = attachment["content"]["body"]
    return found


def shown(chat: Channel, composed: Composed) -> str:
    """What people read, line by line."""
    if chat is Channel.TEAMS:
        return "\n".join("".join(run["text"] for run in block["inlines"]) for block in blocks(composed))
    text = SLACK_LINK.sub(r"\2", json.loads(composed.data)["text"])
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def links(chat: Channel, composed: Composed) -> list[str]:
    if chat is Channel.SLACK:
        return [url for url, _ in SLACK_LINK.findall(json.loads(composed.data)["text"])]
    runs = [run for block in blocks(composed) for run in block["inlines"]]
    return [run["selectAction"]["url"] for run in runs if "selectAction" in run]


def test_both_chats_read_the_same() -> None:
    for rule in ALERTS:
        slack, teams = (shown(chat, post(chat, told(rule))) for chat in CHATS)
        assert slack == teams


def test_a_post_leads_with_the_colours_and_tells_what_where_and_until_when() -> None:
    text = shown(Channel.SLACK, post(Channel.SLACK, told(Rule.PLAN_24H)))
    what, when = text.splitlines()
    assert re.fullmatch(
        r"\[Client: Yellow · Referral: Orange\] No plan after 24 hours: SLI-\d+, .+ \(client\)", what
    )
    assert re.fullmatch(r"due \w{3} \d+, \d{4}, \d+:\d\d [AP]M E[SD]T · Open in Salesforce", when)


@both
def test_the_link_shows_the_record_and_nothing_else(chat: Channel) -> None:
    _, view = told(Rule.PLAN_24H)
    assert links(chat, post(chat, told(Rule.PLAN_24H))) == [view.url]


@both
@pytest.mark.parametrize("rule", ALERTS)
def test_no_post_names_anybody_even_where_subjects_do(chat: Channel, rule: Rule) -> None:
    composed = post(
        chat,
        told(
            rule,
            name="Zoe Zimmer - Fall",
            submitter="Sam Zimmer",
            account_name="Zimmer House",
            name_in_subject=True,
        ),
    )
    assert "Zimmer" not in composed.data.decode() + composed.subject


@both
def test_a_reminder_speaks_of_the_deadline_and_not_of_its_own_hour(chat: Channel) -> None:
    notice, view = told(Rule.PLAN_DUE_SOON)
    late = replace(notice, due=notice.due.replace(year=2031))
    assert "2031" not in shown(chat, post(chat, (late, view)))


@both
def test_the_same_facts_give_the_same_bytes_in_any_order(chat: Channel) -> None:
    one, other = told(Rule.PLAN_24H), told(Rule.SUBMISSION)
    assert post(chat, one, other) == post(chat, other, one)
    assert post(chat, one).message_id != post(chat, other).message_id
    assert len({post(each, one).message_id for each in CHATS}) == 2


@both
def test_a_hundred_at_once_are_one_post_that_says_how_many_are_left_out(chat: Channel) -> None:
    notice, view = told(Rule.PLAN_24H)
    many = [
        (replace(notice, intervention_id=f"a01{n:015}"), replace(view, number=f"SLI-{n:05}"))
        for n in range(100)
    ]
    composed = post(chat, *many)
    text = shown(chat, composed)
    assert len(re.findall(r"SLI-\d{5}", text)) == LISTED
    assert text.endswith(f"… and {100 - LISTED} more")
    assert composed.subject.endswith("… and 99 more")
    assert len(composed.data) < TEAMS_LIMIT


@both
@given(said=st.text(max_size=80))
@example("<!channel> <https://evil.example|Open> & <@U123>")
@example("[Open](https://evil.example) **bold**\r\n\u202efdp\u2028x")
@example("|>" * 5_000)
def test_what_people_type_becomes_no_link_no_call_and_no_line(chat: Channel, said: str) -> None:
    notice, view = told(Rule.PLAN_24H)
    sides = tuple(replace(side, colour_label=said) for side in view.sides)
    composed = post(chat, (notice, replace(view, number=said, office=said, sides=sides)))
    assert links(chat, composed) == [view.url]
    assert len(shown(chat, composed).splitlines()) == 2
    if chat is Channel.SLACK:
        text = json.loads(composed.data)["text"]
        assert "<" not in SLACK_LINK.sub("", text)
    else:
        assert {block["type"] for block in blocks(composed)} == {"RichTextBlock"}
