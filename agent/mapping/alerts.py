"""The rows of D16 as rules.toml holds them: who hears of what, when, and what may be silenced."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.mapping.names import Strict
from agent.model import Mode, Rule

RoleName = Literal[
    "submitter",
    "account_owner",
    "sales_manager",
    "account_regional_director",
    "regional_director",
    "regional_csm",
    "division_head",
]
ROLES: tuple[RoleName, ...] = RoleName.__args__  # type: ignore[attr-defined]  # a Literal keeps its values there
"""The seven of S10, in their order."""
Hearer = Literal[RoleName, "side_owner"]
"""A role, or whoever owns the side in question (recipients.toml, [side_owners])."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Positive = Annotated[int, Field(ge=1)]


class AlertRule(Strict):
    """One row of D16. A kind of alert nobody switched on stays in shadow (D18)."""

    mode: Mode = Mode.SHADOW
    to: list[Hearer] = Field(list(ROLES), min_length=1)
    working_hours: bool = False
    """It waits for the working hours of whoever hears it."""
    may_be_silenced: bool = False
    webhook: bool = False
    """Posted to the webhooks too, without names (D15)."""


class Reminder(AlertRule):
    """What the owner of a side hears; it waits for working hours and may be silenced."""

    to: list[Hearer] = Field(["side_owner"], min_length=1)
    working_hours: bool = True
    may_be_silenced: bool = True


class PlanDueSoon(Reminder):
    hours_before: list[Positive] = [2]


class ResolutionDueSoon(Reminder):
    days_before: list[Positive] = [7, 1]


class StillOpen(Reminder):
    """Every so many days after the due time, until the side is resolved."""

    to: list[Hearer] = Field(["side_owner", "regional_director", "account_regional_director"], min_length=1)
    every_days: Positive = 7
    unanswered: Positive = 2
    """After so many without any answer ..."""
    escalate_to: list[RoleName] = ["division_head"]
    """... these hear it too."""


class Digest(Reminder):
    """One mail a person and working day, with everything of that day in it."""


class SilenceEnded(Digest):
    """Whoever wanted quiet over a record does not want to miss that it is over."""

    may_be_silenced: bool = False


class Alerts(Strict):
    """A table for each kind, named as the rule is (agent/model/)."""

    submission: AlertRule = AlertRule()
    plan_24h: AlertRule = AlertRule()
    resolution_30d: AlertRule = AlertRule()
    plan_due_soon: PlanDueSoon = PlanDueSoon()
    resolution_due_soon: ResolutionDueSoon = ResolutionDueSoon()
    still_open: StillOpen = StillOpen()
    follow_up: Digest = Digest()
    conduct: Digest = Digest()
    silence_ended: SilenceEnded = SilenceEnded()

    def of(self, rule: Rule) -> AlertRule:
        """The row of a kind that people are told about (`agent.model.ALERTS`)."""
        row: AlertRule = getattr(self, rule.value)
        return row


class WorkingHours(Strict):
    """When reminders reach people, on the clock of their own zone, else the office's (D16)."""

    start: int = Field(8, ge=0, le=23)
    end: int = Field(18, ge=1, le=24)
    days: list[Weekday] = Field(["mon", "tue", "wed", "thu", "fri"], min_length=1)

    @model_validator(mode="after")
    def _hours_of_one_day(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must be a later hour of the same day than start")
        return self


class FollowUp(Strict):
    """Contact after a plan was documented (D12, S17). Days on the office's clock."""

    days: Positive = 14
    second_days: Positive = 30
    opens_after_days: int = Field(7, ge=0)
    """Talk before this day after the plan belongs to the plan itself."""


class Conduct(Strict):
    """How a record is kept (S6, S7, S8, S16): default, not policy."""

    chatter_after_colour_hours: Positive = 24
    """A colour that moved is told in Chatter within so many hours of the move."""
    silent_days: Positive = 14
    """An open SLI hears a word at least so often."""
    name_separator: str = Field(" - ", min_length=1)
    """Between the client's name and the incident's type (S7)."""
