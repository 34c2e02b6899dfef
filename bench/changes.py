"""What the bench asks of the org's process: somebody works in the org, time passes, something goes wrong."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent.sandbox.faults import Fault
from bench.org import FORMULA, SLI, bulk_id
from bench.whole import counted

if TYPE_CHECKING:
    from bench.server import Ground


def now(ground: Ground) -> str:
    return ground.clock.now().isoformat()


def later(ground: Ground, seconds: float) -> None:
    ground.clock.advance(timedelta(seconds=seconds))


def stats(ground: Ground) -> dict[str, float]:
    """API calls, bytes sent and CPU seconds of this process so far."""
    return {
        "calls": len(ground.seeded.org.calls),
        "sent": ground.kept.sent,
        "cpu": time.process_time(),
    }


def counts(ground: Ground) -> dict[str, int]:
    """Rows by stream of the agent."""
    return counted(ground.seeded, ground.clock.now())


def rows(ground: Ground) -> dict[str, dict[str, Any]]:
    """What the org holds: by id, whether the intervention is deleted, and what the formula shows."""
    found = ground.seeded.org.rows(SLI, ground.clock.now())
    return {
        row["Id"]: {"deleted": bool(row["IsDeleted"]), "formula": str(row[FORMULA] or "")} for row in found
    }


def save(ground: Ground, count: int, ago: float = 0) -> list[str]:
    """New interventions, seen at once."""
    return [_create(ground, timedelta(seconds=ago), None) for _ in range(count)]


def save_late(ground: Ground, ago: list[float], visible_in: float) -> list[str]:
    """New interventions whose stamps are `ago` seconds old and which readers see in `visible_in` seconds."""
    commit = ground.clock.now() + timedelta(seconds=visible_in)
    return [_create(ground, timedelta(seconds=seconds), commit) for seconds in ago]


def remove(ground: Ground, ids: list[str], hard: bool) -> None:
    for record_id in ids:
        ground.seeded.org.delete(record_id, at=ground.clock.now(), by=ground.seeded.ids["admin"], hard=hard)


def compute(ground: Ground, ids: list[str], value: str) -> None:
    """The formula shows another day; no stamp moves (platform fact)."""
    for record_id in ids:
        ground.seeded.org.set_formula(record_id, FORMULA, datetime.fromisoformat(value).date())


def oldest(ground: Ground, count: int, unresolved: bool = False) -> list[str]:
    """Ids of the interventions whose stamps are the oldest; of those whose client's side is open, if so asked."""
    rows = ground.seeded.org.rows(SLI, ground.clock.now())
    living = [row for row in rows if not row["IsDeleted"]]
    if unresolved:
        living = [row for row in living if row["Client_Status__c"] in ("Yellow", "Orange")]
    return [row["Id"] for row in sorted(living, key=lambda row: (row["SystemModstamp"], row["Id"]))[:count]]


def trap(ground: Ground, after: int, kind: str, seconds: float) -> None:
    """A fault that strikes once, after so many answers with rows."""
    fault = Fault(kind, 1, path=r"/(query|queryAll|composite|results)(/|$)", seconds=seconds)  # type: ignore[arg-type]
    ground.kept.trap = (after, fault)


def disarm(ground: Ground) -> bool:
    """Switch every fault off. True when the trapped one had struck."""
    struck = ground.kept.trap is None and not ground.seeded.org.faults.to_json()
    ground.kept.trap = None
    ground.seeded.org.faults.clear()
    return struck


def keep(ground: Ground, on: bool) -> None:
    """Keep rendered answers, or forget them."""
    ground.kept.keeping = on
    if not on:
        ground.kept.forget()


def _create(ground: Ground, ago: timedelta, commit: datetime | None) -> str:
    values = {"Name": "Sample late - Communication Lapse", "Client_Status__c": "Yellow"}
    at = ground.clock.now() - ago
    admin = ground.seeded.ids["admin"]
    return ground.seeded.org.insert(SLI, values, at=at, by=admin, commit_at=commit)


def submit(ground: Ground, count: int) -> None:
    """So many new interventions with both sides affected and no plan yet, as somebody fills in the form."""
    org, now = ground.seeded.org, ground.clock.now()
    models = [row for row in org.rows(SLI, now) if row["Referral_Account__c"] and row["Client__c"]]
    kept = ("Name", "Service_Incident_Type__c", "Office__c", "Client__c", "Referral_Account__c")
    for number in range(count):
        values = {field: models[number % len(models)][field] for field in kept}
        values |= {
            "Client_Status__c": "Orange",
            "Referral_Status__c": "Orange",
            "Incident_Date__c": now.date(),
        }
        org.insert(SLI, values, at=now, by=ground.seeded.ids["admin"])


def redate(ground: Ground, count: int) -> None:
    """The bulk's first interventions get an earlier incident date: other due times follow, and no alert.

    Two days earlier, for one that lies after the submission on the office's clock is not trusted (D1).
    """
    org, now = ground.seeded.org, ground.clock.now()
    for number in range(count):
        found = org.store.find(bulk_id(number))
        if found is None:
            raise LookupError(f"the bulk has no intervention number {number:,}: begin with a larger org")
        row = found[1]
        earlier = {"Incident_Date__c": row["Incident_Date__c"] - timedelta(days=2)}
        org.update(row["Id"], earlier, at=now, by=ground.seeded.ids["admin"])


def edit(ground: Ground, number: int) -> None:
    """An old intervention of the bulk is worked on: its plan is written anew, and a post tells of it."""
    org, now, by = ground.seeded.org, ground.clock.now(), ground.seeded.ids["admin"]
    record_id = bulk_id(number)
    org.update(
        record_id, {"Client_Intervention_Plan__c": f"<p>Step {number}: call again.</p>"}, at=now, by=by
    )
    org.post(record_id, "We called, and shall call again.", at=now, by=by)


def lose_sharing(ground: Ground) -> list[str]:
    """Every second living intervention is no longer shown to the integration user. Their ids."""
    living = [row["Id"] for row in ground.seeded.org.rows(SLI, ground.clock.now()) if not row["IsDeleted"]]
    hidden = sorted(living)[::2]
    ground.seeded.org.faults.add(Fault.lost_sharing(SLI, *hidden))
    return hidden
