"""The agent's last unit of work: scores and lines. Whatever goes wrong here stays here, and no alert waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.errors import AgentError
from agent.instants import from_text, to_text
from agent.pipeline.work import Workshop
from agent.scoring import compose, judge, publish, read
from agent.scoring.evidence import complete_through, read_anew
from agent.scoring.plans import broken_promises
from agent.store import StoreError, care, diary, mirror, own_rows, scores
from agent.store.pay import PayStore

BEGIN = "begin"
"""What comes before every piece."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=1)


@dataclass
class Rest:
    """A piece that failed: until when it is left alone, how often it failed in a row, and what was said of it."""

    until: datetime
    failures: int
    said: str


class Scoring:
    """Reads, judges, puts together, publishes: a piece a step, and only when nothing more urgent is left."""

    def __init__(self, work: Workshop) -> None:
        self.work = work
        self._pay: PayStore | None = None
        self._next: dict[str, datetime] = {}
        """When each kind of reading has its turn again."""
        self._rests: dict[str, Rest] = {}
        self._stopped_for: tuple[str, ...] = ()
        self._pieces: tuple[Callable[[datetime], bool], ...] = (
            self._read_evidence,
            self._read_others,
            self._judge,
            self._compose,
            self._adopt,
            self._publish,
            self._read_lines,
        )

    @property
    def wanted(self) -> bool:
        return self.work.mapping.touch_points is not None

    def step(self, now: datetime) -> bool:
        """Do one piece; False when there is none. A piece that fails rests for a while, and the others go on."""
        if not self.wanted or not self._tried(BEGIN, self._may_go_on, now):
            return False
        return any(self._tried(piece.__name__.strip("_"), piece, now) for piece in self._pieces)

    def next_wake(self, now: datetime) -> datetime | None:
        """When there is work again; None: as far as it is known, never."""
        if not self.wanted or self._stopped_for:
            return None
        resting = {name: rest.until for name, rest in self._rests.items() if rest.until > now}
        if BEGIN in resting:
            return resting[BEGIN]
        # What rests has its turn when it has rested, however long ago its hour came.
        hours = [max(at, resting.get(f"read_{name}", at)) for name, at in self._next.items()]
        kept = own_rows.next_at(self.work.store, to_text(now)) if self.work.acts else None
        return min([*hours, *resting.values(), *([from_text(kept)] if kept else [])], default=now)

    def close(self) -> None:
        if self._pay is not None:
            self._pay.close()

    def _tried(self, name: str, piece: Callable[[datetime], bool], now: datetime) -> bool:
        rest = self._rests.get(name)
        if rest is not None and now < rest.until:
            return False
        try:
            done = piece(now)
        except Exception as error:  # A fault here never delays an alert.
            self._rest(name, error, now)
            return False
        if rest is not None:
            del self._rests[name]
        return done

    def _may_go_on(self, now: datetime) -> bool:
        if self._promises_broken(now):
            return False
        self._follow_mapping()
        return True

    def _due(self, name: str, now: datetime) -> bool:
        return name not in self._next or self._next[name] <= now

    def _read_evidence(self, now: datetime) -> bool:
        if not self._due("evidence", now):
            return False
        more = read.read_evidence(self.work, now)
        terms = self.work.mapping.touch_points
        every = timedelta(minutes=terms.read_every_minutes if terms else 0)
        self._next["evidence"] = now if more else now + every
        return True

    def _read_others(self, now: datetime) -> bool:
        if not self._due("others", now):
            return False
        self._next["others"] = now if read.read_others(self.work, now) else now + read.OTHERS_EVERY
        return True

    def _read_lines(self, now: datetime) -> bool:
        if self.work.mapping.incentive is None or not self._due("lines", now):
            return False
        self._pay = self._pay or PayStore(self.work.pay_path)
        self._next["lines"] = now if read.read_lines(self.work, self._pay, now) else now + read.OTHERS_EVERY
        return True

    def _judge(self, now: datetime) -> bool:
        through = self._through()
        return through is not None and judge.judge_waiting(self.work, through, now) > 0

    def _through(self) -> datetime | None:
        return complete_through(self.work.store, self.work.mapping)

    def _compose(self, now: datetime) -> bool:
        """Not from touch points that wait to be judged: a revision of a locked month is never taken back."""
        if care.waiting(self.work.store, "", 1):
            return False
        return compose.compose_due(self.work, now) > 0

    def _adopt(self, now: datetime) -> bool:
        """Once all evidence is judged that can stand behind the rows as they were read."""
        store, through, seen = self.work.store, self._through(), self._own_rows_seen()
        if not seen or through is None or to_text(through) <= max(seen) or scores.due(store, 1):
            return False
        return not care.waiting(store, to_text(through), 1) and publish.adopt(self.work, now) > 0

    def _publish(self, now: datetime) -> bool:
        """Not before what Salesforce holds has been read: a lost disk writes nothing a second time."""
        known = self._own_rows_seen() is not None
        return self.work.acts and known and publish.write_due(self.work, now) > 0

    def _own_rows_seen(self) -> list[str] | None:
        """When the agent's own rows were read last, an instant for each object; None: not all of them ever were."""
        cursors = mirror.cursors(self.work.store)
        found = [cursors.get(stream.name) for stream in publish.streams(self.work.mapping)]
        seen = [cursor.covered or "" for cursor in found if cursor is not None and cursor.loaded]
        return seen if len(seen) == len(found) else None

    def _follow_mapping(self) -> None:
        """Another mapping: what is read is read again, and everything is judged again; equal rows stay as they are."""
        store, version = self.work.store, self.work.mapping.scoring_version
        if store.get("scoring_version") == version:
            return
        with store.transaction():
            read_anew(store, self.work.mapping)
            store.put("scoring_version", version)
        self._next.clear()

    def _promises_broken(self, now: datetime) -> bool:
        """An approved definition was changed: nothing is scored until it is back (docs/decisions.md)."""
        broken = tuple(broken_promises(self.work.store, self.work.mapping, self.work.org_id))
        if broken != self._stopped_for:
            self._stopped_for = broken
            for sentence in broken:
                self._say(now, f"Scores stand still: {sentence}")
        return bool(broken)

    def _rest(self, name: str, error: Exception, now: datetime) -> None:
        before = self._rests.get(name)
        failures = before.failures + 1 if before else 1
        until = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
        # A text that is not the house's own may hold what a client's record does.
        told = str(error) if isinstance(error, (AgentError, StoreError)) else type(error).__name__
        if before is None or before.said != told:
            what = name.replace("_", " ")
            self._say(now, f"Scores, {what}: {told} Alerts go on; next try at {to_text(until)}.")
        self._rests[name] = Rest(until, failures, told)

    def _say(self, now: datetime, text: str) -> None:
        with self.work.store.transaction():
            diary.write(self.work.store, to_text(now), "alarm", text, level="error")
