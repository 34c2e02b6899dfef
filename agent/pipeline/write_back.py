"""Writing fields to the SLIs, and what follows where Salesforce or somebody in it does not let them stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.errors import SalesforceError
from agent.instants import to_text
from agent.pipeline.work import Workshop
from agent.store import diary, from_json, intents, mirror, overwritten
from agent.store.intents import WriteIntent
from agent.store.mirror import MirroredIntervention
from agent.sync.writeback import Policy, differences, policy_of

BATCH = 200
"""Rows in one collection call (platform fact)."""
OVERWRITTEN_AT_MOST = 3
"""As often as this a value of ours may be replaced; then the field is left to whoever does it."""
NAMED = 5
"""Record numbers in one line of the log; an automation changes thousands at once."""


def write_fields(work: Workshop, now: datetime) -> int:
    """Write one batch of differences to the SLIs; the number of rows that had their turn.

    Raises:
        SalesforceError: the call failed as a whole. Resending is safe: the values are absolute.
    """
    batch = intents.due(work.store, to_text(now), BATCH)
    if not batch:
        return 0
    rows: list[dict[str, Any]] = [{"Id": i.record_id, **i.values} for i in batch]
    results = work.org.update(work.mapping.intervention.object, rows)
    # One wait for all rows of a batch that failed as often: each with its own would come back in a call of its own.
    waits = {tries: to_text(now + work.backoff(tries)) for tries in sorted({i.attempts for i in batch})}
    with work.store.transaction():
        known = {row.id: row for row in mirror.interventions(work.store, [i.record_id for i in batch])}
        for intent, result in zip(batch, results, strict=True):
            kept = known.get(intent.record_id)
            if result.success:
                mirror.merge_written(work.store, intent.record_id, intent.values)
                intents.done(work.store, intent.record_id)
                work.tally.written += 1
                _log(work, intent, kept, now)
            else:
                _not_written(work, intent, kept, result.error, waits[intent.attempts], now)
    return len(batch)


def _not_written(
    work: Workshop,
    intent: WriteIntent,
    kept: MirroredIntervention | None,
    error: SalesforceError | None,
    again: str,
    now: datetime,
) -> None:
    policy = policy_of(error)
    if policy is Policy.LET_GO and (kept is None or kept.deleted):
        intents.done(work.store, intent.record_id)
        return
    work.tally.failed += 1
    if policy is Policy.WAIT:
        intents.refuse(work.store, intent.record_id, str(error))
        _log(work, intent, kept, now, f"Salesforce refused the agent's fields: {error}")
        return
    # A record that is only out of sight may come back: vanished is not deleted.
    intents.retry_later(work.store, intent.record_id, again, str(error))


def watch_overwritten(work: Workshop, fresh: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Count the values of ours that somebody replaced, and park a field at the third time (docs/decisions.md).

    `fresh`: rows as `reading.intervention_row` makes them, before they are saved. What the mirror holds
    stood as we wanted it, unless it waits to be written.
    """
    before = mirror.written_of(work.store, [row["id"] for row in fresh])
    parked: dict[str, list[tuple[str, str]]] = {}
    for row in fresh:
        ours = before.get(row["id"])
        if ours is not None and ours != row["written"]:
            for field in _replaced(work, row["id"], from_json(ours), from_json(row["written"])):
                parked.setdefault(field, []).append((row["id"], row["number"]))
                overwritten.park(work.store, row["id"], field, to_text(now))
    for field, records in parked.items():
        _log_parked(work, field, records, now)


def _replaced(work: Workshop, record_id: str, ours: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[str]:
    """The fields whose value was replaced once too often."""
    left_alone = overwritten.left_alone(work.store, [record_id]).get(record_id, set())
    not_ours = intents.fields_of(work.store, record_id) | left_alone
    # A field the row no longer shows is hidden or no longer mapped; nobody has replaced it.
    moved = [field for field in differences(ours, fresh) if field in fresh and field not in not_ours]
    return [
        field
        for field in moved
        if overwritten.count(work.store, record_id, field, ours[field]) >= OVERWRITTEN_AT_MOST
    ]


def _log_parked(work: Workshop, field: str, records: Sequence[tuple[str, str]], now: datetime) -> None:
    numbers = ", ".join(number for _, number in records[:NAMED])
    others = len(records) - NAMED
    diary.write(
        work.store,
        to_text(now),
        "alarm",
        f"{field} of {numbers}{f' and {others:,} more' if others > 0 else ''}: something in Salesforce has "
        f"replaced the agent's value {OVERWRITTEN_AT_MOST} times. The field is left to it from now on. Find the "
        "flow, trigger or person that sets it, then `sli-agent outbox retry`.",
        level="error",
        about=records[0] if len(records) == 1 else None,
        field=field,
    )


def _log(
    work: Workshop, intent: WriteIntent, kept: MirroredIntervention | None, now: datetime, refusal: str = ""
) -> None:
    diary.write(
        work.store,
        to_text(now),
        "write_back",
        refusal or "fields written",
        level="error" if refusal else "info",
        about=(kept.id, kept.number) if kept else None,
        fields=sorted(intent.values),
    )
