"""The intervention that somebody names."""

from __future__ import annotations

from agent.errors import AgentError
from agent.store import Store, mirror
from agent.store.mirror import MirroredIntervention


def find(store: Store, which: str) -> MirroredIntervention:
    """By record number, or by an id of 15 or 18 characters.

    Raises:
        AgentError: there is none of this number or id in the mirror.
    """
    found = mirror.find(store, which)
    if found is None:
        raise AgentError(
            f"No intervention {which!r} is known.",
            hint="Give a record number (SLI-00042) or a Salesforce id; `sli-agent interventions` lists them.",
        )
    return found
