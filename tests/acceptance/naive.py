"""Which alerts should have gone out, and to whom: worked out plainly from the org's own rows.

It shares no code with the agent, and no thought either: it follows the process (the S and D numbers) line by
line, with no regard for speed. It sees each record as it stands at `now` and its field history, so it tells
what one look at the org owes; over many looks, the union is owed. As Salesforce logs long text without its
values, it cannot know a plan that was written and cleared again.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.sandbox.org import SandboxOrg

SLI = "Service_Level_Intervention__c"
LOOKUP = {"client": "Client__c", "referral": "Referral_Account__c"}
COLOUR = {"client": "Client_Status__c", "referral": "Referral_Status__c"}
PLAN = {"client": "Client_Intervention_Plan__c", "referral": "Referral_Intervention_Plan__c"}
EXCEPTION_UNTIL = {"client": "Client_Exception_Until__c", "referral": "Referral_Exception_Until__c"}
EXCEPTION_REASON = {"client": "Client_Exception_Reason__c", "referral": "Referral_Exception_Reason__c"}
NO_PLAN = {"", "tbd", "n/a", "na", "pending", "to be determined", "none", "-"}
RESOLVED = {"Green", "Red"}
COMPLETE_AFTER = timedelta(seconds=600)
"""How late a transaction may commit: until then nothing is judged (D11)."""

READ = {
    "User": ["Id", "Email", "IsActive", "ManagerId"],
    "Account": ["Id", "OwnerId", "CC_Location__c"],
    "Office__c": ["Id", "Time_Zone__c", "Region__c", "Regional_Director__c", "Regional_CSM__c"],
    "Region__c": ["Id", "Division_Head__c"],
    "SLI_Agent_Settings__c": ["Id", "Go_Live__c"],
    SLI: [
        *("Id", "IsDeleted", "CreatedDate", "CreatedById", "Incident_Date__c", "Office__c"),
        *(fields[side] for fields in (LOOKUP, COLOUR, PLAN) for side in LOOKUP),
        *(fields[side] for fields in (EXCEPTION_UNTIL, EXCEPTION_REASON) for side in LOOKUP),
    ],
}
Record = dict[str, Any]


@dataclass(frozen=True)
class Alert:
    """One mail that is owed. `sides` is empty for a submission; addresses are in lower case."""

    sli_id: str
    rule: str
    due: datetime
    sides: frozenset[str]
    recipients: frozenset[str]


@dataclass
class Facts:
    """The org's rows, in the names and colours of the sandbox whatever this org calls them."""

    tables: dict[str, dict[str, Record]]
    history: dict[str, list[Record]]
    """By the SLI's id, oldest first."""

    def get(self, table: str, record_id: str | None) -> Record:
        """A record by its id; an empty one where there is none."""
        return self.tables[table].get(record_id or "", {})


def expected_alerts(org: SandboxOrg, now: datetime, *, fallback: str, names: Any = None) -> set[Alert]:
    """Every alert that should have left by `now`, in an org whose go-live instant is already recorded."""
    facts = read(org, now, names)
    go_live = next(s["Go_Live__c"] for s in facts.tables["SLI_Agent_Settings__c"].values())
    alerts = set()
    for sli in facts.tables[SLI].values():
        if sli["IsDeleted"]:
            continue
        to = recipients(sli, facts, fallback)
        # S10: on submission.
        owed: dict[tuple[str, datetime], set[str]] = {("submission", sli["CreatedDate"]): set()}
        for side, start in clock_starts(sli, facts).items():
            # S11 and D2: 24 elapsed hours, one clock per side. D8: not if there is a plan by now.
            if not is_documented(sli[PLAN[side]]):
                owed.setdefault(("plan_24h", start + timedelta(hours=24)), set()).add(side)
            # S12 and D5: within 30 days of the incident, and what was once met stays met.
            if not RESOLVED & set(colours(sli, side, facts).values()):
                owed.setdefault(("resolution_30d", resolution_due(sli, side, facts)), set()).add(side)
        for (rule, due), sides in owed.items():
            judged = due <= now if rule == "submission" else due <= now - COMPLETE_AFTER
            # D9: only what was submitted, or fell due, after go-live.
            if judged and due > go_live:
                alerts.add(Alert(sli["Id"], rule, due, frozenset(sides), to))
    return alerts


def recipients(sli: Record, facts: Facts, fallback: str) -> frozenset[str]:
    """The seven roles of S10 as addresses: each person once, the fallback for whom nobody can reach (D7)."""
    office = facts.get("Office__c", sli["Office__c"])
    roles = [
        sli["CreatedById"],  # 1 submitter
        office.get("Regional_Director__c"),  # 5
        office.get("Regional_CSM__c"),  # 6
    ]
    if sli[LOOKUP["referral"]]:  # D3: without a referral account, these four drop out.
        account = facts.get("Account", sli[LOOKUP["referral"]])
        location = facts.get("Office__c", account.get("CC_Location__c"))
        roles += [
            account.get("OwnerId"),  # 2
            facts.get("User", account.get("OwnerId")).get("ManagerId"),  # 3
            location.get("Regional_Director__c"),  # 4
            facts.get("Region__c", location.get("Region__c")).get("Division_Head__c"),  # 7
        ]
    people = [facts.get("User", user_id) for user_id in roles]
    reachable = [person["Email"] if person and person["IsActive"] else None for person in people]
    return frozenset((address or fallback).lower() for address in reachable)


def colours(sli: Record, side: str, facts: Facts) -> dict[datetime, str | None]:
    """The colours the side has had, by the instant each was set."""
    moves = [row for row in facts.history[sli["Id"]] if row["Field"] == COLOUR[side]]
    first = moves[0]["OldValue"] if moves else sli[COLOUR[side]]
    return {sli["CreatedDate"]: first} | {row["CreatedDate"]: row["NewValue"] for row in moves}


def clock_starts(sli: Record, facts: Facts) -> dict[str, datetime]:
    """The sides that apply now, and when each first did (D2, D3)."""
    seen = {side: colours(sli, side, facts) for side in COLOUR}
    starts: dict[str, datetime] = {}
    applying: set[str] = set()
    for instant in sorted({instant for moves in seen.values() for instant in moves}):
        current = {side: colour_at(moves, instant) for side, moves in seen.items()}
        applying = {side for side, colour in current.items() if colour not in (None, "N/A")}
        if all(colour is None for colour in current.values()):
            applying = {side for side in COLOUR if sli[LOOKUP[side]]}
        for side in applying:
            starts.setdefault(side, instant)
    return {side: starts[side] for side in applying}


def colour_at(moves: dict[datetime, str | None], instant: datetime) -> str | None:
    return moves[max(moved for moved in moves if moved <= instant)]


def is_documented(plan: str | None) -> bool:
    """D4: something is left of it without markup, white space and placeholders."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", plan or ""))
    return " ".join(text.split()).strip(" .!:;,").lower() not in NO_PLAN


def resolution_due(sli: Record, side: str, facts: Facts) -> datetime:
    """D1: the end of the office's local day, 30 days after the incident; D6: or of an exception's day."""
    zone = ZoneInfo(facts.get("Office__c", sli["Office__c"]).get("Time_Zone__c") or "America/New_York")
    submitted = sli["CreatedDate"].astimezone(zone).date()
    incident = sli["Incident_Date__c"]
    if incident is None or incident > submitted:
        incident = submitted
    last_day = incident + timedelta(days=30)
    until = exception(sli, side, facts)
    if until is not None:
        last_day = max(last_day, until)
    return datetime.combine(last_day, time(23, 59, 59), zone).astimezone(UTC)


def exception(sli: Record, side: str, facts: Facts) -> date | None:
    """D6: the new date, if the right Regional Director set it and gave a reason."""
    until: date | None = sli[EXCEPTION_UNTIL[side]]
    if until is None or not sli[EXCEPTION_REASON[side]]:
        return None
    rows = [row for row in facts.history[sli["Id"]] if row["Field"] == EXCEPTION_UNTIL[side]]
    set_by = rows[-1]["CreatedById"] if rows else sli["CreatedById"]
    office_id = sli["Office__c"]
    if side == "referral":
        office_id = facts.get("Account", sli[LOOKUP["referral"]]).get("CC_Location__c")
    return until if set_by == facts.get("Office__c", office_id).get("Regional_Director__c") else None


def read(org: SandboxOrg, now: datetime, names: Any) -> Facts:
    tables = {table: read_table(org, now, names, table) for table in READ}
    history = defaultdict(list)
    name = (names.object(SLI) if names else SLI).removesuffix("__c") + "__History"
    own_name = {names.field(SLI, field) if names else field: field for field in READ[SLI]}
    for row in sorted(org.rows(name, now), key=lambda row: (row["CreatedDate"], row["Id"])):
        field = own_name.get(row["Field"], row["Field"])
        values = {key: own_colour(names, field, row[key]) for key in ("OldValue", "NewValue")}
        kept = {key: row[key] for key in ("CreatedDate", "CreatedById")}
        history[row["ParentId"]].append({"Field": field, **kept, **values})
    return Facts(tables, history)


def read_table(org: SandboxOrg, now: datetime, names: Any, table: str) -> dict[str, Record]:
    records = {}
    for row in org.rows(names.object(table) if names else table, now):
        found = {field: row[names.field(table, field) if names else field] for field in READ[table]}
        records[row["Id"]] = {field: own_colour(names, field, value) for field, value in found.items()}
    return records


def own_colour(names: Any, field: str, value: Any) -> Any:
    """A colour as the sandbox calls it, where this org has another word."""
    if names is None or field not in COLOUR.values():
        return value
    words = ("Green", "Yellow", "Orange", "Red", "N/A")
    return {names.value(SLI, field, word): word for word in words}.get(value, value)
