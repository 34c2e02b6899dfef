"""The verb for files of revenue, hours, admissions, opening balances and baselines: incentive import."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from agent.cli import output
from agent.cli.at_hand import at_hand, state_options
from agent.clock import SystemClock
from agent.desk.pay.importing import TOLD, Given, Refused, Taken, take_in
from agent.desk.state import pay_path
from agent.desk.words import counted
from agent.incentive.imports import Kind
from agent.store.pay import PayStore


@click.command("import", short_help="Take a CSV file of lines into pay.db, all or nothing.")
@click.argument("kind", metavar="KIND", type=click.Choice([kind.value for kind in Kind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "by", required=True, metavar="EMAIL", help="Who brings it: an approver of the plans.")
@click.option("--with-refunds", is_flag=True, help="Take negative revenue as refunds, and subtract it.")
@click.option("--dry-run", is_flag=True, help="Check the file and say what it would change; keep nothing.")
@state_options
def import_(  # noqa: PLR0913  # one keyword for each option
    *,
    state_dir: Path,
    mappings: Path,
    as_json: bool,
    kind: str,
    file: Path,
    by: str,
    with_refunds: bool,
    dry_run: bool,
) -> None:
    """Take a CSV file of lines into pay.db: all of it, or nothing and every problem by row.

    \b
    revenue     line,client,service_date,amount,currency
    hours       line,client,service_date,hours[,billable]
    admissions  line,person,client,first_shift,first_week_hours
    opening     client,amount,currency
    baseline    person,hours,reason

    UTF-8, commas or semicolons, dates as 2026-03-31, amounts as 1234.56. A client is named by id or whole name, a
    person by e-mail address, employee number, id or name. The same line again replaces what was kept of it, so a
    corrected file may be imported anew; a line that should no longer count is given with the amount 0. A line's
    name stands for one client and month, in all files.
    """
    given = Given(Kind(kind), file.name, file.read_bytes(), by.strip().lower(), with_refunds, dry_run)
    with at_hand(state_dir, mappings) as (store, mapping), closing(PayStore(pay_path(state_dir))) as pay:
        try:
            taken = take_in(store, pay, mapping, given, SystemClock().now())
        except Refused as refused:
            if not as_json:
                raise
            problems = [problem._asdict() for problem in refused.problems]
            output.as_json({"saved": False, "problems": problems[:TOLD], "count": len(problems)})
            sys.exit(1)
    if as_json:
        output.as_json(taken.as_dict())
    else:
        _show(taken, dry_run=dry_run)


def _show(taken: Taken, *, dry_run: bool) -> None:
    lines = counted(taken.lines, f"line of {taken.kind}", f"lines of {taken.kind}")
    if not taken.added and not taken.changed:
        click.echo(f"{taken.file}: nothing new. Its {lines} are kept already as they are.")
    else:
        would = ", nothing kept (--dry-run)" if dry_run else ""
        click.echo(f"{taken.file}: {lines}: {taken.added:,} new, {taken.changed:,} changed{would}.")
    for note in taken.notes:
        click.echo(note, err=True)
