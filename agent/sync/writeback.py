"""What the agent's fields on an SLI should say, and where they say something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from agent.mapping import OrgMapping, WrittenField
from agent.model import Milestone, MilestoneState, Side
from agent.salesforce import wire

STATE_LABELS = {
    MilestoneState.OPEN: "Open",
    MilestoneState.MET: "Met",
    MilestoneState.MET_LATE: "Met late",
    MilestoneState.MET_TIME_UNKNOWN: "Met (time unknown)",
    MilestoneState.VIOLATED: "Violated",
    MilestoneState.CANCELLED: "Cancelled",
}
"""How Salesforce users read a state."""


def desired(
    mapping: OrgMapping,
    milestones: Iterable[Milestone],
    scores: Mapping[Side, float | None],
    last_alert_at: datetime | None,
) -> dict[str, Any]:
    """API name -> wire value, for every field that write_back.toml names and for no other."""
    values: dict[str, Any] = {"last_alert_at": last_alert_at}
    for m in milestones:
        values[f"{m.side.value}.{m.kind.value}_due"] = m.due
        values[f"{m.side.value}.{m.kind.value}_state"] = STATE_LABELS[m.state]
    values |= {f"{side.value}.handling_score": score for side, score in scores.items()}
    return {
        target.field: _wire(target, values.get(name)) for name, target in mapping.write_back.fields().items()
    }


def differences(desired_values: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose value in the org is another one, whoever wrote it last."""
    return {
        field: value
        for field, value in desired_values.items()
        if _comparable(value) != _comparable(written.get(field))
    }


def _wire(target: WrittenField, value: Any) -> Any:
    if value is None or target.type == "text":
        return value
    if target.type == "number":
        # Salesforce keeps every digit an API call sends, whatever the field's scale (platform fact).
        return float(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))
    return wire.to_wire(value)


def _comparable(value: Any) -> Any:
    """One form per value: 90 is 90.0, an instant has many spellings, an empty text is null."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return round(float(value), 2)
    try:
        return wire.parse_datetime(str(value))
    except ValueError:
        return str(value)
