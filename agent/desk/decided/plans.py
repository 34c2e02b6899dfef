"""The plan's owner at the desk: what is in force, what nobody has confirmed yet, what is missing; and their word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from agent.desk.decided.approvers import approver, users_of
from agent.desk.decided.titles import titles
from agent.desk.decided.word import Word, keep, org_id_of, reason_without_pay, said_after
from agent.errors import AgentError
from agent.incentive.plan_report import plan_report
from agent.mapping import OrgMapping
from agent.mapping.definitions import Definitions
from agent.mapping.incentive import paid_titles
from agent.model import DecisionKind, HumanDecision
from agent.pipeline.org_time import org_now
from agent.quality.checking import few_due
from agent.scoring import plans
from agent.scoring.figures import points_of
from agent.scoring.people import person
from agent.scoring.plans import CSM, DEFINITION, SALES, TO_CONFIRM, Version
from agent.store import Store, scores

METRICS = ("quality_starts", "client_hours", "quality_score")


@dataclass(frozen=True)
class Line:
    """One finding, as `check` shows them. `failed`: what was approved has changed, or a position is nobody's."""

    area: str
    verdict: Literal["ok", "warning", "failed"]
    text: str
    mend: str = ""


def check(store: Store, mapping: OrgMapping, now: datetime) -> list[dict[str, Any]]:
    """Everything that is said of definitions and plans, as rows ready for JSON: area, verdict, text, mend."""
    found = [
        *_versions(store, mapping),
        *_confirmations(store, mapping),
        *_tables(mapping),
        *_positions(store, mapping),
        *_few_due(store, mapping),
        *_sales(store, mapping, now),
    ]
    return [asdict(line) for line in found]


def _versions(store: Store, mapping: OrgMapping) -> Iterator[Line]:
    org_id = store.get("org_id") or ""
    broken = [
        *plans.broken_promises(store, mapping, org_id),
        *plans.broken_plans(store, mapping, org_id),
    ]
    approved = plans.approvals(store, org_id)
    for version in plans.versions(mapping):
        named = f"{version.about}, from {version.first_month} on, {version.hash}"
        approval = approved.get(version.about)
        if approval is None:
            mend = f"sli-agent plan approve {version.about} --as EMAIL --reason TEXT"
            yield Line("versions", "warning", f"{named}: not approved, so no month by it is locked.", mend)
        elif approval.data.get("hash") == version.hash:
            yield Line("versions", "ok", f"{named}: approved by {approval.by} on {approval.at:%Y-%m-%d}.")
    for sentence in broken:
        yield Line(
            "versions", "failed", sentence, "What was approved never changes; until then nothing is locked."
        )


def _confirmations(store: Store, mapping: OrgMapping) -> Iterator[Line]:
    org_id = store.get("org_id") or ""
    known = plans.confirmations(store, org_id)
    waiting: list[Line] = []
    for plan in _paying(mapping):
        for number, says in TO_CONFIRM[plan].items():
            if number in known:
                text = f"{number} ({plan}): confirmed by {known[number].by} on {known[number].at:%Y-%m-%d}."
                yield Line("confirmed", "ok", text)
            else:
                waiting.append(Line("confirmed", "warning", f"{number} ({plan}): {says}. Not confirmed."))
    yield from _one_mend(waiting, "sli-agent plan confirm NUMBER --as EMAIL --reason TEXT, for each of them.")


def _one_mend(lines: Sequence[Line], mend: str) -> Iterator[Line]:
    """Below the last of them: the same sentence after each would hide what they say."""
    yield from lines[:-1]
    yield from (replace(line, mend=mend) for line in lines[-1:])


def _paying(mapping: OrgMapping) -> list[str]:
    if mapping.incentive is None:
        return []
    return [CSM, SALES] if mapping.incentive.sales else [CSM]


def _tables(mapping: OrgMapping) -> Iterator[Line]:
    for plan in mapping.incentive.csm if mapping.incentive else ():
        missing = [name for name in METRICS if getattr(plan.terms, name).table is None]
        if not missing:
            yield Line("tables", "ok", f"csm:{plan.version} has a payout table for each metric.")
        for name in missing:
            text = f"csm:{plan.version} has no payout table for {name}: no pay is locked (I6)."
            yield Line("tables", "warning", text, f"Add [csm.terms.{name}] table to incentive.toml.")


def _positions(store: Store, mapping: OrgMapping) -> Iterator[Line]:
    """Titles of months gone by, where it is not clear whose they are."""
    for problem in titles(store, mapping).problems:
        yield Line("positions", "failed", problem, "Mend it there; until then no pay is locked.")


def _few_due(store: Store, mapping: OrgMapping) -> Iterator[Line]:
    """First months in which somebody has so little due that one early miss would cost much (D25)."""
    if mapping.touch_points is None:
        return
    definitions = mapping.touch_points.all_definitions
    points = {
        (csm, month): points_of(scores.points(store, month, csm))
        for month in _first_months(definitions)
        for csm in scores.people(store, month)
    }
    found = []
    for few in few_due(points, definitions):
        csm = person(store, mapping, few.csm)
        text = (
            f"{few.activity} of definition {few.version}: only {few.due} due in {few.month}, its first month, "
            f"from {csm.called} ({csm.number})."
        )
        found.append(Line("first months", "warning", text))
    yield from _one_mend(found, "One miss weighs much; a later first_month gives them more.")
    if not found:
        yield Line(
            "first months", "ok", "Nobody has too little due in the first month of a touch point (D25)."
        )


def _first_months(definitions: Definitions) -> set[str]:
    since = {f"{rule.since:%Y-%m}" for d in definitions.definitions for rule in d.touch_points}
    starts = {f"{d.starts_from:%Y-%m}" for d in definitions.definitions if d.starts_from}
    return since | starts | {d.first_month for d in definitions.definitions}


def _sales(store: Store, mapping: OrgMapping, now: datetime) -> Iterator[Line]:
    """The sales plan's own arithmetic, of the newest version."""
    if mapping.incentive is None or not mapping.incentive.sales:
        return
    today = org_now(store, now).astimezone(ZoneInfo(mapping.reference.default_time_zone)).date()
    versions = mapping.incentive.sales
    before = versions[-2] if len(versions) > 1 else None
    for remark in plan_report(versions[-1], mapping.incentive.sales_review, today, before):
        yield Line("sales plan", remark.level, remark.text)


def confirm(store: Store, mapping: OrgMapping, number: str, word: Word) -> HumanDecision:
    """The plan's owner stands by a decision that changes pay. Kept here; the caller sends it to Salesforce.

    Raises:
        AgentError: there is no such decision, it is confirmed already, or whoever speaks may not.
    """
    wanted = number.strip().upper()
    plan = next((plan for plan, known in TO_CONFIRM.items() if wanted in known), None)
    if plan is None:
        every = ", ".join(n for known in TO_CONFIRM.values() for n in known)
        raise AgentError(f"{number!r} is no decision that changes pay. There are: {every}.")
    by, org_id = _owner(store, mapping, plan, word.by), org_id_of(store)
    known = plans.confirmations(store, org_id).get(wanted)
    if known is not None:
        raise AgentError(f"{known.by} has confirmed {wanted} already, on {known.at:%Y-%m-%d}.")
    at, reason = said_after(store, [], word.now), reason_without_pay(store, word.reason)
    decision = HumanDecision(org_id, DecisionKind.PLAN_CONFIRMED, f"plan:{wanted}", by, reason, at)
    return keep(store, decision, wanted, word.now)


def approve(store: Store, mapping: OrgMapping, which: str, word: Word) -> HumanDecision:
    """A version of a definition or a plan is approved as it stands, and never changes again (I5).

    `which` is `definition:2026-02`, `csm:2026` or `sales:2026`. Kept and refused as above.
    """
    version = _version(mapping, which)
    by, org_id = _owner(store, mapping, version.kind, word.by), org_id_of(store)
    approval = plans.approvals(store, org_id).get(version.about)
    if approval is not None and approval.data.get("hash") == version.hash:
        raise AgentError(f"{approval.by} has approved {version.about} already, on {approval.at:%Y-%m-%d}.")
    if approval is not None:
        raise AgentError(
            f"{version.about} was approved as {approval.data.get('hash')}; the file now holds {version.hash}.",
            hint="Put it back as it was, and add what is new as another version below it.",
        )
    at, reason = said_after(store, [], word.now), reason_without_pay(store, word.reason)
    kind = DecisionKind.PLAN_APPROVED
    decision = HumanDecision(org_id, kind, version.about, by, reason, at, data={"hash": version.hash})
    return keep(store, decision, version.about, word.now)


def _version(mapping: OrgMapping, which: str) -> Version:
    known = {version.about: version for version in plans.versions(mapping)}
    if which not in known:
        raise AgentError(f"No version {which!r} is in the files. There are: {', '.join(known) or 'none'}.")
    return known[which]


def _owner(store: Store, mapping: OrgMapping, plan: str, text: str) -> str:
    """An approver whom this plan does not pay.

    Raises:
        AgentError: they are not on the list, or it pays them.
    """
    by = approver(store, mapping, text)
    if paid := paid_by(store, mapping, CSM if plan == DEFINITION else plan, by):
        raise AgentError(f"{by} is paid by that plan ({', '.join(sorted(paid))}); ask another approver.")
    return by


def paid_by(store: Store, mapping: OrgMapping, plan: str, by: str) -> set[str]:
    """Titles, in lower case, for which a plan pays whoever decides under this address, with any user of theirs."""
    known = titles(store, mapping)
    ever = {title for user in users_of(store, mapping, by) for title in known.ever(user)}
    terms = mapping.incentive
    return ever & paid_titles(() if terms is None else terms.sales if plan == SALES else terms.csm)
