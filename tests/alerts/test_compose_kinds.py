"""Every kind of mail (D16): equal in text and HTML, colours first, no names outside the body, a next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from mail_reading import Page, html_of, links_of_text, read, text_of, words_of_html, words_of_text

from agent.alerts.compose import Composed, SideView, Standing, compose_alert
from agent.alerts.kinds import WORDS
from agent.cli.samples import PAT, SENDER, Sample, item, samples
from agent.days import end_of_day
from agent.model import ALERTS, Colour, MilestoneKind, MilestoneState, Recipient, Rule, Side

KINDS = list(samples())
ABOUT_ONE = [sample for sample in KINDS if sample.kind in {rule.value for rule in ALERTS}]
every_kind = pytest.mark.parametrize("sample", KINDS, ids=[sample.kind for sample in KINDS])
every_alert = pytest.mark.parametrize("sample", ABOUT_ONE, ids=[sample.kind for sample in ABOUT_ONE])


def mail(rule: Rule, recipient: Recipient = PAT, **changes: object) -> Composed:
    notice, view, note = item(rule)
    view = replace(view, **changes)  # type: ignore[arg-type]
    return compose_alert(notice, view, recipient, sender=SENDER, now=notice.due, note=note)


def test_there_is_a_sample_of_every_kind_that_can_be_told() -> None:
    digests = {"daily_digest", "catch_up_digest"}
    assert {sample.kind for sample in KINDS} == {rule.value for rule in Rule} | digests
    assert set(WORDS) == set(ALERTS)


@every_kind
def test_text_and_html_say_the_same_in_the_same_order(sample: Sample) -> None:
    assert words_of_text(sample.mail) == words_of_html(sample.mail)
    assert links_of_text(sample.mail) == set(Page(html_of(sample.mail)).links)


@every_kind
def test_no_link_does_anything_but_show_a_record_or_a_list(sample: Sample) -> None:
    page = Page(html_of(sample.mail))
    assert page.links
    assert all(link.startswith("https://sample.example/lightning/") for link in page.links)
    assert all(link.endswith(("/view", "/list")) for link in page.links)
    assert not page.tags & {"form", "img", "script", "iframe", "link", "object", "button", "input"}
    assert "url(" not in html_of(sample.mail)


@every_kind
def test_every_mail_tells_other_machines_that_no_person_wrote_it(sample: Sample) -> None:
    message = read(sample.mail)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Message-ID"] == sample.mail.message_id
    assert message["Date"].endswith("+0000")


@every_kind
def test_every_mail_says_what_to_do_next_and_why_one_gets_it(sample: Sample) -> None:
    text = text_of(sample.mail)
    assert "WHAT TO DO NOW\n- " in text or "\n→ " in text
    assert "You get this as: " in text


@every_kind
def test_no_header_names_a_client(sample: Sample) -> None:
    assert "John" not in str(read(sample.mail).items())


@every_kind
def test_the_same_facts_give_the_same_bytes(sample: Sample) -> None:
    again = {made.kind: made.mail for made in samples()}
    assert again[sample.kind] == sample.mail


@every_alert
def test_subject_and_bodies_lead_with_the_colours(sample: Sample) -> None:
    assert sample.mail.subject.startswith("[Client: Yellow · Referral: Orange] ")
    assert text_of(sample.mail).startswith("Client: Yellow (action required)\nReferral partner: Orange (")
    assert words_of_html(sample.mail)[:2] == ["client", "yellow"]


@every_alert
def test_the_client_is_named_in_the_record_only(sample: Sample) -> None:
    before, _, record = text_of(sample.mail).partition("THE RECORD\n")
    assert "John" not in before
    assert "Record: John Sample - " in record


@every_alert
def test_every_alert_shows_what_good_documentation_looks_like(sample: Sample) -> None:
    text = text_of(sample.mail)
    assert "A GOOD PLAN FOR THE CLIENT SAYS\n- " in text or "GOOD CHATTER ABOUT THE CLIENT TELLS\n- " in text


@pytest.mark.parametrize("rule", ALERTS)
def test_a_subject_names_the_client_only_where_the_org_wants_it(rule: Rule) -> None:
    named = mail(rule, name_in_subject=True)
    assert ", John Sample - Billing Question" in read(named)["Subject"]
    assert "John" not in read(mail(rule))["Subject"]
    assert named.subject == mail(rule).subject


@pytest.mark.parametrize(
    ("rule", "subject", "lead"),
    [
        (
            Rule.PLAN_DUE_SOON,
            "Plan due Nov 14, 2026, 3:05 PM EST: SLI-00042, Sample Tampa (client)",
            "The intervention plan for the client is due Nov 14, 2026, 3:05 PM EST, 24 hours after the clock started.",
        ),
        (
            Rule.RESOLUTION_DUE_SOON,
            "To be resolved by Dec 11, 2026: SLI-00042, Sample Tampa (client)",
            "is to be resolved for the client, Green or Red, by Dec 11, 2026, 11:59 PM EST. It has been open for 21"
            " days.",
        ),
        (
            Rule.STILL_OPEN,
            "Still not resolved, 3 weeks overdue: SLI-00042, Sample Tampa (client)",
            "was to be resolved for the client, Green or Red, by Dec 11, 2026, 11:59 PM EST. It has been open for 49 "
            "days. Nobody has answered the reminders so far, so it also goes to: Division Head.",
        ),
        (
            Rule.FOLLOW_UP,
            "No follow-up by Nov 28, 2026: SLI-00042, Sample Tampa (client)",
            "After the plan, somebody was to contact the client by Nov 28, 2026, 11:59 PM EST. The record shows no",
        ),
        (
            Rule.CONDUCT,
            "Record to mend: SLI-00042, Sample Tampa (client)",
            "The colour moved, and nobody has told in Chatter why. This has been so since Nov 18, 2026, 3:05 PM EST.",
        ),
        (
            Rule.SILENCE_ENDED,
            "Silence over, still open: SLI-00042, Sample Tampa (client)",
            "were silenced until Dec 3, 2026, 3:05 PM EST. It is still open. It has been open for 20"
            " days. Pat Sample asked",
        ),
    ],
)
def test_each_reminder_says_what_it_reminds_of(rule: Rule, subject: str, lead: str) -> None:
    composed = mail(rule)
    assert composed.subject == f"[Client: Yellow · Referral: Orange] {subject}"
    assert lead in text_of(composed)


@pytest.mark.parametrize(
    ("days", "words"), [(7, "1 week"), (10, "10 days"), (14, "2 weeks"), (1, "1 day"), (21, "3 weeks")]
)
def test_a_weekly_reminder_counts_days_on_the_calendar_across_a_change_of_the_clock(
    days: int, words: str
) -> None:
    notice, view, _ = item(Rule.STILL_OPEN)
    last_day = date(2027, 3, 13)  # the night after it is an hour short
    deadline, due = (end_of_day(last_day + timedelta(days=n), view.zone) for n in (0, days))
    late = {MilestoneKind.RESOLUTION: Standing(deadline, MilestoneState.VIOLATED)}
    view = replace(view, sides=(replace(view.sides[0], stands=late),))
    composed = compose_alert(replace(notice, due=due), view, PAT, sender=SENDER, now=due)
    assert f"Still not resolved, {words} overdue" in composed.subject


def test_nobody_is_said_to_have_joined_where_nobody_did() -> None:
    assert "Nobody has answered" not in text_of(mail(Rule.STILL_OPEN, joined=()))


def test_a_finding_about_the_whole_record_is_mended_by_the_owners_of_both_sides() -> None:
    notice, view, note = item(Rule.CONDUCT)
    composed = compose_alert(replace(notice, sides=()), view, PAT, sender=SENDER, now=notice.due, note=note)
    assert composed.subject.endswith("Record to mend: SLI-00042, Sample Tampa")
    assert "- Client: the Regional Client Success Manager mends it" in text_of(composed)
    assert "- Referral partner: Sales mends it" in text_of(composed)


def test_a_finding_without_a_sentence_is_still_a_mail() -> None:
    notice, view, _ = item(Rule.CONDUCT)
    composed = compose_alert(notice, view, PAT, sender=SENDER, now=notice.due)
    assert "Something in this record is not as agreed." in text_of(composed)


def test_a_side_shows_its_follow_ups_where_there_are_any() -> None:
    text = text_of(mail(Rule.FOLLOW_UP))
    assert (
        "Resolution: Due Dec 11, 2026, 11:59 PM EST\nFollow-up: Overdue since Nov 28, 2026, 11:59 PM EST\n"
        in text
    )
    assert "Follow-up:" not in text_of(mail(Rule.PLAN_24H))


def test_a_reminder_speaks_of_the_side_it_names_and_shows_both() -> None:
    notice, view, _ = item(Rule.PLAN_DUE_SOON)
    other = SideView(Side.REFERRAL, Colour.RED, "Lost", view.sides[0].stands)
    composed = compose_alert(
        replace(notice, sides=(Side.REFERRAL,)),
        replace(view, sides=(view.sides[0], other)),
        PAT,
        sender=SENDER,
        now=notice.due,
    )
    assert composed.subject.endswith("(referral)")
    text = text_of(composed)
    assert "The intervention plan for the referral partner is due" in text
    assert "A GOOD PLAN FOR THE REFERRAL PARTNER SAYS" in text
    assert "A GOOD PLAN FOR THE CLIENT SAYS" not in text
    assert "\nCLIENT\n" in text


def test_an_intervention_of_today_has_been_open_for_less_than_a_day() -> None:
    assert "Open for: less than a day\n" in text_of(mail(Rule.SUBMISSION))


def test_a_plan_that_is_there_is_shown_as_it_is_written() -> None:
    states = {kind: standing.state for kind, standing in item(Rule.CONDUCT).view.sides[0].stands.items()}
    assert states[MilestoneKind.PLAN] is MilestoneState.MET
    assert "Plan as written:\n  Caregiver written up and off the case since 11/13." in text_of(
        mail(Rule.CONDUCT)
    )


def test_mails_to_admins_that_are_about_the_org_belong_to_no_thread() -> None:
    threads = {sample.kind: read(sample.mail)["References"] for sample in KINDS}
    assert threads["go_live"] is None
    assert threads["behind"] is None
    assert threads["plan_24h"] == threads["submission"] == threads["uncertain"]


def test_an_uncertain_mail_is_told_with_the_commands_that_settle_it() -> None:
    [uncertain] = [sample.mail for sample in KINDS if sample.kind == "uncertain"]
    assert uncertain.subject == "SLI agent: a mail about SLI-00042 may not have arrived"
    text = text_of(uncertain)
    assert "A mail about SLI-00042 to pat@sample.example was offered twice" in text
    assert f"sli-agent outbox retry '<m.{'0' * 32}@sample.example>'" in text
    assert "Last answer: smtp://mail.sample.example:587 broke off within the message: timed out" in text
