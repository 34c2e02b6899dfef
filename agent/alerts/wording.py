"""The sentences of a mail about one intervention: what happened, what to do, what good records look like."""

from __future__ import annotations

from datetime import datetime

from agent.alerts.kinds import DEADLINES, WORDS
from agent.alerts.letter import Badge, Section
from agent.alerts.text import day, listed, local_time, one_line, paragraphs
from agent.alerts.views import AlertView, SideView, Standing
from agent.model import Colour, MilestoneKind, MilestoneState, Notice, Recipient, Rule, Side

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
MILESTONES = {
    MilestoneKind.PLAN: ("Plan", "Documented"),
    MilestoneKind.RESOLUTION: ("Resolution", "Resolved"),
    MilestoneKind.CONTACT: ("Follow-up", "Made"),
    MilestoneKind.SECOND_CONTACT: ("Second follow-up", "Made"),
}
"""What each is called, and what is said of it once it is done."""
STATES = {
    MilestoneState.OPEN: "Due {due}",
    MilestoneState.MET: "{done} in time",
    MilestoneState.MET_LATE: "{done} late, was due {due}",
    MilestoneState.MET_TIME_UNKNOWN: "{done}, time unknown",
    MilestoneState.VIOLATED: "Overdue since {due}",
    MilestoneState.CANCELLED: "No longer needed",
}
FOOTER = (
    "Sent automatically by the SLI agent. Please answer in the record's Chatter, where everyone involved "
    "sees it; replies to this mail may not be read. It holds client information: please do not forward it."
)


def badge(view: SideView) -> Badge:
    """A side's colour in the org's own word, with what it says."""
    meaning = (
        MEANINGS.get((view.side, view.colour), "not a colour of this side") if view.colour else "to be agreed"
    )
    return Badge(TITLES[view.side], one_line(view.colour_label, 30), meaning, view.colour)


def subject(notice: Notice, view: AlertView, *, with_name: bool = False) -> str:
    """Colours first, then what happened; number and office, and a name only where it is asked for (S6, D15)."""
    colours = " · ".join(f"{SHORT_TITLES[s.side]}: {one_line(s.colour_label, 30)}" for s in view.sides)
    name = one_line(view.name, 60) if with_name else ""
    where = ", ".join(part for part in (one_line(view.number, 30), one_line(view.office, 40), name) if part)
    concerned = listed([SHORT_TITLES[side.side].lower() for side in named(notice, view)])
    about = f" ({concerned})" if concerned else ""
    return f"[{colours or 'no colour set'}] {happened(notice, view)}: {where}{about}"


def headline(notice: Notice, view: AlertView) -> str:
    """What happened, and to which sides."""
    concerned = listed([TITLES[side.side].lower() for side in named(notice, view)])
    return f"{happened(notice, view)}{f': {concerned}' if concerned else ''}"


def happened(notice: Notice, view: AlertView) -> str:
    """What happened, in three words or four: nothing anybody typed is among them."""
    return WORDS[notice.rule].happened.format_map(_facts(notice, view))


def lead(notice: Notice, view: AlertView, note: str = "") -> str:
    """What happened, in two or three sentences that carry no client name: phones show them when locked."""
    return WORDS[notice.rule].lead.format_map(_facts(notice, view, note))


def brief(notice: Notice, view: AlertView, note: str = "") -> str:
    """What happened, in a sentence or two below a digest's heading."""
    return WORDS[notice.rule].brief.format_map(_facts(notice, view, note))


def to_do(notice: Notice, view: AlertView) -> Section:
    """The next steps, each with who takes it (S4, S16, D6)."""
    own, others = side_steps(notice, view), WORDS[notice.rule].steps
    first = others[:1] if notice.rule is Rule.SUBMISSION else ()  # people agree before they plan (S16)
    return Section("What to do now", points=(*first, *own, *others[len(first) :]))


def side_steps(notice: Notice, view: AlertView) -> list[str]:
    """The next step of each side's owner: of the sides the notice names, or of all where it names none."""
    return [f"{TITLES[s.side]}: {_side_step(notice, s, view)}" for s in named(notice, view) or view.sides]


def good_examples(notice: Notice, view: AlertView) -> list[Section]:
    """What good documentation looks like, for the sides that need it (S17)."""
    good = WORDS[notice.rule].good
    return [
        Section(good.title.format(side=TITLES[s.side].lower()), points=good.points[s.side])
        for s in named(notice, view) or view.sides
    ]


def card(side: SideView, view: AlertView) -> Section:
    """Where one side stands."""
    rows = tuple(
        (name, _state(done, side.stands[kind], view))
        for kind, (name, done) in MILESTONES.items()
        if kind in side.stands
    )
    return Section(TITLES[side.side], badge=badge(side), rows=rows, quote=paragraphs(side.plan_excerpt, 600))


def record(view: AlertView) -> Section:
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
        ("Open for", "" if view.open_days is None else _days(view.open_days)),
    )
    return Section("The record", rows=tuple((label, words) for label, words in rows if words))


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


def named(notice: Notice, view: AlertView) -> tuple[SideView, ...]:
    """The sides this notice is about; none where it is about the whole record."""
    return tuple(side for side in view.sides if side.side in notice.sides)


def _days(count: int) -> str:
    return "less than a day" if count < 1 else "1 day" if count == 1 else f"{count} days"


def _facts(notice: Notice, view: AlertView, note: str = "") -> dict[str, str]:
    """What the texts of `WORDS` name: facts of the record, each a single clean line."""
    deadline, said = deadline_of(notice, view), one_line(note, 300)
    last_day = deadline.astimezone(view.zone).date()
    return {
        "deadline": local_time(deadline, view.zone),
        "day": day(last_day),
        "overdue": _weeks((notice.due.astimezone(view.zone).date() - last_day).days),
        "hours": str(view.plan_hours),
        "sides": listed([f"the {TITLES[s.side].lower()}" for s in named(notice, view) or view.sides]),
        "submitter": one_line(view.submitter, 80) or "Someone",
        "submitted": local_time(view.submitted_at, view.zone),
        "opened": f" It has been open for {_days(view.open_days)}." if view.open_days is not None else "",
        "joined": _joined(view),
        "finding": said or "Something in this record is not as agreed.",
        "note": f" {said}" if said else "",
    }


def deadline_of(notice: Notice, view: AlertView) -> datetime:
    """The instant the mail speaks of: for a reminder the deadline it reminds of, else the notice's own."""
    kind = DEADLINES.get(notice.rule)
    dues = [s.stands[kind].due for s in named(notice, view) if kind in s.stands] if kind else []
    return min(dues, default=notice.due)


def _weeks(count: int) -> str:
    weeks, rest = divmod(count, 7)
    return _days(count) if rest or not weeks else "1 week" if weeks == 1 else f"{weeks} weeks"


def _joined(view: AlertView) -> str:
    if not view.joined:
        return ""
    who = listed([one_line(title, 80) for title in view.joined])
    return f" Nobody has answered the reminders so far, so it also goes to: {who}."


def _side_step(notice: Notice, side: SideView, view: AlertView) -> str:
    plan = side.stands.get(MilestoneKind.PLAN)
    if notice.rule is Rule.SUBMISSION and plan is not None and plan.state.is_met:
        return f"{OWNERS[side.side]} keeps the plan up to date; one is documented already."
    by = f" by {local_time(plan.due, view.zone)}" if plan else ""
    return WORDS[notice.rule].side_step.format(owner=OWNERS[side.side], plan_by=by)


def _state(done: str, standing: Standing, view: AlertView) -> str:
    return STATES[standing.state].format(done=done, due=local_time(standing.due, view.zone))


def _incident_date(view: AlertView) -> str:
    return f"{day(view.incident_date) if view.incident_date else 'not recorded'}{_fallback(view)}"


def _fallback(view: AlertView) -> str:
    """Says so wherever the days are not counted from the incident date (D1)."""
    submitted = view.submitted_at.astimezone(view.zone).date()
    if view.incident_date is not None and view.incident_date <= submitted:
        return ""
    why = "" if view.incident_date is None else ", after the submission"
    return f"{why}: the {view.resolution_days} days count from the submission"
