"""Every named reason and finding, each with a sentence for people (`explain`, `log`)."""

from __future__ import annotations

from enum import StrEnum

from agent.model import MilestoneKind, MilestoneState, Rule


class Reason(StrEnum):
    """Why a milestone stands where it stands."""

    NOT_DUE_YET = "not_due_yet"
    DUE_PASSED = "due_passed"
    DONE_AT_SUBMISSION = "done_at_submission"
    DONE_IN_TIME = "done_in_time"
    IN_TIME_AT_THE_LATEST = "in_time_at_the_latest"
    DONE_LATE = "done_late"
    LATE_AT_THE_EARLIEST = "late_at_the_earliest"
    TIME_UNKNOWN = "time_unknown"
    SIDE_NO_LONGER_APPLIES = "side_no_longer_applies"
    RECORD_DELETED = "record_deleted"
    SIDE_LOST = "side_lost"


class FindingCode(StrEnum):
    """What people should mend in the record."""

    UNKNOWN_COLOUR = "unknown_colour"
    COLOUR_NOT_FOR_SIDE = "colour_not_for_side"
    NO_COLOUR_SET = "no_colour_set"
    INCIDENT_DATE_MISSING = "incident_date_missing"
    INCIDENT_AFTER_SUBMISSION = "incident_after_submission"
    REOPENED = "reopened"
    PLAN_CLEARED = "plan_cleared"
    PLAN_MARKUP_ONLY = "plan_markup_only"
    PLAN_PLACEHOLDER = "plan_placeholder"
    EXCEPTION_REFUSED = "exception_refused"
    COLOUR_WITHOUT_CHATTER = "colour_without_chatter"
    CHATTER_SILENT = "chatter_silent"
    NAME_FORM = "name_form"
    CREATED_DATE_DIFFERS = "created_date_differs"
    STEPS_INCOMPLETE = "steps_incomplete"
    ALIGNMENT_MISSING = "alignment_missing"
    CONTACT_AFTER_DUE = "contact_after_due"


class Refusal(StrEnum):
    """Why an exception does not count (D6); the detail of `exception_refused`."""

    UNKNOWN_WHO = "unknown_who"
    NOT_THE_REGIONAL_DIRECTOR = "not_the_regional_director"
    NO_REASON = "no_reason"
    NOT_LATER = "not_later"


SENTENCES: dict[str, str] = {
    Reason.NOT_DUE_YET: "Not done yet, and the time has not run out.",
    Reason.DUE_PASSED: "Not done, and the time has run out.",
    Reason.DONE_AT_SUBMISSION: "Done at submission.",
    Reason.DONE_IN_TIME: "Done in time.",
    Reason.IN_TIME_AT_THE_LATEST: "The exact time is not known, but at the latest it was done in time.",
    Reason.DONE_LATE: "Done after the due time.",
    Reason.LATE_AT_THE_EARLIEST: "The exact time is not known, but even at the earliest it was late.",
    Reason.TIME_UNKNOWN: "Done; nothing tells whether it was in time, so it is not called late.",
    Reason.SIDE_NO_LONGER_APPLIES: "This side applied once and does not any more.",
    Reason.RECORD_DELETED: "The record was deleted.",
    Reason.SIDE_LOST: "The side is Red, so no contact is asked for any more.",
    FindingCode.UNKNOWN_COLOUR: "The mapping does not name this colour; it counts as set and not resolved.",
    FindingCode.COLOUR_NOT_FOR_SIDE: "This side does not use this colour; it counts as set and not resolved.",
    FindingCode.NO_COLOUR_SET: "No side has a colour; the sides with a filled lookup are taken as affected.",
    FindingCode.INCIDENT_DATE_MISSING: "There is no incident date; the 30 days run from the submission.",
    FindingCode.INCIDENT_AFTER_SUBMISSION: "The incident date is after the submission, so it is not trusted.",
    FindingCode.REOPENED: "It was resolved once and is open again; the milestone stays met.",
    FindingCode.PLAN_CLEARED: "A plan was documented once and is gone; the milestone stays met.",
    FindingCode.PLAN_MARKUP_ONLY: "The plan holds markup and white space but no text.",
    FindingCode.PLAN_PLACEHOLDER: "The plan holds a placeholder instead of a plan.",
    FindingCode.EXCEPTION_REFUSED: "The exception does not count.",
    FindingCode.COLOUR_WITHOUT_CHATTER: "The colour moved, and nobody has written in Chatter what was done.",
    FindingCode.CHATTER_SILENT: "It is open, and nobody has written in Chatter for a long time.",
    FindingCode.NAME_FORM: "The name is not of the form Client Name - Service Incident Type.",
    FindingCode.CREATED_DATE_DIFFERS: "The SLI Created Date is not the day of the submission.",
    FindingCode.STEPS_INCOMPLETE: "The side is Green, and steps of the recovery are still open.",
    FindingCode.ALIGNMENT_MISSING: "A side is Green without the agreement of all. Missing:",
    FindingCode.CONTACT_AFTER_DUE: "A follow-up is due after the resolution; please ask for an exception.",
    Refusal.UNKNOWN_WHO: "Nothing tells who set it; field history must track the exception's date.",
    Refusal.NOT_THE_REGIONAL_DIRECTOR: "Neither the Regional Director nor a delegate set it.",
    Refusal.NO_REASON: "It gives no reason.",
    Refusal.NOT_LATER: "Its date lies before the day that applies without it.",
}

RULE_WORDS = {
    Rule.SUBMISSION: "submission alert",
    Rule.PLAN_24H: "24-hour alert",
    Rule.RESOLUTION_30D: "30-day alert",
    Rule.PLAN_DUE_SOON: "plan reminder",
    Rule.RESOLUTION_DUE_SOON: "resolution reminder",
    Rule.STILL_OPEN: "weekly reminder",
    Rule.FOLLOW_UP: "follow-up reminder",
    Rule.CONDUCT: "note about the record",
    Rule.SILENCE_ENDED: "note that a silence ended",
    Rule.GO_LIVE: "go-live summary",
    Rule.BEHIND: "notice that the agent is behind",
    Rule.UNCERTAIN: "notice of an uncertain mail",
}
KIND_WORDS = {
    MilestoneKind.PLAN: "plan",
    MilestoneKind.RESOLUTION: "resolution",
    MilestoneKind.CONTACT: "follow-up",
    MilestoneKind.SECOND_CONTACT: "second follow-up",
}
TOLD_IN_PART = "told in part; then no more: "
"""Before the reason why a notice was not told to everybody."""
STATE_WORDS = {
    MilestoneState.OPEN: "not due yet",
    MilestoneState.MET: "done in time",
    MilestoneState.MET_LATE: "done late",
    MilestoneState.MET_TIME_UNKNOWN: "done (time unknown)",
    MilestoneState.VIOLATED: "overdue",
    MilestoneState.CANCELLED: "no longer asked",
}


def sentence(name: str) -> str:
    """The sentence for a reason, a finding's code or a refusal.

    A name this version does not know (stored by another one) is returned as it is.
    """
    return SENTENCES.get(name, name)
