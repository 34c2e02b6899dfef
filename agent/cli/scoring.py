"""The verbs about quality scores: score list, score explain. They only read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from agent.cli import output, score_answers, score_story
from agent.cli.at_hand import at_hand, state_options
from agent.clock import SystemClock
from agent.desk.scores.listed import Month, newest_month
from agent.mapping.definitions import MONTH, Method
from agent.scoring.people import who


class ScoreGroup(click.Group):
    """`score`, `score 2026-03` and `score --company` mean `score list ...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = args and args[0] in {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if known else ["list", *args])


@click.group(cls=ScoreGroup)
def score() -> None:
    """Quality scores of a month, and why each is what it is.

    `sli-agent score` alone lists the newest month, `sli-agent score 2026-03` that one.
    """


def month_of(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """A month as it is typed.

    Raises:
        click.BadParameter: it is none.
    """
    if text is not None and not re.fullmatch(MONTH, text):
        raise click.BadParameter(f"{text!r} is not a month; write it as 2026-03.")
    return text


@score.command("list", short_help="A month's scores; what `score` alone does.")
@click.argument("month", required=False, callback=month_of)
@click.option("--csm", metavar="PERSON", help="One CSM: e-mail address, employee number, id or name.")
@click.option("--office", metavar="NAME", help="Offices whose name holds this, each with its CSMs.")
@click.option("--region", metavar="NAME", help="Regions whose name holds this, each with its offices.")
@click.option("--company", is_flag=True, help="The company, with its regions.")
@click.option(
    "--method",
    type=click.Choice([method.value for method in Method]),
    help="Show figures by this method in place of the definition's own.",
)
@state_options
def list_(
    state_dir: Path, mappings: Path, as_json: bool, month: str | None, method: str | None, **whose: Any
) -> None:
    """Scores of a month, by default of the newest in which anything was due: a line for each CSM.

    Offices, regions and the company are reckoned from all their touch points, not from their CSMs' scores.
    """
    if sum(map(bool, whose.values())) > 1:
        raise click.UsageError("Name one of --csm, --office, --region and --company.")
    now = SystemClock().now()
    with at_hand(state_dir, mappings) as (store, mapping):
        month = month or newest_month(store, mapping, now)
        found: dict[str, Any] = {"month": None, "groups": [], "months": [], "stand_still": []}
        if month:
            scored = Month(store, mapping, month, now, Method(method) if method else None)
            csm = who(store, mapping, whose["csm"]) if whose["csm"] else None
            found = scored.answer(_groups(scored, csm, whose))
    output.as_json(found) if as_json else score_answers.scores(found)


def _groups(scored: Month, csm: str | None, whose: dict[str, Any]) -> list[Mapping[str, Any]]:
    if csm:
        return scored.of_csm(csm)
    if whose["office"]:
        return scored.of_offices(whose["office"])
    if whose["region"]:
        return scored.of_regions(whose["region"])
    return scored.of_company() if whose["company"] else scored.everybody()


@score.command(short_help="Why a CSM's score is what it is.")
@click.argument("person")
@click.argument("month", callback=month_of)
@click.option("--names", is_flag=True, help="Name the clients; without it they are Salesforce ids.")
@state_options
def explain(state_dir: Path, mappings: Path, as_json: bool, person: str, month: str, names: bool) -> None:
    """Why a CSM's score is what it is: each client, each touch point, what counted and what did not.

    PERSON: e-mail address, employee number, Salesforce id or name. MONTH: 2026-03.
    """
    from agent.desk.scores.explained import explain_score  # noqa: PLC0415  # Lists do without it.

    with at_hand(state_dir, mappings) as (store, mapping):
        person_id = who(store, mapping, person)
        found = explain_score(store, mapping, person_id, month, SystemClock().now(), names=names)
    output.as_json(found) if as_json else score_story.explained(found)
