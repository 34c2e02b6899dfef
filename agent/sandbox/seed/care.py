"""Turns starts of care into saves: clients, the contacts of their CSMs, and what is billed for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from agent.sandbox.catalogue.care import BILLING_LINE, START_OF_CARE
from agent.sandbox.seed.billing import billing_lines
from agent.sandbox.seed.care_story import ACTIVITIES, CareStory, Fate
from agent.sandbox.seed.casebook import LAST_SAVE
from agent.sandbox.seed.company import Company
from agent.sandbox.seed.dashboard import Figure, write_dashboard
from agent.sandbox.seed.quiet import end_of_day, quiet_instant
from agent.sandbox.seed.story import DAY, HOUR
from agent.sandbox.seed.timeline import Ref, Timeline

COLLEAGUE = "csm/Fresno"
"""Who stands in for another office's CSM."""
_FIRST_NAME = 500
"""Where these clients' names begin among the invented ones, clear of everybody else's."""
_SHIFT = 6 * HOUR
_SUBJECTS = ("Caregiver introduction", "24-hour check-in", "7-day check-in", "14-day check-in")
_IN_TIME = (-20 * HOUR, 18 * HOUR, 5 * DAY, 12 * DAY)
_LATE = (9 * HOUR, 30 * HOUR, 9 * DAY, 16 * DAY)
"""After the first shift's start; up to five hours come on top."""


def write_care(timeline: Timeline, company: Company, stories: list[CareStory]) -> None:
    """Write these stories, and the org's own figures of the last two full months."""
    figures: list[Figure] = []
    for number, story in enumerate(stories):
        care = Care(company, story, number)
        care.write(timeline)
        figures += care.figures()
    write_dashboard(timeline, company.now, figures)


@dataclass
class Care:
    """One start of care. `start` is when the first shift began, or was to begin for who never came."""

    company: Company
    story: CareStory
    number: int

    def __post_init__(self) -> None:
        self.office = self.company.office(self.story.office)
        self.client = f"{self.story.duplicate_of or self.story.key}/client"
        self.last_save = self.company.now - LAST_SAVE
        self.start = quiet_instant(self._morning(), self.company.now, self._instants, step=DAY)

    def write(self, timeline: Timeline) -> None:
        if self.story.duplicate_of is None:
            self._write_client(timeline)
        self._write_start(timeline)
        for activity, at in self._contacts(self.start).items():
            self._write_contact(timeline, activity, at)
        if self.story.started and self.story.duplicate_of is None:
            self._write_billing(timeline)

    def figures(self) -> Iterator[Figure]:
        """Of each window that has closed: whose it was, and whether they were in time (D20 to D23)."""
        if self.story.duplicate_of is not None or not self.story.started:
            return
        for activity, closes in self._closes(self.start).items():
            csm = self._csm_at(closes)
            ended = self._ended_at is not None and self._ended_at < closes
            if csm is not None and not ended and closes < self.company.now:
                month = closes.astimezone(self.office.zone).date().replace(day=1)
                yield Figure(csm, month, activity, done=self._fate(activity) == "in_time")

    def _morning(self) -> datetime:
        """Some time between eight and one o'clock on the day of the story; a duplicate repeats it."""
        question = (self.story.duplicate_of or self.story.key, "start")
        zone, quarters = self.office.zone, self.company.dice.below(20, *question)
        day = self.company.now.astimezone(zone).date() - self.story.days_ago * DAY
        return datetime.combine(day, time(8 + quarters // 4, quarters % 4 * 15), zone).astimezone(UTC)

    def _instants(self, start: datetime) -> Iterator[datetime]:
        """Every instant at which a touch point changes."""
        yield from self._closes(start).values()
        yield from self._contacts(start).values()

    def _closes(self, start: datetime) -> dict[str, datetime]:
        """By activity, when its window closes (D21)."""
        zone = self.office.zone
        day = start.astimezone(zone).date()
        days = (end_of_day(day + 7 * DAY, zone), end_of_day(day + 14 * DAY, zone))
        return dict(zip(ACTIVITIES, (start + _SHIFT, start + DAY, *days), strict=True))

    def _contacts(self, start: datetime) -> dict[str, datetime]:
        """By activity, when somebody does it."""
        found = {}
        for activity, in_time, late in zip(ACTIVITIES, _IN_TIME, _LATE, strict=True):
            minutes = timedelta(minutes=self.company.dice.below(300, self.story.key, activity))
            if self._fate(activity) != "missed":
                found[activity] = start + (late if self._fate(activity) == "late" else in_time) + minutes
        return found

    def _fate(self, activity: str) -> Fate:
        return self.story.fates.get(activity, "in_time")

    def _csm_at(self, instant: datetime) -> str | None:
        if not self.story.assigned:
            return None
        moved = self._moved_at is not None and self._moved_at <= instant
        return f"csm/{self.story.moved_to}" if moved else self.office.csm

    @property
    def _moved_at(self) -> datetime | None:
        return None if self.story.moved_after is None else self.start + self.story.moved_after * DAY

    @property
    def _ended_at(self) -> datetime | None:
        """The end of the last day of service."""
        if self.story.ended_after is None:
            return None
        zone = self.office.zone
        return end_of_day(self.start.astimezone(zone).date() + self.story.ended_after * DAY, zone)

    def _write_client(self, timeline: Timeline) -> None:
        self.company.names[self.client] = self.company.invented_name(_FIRST_NAME + self.number)
        row = {
            "Name": self.company.names[self.client],
            "Office__c": Ref(self.office.key),
            "CSM__c": Ref(self.office.csm) if self.story.assigned else None,
            "Start_of_Care__c": self.start.astimezone(self.office.zone).date(),
        }
        timeline.insert(self.client, "Client__c", row, at=self.start - 8 * DAY, by=self.office.submitter)
        if self._moved_at is not None:
            taken_over = {"CSM__c": Ref(f"csm/{self.story.moved_to}")}
            timeline.update(self.client, taken_over, at=self._moved_at, by=self.office.director)

    def _write_start(self, timeline: Timeline) -> None:
        key, story = self.story.key, self.story
        row: dict[str, Any] = {
            "Client__c": Ref(self.client),
            "Office__c": Ref(self.office.key),
            "Expected_Start__c": self.start,
            "Sales_Rep__c": Ref(self.office.rep),
            "Duplicate_Of__c": Ref(story.duplicate_of) if story.duplicate_of else None,
        }
        if story.started:
            shift = {"First_Shift_Start__c": self.start, "First_Shift_End__c": self.start + _SHIFT}
            row |= {**shift, "First_Week_Hours__c": story.weekly_hours}
        timeline.insert(key, START_OF_CARE, row, at=self.start - 7 * DAY, by=self.office.submitter)
        if self._ended_at is not None:
            ended = {"Ended_On__c": self._ended_at.astimezone(self.office.zone).date()}
            timeline.update(key, ended, at=self._ended_at + 10 * HOUR, by=self.office.csm)

    def _write_contact(self, timeline: Timeline, activity: str, at: datetime) -> None:
        """One in four is a visit, which stands in the calendar before its time; the others are tasks.

        What is still to come has been planned since the first shift.
        """
        planned = self.start + _SHIFT
        by = COLLEAGUE if self._fate(activity) == "covered" else self._csm_at(at) or self.office.csm
        about = self.client if self.company.dice.chance(30, self.story.key, activity) else self.story.key
        row = {
            "Subject": _SUBJECTS[ACTIVITIES.index(activity)],
            "WhatId": Ref(about),
            "OwnerId": Ref(by),
        }
        key = f"{self.story.key}/{activity}"
        if self.company.dice.chance(25, key):
            kind = "Introduction" if activity == "introduction" else "Check-in visit"
            visit = {"StartDateTime": at - HOUR, "EndDateTime": at, "Type": kind}
            timeline.insert(key, "Event", row | visit, at=min(at - DAY, planned), by=by)
            return
        done = at <= self.last_save
        row |= {"Type": "Call", "ActivityDate": at.astimezone(self.office.zone).date()}
        row |= {"Status": "Completed", "CompletedDateTime": at} if done else {"Status": "Not Started"}
        timeline.insert(key, "Task", row, at=at if done else planned, by=by)

    def _write_billing(self, timeline: Timeline) -> None:
        zone = self.office.zone
        first = self.start.astimezone(zone).date()
        last = (self._ended_at or self.last_save - DAY).astimezone(zone).date()
        lines = billing_lines(self.story, self.company.dice, first, last)
        for number, line in enumerate(lines, 1):
            next_noon = datetime.combine(line["Service_Date__c"] + DAY, time(12), zone).astimezone(UTC)
            row = {"Client__c": Ref(self.client), **line}
            at = min(next_noon, self.last_save)
            key = f"{self.story.key}/billing/{number}"
            timeline.insert(key, BILLING_LINE, row, at=at, by=self.office.submitter)
