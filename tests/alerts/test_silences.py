"""Which silence covers an SLI, when each ends, and whom its end is announced to (D16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.alerts.silences import (
    OWNER_OF_SILENCE,
    covering,
    end_of,
    name_of,
    notice_of_end,
    open_sides,
    silence_behind,
    with_owner,
    words_of_end,
)
from agent.model import (
    Audience,
    Colour,
    DecisionKind,
    HumanDecision,
    Intervention,
    Milestone,
    MilestoneKind,
    MilestoneState,
    Recipient,
    Rule,
    Side,
    SideFacts,
)

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ORG, SLI, OFFICE, REGION = "00D", "a01", "a02", "a03"


def silence(about: str = SLI, hours: int | None = 8, at: datetime = NOON) -> HumanDecision:
    until = None if hours is None else at + hours * HOUR
    return HumanDecision(ORG, DecisionKind.SILENCE, about, "Ana Ruiz", "Storm.", at, until)


def ended(quiet: HumanDecision, at: datetime) -> HumanDecision:
    return HumanDecision(ORG, DecisionKind.SILENCE_END, quiet.key, "Bo Lind", "over", at)


def over(
    *silences: HumanDecision, ends: tuple[HumanDecision, ...] = (), at: datetime = NOON + HOUR
) -> HumanDecision | None:
    return covering(silences, ends, record_id=SLI, office_id=OFFICE, region_id=REGION, at=at)


@pytest.mark.parametrize("about", [SLI, OFFICE, REGION])
def test_a_silence_covers_its_sli_its_office_and_its_region(about: str) -> None:
    assert over(silence(about)) == silence(about)


def test_a_silence_over_another_place_covers_nothing_here() -> None:
    assert over(silence("a99")) is None


def test_an_sli_without_office_is_not_under_a_silence_about_nothing() -> None:
    found = covering([silence("None")], [], record_id=SLI, office_id=None, region_id=None, at=NOON + HOUR)
    assert found is None


@pytest.mark.parametrize(
    ("after", "covered"), [(-SECOND, False), (0 * HOUR, True), (8 * HOUR - SECOND, True), (8 * HOUR, False)]
)
def test_it_counts_from_its_first_second_and_no_more_at_its_end(after: timedelta, covered: bool) -> None:
    assert (over(silence(), at=NOON + after) is not None) is covered


def test_a_persons_word_ends_it_before_its_time_and_never_later() -> None:
    quiet = silence()
    assert end_of(quiet, [ended(quiet, NOON + 2 * HOUR)]) == NOON + 2 * HOUR
    assert end_of(quiet, [ended(quiet, NOON + 20 * HOUR)]) == quiet.until
    assert over(quiet, ends=(ended(quiet, NOON + HOUR),), at=NOON + HOUR) is None


def test_the_end_of_one_silence_ends_no_other() -> None:
    quiet, other = silence(), silence(OFFICE)
    assert over(quiet, ends=(ended(other, NOON),)) == quiet


def test_of_several_the_one_that_lasts_longest_is_named() -> None:
    long, short = silence(REGION, hours=9), silence(SLI, hours=8)
    assert over(short, long) == long
    assert over(short, long, ends=(ended(long, NOON + 2 * HOUR),)) == short


def test_a_silence_whose_end_was_emptied_in_salesforce_never_began() -> None:
    quiet = silence(hours=None)
    assert end_of(quiet, []) == NOON
    assert over(quiet, at=NOON) is None


def intervention(client: Colour | None, referral: Colour | None) -> Intervention:
    sides = {Side.CLIENT: SideFacts(colour=client), Side.REFERRAL: SideFacts(colour=referral)}
    return Intervention(SLI, "SLI-00042", "A B - C", NOON, "005", NOON, NOON, sides)


def resolution(side: Side, state: MilestoneState = MilestoneState.OPEN) -> Milestone:
    return Milestone(side, MilestoneKind.RESOLUTION, state, "not_due_yet", NOON, NOON + 720 * HOUR)


def test_open_are_the_sides_that_apply_and_are_neither_green_nor_red() -> None:
    both = [resolution(Side.CLIENT), resolution(Side.REFERRAL)]
    assert open_sides(intervention(Colour.YELLOW, None), both) == (Side.CLIENT, Side.REFERRAL)
    assert open_sides(intervention(Colour.GREEN, Colour.ORANGE), both) == (Side.REFERRAL,)
    assert open_sides(intervention(Colour.RED, Colour.GREEN), both) == ()


def test_a_side_that_was_met_once_and_is_open_again_counts_as_open_and_a_cancelled_one_does_not() -> None:
    reopened = resolution(Side.CLIENT, MilestoneState.MET)
    gone = resolution(Side.REFERRAL, MilestoneState.CANCELLED)
    assert open_sides(intervention(Colour.YELLOW, Colour.ORANGE), [reopened, gone]) == (Side.CLIENT,)


def test_a_plan_milestone_alone_makes_no_side_open() -> None:
    plan = Milestone(Side.CLIENT, MilestoneKind.PLAN, MilestoneState.OPEN, "not_due_yet", NOON, NOON)
    assert open_sides(intervention(Colour.YELLOW, None), [plan]) == ()


def test_the_notice_of_an_end_is_built_from_facts_alone_and_leads_back_to_its_silence() -> None:
    quiet, other = silence(), silence(OFFICE)
    record = intervention(Colour.YELLOW, None)
    notice = notice_of_end(quiet, NOON + 8 * HOUR, record, (Side.CLIENT,))
    assert notice.rule is Rule.SILENCE_ENDED
    assert notice.key == f"00D:a01:silence_ended:{name_of(quiet)}:2026-11-18T20:00:00Z:1"
    assert silence_behind(notice, [other, quiet]) == quiet
    assert silence_behind(notice, [other]) is None
    assert ":" not in notice.topic


def test_two_silences_about_one_sli_have_different_names() -> None:
    assert name_of(silence()) != name_of(silence(at=NOON + SECOND))
    assert name_of(silence()) == name_of(silence(hours=3))  # What is said may be corrected; the key stays.


def test_whoever_asked_for_the_silence_hears_of_its_end_in_the_same_mail_as_in_other_roles() -> None:
    ana = Recipient("Ana@Example.com", "Ana Ruiz", "005", ("Regional CSM",))
    bo = Recipient("bo@example.com", "Bo Lind", "006", ("Owner",))
    heard = with_owner(Audience((ana, bo), ()), "ana@example.com")
    assert [r.roles for r in heard.recipients] == [("Regional CSM", OWNER_OF_SILENCE), ("Owner",)]

    joined = with_owner(Audience((bo,), ()), "ana@example.com")
    assert [(r.address, r.roles) for r in joined.recipients][1:] == [("ana@example.com", (OWNER_OF_SILENCE,))]


def test_the_sentence_about_an_end_says_who_and_why() -> None:
    assert words_of_end(silence()) == "Ana Ruiz asked for it: Storm."
