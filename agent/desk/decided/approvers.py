"""Who speaks: a person of the org, or an approver of incentive.toml, who may have no user there (D29)."""

from __future__ import annotations

from collections.abc import Sequence

from agent.desk.decided.word import who_says
from agent.errors import AgentError, ConfigurationError
from agent.incentive.months import not_theirs
from agent.mapping import OrgMapping
from agent.scoring.people import Person, person, who
from agent.store import Store


def approvers(mapping: OrgMapping) -> Sequence[str]:
    """E-mail addresses of those who may decide.

    Raises:
        ConfigurationError: incentive.toml, which lists them, is missing.
    """
    if mapping.incentive is None:
        raise ConfigurationError(
            [
                "incentive.toml: missing from the mapping; its `approvers` say who may confirm, approve and lock."
            ]
        )
    return mapping.incentive.approvers


def speaker(store: Store, mapping: OrgMapping, text: str) -> str:
    """The e-mail address of whoever speaks, in lower case; the employee number of a person without one.

    Raises:
        AgentError: nobody active is called so, and no approver is.
    """
    wanted = text.strip().lower()
    listed = mapping.incentive.approvers if mapping.incentive else []
    try:
        one = person(store, mapping, who(store, mapping, text))
    except AgentError:
        if wanted in listed:
            return wanted
        raise
    if not one.active:
        raise AgentError(f"{one.called} is no active user of the org.", hint="Ask somebody who is.")
    return who_says(one.email.lower() or one.number)


def approver(store: Store, mapping: OrgMapping, text: str, concerned: Person | None = None) -> str:
    """The same of somebody who is on the list, and is not the person concerned.

    Raises:
        AgentError: they are not on it, or it concerns them.
    """
    by = speaker(store, mapping, text)
    if no := not_theirs(
        by, address_of(store, mapping, concerned, by) if concerned else "", approvers(mapping)
    ):
        raise AgentError(no)
    return by


def are_one(store: Store, mapping: OrgMapping, by: str, other: str) -> bool:
    """Whether two addresses of approvers are one person's: their users have the same employee number."""
    try:
        one = person(store, mapping, who(store, mapping, other))
    except AgentError:  # An approver without a user in the org.
        return by == other
    return by in {other, address_of(store, mapping, one, by)}


def address_of(store: Store, mapping: OrgMapping, concerned: Person, by: str) -> str:
    """The address that the person concerned may not decide under: `by` itself, where that is they with another user
    of theirs, which has the same employee number."""
    try:
        one = person(store, mapping, who(store, mapping, by))
    except AgentError:  # An approver without a user in the org.
        return concerned.email.lower()
    return by if one.number == concerned.number else concerned.email.lower()
