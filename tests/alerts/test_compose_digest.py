"""Many notices in one mail: numbers first, then each with its colours, its true time and its next step (D10, D16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from mail_reading import Page, html_of, links_of_text, read, text_of, words_of_html, words_of_text

from agent.alerts.compose import AlertView, Composed, DigestItem, compose_digest, message_id
from agent.alerts.digest import DigestKind
from agent.cli.samples import PAT, SENDER, item
from agent.model import ALERTS, Rule, Side

CUT_BY_MAIL_PROGRAMS = 102_000
"""Bytes of HTML that the most common mail program shows; what comes after them hides behind a link."""


def compose(items: list[DigestItem], kind: DigestKind = "catch_up") -> Composed:
    now = max(found.notice.due for found in items) + timedelta(hours=3)
    return compose_digest(items, PAT, kind=kind, sender=SENDER, now=now)


def breaches(count: int, rule: Rule = Rule.PLAN_24H) -> list[DigestItem]:
    """So many interventions, each late at another minute."""
    found = [item(rule, number) for number in range(count)]
    return [
        DigestItem(replace(one.notice, due=one.notice.due + timedelta(minutes=n)), one.view)
        for n, one in enumerate(found)
    ]


def test_a_digest_begins_with_the_colours_and_the_numbers() -> None:
    items = [
        item(Rule.PLAN_24H, 1),
        item(Rule.PLAN_24H, 4),
        item(Rule.RESOLUTION_30D, 2),
        item(Rule.PLAN_24H, 2),
    ]
    composed = compose(items)
    counts = "No plan in time 3, Not resolved in time 1"
    assert composed.subject == f"[2 Yellow · 4 Orange] Late SLI alerts: {counts}"
    assert text_of(composed).startswith("2 Yellow · 4 Orange\n\nLate alerts, in one mail\n")
    assert (
        "IN NUMBERS\n"
        "- No plan in time: 3 in Sample Chicago (2), Sample San Diego\n"
        "- Not resolved in time: 1 in Sample San Diego\n"
    ) in text_of(composed)


def test_the_numbers_stay_short_where_there_are_many_offices() -> None:
    items = [
        DigestItem(one.notice, replace(one.view, office=f"Office {n}")) for n, one in enumerate(breaches(12))
    ]
    assert "- No plan in time: 12 in 12 offices\n" in text_of(compose(items))


def test_every_item_is_complete_in_itself() -> None:
    assert (
        "NO PLAN IN TIME\n"
        "\n"
        "Sample Chicago\n"
        "\n"
        "[Client: Orange · Referral partner: Orange]\n"
        "SLI-00001 · Late Caregiver\n"
        "Plan for the client was due Nov 14, 2026, 2:05 PM CST.\n"
        "→ Client: the Regional Client Success Manager writes the plan into the record today.\n"
        "https://sample.example/lightning/r/Service_Level_Intervention__c/a0B0000SAMPLE00001/view\n"
    ) in text_of(compose([item(Rule.PLAN_24H, 1)]))


def test_what_can_still_be_kept_comes_first_and_what_can_wait_comes_last() -> None:
    text = text_of(compose([item(rule, n) for n, rule in enumerate(ALERTS)]))
    headings = [
        "PLAN DUE SOON",
        "NO PLAN IN TIME",
        "NEW INTERVENTIONS",
        "NOT RESOLVED IN TIME",
        "STILL NOT RESOLVED",
        "TO BE RESOLVED SOON",
        "FOLLOW-UP MISSING",
        "SILENCE OVER, STILL OPEN",
        "RECORDS TO MEND",
    ]
    places = [text.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places)


def test_within_a_kind_and_office_the_oldest_comes_first() -> None:
    dues = [found.notice.due for found in breaches(9)]
    items = [
        DigestItem(replace(found.notice, due=due), found.view)
        for found, due in zip(breaches(9), reversed(dues), strict=True)
    ]
    text = text_of(compose(items))
    chicago_san_diego_tampa = (7, 4, 1, 8, 5, 2, 6, 3, 0)
    places = [text.index(f"SLI-{number:05}") for number in chicago_san_diego_tampa]
    assert places == sorted(places)


@pytest.mark.parametrize("kind", ["catch_up", "daily"])
def test_text_and_html_of_a_digest_say_the_same_in_the_same_order(kind: DigestKind) -> None:
    composed = compose([item(rule, n) for n, rule in enumerate((*ALERTS, *ALERTS))], kind)
    assert words_of_text(composed) == words_of_html(composed)
    assert links_of_text(composed) == set(Page(html_of(composed)).links)


def test_a_hundred_breaches_are_all_there_with_their_true_times() -> None:
    items = breaches(100)
    text = text_of(compose(items))
    for number in range(100):
        assert text.count(f"SLI-{number:05}") == 1
    tampa = [block for block in text.split("\n\n") if "SLI-00099 " in block]
    assert len(tampa) == 1
    assert "was due Nov 14, 2026, 4:44 PM EST." in tampa[0]
    assert "- No plan in time: 100 in Sample Chicago (33), Sample San Diego (33), Sample Tampa (34)\n" in text


def test_a_digest_of_a_hundred_is_shown_whole() -> None:
    both = [DigestItem(replace(i.notice, sides=tuple(Side)), i.view) for i in breaches(100)]
    assert len(html_of(compose(both)).encode()) < CUT_BY_MAIL_PROGRAMS


def test_no_digest_names_a_client_anywhere() -> None:
    composed = compose([item(rule) for rule in ALERTS])
    assert "John" not in composed.subject + text_of(composed) + html_of(composed)


def test_the_headers_of_a_digest_name_every_notice() -> None:
    items = [item(Rule.PLAN_24H, 2), item(Rule.RESOLUTION_30D, 1)]
    composed = compose(items)
    message = read(composed)
    assert message["X-SLI-Rule"] == "plan_24h, resolution_30d"
    assert message["X-SLI-Notices"] == "2"
    assert message.get_all("X-SLI-Notice") == sorted(one.notice.key for one in items)
    assert message["X-SLI-Record"] is None
    assert composed.message_id == message_id([one.notice.fact for one in items], PAT.address, SENDER)


def test_a_digest_too_long_for_headers_tells_how_many_notices_it_holds() -> None:
    message = read(compose(breaches(201)))
    assert message["X-SLI-Notices"] == "201"
    assert message.get_all("X-SLI-Notice") is None
    assert len(read(compose(breaches(200))).get_all("X-SLI-Notice")) == 200


def test_a_digest_joins_the_thread_of_an_intervention_only_if_all_of_it_is_about_that_one() -> None:
    of_one = read(compose([item(Rule.PLAN_24H, 1), item(Rule.RESOLUTION_30D, 1)]))
    alone = read(compose([item(Rule.SUBMISSION, 1)]))
    of_two = read(compose([item(Rule.PLAN_24H, 1), item(Rule.PLAN_24H, 2)]))
    assert of_one["References"] == of_one["In-Reply-To"] == alone["References"] is not None
    assert of_one["X-SLI-Record"] == item(Rule.PLAN_24H, 1).notice.intervention_id
    assert of_two["References"] is None
    assert of_two["In-Reply-To"] is None


def test_a_digest_is_the_same_bytes_in_whatever_order_its_notices_are_found() -> None:
    items = [item(rule, n) for n, rule in enumerate(ALERTS)]
    mixed = items[:]
    Random(7).shuffle(mixed)
    assert mixed != items
    assert compose(items) == compose(mixed)


def test_a_digest_is_dated_on_the_clock_of_its_first_office_in_whatever_order_it_is_made() -> None:
    in_chicago, in_tampa = item(Rule.PLAN_24H, 1), item(Rule.PLAN_24H, 0)
    midnight = datetime(2026, 11, 15, 5, 30, tzinfo=UTC)  # half past midnight in Tampa
    for items in ([in_chicago, in_tampa], [in_tampa, in_chicago]):
        composed = compose_digest(items, PAT, kind="daily", sender=SENDER, now=midnight)
        assert "\nNov 14, 2026 · 2 notices\n" in text_of(composed)


def test_an_intervention_with_two_notices_is_counted_once_among_the_colours() -> None:
    assert compose([item(Rule.PLAN_24H, 1), item(Rule.STILL_OPEN, 1)]).subject.startswith("[2 Orange] ")


def test_a_side_without_a_colour_comes_last_among_the_colours() -> None:
    one = item(Rule.SUBMISSION, 1)
    blank = replace(one.view.sides[0], colour=None, colour_label="no colour set")
    view: AlertView = replace(one.view, sides=(blank, one.view.sides[1]))
    assert compose([DigestItem(one.notice, view)]).subject.startswith("[1 Orange · 1 no colour set] ")
    bare = compose([DigestItem(one.notice, replace(view, sides=()))])
    assert bare.subject.startswith("[no colour set] ")
    assert "\n[no colour set]\nSLI-00001" in text_of(bare)


def test_a_daily_digest_says_that_it_is_one() -> None:
    composed = compose([item(Rule.CONDUCT, 3)], "daily")
    assert composed.subject == "[1 Orange · 1 Red] SLI digest: Records to mend 1"
    assert "Your SLI digest\nNov 18, 2026 · 1 notice\n" in text_of(composed)
    assert (
        "The colour moved, and nobody has told in Chatter why. Since Nov 18, 2026, 3:05 PM EST.\n"
        in text_of(composed)
    )
