"""Judging once more, on data read that moment, before anybody is told (D8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from agent.alerts.notices import Stands, still_holds, unanswered
from agent.alerts.recipients import soql_fields
from agent.errors import SalesforceError
from agent.instants import from_text, to_text
from agent.model import FieldChange, HumanDecision, Intervention, Judgement, Notice
from agent.pipeline import drift, org_time
from agent.pipeline.batch import Batch
from agent.pipeline.decisions import in_force
from agent.pipeline.judging import known_through
from agent.pipeline.work import Workshop
from agent.rules.judge import judge
from agent.salesforce import soql
from agent.salesforce.parts import Answers, Part, part_query
from agent.store import StoreError, decisions, notices, to_json
from agent.sync import reading
from agent.sync.drift import paths_without
from agent.sync.streams import SYSTEM, unique

HISTORY = ("Id", "ParentId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate")
OUT_OF_SIGHT = "the SLI can no longer be seen; check the agent's sharing"
Row = Mapping[str, Any]


@dataclass
class Fresh:
    """What the org says now about the interventions of a batch."""

    rows: dict[str, Row] = field(default_factory=dict)
    history: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    error: SalesforceError | None = None


def parts(work: Workshop, ids: Sequence[str]) -> list[Part]:
    """The queries: the records with the people on the roles' paths, and their field history."""
    i, asked = work.mapping.intervention, []
    fields = unique(*SYSTEM, *work.mapping.intervention.read_fields(), *soql_fields(work.mapping))
    fields = tuple(paths_without(work.mapping, fields, work.missing))
    for n, condition in enumerate(soql.ids_in("Id", ids)):
        asked.append(part_query(f"fresh{n}", soql.select(i.object, fields, condition), include_deleted=True))
    if work.mapping.chatter.history:
        for n, condition in enumerate(soql.ids_in("ParentId", ids)):
            # The newest first: should a page not hold all, the mirror has the older ones.
            query = soql.select(work.mapping.chatter.history, HISTORY, condition, "CreatedDate DESC, Id DESC")
            asked.append(part_query(f"history{n}", query))
    return asked


def read(work: Workshop, answers: Answers) -> Fresh:
    fresh = Fresh()
    try:
        for name in (n for n in answers.by_name if n.startswith("fresh")):
            rows = drift.filled(work, "intervention", answers.page(name).records)
            fresh.rows |= {row["Id"]: row for row in rows}
        for name in (n for n in answers.by_name if n.startswith("history")):
            for row in answers.page(name).records:
                fresh.history.setdefault(row["ParentId"], []).append(reading.change_row(row))
    except SalesforceError as error:
        fresh.error = error
    return fresh


@dataclass(frozen=True)
class Checked:
    """A record as it was judged this moment."""

    record: Intervention
    row: Row
    history: Sequence[FieldChange]
    judgement: Judgement


class Recheck:
    """Judges the records of a batch as the org shows them now; what people said is as new as the last poll."""

    def __init__(self, work: Workshop, ids: Sequence[str], fresh: Fresh, now: datetime) -> None:
        self._work, self._fresh = work, fresh
        self._batch = Batch(work, ids, known_through(work, now))
        self._org_now = org_time.org_now(work.store, now)
        self._checked: dict[str, Checked | str] = {}
        self.around = self._batch.around

    def of(self, intervention_id: str) -> Checked | str:
        """The record's judgement, made once however many notices it has; or why there is none."""
        if intervention_id not in self._checked:
            row = self._fresh.rows.get(intervention_id)
            no_row = str(self._fresh.error or OUT_OF_SIGHT)
            self._checked[intervention_id] = no_row if row is None else self._tried(row)
        return self._checked[intervention_id]

    def _tried(self, row: Row) -> Checked | str:
        try:
            return self._judge(row)
        except StoreError:
            raise
        except Exception as error:  # Whatever one record holds, the others must be told.
            return f"it cannot be judged ({type(error).__name__}). Please report it as a fault"

    @cached_property
    def silence_over(self) -> Callable[[str, str | None], tuple[HumanDecision, datetime] | None]:
        """Asks for the silence in force over an SLI (`in_force`); silences are read once for the batch."""
        work = self._work
        return in_force(work.store, work.org_id, self.around, self._org_now)

    def _judge(self, row: Row) -> Checked:
        record = reading.intervention_of(self._work.mapping, row)
        history = self._batch.history(record.id, self._fresh.history.get(record.id, ()))
        context = self.around.context(record, row)
        heard = self._batch.heard(record.id)
        judgement = judge(record, history, self._batch.memory(record.id), context, heard)
        return Checked(record, row, history, judgement)

    def stands(self, notice: Notice, checked: Checked) -> Stands:
        """Whether the notice still holds, and for which sides."""
        zone = self.around.zone(checked.record.office_id)[0]
        alerts = self._work.mapping.rules.alerts
        return still_holds(notice, checked.record, checked.judgement, alerts, zone, self._org_now)

    def basis(self, checked: Checked) -> str:
        """What `stands` was decided on, as JSON: enough to decide it again (`audit --verify`)."""
        judged = [
            {"side": m.side.value, "kind": m.kind.value, "inputs": dict(m.inputs)}
            for m in checked.judgement.milestones
        ]
        record = checked.record
        return to_json(
            {
                "at": to_text(self._org_now),
                "created_at": to_text(record.created_at),
                "deleted": record.deleted,
                "milestones": judged,
            }
        )

    def is_unanswered(self, notice: Notice, checked: Checked) -> bool:
        """True where the reminders before this one met with no answer (D16)."""
        told = [from_text(due) for due in notices.told_dues(self._work.store, notice)]
        number = self._work.mapping.rules.alerts.still_open.unanswered
        return unanswered(told, self._answers(checked), number)

    def _answers(self, checked: Checked) -> list[datetime]:
        """A colour that moved, a plan that was edited, a person's word in Chatter, an acknowledgement."""
        sides = self._work.mapping.intervention.sides.values()
        fields = {side.colour for side in sides} | {side.plan for side in sides}
        agent = self._work.store.get("user_id")
        moved = [c.at for c in checked.history if c.field in fields and c.by != agent]
        said = self._batch.heard(checked.record.id).chatter or ()
        taken = decisions.last_acknowledged(self._work.store, self._work.org_id, [checked.record.id])
        return [*moved, *said, *(decision.at for decision in taken.values())]
