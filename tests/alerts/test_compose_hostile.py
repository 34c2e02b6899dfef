"""Whatever people type into a record or a name: no forged header, no broken mail, no hidden text, in any kind."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mail_reading import Page, html_of, read, text_of, words_of_html, words_of_text

from agent.alerts.compose import (
    BehindView,
    Composed,
    DigestItem,
    UncertainView,
    compose_alert,
    compose_behind,
    compose_digest,
    compose_uncertain,
)
from agent.alerts.envelope import seal
from agent.alerts.letter import Body
from agent.alerts.text import BIDI, one_line, paragraphs
from agent.cli.samples import ADMIN, NEW_YORK, PAT, PLAN_DUE, SENDER, URL, item
from agent.model import ALERTS, Recipient, Rule

KNOWN = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "X-SLI-Rule", "X-SLI-Record", "X-SLI-Notices", "X-SLI-Notice", "MIME-Version",
    "Content-Type",
}  # fmt: skip
FORGED = "Ann\r\nBcc: eve@example.com\r\n\r\n=?utf-8?q?=0D=0ABcc:_eve?= =\u202e?utf-8?q?=0ABcc:_x?="
MARKUP = '</td></tr></table><script>alert("x")</script><!-- <style>*{display:none}</style> {{ 7*7 }} {% raw %} %s {0}'
TURNED = "safe \u202efdp.exe\u2066 hidden\u200b\u2060\ufeff\u00ad\U000e0041\u2028THE RECORD\r\n--\r\n"
TOWER = "e" + "\u0301" * 5_000
ENDLESS = "x" * 10_000
NASTY = "\r\n\t\x00\x0b\x85\u2028\u2029\u200f\u202e\u2066\ud800=?<>@,;:\"'\\()[]{}%. -"
nasty_text = st.lists(st.one_of(st.sampled_from(NASTY), st.characters()), max_size=60).map("".join)
Make = Callable[[str], Composed]


def typed(rule: Rule, said: str) -> tuple[DigestItem, Recipient]:
    """An intervention, and a person, whose every word somebody with bad intent has typed."""
    notice, view, _ = item(rule)
    sides = tuple(replace(side, colour_label=said, plan_excerpt=said) for side in view.sides)
    hostile = replace(
        view,
        number=said,
        name=said,
        office=said,
        region=said,
        incident_type=said,
        submitter=said,
        account_name=said,
        sides=sides,
        joined=(said,) if view.joined else (),
        name_in_subject=True,
    )
    return DigestItem(notice, hostile, said), replace(PAT, name=said, roles=(said,), fallback_for=(said,))


def of_kind(rule: Rule) -> Make:
    def make(said: str) -> Composed:
        (notice, view, note), person = typed(rule, said)
        return compose_alert(notice, view, person, sender=SENDER, now=PLAN_DUE, note=note)

    return make


def digest(said: str) -> Composed:
    items = [typed(rule, said)[0] for rule in ALERTS]
    return compose_digest(items, typed(Rule.CONDUCT, said)[1], kind="daily", sender=SENDER, now=PLAN_DUE)


def behind(said: str) -> Composed:
    view = BehindView(PLAN_DUE, NEW_YORK, said, URL)
    notice = replace(item(Rule.PLAN_24H).notice, rule=Rule.BEHIND)
    return compose_behind(notice, view, replace(ADMIN, name=said, roles=(said,)), sender=SENDER, now=PLAN_DUE)


def uncertain(said: str) -> Composed:
    view = UncertainView(said, said, Rule.CONDUCT, said, PLAN_DUE, said, NEW_YORK, URL)
    notice = replace(item(Rule.PLAN_24H).notice, rule=Rule.UNCERTAIN)
    return compose_uncertain(
        notice, view, replace(ADMIN, name=said, roles=(said,)), sender=SENDER, now=PLAN_DUE
    )


MAKERS: dict[str, Make] = {rule.value: of_kind(rule) for rule in ALERTS}
MAKERS |= {"digest": digest, "behind": behind, "uncertain": uncertain}
every_kind = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
every_attack = pytest.mark.parametrize(
    "said",
    [FORGED, MARKUP, TURNED, TOWER, ENDLESS, FORGED * 300, ""],
    ids=["line breaks", "markup", "turned", "tower", "endless", "endless lines", "nothing"],
)


def assert_whole(composed: Composed) -> None:
    """One person hears it, no header is new, both bodies are there, nothing in it is invisible or endless."""
    message = read(composed)
    assert set(message.keys()) <= KNOWN
    assert len(message.get_all("Subject")) == len(message.get_all("To")) == 1
    assert [address.addr_spec for address in message["From"].addresses] == [SENDER]
    assert [address.addr_spec for address in message["To"].addresses] in [[PAT.address], [ADMIN.address]]
    assert [(part.get_content_type(), part.defects) for part in message.walk()] == [
        ("multipart/alternative", []),
        ("text/plain", []),
        ("text/html", []),
    ]
    assert max(map(len, composed.data.split(b"\r\n"))) <= 998
    assert b"\n" not in composed.data.replace(b"\r\n", b"")
    assert b"\r" not in composed.data.replace(b"\r\n", b"")
    assert len(message["Subject"]) <= 180
    assert "\n" not in message["Subject"] + composed.subject
    assert not BIDI & set(text_of(composed) + html_of(composed) + composed.subject)


@every_attack
@every_kind
def test_a_name_or_title_can_forge_no_header_break_no_mail_and_hide_no_text(make: Make, said: str) -> None:
    composed = make(said)
    assert_whole(composed)
    page = Page(html_of(composed))
    assert not page.tags & {"script", "iframe", "form", "img", "object", "link", "base"}
    assert html_of(composed).rstrip().endswith("</html>")
    assert html_of(composed).count("<style") == 1
    assert len(text_of(composed)) < 40_000
    assert words_of_text(composed)[-6:] == words_of_html(composed)[-6:]


@every_kind
def test_the_mail_of_a_hostile_record_says_all_that_any_other_says(make: Make) -> None:
    """Every heading and line of the house stands below a hostile word as it does below a kind one."""
    harmless, attacked = make("Harmless"), make(TURNED)
    headings = [line for line in text_of(harmless).splitlines() if line.isupper() and "HARMLESS" not in line]
    lines = text_of(attacked).splitlines()
    assert headings
    assert [line for line in lines if line in headings] == headings
    assert lines.count("--") == 1


@every_kind
def test_markup_is_shown_as_it_was_typed_and_never_run(make: Make) -> None:
    composed = make('<b onclick="x">&amp;</b>')
    assert '<b onclick="x">&amp;</b>' in text_of(composed)
    shown = "".join(Page(html_of(composed)).blocks)
    assert '<b onclick="x">&amp;</b>' in shown
    assert html.escape("<b onclick=") in html_of(composed)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@settings(max_examples=30)
@example(said=NASTY)
@example(said="=?utf-8?b?DQpCY2M6IGV2ZQ==?=")
@given(said=nasty_text)
def test_whatever_is_typed_the_mail_stays_whole(make: Make, said: str) -> None:
    assert_whole(make(said))


@given(nasty_text, nasty_text)
def test_a_subject_reads_as_it_was_written_and_never_breaks_out(subject: str, name: str) -> None:
    notice = item(Rule.CONDUCT).notice
    mail = seal(
        [notice], replace(PAT, name=name), subject, Body("text", "<p>html</p>"), sender=SENDER, now=PLAN_DUE
    )
    assert_whole(mail)
    assert read(mail)["Subject"] == mail.subject


@pytest.mark.parametrize("word", ["a", "Yellow", "Renée", "·", "…", "🙂", "دینا"])
@pytest.mark.parametrize("length", range(1, 14))
def test_a_subject_of_any_length_is_unfolded_to_what_it_was(word: str, length: int) -> None:
    subject = f"{'x' * length} " + " ".join([word, "plain", "words"] * 10)
    body = Body("text", "<p>html</p>")
    mail = seal([item(Rule.CONDUCT).notice], PAT, subject, body, sender=SENDER, now=PLAN_DUE)
    assert read(mail)["Subject"] == mail.subject


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("a\u202eb\u200fc", "abc"),
        ("zero\u200bwidth\ufeff\u2060\u00ad", "zerowidth"),
        ("tags\U000e0041\U000e007f", "tags"),
        ("one\u2028two\x00three\x85four", "one two three four"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("Nguye\u0302\u0303n", "Nguye\u0302\u0303n"),
        ("م\u200cی", "م\u200cی"),
        ("👩\u200d⚕️ ok", "👩\u200d⚕️ ok"),
        ("broken \ud83d half", "broken half"),
    ],
)
def test_what_cannot_be_seen_is_taken_out_and_what_a_script_needs_stays(typed: str, seen: str) -> None:
    assert one_line(typed) == seen
    assert re.sub(r"\n", " ", paragraphs(typed)) == seen
