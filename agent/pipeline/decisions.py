"""What people decided: kept in Salesforce, read from there, and what follows when a silence ends (D16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent.alerts.notices import Decided
from agent.alerts.silences import covering, end_of, notice_of_end, open_sides
from agent.errors import Rejected, SalesforceError
from agent.incentive.months import Ledger, month_of
from agent.instants import from_text, to_text
from agent.mapping import OrgMapping
from agent.model import DecisionKind, HumanDecision, Mode, Rule
from agent.pipeline.surroundings import Surroundings
from agent.rules.reasons import RULE_WORDS
from agent.store import Store, care, decisions, diary, judged, mirror, notices, scores, to_json
from agent.sync import reading
from agent.sync.streams import at_rest

if TYPE_CHECKING:  # The reading verbs come here too, and start without the agent's own parts.
    from agent.pipeline.work import Workshop
    from agent.salesforce.org import Org

BATCH = 200
"""Rows in one collection call (platform fact)."""
TOLD_LATE_AT_MOST = timedelta(days=30)
"""An end that is older has long been overtaken by the weekly reminders."""
Row = Mapping[str, Any]


def send(store: Store, mapping: OrgMapping, org: Org, now: datetime, wait: Callable[[int], timedelta]) -> int:
    """Create the rows of decisions that Salesforce does not know yet; the number that had their turn.

    `wait`: how long to wait before the next try, by the tries so far.

    Raises:
        SalesforceError: the call failed as a whole; the same rows have their turn again.
    """
    batch = decisions.unkept(store, store.get("org_id") or "", to_text(now), BATCH)
    if not batch:
        return 0
    results = org.create(mapping.write_back.decision.object, [_row_of(mapping, d) for d, _ in batch])
    with store.transaction():
        for (decision, tries), result in zip(batch, results, strict=True):
            if result.success or _is_there(result.error):
                decisions.kept(store, decision.key, result.id or None)
                continue
            decisions.retry_later(store, decision.key, to_text(now + wait(tries)))
            if not tries:
                text = f"{WORDS[decision.kind][0]} cannot be kept in Salesforce: {result.error} It is tried again."
                diary.write(store, to_text(now), "alarm", text, level="error", key=decision.key)
    return len(batch)


def _row_of(mapping: OrgMapping, decision: HumanDecision) -> dict[str, Any]:
    d = mapping.write_back.decision
    return {
        d.key: decision.key,
        d.kind: decision.kind.value,
        d.about: decision.about,
        d.by: decision.by,
        d.reason: decision.reason or None,
        d.at: decision.at,
        d.until: decision.until,
        d.data: to_json(dict(decision.data)) if decision.data else None,
    }


def _is_there(error: SalesforceError | None) -> bool:
    """An earlier try arrived, though its answer did not; or another process was quicker."""
    return isinstance(error, Rejected) and error.code == "DUPLICATE_VALUE"


WORDS = {
    DecisionKind.ACKNOWLEDGED: ("an acknowledgement", "acknowledged by {by}"),
    DecisionKind.SILENCE: ("a silence", "silence until {until}, asked for by {by}"),
    DecisionKind.SILENCE_END: ("the end of a silence", "silence ended by {by}"),
    DecisionKind.PLAN_CONFIRMED: ("the confirmation of a decision of the plan", "confirmed by {by}"),
    DecisionKind.PLAN_APPROVED: ("the approval of a version", "approved by {by}"),
    DecisionKind.EXCEPTION_APPROVED: ("an exception", "exception approved by {by}"),
    DecisionKind.HELD_RESOLVED: ("how what is held counts", "said by {by} how what is held counts"),
    DecisionKind.MONTH_REVIEWED: ("the review of a month", "reviewed by {by}"),
    DecisionKind.MONTH_APPROVED: ("the approval of a month", "approved by {by}"),
    DecisionKind.MONTH_LOCKED: ("the lock of a month", "locked by {by}"),
    DecisionKind.MONTH_REOPENED: ("the reopening of a month", "reopening asked for by {by}"),
    DecisionKind.DISPUTE_OPENED: ("a dispute", "dispute opened by {by}"),
    DecisionKind.DISPUTE_SETTLED: ("the end of a dispute", "dispute settled by {by}"),
}
"""What it is, and what is said of it in the sync log: never why, which is free text, and nothing of pay (D15)."""
VERSIONED = ("plan", "definition", "csm", "sales")
"""What a decision of the plan's owner may be about: `plan:D20`, `definition:2026-02`."""


def take(work: Workshop, rows: Sequence[Row], now: datetime) -> None:
    """Decisions as Salesforce holds them; a line of the log for each that is news. In the caller's transaction."""
    new = decisions.save_read(work.store, rows)
    fresh = [d for key in new if (d := decisions.by_key(work.store, work.org_id, key))]
    follow(work.store, fresh)
    if fresh and work.store.get("summary_intended") is None:
        text = f"first load: {len(fresh):,} decisions of people read"
        diary.write(work.store, to_text(now), "decision", text)
        return
    for decision in fresh:
        tell(work.store, decision, now, " (told by another agent)")


def follow(store: Store, told: Sequence[HumanDecision]) -> None:
    """What these decisions set going: touch points are judged again, scores put together. In a transaction."""
    excepted = [d for d in told if d.kind is DecisionKind.EXCEPTION_APPROVED]
    care.mark_about(store, {d.about.partition(":")[0] for d in excepted})
    months = [found for d in told if (found := month_of(d)) and found.ledger is Ledger.SCORE]
    known = {(m.person, m.month) for m in months if scores.score(store, m.person, m.month)}
    scores.make_due(store, known)


def tell(store: Store, decision: HumanDecision, now: datetime, more: str = "") -> None:
    """A line of the sync log: what was decided, by whom, until when. Never the reason, which is free text (D15)."""
    before = _named_by(store, decision)
    found = mirror.interventions(store, [before.about])
    about = (found[0].id, found[0].number) if found else None
    text = WORDS[decision.kind][1].format(by=decision.by, until=to_text(decision.until))
    place = "" if about else f"{place_of(store, before.about)}: "
    diary.write(store, to_text(now), "decision", f"{place}{text}{more}", about=about, key=decision.key)


def _named_by(store: Store, decision: HumanDecision) -> HumanDecision:
    """The silence or the dispute that a decision is about; else the decision itself."""
    if decision.kind is DecisionKind.DISPUTE_SETTLED:
        disputes = decisions.of(store, decision.org_id, DecisionKind.DISPUTE_OPENED)
        return next((d for d in disputes if d.name == decision.about), decision)
    return decisions.by_key(store, decision.org_id, decision.about) or decision


def place_of(store: Store, about: str) -> str:
    """`SLI-00042`, `office Boston`, `score of 2026-03 of 0055...`, `plan D20`; the id of what is not known.

    People and clients by their ids alone.
    """
    of, _, rest = about.partition(":")
    if of in set(Ledger):
        person, _, month = rest.rpartition(":")
        return f"{of} of {month} of {person}"
    if rest and ":" not in rest:  # The key of a silence that is not known has more of them.
        return f"{of} {rest}" if of in VERSIONED else f"touch point {of} {rest}"
    found = mirror.interventions(store, [about])
    if found:
        return found[0].number
    reference = mirror.reference(store, about)
    return f"{reference[0]} {reference[1] or about}" if reference else about


def in_force(
    store: Store, org_id: str, around: Surroundings, at: datetime
) -> Callable[[str, str | None], tuple[HumanDecision, datetime] | None]:
    """Asks for an SLI: (record id, office id) -> the silence in force over it at this instant and its end, or None."""
    silences = decisions.of(store, org_id, DecisionKind.SILENCE)
    ends = decisions.of(store, org_id, DecisionKind.SILENCE_END)

    def over(record_id: str, office_id: str | None) -> tuple[HumanDecision, datetime] | None:
        region_id = around.region_of(office_id)
        found = covering(silences, ends, record_id=record_id, office_id=office_id, region_id=region_id, at=at)
        return (found, end_of(found, ends)) if found else None

    return over


def owner_address(work: Workshop, silence: HumanDecision) -> str | None:
    """Where whoever asked for a silence is told that it ended: the address of an active user, or the admin's.

    Nobody else's: the mail carries health data, and the address was typed by hand.
    """
    person = work.mapping.reference.person
    if silence.by.lower() == work.settings.admin_email.lower():
        return silence.by
    known = mirror.people_with(work.store, person.email, silence.by) if person.email else []
    active = [one for one in known if person.active is None or one.get(person.active) is True]
    return silence.by if active else None


def announce_ended(work: Workshop, now: datetime) -> bool:
    """Decide what is to be told of silences that have ended; False where none has.

    Once, when the mirror is complete past the end (D11), and so after the agent was down at that instant as well.
    """
    waiting = decisions.unannounced(work.store, work.org_id)
    through, told_after = from_text(work.store.get("complete_through")), work.told_after(Rule.SILENCE_ENDED)
    if not waiting or through is None or told_after is None:
        return False
    ends = decisions.of(work.store, work.org_id, DecisionKind.SILENCE_END)
    over = [(s, end) for s in waiting if (end := end_of(s, ends)) < through]
    if not over or not at_rest(work.streams, mirror.cursors(work.store)):
        return False
    is_on = work.mapping.rules.mode(Rule.SILENCE_ENDED) is not Mode.OFF
    with work.store.transaction():
        for silence, end in over:
            if is_on and end > max(told_after, through - TOLD_LATE_AT_MOST, silence.at):
                _decide(work, silence, end, now)
            decisions.announced(work.store, silence.key)
    return True


def _decide(work: Workshop, silence: HumanDecision, end: datetime, now: datetime) -> None:
    for notice in notices.add(work.store, _still_open(work, silence, end), to_text(now)):
        [kept] = mirror.interventions(work.store, [notice.intervention_id])
        text = f"{RULE_WORDS[notice.rule]} decided (ended {notice.due:%Y-%m-%d %H:%M} UTC)"
        about = (kept.id, kept.number)
        diary.write(work.store, to_text(now), "alert", text, about=about, key=notice.key)


def _still_open(work: Workshop, silence: HumanDecision, end: datetime) -> Iterator[Decided]:
    """One notice for each SLI it covered that is open; where another silence goes on, that one's end will tell."""
    around = Surroundings(work.store, work.mapping, end)
    goes_on = in_force(work.store, work.org_id, around, end)
    ids = decisions.open_under(work.store, silence.about, work.mapping.reference.office.region)
    for row in mirror.interventions(work.store, ids):
        record = reading.intervention_of(work.mapping, row.source, deleted=row.deleted)
        sides = open_sides(record, judged.milestones_of(work.store, record.id))
        if sides and record.created_at < end and not goes_on(record.id, record.office_id):
            notice = notice_of_end(silence, end, record, sides)
            yield notice, "silence_ended", {"silence": silence.key, "ended": to_text(end)}
