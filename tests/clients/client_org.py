"""What clients written by others find: an org with more interventions than fit on two pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.sandbox import ids
from agent.sandbox.catalogue import standard_objects
from agent.sandbox.oauth import ConnectedApp
from agent.sandbox.org import SandboxOrg

NOW = datetime(2026, 11, 21, 19, 1, tzinfo=UTC)
ROWS = 4_500
"""More than two pages of 2,000."""
SLI = "Service_Level_Intervention__c"


@dataclass(frozen=True)
class Sandbox:
    """What a client is told. `slis` are the ids of the interventions it will find, oldest first."""

    org: SandboxOrg
    url: str
    ca_file: str
    token: str
    slis: list[str]

    def saved(self, name: str, record_id: str) -> dict[str, object]:
        """A record as the org itself keeps it."""
        return next(dict(row) for row in self.org.rows(name, NOW) if row["Id"] == record_id)


def filled_org() -> tuple[SandboxOrg, list[str]]:
    """An org with one user, one office and `ROWS` interventions, each saved a minute after the one before."""
    org = SandboxOrg(standard_objects())
    start = NOW - timedelta(minutes=ROWS + 1)
    agent = org.insert(
        "User",
        {
            "LastName": "Agent",
            "Username": "agent@example.com",
            "IsActive": True,
            "TimeZoneSidKey": "America/Los_Angeles",
        },
        at=start,
        by=ids.make("005", 1),
    )
    office = org.insert("Office__c", {"Name": "Oakland"}, at=start, by=agent)
    slis = [
        org.insert(
            SLI,
            {"Name": f"Sample {n} - No Call No Show", "Office__c": office, "Client_Status__c": "Yellow"},
            at=start + timedelta(minutes=n + 1),
            by=agent,
        )
        for n in range(ROWS)
    ]
    org.sessions.register(ConnectedApp("key", consumer_secret="secret", run_as=agent))
    return org, slis
