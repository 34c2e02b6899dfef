"""The answer of `status`: what troubles it, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from agent.cli import said
from agent.cli.answers import MESSAGES, NOTICES
from agent.cli.output import console, grid, span, when
from agent.desk.words import counted
from agent.model import MessageState, MilestoneKind, MilestoneState, NoticeState, Rule
from agent.rules.reasons import KIND_WORDS, RULE_WORDS, STATE_WORDS

Found = Mapping[str, Any]
ROWS = {
    "intervention": "SLI",
    "change": "field change",
    "chatter": "post or comment",
    "activity": "activity",
    "person": "person",
}
PLURALS = {"post or comment": "posts and comments", "activity": "activities", "person": "people"}
WRITE_BACKS = {"waiting": "waiting", "dead": "refused", "parked": "parked"}


def status(found: Found) -> None:
    out = console()
    if found["trouble"]:
        grid(out, *(("[red]![/]", escape(text)) for text in found["trouble"]))
    else:
        out.print("[green]No trouble.[/]")
    out.print()
    grid(
        out,
        *((f"[bold]{name}[/]", escape(text)) for name, text in _standing(found)),
    )


def _used(usage: str | None) -> str:
    """`1,440 of 100,000`"""
    return " of ".join(f"{int(n):,}" for n in usage.split("/")) if usage else "not known yet"


def _standing(found: Found) -> list[tuple[str, str]]:
    modes = (f"{RULE_WORDS[Rule(rule)]} {mode}" for rule, mode in found["modes"].items())
    return [
        ("org", found["org_id"] or "not known yet"),
        ("alerts", ", ".join(modes)),
        ("live since", when(found["go_live"]) if found["go_live"] else "not yet"),
        ("last pass", _last_pass(found["last_pass"])),
        ("read through", _read_through(found)),
        *([("first load", _loading(found["load_progress"]))] if found["load_progress"] else []),
        ("API calls, 24 h", _used(found["api_usage"])),
        ("held", _several({ROWS.get(kind, kind): n for kind, n in found["rows"].items()})),
        *(
            (f"{KIND_WORDS[MilestoneKind(kind)]}s", milestones(states))
            for kind, states in found["milestones"].items()
        ),
        ("alerts so far", _plain({NOTICES[NoticeState(s)]: n for s, n in found["notice"].items()})),
        ("mails", _plain({MESSAGES[MessageState(s)]: n for s, n in found["message"].items()})),
        *([("silences", said.silences(found["silences"]))] if found["silences"] else []),
        ("acknowledged", counted(found["acknowledged"], "open SLI") if found["acknowledged"] else "none"),
        (
            "fields to write",
            _plain({WRITE_BACKS[name]: n for name, n in found["write_backs"].items()}),
        ),
        ("to mend in Salesforce", _plain(found["findings"])),
        *([("quality scores", _scores(found["scores"]))] if found["scores"] else []),
    ]


def _scores(found: Found) -> str:
    """`40 scores of CSMs' months from 90 starts of care; evidence read through ...; rows for Salesforce: 3 waiting`."""
    if found["stand_still"]:
        return "stand still: an approved definition was changed"
    care = counted(found["starts_of_care"], "start of care", "starts of care")
    care += f", {found['to_judge']:,} of them to be judged" if found["to_judge"] else ""
    scores = counted(found["scores"], "score of a CSM's month", "scores of CSMs' months")
    rows = _plain({name: found[name] for name in ("waiting", "refused")})
    through = f"evidence read through: {_read_through(found)}"
    return f"{scores} from {care}; {through}; rows for Salesforce: {rows}"


def _last_pass(last: Found | None) -> str:
    if last is None:
        return "none yet"
    if last["ended_at"] is None:
        return f"began {when(last['began_at'])}, not finished"
    return f"{when(last['ended_at'])} ({last['outcome']})"


def _read_through(found: Found) -> str:
    """Up to when what was read is known to be complete (D11)."""
    if found["complete_through"] is None:
        return "nothing is complete yet"
    return f"{when(found['complete_through'])} ({span(found['behind_seconds'])} ago)"


def _loading(found: Found) -> str:
    """`20,000 of 50,000 rows, 3 minutes left (intervention 20,000 of 50,000)`."""
    streams = (f"{name} {s['taken']:,} of {s['total']:,}" for name, s in found["streams"].items())
    return f"{found['taken']:,} of {found['total']:,} rows{time_left(found)} ({', '.join(streams)})"


def time_left(loading: Found) -> str:
    """`, 3 minutes left`; "" while there is no pace to tell it by."""
    seconds = loading["seconds_left"]
    return "" if seconds is None else f", {span(seconds)} left"


def milestones(states: Mapping[str, int]) -> str:
    """`26 overdue, 6 not due yet, 364 done in time`: what needs somebody first."""
    order = (MilestoneState.VIOLATED, MilestoneState.OPEN, *MilestoneState)
    return _plain({STATE_WORDS[s]: states[s] for s in dict.fromkeys(order) if s in states})


def _plain(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items() if n) or "none"


def _several(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(counted(n, thing, PLURALS.get(thing, "")) for thing, n in counts.items() if n) or "nothing"
    )
