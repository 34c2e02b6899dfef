"""What the agent's fields on an SLI should say, and where they say something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, auto
from typing import Any

from agent.errors import Gone, SalesforceError
from agent.mapping import OrgMapping, WrittenField
from agent.model import Milestone, MilestoneKind, MilestoneState, Side
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


class Policy(Enum):
    """What follows when Salesforce does not take a record's fields."""

    RETRY = auto()
    """It passes: again after a while, with jitter."""
    WAIT = auto()
    """The same again would be refused again: it waits for the record, the values or a person."""
    LET_GO = auto()
    """There is nothing left to write to."""


POLICIES: Mapping[str, Policy] = {
    "UNABLE_TO_LOCK_ROW": Policy.RETRY,
    "DUPLICATE_VALUE": Policy.RETRY,  # two saves at once; the next try finds the other's done
    "SERVER_UNAVAILABLE": Policy.RETRY,
    "UNKNOWN_EXCEPTION": Policy.RETRY,
    "QUERY_TIMEOUT": Policy.RETRY,
    "REQUEST_RUNNING_TOO_LONG": Policy.RETRY,
    "REQUEST_LIMIT_EXCEEDED": Policy.RETRY,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Policy.WAIT,
    "REQUIRED_FIELD_MISSING": Policy.WAIT,
    "INSUFFICIENT_ACCESS_OR_READONLY": Policy.WAIT,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Policy.WAIT,
    "INVALID_FIELD": Policy.WAIT,
    "INVALID_FIELD_FOR_INSERT_UPDATE": Policy.WAIT,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Policy.WAIT,
    "ENTITY_IS_DELETED": Policy.LET_GO,
    "NOT_FOUND": Policy.LET_GO,
    "INVALID_CROSS_REFERENCE_KEY": Policy.LET_GO,
}
"""By Salesforce's code, not by HTTP status (platform fact). A code that is not here waits for a person."""


_NAMES = {
    (side, kind): (f"{side.value}.{kind.value}_due", f"{side.value}.{kind.value}_state")
    for side in Side
    for kind in MilestoneKind
}
_SCORE = {side: f"{side.value}.handling_score" for side in Side}
"""The values by the names that write_back.toml gives them."""


def policy_of(error: SalesforceError | None) -> Policy:
    """What follows from a row's error."""
    policy = POLICIES.get(error.code, Policy.WAIT) if error else Policy.WAIT
    if policy is Policy.LET_GO and not isinstance(error, Gone):
        # INVALID_CROSS_REFERENCE_KEY that names fields: a lookup points nowhere, the record itself is there.
        return Policy.WAIT
    return policy


def desired(
    mapping: OrgMapping,
    milestones: Iterable[Milestone],
    scores: Mapping[Side, float | None],
    last_alert_at: datetime | None,
) -> dict[str, Any]:
    """API name -> wire value, for every field that write_back.toml names and for no other."""
    values: dict[str, Any] = {"last_alert_at": last_alert_at}
    for m in milestones:
        due, state = _NAMES[m.side, m.kind]
        values[due], values[state] = m.due, STATE_LABELS[m.state]
    for side, score in scores.items():
        values[_SCORE[side]] = score
    return {
        target.field: _wire(target, values.get(name)) for name, target in mapping.write_back.fields().items()
    }


def differences(desired_values: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose value in the org is another one, whoever wrote it last. An empty text is null."""
    return {field: value for field, value in desired_values.items() if _differ(value, written.get(field))}


def _differ(value: Any, held: Any) -> bool:
    empty = value in (None, ""), held in (None, "")
    if any(empty):  # So it is on a first load: none of the agent's fields has been written yet.
        return not all(empty)
    return bool(value != held and _comparable(value) != _comparable(held))


def _wire(target: WrittenField, value: Any) -> Any:
    if value is None or target.type == "text":
        return value
    if target.type == "number":
        # Salesforce keeps every digit an API call sends, whatever the field's scale (platform fact).
        return float(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))
    return wire.to_wire(value)


def _comparable(value: Any) -> Any:
    """One form per value: 90 is 90.0, an instant has many spellings."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return round(float(value), 2)
    try:
        return wire.parse_datetime(str(value))
    except ValueError:
        return str(value)
