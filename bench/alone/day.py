"""API calls of a day, lived minute by minute as the daemon would, by both clocks of the simulation."""

from __future__ import annotations

from typing import Any

from bench.simulated import HOUR, MINUTE, simulated

OLD = 2_500
"""Interventions in the org: an ordinary company's."""
SUBMITTED_EVERY = 2 * HOUR
EDITED_EVERY = 20 * MINUTE
MAILS = "SELECT count(*) FROM message WHERE state = 'sent'"


def day(rows: int = OLD, hours: int = 24) -> dict[str, dict[str, Any]]:
    """A quiet day, and one with work around the clock: spread evenly it costs the most calls."""
    return {
        f"{hours} h, nobody works": _lived(rows, hours, busy=False),
        f"{hours} h of work": _lived(rows, hours, busy=True),
    }


def _lived(rows: int, hours: int, *, busy: bool) -> dict[str, Any]:
    with simulated(rows) as world:
        # The first load, what it makes due, and the first comparison of ids are not of an ordinary day.
        world.run_pass()
        world.live(2 * HOUR)
        calls, mails = world.calls, world.count(MAILS)
        submitted = edited = 0
        for slot in range(int(hours * HOUR / EDITED_EVERY)):
            if busy:
                world.stage.do("edit", number=slot)
                edited += 1
            if busy and slot % int(SUBMITTED_EVERY / EDITED_EVERY) == 0:
                world.stage.do("submit", count=1)
                submitted += 1
            world.live(EDITED_EVERY)
        return {
            "SLIs submitted": submitted,
            "SLIs edited and posted on": edited,
            "mails": world.count(MAILS) - mails,
            "API calls": world.calls - calls,
        }
