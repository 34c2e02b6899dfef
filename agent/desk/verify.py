"""Whether every stored decision is what its stored inputs lead to: milestones, notices, handling scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from agent.alerts.silences import end_of, silence_behind
from agent.alerts.verify import FROM_INPUTS, check_again, decide_again, kind_of
from agent.desk.find import find
from agent.instants import from_text, to_text
from agent.model import DecisionKind, Milestone, MilestoneKind, MilestoneState, Notice, Rule, Side
from agent.quality.handling import percent
from agent.rules.reasons import RULE_WORDS, TOLD_IN_PART
from agent.rules.verify import Difference, differences, recompute
from agent.store import Store, decisions, from_json, judged
from agent.store import audit as kept

Row = Mapping[str, Any]
Check = Callable[[Row], Iterator[Difference]]
FIRST_STAGE = "1"
"""A notice that was left behind goes on as another stage: then the first one was decided elsewhere."""
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, OSError, OverflowError)
"""What a row can raise that is not as it was written."""


def verify(store: Store, which: str | None) -> dict[str, Any]:
    """Every decision of one intervention, or of all (None), worked out again by the same rules; JSON-ready.

    `checked` counts them. Of notices that another disk decided, or left behind, nothing but the key can be built
    again: `key_only` counts those.

    Raises:
        AgentError: no such intervention in the mirror.
    """
    about = find(store, which).id if which else None
    numbers = kept.numbers(store)
    steps: tuple[tuple[str, Iterator[Row], Check], ...] = (
        ("milestones", kept.milestones(store, about), _milestone),
        ("notices", kept.notices(store, about), partial(_notice, store=store)),
        ("scores", kept.scores(store, about), _score),
    )
    checked: Counter[str] = Counter()
    found = []
    for what, rows, check in steps:
        for row in rows:
            checked[what] += 1
            checked["key_only"] += what == "notices" and _is_known_by_its_key_alone(row)
            found += [_told(row, numbers, difference) for difference in _tried(check, row)]
    return {
        "checked": {what: checked[what] for what, *_ in steps},
        "key_only": checked["key_only"],
        "differences": found,
    }


def _tried(check: Check, row: Row) -> list[Difference]:
    try:
        return list(check(row))
    except UNREADABLE as error:
        return [Difference("row", "cannot be read", f"{type(error).__name__}: {error}")]


def _told(row: Row, numbers: Mapping[str, str], difference: Difference) -> dict[str, str]:
    record_id = row["intervention_id"]
    return {
        "id": record_id,
        "number": numbers.get(record_id, record_id),
        "decision": _name(row),
        "what": difference.what,
        "stored": difference.stored,
        "recomputed": difference.recomputed,
    }


def _name(row: Row) -> str:
    """Which decision it is, in words: `client plan`, `24-hour alert due 2026-11-14T20:05:00Z`."""
    if "rule" in row:
        rule = next((words for rule, words in RULE_WORDS.items() if rule == row["rule"]), row["rule"])
        return f"{rule} due {row['due']}"
    return f"{row['side']} {row.get('kind', 'handling score')}"


def _milestone(row: Row) -> Iterator[Difference]:
    yield from differences(judged.milestone_of({**row, "inputs": from_json(row["inputs"])}))


def _notice(row: Row, store: Store) -> Iterator[Difference]:
    """The key is built from facts alone, and the decision follows from its inputs, or from what else decided it."""
    org_id = store.get("org_id") or ""
    sides = tuple(Side(side) for side in from_json(row["sides"]))
    due, rule = from_text(row["due"]), Rule(row["rule"])
    notice = Notice(org_id, row["intervention_id"], rule, due, sides, row["stage"], row["topic"])
    if notice.key != row["key"]:
        yield Difference("key", row["key"], notice.key)
    if _has_inputs(row):
        yield from _decision(notice, row, from_json(row["inputs"]))
        if row["checked"]:
            yield from _check(notice, row, from_json(row["inputs"]))
    elif rule in {Rule.SILENCE_ENDED, Rule.GO_LIVE}:
        known = _instant_behind(notice, store)
        if known != row["due"]:
            yield Difference("due", row["due"], known or "nothing that was decided")


def _instant_behind(notice: Notice, store: Store) -> str | None:
    """What such a notice stands on: the end of a person's silence, or the instant of going live; None: nothing."""
    if notice.rule is Rule.GO_LIVE:
        return store.get("go_live")
    silence = silence_behind(notice, decisions.of(store, notice.org_id, DecisionKind.SILENCE))
    ends = decisions.of(store, notice.org_id, DecisionKind.SILENCE_END)
    return to_text(end_of(silence, ends)) if silence else None


def _has_inputs(row: Row) -> bool:
    """False where another disk decided, or something else than the record; and for what was left behind."""
    return row["inputs"] != "{}" and row["stage"] == FIRST_STAGE and row["rule"] in FROM_INPUTS


def _is_known_by_its_key_alone(row: Row) -> bool:
    return not _has_inputs(row) and row["rule"] not in {Rule.SILENCE_ENDED, Rule.GO_LIVE}


def _decision(notice: Notice, row: Row, inputs: Mapping[str, Any]) -> Iterator[Difference]:
    kind = kind_of(notice.rule)
    milestones = [_of_inputs(side, kind, given) for side, given in inputs.items()] if kind else []
    again = {(to_text(f.due), f.topic, f.reason): f for f in decide_again(notice, inputs, milestones)}
    decided = (row["due"], row["topic"], row["decided_for"])
    if decided not in again:
        asked = "; ".join(" ".join(each) for each in again)
        yield Difference("decision", " ".join(decided), asked or "nothing is to be told")
        return
    # Until its claim judges it anew, a notice names the sides it was decided for.
    sides = again[decided].sides
    if row["claimed_by"] is None and sides and sides != notice.sides:
        yield Difference("sides", row["sides"], ", ".join(sides))


def _check(notice: Notice, row: Row, inputs: Mapping[str, Any]) -> Iterator[Difference]:
    """Why it was suppressed just before it was told (D8)."""
    checked = from_json(row["checked"])
    milestones = [_of_inputs(m["side"], MilestoneKind(m["kind"]), m["inputs"]) for m in checked["milestones"]]
    zone = ZoneInfo(milestones[0].inputs["zone"] if milestones else "UTC")
    again, reason = (
        check_again(notice, inputs, checked, milestones, zone),
        row["reason"].removeprefix(TOLD_IN_PART),
    )
    if again != reason:
        yield Difference("why it was not told", reason, again or "it still held")


def _of_inputs(side: str, kind: MilestoneKind, given: Mapping[str, Any]) -> Milestone:
    clock_start, due = from_text(given["clock_start"]), from_text(given["due"])
    return recompute(Milestone(Side(side), kind, MilestoneState.OPEN, "", clock_start, due, None, given))


def _score(row: Row) -> Iterator[Difference]:
    """The share of the checks that were due and passed (D31)."""
    again = percent([check["passed"] for check in from_json(row["checks"])])
    if again != row["score"]:
        yield Difference("score", str(row["score"]), str(again))
