"""How people's words about interventions look: silences and acknowledgements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.markup import escape

from agent.alerts.text import day
from agent.cli.output import when
from agent.instants import from_text

Found = Mapping[str, Any]


def silences(rows: Sequence[Found]) -> str:
    """`office Boston until Dec 24, 2026, 11:59 PM EST (Ana Ruiz: storm)`, one after the other."""
    return "; ".join(f"{r['place']} until {when(r['until'])} ({r['by']}: {r['reason']})" for r in rows)


def lines(found: Found, zone: ZoneInfo) -> Iterator[str]:
    """Markup for one intervention: the silence over it, and who has acknowledged it, on the office's clock."""
    quiet = found["silence"]
    if quiet:
        place = "" if quiet["place"] == found["number"] else f" (all of {escape(quiet['place'])})"
        why = f"{escape(quiet['by'])}: {escape(quiet['reason'])}"
        yield f"[yellow]quiet[/] until {when(quiet['until'], zone)}{place}. {why} [dim]{quiet['name']}[/]"
    for ack in found["acknowledged"]:
        note = f": {escape(ack['note'])}" if ack["note"] else ""
        yield f"acknowledged {when(ack['at'], zone)} by {escape(ack['by'])}{note}"


def cell(row: Found) -> str:
    """`quiet until Dec 24, 2026 (Ana Ruiz: storm); acknowledged by Bo Lind`; "" where nothing was said."""
    found = []
    if row["silence"]:
        quiet = row["silence"]
        until = day(from_text(quiet["until"]).astimezone().date())
        found.append(f"quiet until {until} ({escape(quiet['by'])}: {escape(quiet['reason'])})")
    if row["acknowledged"]:
        found.append(f"acknowledged by {escape(row['acknowledged'][-1]['by'])}")
    return "; ".join(found)
