"""What verbs for a person's word share: who says it and why, sending it to Salesforce at once, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from agent.cli import output
from agent.clock import SystemClock
from agent.mapping import OrgMapping
from agent.model import HumanDecision
from agent.store import Store

_F = TypeVar("_F", bound=Callable[..., Any])


def word_options(verb: _F) -> _F:
    """`--as` and `--reason`."""
    for option in (
        click.option(
            "--reason", required=True, metavar="TEXT", help="Why. No client's name, no amount of pay."
        ),
        click.option("--as", "by", required=True, metavar="EMAIL", help="Who says so."),
    ):
        verb = option(verb)
    return verb


def answer(
    store: Store,
    mapping: OrgMapping,
    decision: HumanDecision,
    said: Sequence[str],
    row: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    """Send the decision to Salesforce, and say what was done."""
    # Only who decides something waits for the parts that speak with Salesforce.
    from agent.cli.keeping import keep  # noqa: PLC0415

    waits = keep(store, mapping, decision, SystemClock())
    if as_json:
        output.as_json({**row, "in_salesforce": not waits, "why_not": waits})
        return
    for line in said:
        click.echo(line)
    if waits:
        text = f"Kept here, and not in Salesforce yet ({waits}). The agent sends it as soon as it can."
        click.echo(text, err=True)
