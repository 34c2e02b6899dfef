"""The mail of an alert as its reader gets it: colours first, clear words, nothing smuggled in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest
from mail_reading import read, text_of

from agent.alerts.compose import AlertView, Composed, SideView, Standing, compose_alert, message_id
from agent.model import Colour, MilestoneKind, MilestoneState, Notice, Recipient, Rule, Side

ORG, RECORD = "00D5e000001ABCDEA2", "a0B5e00000XyZabEAF"
SENDER = "sli@agency.example"
SUBMITTED = datetime(2026, 11, 13, 20, 5, tzinfo=UTC)
PLAN_DUE = datetime(2026, 11, 14, 20, 5, tzinfo=UTC)
RESOLUTION_DUE = datetime(2026, 12, 12, 4, 59, 59, tzinfo=UTC)
NOW = datetime(2026, 11, 14, 20, 7, tzinfo=UTC)


def stands(plan: MilestoneState) -> dict[MilestoneKind, Standing]:
    return {
        MilestoneKind.PLAN: Standing(PLAN_DUE, plan),
        MilestoneKind.RESOLUTION: Standing(RESOLUTION_DUE, MilestoneState.OPEN),
    }


CLIENT = SideView(
    side=Side.CLIENT,
    colour=Colour.YELLOW,
    colour_label="Yellow",
    stands=stands(MilestoneState.VIOLATED),
)
REFERRAL = replace(
    CLIENT,
    side=Side.REFERRAL,
    colour=Colour.ORANGE,
    colour_label="Orange",
    stands=stands(MilestoneState.MET),
    plan_excerpt="Called the care manager on 11/13.\nMeeting on 11/18 & follow-up on 11/27.",
)
VIEW = AlertView(
    number="SLI-00042",
    name="John Smith - No Call No Show",
    office="Tampa",
    zone=ZoneInfo("America/New_York"),
    region="Florida",
    incident_type="Shift missed",
    incident_date=date(2026, 11, 11),
    submitted_at=SUBMITTED,
    submitter="Dana Whitfield",
    account_name="Bayshore Senior Living",
    sides=(CLIENT, REFERRAL),
    url="https://agency.example/lightning/r/a0B5e00000XyZabEAF/view",
    open_days=1,
)
PAT = Recipient(
    "pat@agency.example", "Pat Alvarez", "005000000000001AAA", roles=("Submitter", "Regional Director")
)
PLAN = Notice(ORG, RECORD, Rule.PLAN_24H, PLAN_DUE, (Side.CLIENT,))
SUBMISSION = Notice(ORG, RECORD, Rule.SUBMISSION, SUBMITTED)
RESOLUTION = Notice(ORG, RECORD, Rule.RESOLUTION_30D, RESOLUTION_DUE, (Side.CLIENT, Side.REFERRAL))
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-SLI-Rule",
    "X-SLI-Record",
    "X-SLI-Notices",
    "X-SLI-Notice",
    "MIME-Version",
    "Content-Type",
]


def compose(notice: Notice = PLAN, view: AlertView = VIEW, recipient: Recipient = PAT) -> Composed:
    return compose_alert(notice, view, recipient, sender=SENDER, now=NOW)


@pytest.mark.parametrize(
    ("notice", "subject"),
    [
        (SUBMISSION, "New intervention: SLI-00042, Tampa"),
        (PLAN, "No plan after 24 hours: SLI-00042, Tampa (client)"),
        (
            replace(PLAN, sides=(Side.CLIENT, Side.REFERRAL)),
            "No plan after 24 hours: SLI-00042, Tampa (client and referral)",
        ),
        (RESOLUTION, "Not resolved by Dec 11, 2026: SLI-00042, Tampa (client and referral)"),
    ],
)
def test_a_subject_leads_with_the_colours_and_says_what_happened(notice: Notice, subject: str) -> None:
    composed = compose(notice)
    assert composed.subject == f"[Client: Yellow · Referral: Orange] {subject}"
    assert read(composed)["Subject"] == composed.subject


def test_a_subject_uses_the_orgs_own_words_for_colours_and_the_rules_own_hours() -> None:
    side = replace(CLIENT, colour=None, colour_label="no colour set")
    composed = compose(view=replace(VIEW, sides=(side,), plan_hours=48))
    assert composed.subject == "[Client: no colour set] No plan after 48 hours: SLI-00042, Tampa (client)"


def test_a_subject_without_any_side_still_says_how_the_colours_stand() -> None:
    composed = compose(SUBMISSION, replace(VIEW, sides=(), office=""))
    assert composed.subject == "[no colour set] New intervention: SLI-00042"


@pytest.mark.parametrize("notice", [SUBMISSION, PLAN, RESOLUTION])
def test_no_header_carries_the_clients_name_or_the_incident(notice: Notice) -> None:
    headers = str(read(compose(notice)).items())
    for secret in ("Smith", "No Call", "Shift missed", "Bayshore", "care manager"):
        assert secret not in headers


@pytest.mark.parametrize("notice", [SUBMISSION, PLAN, RESOLUTION])
def test_the_body_leads_with_the_colours_and_names_the_client_only_in_the_record(notice: Notice) -> None:
    text = text_of(compose(notice))
    assert text.startswith(
        "Client: Yellow (action required)\nReferral partner: Orange (pending, account at risk)\n\n"
    )
    before, _, record = text.partition("THE RECORD\n")
    assert "Smith" not in before
    assert "Record: John Smith - No Call No Show\n" in record


def test_times_are_the_offices_own_with_their_zone() -> None:
    assert "was due Nov 14, 2026, 3:05 PM EST, 24 hours" in text_of(compose())
    phoenix = text_of(compose(view=replace(VIEW, zone=ZoneInfo("America/Phoenix"))))
    assert "was due Nov 14, 2026, 1:05 PM MST" in phoenix
    nameless = text_of(compose(view=replace(VIEW, zone=ZoneInfo("America/Sao_Paulo"))))
    assert "was due Nov 14, 2026, 5:05 PM UTC-03" in nameless


@pytest.mark.parametrize(
    ("hour", "words"), [(5, "12:05 AM"), (6, "1:05 AM"), (17, "12:05 PM"), (18, "1:05 PM")]
)
def test_noon_and_midnight_are_twelve_oclock(hour: int, words: str) -> None:
    due = datetime(2026, 11, 14, hour, 5, tzinfo=UTC)
    assert f"was due Nov 14, 2026, {words} EST" in text_of(compose(replace(PLAN, due=due)))


def test_the_hour_that_comes_twice_is_told_apart_by_its_zone() -> None:
    first = replace(PLAN, due=datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    second = replace(PLAN, due=datetime(2026, 11, 1, 7, 30, tzinfo=UTC))
    view = replace(VIEW, zone=ZoneInfo("America/Chicago"))
    assert "Nov 1, 2026, 1:30 AM CDT" in text_of(compose(first, view))
    assert "Nov 1, 2026, 1:30 AM CST" in text_of(compose(second, view))


def test_a_missing_plan_is_asked_of_its_owner_with_what_a_good_one_says() -> None:
    text = text_of(compose())
    assert "- Client: the Regional Client Success Manager writes the plan into the record today." in text
    assert "A GOOD PLAN FOR THE CLIENT SAYS" in text
    assert "A GOOD PLAN FOR THE REFERRAL PARTNER SAYS" not in text


def test_a_new_intervention_comes_with_what_a_good_plan_says_for_every_side() -> None:
    text = text_of(compose(SUBMISSION))
    assert "A GOOD PLAN FOR THE CLIENT SAYS" in text
    assert "A GOOD PLAN FOR THE REFERRAL PARTNER SAYS" in text
    assert "A GOOD PLAN" not in text_of(compose(RESOLUTION))


def test_each_side_shows_where_it_stands() -> None:
    text = text_of(compose())
    assert (
        "CLIENT\nColour: Yellow\nPlan: Overdue since Nov 14, 2026, 3:05 PM EST\n"
        "Resolution: Due Dec 11, 2026, 11:59 PM EST\n"
    ) in text
    assert (
        "Plan as written:\n  Called the care manager on 11/13.\n  Meeting on 11/18 & follow-up on 11/27.\n"
    ) in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (MilestoneState.OPEN, "Plan: Due Nov 14, 2026, 3:05 PM EST"),
        (MilestoneState.MET, "Plan: Documented in time"),
        (MilestoneState.MET_LATE, "Plan: Documented late, was due Nov 14, 2026, 3:05 PM EST"),
        (MilestoneState.MET_TIME_UNKNOWN, "Plan: Documented, time unknown"),
        (MilestoneState.VIOLATED, "Plan: Overdue since Nov 14, 2026, 3:05 PM EST"),
        (MilestoneState.CANCELLED, "Plan: No longer needed"),
    ],
)
def test_every_state_has_its_words(state: MilestoneState, words: str) -> None:
    assert f"\n{words}\n" in text_of(
        compose(view=replace(VIEW, sides=(replace(CLIENT, stands=stands(state)),)))
    )


def test_a_side_that_was_not_judged_shows_its_colour_only() -> None:
    side = SideView(Side.REFERRAL, Colour.YELLOW, "Yellow")
    text = text_of(compose(SUBMISSION, replace(VIEW, sides=(side,))))
    assert text.startswith("Referral partner: Yellow (not a colour of this side)\n")
    assert "REFERRAL PARTNER\nColour: Yellow\n\n" in text
    assert "writes the intervention plan into the record.\n" in text


@pytest.mark.parametrize(
    ("incident", "words"),
    [
        (date(2026, 11, 13), "Incident date: Nov 13, 2026\n"),
        (None, "Incident date: not recorded: the 30 days count from the submission\n"),
        (
            date(2026, 11, 14),
            "Incident date: Nov 14, 2026, after the submission: the 30 days count from the submission\n",
        ),
    ],
)
def test_days_not_counted_from_the_incident_are_marked(incident: date | None, words: str) -> None:
    assert words in text_of(compose(view=replace(VIEW, incident_date=incident)))


def test_a_plan_documented_at_submission_is_not_asked_for_again() -> None:
    text = text_of(compose(SUBMISSION, replace(VIEW, sides=(REFERRAL,))))
    assert "- Referral partner: Sales keeps the plan up to date; one is documented already." in text


def test_a_person_reads_every_role_and_whom_it_stands_in_for() -> None:
    text = text_of(compose(recipient=replace(PAT, fallback_for=("Division Head", "Sales manager"))))
    assert "You get this as: Submitter; Regional Director." in text
    assert "You get this in place of: Division Head; Sales manager. The record leads to no" in text
    assert "You get this as" not in text_of(compose(recipient=replace(PAT, roles=(), fallback_for=("X",))))


def test_the_headers_tell_machines_what_this_is() -> None:
    composed = compose()
    message = read(composed)
    assert message.keys() == HEADERS
    assert message["From"] == "SLI alerts <sli@agency.example>"
    assert message["To"] == "Pat Alvarez <pat@agency.example>"
    assert message["Message-ID"] == composed.message_id
    assert message["In-Reply-To"] == message["References"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-SLI-Rule"] == "plan_24h"
    assert message["X-SLI-Record"] == RECORD
    assert message["X-SLI-Notice"] == PLAN.key
    assert parsedate_to_datetime(message["Date"]) == NOW


def test_all_mails_about_one_intervention_share_a_thread_and_no_others_do() -> None:
    threads = [read(compose(notice))["References"] for notice in (SUBMISSION, PLAN, RESOLUTION)]
    other = read(compose(replace(PLAN, intervention_id="a0B5e00000XyZacEAF")))["References"]
    assert len(set(threads)) == 1
    assert other not in threads


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert compose() == compose()
    assert compose().data != compose(recipient=replace(PAT, address="bo@agency.example")).data


def test_a_message_id_depends_on_the_facts_alone() -> None:
    one = message_id(["b", "a"], "Pat@Agency.example", SENDER)
    assert re.fullmatch(r"<m\.[0-9a-f]{32}@agency\.example>", one)
    assert one == message_id(["a", "b"], "pat@agency.example", SENDER)
    assert len({one, message_id(["a"], PAT.address, SENDER), message_id(["a", "b"], "bo@x", SENDER)}) == 3
    assert compose().message_id == message_id([PLAN.fact], PAT.address, SENDER)


def test_an_address_outside_ascii_is_kept_in_the_header() -> None:
    assert (
        "jörg@agency.example" in compose(recipient=replace(PAT, address="jörg@agency.example")).data.decode()
    )
