"""The month of a sales representative: admissions, attainment, the rung reached and the next one (B4 to B8). Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from agent.incentive.sales import (
    Attainment,
    annual_bonus,
    attain,
    month_pay,
    new_hours,
    next_rung,
    ramp,
    rung_reached,
)
from agent.incentive.statement import Detail, Line, OneMore, Statement, counted
from agent.mapping.sales_terms import GoalTerms, Rung, SalesTerms
from agent.rounding import CENT, cents, half_up, up

FIRST_WEEK = timedelta(days=7)
"""From the first scheduled shift on: what was not cancelled by its end counts (D42)."""
DECEMBER = "12"
RESOLVE = "`sli-agent month resolve --what pay` lets it pay nothing"
NO_GOAL = f"this month of the ramp has no goal; set goal.ramp_from in incentive.toml, or {RESOLVE}"
LEFT_OUT = "left out, as somebody decided"


@dataclass(frozen=True)
class Admission:
    """A contracted client, by the date of the first shift, with the hours scheduled in the first week (D42)."""

    id: str
    client: str
    first_shift: date
    first_week_hours: Decimal


@dataclass(frozen=True)
class SalesMonth:
    """What a month's pay is reckoned from. `new_clients` and `hours` of what counts; None: the month is held."""

    goal_clients: int
    new_clients: int | None
    hours: Fraction
    """New hours per month (B6)."""
    why: str = ""
    details: tuple[Detail, ...] = ()
    also_held: tuple[str, ...] = ()
    left_out: bool = False
    """Somebody decided that what people are to decide of it, a month without a goal or a part year, pays nothing."""


def goal_of(goal: GoalTerms, month: str, started: str | None) -> int:
    """New clients to win: by the ramp since the month in which somebody began to sell; None: long ago (B8).

    Raises:
        ValueError: the month lies before they began.
    """
    if started is None:
        return goal.new_clients
    return ramp(goal, _number(month) - _number(started) + 1)


def sales_month(
    admissions: Sequence[Admission], terms: SalesTerms, month: str, started: str | None, today: date
) -> SalesMonth:
    """The admissions whose first shift lies in the month; each client counts once, with the first of them.

    One without hours in its first week was cancelled, and counts as none (D42). Hours below 0 are a mistake that
    holds the month: nobody can tell what they were to be.
    """
    details: list[Detail] = []
    seen: set[str] = set()
    clients, hours, open_weeks, wrong = 0, Fraction(0), 0, 0
    for one in sorted(admissions, key=lambda a: (a.first_shift, a.id)):
        if f"{one.first_shift:%Y-%m}" != month:
            continue
        state = _state(one, seen)
        a_month = new_hours(one.first_week_hours, terms.composite_client.weeks_a_month)
        if state == "counted":
            seen.add(one.client)
            clients, hours = clients + 1, hours + a_month
        wrong += state == "held"
        open_weeks += one.first_shift + FIRST_WEEK > today
        details.append(_detail(one, a_month, terms, state))
    weeks = f"{counted(open_weeks, 'first week')} not over: scheduled hours may still change"
    mistakes = f"{counted(wrong, 'admission')} with hours below 0: correct it where it was entered"
    held = (*([weeks] if open_weeks else []), *([mistakes] if wrong else []))
    return SalesMonth(goal_of(terms.goal, month, started), clients, hours, "", tuple(details), held)


def _state(one: Admission, seen: Container[str]) -> str:
    """What an admission is to the month; `seen` are the clients that count already."""
    if one.first_week_hours < 0:
        return "held"
    if not one.first_week_hours:
        return "cancelled"
    return "counted already" if one.client in seen else "counted"


def attained(found: SalesMonth, terms: SalesTerms) -> Attainment | None:
    """None: the month is held, or its goal is nothing, of which nothing can be a share."""
    if found.new_clients is None or found.goal_clients < 1:
        return None
    return attain(found.new_clients, found.hours, found.goal_clients, terms.goal.hours_a_client)


def sales_statement(
    person: str,
    month: str,
    terms: SalesTerms,
    found: SalesMonth,
    before: Mapping[str, Fraction] | None = None,
    version: str = "",
) -> Statement:
    """The statement of one representative and month; in December with the annual bonus.

    `before` is the attainment in percent of the year's earlier months, by month; those that are held are left
    out.
    """
    reached = attained(found, terms)
    lines = [_monthly(terms, found, reached)]
    if month.endswith(DECEMBER):
        known = {**(before or {}), **({month: reached.percent} if reached else {})}
        lines.append(_annual(terms, known, left_out=found.left_out))
    held = [f"{line.component}: {line.why}" for line in lines if line.pays is None]
    return Statement(person, month, "sales", tuple(lines), (*held, *found.also_held), version)


def _monthly(terms: SalesTerms, found: SalesMonth, reached: Attainment | None) -> Line:
    component = f"Monthly bonus (${terms.pay.month_at_goal:,} at 100 %)"
    goal_hours = found.goal_clients * terms.goal.hours_a_client
    if reached is None and found.new_clients is not None and found.left_out:
        return Line(component, "left out", cents(0), LEFT_OUT, details=found.details)
    if reached is None or found.new_clients is None:
        return Line(component, "held", None, found.why or NO_GOAL, details=found.details)
    facts = (
        ("New clients", f"{found.new_clients} of {found.goal_clients}: {reached.clients} %"),
        ("New hours per month", f"{cents(found.hours):,} of {cents(goal_hours):,}: {reached.hours} %"),
        ("Attainment, their average", f"{_plain(reached.percent)} %"),
        ("Rung reached", _rung(reached.percent, terms)),
    )
    return Line(
        component,
        f"{_plain(reached.percent)} % of the goal",
        month_pay(reached.percent, terms.pay),
        exact=str(reached.percent),
        facts=facts,
        details=found.details,
        one_more=one_more(found, terms),
    )


def _annual(terms: SalesTerms, months: Mapping[str, Fraction], *, left_out: bool) -> Line:
    component = f"Annual bonus (${terms.pay.annual_bonus:,} for twelve months at 100 %)"
    pays = annual_bonus([months[month] for month in sorted(months)], terms.pay)
    facts = tuple((month, f"{_plain(months[month])} %") for month in sorted(months))
    result = f"{sum(percent >= 100 for percent in months.values())} of 12 months at goal"
    if pays is None and left_out:
        return Line(component, result, cents(0), LEFT_OUT, facts=facts)
    if pays is None:
        why = f"held: {len(months)} months are known, and a part year is decided by people; {RESOLVE}"
        return Line(component, result, None, why, facts=facts)
    return Line(component, result, pays, facts=facts)


def one_more(found: SalesMonth, terms: SalesTerms) -> tuple[OneMore, ...]:
    """An average client more, an hour more, and what is missing to the next rung; by the ladder itself."""
    each = Fraction(terms.goal.hours_a_client)
    more = [
        OneMore(f"One more new client of {_plain(each)} hours a month", _gain(found, terms, 1, each)),
        OneMore("One more new hour per month", _gain(found, terms, 0, Fraction(1))),
    ]
    reached = attained(found, terms)
    rung = next_rung(reached.percent, terms.pay) if reached else None
    if reached and rung:
        clients = _clients_to(rung, found, terms)
        hours = _hours_to(rung, found, terms, reached)
        more += [
            OneMore(
                f"The next rung, {_plain(Fraction(rung.percent))} %: {counted(clients, 'such client')} more",
                _gain(found, terms, clients, clients * each),
            ),
            OneMore(
                f"The next rung, {_plain(Fraction(rung.percent))} %: {hours:,} more new hours per month",
                _gain(found, terms, 0, Fraction(hours)),
            ),
        ]
    return tuple(more)


def _clients_to(rung: Rung, found: SalesMonth, terms: SalesTerms) -> int:
    """Average clients that lead to a rung."""
    won, each, more = found.new_clients or 0, Fraction(terms.goal.hours_a_client), 1
    while _attain(found, terms, won + more, found.hours + more * each) < rung.percent:
        more += 1
    return more


def _hours_to(rung: Rung, found: SalesMonth, terms: SalesTerms, reached: Attainment) -> Decimal:
    """Hours alone that lead to a rung: each share is rounded before the two are averaged (D44)."""
    wanted = up(2 * Fraction(rung.percent) - Fraction(reached.clients))
    goal = found.goal_clients * Fraction(terms.goal.hours_a_client)
    return up((Fraction(wanted) - Fraction(1, 2)) * goal / 100 - found.hours, CENT)


def _gain(found: SalesMonth, terms: SalesTerms, clients: int, hours: Fraction) -> Decimal:
    won = found.new_clients or 0
    then = month_pay(_attain(found, terms, won + clients, found.hours + hours), terms.pay)
    return then - month_pay(_attain(found, terms, won, found.hours), terms.pay)


def _attain(found: SalesMonth, terms: SalesTerms, clients: int, hours: Fraction) -> Fraction:
    return attain(clients, hours, found.goal_clients, terms.goal.hours_a_client).percent


def _rung(percent: Fraction, terms: SalesTerms) -> str:
    reached = rung_reached(percent, terms.pay)
    if reached is None:
        return f"none: the lowest is {_plain(Fraction(terms.pay.ladder[0].percent))} %"
    return f"{_plain(Fraction(reached.percent))} % pays ${cents(reached.pay):,}"


def _detail(one: Admission, a_month: Fraction, terms: SalesTerms, state: str) -> Detail:
    weeks = terms.composite_client.weeks_a_month
    why = f"{_plain(Fraction(one.first_week_hours))} h x {weeks}"
    return Detail(
        "admission",
        one.client,
        state,
        one.first_shift.isoformat(),
        cents(a_month),
        "hours",
        why,
        evidence=one.id,
    )


def _plain(figure: Fraction) -> str:
    """`95.5`, `82`: without zeros that say nothing."""
    return f"{half_up(figure, CENT).normalize():f}"


def _number(month: str) -> int:
    year, number = month.split("-")
    return 12 * int(year) + int(number)
