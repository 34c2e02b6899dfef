"""The sentences of the mails, for a tired reader: what happened, what to do now, what good looks like."""

from __future__ import annotations

from datetime import datetime

from agent.alerts.letter import Badge, Section
from agent.alerts.text import day, listed, local_time, one_line, paragraphs
from agent.alerts.views import AlertView, GoLiveView, SideView
from agent.model import Colour, MilestoneState, Mode, Notice, Recipient, Rule, Side

TITLES = {Side.CLIENT: "Client", Side.REFERRAL: "Referral partner"}
SHORT_TITLES = {Side.CLIENT: "Client", Side.REFERRAL: "Referral"}
OWNERS = {Side.CLIENT: "the Regional Client Success Manager", Side.REFERRAL: "Sales"}
"""Who owns the documentation, the colour and the Chatter of a side (S4)."""
MEANINGS = {
    (Side.CLIENT, Colour.GREEN): "recovered",
    (Side.CLIENT, Colour.YELLOW): "action required",
    (Side.CLIENT, Colour.ORANGE): "recovery pending",
    (Side.CLIENT, Colour.RED): "lost",
    (Side.REFERRAL, Colour.GREEN): "resolved and saved",
    (Side.REFERRAL, Colour.ORANGE): "pending, account at risk",
    (Side.REFERRAL, Colour.RED): "resolved but lost",
}
"""What a colour says of a side (S5)."""
GOOD_PLAN = {
    Side.CLIENT: (
        "What was done about the cause, by whom and when: with a caregiver, the talk, the write-up, the "
        "change of case.",
        "Who covers the visits now, and how a lasting replacement is being found.",
        "When someone follows up after the new start of care.",
        "A call to the client after 14 days, and another at 30 days if they are not satisfied by then.",
    ),
    Side.REFERRAL: (
        "Who tells the partner about the plan, and when.",
        "A visit or call after 14 days that brings news of how satisfied the client is.",
        "Another contact at 30 days if the client or the partner is not satisfied by then.",
    ),
}
"""What a plan should cover (S17)."""
STATES = {
    MilestoneState.OPEN: "Due {due}",
    MilestoneState.MET: "{done} in time",
    MilestoneState.MET_LATE: "{done} late, was due {due}",
    MilestoneState.MET_TIME_UNKNOWN: "{done}, time unknown",
    MilestoneState.VIOLATED: "Overdue since {due}",
    MilestoneState.CANCELLED: "No longer needed",
}
MODES = {
    Mode.LIVE: "sent",
    Mode.SHADOW: "decided and logged, not sent (shadow)",
    Mode.OFF: "off",
}
FOOTER = (
    "Sent automatically by the SLI agent. Please answer in the record's Chatter, where everyone involved "
    "sees it; replies to this mail may not be read. It holds client information: please do not forward it."
)
BEHIND_FOOTER = "Sent automatically by the SLI agent, once for this incident."
GO_LIVE_FOOTER = "Sent automatically by the SLI agent, once, when it first read this org."


def badge(view: SideView) -> Badge:
    """A side's colour in the org's own word, with what it says."""
    meaning = (
        MEANINGS.get((view.side, view.colour), "not a colour of this side") if view.colour else "to be agreed"
    )
    return Badge(TITLES[view.side], one_line(view.colour_label, 30), meaning, view.colour)


def subject(notice: Notice, view: AlertView) -> str:
    """Colours first, then what happened; number and office, never a name (S6, D15)."""
    colours = " · ".join(f"{SHORT_TITLES[s.side]}: {one_line(s.colour_label, 30)}" for s in view.sides)
    where = ", ".join(part for part in (one_line(view.number, 30), one_line(view.office, 40)) if part)
    late = listed([SHORT_TITLES[side.side].lower() for side in _late(view)])
    about = f" ({late})" if late else ""
    return f"[{colours or 'no colour set'}] {_happened(notice, view)}: {where}{about}"


def headline(notice: Notice, view: AlertView) -> str:
    """What happened, and to which sides."""
    late = listed([TITLES[side.side].lower() for side in _late(view)])
    return f"{_happened(notice, view)}{f': {late}' if late else ''}"


def _happened(notice: Notice, view: AlertView) -> str:
    if notice.rule is Rule.PLAN_24H:
        return f"No plan after {view.plan_hours} hours"
    if notice.rule is Rule.RESOLUTION_30D:
        return f"Not resolved by {day(notice.due.astimezone(view.zone).date())}"
    return "New intervention"


def lead(notice: Notice, view: AlertView) -> str:
    """What happened, in two or three sentences that carry no client name: phones show them when locked."""
    due = local_time(notice.due, view.zone)
    late = listed([f"the {TITLES[side.side].lower()}" for side in _late(view)])
    if notice.rule is Rule.PLAN_24H:
        return (
            f"The intervention plan for {late} was due {due}, {view.plan_hours} hours after the clock "
            "started. The plan field in Salesforce holds no plan yet."
        )
    if notice.rule is Rule.RESOLUTION_30D:
        opened = f" It has been open for {_days(view.open_days)}." if view.open_days is not None else ""
        return f"This intervention was to be resolved for {late}, Green or Red, by {due}.{opened}"
    submitter = one_line(view.submitter, 80) or "Someone"
    return f"{submitter} submitted this intervention on {local_time(view.submitted_at, view.zone)}."


def to_do(notice: Notice, view: AlertView) -> Section:
    """The next steps, each with who takes it (S4, S16, D6)."""
    if notice.rule is Rule.PLAN_24H:
        points = [
            *(
                f"{TITLES[s.side]}: {OWNERS[s.side]} writes the plan into the record today."
                for s in _late(view)
            ),
            "If a plan exists elsewhere, copy it into the plan field: only what stands there counts.",
            "Post in Chatter what has been done so far, with dates.",
        ]
    elif notice.rule is Rule.RESOLUTION_30D:
        points = [
            *(
                f"{TITLES[s.side]}: {OWNERS[s.side]} sets the colour to Green or Red if the outcome is known."
                for s in _late(view)
            ),
            "If recovery needs longer for a good reason, the Regional Director enters a new due date and the "
            "reason in the record.",
            "Post in Chatter where things stand and what comes next, with dates.",
        ]
    else:
        points = [
            "Agree on the colours: Regional Director, Regional Client Success Manager and Sales.",
            *(_plan_to_write(side, view) for side in view.sides),
            "Post in Chatter what was done, with dates, and move the colour as the relationship moves.",
        ]
    return Section("What to do now", points=tuple(points))


def good_plans(notice: Notice, view: AlertView) -> list[Section]:
    """What a good plan covers, for the sides that need one."""
    if notice.rule is Rule.RESOLUTION_30D:
        return []
    sides = _late(view) if notice.rule is Rule.PLAN_24H else view.sides
    return [
        Section(f"A good plan for the {TITLES[s.side].lower()} says", points=GOOD_PLAN[s.side]) for s in sides
    ]


def card(side: SideView, view: AlertView) -> Section:
    """Where one side stands."""
    rows = (
        ("Plan", _state("Documented", side.plan_state, side.plan_due, view)),
        ("Resolution", _state("Resolved", side.resolution_state, side.resolution_due, view)),
    )
    return Section(
        TITLES[side.side],
        badge=badge(side),
        rows=_filled(rows),
        quote=paragraphs(side.plan_excerpt, 600),
    )


def facts(view: AlertView) -> Section:
    """The record. Here, and nowhere before, stands the client's name."""
    submitted = f"{local_time(view.submitted_at, view.zone)}, by {one_line(view.submitter, 80) or 'unknown'}"
    rows = (
        ("Number", one_line(view.number, 40)),
        ("Record", one_line(view.name, 200)),
        ("Office", ", ".join(one_line(part, 80) for part in (view.office, view.region or "") if part)),
        ("Incident", one_line(view.incident_type or "", 120)),
        ("Incident date", _incident_date(view)),
        ("Submitted", submitted),
        ("Referral account", one_line(view.account_name or "", 120)),
        ("Open for", _days(view.open_days)),
    )
    return Section("The record", rows=_filled(rows))


def reasons(recipient: Recipient) -> tuple[str, ...]:
    """Why this person gets the mail: every role, and the roles it stands in for (D7)."""
    held = "; ".join(one_line(role, 120) for role in recipient.roles)
    stands_in = "; ".join(one_line(role, 120) for role in recipient.fallback_for)
    lines = (
        f"You get this as: {held}." if held else "",
        f"You get this in place of: {stands_in}. The record leads to no reachable person there."
        if stands_in
        else "",
    )
    return tuple(line for line in lines if line)


def go_live_sections(view: GoLiveView) -> tuple[Section, ...]:
    """The old interventions in numbers, and what happens from now on (D9, D18)."""
    kinds = (
        (Rule.SUBMISSION, "Alert on submission"),
        (Rule.PLAN_24H, f"Alert when no plan is documented after {view.plan_hours} hours"),
        (Rule.RESOLUTION_30D, f"Alert when not resolved after {view.resolution_days} days"),
    )
    return (
        Section(
            "Already there, not alerted",
            points=(
                f"Open interventions: {view.open:,}",
                f"Of them, without a plan in time: {view.without_plan:,}",
                f"Of them, past the {view.resolution_days} days: {view.past_resolution:,}",
            ),
        ),
        Section("From now on", points=tuple(f"{words}: {MODES[view.modes[rule]]}" for rule, words in kinds)),
        Section(
            "What to do now",
            points=(
                "Look through the overdue ones with the Regional Directors: nobody is alerted about them.",
                "Change what is sent in rules.toml: off, shadow or live for each kind of alert.",
            ),
        ),
    )


def behind_sections(cause: str) -> tuple[Section, ...]:
    """Why deadlines are not judged, and what to do (D11)."""
    return (
        Section("Why", points=(cause or "Salesforce has not answered, or the agent was not running.",)),
        Section(
            "What to do now",
            points=(
                "Run `sli-agent check`: it names what is missing, and the mend.",
                "Run `sli-agent status`: it tells how far behind the agent is.",
                "If it lasts, watch the 24 hours and the 30 days by hand.",
            ),
        ),
    )


def _late(view: AlertView) -> tuple[SideView, ...]:
    return tuple(side for side in view.sides if side.late)


def _plan_to_write(side: SideView, view: AlertView) -> str:
    who = f"{TITLES[side.side]}: {OWNERS[side.side]}"
    if side.plan_state is not None and side.plan_state.is_met:
        return f"{who} keeps the plan up to date; one is documented already."
    by = f" by {local_time(side.plan_due, view.zone)}" if side.plan_due else ""
    return f"{who} writes the intervention plan into the record{by}."


def _state(done: str, state: MilestoneState | None, due: datetime | None, view: AlertView) -> str:
    if state is None or due is None:
        return ""
    return STATES[state].format(done=done, due=local_time(due, view.zone))


def _incident_date(view: AlertView) -> str:
    return f"{day(view.incident_date) if view.incident_date else 'not recorded'}{_fallback(view)}"


def _fallback(view: AlertView) -> str:
    """Says so wherever the days are not counted from the incident date (D1)."""
    submitted = view.submitted_at.astimezone(view.zone).date()
    if view.incident_date is not None and view.incident_date <= submitted:
        return ""
    why = "" if view.incident_date is None else ", after the submission"
    return f"{why}: the {view.resolution_days} days count from the submission"


def _days(count: int | None) -> str:
    return "" if count is None else "1 day" if count == 1 else f"{count} days"


def _filled(rows: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Without the rows that have nothing to say."""
    return tuple((label, words) for label, words in rows if words)
