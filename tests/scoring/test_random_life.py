"""Weeks of care as nobody planned them, with passes between: an empty disk comes to what one that saw it all holds."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from clinic import CHECK_IN, DAY, HOUR, POINT, QUARTER, SCORE, call, care, client, looked

from agent.desk.decided import exceptions
from agent.desk.decided.word import Word
from agent.errors import AgentError
from agent.loop import Agent
from tests.company import Company

OFFICES = ("Boston", "Hartford")
CSMS = tuple(f"csm/{office}" for office in OFFICES)
ZONES = ("America/New_York", "America/Los_Angeles", "America/Phoenix")
TABLES = ("touch_point", "score")
EVENTS = 40


class Life:
    """What people in the offices do, each time something else."""

    def __init__(self, company: Company, rng: Random) -> None:
        self.company, self.rng = company, rng
        self.clients = [client(company, rng.choice(OFFICES), rng.choice(CSMS)) for _ in range(4)]
        self.starts: list[str] = []
        self.calls: list[str] = []
        self.bin: list[str] = []
        for _ in range(4):
            self.begin()

    def happens(self, agent: Agent) -> None:
        does = [self.begin, self.call, self.call, self.edit_start, self.edit_call, self.transfer, self.delete]
        self.rng.choice([*does, self.undelete, self.move_zone, lambda: self.approve(agent)])()

    def begin(self) -> None:
        own = {"Office__c": None} if self.rng.random() < 0.3 else {}
        office = self.rng.choice(OFFICES)
        self.starts.append(care(self.company, self.rng.choice(self.clients), self.when(), office, **own))

    def call(self) -> None:
        about, subject = (
            self.rng.choice(self.clients + self.starts),
            self.rng.choice([CHECK_IN, "Introduction"]),
        )
        at = min(self.when(), self.company.clock.now())
        self.calls.append(call(self.company, about, at, subject, self.rng.choice(CSMS)))

    def edit_start(self) -> None:
        start = self.when()
        values: list[dict[str, Any]] = [
            {"First_Shift_Start__c": start, "First_Shift_End__c": start + 4 * HOUR},
            {"First_Shift_Start__c": None, "First_Shift_End__c": None},
            {"Client__c": self.rng.choice([*self.clients, None])},
            {"Ended_On__c": self.rng.choice([start.date(), None])},
            {"Duplicate_Of__c": self.rng.choice([self.starts[0], None])},
        ]
        self.save(self.starts, values)

    def edit_call(self) -> None:
        account = self.company.rows("Account")[0]["Id"]
        values = [
            {"WhatId": self.rng.choice([*self.clients, *self.starts, account, None])},
            {"OwnerId": self.company.seeded.ids[self.rng.choice(CSMS)]},
            {"Subject": self.rng.choice([CHECK_IN, "Invoice"])},
            {"CompletedDateTime": min(self.when(), self.company.clock.now())},
        ]
        self.save(self.calls, values)

    def transfer(self) -> None:
        ids = self.company.seeded.ids
        self.save(self.clients, [{"CSM__c": self.rng.choice([ids[c] for c in CSMS])}, {"CSM__c": None}])

    def move_zone(self) -> None:
        offices = [self.company.seeded.ids[f"office/{name}"] for name in OFFICES]
        self.save(offices, [{"Time_Zone__c": zone} for zone in ZONES])

    def delete(self) -> None:
        among = self.rng.choice([self.starts, self.calls])
        if len(among) > 1:
            gone, hard = among.pop(), self.rng.random() < 0.5
            by = self.company.seeded.ids["admin"]
            self.company.seeded.org.delete(gone, at=self.company.clock.now(), by=by, hard=hard)
            self.bin += [] if hard else [gone]

    def undelete(self) -> None:
        there = {r["Id"] for name in ("Start_Of_Care__c", "Task") for r in self.company.rows(name)}
        if self.bin and (back := self.bin.pop()) in there:
            by = self.company.seeded.ids["admin"]
            self.company.seeded.org.undelete(back, at=self.company.clock.now(), by=by)

    def approve(self, agent: Agent) -> None:
        work = agent.work
        sql = "SELECT episode_id, activity FROM touch_point WHERE state IN ('met', 'missed') ORDER BY 1, 2 LIMIT 1"
        for row in work.store.rows(sql):
            word = Word("plan.owner@example.com", "in hospital", self.company.clock.now())
            with suppress(AgentError):  # It was approved before, and is not judged yet.
                exceptions.approve(work.store, work.mapping, *row, "hospital", word)

    def save(self, ids: list[str], values: list[dict[str, Any]]) -> None:
        if ids:
            self.company.save(self.rng.choice(ids), **self.rng.choice(values))

    def when(self) -> datetime:
        return self.company.clock.now() + timedelta(hours=self.rng.randint(-900, 100))


def kept(agent: Agent) -> dict[str, list[tuple[Any, ...]]]:
    store = agent.work.store
    return {name: [tuple(r) for r in store.rows(f"SELECT * FROM {name} ORDER BY 1, 2")] for name in TABLES}


def written(company: Company) -> dict[str, Any]:
    rows = [*company.rows(SCORE), *company.rows(POINT)]
    return {row["Key__c"]: row["SystemModstamp"] for row in rows if not row["IsDeleted"]}


@pytest.mark.parametrize("seed", range(3))
def test_an_empty_disk_comes_to_what_the_old_one_holds_and_writes_nothing(clinic: Company, seed: int) -> None:
    rng = Random(seed)
    clinic.later(rng.choice([0, 130]) * DAY)  # With and without the end of summer time ahead.
    life = Life(clinic, rng)
    with clinic.agent("old") as old:
        looked(old, clinic)
        for _ in range(EVENTS):
            life.happens(old)
            if rng.random() < 0.4:
                looked(old, clinic, timedelta(minutes=rng.choice([5, 20, 300, 2000])))
        for _ in range(9):  # Reference data takes turns.
            looked(old, clinic)
        before = written(clinic)
        with clinic.agent("empty") as empty:
            for _ in range(3):
                looked(empty, clinic, QUARTER)
            looked(old, clinic)
            looked(empty, clinic)
            assert kept(empty) == kept(old)
            assert kept(old)["touch_point"]
    moved = {key for key, stamp in written(clinic).items() if before.get(key) != stamp}
    assert len(moved) <= 2, "only what came due meanwhile"
