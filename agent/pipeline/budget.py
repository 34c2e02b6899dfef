"""The API budget: when calls run short, polls slow down, so that enough are left for claims and outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.instants import to_text
from agent.pipeline.work import Workshop
from agent.salesforce.transport import ApiUsage
from agent.store import diary

DAY = timedelta(hours=24)
"""Salesforce counts the calls of the last 24 hours (platform fact)."""
SHORT_BELOW = 0.2
"""Share of the calls left under which polls slow down."""
ENOUGH_FROM = 0.25
"""Share from which they are as wanted again; higher than the other, or the two would take turns at every poll."""
RESERVE = 200
"""Calls that are kept for claims and outcomes: each serves up to 200 notices."""
RESERVE_SHARE = 0.1
"""Where an app is granted only a few calls, 200 may be all of them."""
SLOWEST = timedelta(minutes=15)
"""With it the mirror is 25 minutes behind at the most: less than what admins are alarmed about (D11)."""
PACING = "pacing"
"""Where the state keeps why polls are slow; "" while they are not."""


@dataclass(frozen=True)
class Pace:
    """How fast the org may be asked. `why` is a sentence for people, "" while polls come as often as wanted."""

    interval: timedelta
    why: str = ""
    reserved: bool = False
    """What is left belongs to claims and outcomes."""


@dataclass(frozen=True)
class _Budget:
    """One limit: the whole org's or the connected app's own."""

    owner: str
    used: int
    maximum: int

    @property
    def left(self) -> int:
        return max(0, self.maximum - self.used)

    @property
    def reserve(self) -> int:
        return min(RESERVE, int(self.maximum * RESERVE_SHARE))

    @property
    def reserved(self) -> bool:
        return self.left <= self.reserve

    @property
    def interval(self) -> timedelta:
        """So long between two polls that what is left lasts for a day, even if nobody's calls run out of the count."""
        return min(SLOWEST, DAY / max(1, self.left - self.reserve))


def pace(usage: ApiUsage | None, wanted: timedelta, *, slowed: bool) -> Pace:
    """The pace that this usage allows: the tighter of the org's and the app's limit rules.

    `wanted` is the interval of good days, `slowed` whether polls are slow already. Unknown usage slows nothing.
    """
    tight = [b for b in _budgets(usage) if b.left < b.maximum * (ENOUGH_FROM if slowed else SHORT_BELOW)]
    if not tight:
        return Pace(wanted)
    tightest = max(tight, key=lambda budget: budget.interval)
    interval = max(wanted, tightest.interval)
    if interval == wanted and not tightest.reserved:
        return Pace(wanted)
    kept = "only alerts use them now" if tightest.reserved else "the rest must last for 24 hours"
    why = f"{tightest.left:,} of {tightest.maximum:,} API calls of {tightest.owner} are left, and {kept}"
    return Pace(interval, why, any(b.reserved for b in tight))


def _budgets(usage: ApiUsage | None) -> Iterable[_Budget]:
    if usage is None:
        return
    yield _Budget("the org", usage.used, usage.maximum)
    if usage.app:
        yield _Budget(f"the app {usage.app.name}", usage.app.used, usage.app.maximum)


def follow(work: Workshop, now: datetime) -> Pace:
    """The pace after an answer of the org, kept for `status`; the log hears when it begins and when it ends."""
    wanted = timedelta(seconds=work.settings.poll_seconds)
    before = work.store.get(PACING) or ""
    found = pace(work.org.limit, wanted, slowed=bool(before))
    if found.why != before:
        with work.store.transaction():
            work.store.put(PACING, found.why)
            if not (found.why and before):
                _log(work, found, now)
    return found


def _log(work: Workshop, found: Pace, now: datetime) -> None:
    seconds = int(found.interval.total_seconds())
    if found.why:
        text, level = f"polls slow down to one in {seconds} s or more: {found.why}.", "warning"
    else:
        text, level = f"API calls suffice again: one poll in {seconds} s", "info"
    diary.write(work.store, to_text(now), "alarm", text, level=level)
