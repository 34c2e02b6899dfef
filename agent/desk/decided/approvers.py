"""Who speaks: a person of the org, or an approver of incentive.toml, who may have no user there (D29)."""

from __future__ import annotations

from collections.abc import Sequence

from agent.desk.decided.word import who_says
from agent.errors import AgentError, ConfigurationError
from agent.incentive.months import not_theirs
from agent.mapping import OrgMapping
from agent.scoring.people import Person, everybody, person, who
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
        users = users_of(store, mapping, wanted)
        # Of two users with one address neither is meant more than the other; it is enough that one is still there.
        if wanted in listed and (not users or any(user.active for user in users)):
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
    """Whether two addresses of approvers are one person's: users of theirs have the same employee number."""
    return by == other or bool(numbers_of(store, mapping, by) & numbers_of(store, mapping, other))


def address_of(store: Store, mapping: OrgMapping, concerned: Person, by: str) -> str:
    """The address that the person concerned may not decide under: `by` itself, where that is they with another user
    of theirs, which has the same employee number."""
    return by if concerned.number in numbers_of(store, mapping, by) else concerned.email.lower()


def numbers_of(store: Store, mapping: OrgMapping, by: str) -> frozenset[str]:
    """Employee numbers of whoever decides under this address; none where nobody in the org has it."""
    return frozenset(user.number for user in users_of(store, mapping, by))


def users_of(store: Store, mapping: OrgMapping, by: str) -> list[Person]:
    """Every user of whoever decides under this address: those who have it, and those with their employee number."""
    known = everybody(store, mapping)
    numbers = {one.number for one in known if by in {one.email.lower(), one.number}}
    return [one for one in known if one.number in numbers]
