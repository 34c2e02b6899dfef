"""Sending what a person has just decided to Salesforce at once, so that it survives this machine."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

from agent import settings
from agent.errors import ConfigurationError, SalesforceError
from agent.mapping import OrgMapping
from agent.model import HumanDecision
from agent.pipeline import decisions as keeping
from agent.ports import Clock
from agent.salesforce.org import Org
from agent.store import Store, decisions

TRY_AGAIN = timedelta(minutes=1)


def keep(store: Store, mapping: OrgMapping, decision: HumanDecision, clock: Clock) -> str:
    """Why Salesforce does not know this decision yet; "" where it does. What waits, the agent sends."""
    try:
        wanted = settings.load()
    except ConfigurationError:
        return "no credentials here"
    with closing(Org(wanted, clock)) as org:
        try:
            if org.org_id != decision.org_id:
                return f"the credentials here lead to another org, {org.org_id}"
            keeping.send(store, mapping, org, clock.now(), lambda _tries: TRY_AGAIN)
        except SalesforceError as error:
            return str(error)
    refused = decision.key in decisions.unkept_keys(store)
    return "Salesforce refused it; `sli-agent log --level error` says why" if refused else ""
