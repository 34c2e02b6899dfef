"""Every row of D16, worked out plainly from a life (tests/acceptance/life.py): what is told, for whom, to whom.

It shares no code with the agent. At each instant at which anything could begin to be owed, it asks each row of
the table whether it is; what was owed once is told once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tests.acceptance.life import ROLES, SIDES, Holder, Life

ADMIN = "sli-admin@example.com"
RESOLVED = ("Green", "Red")
NEEDS_ACCOUNT = ("account_owner", "sales_manager", "account_regional_director", "division_head")
OWNER = {"client": "regional_csm", "referral": "account_owner"}
DIRECTOR = {"client": "regional_director", "referral": "account_regional_director"}
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """One thing told. `about` is a finding's code, else empty."""

    row: str
    due: datetime
    about: str
    sides: frozenset[str]
    to: frozenset[str]


def everything_told(life: Life) -> set[Told]:
    """All that should have been told by the end of this life."""
    told: dict[tuple[str, datetime, str], Told] = {}
    weekly: list[datetime] = []
    for at in sorted(set(_instants(life))):
        if not life.created < at <= life.end:
            continue
        for row, due, about, sides in _owed(life, at):
            key = (row, due, about)
            if key in told:
                continue
            to = _audience(life, row, sides, joined=row == "still_open" and _ignored(life, weekly, at))
            told[key] = Told(row, due, about, frozenset(sides), to)
            if row == "still_open":
                weekly.append(due)
    return set(told.values())


def _instants(life: Life) -> Iterator[datetime]:
    """A second after everything that happened, and after everything that could fall due."""
    happened = list(life.instants())
    for at in happened:
        yield at + SECOND
        for later in (22 * HOUR, 24 * HOUR, 14 * DAY):
            yield at + later + SECOND
        for days in (14, 30):
            yield _end_of(_day(life, at) + days * DAY, life) + SECOND
    for side in SIDES:
        for last in _last_days(life, side):
            due = _end_of(last, life)
            yield from (due - 7 * DAY + SECOND, due - DAY + SECOND, due + SECOND)
            yield from (_end_of(last + 7 * n * DAY, life) + SECOND for n in range(1, 15))


def _owed(life: Life, at: datetime) -> Iterator[tuple[str, datetime, str, list[str]]]:
    yield "submission", life.created, "", []
    shared: dict[tuple[str, datetime], list[str]] = {}
    for side in SIDES:
        if _start(life, side, at) is not None:
            for row, due in _owed_for(life, side, at):
                shared.setdefault((row, due), []).append(side)
    for (row, due), sides in shared.items():
        yield row, due, "", sides
    for since, about, sides in _findings(life, at):
        if since < at:
            yield "conduct", since, about, sides


def _owed_for(life: Life, side: str, at: datetime) -> Iterator[tuple[str, datetime]]:
    """The rows about one side that applies."""
    start = _start(life, side, at)
    assert start is not None
    documented = _documented(life, side, at)
    plan_due = start + 24 * HOUR
    if documented is None:
        if plan_due < at:
            yield "plan_24h", plan_due
        elif start + 22 * HOUR < at:
            yield "plan_due_soon", start + 22 * HOUR
    last = _last_day(life, side, at)
    due = _end_of(last, life)
    if _resolved_ever(life, side, at) is None:
        if due < at:
            yield "resolution_30d", due
            passed = [_end_of(last + 7 * n * DAY, life) for n in range(1, 15)]
            passed = [one for one in passed if one < at]
            if passed:
                yield "still_open", passed[-1]
        else:
            known = max(life.created, datetime.combine(_incident(life), time(), life.zone).astimezone(UTC))
            warned = [due - before for before in (7 * DAY, DAY) if known < due - before < at]
            if warned:
                yield "resolution_due_soon", warned[-1]
    for contact_due, opens in _contacts(life, side, documented):
        if contact_due < at and _contact(life, opens, at) is None and _colour(life, side, at) != "Red":
            yield "follow_up", contact_due


def _findings(life: Life, at: datetime) -> Iterator[tuple[datetime, str, list[str]]]:
    applying = [side for side in SIDES if _start(life, side, at) is not None]
    # Where no side applies, the client's owner hears of it: every SLI has an office.
    concerned = applying or ["client"]
    if life.name.count(" - ") == 0:
        yield life.created, "name_form", concerned
    if life.created_date != _day(life, life.created):
        yield life.created, "created_date_differs", concerned
    words = [when for when, person in life.posts if person and when < at]
    resolved = bool(applying) and all(_colour(life, side, at) in RESOLVED for side in applying)
    if not resolved:
        yield max([life.created, *words]) + 14 * DAY, "chatter_silent", concerned
    green = {side: _since(life, side, at) for side in applying if _colour(life, side, at) == "Green"}
    for side, since in green.items():
        if not all(life.steps):
            yield since, f"steps_incomplete.{side}", [side]
    if green and not life.aligned:
        yield min(green.values()), "alignment_missing", applying
    for side in applying:
        moves = [when for when, _ in life.colours[side][1:] if when < at]
        if moves and not any(when >= moves[-1] - HOUR for when in words):
            yield moves[-1] + DAY, f"colour_without_chatter.{side}", [side]
        yield from _findings_of(life, side, at)


def _findings_of(life: Life, side: str, at: datetime) -> Iterator[tuple[datetime, str, list[str]]]:
    documented = _documented(life, side, at)
    versions = [(when, text) for when, text in life.plans[side] if when < at]
    if documented is not None and not versions[-1][1]:
        yield versions[-1][0], f"plan_cleared.{side}", [side]
    resolved_at = _resolved_ever(life, side, at)
    if resolved_at is not None and _colour(life, side, at) not in RESOLVED:
        left = None
        for when, colour in life.colours[side]:
            if when < at:
                left = None if colour in RESOLVED else left or when
        assert left is not None
        yield left, f"reopened.{side}", [side]
    exemption = life.exemptions.get(side)
    if exemption and exemption.at < at and _granted(life, side, at) is None:
        yield exemption.at, f"exception_refused.{side}", [side]
    if resolved_at is None and documented is not None and _colour(life, side, at) != "Red":
        due = _end_of(_last_day(life, side, at), life)
        late = (
            contact_due
            for contact_due, opens in _contacts(life, side, documented)
            if contact_due > due and contact_due >= at and _contact(life, opens, at) is None
        )
        if any(late):
            yield documented, f"contact_after_due.{side}", [side]


# What stands at an instant: everything that happened before it.


def _colour(life: Life, side: str, at: datetime) -> str | None:
    return [colour for when, colour in life.colours[side] if when < at][-1]


def _since(life: Life, side: str, at: datetime) -> datetime:
    return [when for when, _ in life.colours[side] if when < at][-1]


def _applying(life: Life, at: datetime) -> list[str]:
    colours = {side: _colour(life, side, at) for side in SIDES}
    coloured = [side for side in SIDES if colours[side] not in (None, "N/A")]
    return coloured or [side for side in SIDES if colours[side] is None and life.lookups[side]]


def _start(life: Life, side: str, at: datetime) -> datetime | None:
    """Since when the side has applied without a break; None if it does not."""
    start = None
    for when in sorted({when for own in SIDES for when, _ in life.colours[own] if when < at}):
        start = (start or when) if side in _applying(life, when + SECOND) else None
    return start


def _documented(life: Life, side: str, at: datetime) -> datetime | None:
    """When a plan first stood there in the present time of applying."""
    start = _start(life, side, at)
    if start is None:
        return None
    stood = [text for when, text in life.plans[side] if when <= start]
    if stood and stood[-1]:
        return start
    return next((when for when, text in life.plans[side] if text and start < when < at), None)


def _resolved_ever(life: Life, side: str, at: datetime) -> datetime | None:
    return next((when for when, colour in life.colours[side] if colour in RESOLVED and when < at), None)


def _incident(life: Life) -> date:
    submitted = _day(life, life.created)
    return submitted if life.incident is None or life.incident > submitted else life.incident


def _granted(life: Life, side: str, at: datetime) -> date | None:
    exemption = life.exemptions.get(side)
    if exemption is None or exemption.at >= at or not exemption.reason:
        return None
    regular = _incident(life) + 30 * DAY
    director = life.holders[DIRECTOR[side]]
    may = director.known and exemption.by == director.id and (side == "client" or life.lookups["referral"])
    return exemption.until if may and exemption.until >= regular else None


def _last_day(life: Life, side: str, at: datetime) -> date:
    return _granted(life, side, at) or _incident(life) + 30 * DAY


def _last_days(life: Life, side: str) -> set[date]:
    return {_last_day(life, side, life.created), _last_day(life, side, life.end + DAY)}


def _contacts(life: Life, side: str, documented: datetime | None) -> list[tuple[datetime, datetime]]:
    """Due time and opening of the contacts after a plan."""
    if documented is None:
        return []
    day = _day(life, documented)
    asked = [(14, 7), (30, 15)] if life.second_contact[side] else [(14, 7)]
    return [
        (
            _end_of(day + due * DAY, life),
            datetime.combine(day + opens * DAY, time(), life.zone).astimezone(UTC),
        )
        for due, opens in asked
    ]


def _contact(life: Life, opens: datetime, at: datetime) -> datetime | None:
    made = [when for when, person in life.posts if person] + life.tasks
    return min((when for when in made if opens <= when < at), default=None)


def _ignored(life: Life, weekly: list[datetime], at: datetime) -> bool:
    """The two reminders before met with no colour, no plan and no word of a person since the first of them."""
    if len(weekly) < 2:
        return False
    moved = [when for side in SIDES for when, _ in (*life.colours[side][1:], *life.plans[side][1:])]
    answers = [*moved, *(when for when, person in life.posts if person)]
    return not any(sorted(weekly)[-2] < when < at for when in answers)


# Who hears it.


def _audience(life: Life, row: str, sides: list[str], *, joined: bool) -> frozenset[str]:
    if row in ("submission", "plan_24h", "resolution_30d"):
        roles = [role for role in ROLES if life.lookups["referral"] or role not in NEEDS_ACCOUNT]
    else:
        roles = [OWNER[side] for side in sides]
        if row == "still_open":
            more = ["regional_director", "account_regional_director", *(["division_head"] if joined else [])]
            roles += [role for role in more if life.lookups["referral"] or role not in NEEDS_ACCOUNT]
    return frozenset(_address(life.holders[role], role, life) for role in roles)


def _address(holder: Holder, role: str, life: Life) -> str:
    # A manager is found by way of the account's owner.
    led_to = role != "sales_manager" or life.holders["account_owner"].known
    there = led_to and holder.known and holder.active and holder.address
    reached = there and (life.lookups["referral"] or role not in NEEDS_ACCOUNT)
    return (holder.address if reached else None) or ADMIN


def _day(life: Life, at: datetime) -> date:
    return at.astimezone(life.zone).date()


def _end_of(day: date, life: Life) -> datetime:
    return datetime.combine(day, time(23, 59, 59), life.zone).astimezone(UTC)
