"""A person's statement of a month, as it was locked or as it is known now, and the month as it might have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agent.desk.pay.books import Books, csm_results, sales_of
from agent.errors import AgentError
from agent.incentive import kept, months
from agent.incentive.csm import csm_statement
from agent.incentive.months import Ledger, MonthState
from agent.incentive.sales_statement import DECEMBER, attained, sales_statement
from agent.incentive.statement import WATERMARK, Statement
from agent.incentive.what_if import Changes, changed, changed_sales, supposed
from agent.mapping.incentive import CsmPlan, SalesPlan, in_force, paid_titles
from agent.scoring import locks, plans
from agent.scoring.people import Person, client_label, person
from agent.store import pay_lines
from agent.store.pay_lines import Adjustment

AS_IT_IS = Changes()


@dataclass(frozen=True)
class Shown:
    """A statement with what stands beside it. Dollars; nothing of it is for a log."""

    statement: Statement
    who: Person
    state: MonthState
    revision: int
    """Which one is locked, or would be next."""
    labels: Mapping[str, str]
    """Ids of clients and names of activities -> what people read."""
    later: months.Adjustment | None = None
    """What is known now and was not when it was locked, and is not proposed yet (D29)."""
    disputes: tuple[str, ...] = ()
    """Names of those that are open."""
    adjustments: tuple[Adjustment, ...] = ()
    """Proposed for this month, or about it; not part of the total."""


def shown(books: Books, person_id: str, month: str, *, names: bool = False) -> Shown:
    """The statement as it was locked; where the month is not locked, as it is known now.

    Raises:
        AgentError: no plan pays this person in this month, or pay.db has lost what was locked.
    """
    who = person(books.store, books.mapping, person_id)
    at = locks.standing_of(books.store, books.org_id, Ledger.PAY, person_id, month)
    proposed = tuple(
        a for a in pay_lines.adjustments(books.pay, person_id) if month in {a.about_month, a.for_month}
    )
    if at.state is not MonthState.LOCKED:
        statement, later = statement_of(books, person_id, month), None
    else:
        statement, later = _locked(books, person_id, month), known_later(books, person_id, month)
    labels = _labels(books, statement, names=names)
    return Shown(statement, who, at.state, at.revision, labels, later, at.disputes, proposed)


def statement_of(books: Books, person_id: str, month: str) -> Statement:
    """The statement by what is known now, locked or not.

    Raises:
        AgentError: no plan pays this person in this month.
        ConfigurationError: there is no incentive.toml.
    """
    who = person(books.store, books.mapping, person_id)
    plan, paid_as = _plan(books, who, month)
    if isinstance(plan, CsmPlan):
        found = csm_statement(person_id, month, plan.terms, csm_results(books, who, month), plan.version)
    else:
        found = _sales(books, who, plan, month, left_out=_is_left_out(books, person_id, month))
    return replace(found, paid_as=paid_as)


def waits_for_people(books: Books, person_id: str, month: str) -> bool:
    """Whether something of the pay by what is known now has no figure before somebody leaves it out (D43).

    Raises:
        AgentError, ConfigurationError: as `statement_of`.
    """
    who = person(books.store, books.mapping, person_id)
    plan, _ = _plan(books, who, month)
    if isinstance(plan, CsmPlan):
        return False
    held, left_out = (_sales(books, who, plan, month, left_out=out) for out in (False, True))
    return held.lines != left_out.lines


def _is_left_out(books: Books, person_id: str, month: str) -> bool:
    told = locks.decided(books.store, books.org_id, Ledger.PAY, person_id, month)
    return locks.resolution(told) is not None


def _sales(
    books: Books, who: Person, plan: SalesPlan, month: str, changes: Changes = AS_IT_IS, *, left_out: bool
) -> Statement:
    found = changed_sales(sales_of(books, who, plan, month), changes)
    over = () if books.is_over(month) else (f"{month} is not over",)
    held = (*over, *found.also_held, *_reopened(books, who, month), *books.unsettled(plans.SALES, month))
    found = replace(found, also_held=held, left_out=left_out)
    return sales_statement(who.id, month, plan.terms, found, _before(books, who, month), plan.version)


def what_if(books: Books, person_id: str, month: str, changes: Changes, *, names: bool = False) -> Shown:
    """The month as it might have been, by what is known now. Nothing is stored.

    Raises:
        AgentError: as `statement_of`; or a change does not fit the person's plan.
    """
    who = person(books.store, books.mapping, person_id)
    plan, paid_as = _plan(books, who, month)
    if isinstance(plan, CsmPlan):
        results = changed(csm_results(books, who, month, changes.met), changes)
        statement = csm_statement(person_id, month, plan.terms, results, plan.version)
    else:
        if changes.met or changes.score is not None:
            raise AgentError("The sales plan has no quality score; suppose --starts and --hours.")
        left_out = _is_left_out(books, person_id, month)
        statement = _sales(books, who, plan, month, changes, left_out=left_out)
    statement = replace(supposed(statement, changes), paid_as=paid_as)
    at = locks.standing_of(books.store, books.org_id, Ledger.PAY, person_id, month)
    return Shown(statement, who, at.state, at.revision, _labels(books, statement, names=names))


def plain(shown: Shown) -> dict[str, Any]:
    """For machines; dollars are texts."""
    later = shown.later and {"amount": str(shown.later.amount), "why": shown.later.why}
    return {
        "watermark": WATERMARK if shown.statement.assumed else None,
        "person": asdict(shown.who),
        "state": shown.state.value,
        "revision": shown.revision,
        "statement": kept.plain(shown.statement),
        "known_later": later,
        "disputes": list(shown.disputes),
        "adjustments": [{**asdict(a), "amount": str(a.amount)} for a in shown.adjustments],
        "labels": dict(shown.labels),
    }


def _plan(books: Books, who: Person, month: str) -> tuple[CsmPlan | SalesPlan, str]:
    """The plan whose titles hold this person's of the month, in the month's version (I1); and as what it pays them."""
    title, source = books.titles.of(who, month)
    plans = [in_force(books.terms.csm, month), in_force(books.terms.sales, month)]
    for plan in plans:
        if plan is not None and title.lower() in paid_titles([plan]):
            _must_have_begun(plan, who, month)
            return plan, f"{title}, {source}"
    paid = sorted({title for plan in plans if plan is not None for title in plan.titles})
    raise AgentError(
        f"No plan of {month} pays {who.called}, whose title is {title or 'not known'!r} ({source}).",
        hint=f"Plans of that month pay: {', '.join(paid) or 'nobody'}. Titles stand in incentive.toml, and the "
        "field they are read from in reference.toml (person.title). If their title was another one in that month, "
        f"say so with a [[position]] in incentive.toml. {' '.join(books.titles.problems)}".rstrip(),
    )


def _must_have_begun(plan: CsmPlan | SalesPlan, who: Person, month: str) -> None:
    started = plan.started.get(who.email.lower()) if isinstance(plan, SalesPlan) else None
    if started is not None and month < started:
        raise AgentError(
            f"{who.called} began to sell in {started}; there is nothing to state of {month}.",
            hint="Since when stands in incentive.toml (sales.started).",
        )


def _before(books: Books, who: Person, month: str) -> dict[str, Fraction]:
    """What a representative attained in the year's earlier months: as locked, else as known; held ones left out."""
    reached = {earlier: _attained(books, who, earlier) for earlier in _earlier(month)}
    return {earlier: percent for earlier, percent in reached.items() if percent is not None}


def _reopened(books: Books, who: Person, month: str) -> list[str]:
    """Earlier months that somebody is about to look at again: the year's bonus waits for what comes of it."""
    return [
        f"{earlier}, on which the year's bonus stands, was reopened and is not locked again"
        for earlier in _earlier(month)
        if (at := locks.standing_of(books.store, books.org_id, Ledger.PAY, who.id, earlier)).locks
        and at.state is not MonthState.LOCKED
    ]


def _earlier(month: str) -> list[str]:
    """The year's months before a December; none before any other month."""
    year, number = month.split("-")
    return [f"{year}-{n:02}" for n in range(1, 12)] if number == DECEMBER else []


def _attained(books: Books, who: Person, month: str) -> Fraction | None:
    at = locks.standing_of(books.store, books.org_id, Ledger.PAY, who.id, month)
    if at.state is MonthState.LOCKED:
        found = _locked(books, who.id, month)
        # In a month that another plan paid, nothing was to be attained of this one.
        exact = found.lines[0].exact if found.plan == plans.SALES else ""
        return Fraction(exact) if exact else None
    plan = in_force(books.terms.sales, month)
    if plan is None or books.titles.of(who, month).title.lower() not in paid_titles([plan]):
        return None
    if month < plan.started.get(who.email.lower(), month):
        return None
    known = sales_of(books, who, plan, month)
    reached = None if known.also_held else attained(known, plan.terms)
    return reached.percent if reached else None


def as_locked(books: Books, person_id: str, month: str) -> list[Statement | None]:
    """What was locked, one for each revision; None where pay.db does not hold just that: the digest in the decision
    tells, whatever was restored, or locked by another agent on another disk."""
    told = locks.decided(books.store, books.org_id, Ledger.PAY, person_id, month)
    digests = {decision.key: str(decision.data.get("digest")) for decision in told}
    here = {
        (one.revision, pay_lines.digest_of(one.statement)): one.statement
        for one in pay_lines.locked(books.pay, person_id, month)
    }
    keys = months.standing(told, months.about(Ledger.PAY, person_id, month)).locks
    found = (here.get((n, digests[key])) for n, key in enumerate(keys, start=1))
    return [None if one is None else kept.statement_of(one) for one in found]


def _locked(books: Books, person_id: str, month: str) -> Statement:
    found = as_locked(books, person_id, month)
    if (newest := found[-1]) is None:
        raise AgentError(
            f"The pay of {month} is locked, and pay.db does not hold what was locked (revision {len(found)}).",
            hint="Restore pay.db from the last backup: sli-agent restore FOLDER.",
        )
    return newest


def known_later(books: Books, person_id: str, month: str) -> months.Adjustment | None:
    """What a locked month would pay beyond what was locked first and proposed since; None where there is no figure.

    What is known now includes the score's: one that is locked shows late evidence as a revision only (D29). What could
    not be locked is no figure: terms that nobody approved, a client who is held, lines that are still being read, a
    score that was reopened.
    """
    first = as_locked(books, person_id, month)[0]
    if first is None:  # Nobody can say what is new beside it.
        return None
    try:
        now = statement_of(replace(books, by_now=True), person_id, month)
    except AgentError:  # Their title may be another by now, and no plan pays it: what was locked stands.
        return None
    # The plan of another title says nothing of what this one paid.
    if now.total is None or now.held or now.plan != first.plan or _score_was_reopened(books, now):
        return None
    proposed = [a.amount for a in pay_lines.adjustments(books.pay, person_id) if a.about_month == month]
    return months.adjust(_by_component(first), _by_component(now), proposed)


def _score_was_reopened(books: Books, statement: Statement) -> bool:
    """Whether the score that this pay stands on is being looked at again."""
    if statement.plan != plans.CSM:
        return False
    at = locks.standing_of(books.store, books.org_id, Ledger.SCORE, statement.person, statement.month)
    return bool(at.locks) and at.state is not MonthState.LOCKED


def _by_component(statement: Statement) -> dict[str, Decimal]:
    return {line.component: line.pays for line in statement.lines if line.pays is not None}


def _labels(books: Books, statement: Statement, *, names: bool) -> dict[str, str]:
    details = [detail for line in statement.lines for detail in line.details]
    definitions = books.mapping.touch_points.definitions if books.mapping.touch_points else []
    activities = {rule.activity: rule.label for d in definitions for rule in d.touch_points}
    clients = {d.client for d in details if d.client}
    return activities | {client: client_label(books.store, client, names) for client in sorted(clients)}
