"""The shape of write_back.toml: every field and every object the agent writes, and no other."""

from __future__ import annotations

from typing import Literal

from agent.mapping.names import ApiName, Strict
from agent.model import Side


class WrittenField(Strict):
    """A field the agent writes: the source of the metadata package and of the permission set."""

    field: ApiName
    type: Literal["datetime", "text", "number", "checkbox", "lookup"]
    label: str
    help: str


class SideWritten(Strict):
    plan_due: WrittenField | None = None
    plan_state: WrittenField | None = None
    resolution_due: WrittenField | None = None
    resolution_state: WrittenField | None = None
    handling_score: WrittenField | None = None


class NoticeObject(Strict):
    """The object that keeps what was told (docs/architecture.md): `key` is unique and an external id."""

    object: ApiName
    key: ApiName
    intervention: ApiName
    rule: ApiName
    side: ApiName
    due: ApiName
    stage: ApiName
    claimed_by: ApiName
    outcome: ApiName
    reason: ApiName
    told_at: ApiName
    told: ApiName


class DecisionObject(Strict):
    """The object that keeps what people decided: silences, acknowledgements. Rows are only ever added."""

    object: ApiName
    key: ApiName
    kind: ApiName
    about: ApiName
    by: ApiName
    reason: ApiName
    at: ApiName
    until: ApiName
    data: ApiName


ScoreValue = Literal[
    "csm", "month", "percent", "with_exceptions", "with_all", "method", "due", "done", "late", "missed", "pending",
    "excluded", "exceptions", "low_volume", "definition", "state", "dashboard", "difference", "revision",
]  # fmt: skip
LineValue = Literal[
    "score", "csm", "client", "activity", "month", "due", "opens", "state", "reason", "evidence",
    "done_at", "locked_as",
]  # fmt: skip
RevisionValue = Literal["score", "csm", "month", "number", "percent", "before", "why", "at"]


class ScoreObject(Strict):
    """An object whose rows are the agent's own, upserted by `key`: unique, an external id (D30)."""

    object: ApiName
    label: str
    key: ApiName
    owned_by_csm: bool = True
    """The CSM owns their rows: with private sharing they see no one else's."""


class QualityScoreObject(ScoreObject):
    """A row for each CSM and month; its key is `QS:{employee}:{YYYY-MM}`."""

    fields: dict[ScoreValue, WrittenField]


class TouchPointObject(ScoreObject):
    """A row for each touch point; its key is `TP:{episode}:{activity}`."""

    fields: dict[LineValue, WrittenField]


class QualityRevisionObject(ScoreObject):
    """A row for each revision of a locked score; its key is the score's and `:R1`. Rows are only ever added."""

    fields: dict[RevisionValue, WrittenField]


class SettingsObject(Strict):
    """The object whose one row keeps org id, go-live instant (D9) and the rules' effective dates."""

    object: ApiName
    key: ApiName
    org_id: ApiName
    go_live: ApiName
    rules_effective: ApiName
    epoch: ApiName


class WriteBack(Strict):
    """write_back.toml: every field the agent may write, and no other."""

    notice: NoticeObject
    decision: DecisionObject
    settings: SettingsObject
    last_alert_at: WrittenField | None = None
    sides: dict[Side, SideWritten] = {}
    quality_score: QualityScoreObject | None = None
    touch_point: TouchPointObject | None = None
    quality_revision: QualityRevisionObject | None = None

    def fields(self) -> dict[str, WrittenField]:
        """Name of the value (`client.plan_due`, `last_alert_at`) -> the field it goes to."""
        found: dict[str, WrittenField | None] = {"last_alert_at": self.last_alert_at}
        for side, written in self.sides.items():
            for name in SideWritten.model_fields:
                found[f"{side.value}.{name}"] = getattr(written, name)
        return {name: target for name, target in found.items() if target is not None}
