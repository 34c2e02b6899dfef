"""Exceptions of touch points: somebody approves that one does not count, and why (D23)."""

from __future__ import annotations

from agent.desk.decided.approvers import approver
from agent.desk.decided.word import Word, org_id_of, reason_without_pay, said_after, take_down
from agent.desk.scores.listed import definitions
from agent.errors import AgentError
from agent.mapping import OrgMapping
from agent.model import DecisionKind, HumanDecision
from agent.quality.touch_points import State
from agent.scoring import exceptions
from agent.scoring.people import person
from agent.store import Store, care, decisions, scores


def approve(
    store: Store, mapping: OrgMapping, which: str, activity: str, why: str, word: Word
) -> HumanDecision:
    """A touch point does not count, for one of the definition's reasons. Kept here; the caller sends it.

    `which` is the id of the start of care, of 15 or 18 characters. The agent's next step judges it again.

    Raises:
        AgentError: there is no such touch point or reason, it never counts anyhow, or whoever speaks may not.
    """
    point = _point(store, which, activity)
    csm = person(store, mapping, point["csm"]) if point["csm"] else None
    by = approver(store, mapping, word.by, csm)
    _known_reason(mapping, point["version"], why)
    if point["state"] == State.EXCLUDED:
        raise AgentError(f"That touch point never counts anyhow: {point['why']}.")
    about = exceptions.about(point["episode_id"], activity)
    place, reason, org_id = f"touch point {about}", reason_without_pay(store, word.reason), org_id_of(store)
    with store.transaction():
        told = decisions.about(store, org_id, [about])
        if told and told[-1].data.get("reason") == why:
            raise AgentError(f"{told[-1].by} has approved that exception already.")
        at = said_after(store, told, word.now)
        kind = DecisionKind.EXCEPTION_APPROVED
        decision = HumanDecision(org_id, kind, about, by, reason, at, data={"reason": why})
        take_down(store, decision, place, word.now)
    return decision


def _point(store: Store, which: str, activity: str) -> scores.Row:
    episode = care.episode_of(store, which)
    if episode is None:
        raise AgentError(
            f"No start of care {which!r} is known.",
            hint="`sli-agent score explain PERSON MONTH` shows the id of each.",
        )
    known = scores.points_of_episodes(store, [episode["id"]])
    if (episode["id"], activity) not in known:
        activities = ", ".join(sorted(name for _, name in known)) or "none"
        raise AgentError(f"That start of care has no touch point {activity!r}. It has: {activities}.")
    found = scores.point(store, episode["id"], activity)
    if found is None:
        raise AgentError(f"The touch point {activity!r} has just gone; look again.")
    return found


def _known_reason(mapping: OrgMapping, version: str, why: str) -> None:
    """The definition by which it is judged lists the reasons."""
    reasons = [d.exceptions for d in definitions(mapping).definitions if d.version == version]
    if not any(why in known for known in reasons):
        listed = ", ".join(sorted({name for known in reasons for name in known}))
        raise AgentError(f"{why!r} is no reason of definition {version}. It knows: {listed or 'none'}.")
