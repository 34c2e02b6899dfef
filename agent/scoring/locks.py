"""Where a person's month stands, what is published of its score, and the revisions of one that is locked (D29)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from agent.incentive.months import Ledger, MonthState, Standing, about, standing
from agent.instants import to_text
from agent.model import DecisionKind, HumanDecision
from agent.quality.touch_points import State
from agent.rounding import cents
from agent.store import Store, decisions, scores

WATCHED = ("counts", "rates", "by_method", "beside")
"""Figures whose change is a revision, beside the percent's own."""

NO_TOUCH_POINTS: Mapping[str, Any] = {
    "percent": None,
    "version": "",
    "figures": {
        "method": "",
        "by_method": {},
        "beside": {},
        "rates": {},
        "due": 0,
        "done": 0,
        "counts": {state.value: 0 for state in State},
        "low_volume": True,
        "with_exceptions": None,
        "with_all": None,
        "segments": {},
    },
}
"""The score of who had no touch point at all in a month, once somebody has said how that counts."""


@dataclass(frozen=True)
class Published:
    """The score of a CSM's month as people see it. `percent` is the rounded figure as text."""

    percent: str | None
    figures: Mapping[str, Any]
    """As in store.scores (agent/scoring/figures.py makes them)."""
    version: str
    """Of the definition it was computed by."""
    state: MonthState
    revision: int
    """Number of the newest revision beside a locked score; 0: none."""
    held: bool = False
    """Nothing was due, and nobody has recorded yet how the month counts (D24)."""


EMPTIED = Published(None, NO_TOUCH_POINTS["figures"], "", MonthState.CALCULATED, 0)
"""What is said of a month in which nothing is due from its CSM any more."""


@dataclass(frozen=True)
class _Figure:
    """A percent, and what it is made of."""

    percent: str | None
    figures: Mapping[str, Any]

    def is_other(self, than: _Figure) -> bool:
        """Whether it makes another revision. Where only a percent is known, as of what was read back from
        Salesforce after a lost disk, that is compared alone, to the hundredth that Salesforce keeps."""
        if _hundredths(self.percent) != _hundredths(than.percent):
            return True
        known = self.figures and than.figures
        return bool(known) and any(self.figures.get(name) != than.figures.get(name) for name in WATCHED)


def _hundredths(percent: str | None) -> Decimal | None:
    return None if percent is None else cents(Decimal(percent))


def decided(store: Store, org_id: str, ledger: Ledger, person_id: str, month: str) -> list[HumanDecision]:
    """All that people decided about a person's month, its disputes included; oldest first."""
    told = decisions.about(store, org_id, [about(ledger, person_id, month)])
    disputes = [d.name for d in told if d.kind is DecisionKind.DISPUTE_OPENED]
    settled = decisions.about(store, org_id, disputes) if disputes else []
    return sorted([*told, *settled], key=lambda d: (d.at, d.key))


def standing_of(store: Store, org_id: str, ledger: Ledger, person_id: str, month: str) -> Standing:
    """Where a person's month stands."""
    told = decided(store, org_id, ledger, person_id, month)
    return standing(told, about(ledger, person_id, month))


def published(store: Store, org_id: str, csm: str, month: str) -> Published | None:
    """The score as it was locked; where it is not locked, as it is known now. None: there is none."""
    told, at = _told(store, org_id, csm, month)
    if at.state is MonthState.LOCKED:
        return _as_locked(_locks(told, at)[-1], _newest_number(store, csm, month))
    return _as_known(store, told, csm, month, at.state)


def as_known(store: Store, org_id: str, csm: str, month: str) -> Published | None:
    """The score by what is known now, locked or not: what a proposed adjustment is reckoned from (D29)."""
    told, at = _told(store, org_id, csm, month)
    return _as_known(store, told, csm, month, at.state)


def locked(store: Store, org_id: str, csm: str, month: str) -> list[tuple[HumanDecision, Published]]:
    """What each lock of a score holds, in the order of their revisions. A later one changes none before it."""
    return [(lock, _as_locked(lock, 0)) for lock in _locks(*_told(store, org_id, csm, month))]


def revise(store: Store, org_id: str, csm: str, month: str, now: datetime) -> bool:
    """Put a revision beside a locked score where what is known now differs, or where it was reopened and locked
    again with another figure; True where it did.

    In the caller's transaction. What a lock holds stays as it is (D29).
    """
    told, at = _told(store, org_id, csm, month)
    if at.state is not MonthState.LOCKED:
        return False
    locks = _locks(told, at)
    added = _revise_locked_again(store, locks, csm, month)
    stands = _newest(store, locks[-1], csm, month)
    known = _as_known(store, told, csm, month, at.state)
    found = _Figure(known.percent, known.figures) if known else _Figure(None, {})
    # Whoever locked it may have a clock ahead of ours: a revision never comes before its lock.
    return _add_if_other(store, csm, month, stands, found, max(now, locks[-1].at)) or added


def _revise_locked_again(store: Store, locks: Sequence[HumanDecision], csm: str, month: str) -> bool:
    """The revision that a later lock makes, as any agent can tell it from the decisions alone."""
    told = scores.revisions(store, csm, month)
    if len(locks) < 2 or any(row["at"] >= to_text(locks[-1].at) for row in told):
        return False
    before = _newest(store, locks[-2], csm, month)
    return _add_if_other(store, csm, month, before, _locked_figure(locks[-1]), locks[-1].at)


def _add_if_other(store: Store, csm: str, month: str, before: _Figure, after: _Figure, at: datetime) -> bool:
    if not after.is_other(than=before):
        return False
    row = {
        "csm": csm,
        "month": month,
        "number": _newest_number(store, csm, month) + 1,
        "percent": after.percent,
        "before": before.percent,
        "why": what_changed(before.figures, after.figures),
        "at": to_text(at),
        "figures": after.figures,
    }
    scores.add_revision(store, row)
    return True


def what_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """`met 6 -> 7, missed 2 -> 1`: what moved in touch points; never whose."""
    was, now = before.get("counts", {}), after.get("counts", {})
    moved = [
        f"{state} {was.get(state, 0)} -> {now.get(state, 0)}"
        for state in sorted({*was, *now})
        if was.get(state, 0) != now.get(state, 0)
    ]
    return ", ".join(moved) or "the same counts, of other touch points or by another definition"


def resolution(told: Iterable[HumanDecision]) -> HumanDecision | None:
    """How somebody said that a score without anything due counts (D24); the newest word."""
    return next((d for d in reversed(list(told)) if d.kind is DecisionKind.HELD_RESOLVED), None)


def _told(store: Store, org_id: str, csm: str, month: str) -> tuple[list[HumanDecision], Standing]:
    """What people decided about a score, and where it stands by that."""
    told = decided(store, org_id, Ledger.SCORE, csm, month)
    return told, standing(told, about(Ledger.SCORE, csm, month))


def _locks(told: Sequence[HumanDecision], at: Standing) -> list[HumanDecision]:
    """In the order in which they were set."""
    return [lock for key in at.locks for lock in told if lock.key == key]


def _as_locked(lock: HumanDecision, revision: int) -> Published:
    data = lock.data
    figures, version = data.get("figures") or {}, str(data.get("version") or "")
    return Published(data.get("percent"), figures, version, MonthState.LOCKED, revision)


def _as_known(
    store: Store, told: Sequence[HumanDecision], csm: str, month: str, state: MonthState
) -> Published | None:
    said = resolution(told)
    score = scores.score(store, csm, month) or (NO_TOUCH_POINTS if said else None)
    if score is None:
        return None
    percent = score["percent"]
    if percent is None and said is not None:
        percent = said.data.get("percent")
    held = score["percent"] is None and said is None
    number = _newest_number(store, csm, month)
    return Published(percent, score["figures"], score["version"], state, number, held)


def _newest(store: Store, lock: HumanDecision, csm: str, month: str) -> _Figure:
    """What stands: the newest revision since this lock, else what it holds."""
    since = [row for row in scores.revisions(store, csm, month) if row["at"] >= to_text(lock.at)]
    return _Figure(since[-1]["percent"], since[-1]["figures"]) if since else _locked_figure(lock)


def _locked_figure(lock: HumanDecision) -> _Figure:
    held = _as_locked(lock, 0)
    return _Figure(held.percent, held.figures)


def _newest_number(store: Store, csm: str, month: str) -> int:
    return max((int(row["number"]) for row in scores.revisions(store, csm, month)), default=0)
