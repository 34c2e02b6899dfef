"""The verbs about pay: incentive import, incentive statement, incentive what-if."""

from __future__ import annotations

import click

from agent.cli.importing import import_
from agent.cli.statements import statement, what_if


@click.group()
def incentive() -> None:
    """What the plans pay by: revenue and hours from files, statements, what-if.

    Pay lies in pay.db beside the state, and nowhere else: not in Salesforce, not in the log.
    """


incentive.add_command(import_)
incentive.add_command(statement)
incentive.add_command(what_if)
