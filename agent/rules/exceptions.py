"""Whether an exception to the 30 days counts (D6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.model import FieldChange, Intervention, Side
from agent.rules.context import Context
from agent.rules.reasons import Refusal
from agent.rules.timeline import untouched


@dataclass(frozen=True)
class Ruling:
    """An exception that somebody set; it counts unless refused. `by` is a user's id; None: nothing tells who, or
    `at` what instant."""

    until: date
    by: str | None
    refusals: tuple[Refusal, ...]
    at: datetime | None = None

    @property
    def granted(self) -> bool:
        return not self.refusals

    @property
    def name(self) -> str:
        """Which exception this is: its date and who set it."""
        return f"{self.until.isoformat()} {self.by}"


def rule_on_exception(
    record: Intervention,
    history: Sequence[FieldChange],
    side: Side,
    regular_day: date,
    context: Context,
    granted_before: str | None = None,
) -> Ruling | None:
    """The exception on the record, with every reason against it; None where there is none.

    It counts if the region's own director or a delegate set its date, with a reason, and the date does not
    come before `regular_day`, the due day without it (D6). One that was granted before (`Ruling.name`) stays so
    when the office gets another director.
    """
    field = context.mapping.intervention.sides[side].exception_until
    facts = record.sides[side]
    until = as_day(facts.exception_until)
    if field is None or until is None:
        return None
    by, at = _setter(
        record, [row for row in history if row.field == field], until, context.tracked_since.get(field)
    )
    may_set = context.directors.get(side, frozenset()) | set(context.mapping.recipients.exception_delegates)
    was_granted = by is not None and Ruling(until, by, ()).name == granted_before
    against = {
        Refusal.UNKNOWN_WHO: by is None,
        Refusal.NOT_THE_REGIONAL_DIRECTOR: by is not None and by not in may_set and not was_granted,
        Refusal.NO_REASON: not (facts.exception_reason or "").strip(),
        Refusal.NOT_LATER: until < regular_day,
    }
    return Ruling(until, by, tuple(refusal for refusal, holds in against.items() if holds), at)


def as_day(value: object) -> date | None:
    """A date as a history row may hold it: a date, or text that begins with `YYYY-MM-DD`."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _setter(
    record: Intervention, rows: Sequence[FieldChange], until: date, tracked_since: datetime | None
) -> tuple[str, datetime] | tuple[None, None]:
    """Who set the present date, and when: by the last row that led to it, else the creator if it was there then."""
    leading = [row for row in rows if as_day(row.new) == until]
    if leading:
        last = max(leading, key=lambda row: (row.at, row.by))
        return last.by, last.at
    if not rows and untouched(record, tracked_since):
        return record.created_by, record.created_at
    return None, None
