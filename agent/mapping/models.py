"""The shape of a mapping: one model per TOML file. Field names are the keys an admin writes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.mapping.alerts import Alerts, Conduct, FollowUp, RoleName, WorkingHours
from agent.mapping.directory import Directory
from agent.mapping.incentive import Incentive
from agent.mapping.names import Address, ApiName, ApiPath, CsvName, RecordId, Strict
from agent.mapping.scoring import TouchPoints
from agent.mapping.write_back import WriteBack
from agent.model import ALERTS, Colour, Mode, Rule, Side

Kind = Literal["person", "account", "office", "region", "client"]


class Applies(Strict):
    """When a side applies, where its colour does not say so (D3): `field` holds one of `values`."""

    field: ApiName
    values: list[str | bool]


class SideMapping(Strict):
    """The fields of one side (D0: both sides may name the same plan field)."""

    colour: ApiName
    plan: ApiName
    lookup: ApiName | None = None
    """The record this side is about: the client, the referral account."""
    colours: dict[str, Colour]
    """This org's picklist values -> our colours."""
    not_applicable: list[str] = []
    applies: Applies | None = None
    exception_until: ApiName | None = None
    exception_reason: ApiName | None = None
    follow_up_from: ApiName | None = None
    """The date of the step from which the 14 days to the follow-up count, in place of the plan's (D12)."""
    second_follow_up: ApiName | None = None
    """A checkbox or date: filled where a contact at 30 days was added (S17, D12)."""


class Alignment(Strict):
    """Checkboxes: who agrees on both colours (S16, D13). Each may be absent."""

    regional_director: ApiName | None = None
    regional_csm: ApiName | None = None
    sales_coach: ApiName | None = None

    def fields(self) -> dict[str, str]:
        """Who -> the checkbox, for those that are mapped."""
        return {name: field for name in type(self).model_fields if (field := getattr(self, name))}


class InterventionMapping(Strict):
    """intervention.toml: the SLI object."""

    object: ApiName
    number: ApiName
    name: ApiName = "Name"
    submitter: ApiName = "CreatedById"
    created_date: ApiName | None = None
    incident_date: ApiName | None = None
    """None: the 30-day clock falls back to the created date, marked as such (D1)."""
    incident_type: ApiName | None = None
    office: ApiName
    client: ApiName | None = None
    referral_account: ApiName | None = None
    recovery_steps: list[ApiName] = Field([], max_length=6)
    """Checkboxes or dates: a step is complete when its field is filled. Unnamed, as in the documents (D13)."""
    alignment: Alignment = Alignment()
    sides: dict[Side, SideMapping]

    def read_fields(self) -> tuple[str, ...]:
        """Fields of the SLI that judgements and alerts are made from, each once. The agent writes none (D17)."""
        fields: list[str | None] = [self.number, self.name, self.submitter]
        fields += [self.created_date, self.incident_date, self.incident_type]
        fields += [self.office, self.client, self.referral_account]
        fields += [*self.recovery_steps, *self.alignment.fields().values()]
        for side in self.sides.values():
            fields += [side.colour, side.plan, side.lookup, side.exception_until, side.exception_reason]
            fields += [side.follow_up_from, side.second_follow_up]
            fields += [side.applies.field] if side.applies else []
        return tuple(dict.fromkeys(field for field in fields if field))


class Activities(Strict):
    object: ApiName = "Task"
    related: ApiName = "WhatId"
    subject: ApiName = "Subject"
    completed: ApiName | None = None
    """When it was done. None: whoever enters an activity has done it, and then (D12)."""


class Chatter(Strict):
    """chatter.toml: what tells the story of a record. Each may be absent: this org has none."""

    history: ApiName | None = None
    feed: ApiName | None = None
    comments: ApiName | None = None
    activities: Activities | None = None


class ReferenceKind(Strict):
    """One kind of reference record. `lookups` are the fields that lead on, and to what kind."""

    object: ApiName
    name: ApiName = "Name"
    email: ApiName | None = None
    active: ApiName | None = None
    time_zone: ApiName | None = None
    region: ApiName | None = None
    employee: ApiName | None = None
    """Of a person: the employee number that scores are filed under; None: the record's id."""
    title: ApiName | None = None
    """Of a person: what says which plan is theirs (I1)."""
    lookups: dict[ApiName, Kind] = {}


class Reference(Strict):
    """reference.toml: people, accounts, offices, regions, clients."""

    person: ReferenceKind
    account: ReferenceKind
    office: ReferenceKind
    region: ReferenceKind
    client: ReferenceKind
    default_time_zone: str = "America/New_York"
    """For an office without a zone; a finding says so."""

    def kinds(self) -> dict[str, ReferenceKind]:
        return {name: getattr(self, name) for name in ("person", "account", "office", "region", "client")}


class Role(Strict):
    """One of the seven (S10): how the person is found, and who hears it where there is none.

    Either over lookups alone (`path`), or in a `directory` under the record to which `by` leads.
    """

    title: str
    path: ApiPath | None = None
    directory: CsvName | None = None
    by: ApiPath | None = None
    fallback: Address = "admin"

    @property
    def way(self) -> str:
        """The relationships from the SLI to the person, or to the record that is the directory's key."""
        return self.path or self.by or ""


class Recipients(Strict):
    """recipients.toml: the seven roles of S10, and who may grant exceptions beside the directors (D6)."""

    roles: dict[RoleName, Role]
    side_owners: dict[Side, RoleName] = {Side.CLIENT: "regional_csm", Side.REFERRAL: "account_owner"}
    """Who hears what concerns one side only (S4, D16)."""
    exception_delegates: list[RecordId] = []
    """Ids of users who may set an exception in a director's place."""


class Handling(Strict):
    """Checks of the handling score (D31): default, not policy. Hours after the side's clock started."""

    colour_hours: int = Field(24, ge=1)
    chatter_hours: int = Field(168, ge=1)


class MailWords(Strict):
    """What mails may say where many eyes see it."""

    names_in_subjects: bool = False
    """Subjects show on locked phones and in logs of mail servers; a record's name is a client's (D15)."""


class Rules(Strict):
    """rules.toml: every business parameter of the process."""

    plan_hours: int = Field(24, ge=1)
    resolution_days: int = Field(30, ge=1)
    placeholders: list[str] = ["TBD", "N/A", "NA", "pending", "to be determined", "none", "-"]
    """Texts that are no plan (D4); compared without case, markup, white space and closing punctuation."""
    alerts: Alerts = Alerts()
    working_hours: WorkingHours = WorkingHours()
    follow_up: FollowUp = FollowUp()
    conduct: Conduct = Conduct()
    handling: Handling = Handling()
    mail: MailWords = MailWords()

    def mode(self, rule: Rule) -> Mode:
        """The mode of a kind of alert (D18); what admins must know always leaves (D9, D11)."""
        return self.alerts.of(rule).mode if rule in ALERTS else Mode.LIVE


class OrgMapping(Strict):
    """All files of one org together. `version` changes when any of them does."""

    version: str
    reading_version: str
    """Changes with the files that say what is read and written; not with rules and recipients."""
    intervention: InterventionMapping
    chatter: Chatter
    reference: Reference
    recipients: Recipients
    rules: Rules
    write_back: WriteBack
    directory: Directory = Directory()
    touch_points: TouchPoints | None = None
    """None: this org scores nothing."""
    incentive: Incentive | None = None
    scoring_version: str = ""
    """Changes with the files that say what is read and written for scores, and with no other."""

    def lookup_field(self, segment: str) -> str:
        """The field behind a segment of a path: `Office__r` -> `Office__c`, `Owner` -> `OwnerId`."""
        return f"{segment[:-3]}__c" if segment.endswith("__r") else f"{segment}Id"

    def lookups_of_intervention(self) -> dict[str, str]:
        """Lookup fields of the SLI object that a role's path may begin with -> kind."""
        i = self.intervention
        named = {i.office: "office", i.client: "client", i.referral_account: "account"}
        found = {field: kind for field, kind in named.items() if field is not None}
        return found | {i.submitter: "person", "CreatedById": "person", "OwnerId": "person"}

    def needs_account(self, role: Role) -> bool:
        """True for the roles that hang on the referral account and drop out without one (D3)."""
        return self.lookup_field(role.way.split(".")[0]) == self.intervention.referral_account

    def end_of(self, path: str) -> ReferenceKind:
        """The kind of record to which declared lookups lead from the SLI."""
        lookups, kinds, end = self.lookups_of_intervention(), self.reference.kinds(), self.reference.person
        for segment in path.split("."):
            end = kinds[lookups[self.lookup_field(segment)]]
            lookups = dict(end.lookups)
        return end
