"""The touch points of a seeded org as the rules see them: its rows, read and judged the short way."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.mapping.definitions import Definitions
from agent.quality.episodes import Assignment, Contact, Episode
from agent.quality.touch_points import TouchPoint, touch_points
from agent.sandbox.seed import Seeded

CHECK_INS = frozenset({"check_in_24h", "check_in_7d", "check_in_14d"})
INTRODUCTION = frozenset({"introduction"})


def definitions() -> Definitions:
    read = tomllib.loads(Path("mappings/sandbox/touchpoints.toml").read_text(encoding="utf-8"))
    return Definitions.model_validate({"definitions": read["definitions"]})


def points(seeded: Seeded, through: datetime) -> dict[str, list[TouchPoint]]:
    """By id of the start of care."""
    terms, zones, contacts = definitions(), _zones(seeded), _contacts(seeded)
    assigned = _assignments(seeded)
    found = {}
    for row in seeded.org.rows("Start_Of_Care__c", seeded.now):
        zone, ended = zones[row["Office__c"]], row["Ended_On__c"]
        episode = Episode(
            id=row["Id"],
            client=row["Client__c"],
            office=row["Office__c"],
            zone=zone,
            first_shift_start=row["First_Shift_Start__c"],
            first_shift_end=row["First_Shift_End__c"],
            ended_at=datetime.combine(ended, time(23, 59, 59), zone) if ended else None,
            assignments=assigned[row["Client__c"]],
            duplicate_of=row["Duplicate_Of__c"],
            expected_start=row["Expected_Start__c"],
        )
        own = [*contacts.get(row["Id"], ()), *contacts.get(row["Client__c"], ())]
        found[row["Id"]] = touch_points(episode, own, terms, through)
    return found


def _zones(seeded: Seeded) -> dict[str, ZoneInfo]:
    return {row["Id"]: ZoneInfo(row["Time_Zone__c"]) for row in seeded.org.rows("Office__c", seeded.now)}


def _contacts(seeded: Seeded) -> dict[str, list[Contact]]:
    """Tasks that were completed and visits, by what they are about."""
    found: dict[str, list[Contact]] = {}
    for name, done in (("Task", "CompletedDateTime"), ("Event", "EndDateTime")):
        for row in seeded.org.rows(name, seeded.now):
            text = row["Subject"] if name == "Task" else row["Type"]
            check_in, introduction = re.search("(?i)check.?in", text), re.search("(?i)introduc", text)
            if row[done] is not None and (check_in or introduction):
                activities = INTRODUCTION if introduction else CHECK_INS
                contact = Contact(row["Id"], row[done], row["OwnerId"], activities)
                found.setdefault(row["WhatId"], []).append(contact)
    return found


def _assignments(seeded: Seeded) -> dict[str, list[Assignment]]:
    """From the clients' history, whose rows of names are no ids, or from whose client it is today."""
    found = {}
    for client in seeded.org.rows("Client__c", seeded.now):
        moves = [
            row
            for row in seeded.org.rows("Client__History", seeded.now)
            if row["ParentId"] == client["Id"] and row["DataType"] == "EntityId"
        ]
        first = moves[0]["OldValue"] if moves else client["CSM__c"]
        began = Assignment(client["CreatedDate"], first)
        found[client["Id"]] = [began, *(Assignment(row["CreatedDate"], row["NewValue"]) for row in moves)]
    return found
