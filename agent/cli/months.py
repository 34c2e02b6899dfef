"""The verbs for a person's month: show, review, approve, lock, reopen, resolve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.markup import escape

from agent.cli import output
from agent.cli.at_hand import at_hand, state_options
from agent.cli.scoring import month_of
from agent.cli.word import answer, word_options
from agent.clock import SystemClock
from agent.desk.decided import month_shown, months
from agent.desk.decided.months import Subject, subject_of
from agent.desk.decided.word import Word
from agent.desk.pay.books import Books
from agent.desk.pay.locks import decide_pay, propose_later, resolve_pay
from agent.desk.state import pay_path
from agent.errors import AgentError
from agent.incentive.months import Ledger, MonthState
from agent.mapping import OrgMapping
from agent.model import DecisionKind
from agent.store import Store
from agent.store.pay import PayStore

_F = TypeVar("_F", bound=Callable[..., Any])
LEFT_OUT = "left-out"
HUNDRED = Decimal(100)


def whose_options(verb: _F) -> _F:
    """PERSON and MONTH."""
    verb = click.argument("month", callback=month_of)(verb)
    return click.argument("person")(verb)


def what_option(verb: _F) -> _F:
    """`--what score` or `--what pay`."""
    choice = click.Choice([ledger.value for ledger in Ledger])
    return click.option("--what", required=True, type=choice, help="Scores and pay are locked apart.")(verb)


@click.group()
def month() -> None:
    """A person's month: calculated, in review, approved, locked. Scores and pay stand apart.

    PERSON is an e-mail address, an employee number, an id or a name, MONTH is written 2026-03. Who decides is on
    the list of approvers in incentive.toml, and is not the person concerned. What is locked never changes: later
    evidence, or a reopening by two approvers, makes a revision beside it.
    """


@contextmanager
def _books(state_dir: Path, store: Store, mapping: OrgMapping) -> Iterator[Books]:
    with closing(PayStore(pay_path(state_dir))) as pay:
        yield Books(store, pay, mapping, SystemClock().now())


@month.command("show", short_help="Where it stands, who decided what, what keeps it open.")
@whose_options
@state_options
def show(state_dir: Path, mappings: Path, as_json: bool, person: str, month: str) -> None:
    """Where a month stands, who decided what, and what keeps it from being locked. Times are this machine's."""
    with at_hand(state_dir, mappings) as (store, mapping), _books(state_dir, store, mapping) as books:
        found = month_shown.shown(books, subject_of(store, mapping, Ledger.SCORE, person, month))
    output.as_json(found) if as_json else _show(found)


def _show(found: dict[str, Any]) -> None:
    out = output.console()
    who = found["person"]
    out.print(f"[bold]{escape(who['name'])} ({escape(who['employee'])}), {found['month']}[/]")
    for ledger in ("score", "pay"):
        part = found[ledger]
        figure = f", {part['percent']} %" if part.get("percent") is not None else ""
        out.print(f"{ledger}: [bold]{part['state']}[/], revision {part['revision']}{figure}")
        output.grid(out, *_rows(part), indent=2)


def _rows(part: dict[str, Any]) -> list[tuple[str, str]]:
    """What there is to know of a ledger, a line each."""
    still = "to settle" if part["state"] == MonthState.LOCKED else "kept open by"
    rows = [(still, escape(why)) for why in part["kept_open_by"]]
    rows += [("reopening asked for by", escape(by)) for by in part["reopening"]]
    for lock in part["locked"]:
        figure = f", {lock['percent']} %" if lock.get("percent") is not None else ""
        gone = "" if lock.get("here", True) else ", and pay.db does not hold it: restore a backup"
        text = f"{output.when(lock['at'])} by {escape(lock['by'])}{figure}{gone}"
        rows.append((f"locked as revision {lock['revision']}", text))
    for row in part.get("revisions", ()):
        text = f"{row['before'] or '-'} -> {row['percent'] or '-'} %: {escape(row['why'])}"
        rows.append((f"R{row['number']}", f"{output.when(row['at'])}  {text}"))
    for row in part.get("adjustments", ()):
        text = f"{row['amount']} for what came to light about {row['about']}: {escape(row['why'])}"
        rows.append((f"proposed in {row['for']}", text))
    for said in part["decisions"]:
        extra = "".join(f"{said[name]}, " for name in ("name", "line", "counts_as") if said.get(name))
        text = f"{output.when(said['at'])} by {said['by']}: {extra}{said['reason']}"
        rows.append((said["kind"].replace("_", " "), escape(text)))
    return rows


def _step(kind: DecisionKind, done: str, **given: Any) -> None:
    """One of the steps, for the ledger that is named."""
    word = Word(given["by"], given["reason"], SystemClock().now())
    with at_hand(given["state_dir"], given["mappings"]) as (store, mapping):
        subject = subject_of(store, mapping, Ledger(given["what"]), given["person"], given["month"])
        notes: Sequence[str] = ()
        if subject.ledger is Ledger.SCORE:
            kept = months.decide_score(subject, kind, word)
        else:
            with _books(given["state_dir"], store, mapping) as books:
                kept = decide_pay(books, subject, kind, word)
                notes = _proposed(books, subject)
        at = subject.standing()
        row = {
            "key": kept.key, "about": kept.about, "by": kept.by, "state": at.state.value,
            "revision": at.revision, "reopening": list(at.reopening), "proposed": list(notes),
        }  # fmt: skip
        if kind is DecisionKind.MONTH_REOPENED and not at.reopening:
            done = "reopened"
        waits = " One more approver is needed." if at.reopening else ""
        said = [f"{subject.words}: {done} by {kept.by}. It is {at.state.value}.{waits}", *notes]
        answer(store, mapping, kept, said, row, as_json=given["as_json"])


def _proposed(books: Books, subject: Subject) -> list[str]:
    """Whoever decides about pay hears what came to light about months that are locked."""
    try:
        found = propose_later(books, subject, books.now)
    except AgentError as error:  # What was decided is decided.
        return [f"No adjustment could be worked out. {error}"]
    return [
        f"Proposed for {a.for_month}: {a.amount} {books.terms.currency} about {a.about_month} ({a.why})."
        for a in found
    ]


@month.command("review")
@whose_options
@what_option
@word_options
@state_options
def review(**given: Any) -> None:
    """Somebody has looked the month through. Reviewing again takes an approval back."""
    _step(DecisionKind.MONTH_REVIEWED, "reviewed", **given)


@month.command("approve")
@whose_options
@what_option
@word_options
@state_options
def approve(**given: Any) -> None:
    """The figures are right as they stand. If they move before the lock, they are reviewed again."""
    _step(DecisionKind.MONTH_APPROVED, "approved", **given)


@month.command("lock")
@whose_options
@what_option
@word_options
@state_options
def lock(**given: Any) -> None:
    """Lock the figures: from now on they never change. What still keeps them open is named."""
    _step(DecisionKind.MONTH_LOCKED, "locked", **given)


@month.command("reopen")
@whose_options
@what_option
@word_options
@state_options
def reopen(**given: Any) -> None:
    """Ask to reopen a locked month. When a second approver asks too, it is calculated anew as another revision."""
    _step(DecisionKind.MONTH_REOPENED, "reopening asked for", **given)


@month.command("resolve", short_help="How a score counts that is held, or what pay leaves out.")
@whose_options
@click.option(
    "--what",
    default=Ledger.SCORE.value,
    show_default=True,
    type=click.Choice([ledger.value for ledger in Ledger]),
    help="Of pay: what its statement leaves to people, which can be left out only.",
)
@click.option(
    "--counts-as",
    required=True,
    metavar="PERCENT|left-out",
    callback=lambda _ctx, _param, text: _counts_as(text),
    help="What the score counts as, from 0 to 100; or left-out: the metric is left out of the pay.",
)
@word_options
@state_options
def resolve(  # noqa: PLR0913  # one keyword for each option
    *,
    state_dir: Path,
    mappings: Path,
    as_json: bool,
    person: str,
    month: str,
    what: str,
    counts_as: Decimal | None,
    by: str,
    reason: str,
) -> None:
    """Say how a score counts that is held, for nothing was due; or leave out what a statement of pay leaves to people.

    Such are a part year's bonus and a month without a goal.
    """
    word = Word(by, reason, SystemClock().now())
    with at_hand(state_dir, mappings) as (store, mapping):
        subject = subject_of(store, mapping, Ledger(what), person, month)
        if subject.ledger is Ledger.SCORE:
            kept = months.resolve(subject, counts_as, word)
        elif counts_as is not None:
            raise click.BadParameter("Pay is left out or not at all; its amounts are in no decision.")
        else:
            with _books(state_dir, store, mapping) as books:
                kept = resolve_pay(books, subject, word)
        percent = kept.data["percent"]
        counts = "is left out" if percent is None else f"counts as {percent} %"
        row = {"key": kept.key, "about": kept.about, "by": kept.by, "percent": percent}
        answer(store, mapping, kept, [f"{subject.words}: what is held {counts}."], row, as_json=as_json)


def _counts_as(text: str) -> Decimal | None:
    if text.strip().lower() == LEFT_OUT:
        return None
    try:
        percent = Decimal(text)
        if 0 <= percent <= HUNDRED:
            return percent
    except InvalidOperation:  # No number, or NaN, which compares to nothing.
        pass
    raise click.BadParameter(f"{text!r} is neither a percent from 0 to 100 nor {LEFT_OUT}.")
