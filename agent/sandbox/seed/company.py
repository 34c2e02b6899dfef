"""The company the interventions happen in: regions, offices, people in every role, accounts and clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.sandbox.seed.dice import Dice
from agent.sandbox.seed.texts import read_toml
from agent.sandbox.seed.timeline import Ref, Timeline

FOUNDED = timedelta(days=400)
"""How long before now the org was set up."""

# The misfits that the roles of S10 meet in a real org (D7).
REGION_WITH_INACTIVE_CSM = "Nebraska"
OFFICE_WITHOUT_CSM = "Scottsbluff"
OFFICE_WHOSE_DIRECTOR_IS_CSM = "Roseville"
DIVISION_WITH_UNREACHABLE_SALES_MANAGER = "South"
OFFICE_OF_ACCOUNT_WITHOUT_LOCATION = "Raleigh"
OFFICE_OF_ACCOUNT_WITH_INACTIVE_OWNER = "Boise"
OFFICE_OF_ACCOUNT_WITH_UNMANAGED_OWNER = "Carlsbad"
ELSEWHERE = {"Denver": "Omaha", "Arlington": "Princeton"}
"""Offices whose second account belongs to an office of another region."""
WITHOUT_EMPLOYEE_NUMBER = ("agent", "rep/former", "csm/Indianapolis")


@dataclass(frozen=True)
class Office:
    name: str
    region: str
    division: str
    zone: ZoneInfo

    @property
    def key(self) -> str:
        return f"office/{self.name}"

    def account(self, number: int = 1) -> str:
        """The key of one of the office's two referral accounts."""
        return f"account/{self.name}/{number}"

    @property
    def submitter(self) -> str:
        return f"hcl/{self.name}"

    @property
    def director(self) -> str:
        return f"rd/{self.region}"

    @property
    def rep(self) -> str:
        return f"rep/{self.name}"

    @property
    def csm(self) -> str:
        return f"csm/{self.name}"

    @property
    def regional_csm(self) -> str | None:
        """The user in this role, active or not."""
        if self.name == OFFICE_WITHOUT_CSM:
            return None
        return self.director if self.name == OFFICE_WHOSE_DIRECTOR_IS_CSM else f"rcsm/{self.region}"


@dataclass
class Company:
    """Writes itself into a timeline; `names` keeps what each person, account and client is called."""

    now: datetime
    dice: Dice
    clients: int
    """How many clients; two an office at least."""
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        regions = read_toml("regions.toml")
        self.offices = [
            Office(name, region, entry["division"], ZoneInfo(zone))
            for region, entry in regions.items()
            for name, zone in entry["offices"].items()
        ]
        self.clients = max(self.clients, 2 * len(self.offices))
        self.divisions = sorted({office.division for office in self.offices})
        self.regions = {office.region: office.division for office in self.offices}
        self._people = read_toml("people.toml")

    def office(self, name: str) -> Office:
        return next(office for office in self.offices if office.name == name)

    def client_of(self, office: Office, number: int) -> str:
        """The key of one of the office's clients; any whole number finds one."""
        place = self.offices.index(office)
        count = (self.clients - place - 1) // len(self.offices) + 1
        return f"client/{place + len(self.offices) * (number % count)}"

    def invented_name(self, number: int) -> str:
        first, last = self._people["first"], self._people["last"]
        return f"{first[number % len(first)]} {last[number % len(last)]}"

    def write(self, timeline: Timeline) -> None:
        for user in self._users():
            self._write_user(timeline, *user)
        self._write_departures(timeline)
        at = self.now - FOUNDED + timedelta(hours=1)
        queue = {"Name": "SLI Intake", "Type": "Queue"}
        timeline.insert("queue", "Group", queue, at=at, by="admin")
        self._write_regions(timeline, at)
        self._write_accounts(timeline, at + timedelta(hours=1))
        self._write_clients(timeline)

    def _users(self) -> Iterator[tuple[str, str, str | None, str]]:
        """(key, title, key of the manager, time zone), managers before those they manage."""
        eastern = "America/New_York"
        yield "agent", "Integration", None, "UTC"
        for division in self.divisions:
            yield f"head/{division}", "Division Head", None, eastern
            yield f"sales/{division}", "Regional Sales Manager", f"head/{division}", eastern
        for region, division in self.regions.items():
            zone = next(office.zone.key for office in self.offices if office.region == region)
            yield f"rd/{region}", "Regional Director of Operations", f"head/{division}", zone
            yield f"rcsm/{region}", "Regional Client Success Manager", f"rd/{region}", zone
        for office in self.offices:
            zone = office.zone.key
            yield office.submitter, "Home Care Liaison", office.director, zone
            yield office.csm, "Client Success Manager", office.regional_csm or office.director, zone
            yield office.rep, "Sales Representative", f"sales/{office.division}", zone
        yield "rep/former", "Sales Representative", "sales/West", eastern
        yield "rep/unmanaged", "Sales Representative", None, eastern

    def _write_user(self, timeline: Timeline, key: str, title: str, manager: str | None, zone: str) -> None:
        name = "SLI Agent" if key == "agent" else self.invented_name(len(self.names))
        number = None if key in WITHOUT_EMPLOYEE_NUMBER else f"E-{len(self.names):04d}"
        self.names[key] = name
        timeline.insert(
            key,
            "User",
            user_row(name, title=title, zone=zone)
            | {"EmployeeNumber": number}
            | {"ManagerId": Ref(manager) if manager else None}
            | ({"Email": None} if key == f"sales/{DIVISION_WITH_UNREACHABLE_SALES_MANAGER}" else {}),
            at=self.now - FOUNDED,
            by="admin",
        )

    def _write_departures(self, timeline: Timeline) -> None:
        left = self.now - timedelta(days=220)
        for key in ("rep/former", f"rcsm/{REGION_WITH_INACTIVE_CSM}"):
            timeline.update(key, {"IsActive": False}, at=left, by="admin")

    def _write_regions(self, timeline: Timeline, at: datetime) -> None:
        for region, division in self.regions.items():
            row: dict[str, Any] = {"Name": region, "Division_Head__c": Ref(f"head/{division}")}
            timeline.insert(f"region/{region}", "Region__c", row, at=at, by="admin")
        for office in self.offices:
            row = {
                "Name": office.name,
                "Time_Zone__c": office.zone.key,
                "Region__c": Ref(f"region/{office.region}"),
                "Regional_Director__c": Ref(office.director),
                "Regional_CSM__c": Ref(office.regional_csm) if office.regional_csm else None,
            }
            timeline.insert(office.key, "Office__c", row, at=at, by="admin")

    def _write_accounts(self, timeline: Timeline, at: datetime) -> None:
        kinds = ("Senior Living", "Hospital", "Care Manager", "Skilled Nursing", "Hospice")
        for office in self.offices:
            for number in (1, 2):
                key = office.account(number)
                partner = self.dice.pick(self._people["partners"], key)
                self.names[key] = f"{partner} {office.name}" if number == 1 else f"{partner} of {office.name}"
                row = {
                    "Name": self.names[key],
                    "Type": self.dice.pick(kinds, key, "type"),
                    "OwnerId": Ref(office.rep),
                    "CC_Location__c": Ref(office.key),
                    **(self._misfit(office) if number == 2 else {}),
                }
                timeline.insert(key, "Account", row, at=at, by=office.rep)

    def _misfit(self, office: Office) -> dict[str, Any]:
        """What is different about the second account of some offices."""
        if office.name == OFFICE_OF_ACCOUNT_WITHOUT_LOCATION:
            return {"CC_Location__c": None}
        if office.name == OFFICE_OF_ACCOUNT_WITH_INACTIVE_OWNER:
            return {"OwnerId": Ref("rep/former")}
        if office.name == OFFICE_OF_ACCOUNT_WITH_UNMANAGED_OWNER:
            return {"OwnerId": Ref("rep/unmanaged")}
        if office.name in ELSEWHERE:
            return {"CC_Location__c": Ref(self.office(ELSEWHERE[office.name]).key)}
        return {}

    def _write_clients(self, timeline: Timeline) -> None:
        began = self.now - FOUNDED + timedelta(days=2)
        for number in range(self.clients):
            key = f"client/{number}"
            office = self.offices[number % len(self.offices)]
            self.names[key] = self.invented_name(number + 700)
            start_of_care = began + timedelta(days=self.dice.below(170, key))
            row = {
                "Name": self.names[key],
                "Office__c": Ref(office.key),
                "CSM__c": Ref(office.csm),
                "Start_of_Care__c": start_of_care.astimezone(office.zone).date(),
            }
            timeline.insert(key, "Client__c", row, at=began + timedelta(minutes=number % 1440), by=office.csm)


def user_row(name: str, *, title: str, zone: str) -> dict[str, Any]:
    first, last = name.split(" ", 1)
    address = f"{first}.{last}@example.com".lower().replace(" ", "")
    return {
        "Name": name,
        "FirstName": first,
        "LastName": last,
        "Email": address,
        "Username": address,
        "Title": title,
        "IsActive": True,
        "TimeZoneSidKey": zone,
        "UserType": "Standard",
    }
