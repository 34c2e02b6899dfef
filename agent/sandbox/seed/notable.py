"""The interventions that are there for one rule each, by nickname."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from agent.sandbox.seed.company import (
    OFFICE_OF_ACCOUNT_WITH_INACTIVE_OWNER,
    OFFICE_OF_ACCOUNT_WITH_UNMANAGED_OWNER,
    OFFICE_OF_ACCOUNT_WITHOUT_LOCATION,
    OFFICE_WHOSE_DIRECTOR_IS_CSM,
    OFFICE_WITHOUT_CSM,
)
from agent.sandbox.seed.story import (
    AT_SUBMISSION,
    DAY,
    HOUR,
    NOT_APPLICABLE,
    Exemption,
    SideStory,
    Story,
    coloured,
)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

OPEN = coloured("Orange")
PLANNED = OPEN.planned(3 * HOUR)


def notable() -> dict[str, Story]:
    told = (*_plans(), *_sides(), *_resolutions(), *_exemptions(), *_oddities(), *_people())
    return {nickname: replace(story, nickname=nickname) for nickname, story in told}


Told = Iterator[tuple[str, Story]]


def _both(incident: str, age: timedelta, client: SideStory, referral: SideStory | None = None) -> Story:
    return Story(incident, age, client, referral or client)


def _plans() -> Told:
    """The 24 hours: D2, D4."""
    yield "submitted_minutes_ago", _both("no_call_no_show", 4 * MINUTE, coloured("Yellow"), OPEN)
    yield "under_24h_without_plan", _both("unstaffed_start", 5 * HOUR, OPEN)
    yield "nearly_24h_without_plan", _both("late_caregiver", 23 * HOUR + 5 * MINUTE, OPEN)
    yield "plan_missing_client", _both("care_plan_gap", 24 * HOUR + 25 * MINUTE, OPEN, PLANNED)
    yield "plan_missing_referral", _both("caregiver_performance", 26 * HOUR, PLANNED, OPEN)
    yield "plan_missing_both", _both("no_call_no_show", 30 * HOUR, OPEN)
    yield "plan_at_submission", _both("paperwork_delay", 40 * HOUR, OPEN.planned(AT_SUBMISSION))
    yield "plan_in_time", _both("unstaffed_start", 50 * HOUR, OPEN.planned(20 * HOUR))
    yield "plan_at_exactly_24h", _both("late_caregiver", 52 * HOUR, OPEN.planned(24 * HOUR))
    yield "plan_a_second_late", _both("late_caregiver", 55 * HOUR, OPEN.planned(24 * HOUR + SECOND))
    yield "plan_late", _both("communication_lapse", 60 * HOUR, OPEN.planned(41 * HOUR))
    yield "plan_late_one_side", _both("no_call_no_show", 62 * HOUR, PLANNED, OPEN.planned(30 * HOUR))
    yield "plan_tbd", _both("service_failure", 33 * HOUR, OPEN.planned(AT_SUBMISSION, "TBD"))
    yield (
        "plan_blank_markup",
        _both("care_plan_gap", 35 * HOUR, OPEN.planned(2 * HOUR, "<p>&nbsp;</p>"), PLANNED),
    )
    yield "plan_pending", _both("unstaffed_start", 37 * HOUR, PLANNED, OPEN.planned(HOUR, "<p>Pending.</p>"))
    empty_list = "<p><br></p><ul><li></li></ul>"
    yield "plan_only_markup", _both("late_caregiver", 43 * HOUR, OPEN.planned(HOUR, empty_list), PLANNED)


def _sides() -> Told:
    """Which sides apply, and since when: D2, D3."""
    on_day_3 = coloured("Orange", 3 * DAY)
    yield "referral_from_day_3", _both("communication_lapse", 4 * DAY + 5 * HOUR, PLANNED, on_day_3)
    in_time = on_day_3.planned(3 * DAY + 9 * HOUR)
    yield "referral_from_day_3_in_time", _both("hospital_stay", 4 * DAY + 7 * HOUR, PLANNED, in_time)
    yield "client_only", Story("late_caregiver", 44 * HOUR, PLANNED)
    yield "referral_only", Story("partner_covered", 45 * HOUR, referral=PLANNED)
    yield "no_colour", Story("care_plan_gap", 28 * HOUR)
    client_not_applicable = _both("caregiver_conduct", 47 * HOUR, coloured(NOT_APPLICABLE), OPEN)
    yield "client_not_applicable", client_not_applicable
    yield "yellow_on_referral", _both("supplemental_staffing", 27 * HOUR, PLANNED, coloured("Yellow"))
    yield "unknown_colour", _both("billing_experience", 32 * HOUR, coloured("Purple"), PLANNED)


def _resolutions() -> Told:
    """The 30 days: D1, D5. Ages lie a little under the days since the incident."""
    green = PLANNED.then(12 * DAY, "Green")
    yield "resolved_in_time", replace(_both("caregiver_performance", 29 * DAY, green), due_in=-1)
    late = PLANNED.then(41 * DAY, "Green")
    yield "resolved_late", replace(_both("paperwork_delay", 45 * DAY, late), due_in=-17)
    yield "lost_in_time", replace(_both("service_failure", 30 * DAY, PLANNED.then(9 * DAY, "Red")), due_in=-2)
    yield "unresolved_past_30", replace(_both("no_call_no_show", 31 * DAY, PLANNED), due_in=-2)
    yield "unresolved_for_months", replace(_both("missed_visits", 75 * DAY, PLANNED), due_in=-47)
    yield "one_side_unresolved", replace(_both("unstaffed_start", 30 * DAY, green, PLANNED), due_in=-1)
    yield "nearly_30_days", replace(_both("hospital_stay", 27 * DAY, PLANNED), due_in=2)
    reopened = green.then(20 * DAY, "Orange")
    yield "reopened", replace(_both("caregiver_performance", 32 * DAY, reopened, green), due_in=-3)
    no_date = _both("billing_experience", 32 * DAY, PLANNED)
    yield "incident_date_missing", replace(no_date, incident_days=None)
    yield "incident_after_submission", replace(_both("late_caregiver", 33 * DAY, PLANNED), incident_days=-4)
    yield (
        "unresolved_in_phoenix",
        replace(_both("communication_lapse", 28 * DAY, PLANNED), due_in=-1, office="Phoenix"),
    )


def _exemptions() -> Told:
    """Exceptions to the 30 days: D6."""
    late = replace(_both("hospital_stay", 30 * DAY, PLANNED), due_in=-2)

    def exempted(exemption: Exemption) -> Story:
        return replace(
            late, client=PLANNED.exempted(exemption), referral=PLANNED.exempted(exemption), account=1
        )

    yield "exception_by_director", exempted(Exemption(20 * DAY, until_in=14))
    yield "exception_by_someone_else", exempted(Exemption(20 * DAY, until_in=14, by="csm"))
    yield "exception_without_reason", exempted(Exemption(20 * DAY, until_in=14, reason=None))
    expired = exempted(Exemption(20 * DAY, until_in=-1))
    yield "exception_expired", replace(expired, age=45 * DAY, due_in=-16)
    one_side = replace(late, client=PLANNED.exempted(Exemption(19 * DAY, until_in=9)))
    yield "exception_for_client_only", one_side


def _oddities() -> Told:
    """Records that a careless reader trips over."""
    paragraph = "The family wrote down every call they made, with day and hour. "
    long = replace(_both("communication_lapse", 46 * HOUR, PLANNED), description=paragraph * 1650)
    yield "long_description", long
    yield (
        "emoji",
        replace(
            _both("caregiver_conduct", 48 * HOUR, PLANNED),
            name="Zoë 🌻 Ångström-李 - Caregiver Conduct",
            description="She brought 🌻🌻 and the family says 👍🏽. Naïve façade, Ω, 你好, שלום.",
        ),
    )
    yield (
        "hostile_name",
        replace(
            _both("late_caregiver", 49 * HOUR, PLANNED),
            name='=?utf-8?B?SGk=?= <b>Rex</b>\u2028Bcc: all@example.com \u202e"x" - Late',
        ),
    )
    yield "without_referral_account", Story("paperwork_delay", 51 * HOUR, PLANNED, account=None)
    queued = _both("no_call_no_show", 53 * HOUR, PLANNED)
    # Whoever saved it never came back to name it (S7).
    yield "owned_by_queue", replace(queued, queued=True, name="Taken from the queue")
    yield "deleted", replace(_both("service_failure", 54 * HOUR, OPEN), deleted_after=30 * HOUR)


def _people() -> Told:
    """Roles that nobody fills, or that one person fills twice: D7."""
    told = _both("caregiver_performance", 70 * HOUR, PLANNED)
    yield "two_roles", replace(told, office=OFFICE_WHOSE_DIRECTOR_IS_CSM)
    # Dated to the day of the incident, as it were (S8).
    yield "submitted_by_director", replace(told, submitter="director", age=71 * HOUR, dated_off=-1)
    yield "inactive_regional_csm", replace(told, office="Omaha", age=72 * HOUR)
    yield "no_regional_csm", replace(told, office=OFFICE_WITHOUT_CSM, age=73 * HOUR)
    yield "sales_manager_without_address", replace(told, office="Nashville", age=74 * HOUR)
    seconds = replace(told, account=2)
    yield "no_cc_location", replace(seconds, office=OFFICE_OF_ACCOUNT_WITHOUT_LOCATION, age=75 * HOUR)
    yield "inactive_owner", replace(seconds, office=OFFICE_OF_ACCOUNT_WITH_INACTIVE_OWNER, age=76 * HOUR)
    yield (
        "owner_without_manager",
        replace(seconds, office=OFFICE_OF_ACCOUNT_WITH_UNMANAGED_OWNER, age=77 * HOUR),
    )
    yield "account_of_another_region", replace(seconds, office="Denver", age=78 * HOUR)
