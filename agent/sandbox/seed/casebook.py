"""Turns a story into the saves that its people made in the org, each at its time and by its author."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from agent.sandbox.catalogue.business import SLI
from agent.sandbox.seed.company import Company, Office
from agent.sandbox.seed.quiet import due_days, end_of_day, quiet_day, quiet_instant
from agent.sandbox.seed.story import AGREED, AT_SUBMISSION, DAY, HOUR, SideStory, Story
from agent.sandbox.seed.texts import Incident, Texts, incidents, told
from agent.sandbox.seed.timeline import Ref, Timeline

LAST_SAVE = timedelta(minutes=3)
"""Nothing is saved later than this before now."""
_RESOLUTION = timedelta(days=30)
_DEADLINES = (22 * HOUR, 24 * HOUR, 7 * DAY)
"""After a side's clock started: a reminder of the plan, the plan, the first word in Chatter (D2, D16, D31)."""
_FOLLOW_UPS = (14 * DAY, 30 * DAY)
_STEPS = tuple(f"Recovery_Step_{n}__c" for n in range(1, 7))
_ALIGNED = ("RD_Aligned__c", "RSM_Aligned__c", "RSC_Aligned__c")


@dataclass
class Casebook:
    """Writes stories into a timeline. Each gets a number, from which office, client and names follow."""

    company: Company
    timeline: Timeline
    now: datetime

    def write(self, story: Story, number: int) -> str:
        """Write one story; returns the key of its intervention."""
        office = self._office(story, number)
        case = Case(self.company, story, number, office, self.now)
        case.write(self.timeline)
        return case.key

    def _office(self, story: Story, number: int) -> Office:
        if story.office is not None:
            return self.company.office(story.office)
        return self.company.offices[number * 5 % len(self.company.offices)]


@dataclass
class Case:
    company: Company
    story: Story
    number: int
    office: Office
    now: datetime

    def __post_init__(self) -> None:
        self.key = f"sli/{self.number}"
        self.client = self.company.client_of(self.office, self.number)
        self.account = self.office.account(self.story.account) if self.story.account else None
        self.incident: Incident = incidents()[self.story.incident]
        self.submitted = quiet_instant(self.now - self.story.age, self.now, self._deadlines)
        self.incident_date = self._incident_date(self.submitted)
        self.texts = self._texts()

    def _local_day(self, instant: datetime) -> date:
        return instant.astimezone(self.office.zone).date()

    def _incident_date(self, submitted: datetime) -> date | None:
        if self.story.due_in is not None:
            day = self._local_day(self.now) + self.story.due_in * DAY - _RESOLUTION
        elif self.story.incident_days is None:
            return None
        else:
            day = self._local_day(submitted) - self.story.incident_days * DAY
        return quiet_day(day + _RESOLUTION, self.office.zone, self.now) - _RESOLUTION

    def _deadlines(self, submitted: datetime) -> Iterator[datetime]:
        """Everything that falls due when it is submitted at this instant, but for the incident date's own."""
        zone = self.office.zone
        for side in (self.story.client, self.story.referral):
            yield from (submitted + side.starts + after for after in _DEADLINES)
            yield from (submitted + moved + DAY for moved, _ in side.colours)
            for planned, _ in side.plan:
                day = self._local_day(submitted + planned)
                yield from (end_of_day(day + after, zone) for after in _FOLLOW_UPS)
        yield from (submitted + spoken + 14 * DAY for spoken in (AT_SUBMISSION, *self._words()))
        last_day = self._local_day(submitted) + _RESOLUTION
        yield from (end_of_day(day, zone) for day in due_days(last_day, zone, self.now))

    def _words(self) -> Iterator[timedelta]:
        """When somebody writes in Chatter: a post, and an hour later perhaps an answer."""
        for place in range(min(self.story.posts, len(self.incident.chatter))):
            yield from (self._posted(place), self._posted(place) + HOUR)

    def _posted(self, place: int) -> timedelta:
        return (2 + place * place * 60) * HOUR + self.number % 50 * timedelta(minutes=1)

    def _texts(self) -> Texts:
        names = self.company.names
        pick = self.company.dice.pick
        invented = [self.company.invented_name(1300 + self.number * 3 + n) for n in range(2)]
        happened = self.incident_date or self._local_day(self.submitted)
        return told(
            self.incident,
            {
                "client": names[self.client],
                "caregiver": invented[0],
                "contact": invented[1],
                "partner": names[self.account or self.office.account(pick((1, 2), self.key))],
                "csm": names[self.office.csm],
                "rep": names[self.office.rep],
                "office": self.office.name,
                "date": f"{happened:%B} {happened.day}",
            },
        )

    def write(self, timeline: Timeline) -> None:
        by = self.office.director if self.story.submitter == "director" else self.office.submitter
        timeline.insert(self.key, SLI, self._submission(), at=self.submitted, by=by)
        for after, author, values in self._later_saves():
            if self._happened(after):
                timeline.update(self.key, values, at=self.submitted + after, by=author)
        self._write_chatter(timeline)
        self._write_tasks(timeline)
        if self.story.deleted_after is not None:
            timeline.delete(self.key, at=self.submitted + self.story.deleted_after, by=by)

    def _happened(self, after: timedelta) -> bool:
        return self.submitted + after <= self.now - LAST_SAVE

    def _submission(self) -> dict[str, Any]:
        row = {
            "Name": self.story.name or f"{self.company.names[self.client]} - {self.incident.type}",
            "SLI_Created_Date__c": self._local_day(self.submitted) + self.story.dated_off * DAY,
            "Incident_Date__c": self.incident_date,
            "Service_Incident_Type__c": self.incident.type,
            "Description__c": self.story.description or self.texts.description,
            "Office__c": Ref(self.office.key),
            "Client__c": Ref(self.client),
            "Referral_Account__c": Ref(self.account) if self.account else None,
        }
        if self.story.queued:
            row["OwnerId"] = Ref("queue")
        for after, _, values in self._side_saves():
            if after == AT_SUBMISSION:
                row |= values
        return row

    def _later_saves(self) -> Iterator[tuple[timedelta, str, dict[str, Any]]]:
        return (save for save in self._side_saves() if save[0] > AT_SUBMISSION)

    def _side_saves(self) -> Iterator[tuple[timedelta, str, dict[str, Any]]]:
        """(time since submission, author, values)."""
        sides = (
            ("Client", self.story.client, self.office.csm, self.texts.client_plan),
            ("Referral", self.story.referral, self.office.rep, self.texts.referral_plan),
        )
        for name, side, author, agreed in sides:
            for after, colour in side.colours:
                recovered = self._recovered() if colour == "Green" else {}
                yield after, author, {f"{name}_Status__c": colour} | recovered
            for after, plan in side.plan:
                values: dict[str, Any] = {f"{name}_Intervention_Plan__c": agreed if plan == AGREED else plan}
                if plan == AGREED and self.company.dice.chance(15, "second follow-up", self.key, name):
                    values[f"{name}_Second_Follow_Up__c"] = True
                yield after, author, values
            yield from self._exemption(name, side)

    def _recovered(self) -> dict[str, Any]:
        """What is ticked with the colour Green: mostly every step and everyone's agreement (D13, S16)."""
        chance = self.company.dice.chance
        steps = _STEPS if chance(80, "steps", self.key) else _STEPS[:4]
        agree = _ALIGNED if chance(80, "aligned", self.key) else _ALIGNED[:2]
        return dict.fromkeys((*steps, *agree), True)

    def _exemption(self, name: str, side: SideStory) -> Iterator[tuple[timedelta, str, dict[str, Any]]]:
        if side.exemption is None:
            return
        until = self._local_day(self.now) + side.exemption.until_in * DAY
        author = self.office.director if side.exemption.by == "director" else self.office.csm
        values = {
            f"{name}_Exception_Until__c": quiet_day(until, self.office.zone, self.now),
            f"{name}_Exception_Reason__c": side.exemption.reason,
        }
        yield side.exemption.after, author, values

    def _write_chatter(self, timeline: Timeline) -> None:
        """Client side and referral side take turns; every third post is answered."""
        for place, body in enumerate(self.texts.chatter[: self.story.posts]):
            after = self._posted(place)
            author = (self.office.csm, self.office.rep)[(place + self.number) % 2]
            if not self._happened(after + HOUR):
                return
            key = f"{self.key}/post/{place}"
            rich = place == 1
            timeline.post(
                key,
                self.key,
                f"<p>{body}</p>" if rich else body,
                at=self.submitted + after,
                by=author,
                rich=rich,
            )
            if place % 3 == 0:
                thanks = "Thank you. Please keep both colours up to date as this moves."
                timeline.comment(key, thanks, at=self.submitted + after + HOUR, by=self.office.director)

    def _write_tasks(self, timeline: Timeline) -> None:
        """The 14-day contact, planned on the second day and mostly kept."""
        if not self._happened(2 * DAY):
            return
        key = f"{self.key}/task"
        contact = self.submitted + 14 * DAY
        row = {
            "Subject": "14-day contact",
            "WhatId": Ref(self.key),
            "OwnerId": Ref(self.office.csm),
            "ActivityDate": self._local_day(contact),
            "Status": "Not Started",
            "Type": "Call",
        }
        timeline.insert(key, "Task", row, at=self.submitted + 2 * DAY, by=self.office.csm)
        kept = self.company.dice.chance(80, key)
        if kept and self._happened(14 * DAY):
            done = {
                "Status": "Completed",
                "CompletedDateTime": contact,
                "Description": "Reached, notes in Chatter.",
            }
            timeline.update(key, done, at=contact, by=self.office.csm)
