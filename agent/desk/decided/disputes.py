"""Disputes on a line of somebody's month: opened by anybody of the org, settled by an approver (D29)."""

from __future__ import annotations

from typing import Any

from agent.desk.decided.approvers import approver, speaker
from agent.desk.decided.months import Subject
from agent.desk.decided.word import (
    Word,
    keep,
    line,
    no_amount,
    org_id_of,
    reason_without_pay,
    said_after,
    take_down,
)
from agent.errors import AgentError
from agent.incentive.months import month_of
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.model import DecisionKind, HumanDecision
from agent.scoring.people import Person, person
from agent.store import Store, decisions

LONGEST_LINE = 120


def opened(subject: Subject, which: str, word: Word) -> HumanDecision:
    """A line of a month is not right: a touch point, or a component of the pay. It keeps the month from being
    locked until it is settled. Kept here; the caller sends it to Salesforce.

    Raises:
        AgentError: whoever speaks is nobody active, or a text names a client or an amount.
    """
    store = subject.store
    by, reason = speaker(store, subject.mapping, word.by), reason_without_pay(store, word.reason)
    named = line("line", which, LONGEST_LINE)
    no_amount("line", named)
    if decisions.names_a_client(store, named):
        raise AgentError(
            "The line holds a client's name; name the touch point by the id of its start of care."
        )
    with store.transaction():
        at = said_after(store, subject.decided(), word.now)
        kind = DecisionKind.DISPUTE_OPENED
        decision = HumanDecision(subject.org_id, kind, subject.about, by, reason, at, data={"line": named})
        take_down(store, decision, subject.words, word.now)
    return decision


def settle(store: Store, mapping: OrgMapping, name: str, word: Word) -> HumanDecision:
    """A dispute has come to an end; by an approver whom it does not concern. Kept and refused as above."""
    dispute = _found(store, name)
    by = approver(store, mapping, word.by, _concerned(store, mapping, dispute))
    reason = reason_without_pay(store, word.reason)
    at = said_after(store, [dispute], word.now)
    kind = DecisionKind.DISPUTE_SETTLED
    decision = HumanDecision(dispute.org_id, kind, dispute.name, by, reason, at)
    return keep(store, decision, f"dispute {dispute.name}", word.now)


def listed(store: Store, mapping: OrgMapping, *, everything: bool) -> list[dict[str, Any]]:
    """Disputes that are open, or all; the newest first. JSON-ready, instants as UTC texts."""
    org_id, unkept = org_id_of(store), decisions.unkept_keys(store)
    disputes = decisions.of(store, org_id, DecisionKind.DISPUTE_OPENED)
    ends = {d.about: d for d in reversed(decisions.of(store, org_id, DecisionKind.DISPUTE_SETTLED))}
    rows = [
        _row(store, mapping, d, ends.get(d.name)) | {"in_salesforce": d.key not in unkept}
        for d in reversed(disputes)
    ]
    return [row for row in rows if everything or row["open"]]


def _row(
    store: Store, mapping: OrgMapping, dispute: HumanDecision, end: HumanDecision | None
) -> dict[str, Any]:
    subject, who = month_of(dispute), _concerned(store, mapping, dispute)
    return {
        "name": dispute.name,
        "key": dispute.key,
        "person": {"id": who.id, "name": who.called, "employee": who.number} if who else None,
        "month": subject.month if subject else None,
        "what": subject.ledger.value if subject else None,
        "line": dispute.data.get("line"),
        "by": dispute.by,
        "reason": dispute.reason,
        "since": to_text(dispute.at),
        "open": end is None,
        "settled": end and {"by": end.by, "reason": end.reason, "at": to_text(end.at)},
    }


def _concerned(store: Store, mapping: OrgMapping, dispute: HumanDecision) -> Person | None:
    subject = month_of(dispute)
    return person(store, mapping, subject.person) if subject else None


def _found(store: Store, name: str) -> HumanDecision:
    """The open dispute of this name or key."""
    org_id = org_id_of(store)
    disputes = decisions.of(store, org_id, DecisionKind.DISPUTE_OPENED)
    ends = {d.about: d for d in decisions.of(store, org_id, DecisionKind.DISPUTE_SETTLED)}
    meant = [d for d in disputes if name in {d.name, d.key}]
    if not meant:
        known = ", ".join(d.name for d in disputes if d.name not in ends)
        raise AgentError(f"No dispute {name!r} is known. Open: {known or 'none'}.")
    if end := ends.get(meant[0].name):
        raise AgentError(f"The dispute {name} was settled at {to_text(end.at)} by {end.by}.")
    return meant[0]
