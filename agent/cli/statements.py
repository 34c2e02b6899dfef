"""The verbs for a person's month of pay: incentive statement, incentive what-if."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
import orjson

from agent.cli.at_hand import at_hand, state_options
from agent.cli.statement_text import show, text_of
from agent.clock import SystemClock
from agent.desk.decided.months import subject_of
from agent.desk.pay import statements
from agent.desk.pay.books import Books
from agent.desk.pay.locks import propose_later
from agent.desk.pay.statement_csv import as_csv
from agent.desk.pay.statements import Shown
from agent.desk.state import pay_path
from agent.errors import AgentError
from agent.incentive.months import Ledger
from agent.incentive.what_if import Changes
from agent.mapping.definitions import MONTH
from agent.scoring.people import who
from agent.store.pay import PayStore

_F = TypeVar("_F", bound=Callable[..., Any])
Format = Literal["text", "html", "csv"]


def answer_options(verb: _F) -> _F:
    """Whose month, and how it is shown."""
    for option in (
        click.option("--names", is_flag=True, help="Clients by name, not by id: health data, for those concerned."),
        click.option(
            "--output", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
            help="Write it to a file that only you may read.",
        ),
        click.option(
            "--format", "form", type=click.Choice(["text", "html", "csv"]), default="text", show_default=True,
            help="For the terminal, for a browser and paper, or for a spreadsheet.",
        ),
        state_options,
        click.argument("month", metavar="MONTH", callback=lambda _c, _p, value: _month(value)),
        click.argument("person", metavar="PERSON"),
    ):  # fmt: skip
        verb = option(verb)
    return verb


@click.command(short_help="What a month pays one person, and why.")
@answer_options
def statement(*, state_dir: Path, mappings: Path, person: str, month: str, names: bool, **way: Any) -> None:
    """What a month pays one person, and why: down to client, touch point and evidence.

    PERSON is an e-mail address, an employee number, a Salesforce id or a name; MONTH is written 2026-03. A month
    whose pay is locked shows what was locked; what came to light since is proposed for the open month.
    """
    with _books(state_dir, mappings) as books:
        person_id = who(books.store, books.mapping, person)
        propose_later(books, subject_of(books.store, books.mapping, Ledger.PAY, person_id, month), books.now)
        shown = statements.shown(books, person_id, month, names=names)
    _answer(shown, **way)


@click.command("what-if", short_help="The month as it might have been; kept nowhere.")
@click.option("--starts", type=int, default=0, metavar="N", help="N more Quality Starts, or new clients.")
@click.option("--hours", default="0", metavar="N", help="N more billed hours, or new hours per month.")
@click.option("--score", metavar="PERCENT", help="This quality score instead.")
@click.option(
    "--met",
    multiple=True,
    metavar="START-OF-CARE:ACTIVITY",
    help="This touch point met; as often as need be.",
)
@answer_options
def what_if(  # noqa: PLR0913  # one keyword for each option
    *,
    state_dir: Path,
    mappings: Path,
    person: str,
    month: str,
    names: bool,
    starts: int,
    hours: str,
    score: str | None,
    met: tuple[str, ...],
    **way: Any,
) -> None:
    """The month as it might have been: the same reckoning over other figures. Nothing of it is kept.

    PERSON and MONTH are as for `incentive statement`. Negative numbers take away (--starts=-1).
    """
    changes = Changes(
        starts,
        _number(hours, "--hours"),
        None if score is None else _percent(score),
        tuple(_touch_point(text) for text in met),
    )
    with _books(state_dir, mappings) as books:
        person_id = who(books.store, books.mapping, person)
        shown = statements.what_if(books, person_id, month, changes, names=names)
    _answer(shown, **way)


@contextmanager
def _books(state_dir: Path, mappings: Path) -> Iterator[Books]:
    with at_hand(state_dir, mappings) as (store, mapping), closing(PayStore(pay_path(state_dir))) as pay:
        yield Books(store, pay, mapping, SystemClock().now())


def _answer(shown: Shown, *, form: Format, file: Path | None, as_json: bool) -> None:
    if file is None and form == "text" and not as_json:
        show(shown)
        return
    text = _drawn(shown, form, as_json=as_json)
    if file is None:
        click.echo(text, nl=False)
        return
    # A spreadsheet takes a file for UTF-8 only if it begins with a mark.
    _write(file, text, "utf-8-sig" if form == "csv" and not as_json else "utf-8")
    click.echo(f"Written to {file}; only you may read it.", err=True)


def _drawn(shown: Shown, form: Format, *, as_json: bool) -> str:
    if as_json:
        return orjson.dumps(
            statements.plain(shown), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        ).decode()
    if form == "csv":
        return as_csv(shown)
    if form == "html":
        # The templates take a while to load, which the other ways need not wait for.
        from agent.desk.pay.statement_page import as_html  # noqa: PLC0415

        return as_html(shown)
    return text_of(shown)


def _write(file: Path, text: str, encoding: str) -> None:
    """Nobody else may read the file, whatever it was before, from before its first byte on."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding=encoding, newline="") as out:
            os.fchmod(descriptor, 0o600)
            out.truncate()
            out.write(text)
    except OSError as error:
        raise AgentError(
            f"{file}: cannot be written: {error.strerror}.", hint="Name another file with --output."
        ) from None


def _month(text: str) -> str:
    if not re.fullmatch(MONTH, text):
        raise click.BadParameter(f"{text!r} is no month; write it as 2026-03")
    return text


def _number(text: str, option: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise click.BadParameter(f"{text!r} is no number; write it as 12.5", param_hint=option)
    return found


def _percent(text: str) -> Decimal:
    found = _number(text, "--score")
    if not 0 <= found <= 100:
        raise click.BadParameter(f"{text} is no percent from 0 to 100", param_hint="--score")
    return found


def _touch_point(text: str) -> tuple[str, str]:
    episode, _, activity = text.partition(":")
    if not episode or not activity:
        raise click.BadParameter(
            f"{text!r}: name the start of care and the activity, START-OF-CARE:ACTIVITY", param_hint="--met"
        )
    return episode, activity
