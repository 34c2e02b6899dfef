"""What a person's month of pay is reckoned from: lines, assignments, the score; read here, reckoned in incentive/."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from agent.alerts.text import one_line
from agent.days import end_of_day
from agent.desk.decided.titles import Titles, titles
from agent.desk.pay.score import Key, Scored, scored, supposed
from agent.desk.words import counted
from agent.errors import ConfigurationError
from agent.incentive.csm import Results
from agent.incentive.evidence import hours_evidence, starts_evidence
from agent.incentive.metrics import (
    ClientRevenue,
    Hours,
    HoursLine,
    RevenueLine,
    Whose,
    average_days,
    baseline_of,
    days_in,
    hours_of,
    starts_of,
)
from agent.incentive.sales_statement import Admission, SalesMonth, sales_month
from agent.incentive.statement import Evidence
from agent.mapping import Incentive, OrgMapping
from agent.mapping.csm_terms import CsmTerms
from agent.mapping.incentive import SalesPlan, in_force
from agent.pipeline.org_time import org_now
from agent.quality.episodes import csm_at
from agent.quality.touch_points import State
from agent.scoring import line_sources, locks, plans
from agent.scoring.around import Around, early
from agent.scoring.people import Person
from agent.store import Store, belonging, care, pay_lines, scores
from agent.store.pay import PayStore


class Known(NamedTuple):
    """A result, what it stands on, and why there is none."""

    result: int | Hours | None
    evidence: Evidence
    why: str = ""


@dataclass(frozen=True)
class Books:
    """The state, pay.db and the mapping, at an instant."""

    store: Store
    pay: PayStore
    mapping: OrgMapping
    now: datetime
    by_now: bool = False
    """The score by what is known now, though it is locked: what a later adjustment is reckoned from (D29)."""

    @cached_property
    def org_id(self) -> str:
        return self.store.get("org_id") or ""

    @cached_property
    def terms(self) -> Incentive:
        """incentive.toml.

        Raises:
            ConfigurationError: this org pays nobody by these plans.
        """
        if self.mapping.incentive is None:
            raise ConfigurationError(
                ["incentive.toml: missing from the mapping; there are no plans to pay by. mappings/README.md "
                 "tells how to write one."]
            )  # fmt: skip
        return self.mapping.incentive

    def csm_terms(self, month: str) -> CsmTerms:
        """Of the CSM plan in a month; before its first version, of that one."""
        return (in_force(self.terms.csm, month) or self.terms.csm[0]).terms

    def threshold(self, month: str) -> Decimal:
        """Dollars of revenue that make a Quality Start in a month (I3)."""
        return self.csm_terms(month).quality_start_at

    @cached_property
    def around(self) -> Around:
        return Around(self.store, self.mapping, self.now)

    @cached_property
    def titles(self) -> Titles:
        return titles(self.store, self.mapping)

    @cached_property
    def today(self) -> date:
        """On the clock of the mapping's default zone, as the org tells the time."""
        return org_now(self.store, self.now).astimezone(self.around.zone(None)).date()

    def is_over(self, month: str) -> bool:
        return f"{self.today:%Y-%m}" > month

    def knows(self, kind: str, month: str) -> bool:
        """Whether lines of this kind are known of the month at all, whoever's: nothing known is not nothing billed."""
        return pay_lines.has_lines(self.pay, kind, month)

    def whose(self, clients: Sequence[str]) -> Whose:
        """Whose a client was at the end of a day, on the office's clock (D27)."""
        assigned = self.around.assignments(clients)

        def at(client: str, day: date) -> str | None:
            end = end_of_day(day, self.around.zone_of_client(client))
            return csm_at(assigned.get(client, ()), end)

        return at

    def unsettled(self, plan: str, month: str) -> list[str]:
        """What the plan's owner has not confirmed or approved yet, and lines that are still being read: what holds
        the pay (D29)."""
        numbers = plans.unconfirmed(self.store, self.org_id, plan)
        waits = f"{', '.join(numbers)} not confirmed: sli-agent plan confirm {numbers[0]}" if numbers else ""
        unread = line_sources.unread(self.pay, self.mapping, plan)
        return [*([waits] if waits else []), *self._not_agreed(plan, month), *unread]

    def _not_agreed(self, plan: str, month: str) -> list[str]:
        """Terms that nobody approved or that are not what was approved, and titles of nobody: no figure by them is
        anybody's pay."""
        known = self.store, self.mapping, self.org_id
        score = [*plans.not_approved(*known, plans.DEFINITION, month), *plans.broken_promises(*known)]
        return [
            *plans.not_approved(*known, plan, month),
            *plans.broken_plans(*known),
            *self.titles.problems,
            *(score if plan == plans.CSM else ()),
        ]


def csm_results(books: Books, who: Person, month: str, met: Collection[Key] = ()) -> Results:
    """The month of a Client Success Manager: three results or what holds them, and what each stands on.

    `met`: touch points that are supposed to be met, for a what-if.
    """
    assignments = books.mapping.touch_points.assignments if books.mapping.touch_points else None
    clients = belonging.clients_of(books.store, who.id, assignments.now if assignments else None)
    whose = books.whose(clients)
    starts = _starts(books, who, month, clients, whose)
    hours = _hours(books, who, month, clients, whose)
    score = _score(books, who, month, met)
    known = {"quality_starts": starts, "client_hours": hours}
    return Results(
        quality_starts=starts.result if isinstance(starts.result, int) else None,
        client_hours=hours.result if isinstance(hours.result, Hours) else None,
        quality_score=score.percent,
        held={name: k.why for name, k in known.items() if k.why} | {"quality_score": score.why},
        also_held=(*_also_held(books, month, starts, score, who), *books.unsettled(plans.CSM, month)),
        left_out=frozenset({"quality_score"} if score.left_out else ()),
        evidence={name: k.evidence for name, k in known.items()} | {"quality_score": score.evidence},
        if_met=score.if_met,
    )


def _score(books: Books, who: Person, month: str, met: Collection[Key]) -> Scored:
    if met:
        return supposed(books.store, books.mapping, books.around, who.id, month, met)
    score_of = locks.as_known if books.by_now else locks.published
    found = score_of(books.store, books.org_id, who.id, month)
    return scored(books.store, books.mapping, books.around, who.id, month, found)


def _also_held(books: Books, month: str, starts: Known, score: Scored, who: Person) -> list[str]:
    held = [] if books.is_over(month) else [f"{month} is not over"]
    waiting = sum(detail.state == "held" for detail in starts.evidence.details)
    if waiting:
        held.append(
            f"Quality Starts: {counted(waiting, 'client')} held, for their early revenue is not known"
        )
    if nobodys := _nobodys(books, who, month):
        held.append(f"{counted(nobodys, 'touch point')} of {month} in their offices without a CSM")
    return [*held, *score.also_held]


def _nobodys(books: Books, who: Person, month: str) -> int:
    """Touch points of nobody, in the offices where this person has some: they may be theirs."""
    offices = {row["office_id"] for row in scores.points(books.store, month, who.id)}
    nobodys = scores.points(books.store, month, unassigned=True)
    settled = (State.EXCLUDED, State.EXCEPTION)
    return sum(row["office_id"] in offices and row["state"] not in settled for row in nobodys)


def _starts(books: Books, who: Person, month: str, clients: Sequence[str], whose: Whose) -> Known:
    if not books.knows("revenue", month):
        return Known(None, Evidence(), f"no revenue is known of {month}: sli-agent incentive import revenue")
    through = f"{month}-{days_in(month):02}"
    revenue = _revenue(books, clients, through)
    why = {client: why for client, (_, why) in revenue.items()}
    found = starts_of((known for known, _ in revenue.values()), who.id, month, whose, books.threshold)
    return Known(len(found.counted), starts_evidence(found, why, books.threshold(month)))


def _revenue(books: Books, clients: Sequence[str], through: str) -> Mapping[str, tuple[ClientRevenue, str]]:
    """Client -> what is known of its revenue up to a day, and why that is not all of it; "" where it is (D26)."""
    by_client: dict[str, list[pay_lines.Line]] = {}
    for line in pay_lines.lines(books.pay, "revenue", client_ids=clients, through=through):
        by_client.setdefault(line.client_id or "", []).append(line)
    opening = {x.client_id: x.amount for x in pay_lines.lines(books.pay, "opening", client_ids=clients)}
    began = care.first_shift_of(books.store, clients)
    return {
        client: _of_client(books, client, lines, opening.get(client), began.get(client))
        for client, lines in by_client.items()
    }


def _of_client(
    books: Books, client: str, lines: Sequence[pay_lines.Line], opening: Decimal | None, began: str | None
) -> tuple[ClientRevenue, str]:
    since, own = books.terms.revenue_complete_from, books.terms.currency
    if opening is not None and since is not None:
        # The balance stands for all that was billed before the lines are complete.
        lines = [x for x in lines if _day(x) >= since]
    other = [x for x in lines if (x.currency or own) != own]
    why = ""
    if other:
        why = f"revenue in {', '.join(sorted({str(x.currency) for x in other}))}, and the plan's currency is {own}"
    elif opening is None:
        why = _unknown_before(books, client, began)
    known = [RevenueLine(client, _day(x), x.amount) for x in lines if (x.currency or own) == own]
    foreign = [_day(x) for x in other if x.amount > 0]
    return ClientRevenue(client, known, not why, opening or Decimal(0), foreign), why


def _unknown_before(books: Books, client: str, began: str | None) -> str:
    """Why revenue from before the lines may be missing; "" where care began later, on the clock of the office."""
    since, zone = books.terms.revenue_complete_from, books.around.zone_of_client(client)
    if since is None:
        return "no opening balance, and revenue_complete_from of incentive.toml is not set"
    if began is None:
        return "no start of care is known, and no opening balance"
    day = early(began, zone).astimezone(zone).date()
    return f"care began {day}, before {since}, and there is no opening balance" if day < since else ""


def _hours(books: Books, who: Person, month: str, clients: Sequence[str], whose: Whose) -> Known:
    if not books.knows("hours", month):
        return Known(None, Evidence(), f"no hours are known of {month}: sli-agent incentive import hours")
    own = [x for x in _hours_lines(books, clients, month, whose) if x.csm == who.id]
    months = books.csm_terms(month).baseline_months
    baseline, source = _baseline(books, who, months, clients, whose)
    hours = hours_of(own, who.id, month, baseline, average_days(months))
    return Known(hours, hours_evidence(own, hours, source))


def _baseline(
    books: Books, who: Person, months: Sequence[str], clients: Sequence[str], whose: Whose
) -> tuple[Fraction | None, str]:
    """Hours a month and from where: set by people for somebody new, or the average of the plan's months (I4)."""
    # One of 0 was taken back: a file cannot remove a line.
    by_people = [x for x in pay_lines.lines(books.pay, "baseline", person=who.id) if x.amount]
    if by_people:
        return Fraction(by_people[-1].amount), f"set by people: {one_line(by_people[-1].reason)}"
    missing = [month for month in months if not books.knows("hours", month)]
    if missing:
        return None, f"no hours at all are known of {', '.join(missing)}"
    lines = [line for month in months for line in _hours_lines(books, clients, month, whose)]
    found = baseline_of(lines, who.id, months)
    return found, f"the average of {', '.join(months)}" if found else f"no hours in {', '.join(months)}"


def _hours_lines(books: Books, clients: Sequence[str], month: str, whose: Whose) -> list[HoursLine]:
    lines = pay_lines.lines(books.pay, "hours", client_ids=clients, month=month)
    return [
        HoursLine(x.client_id, _day(x), x.amount, whose(x.client_id, _day(x)), x.billable)
        for x in lines
        if x.client_id
    ]


def sales_of(books: Books, who: Person, plan: SalesPlan, month: str) -> SalesMonth:
    """The month of a sales representative: admissions and goal, or what holds them."""
    started = plan.started.get(who.email.lower())
    lines = pay_lines.lines(books.pay, "admissions", person=who.id, month=month)
    admissions = [Admission(x.id, x.client_id or x.id, _day(x), x.amount) for x in lines]
    found = sales_month(admissions, plan.terms, month, started, books.today)
    if not books.knows("admissions", month):
        why = f"no admissions are known of {month}: sli-agent incentive import admissions"
        return SalesMonth(found.goal_clients, None, Fraction(0), why)
    return found


def _day(line: pay_lines.Line) -> date:
    """The day of an admission may be told as an instant; the file has dates."""
    return date.fromisoformat((line.day or "")[:10])
