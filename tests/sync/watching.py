"""What the tests of reading look at: an agent that mails nothing, its mirror, its judgements, its sync log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from agent.loop import Agent
from agent.pipeline.access import Trouble
from agent.ports import MailReply, MailVerdict
from agent.store import from_json, mirror
from agent.store.mirror import Cursor
from tests.company import Company

SLI = "Service_Level_Intervention__c"
MINUTE = timedelta(minutes=1)
OVERLAP = timedelta(minutes=11)
"""Longer than a commit can be late."""


class Post:
    """A mail server that takes everything, or nothing while it is `down`."""

    def __init__(self) -> None:
        self.down = False
        self.sent: list[str] = []

    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        if self.down:
            return MailReply(MailVerdict.DEFERRED, "nobody answers")
        self.sent.append(address)
        return MailReply(MailVerdict.ACCEPTED, "250 OK")

    def close(self) -> None:
        pass


def with_post(agent: Agent) -> Post:
    """Let this agent mail through such a server."""
    agent.work.mail.close()
    post = Post()
    agent.work.mail = post
    return post


def silence(company: Company) -> None:
    """No alert is decided: these tests are about what is read and judged, and mails take time."""
    company.remap(('mode = "live"', 'mode = "off"'))


def submit(company: Company, name: str = "No Name - Late Caregiver", **values: Any) -> str:
    """Somebody submits an SLI now."""
    given = {"Name": name, "Client_Status__c": "Orange", "Office__c": company.seeded.ids["office/Phoenix"]}
    at, by = company.clock.now(), company.seeded.ids["admin"]
    return company.seeded.org.insert(SLI, {**given, **values}, at=at, by=by)


def mirrored(agent: Agent) -> dict[str, dict[str, Any]]:
    """The interventions as the agent holds them, by id."""
    return {row["id"]: dict(row) for row in agent.work.store.rows("SELECT * FROM intervention")}


def source(agent: Agent, record_id: str) -> Mapping[str, Any]:
    [row] = mirror.interventions(agent.work.store, [record_id])
    return row.source


def held(agent: Agent) -> dict[str, list[tuple[Any, ...]]]:
    """All that was read, without the stamps that own write-backs move."""
    columns = {
        "intervention": "id, number, office_id, written, deleted",
        "change": "*",
        "chatter": "*",
        "activity": "*",
        "reference": "*",
    }
    return {
        table: [tuple(row) for row in agent.work.store.rows(f"SELECT {names} FROM {table} ORDER BY id")]
        for table, names in columns.items()
    }


def milestones(agent: Agent) -> list[tuple[Any, ...]]:
    """Where every milestone stands."""
    sql = "SELECT intervention_id, side, kind, state, reason, clock_start, due, met_at FROM milestone ORDER BY 1, 2, 3"
    return [tuple(row) for row in agent.work.store.rows(sql)]


def state_of(agent: Agent, record_id: str, side: str, kind: str) -> str:
    return str(
        agent.work.store.value(
            "SELECT state FROM milestone WHERE intervention_id = ? AND side = ? AND kind = ?",
            (record_id, side, kind),
        )
    )


def lines(agent: Agent, kind: str) -> list[str]:
    """The sync log's lines of one kind, oldest first."""
    return [
        row["text"]
        for row in agent.work.store.rows("SELECT text FROM log WHERE kind = ? ORDER BY id", (kind,))
    ]


def seen_first(agent: Agent) -> int:
    """How many SLIs the sync log saw for the first time: one by one, or a page at a time in the first load."""
    told = agent.work.store.rows("SELECT text, data FROM log WHERE kind = 'change'")
    pages = sum(from_json(row["data"]).get("seen", 0) for row in told)
    return int(pages) + sum(row["text"] == "seen for the first time" for row in told)


def trouble(agent: Agent) -> Trouble:
    """What the agent's trouble with Salesforce is; it must have one."""
    assert agent.trouble is not None
    return agent.trouble


def cursor(agent: Agent, stream: str) -> Cursor:
    return mirror.cursors(agent.work.store)[stream]


def steps_until_half_read(agent: Agent, company: Company, stream: str) -> None:
    """Step until one page of this stream has been taken in and another is still to come."""
    while stream not in (now := mirror.cursors(agent.work.store)) or now[stream].resume_stamp is None:
        assert agent.step(company.clock.now())


def steps_until_rest(agent: Agent, company: Company, at_most: int = 60) -> int:
    """Step until there is nothing to do; the number of steps. Fails where the agent does not come to rest."""
    for n in range(at_most):
        if not agent.step(company.clock.now()):
            return n
    raise AssertionError(f"the agent is still busy after {at_most} steps")


def poll_for(agent: Agent, company: Company, span: timedelta) -> None:
    """A pass every minute, until this time has passed."""
    for _ in range(int(span / MINUTE)):
        company.later(MINUTE)
        agent.run_pass(company.clock)
