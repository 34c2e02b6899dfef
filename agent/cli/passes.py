"""How a pass looks: what it did, what a dry run would do, what a check found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.markup import escape

from agent.cli.output import SoFar, console, grid, when
from agent.cli.standing import milestones, time_left
from agent.desk.loading import load_progress
from agent.desk.words import counted
from agent.mapping import OrgMapping
from agent.model import MilestoneKind, Mode, Rule
from agent.pipeline.work import Workshop
from agent.rules.reasons import KIND_WORDS, RULE_WORDS
from agent.store import Store, intents, messages, mirror, notices

POLLED = {
    "intervention": ("SLI", "SLIs"),
    "history": ("field change", "field changes"),
    "feed": ("post", "posts"),
    "activity": ("activity", "activities"),
    "person": ("person", "people"),
    "episode": ("start of care", "starts of care"),
    "contact": ("contact",),
    "dashboard": ("dashboard figure",),
    "line": ("line for pay", "lines for pay"),
    "own": ("row of scores", "rows of scores"),
}
"""What the rows of a stream are called, the weightiest first; the others go by the stream's name.

Streams that share a beginning, `contact_Task` and `contact_Event`, are counted as one.
"""
VERDICTS = {"ok": "green", "warning": "yellow", "failed": "red"}


def tally(found: Mapping[str, Any]) -> None:
    """What one pass did."""
    alerts, written = found["alerts"], found["write_backs"]
    kinds = [
        (f"{KIND_WORDS[MilestoneKind(kind)]}s", milestones(states))
        for kind, states in found["milestones"].items()
    ]
    rows = [
        ("read", f"{_polled(found['polled'])}, in {counted(found['api_calls'], 'API call')}"),
        *kinds,
        ("told", _told(alerts, found["mails"])),
        ("written", _written(written["written"], written["failed"])),
    ]
    if found["scores"]["written"]:
        rows.append(
            (
                "scores",
                f"{counted(found['scores']['written'], 'row')} of scores and touch points written to Salesforce",
            )
        )
    grid(console(), *((f"[bold]{name}[/]", escape(text)) for name, text in rows), indent=2)


def _polled(polled: Mapping[str, int]) -> str:
    rows: Counter[str] = Counter()
    for name, n in polled.items():
        rows[name.partition("_")[0]] += n
    names = [name for name in dict.fromkeys((*POLLED, *rows)) if rows[name]]
    return ", ".join(counted(rows[name], *POLLED.get(name, (name,))) for name in names) or "nothing new"


def _told(alerts: Mapping[str, int], mails: int) -> str:
    parts = [f"{counted(alerts['sent'], 'alert')} in {counted(mails, 'mail')}"] if mails else []
    parts += (
        [f"{counted(alerts['shadow'], 'alert')} decided and not sent (shadow)"] if alerts["shadow"] else []
    )
    parts += [f"{counted(alerts['suppressed'], 'alert')} no longer held"] if alerts["suppressed"] else []
    parts += [f"{counted(alerts['dead'], 'mail')} refused"] if alerts["dead"] else []
    return ", ".join(parts) or "nobody"


def _written(written: int, failed: int) -> str:
    to = f"fields on {counted(written, 'SLI')}" if written else "nothing"
    return f"{to}; {counted(failed, 'SLI')} could not be written" if failed else to


def so_far(work: Workshop, now: datetime) -> SoFar:
    """How far a pass has come; in a first load with the part that is done."""
    loading = load_progress(work.store, now)
    if loading:
        text = f"{loading['taken']:,} of {counted(loading['total'], 'row')} read{time_left(loading)}"
        return SoFar(text, loading["taken"] / max(loading["total"], 1))
    if work.store.get("summary_intended") is None:
        judged, total = mirror.judged_so_far(work.store)
        if judged:
            return SoFar(f"{judged:,} of {counted(total, 'SLI')} judged", judged / total)
    queued = messages.counts(work.store).get("queued", 0)
    rows = counted(sum(work.tally.polled.values()), "row")
    return SoFar(
        f"{rows} read, {counted(work.tally.mails, 'mail')} sent, {queued} waiting, "
        f"{counted(work.tally.written, 'SLI')} written"
    )


def intentions(store: Store, mapping: OrgMapping) -> None:
    """After a dry run: what would be sent and written, and what kinds in shadow would only note (D18)."""
    out = console()
    waiting, writes = notices.waiting(store), intents.pending(store)
    in_shadow = [r for r in waiting if mapping.rules.mode(Rule(r["rule"])) is Mode.SHADOW]
    live = [r for r in waiting if r not in in_shadow]
    _alerts(f"Would send {counted(len(live), 'alert')}", live)
    if in_shadow:
        _alerts(f"Would note {counted(len(in_shadow), 'alert')} of kinds in shadow, and send none", in_shadow)
    out.print(f"\n[bold]Would write fields on {counted(len(writes), 'SLI')}[/]")
    grid(out, *((escape(w["number"]), escape(", ".join(w["values"]))) for w in writes), indent=2)


def _alerts(headline: str, waiting: Iterable[Mapping[str, Any]]) -> None:
    out = console()
    out.print(f"\n[bold]{headline}[/]")
    rows = (
        (RULE_WORDS[Rule(r["rule"])], escape(r["number"] or "-"), f"due {when(r['due'])}") for r in waiting
    )
    grid(out, *rows, indent=2)


def check_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """A line each, with the mend below it."""
    lines: list[tuple[str, ...]] = []
    for row in rows:
        verdict = f"[{VERDICTS[row['verdict']]}]{row['verdict']}[/]"
        lines.append((verdict, f"[bold]{escape(row['area'])}[/]", escape(row["text"])))
        if row.get("mend"):
            lines.append(("", "[dim]mend[/]", escape(row["mend"])))
    grid(console(), *lines)
