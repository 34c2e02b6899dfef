"""A person's word, taken down: silences and acknowledgements. Says no with the reason, before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from agent.alerts.silences import end_of, name_of
from agent.alerts.text import day, local_time
from agent.days import end_of_day
from agent.desk.decided.word import keep, org_id_of, reason_of, said_at, who_says
from agent.errors import AgentError
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.model import ALERTS, DecisionKind, HumanDecision, Mode
from agent.pipeline.decisions import place_of
from agent.pipeline.org_time import org_now
from agent.pipeline.surroundings import Surroundings
from agent.store import Store, decisions, mirror
from agent.sync import reading

LONGEST_SILENCE = timedelta(days=90)
"""A quarter: whoever wants more says so again, and somebody looks at it in between."""
CLOSE = 5
"""Names offered where one is not known."""


@dataclass(frozen=True)
class Place:
    """What a decision is about. `words` is `SLI-00042`, `office Boston` or `region Bay Area`."""

    id: str
    words: str
    zone: ZoneInfo
    client: str = ""
    """The client's name as the SLI's name holds it: what no reason may say (D15)."""


def sli(store: Store, mapping: OrgMapping, which: str, now: datetime) -> Place:
    """An SLI by record number or id.

    Raises:
        AgentError: there is none, or it was deleted.
    """
    kept = mirror.find(store, which)
    if kept is None:
        close = _close(which, [row.number for row in mirror.listed(store, "all")])
        raise AgentError(
            f"No SLI {which!r} is known.{close}",
            hint="Give a record number (SLI-00042) or a Salesforce id; `sli-agent interventions` lists them.",
        )
    if kept.deleted:
        raise AgentError(f"{kept.number} was deleted in Salesforce: nobody is told anything about it.")
    record = reading.intervention_of(mapping, kept.source)
    zone = Surroundings(store, mapping, now).zone(record.office_id)[0]
    client, separator, _ = record.name.partition(mapping.rules.conduct.name_separator)
    return Place(kept.id, kept.number, zone, client.strip() if separator else "")


def named(store: Store, mapping: OrgMapping, kind: str, which: str, now: datetime) -> Place:
    """An office or a region (`kind`) by its whole name, in any case, or by id.

    Raises:
        AgentError: there is none, or several have this name.
    """
    rows = mirror.references_of(store, kind)
    found = {i: name for i, name in rows.items() if which in {i, i[:15]}}
    found = found or {i: name for i, name in rows.items() if name.lower() == which.strip().lower()}
    if not found:
        raise AgentError(f"No {kind} {which!r} is known.{_close(which, list(rows.values()))}")
    if len(found) > 1:
        raise AgentError(
            f"{len(found)} {kind}s are called {which!r}: {', '.join(found)}.", hint="Give the id."
        )
    [(place_id, name)] = found.items()
    around = Surroundings(store, mapping, now)
    zone = around.zone(place_id if kind == "office" else None)[0]
    return Place(place_id, f"{kind} {name}", zone)


def _close(which: str, known: Sequence[str]) -> str:
    """A sentence that offers the names most like the one that was given; `42` and `SLI-42` are like SLI-00042."""
    by_form = {name.lower(): name for name in known}
    wanted = which.strip().lower()
    same = [n for form, n in by_form.items() if f"-{_bare(form)}".endswith(f"-{_bare(wanted)}")]
    within = [name for form, name in sorted(by_form.items()) if wanted and wanted in form]
    like = [by_form[form] for form in get_close_matches(wanted, by_form, n=CLOSE)]
    offered = list(dict.fromkeys([*same, *within, *like]))[: len(same) or CLOSE]
    return f" Did you mean {', '.join(offered)}?" if offered else ""


def _bare(number: str) -> str:
    return re.sub(r"\b0+(?=\d)", "", number)


def until_of(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The end of a silence: of a date the end of that day in this zone; an instant without offset is on its clock.

    Raises:
        ValueError: neither, not ahead, or too far ahead; the text says which.
    """
    try:
        until = end_of_day(date.fromisoformat(text), zone) if len(text) == 10 else _instant(text, zone)
        local = until.astimezone(zone)
    except (ValueError, OverflowError):  # The edge of the calendar has no instant in every zone.
        raise ValueError(
            f"{text!r} is neither a date (2026-12-24) nor an instant (2026-12-24T17:00-05:00)."
        ) from None
    if until <= now:
        raise ValueError(f"{local_time(until, zone)} has passed: a silence ends in the future.")
    last = now.astimezone(zone).date() + LONGEST_SILENCE
    if local.date() > last:
        days = LONGEST_SILENCE.days
        raise ValueError(
            f"a silence lasts {days} days at most: until {day(last)}. Then somebody looks again."
        )
    return until


def _instant(text: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).replace(microsecond=0)


def silence(
    store: Store, place: Place, *, owner: str, reason: str, until: datetime, now: datetime
) -> HumanDecision:
    """Quiet over a place until then. Kept here; the caller sends it to Salesforce.

    Raises:
        AgentError: a text is empty or too long, or names a client.
    """
    who, why, at = who_says(owner), reason_of(store, reason, place.client), said_at(store, now)
    decision = HumanDecision(org_id_of(store), DecisionKind.SILENCE, place.id, who, why, at, until)
    return keep(store, decision, place.words, now)


def acknowledgement(store: Store, place: Place, *, by: str, note: str, now: datetime) -> HumanDecision:
    """Somebody has taken notice of an SLI: an answer to its reminders (D16). Kept and refused as above."""
    who, at = who_says(by), said_at(store, now)
    why = reason_of(store, note, place.client) if note else ""
    decision = HumanDecision(org_id_of(store), DecisionKind.ACKNOWLEDGED, place.id, who, why, at)
    return keep(store, decision, place.words, now)


def end(store: Store, which: str, *, by: str, reason: str, now: datetime) -> tuple[HumanDecision, str]:
    """A silence ended before its time, and what it was about in words. Kept and refused as above.

    `which` is its name as `silence list` shows it, its key, or the record number of its SLI.
    """
    at = said_at(store, now)
    found = _found(store, which, at)
    words = place_of(store, found.about)
    who, why = who_says(by), reason_of(store, reason)
    decision = HumanDecision(found.org_id, DecisionKind.SILENCE_END, found.key, who, why, at)
    return keep(store, decision, words, now), words


def _found(store: Store, which: str, at: datetime) -> HumanDecision:
    """The silence in force that is meant."""
    silences, ends = _silences(store)
    kept = mirror.find(store, which)
    meant = [s for s in silences if which in {name_of(s), s.key} or (kept and s.about == kept.id)]
    in_force = [s for s in meant if at < end_of(s, ends)]
    if len(in_force) == 1:
        return in_force[0]
    names = ", ".join(name_of(s) for s in (in_force or silences) if at < end_of(s, ends))
    if in_force:
        raise AgentError(f"{len(in_force)} silences are about {which}: {names}.", hint="Name one of them.")
    if meant:
        raise AgentError(f"The silence {which} ended at {to_text(end_of(meant[-1], ends))}.")
    raise AgentError(f"No silence {which!r} is known. In force: {names or 'none'}.")


def kinds(mapping: OrgMapping) -> tuple[list[str], list[str]]:
    """The kinds of alert that a silence mutes, and those that are told in spite of it; none that is switched off."""
    on = [rule for rule in ALERTS if mapping.rules.mode(rule) is not Mode.OFF]
    muted = [rule.value for rule in on if mapping.rules.alerts.of(rule).may_be_silenced]
    return muted, [rule.value for rule in on if rule.value not in muted]


def listed(store: Store, now: datetime, *, everything: bool) -> list[dict[str, Any]]:
    """Silences in force, or all; the newest first. JSON-ready, instants as UTC texts."""
    silences, ends = _silences(store)
    at, unkept = org_now(store, now), decisions.unkept_keys(store)
    rows = [_row(store, s, ends, at, s.key not in unkept) for s in reversed(silences)]
    return [row for row in rows if everything or row["in_force"]]


def _silences(store: Store) -> tuple[list[HumanDecision], list[HumanDecision]]:
    org_id = store.get("org_id") or ""
    return (
        decisions.of(store, org_id, DecisionKind.SILENCE),
        decisions.of(store, org_id, DecisionKind.SILENCE_END),
    )


def _row(
    store: Store, silence: HumanDecision, ends: Sequence[HumanDecision], at: datetime, in_salesforce: bool
) -> dict[str, Any]:
    until = end_of(silence, ends)
    ended_by = next((e for e in ends if e.about == silence.key and e.at == until), None)
    return {
        "name": name_of(silence),
        "key": silence.key,
        "about": silence.about,
        "place": place_of(store, silence.about),
        "by": silence.by,
        "reason": silence.reason,
        "since": to_text(silence.at),
        "until": to_text(until),
        "in_force": silence.at <= at < until,
        "ended_by": ended_by and {"by": ended_by.by, "reason": ended_by.reason},
        "in_salesforce": in_salesforce,
    }
