"""What lies between a poll's answer and the first mail: transactions and round trips, counted where they happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agent.ports import Mail, MailReply
from bench.simulated import MINUTE, Simulated, simulated

NOTICES = "SELECT count(*) FROM notice"
SETTLED = 11 * MINUTE
KINDS = {
    "taking in and judging": "INTO cursor",
    "claiming and freezing the mails": "INTO message ",
    "the first mail is being offered": "UPDATE message ",
}
"""What a transaction is about -> a statement that no other one of these has."""
REST = "others"
"""They keep at most how far the mirror is complete; nothing about the notices."""


def telling(counts: Sequence[int]) -> dict[str, dict[str, Any]]:
    """For each n: that many SLIs are submitted between two polls; counted until the first mail is offered."""
    return {f"{n:,}": _told(n) for n in counts}


class _Door:
    """A mail server's door that notes when it is first knocked at."""

    def __init__(self, inner: Mail) -> None:
        self._inner = inner
        self.knocked = False

    def send(self, sender: str, address: str, message: bytes) -> MailReply:
        self.knocked = True
        return self._inner.send(sender, address, message)

    def close(self) -> None:
        self._inner.close()


def _told(n: int) -> dict[str, Any]:
    with simulated(0) as world:
        # What the company's own SLIs ask for is told first.
        world.run_pass()
        world.live(SETTLED)
        world.stage.do("submit", count=n)
        world.later(MINUTE)
        before = world.count(NOTICES)
        calls, kinds = _until_mail(world)
        notices = world.count(NOTICES) - before
    transactions = {kind: kinds[kind] for kind in (*KINDS, REST)}
    return {"notices": notices, "round trips": calls, "n/200, rounded up": -(-n // 200), **transactions}


def _until_mail(world: Simulated) -> tuple[int, Counter[str]]:
    """API calls after the poll's, and transactions by kind that committed after its answer came."""
    work = world.agent.work
    work.mail = door = _Door(work.mail)
    poll = world.calls + 1
    kinds: Counter[str] = Counter()
    open_ones: list[str] = []

    def note(statement: str) -> None:
        if statement.startswith("BEGIN"):
            open_ones.clear()
        open_ones.append(statement)
        if statement == "COMMIT" and world.calls >= poll and not door.knocked:
            kinds[_kind(open_ones)] += 1

    work.store.db.conn.set_trace_callback(note)
    while not door.knocked and world.agent.step(world.clock.now()):
        pass
    work.store.db.conn.set_trace_callback(None)
    return world.calls - poll, kinds


def _kind(statements: Sequence[str]) -> str:
    """By the statement that tells it."""
    about = (kind for kind, sign in KINDS.items() if any(sign in statement for statement in statements))
    return next(about, REST)
