"""When reminders of a milestone fall due (D16): warnings before its due time, weekly ones after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.days import days_after, end_of_day
from agent.mapping.alerts import Alerts
from agent.model import Milestone, MilestoneKind


def warnings(milestone: Milestone, alerts: Alerts, submitted_at: datetime) -> list[datetime]:
    """The instants at which its owner is warned, oldest first; UTC, elapsed hours and days before the due time.

    Whatever state it is in: only an open milestone is warned of. An instant before the clock started, or before
    the submission, is none: nobody could have been warned then.
    """
    before = {
        MilestoneKind.PLAN: [timedelta(hours=hours) for hours in alerts.plan_due_soon.hours_before],
        MilestoneKind.RESOLUTION: [timedelta(days=days) for days in alerts.resolution_due_soon.days_before],
    }.get(milestone.kind, [])
    known_from = max(milestone.clock_start, submitted_at)
    # The span is compared, not the instant: the edge of the calendar has none before it.
    spans = sorted({span for span in before if span < milestone.due - known_from}, reverse=True)
    return [milestone.due - span for span in spans]


@dataclass(frozen=True)
class Weekly:
    """The reminders that follow a due time at equal steps, on the office's calendar; the first is number 1."""

    due: datetime
    every_days: int
    zone: ZoneInfo

    def at(self, number: int) -> datetime:
        """When this one falls due: the end of a local day, as UTC."""
        first_day = self.due.astimezone(self.zone).date()
        return end_of_day(days_after(first_day, number * self.every_days), self.zone)

    def latest(self, through: datetime) -> tuple[int, datetime] | None:
        """The newest one whose instant `through` has passed, with its number; None before the first."""
        number = self._passed(through)
        return (number, self.at(number)) if number else None

    def following(self, through: datetime) -> datetime:
        """When the first one falls due that `through` has not passed."""
        return self.at(self._passed(through) + 1)

    def _passed(self, through: datetime) -> int:
        elapsed = through.astimezone(self.zone).date() - self.due.astimezone(self.zone).date()
        # An instant falls on the day itself, so this many steps are over, or one fewer.
        number = max(elapsed.days // self.every_days, 0)
        return number if number == 0 or self.at(number) < through else number - 1


def weekly(milestone: Milestone, alerts: Alerts, zone: ZoneInfo) -> Weekly:
    """The reminders of a violated resolution: every so many days after its due time, until it is resolved."""
    return Weekly(milestone.due, alerts.still_open.every_days, zone)
